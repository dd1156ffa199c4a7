"""What every answer carries, and what no page contains."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

import webapp
from tests.webapp.conftest import Browser, Office
from webapp import security
from webapp.answers import once_key

WEBAPP = Path(webapp.__file__).parent
TEMPLATES = sorted((WEBAPP / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", ["/public/", "/login", "/nowhere", "/healthz", "/static/site.css"])
def test_every_answer_carries_the_policy(browser: Browser, path: str) -> None:
    with browser.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_has_inline_style_script_or_a_foreign_address(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_every_post_form_carries_a_token(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        exempt = "preferences.choose" in form
        assert exempt or re.search(r"\b(token|hidden|hidden_parts)\(", form), form[:200]


def test_static_files_are_named_by_content_and_kept(app: Flask, browser: Browser) -> None:
    with app.test_request_context():
        address = webapp.static_url("site.css")
    assert re.fullmatch(r"/static/site\.css\?v=[0-9a-f]{12}", address)
    with browser.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_pages_behind_the_log_in_are_private_but_can_be_gone_back_to(
    as_person: Callable[[str], Browser],
) -> None:
    control = as_person("drafter").get("/messages/").headers["Cache-Control"]
    assert control == "private, no-cache"


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/tasks", True),
        ("/tasks?after=1#x", True),
        ("tasks", False),
        ("//evil.example", False),
        ("///evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("http://evil.example", False),
        ("/tasks\r\nSet-Cookie: a=b", False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_paths_of_ours_are_followed(target: str | None, allowed: bool) -> None:
    assert (security.local_path(target) == target) is (allowed or target is None)
    assert security.local_path(target) == (target if allowed else None)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Referer": "http://localhost/people/new"}, True),
        ({"Referer": "http://evil.example/?http://localhost"}, False),
        ({}, False),
    ],
)
def test_only_the_browser_s_word_counts_as_our_own_page(
    app: Flask, headers: dict[str, str], ours: bool
) -> None:
    with app.test_request_context("/", headers=headers):
        assert security.same_origin() is ours


def test_display_choices_are_remembered_and_lead_back(browser: Browser) -> None:
    answer = browser.client.post("/preferences", data={"text": "large", "next": "/public/"})
    assert (answer.status_code, answer.location) == (303, "/public/")
    assert 'data-text="large"' in browser.get("/public/").text
    browser.client.post("/preferences", data={"theme": "dark"})
    page = browser.get("/login").text
    assert 'data-theme="dark"' in page
    assert 'data-text="large"' in page
    elsewhere = browser.client.post("/preferences", data={"next": "//evil.example", "text": "huge"})
    assert elsewhere.location == "/"
    assert 'data-text="large"' in browser.get("/public/").text


def test_keys_of_forms_do_not_repeat() -> None:
    assert len({once_key() for _ in range(100)}) == 100


def test_health_says_that_the_database_answers(browser: Browser, office: Office) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
