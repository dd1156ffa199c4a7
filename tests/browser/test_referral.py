"""报请确定 in a real browser: the question, the answer that came on paper, and who reads both afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, House, OpenWindow
from tests.chain import RECORD, Chain

pytestmark = pytest.mark.browser
PAPER: FilePayload = {
    "name": "复函.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n%%EOF",
}


@pytest.fixture
def waiting(house: House) -> Chain:
    """A package that waits for its confidentiality review."""
    chain = house.chain().submit()
    chain.decide("attribute_review")
    return chain


def choose(page: Page, outcome: str) -> None:
    page.locator(f'input[name="outcome"][value="{outcome}"]').check()


def judge(page: Page, body: str) -> None:
    for part in page.locator(".verdict").all():
        part.locator('input[value="clear"]').check()
    page.locator(f'[name="part-body"][value="{body}"]').check()


def write(page: Page, *codes: str) -> None:
    """The fields of the record, as an office fills them in."""
    for code in codes:
        field = page.locator(f"#record-{code}")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(RECORD[code])
        else:
            field.fill(RECORD[code])


@pytest.mark.parametrize(("size", "scripts"), [(DESKTOP, False), (PHONE, True)])
def test_a_question_goes_upward_and_its_answer_is_read_by_all(
    waiting: Chain, window: OpenWindow, size: dict[str, int], scripts: bool
) -> None:
    page = window("secrecy", size=size, scripts=scripts)
    page.goto(f"/tasks/{waiting.task('confidentiality_review')}")
    page.get_by_role("button", name="认领这件").click()
    expect(page.locator(".record")).to_be_hidden()
    judge(page, "refer")
    choose(page, "refer")
    page.locator(".button-act").click()
    refused = page.locator(".refusals, .say.refused")
    for told in ("“报请文号”", "“机关名称”", "“发出日期”", "须写明意见"):
        expect(refused).to_contain_text(told)
    write(page, "concern", "organ_kind", "organ", "letter_number", "letter_on")
    page.get_by_label("意见", exact=True).fill("第二段的点位拿不准。")
    page.locator(".button-act").click()
    expect(page.locator(".say.done")).to_contain_text("报请确定")

    page.goto(f"/tasks/{waiting.task('confidentiality_referral')}")
    page.get_by_role("button", name="认领这件").click()
    page.get_by_text("前面的意见").click()
    expect(page.locator(".opinions").first).to_contain_text("清建函〔2026〕3号")
    judge(page, "clear")
    choose(page, "clear")
    write(page, "organ_kind", "organ", "document_number", "document_on", "basis")
    page.get_by_label("扫描件（可不附）").set_input_files(PAPER)
    page.locator(".button-act").click()
    expect(page.locator(".say.done")).to_be_visible()
    assert waiting.open() == ["first_review"]

    first = window("first", size=size, scripts=scripts)
    first.goto(f"/tasks/{waiting.task('first_review')}")
    first.get_by_text("前面的意见").click()
    told = first.locator(".opinions").first
    expect(told).to_contain_text("清保函〔2026〕9号")
    expect(told.get_by_role("link", name="复函.pdf")).to_be_visible()
    width = first.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0
    first.goto(f"/packages/{waiting.package_id}/confidentiality")
    expect(first.locator(".sheet")).to_contain_text("清平县国家保密局")


def test_only_what_an_outcome_asks_for_is_shown(waiting: Chain, window: OpenWindow) -> None:
    page = window("secrecy")
    page.goto(f"/tasks/{waiting.task('confidentiality_review')}")
    page.get_by_role("button", name="认领这件").click()
    choose(page, "clear")
    expect(page.locator(".record")).to_be_hidden()
    expect(page.get_by_label("报请文号")).to_be_hidden()
    expect(page.locator("#redaction-body")).to_be_hidden()
    choose(page, "refer")
    expect(page.get_by_label("报请文号")).to_be_visible()
    page.locator('[name="part-body"][value="treat"]').check()
    expect(page.locator("#redaction-body")).to_be_visible()
