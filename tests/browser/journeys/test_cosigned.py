"""会签: an important item is signed by the deputy and by the principal, and what changes after is signed again by both."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Office

pytestmark = pytest.mark.browser


def test_an_important_item_is_signed_by_two(office: Office) -> None:
    document = office.document("实施照明改造").but(info_class="B")
    title, drafter = document.title, office.drafter()
    package = drafter.hands_in(document)
    office.walks(
        title, "attribute_review", "confidentiality_review", "first_review", "second_review",
        "final_review", then="principal_review",
    )  # fmt: skip
    office.person("final").has_nothing_of(title)
    principal = office.person("principal")
    principal.takes(title, "principal_review")
    principal.decides(
        "principal_review",
        "return",
        opinion="完工时间请再核一次。",
        because=["R12"],
        where="第二段",
    )
    principal.is_told_next("revise")

    drafter.opens_return(title)
    drafter.changes("正文", "360盏", "380盏")
    drafter.resubmits("t2", note="核实后改为380盏。")
    drafter.opens(package)
    drafter.sees_now("delta_confirmation")
    office.walks(
        title, "delta_confirmation", "second_review", "final_review", "principal_review",
        "first_proofreading", "second_proofreading", "third_proofreading", "read_aloud", "release",
        "readback", then="",
    )  # fmt: skip

    inspector = office.inspector()
    inspector.finds(title)
    inspector.verifies()
    inspector.opens_sheet()
    for stage, signer in (("final_review", "钟定"), ("principal_review", "柳主")):
        expect(inspector.sheet_rows(stage).last).to_contain_text(signer)
    reader = office.reader()
    reader.opens(title)
    reader.reads_all(["380盏"])
    reader.does_not_read("360盏")
