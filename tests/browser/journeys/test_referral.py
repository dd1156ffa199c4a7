"""报请确定: a doubt about secrecy goes up, the answer from outside is entered, and the item goes on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Office
from tests.browser.journeys.person import Person
from tests.browser.journeys.reading import Inspector
from tests.chain import record

pytestmark = pytest.mark.browser

DOUBT = "施工点位图是否涉密不能确定，报请县保密行政管理部门确定。"
ANSWER = "县国家保密局书面答复：不涉密，可以公开。"


def test_a_doubt_about_secrecy_goes_up_and_the_answer_comes_back(office: Office) -> None:
    document = office.document("路灯施工期间绕行")
    title, drafter, secrecy = document.title, office.drafter(), office.person("secrecy")
    package = drafter.hands_in(document)
    office.walks(title, "attribute_review", then="confidentiality_review")
    refers(secrecy, title)
    drafter.opens(package)
    drafter.sees_now("confidentiality_referral")
    drafter.reads(DOUBT, DOUBT)
    enters_the_answer(secrecy, title)
    office.walks(
        title, "first_review", "second_review", "final_review", "first_proofreading",
        "second_proofreading", "third_proofreading", "release", "readback", then="",
    )  # fmt: skip
    is_inspected(office.inspector(), title)
    reader = office.reader()
    reader.opens(title)
    reader.reads_all([document.sentence])
    reader.does_not_read("保密")


def refers(secrecy: Person, title: str) -> None:
    """Whoever cannot decide says why, of which parts, and to which organ the question is put."""
    secrecy.takes(title, "confidentiality_review")
    secrecy.decides(
        "confidentiality_review",
        "refer",
        opinion=DOUBT,
        verdict="refer",
        record=record("confidentiality_review", "refer"),
    )
    secrecy.is_told_next("confidentiality_referral")


def enters_the_answer(secrecy: Person, title: str) -> None:
    """The result that came from outside, with what it says of each part."""
    secrecy.takes(title, "confidentiality_referral")
    secrecy.reads(DOUBT, DOUBT)
    secrecy.decides(
        "confidentiality_referral",
        "clear",
        opinion=ANSWER,
        verdict="clear",
        record=record("confidentiality_referral", "clear"),
    )
    secrecy.is_told_next("first_review")


def is_inspected(inspector: Inspector, title: str) -> None:
    inspector.finds(title)
    inspector.verifies()
    inspector.reads_in_order(
        (
            "保密审查，结论“不能确定，报请确定”；转报请确定",
            "“Cannot decide, refer upward”; next: Referral upward",
        ),
        (
            "报请确定，结论“可以公开”；转初审",
            "Referral upward, “May be disclosed”; next: First review",
        ),
    )
    inspector.opens_sheet()
    expect(inspector.sheet_rows("confidentiality_referral")).to_contain_text(ANSWER)
    inspector.goes(inspector.page.url.replace("/sheet", "/confidentiality"))
    inspector.reads(DOUBT, DOUBT)
    inspector.reads(ANSWER, ANSWER)
    for said in ("清平县国家保密局", "清保函〔2026〕9号"):
        inspector.reads(said, said)
