"""Repairs on their pages: proposed by one administrator, decided by another, and nobody else's business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import OURS, Browser
from webapp import workers
from workflows.models import Package, Repair

Desk = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The work for which a worker was called; none is started."""
    called: list[tuple[str, int]] = []
    monkeypatch.setattr(
        workers, "start", lambda settings, command, number: called.append((command, number))
    )
    return called


@pytest.fixture
def number(chain: Chain) -> str:
    """The number of a package that passed its reviews."""
    chain.submit().until("first_proofreading")
    with chain.read() as work:
        return work.session.get_one(Package, chain.package_id).number


def propose(browser: Browser, number: str, *stages: str, reason: str = "审得太急") -> TestResponse:
    page = f"/repairs/?number={number}"
    return browser.post("/repairs/", page=page, number=number, stages=list(stages), reason=reason)


def check(app: Flask) -> str:
    return workers.check_repair(app.extensions["sanshen"], 1)


def test_two_administrators_send_an_item_back(
    app: Flask, chain: Chain, at_desk: Desk, number: str, asked: list[tuple[str, int]]
) -> None:
    proposer, second = at_desk("sysadmin"), at_desk("secadmin")
    looked = proposer.get(f"/repairs/?number={number}").text
    assert "<b>一校</b>" in looked
    title = factories.METADATA.title
    assert title not in looked
    answer = propose(proposer, number, "second_review")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/repairs/1")
    assert asked == [("check-repair", 1)]
    assert "正在核对" in proposer.get("/repairs/1").text
    assert check(app) == "possible"
    assert 'action="/repairs/1/confirm"' not in proposer.get("/repairs/1").text
    page = second.get("/repairs/1").text
    assert "确认修复" in page
    assert "审得太急" in page
    assert title not in page
    assert second.post("/repairs/1/confirm", page="/repairs/1").status_code == 303
    assert chain.open() == ["second_review"]
    done = second.get("/repairs/1").text
    assert "确认，本件已移过去。" in done
    again = second.post("/repairs/1/confirm", page="/account/password")
    assert again.status_code == 422
    assert chain.open() == ["second_review"]


def test_what_is_not_possible_says_why(
    app: Flask, chain: Chain, at_desk: Desk, number: str
) -> None:
    propose(at_desk("sysadmin"), number, "release")
    assert check(app) == "impossible"
    for login in ("sysadmin", "secadmin"):
        page = at_desk(login).get("/repairs/1").text
        assert "不能这样修复，原因如下：" in page
        assert "确认修复" not in page
    assert chain.open() == ["first_proofreading"]


def test_what_is_missing_is_told_and_what_was_typed_is_kept(at_desk: Desk, number: str) -> None:
    browser = at_desk("sysadmin")
    answer = propose(browser, number, reason="领导要求")
    assert answer.status_code == 422
    assert "请选择要移到的环节。" in answer.text
    assert "领导要求</textarea>" in answer.text
    unknown = browser.get("/repairs/?number=20269999").text
    assert "没有正在办理的“20269999”" in unknown


def test_a_refusal_is_written_down_with_its_reason(
    app: Flask, chain: Chain, at_desk: Desk, number: str
) -> None:
    propose(at_desk("sysadmin"), number, "second_review")
    assert check(app) == "possible"
    second = at_desk("secadmin")
    empty = second.post("/repairs/1/decline", page="/repairs/1", answer=" ")
    assert (empty.status_code, "请写明不同意的理由。" in empty.text) == (422, True)
    second.post("/repairs/1/decline", page="/repairs/1", answer="请由终审退回")
    assert "表示不同意：请由终审退回" in at_desk("sysadmin").get("/repairs/1").text
    assert chain.open() == ["first_proofreading"]


def test_an_interrupted_check_is_begun_again(
    app: Flask, chain: Chain, at_desk: Desk, number: str, asked: list[tuple[str, int]]
) -> None:
    browser = at_desk("sysadmin")
    propose(browser, number, "second_review")
    with app.extensions["sanshen"].open(chain.person("sysadmin")) as work:
        work.session.get_one(Repair, 1).beat_at -= timedelta(minutes=5)
        work.commit()
    assert "核对没有完成，可以重新开始。" in browser.get("/repairs/1").text
    assert browser.post("/repairs/1/again", page="/repairs/1").status_code == 303
    assert asked == [("check-repair", 1)] * 2


def test_for_everybody_else_there_is_nothing(
    app: Flask, chain: Chain, at_desk: Desk, number: str
) -> None:
    propose(at_desk("sysadmin"), number, "second_review")
    assert check(app) == "possible"
    for login in sorted(set(factories.STAFF) - {"sysadmin", "secadmin"}):
        browser = at_desk(login)
        token = browser.hidden("/account/password")
        for path in ("/repairs/", "/repairs/1"):
            assert browser.get(path).status_code == 404, (login, path)
        for verb in ("", "1/again", "1/confirm", "1/decline"):
            given = {**token, "number": number, "stages": "second_review", "reason": "x"}
            answer = browser.client.post(f"/repairs/{verb}", data=given, headers=OURS)
            assert answer.status_code == 403, (login, verb)
    for login, verb in (("sysadmin", "confirm"), ("sysadmin", "decline"), ("secadmin", "again")):
        forged = at_desk(login).post(f"/repairs/1/{verb}", page="/account/password", answer="x")
        assert forged.status_code == 403, (login, verb)
    forged = at_desk("secadmin").post(
        "/repairs/", page="/account/password", number=number, stages="second_review", reason="x"
    )
    assert forged.status_code == 403
    assert chain.open() == ["first_proofreading"]
