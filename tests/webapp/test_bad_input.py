"""Forged, stale, oversized and broken input: a clear sentence, the right status, nothing changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from engine.models import AuditEntry
from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import OURS, Browser
from tests.webapp.test_decisions import claimed, decide
from tests.webapp.test_packages import drafted, fields, send, stored
from workflows.models import Package

AtDesk = Callable[[str], Browser]
LONG_OPINION = "第二段的数字与附表不一致，请逐项核对。" * 60


def facts(chain: Chain) -> tuple[object, ...]:
    """What must be the same after a refusal."""
    decided, waiting = len(chain.decisions()), chain.open()
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        return (package.status, package.current_version_id, decided, waiting)


def refusals_on_record(chain: Chain) -> int:
    with chain.read() as work:
        wanted = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == "act.refused")
        return int(work.session.scalar(wanted) or 0)


# --- forged decisions ---


@pytest.mark.parametrize(
    ("login", "status"),
    [("reader", 404), ("inspector", 403), ("sysadmin", 404), ("second", 403), ("drafter", 403)],
)
def test_a_decision_by_somebody_else_changes_nothing(
    chain: Chain, at_desk: AtDesk, login: str, status: int
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    seen = browser.hidden(desk)
    before, recorded = facts(chain), refusals_on_record(chain)
    other = at_desk(login)
    form = {**seen, **other.hidden("/messages/"), "once": "forged", "outcome": "pass"}
    answer = other.client.post(f"{desk}/decision", data=form, headers=OURS)
    assert answer.status_code == status
    assert facts(chain) == before
    if status == 403:
        assert refusals_on_record(chain) == recorded + 1


def test_deciding_without_having_claimed_is_refused_and_recorded(
    chain: Chain, at_desk: AtDesk
) -> None:
    task = chain.submit().until("first_review").task("first_review")
    before, recorded = facts(chain), refusals_on_record(chain)
    browser = at_desk("first")
    answer = browser.post(f"/tasks/{task}/decision", page=f"/tasks/{task}", outcome="pass")
    assert answer.status_code == 403
    assert facts(chain) == before
    assert refusals_on_record(chain) == recorded + 1


def test_nobody_claims_their_own_document(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    before = facts(chain)
    browser = at_desk("drafter")
    answer = browser.post(f"/tasks/{task}/claim", page=f"/packages/{chain.package_id}")
    assert answer.status_code == 403
    assert facts(chain) == before


@pytest.mark.parametrize(
    ("forged", "status", "said"),
    [
        ({"outcome": "publish"}, 422, "没有这种处理结果"),
        ({"outcome": ""}, 422, "没有这种处理结果"),
        ({"outcome": "return"}, 422, "须写明理由"),
        ({"outcome": "return", "opinion": "x", "reason_codes": "R77"}, 422, "R77"),
        ({"outcome": "pass", "digest": "sha256:" + "0" * 64}, 409, "您看到的是之前的版本"),
        ({"outcome": "pass", "digest": ""}, 409, "之前的版本"),
        ({"outcome": "pass", "seen_version": "0"}, 409, ""),
        ({"outcome": "pass", "seen_version": "abc"}, 409, ""),
        ({"outcome": "pass", "seen_version": ""}, 409, ""),
        ({"outcome": "pass", "opinion": "长" * 5001}, 422, "最多5000字"),
        ({"outcome": "pass", "checklist": "Z99"}, 422, "Z99"),
        ({"outcome": "pass", "correction": "别的文字"}, 303, ""),
    ],
    ids=["another stage's outcome", "no outcome", "no reason", "unknown reason", "stale text",
         "no digest", "stale row", "no number", "no version", "long opinion", "unknown tick",
         "a correction that the stage does not have is not read"],
)  # fmt: skip
def test_a_forged_field_is_refused_with_its_sentence(
    chain: Chain, at_desk: AtDesk, forged: dict[str, str], status: int, said: str
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    before = facts(chain)
    answer = decide(browser, desk, **forged)
    assert answer.status_code == status
    assert said in answer.text
    if status != 303:
        assert facts(chain) == before
        opinion = forged.get("opinion", "")
        assert opinion in answer.text


def test_the_second_of_two_who_decide_keeps_what_was_typed(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    form = {**browser.hidden(desk), "outcome": "pass", "opinion": LONG_OPINION}
    assert decide(browser, desk, outcome="pass").status_code == 303
    before = facts(chain)
    answer = browser.client.post(f"{desk}/decision", data={**form, "once": "another"}, headers=OURS)
    assert answer.status_code == 409
    assert LONG_OPINION in answer.text
    assert facts(chain) == before


def test_a_stale_page_shows_the_new_text_and_keeps_the_opinion(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    answer = decide(
        browser, desk, outcome="pass", opinion=LONG_OPINION, digest="sha256:" + "1" * 64
    )
    assert answer.status_code == 409
    assert LONG_OPINION in answer.text
    assert "增设路灯360盏" in answer.text


def test_an_expired_token_gives_the_opinion_back(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    before = facts(chain)
    answer = decide(browser, desk, outcome="pass", opinion=LONG_OPINION, csrf_token="expired")
    assert answer.status_code == 400
    assert LONG_OPINION in answer.text
    assert facts(chain) == before


def test_a_decision_without_a_token_from_elsewhere_does_nothing(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    form = {**browser.hidden(desk), "outcome": "pass", "csrf_token": ""}
    before = facts(chain)
    answer = browser.client.post(
        f"{desk}/decision", data=form, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 400
    assert facts(chain) == before


# --- addresses ---


@pytest.mark.parametrize(
    "path",
    ["/tasks/0", "/tasks/999999", "/tasks/99999999999999999999", "/tasks/abc", "/tasks/-1",
     "/packages/999999", "/packages/99999999999999999999", "/packages/999999/edit",
     "/packages/1/attachments/sha256:nothing", "/packages/1/attachments/../../etc/passwd",
     "/tasks/999999/revise", "/inspection/999999", "/definitions/nothing",
     "/packages/999999/versions?a=1&b=2"],
)  # fmt: skip
def test_unknown_addresses_are_not_found(chain: Chain, at_desk: AtDesk, path: str) -> None:
    answer = at_desk("drafter").get(path)
    assert answer.status_code == 404
    assert "没有这个页面，或者您无权查看" in answer.text


@pytest.mark.parametrize("query", ["after=x", "before=%00", "after=" + "A" * 5000, "after=e30="])
def test_a_forged_place_in_a_list_is_no_fault(chain: Chain, at_desk: AtDesk, query: str) -> None:
    assert at_desk("ogi").get(f"/tasks/available?{query}").status_code in (200, 400)


@pytest.mark.parametrize("page", ["", "/edit", "/versions?a=1&b=1"])
def test_an_unpublished_package_does_not_exist_for_strangers(
    chain: Chain, at_desk: AtDesk, page: str
) -> None:
    path = drafted(at_desk("drafter")).removesuffix("/edit")
    answer = at_desk("reader").get(path + page)
    assert answer.status_code == 404
    assert "路灯" not in answer.text


def test_somebody_elses_draft_is_not_edited(chain: Chain, at_desk: AtDesk) -> None:
    path = drafted(at_desk("drafter"))
    before = stored(chain, path)
    other = at_desk("drafter2")
    form = {**fields(at_desk("drafter").get(path).text), "title": ["被改了"], "do": "save"}
    form["csrf_token"] = [other.hidden("/packages/new")["csrf_token"]]
    answer = other.client.post(path, data=form, headers=OURS)
    assert answer.status_code in (403, 404)
    assert stored(chain, path) == before


# --- oversized and broken documents ---


def paste(browser: Browser, text: str) -> TestResponse:
    return browser.post("/packages/new", body=text)


def test_an_empty_paste_is_refused(chain: Chain, at_desk: AtDesk) -> None:
    answer = paste(at_desk("drafter"), "  \r\n　")
    assert answer.status_code == 422
    assert "没有可读的正文" in answer.text


def test_a_paste_of_twenty_megabytes_is_refused(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    answer = paste(browser, "公" * (20 * 1024 * 1024 // 3))
    assert answer.status_code == 413
    assert "提交的内容太大" in answer.text
    assert "您还没有发起稿件。" in browser.get("/packages/").text


def test_a_text_of_a_million_characters_is_refused(chain: Chain, at_desk: AtDesk) -> None:
    answer = paste(at_desk("drafter"), "公开信息，" * 200_000)
    assert answer.status_code == 422
    assert "上限" in answer.text


def test_a_title_of_ten_thousand_characters_is_refused_and_kept(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    before = stored(chain, path)
    title = "关于" + "长" * 10_000 + "的通知"
    answer = send(browser, path, "save", title=title)
    assert answer.status_code == 422
    assert "最多 200 字" in answer.text
    assert fields(answer.text)["title"] == [title]
    assert stored(chain, path) == before


def a_zip(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return buffer.getvalue()


TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOMB = a_zip(("[Content_Types].xml", TYPES), ("word/document.xml", b"0" * 400_000_000))
MACROS = a_zip(
    ("[Content_Types].xml", TYPES),
    ("word/document.xml", b"<w/>"),
    ("word/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("通知.docx", BOMB),
        ("通知.docx", MACROS),
        ("通知.docm", MACROS),
        ("通知.docx", b"MZ\x90\x00" + b"\0" * 512),
        ("通知.txt", b"MZ\x90\x00" + b"\0" * 512),
        ("通知.docx", b"not a zip"),
        ("通知.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512),
        ("空.txt", b""),
        ("空.docx", b""),
        ("图.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
    ],
    ids=["zip bomb", "macros", "docm", "renamed exe", "exe as text", "no zip", "old word",
         "empty text", "empty docx", "picture"],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_sentence(
    chain: Chain, at_desk: AtDesk, name: str, data: bytes
) -> None:
    browser = at_desk("drafter")
    answer = browser.post("/packages/new", document=(io.BytesIO(data), name))
    assert answer.status_code == 422, answer.text
    assert "没有读入，原因如下：" in answer.text
    assert "您还没有发起稿件。" in browser.get("/packages/").text


@pytest.mark.parametrize(
    ("name", "data"), [("清单.docm", MACROS), ("清单.xlsx", b"MZ\x90\x00" + b"\0" * 64)]
)
def test_a_bad_attachment_is_refused_and_the_text_is_kept(
    chain: Chain, at_desk: AtDesk, name: str, data: bytes
) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    before = stored(chain, path)
    answer = send(
        browser, path, "save", issuer="新的发文机关", new_attachments=(io.BytesIO(data), name)
    )
    assert answer.status_code == 422
    assert fields(answer.text)["issuer"] == ["新的发文机关"]
    assert "没有保存，原因如下" in answer.text
    assert "内容已经保存" not in answer.text
    assert stored(chain, path) == before


def test_a_form_with_fields_missing_is_a_draft_with_empty_fields(
    chain: Chain, at_desk: AtDesk
) -> None:
    """Whoever sends half a form, or one that was overtaken, gets a page and never a fault."""
    browser = at_desk("drafter")
    path = drafted(browser)
    hidden = browser.hidden(path)
    for base in ("", "99"):
        half = {**hidden, "base_version": base, "title": "半张表", "body": "正文"}
        assert browser.client.post(path, data=half, headers=OURS).status_code == 409
    half = {**browser.hidden(path), "base_version": "1", "title": "半张表", "body": "正文"}
    answer = browser.client.post(path, data=half, headers=OURS)
    assert answer.status_code in (303, 422)
    assert "None" not in browser.get(path).text


def test_markup_that_was_typed_is_shown_and_never_run(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    assert send(browser, path, "save", title=evil, body=f"正文\n{evil}").status_code == 303
    for page in (path, path.removesuffix("/edit"), "/packages/"):
        assert "<script>alert" not in browser.get(page).text
        assert "<img" not in browser.get(page).text


@pytest.mark.parametrize("field", ["attribute", "scope", "change_class", "interpretation_required"])
def test_a_forged_choice_is_refused(chain: Chain, at_desk: AtDesk, field: str) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    before = stored(chain, path)
    answer = send(browser, path, "save", **{field: "forged"})
    assert answer.status_code == (303 if field == "change_class" else 422)
    assert stored(chain, path) == before


def test_what_the_server_writes_is_not_taken_from_the_form(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(
        browser, path, "save", unit="别的单位", drafter="别人", disclosure_due="1999-01-01"
    )
    assert answer.status_code == 303
    metadata = stored(chain, path).metadata
    assert metadata.unit == "清平县城市建设局"
    assert metadata.drafter == factories.STAFF["drafter"][0]


def test_a_submitted_package_is_not_edited(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit()
    before = facts(chain)
    answer = at_desk("drafter").get(f"/packages/{chain.package_id}/edit")
    assert answer.status_code == 404
    assert facts(chain) == before
