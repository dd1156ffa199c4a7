"""Somebody is on leave: a colleague does the work in their place, and both names stand wherever it is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.clock import local_date, now
from tests.browser.journeys.conftest import Office
from tests.browser.journeys.reading import Inspector

pytestmark = pytest.mark.browser


def test_a_colleague_reviews_for_somebody_on_leave(office: Office) -> None:
    document = office.document("检修路灯")
    title, both = document.title, office.words.pick("杜科（代初明）", "杜科 (for 初明)")
    away, colleague = office.person("first"), office.person("head")
    away.appoints("杜科", local_date(now()), reason="外出培训。")
    package = office.drafter().hands_in(document)
    office.walks(title, "attribute_review", "confidentiality_review", then="first_review")

    colleague.has_nothing_of(title)
    colleague.stands_in_for("初明")
    colleague.takes(title, "first_review")
    colleague.decides("first_review", "pass", opinion="文字通顺，同意。")
    colleague.is_told_next("second_review")
    colleague.is_oneself_again()
    colleague.has_nothing_of(title)
    office.walks(
        title, "second_review", "final_review", "first_proofreading", "second_proofreading",
        "third_proofreading", "release", "readback", then="",
    )  # fmt: skip

    drafter = office.drafter()
    drafter.opens(package)
    expect(drafter.bead("first_review")).to_contain_text(both)
    opinion = drafter.page.locator("li.opinion").filter(has_text="文字通顺，同意。")
    expect(opinion).to_contain_text(both)
    is_seen_under_both_names(office.inspector(), title, both)
    away.ends_leave()
    reader = office.reader()
    reader.opens(title)
    reader.does_not_read("初明")


def is_seen_under_both_names(inspector: Inspector, title: str, both: str) -> None:
    inspector.finds(title)
    inspector.verifies()
    decided = inspector.page.locator("section[aria-labelledby=table-heading]")
    expect(decided.get_by_role("row").filter(has_text=both)).to_have_count(1)
    inspector.reads_in_order(
        ("杜科（代初明）：初审，结论“通过”", f"{both} (清平县城市建设局): First review, “Pass”"),
        ("复审，结论“通过”", "Second review, “Pass”"),
    )
    inspector.opens_sheet()
    expect(inspector.sheet_rows("first_review")).to_contain_text(both)
