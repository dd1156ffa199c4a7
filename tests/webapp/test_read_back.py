"""The read-back: served pages against the approved version; whatever a reader would see differently is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from engine.database import SYSTEM
from tests.chain import Chain
from tests.factories import DRAFT, current, with_metadata
from tests.webapp.conftest import Browser
from webapp import portal, read_back
from webapp.read_back import differences
from workflows import showing
from workflows.content import Material
from workflows.models import Package
from workflows.read_models import ContentView

BODIES = [
    DRAFT.body_html,  # no title in the text
    "<p>清平县城市建设局</p>\n<p>关于增设小区路灯的通知</p>\n<p>清建发〔2026〕7号</p>\n" + DRAFT.body_html,
    "<h1>清平县城市建设局关于增设<b>小区</b>路灯的通知</h1>\n" + DRAFT.body_html,
    DRAFT.body_html + "\n<table><tr><th scope=\"row\">标题</th><td>假的</td></tr></table>",
]  # fmt: skip


def served(chain: Chain, app: Flask) -> tuple[str, str, ContentView]:
    chain.submit().until("readback")
    with chain.uow(SYSTEM) as work:
        slug = work.session.get_one(Package, chain.package_id).number
        approved = showing.content_view(current(work, chain.package_id))
    reader = app.test_client()
    return (
        reader.get(f"/public/{slug}").text,
        reader.get(f"/public/{slug}/interpretation").text,
        approved,
    )


@pytest.mark.parametrize("body", BODIES, ids=["bare", "two lines", "heading", "table"])
def test_faithful_pages_have_no_difference(chain: Chain, app: Flask, body: str) -> None:
    chain.draft = replace(DRAFT, body_html=body)
    assert differences(*served(chain, app)) == []


def test_materials_are_read_back_and_quotation_marks_are_no_difference(
    chain: Chain, app: Flask
) -> None:
    given = replace(
        DRAFT.interpretation,
        materials=(Material("video", "'片' \"一\"", "", "https://v.example/1"),),
    )
    title = DRAFT.metadata.title.replace("增设", '增设"暖心"')
    chain.draft = replace(with_metadata(title=title), interpretation=given)
    document, interpretation, approved = served(chain, app)
    assert differences(document, interpretation, approved) == []
    for old in ("https://v.example/1", "片"):
        told = differences(document.replace(old, "x"), interpretation, approved)
        assert [one.zh for one in told] == ["公开的正文页上，解读材料“'片' \"一\"”与签发的不同。"]


Change = Callable[[str], str]
AtDesk = Callable[[str], Browser]
OTHERWISE: list[tuple[str, Change, str]] = [
    ("a figure in the body", lambda page: page.replace("360盏", "361盏", 1), "正文"),
    ("a sentence more", lambda page: page.replace("请遵照执行。", "请遵照执行。另。"), "正文"),
    ("a paragraph less", lambda page: page.replace("<p>施工期间请沿线单位让出作业面。</p>\n", ""), "正文"),
    ("a paragraph after the end", lambda page: page.replace("（此件公开发布）</p>", "（此件公开发布）</p><p>又及。</p>"), "正文"),
    ("a heading of its own", lambda page: page.replace('id="doc-title">清平县', 'id="doc-title">某县'), "正文"),
    ("a number in the facts", lambda page: page.replace("<td>清建发〔2026〕7号", "<td>清建发〔2026〕8号"), "发文字号"),
    ("a tag", lambda page: page.replace('name="ContentSource" content="', 'name="ContentSource" content="某'), "标签 ContentSource"),
    ("an element", lambda page: page.replace("看得清路", "看不清路"), "解读“出台目的”"),
    ("an element under another heading", lambda page: page.replace("政策背景</h3>", "决策依据</h3>"), "解读“政策背景”"),
]  # fmt: skip


def test_whatever_is_shown_otherwise_is_told(chain: Chain, app: Flask) -> None:
    document, interpretation, approved = served(chain, app)
    for what, change, named in OTHERWISE:
        altered = change(document)
        assert altered != document, what
        told = differences(altered, interpretation, approved)
        assert [f"公开的正文页上，{named}与签发的不同。"] == [one.zh for one in told], what
    bad = interpretation.replace("看得清路", "看不清路")
    assert [one.zh for one in differences(document, bad, approved)] == [
        "公开的解读页上，解读“出台目的”与签发的不同。"
    ]
    assert len(differences(document, None, approved)) == 1
    assert not read_back.shows_body("", approved.body_html, approved.title)


def test_publisher_is_shown_what_the_comparison_found(
    chain: Chain, at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at_desk("publisher")
    chain.submit().until("release")
    assert "比对过" not in browser.get(f"/tasks/{chain.task('release')}").text
    chain.until("readback")
    path = f"/tasks/{chain.task('readback')}"
    assert "刚才打开公开网页比对过" in browser.get(path).text
    faithful = portal.document
    monkeypatch.setattr(portal, "document", lambda page: faithful(page).replace("360盏", "36盏"))
    altered = browser.get(path).text
    assert "刚才打开公开网页比对过" not in altered
    assert "公开的正文页上，正文与签发的不同。" in altered
