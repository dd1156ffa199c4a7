"""三审三校 with everything that happens to it: a 退文, a return, a number found wrong after the signature."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Office
from tests.browser.journeys.drafter import Document
from tests.browser.journeys.person import Person
from tests.browser.journeys.reading import Inspector

pytestmark = pytest.mark.browser

#: Whose decisions a wrong number brings down (domain:C5); the returning stage itself passed nothing.
VOIDED = ["second_review", "final_review", "first_proofreading", "second_proofreading"]
NOTICE = re.compile(r"退〔\d{4}〕\d+号")
T2 = ("事实性修改（T2）", "Factual change (T2)")


def test_two_returns_and_a_factual_change_after_the_signature(office: Office) -> None:
    document = office.document("增设小区路灯")
    package = office.drafter().hands_in(document)
    office.drafter().is_told_next("attribute_review")
    is_returned_by_the_disclosure_office(office, document)
    is_returned_by_the_second_reviewer(office, document)
    office.walks(
        document.title, "second_review", "final_review", "first_proofreading", "second_proofreading",
        then="third_proofreading",
    )  # fmt: skip
    has_a_wrong_number(office, document, package)
    goes_the_way_again(office, document, package)
    is_read_by_everybody(office, document)
    is_inspected(office.inspector(), document)


def is_returned_by_the_disclosure_office(office: Office, document: Document) -> None:
    """退文: numbered, and back to the office that gave it."""
    ogi, drafter = office.person("ogi"), office.drafter()
    ogi.takes(document.title, "attribute_review")
    ogi.decides("attribute_review", "return", opinion="决策依据没有讲清。", because=["R05"])
    ogi.is_told_next("revise", whose="秦笔")
    drafter.opens_return(document.title)
    drafter.reads("决策依据没有讲清。", "决策依据没有讲清。")
    drafter.changes("决策依据", "提出了这次的做法", "提出了这次的具体做法")
    drafter.resubmits("t1", "补充了依据。")
    drafter.is_told_next("attribute_review")
    expect(drafter.page.get_by_text(NOTICE).first).to_be_visible()


def is_returned_by_the_second_reviewer(office: Office, document: Document) -> None:
    """退回修改: what was decided before stays, because only a word was changed."""
    title, drafter, second = document.title, office.drafter(), office.person("second")
    office.walks(
        title, "attribute_review", "confidentiality_review", "first_review", then="second_review"
    )
    second.takes(title, "second_review")
    second.decides(
        "second_review", "return", opinion="语气请再郑重些。", because=["R11"], where="第二段末尾"
    )
    second.is_told_next("revise", whose="秦笔")
    drafter.opens_return(title)
    drafter.changes("正文", "请遵照执行", "请认真执行")
    drafter.resubmits("t1")
    drafter.is_told_next("second_review")
    drafter.sees_now("second_review")
    drafter.sees_voided([])
    second.takes(title, "second_review")
    second.reads_the_change("遵照", "认真")


def has_a_wrong_number(office: Office, document: Document, package: str) -> None:
    """Found at the third proofreading, after the signature."""
    title, drafter, third = document.title, office.drafter(), office.person("proof3")
    third.takes(title, "third_proofreading")
    third.decides(
        "third_proofreading", "return", opinion="与附表不一致，应为380盏。", because=["R12"],
        where="第二段",
        record={"errors_found": "1"},
    )  # fmt: skip
    third.is_told_next("revise", whose="秦笔")
    drafter.opens_return(title)
    names = [drafter.words.stage(stage) for stage in VOIDED]
    expect(drafter.card("t2")).to_contain_text(
        drafter.words.pick(
            f"{'、'.join(names)}的意见将作废", f"decisions voided: {', '.join(names)}"
        )
    )
    drafter.changes("正文", "360盏", "380盏")
    drafter.is_refused_as("t1", "至少应为事实性修改", "at least")
    drafter.resubmits("t2", "数量已与附表核对。")
    drafter.is_told_next("delta_confirmation")
    drafter.sees_now("delta_confirmation")
    drafter.sees_voided(VOIDED, *T2)
    office.person("first").has_nothing_of(title)


def goes_the_way_again(office: Office, document: Document, package: str) -> None:
    """What was voided is done again, by whoever did it, on what was changed."""
    title, second = document.title, office.person("second")
    office.walks(title, "delta_confirmation", then="second_review")
    second.takes(title, "second_review")
    second.reads_the_change("6", "8")
    second.decides("second_review", "pass")
    second.is_told_next("final_review")
    office.walks(
        title, "final_review", "first_proofreading", "second_proofreading", "third_proofreading",
        "release", then="readback",
    )  # fmt: skip
    publisher = office.person("publisher")
    publisher.takes(title, "readback")
    publisher.reads("与签发文本逐字节相同", "byte for byte")
    publisher.decides("readback", "ok")
    drafter: Person = office.drafter()
    drafter.opens(package)
    drafter.reads("已发布", "Published")
    drafter.sees_voided([])


def is_read_by_everybody(office: Office, document: Document) -> None:
    reader = office.reader()
    reader.opens(document.title)
    reader.reads_all(["增设路灯380盏，请认真执行", "提出了这次的具体做法"])
    reader.reads("有效", "In force")
    reader.does_not_read("360盏")


def is_inspected(inspector: Inspector, document: Document) -> None:
    """Everything stands in the trail and on one sheet, what no longer counts struck through."""
    inspector.finds(document.title)
    inspector.verifies()
    inspector.reads_in_order(
        ("发出退文通知", "Issued return notice"),
        ("复审，结论“退回修改”（R11 文字差错）", "Second review, “Return for revision” (R11"),
        (
            "三校，结论“退回修改”（R12 事实、数据错误）",
            "Third proofreading, “Return for revision” (R12",
        ),
        (
            "复审、终审、一校、二校的决定失效",
            "Decision of Second review, Final review, First proofreading",
        ),
        ("重报第5版：事实性修改（T2）", "Resubmitted version 5: Factual (T2)"),
        ("终审（第2轮），结论“通过”", "Final review (round 2), “Pass”"),
        ("发布，地址", "Released at"),
        ("读网核验，结论“核验无误”", "Read-back, “Read-back correct”"),
    )
    inspector.opens_sheet()
    words = inspector.words
    assert inspector.struck_on_sheet() == [words.stage(stage) for stage in VOIDED]
    returns = inspector.page.locator("section[aria-labelledby=sheet-returns] li")
    expect(returns).to_have_count(3)
    inspector.reads("按期", "In time")
    inspector.opens_register(words.pick("作废的决定", "Voided decisions"))
    expect(inspector.page.get_by_role("row").filter(has_text=document.title)).to_have_count(4)
