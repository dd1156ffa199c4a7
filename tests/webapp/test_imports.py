"""Taking in a table on the page: a dry run that changes nothing, then for good; nobody else's business."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from engine.database import UnitOfWork
from tests.webapp.conftest import OURS, Browser, Office
from tests.workflows.test_importing import csv, xlsx
from workflows.models import Person, Unit

Open = Callable[[], UnitOfWork]
AsPerson = Callable[[str], Browser]
UNITS = xlsx(
    ("单位代码", "单位名称", "类别", "上级单位代码"), ("YL-02", "云岚县财政局", "部门", "YL-01")
)


def try_out(browser: Browser, kind: str, content: bytes) -> TestResponse:
    given = {**browser.hidden("/import/"), "kind": kind, "file": (BytesIO(content), "表.xlsx")}
    return browser.client.post("/import/", data=given, headers=OURS)


def rows(page: TestResponse) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page.text)
    assert found is not None
    return unescape(found[1])


def count(open_uow: Open, table: type[Unit] | type[Person]) -> int:
    with open_uow() as work:
        return work.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_dry_run_changes_nothing_and_the_second_step_does(
    as_person: AsPerson, office: Office, open_uow: Open
) -> None:
    browser = as_person("sys_admin")
    page = try_out(browser, "units", UNITS)
    assert page.status_code == 200
    assert "新增 1 行，已有 0 行，有问题 0 行。" in page.text
    assert "云岚县财政局" in page.text
    assert count(open_uow, Unit) == 1
    done = browser.post("/import/confirm", page="/import/", kind="units", rows=rows(page))
    assert (done.status_code, count(open_uow, Unit)) == (200, 2)
    twice = browser.post("/import/confirm", page="/import/", kind="units", rows=rows(page))
    assert "新增 0 行，已有 1 行，有问题 0 行。" in twice.text
    assert count(open_uow, Unit) == 2


def test_new_people_and_their_passwords_are_shown_once(
    as_person: AsPerson, app: Flask, office: Office
) -> None:
    browser = as_person("sys_admin")
    page = try_out(
        browser, "people", csv(("登录名", "姓名", "单位代码"), ("wuqing", "吴清", "YL-01"))
    )
    assert "临时密码</" not in page.text
    done = browser.post("/import/confirm", page="/import/", kind="people", rows=rows(page))
    found = re.search(r'临时密码 <span class="number">([^<]+)<', done.text)
    assert found is not None
    fresh = Browser(app.test_client())
    assert fresh.log_in("wuqing", unescape(found[1])).status_code == 303


def test_bad_rows_are_told_and_cannot_be_forced(
    as_person: AsPerson, office: Office, open_uow: Open
) -> None:
    browser = as_person("sys_admin")
    bad = csv(("登录名", "姓名", "单位代码"), ("x", "吴清", "YL-01"), ("wuqing", "吴清", "YL-99"))
    page = try_out(browser, "people", bad)
    assert page.status_code == 422
    assert "登录名用 2 至 60 个" in page.text
    assert "没有代码为“YL-99”的单位。" in page.text
    assert 'name="rows"' not in page.text
    before = count(open_uow, Person)
    forged = '[[2, {"login": "wuqing", "name": "吴清", "unit": "YL-01"}], [3, {"login": "x"}]]'
    answer = browser.post("/import/confirm", page="/import/", kind="people", rows=forged)
    assert (answer.status_code, count(open_uow, Person)) == (422, before)
    for junk in ("", "[]", "[1]", "{}", "[[1, 2]]"):
        answer = browser.post("/import/confirm", page="/import/", kind="people", rows=junk)
        assert answer.status_code == 404, junk


def test_each_administrator_has_their_own_tables(
    as_person: AsPerson, office: Office, open_uow: Open
) -> None:
    assert "登录名" in as_person("sec_admin").get("/import/").text
    assert 'value="units"' not in as_person("sec_admin").get("/import/").text
    for login, kinds in (("sec_admin", ("units", "people")), ("sys_admin", ("roles",))):
        browser = as_person(login)
        for kind in kinds:
            assert try_out(browser, kind, UNITS).status_code == 403
            given = browser.post("/import/confirm", page="/import/", kind=kind, rows="[[1, {}]]")
            assert given.status_code == 403
    for login in sorted(set(office.ids) - {"sec_admin", "sys_admin"}):
        browser = as_person(login)
        token = browser.hidden("/account/password")
        assert browser.get("/import/").status_code == 404
        for path in ("/import/", "/import/confirm"):
            answer = browser.client.post(path, data={**token, "kind": "units"}, headers=OURS)
            assert answer.status_code == 403, (login, path)
    assert count(open_uow, Unit) == 1
