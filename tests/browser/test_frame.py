"""The frame in a real browser: keys, drafts of what was typed, choices without JavaScript, contrast in the dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.conftest import PHONE, House, OpenWindow

pytestmark = pytest.mark.browser

PAGES = [
    (None, "/login"),
    (None, "/public/"),
    (None, "/nowhere"),
    ("first", "/messages/"),
    ("first", "/account/password"),
    ("first", "/nowhere"),
    ("sysadmin", "/people"),
    ("sysadmin", "/people/1"),
    ("sysadmin", "/people/new"),
    ("sysadmin", "/units"),
    ("secadmin", "/people/1"),
    ("auditadmin", "/entries"),
]


def choose(page: Page, house: House, **choices: str) -> None:
    page.context.add_cookies(
        [{"name": name, "value": value, "url": house.address} for name, value in choices.items()]
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("login", "path"), PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    house: House, window: OpenWindow, login: str | None, path: str, theme: str
) -> None:
    page = window(login, size=PHONE)
    choose(page, house, theme=theme, text="large")
    page.goto(path)
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_scripts_people_log_in_choose_and_log_out(house: House, window: OpenWindow) -> None:
    page = window("first", scripts=False)
    page.get_by_role("button", name="大字").click()
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Log out").click()
    assert page.url.endswith("/login")


def test_the_first_key_reaches_the_content_and_focus_is_seen(window: OpenWindow) -> None:
    page = window("first")
    page.goto("/messages/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    assert skip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_list_of_keys_opens_closes_and_switches_keys_off(window: OpenWindow) -> None:
    page = window("sysadmin")
    page.goto("/people")
    keys = page.locator("#keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(keys.get_by_role("button", name="关闭")).to_be_focused()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("td .title").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("td .title").first).to_be_focused()
    page.keyboard.press("?")
    page.get_by_role("button", name="停用单键快捷键").click()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_an_expired_log_in_in_the_middle_of_a_form_loses_nothing(
    house: House, window: OpenWindow
) -> None:
    page = window("sysadmin")
    page.goto("/people/new")
    page.get_by_label("姓名").fill("何新")
    page.get_by_label("登录名").fill("he.xin")
    others = [one for one in page.context.cookies() if one["name"] != "sanshen_session"]
    page.context.clear_cookies()
    page.context.add_cookies(others)  # type: ignore[arg-type]  # as given by the browser itself
    page.get_by_role("button", name="开通账号").click()
    expect(page.get_by_role("alert")).to_contain_text("没有丢失")
    page.get_by_label("登录名").fill("sysadmin")
    page.get_by_label("密码").fill(factories.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("姓名或名称")).to_have_value("何新")
    page.get_by_role("button", name="再提交一次").click()
    expect(page.get_by_label("姓名")).to_have_value("何新")
    page.get_by_label("临时密码").fill("told-on-the-phone")  # passwords are never carried along
    page.get_by_role("button", name="开通账号").click()
    expect(page.locator("main")).to_contain_text("已为何新开通账号")


def test_a_double_press_opens_one_account(house: House, window: OpenWindow) -> None:
    page = window("sysadmin")
    page.goto("/people/new")
    page.get_by_label("姓名").fill("何双")
    page.get_by_label("登录名").fill("he.shuang")
    page.get_by_role("button", name="开通账号").dblclick()
    expect(page.locator("h1")).to_contain_text("何双")
    page.goto("/people?q=he.shuang")
    expect(page.locator("tbody tr")).to_have_count(1)
