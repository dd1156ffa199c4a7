"""What must not be disclosed is not forgotten: a register keeps it, with the day on which to look at it again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.clock import local_date, now
from tests.browser.journeys.conftest import Office
from tests.browser.journeys.person import Person
from tests.browser.journeys.reading import Inspector

pytestmark = pytest.mark.browser


def test_the_confidentiality_review_says_no_and_the_item_is_registered(office: Office) -> None:
    document = office.document("公布路灯点位")
    title, drafter, ogi = document.title, office.drafter(), office.person("ogi")
    package = drafter.hands_in(document)
    office.walks(title, "attribute_review", then="confidentiality_review")
    is_judged_part_by_part(office.person("secrecy"), title)

    ogi.takes(title, "attribute_review")
    ogi.reads("点位图含有不宜公开的管线走向。", "点位图含有不宜公开的管线走向。")
    ogi.sees_voided([])  # asked anew, so it is the stage where the item is
    ogi.decides(
        "attribute_review", "not_disclosed", opinion="同意保密审查意见。", grounds=["A14-2"]
    )
    ogi.is_told(ogi.words.pick("办结：登记为不予公开。", "Closed: registered as not disclosed."))
    for login in ("ogi", "first", "final"):
        office.person(login).has_nothing_of(title)

    drafter.opens(package)
    drafter.reads("不予公开（已登记）", "Not disclosed (registered)")
    drafter.reads(f"{last_day('zh')}前复查能否公开", f"to be looked at again by {last_day('en')}")
    drafter.reads(
        "保密审查认为不应公开，属性重新审查", "Confidentiality review questions the attribute"
    )
    is_kept_in_the_register(office.inspector(), title)
    office.reader().finds_nothing_of(title)


def is_judged_part_by_part(secrecy: Person, title: str) -> None:
    """One part is enough to keep the whole back; the ground is named."""
    secrecy.takes(title, "confidentiality_review")
    secrecy.decides(
        "confidentiality_review", "withhold", opinion="点位图含有不宜公开的管线走向。",
        because=["R08"], grounds=["A14-2"], verdict="clear",
        verdicts={secrecy.words.pick("正文", "Body"): "withhold"},
    )  # fmt: skip
    secrecy.is_told_next("attribute_review")


def is_kept_in_the_register(inspector: Inspector, title: str) -> None:
    words = inspector.words
    inspector.finds(title)
    inspector.verifies()
    inspector.reads_in_order(
        ("保密审查，结论“不予公开”", "Confidentiality review, “Must not be disclosed”"),
        (
            "公开属性审查（第2轮），结论“确认不予公开”",
            "Attribute review (round 2), “Confirm non-disclosure”",
        ),
        ("办结：登记为不予公开", "closed: registered as not disclosed"),
    )
    inspector.opens_sheet()
    assert inspector.struck_on_sheet() == [words.stage("attribute_review")]
    inspector.reads("尚未发布", "Not released yet")
    inspector.opens_register(words.pick("依申请公开与不予公开", "On request and not disclosed"))
    row = inspector.page.get_by_role("row").filter(has_text=title)
    expect(row).to_contain_text(last_day(words.language))


def last_day(language: str) -> str:
    """Registered items are looked at again by the end of the year (domain:D2)."""
    year = local_date(now()).year
    return f"31 December {year}" if language == "en" else f"{year}年12月31日"
