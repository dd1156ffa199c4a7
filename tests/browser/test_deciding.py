"""The decision page under hard conditions: no JavaScript, no mouse, a phone, a lost connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, House, OpenWindow
from tests.chain import Chain

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(house: House) -> Chain:
    """A package that waits for its first review."""
    return house.chain().submit().until("first_review")


def claim(page: Page, chain: Chain) -> None:
    page.goto(f"/tasks/{chain.task('first_review')}")
    page.get_by_role("button", name="认领这件").click()


def card(page: Page, outcome: str) -> Locator:
    """The radio button of an outcome."""
    return page.locator(f'input[name="outcome"][value="{outcome}"]')


def test_without_javascript_a_return_is_explained_and_then_given(
    waiting: Chain, window: OpenWindow
) -> None:
    page = window("first", scripts=False)
    claim(page, waiting)
    expect(page.locator("#part-interpretation")).to_be_visible()
    expect(page.get_by_text("退回的原因")).to_be_hidden()
    card(page, "return").check()
    expect(page.get_by_text("退回的原因")).to_be_visible()
    button = page.locator(".button-act")
    assert button.inner_text().strip() == "退回修改"
    button.click()
    expect(page.locator(".refusals, .say.refused")).to_contain_text("请至少选择一项退回原因。")
    expect(card(page, "return")).to_be_checked()

    page.locator("[name=reason_codes][value=R12]").check()
    page.get_by_label("在什么位置").fill("第二段")
    page.get_by_label("意见", exact=True).fill("数量与附表不一致。")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    expect(page.locator("[name=reason_codes][value=R12]")).to_be_checked()
    page.locator(".button-act").click()
    expect(page.locator(".say.done")).to_be_visible()
    assert waiting.open() == ["revise"]


def test_a_decision_needs_no_mouse(waiting: Chain, window: OpenWindow) -> None:
    page = window("first")
    claim(page, waiting)
    expect(page.locator(".say")).to_be_focused()
    reach(page, 'input[name="outcome"]')
    page.keyboard.press("Space")
    expect(card(page, "pass")).to_be_checked()
    reach(page, "textarea#opinion")
    page.keyboard.type("文字通顺，同意。")
    reach(page, ".button-act")
    assert page.locator(".button-act").inner_text().strip() == "通过初审"
    page.keyboard.press("Enter")
    expect(page.locator(".say.done")).to_be_focused()
    assert waiting.open() == ["second_review"]


def reach(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something that matches."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


def test_an_opinion_saves_itself_and_says_so(waiting: Chain, window: OpenWindow) -> None:
    page = window("first")
    claim(page, waiting)
    page.get_by_label("意见", exact=True).fill("第二段的数量请核对。")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    page.goto("/tasks")
    page.goto(f"/tasks/{waiting.task('first_review')}")
    expect(page.get_by_label("意见", exact=True)).to_have_value("第二段的数量请核对。")


def test_a_lost_connection_loses_no_word(waiting: Chain, window: OpenWindow) -> None:
    page = window("first")
    claim(page, waiting)
    page.context.set_offline(True)
    page.get_by_label("意见", exact=True).fill("断网时写的意见。")
    expect(page.locator("[data-draft-state]")).to_contain_text("没有连上服务器")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("意见", exact=True)).to_have_value("断网时写的意见。")


def test_tabs_follow_the_arrow_keys(waiting: Chain, window: OpenWindow) -> None:
    page = window("first")
    page.goto(f"/tasks/{waiting.task('first_review')}")
    first = page.get_by_role("tab", name="正文")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="解读")).to_be_focused()
    expect(page.locator("#part-interpretation")).to_be_visible()
    expect(page.locator("#part-document")).to_be_hidden()


def test_on_a_phone_the_decision_is_one_press_away(waiting: Chain, window: OpenWindow) -> None:
    page = window("first", size=PHONE)
    claim(page, waiting)
    page.get_by_role("link", name="去作决定").click()
    expect(page.locator("#decide-heading")).to_be_in_viewport()


def test_a_double_click_decides_once(waiting: Chain, window: OpenWindow) -> None:
    page = window("first")
    claim(page, waiting)
    card(page, "pass").check()
    page.locator(".button-act").dblclick()
    expect(page.locator(".say").first).to_be_visible()
    assert len(waiting.decisions("first_review")) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_proofreader_corrects_beside_the_document(
    house: House, window: OpenWindow, scripts: bool
) -> None:
    chain = house.chain().submit().until("first_proofreading")
    page = window("proof1", scripts=scripts)
    page.goto(f"/tasks/{chain.task('first_proofreading')}")
    page.get_by_role("button", name="认领这件").click()
    editor = page.locator("#correction")
    expect(editor).to_be_hidden()
    card(page, "corrected").check()
    expect(editor).to_be_visible()
    editor.fill(editor.input_value().replace("作业面", "作业场地"))
    page.get_by_label("差错数").fill("2")
    page.get_by_label("改正数").fill("1")
    assert page.locator(".button-act").inner_text().strip() == "技术性改正"
    page.locator(".button-act").click()
    expect(page.locator(".say.done")).to_be_visible()
    assert chain.open() == ["first_proofreading"]
