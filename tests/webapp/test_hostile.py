"""Whatever is sent, the answer is a page with a sentence and never a fault; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.conftest import Database
from tests.webapp.conftest import OURS, Browser, Office

HUGE = "9" * 30
PATHS = (
    "/public/?q=%00",
    "/public/?q=%ff%fe",
    "/public/?topic=%25&after=%F0%9F%98%80",
    f"/public/?q={'长' * 2000}",
    "/public/%00",
    "/public/..%2f..%2fetc%2fpasswd",
    f"/public/{'x' * 5000}",
    "/public/2026-000001/attachments/../../secret",
    f"/people/{HUGE}",
    "/people/-1",
    "/people/0",
    f"/people?after={HUGE}&unit={HUGE}",
    "/people?after=%D9%A1&q=%25_%5C",
    "/entries?after=WyJ4Iiwx&before=%00",
    f"/messages/{HUGE}",
    "/login?next=%00%0d%0aSet-Cookie:x",
    "/static/../config.py",
    "/static/%2e%2e/config.py",
)
FORMS = (
    ("/login", {"login": "a\x00b", "password": "x"}),
    ("/login", {"login": "\ud83d".encode("utf-16", "surrogatepass"), "password": b"\xff\xfe"}),
    ("/login", {"login": "x" * 5000, "password": "y" * 5000}),
    ("/account/password", {"current_password": "\x00", "new_password": "\x00"}),
    ("/people/new", {"name": "\u202e名", "login": "a'; DROP TABLE person; --", "unit_id": HUGE}),
    ("/people/1/roles", {"role": "root", "unit_id": HUGE, "valid_from": "99999-99-99"}),
    ("/people/1/roles/1/end", {"valid_until": "0000-00-00"}),
    (f"/people/{HUGE}/deactivate", {"reason": "x"}),
    ("/units", {"code": "x" * 500, "name": "", "kind": "?", "parent_id": HUGE}),
    ("/messages/2147483647", {}),
    ("/preferences", {"language": "\x00", "next": "//x", "theme": "dark;"}),
)


@pytest.fixture
def web_database(database: Database) -> Database:
    return database


def test_no_address_makes_a_fault(as_person: Callable[[str], Browser]) -> None:
    for login in ("sys_admin", "audit_admin"):
        browser = as_person(login)
        statuses = {path[:60]: browser.get(path).status_code for path in PATHS}
        assert {path: code for path, code in statuses.items() if code >= 500} == {}
        assert all(code in (200, 302, 303, 308, 400, 404, 405) for code in statuses.values())


def test_no_form_makes_a_fault(as_person: Callable[[str], Browser]) -> None:
    browser = as_person("sys_admin")
    for path, fields in FORMS:
        for once in ("k", "x" * 5000):
            token = browser.hidden("/account/password")["csrf_token"]
            data = {**fields, "csrf_token": token, "once": once}
            answer = browser.client.post(path, data=data, headers=OURS)
            assert answer.status_code < 500, (path, fields)


def test_a_cookie_that_nobody_gave_out_is_no_log_in(browser: Browser) -> None:
    for value in ("", "x", "\x7f", "a" * 4000, "%00", "日"):
        browser.client.set_cookie("sanshen_session", value)
        browser.client.set_cookie("sanshen_form", value)
        assert browser.get("/messages/").status_code == 302


def test_two_presses_side_by_side_open_one_account(
    app: Flask, as_person: Callable[[str], Browser], office: Office
) -> None:
    browser = as_person("sys_admin")
    fields = {
        **browser.hidden("/people/new"),
        "name": "何双",
        "login": "he.shuang",
        "unit_id": str(office.unit_id),
        "initial_password": "told-on-the-phone",
    }
    cookies = {
        name: str(found.value)
        for name in ("sanshen_session", "sanshen_form")
        if (found := browser.client.get_cookie(name)) is not None
    }

    def press(_: int) -> tuple[int, str]:
        client = app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value)
        answer = client.post("/people/new", data=fields)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(press, range(4)))
    assert len(answers) == 1
    assert answers.pop()[0] == 303
