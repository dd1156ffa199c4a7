"""Logging in and out: rotated, revocable, throttled, and never leading elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine.database import UnitOfWork
from engine.models import AuditEntry
from tests.conftest import Database
from tests.webapp.conftest import OURS, PASSWORD, Browser, Office
from workflows import people
from workflows.models import LoginSession

LogIn = Callable[[str], Browser]
Open = Callable[[], UnitOfWork]


@pytest.fixture
def web_database(database: Database) -> Database:
    """Log-ins are rows: tested on both databases."""
    return database


def cookie(browser: Browser) -> Any:
    return browser.client.get_cookie("sanshen_session")


def actions(open_uow: Open) -> list[str]:
    with open_uow() as work:
        return list(work.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_log_in_leads_to_the_work_and_log_out_ends_it(
    browser: Browser, office: Office, open_uow: Open
) -> None:
    answer = browser.log_in("drafter")
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/messages/").status_code == 200
    ended = browser.post("/logout", page="/messages/")
    assert (ended.status_code, ended.location) == (303, "/login")
    assert ended.headers["Clear-Site-Data"] == '"cache"'
    assert browser.get("/messages/").status_code == 302
    assert actions(open_uow)[-2:] == ["login.succeeded", "login.ended"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, office: Office
) -> None:
    header = next(
        value
        for value in browser.log_in("drafter").headers.getlist("Set-Cookie")
        if value.startswith("sanshen_session=")
    )
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_a_token_that_was_there_before_log_in_is_worth_nothing_after_it(
    browser: Browser, office: Office
) -> None:
    browser.client.set_cookie("sanshen_session", "planted-by-somebody")
    browser.log_in("drafter")
    assert cookie(browser).value != "planted-by-somebody"
    first = cookie(browser).value
    browser.post("/logout", page="/messages/")
    browser.log_in("drafter")
    assert cookie(browser).value != first


def test_the_database_keeps_only_a_hash_of_the_token(as_person: LogIn, open_uow: Open) -> None:
    token = cookie(as_person("drafter")).value
    with open_uow() as work:
        assert token not in set(work.session.scalars(sa.select(LoginSession.token_hash)))


@pytest.mark.parametrize(
    ("login", "password"),
    [("drafter", "wrong"), ("nobody", PASSWORD), ("' OR 1=1 --", "x"), ("drafter", "x" * 200)],
)
def test_a_wrong_log_in_says_the_same_whatever_was_wrong(
    browser: Browser, office: Office, login: str, password: str
) -> None:
    answer = browser.log_in(login, password)
    assert answer.status_code == 401
    assert "登录名或密码不正确" in answer.text
    assert cookie(browser) is None


def test_after_five_wrong_passwords_the_page_says_when_to_try_again(
    browser: Browser, office: Office, open_uow: Open
) -> None:
    for _ in range(5):
        assert browser.log_in("drafter", "wrong").status_code == 401
    answer = browser.log_in("drafter")
    assert answer.status_code == 429
    assert "之后再试" in answer.text
    assert browser.log_in("drafter").status_code == 429
    assert actions(open_uow).count("login.refused") == 5
    assert actions(open_uow).count("login.blocked") == 1


def test_empty_fields_are_named(browser: Browser, office: Office) -> None:
    answer = browser.log_in("", "")
    assert answer.status_code == 422
    assert "请填写登录名。" in answer.text


def test_logging_in_needs_the_token_of_our_own_page(browser: Browser, office: Office) -> None:
    answer = browser.client.post("/login", data={"login": "drafter", "password": PASSWORD})
    assert answer.status_code == 400
    assert cookie(browser) is None
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/messages/", "/messages/"),
        ("/public/?q=a", "/public/?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\\b", "/"),
        ("javascript:alert(1)", "/"),
        ("/\tx", "/"),
        ("", "/"),
    ],
)
def test_log_in_returns_only_to_our_own_pages(
    browser: Browser, office: Office, target: str, reached: str
) -> None:
    answer = browser.log_in("drafter", next=target)
    assert (answer.status_code, answer.location) == (303, reached)


def test_a_page_that_needs_log_in_is_found_again_after_it(browser: Browser, office: Office) -> None:
    asked = browser.get("/messages/?x=1")
    assert asked.location == "/login?next=/messages/?x%3D1"
    page = browser.get(asked.location)
    assert 'name="next" value="/messages/?x=1"' in page.text


def test_every_page_needs_log_in_unless_it_says_that_it_does_not(app: Flask) -> None:
    open_to_all = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "open_to_all", False)
    }
    assert open_to_all == {
        "home",
        "account.log_in",
        "account.log_in_now",
        "health.check",
        "images.image",
        "preferences.choose",
        "public.attachment",
        "public.document",
        "public.index",
        "public.interpretation",
    }
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in open_to_all | {"static"} or "GET" not in (rule.methods or ()):
            continue
        path = rule.build(dict.fromkeys(rule.arguments, 1), append_unknown=False)
        if path is None:  # an argument that is not a number
            path = rule.build(dict.fromkeys(rule.arguments, "x"), append_unknown=False)
        assert path is not None
        assert client.get(path[1]).status_code == 302, rule


def test_a_deactivated_person_is_out_at_once(
    as_person: LogIn, office: Office, open_uow: Open
) -> None:
    browser = as_person("drafter")
    with open_uow() as work:
        people.deactivate(work, office.ids["drafter"], "调离")
        work.commit()
    assert browser.get("/messages/").status_code == 302


def test_an_idle_log_in_ends(as_person: LogIn, open_uow: Open) -> None:
    browser = as_person("drafter")
    with open_uow() as work:
        work.session.execute(
            sa.update(LoginSession).values(last_seen_at=work.now - timedelta(minutes=61))
        )
        work.commit()
    assert browser.get("/messages/").status_code == 302


def test_reading_pages_keeps_the_log_in_alive(as_person: LogIn, open_uow: Open) -> None:
    browser = as_person("drafter")
    with open_uow() as work:
        row = work.session.scalars(sa.select(LoginSession)).one()
        earlier = row.last_seen_at
        row.last_seen_at = earlier - timedelta(minutes=50)
        work.commit()
    assert browser.get("/messages/").status_code == 200
    with open_uow() as work:
        assert work.session.scalars(sa.select(LoginSession.last_seen_at)).one() >= earlier


def test_changing_the_password_ends_the_other_log_ins(as_person: LogIn) -> None:
    here, elsewhere = as_person("drafter"), as_person("drafter")
    answer = here.post(
        "/account/password",
        current_password=PASSWORD,
        new_password="another-long-password",
        new_password_again="another-long-password",
    )
    assert answer.status_code == 303
    assert "密码已修改" in here.get("/messages/").text
    assert elsewhere.get("/messages/").status_code == 302


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("wrong", "another-long-password", "another-long-password"), "原密码不正确"),
        ((PASSWORD, "short", "short"), "密码至少"),
        ((PASSWORD, "another-long-password", "something-else-long"), "两遍新密码不一样"),
        (("", "", ""), "请填写现在的密码"),
    ],
)
def test_a_new_password_that_will_not_do_says_why(
    as_person: LogIn, fields: tuple[str, str, str], said: str
) -> None:
    names = ("current_password", "new_password", "new_password_again")
    answer = as_person("drafter").post("/account/password", **dict(zip(names, fields, strict=True)))
    assert answer.status_code == 422
    assert said in answer.text


def test_a_temporary_password_must_be_changed_first(
    browser: Browser, office: Office, open_uow: Open
) -> None:
    with open_uow() as work:
        people.reset_password(work, office.ids["drafter"], "told-on-the-phone")
        work.commit()
    assert browser.log_in("drafter", "told-on-the-phone").status_code == 303
    assert browser.get("/messages/").location == "/account/password"
    assert "临时密码" in browser.get("/account/password").text
    assert browser.post("/logout", page="/account/password").status_code == 303


def test_a_form_sent_after_the_log_in_expired_survives_the_log_in(
    as_person: LogIn, office: Office
) -> None:
    browser = as_person("sys_admin")
    hidden = browser.hidden("/people/new")
    browser.client.delete_cookie("sanshen_session")
    typed = {"name": "何<b>新</b>", "login": "he.xin", "post": "科员"}
    asked = browser.client.post("/people/new", data={**hidden, **typed}, headers=OURS)
    assert asked.status_code == 401
    assert "没有丢失" in asked.text
    carried = {
        "csrf_token": browser.hidden("/login")["csrf_token"],
        "login": "sys_admin",
        "password": PASSWORD,
        "kept_action": "/people/new",
        **{f"kept.{name}": value for name, value in typed.items()},
    }
    back = browser.client.post("/login", data=carried, headers=OURS)
    assert back.status_code == 200
    assert 'action="/people/new"' in back.text
    assert "何&lt;b&gt;新&lt;/b&gt;" in back.text
    assert "欢迎回来" in back.text
    fresh = re.search(r'name="csrf_token" value="([^"]+)"', back.text)
    assert fresh is not None
    again = {"csrf_token": fresh[1], **typed}
    sent = browser.client.post("/people/new", data=again, headers=OURS)
    assert sent.status_code == 422  # taken as a form; it asks for the password, which is not kept
