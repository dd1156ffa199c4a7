"""待用 and 提级: the signer lets an item rest, takes it up again, and puts it before the principal."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Office
from tests.browser.journeys.person import Person
from tests.browser.journeys.reading import Inspector

pytestmark = pytest.mark.browser


def test_an_item_rests_goes_on_and_is_signed_by_the_principal(office: Office) -> None:
    document = office.document("调整路灯开闭时间")
    title, drafter, final = document.title, office.drafter(), office.person("final")
    package = drafter.hands_in(document)
    office.walks(
        title, "attribute_review", "confidentiality_review", "first_review", "second_review",
        then="final_review",
    )  # fmt: skip
    rests(final, title)
    drafter.opens(package)
    drafter.reads("待用", "On hold")
    drafter.reads("等市里的统一口径。", "等市里的统一口径。")
    drafter.sees_now("on_hold")

    goes_on_at_a_higher_level(final, title)
    principal = office.person("principal")
    principal.takes(title, "principal_review")
    principal.decides("principal_review", "pass", opinion="同意。")
    principal.is_told_next("first_proofreading")
    final.has_nothing_of(title)
    office.walks(
        title, "first_proofreading", "second_proofreading", "third_proofreading", "release",
        "readback", then="",
    )  # fmt: skip
    drafter.opens(package)
    drafter.sees_voided([])
    expect(drafter.bead("principal_review")).to_contain_text("柳主")
    is_inspected(office.inspector(), title)
    reader = office.reader()
    reader.opens(title)
    reader.reads_all([document.sentence])


def rests(final: Person, title: str) -> None:
    final.takes(title, "final_review")
    final.decides("final_review", "hold", opinion="等市里的统一口径。", because=["R22"])
    final.is_told_next("on_hold")


def goes_on_at_a_higher_level(final: Person, title: str) -> None:
    """Where it was, and with the same signer; who then passes it on upward."""
    final.takes(title, "on_hold")
    final.decides("on_hold", "resume")
    final.is_told_next("final_review")
    final.takes(title, "final_review")
    words = final.words
    expect(final.card("raise_level")).to_contain_text(words.stage("principal_review"))
    final.decides("final_review", "raise_level", opinion="涉及面广，请主要负责人审签。")
    final.is_told_next("principal_review")


def is_inspected(inspector: Inspector, title: str) -> None:
    inspector.finds(title)
    inspector.verifies()
    inspector.reads_in_order(
        (
            "终审，结论“待用”（R22 时机不当）；转待用",
            "Final review, “Hold” (R22 Timing); next: On hold",
        ),
        ("待用，结论“恢复办理”；转终审", "On hold, “Resume”; next: Final review"),
        (
            "结论“通过并提级审签”；转主要负责人审签",
            "“Pass and raise the approval level”; next: Principal",
        ),
        (
            "主要负责人审签，结论“通过”；转一校",
            "Principal's review, “Pass”; next: First proofreading",
        ),
    )
    inspector.opens_sheet()
    expect(inspector.sheet_rows("principal_review")).to_contain_text("柳主")
    inspector.reads("没有退回。", "Nothing was sent back.")
    assert inspector.struck_on_sheet() == []
