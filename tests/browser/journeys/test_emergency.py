"""应急: asked for with a reason, approved by the principal, out the same hour, and proofread again within a day."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.conftest import Office
from tests.browser.journeys.drafter import Document, Drafter
from tests.browser.journeys.person import Person

pytestmark = pytest.mark.browser

WHY = "河堤出险，须立即通知两岸群众转移。"
APPROVED = "情况属实，同意应急。"


def test_an_emergency_goes_out_at_once_and_is_proofread_after(office: Office) -> None:
    document = office.document("组织两岸群众转移").but(info_class="A")
    title, drafter, principal = document.title, office.drafter(), office.person("principal")
    package = asks(drafter, document)
    approves(principal, package)
    drafter.opens(package)
    drafter.reads(APPROVED, APPROVED)
    drafter.follows(drafter.words.page("编辑稿件"))
    assert drafter.submits() == package
    drafter.reads("突发事件应急", "emergency")

    office.walks(title, "attribute_review", then="confidentiality_review")
    drafter.opens(package)
    drafter.sees_now("confidentiality_review", "first_proofreading", "second_review")
    for stage in ("second_review", "first_proofreading"):
        one = office.person(office.at[stage])
        one.takes(title, stage)
        one.decides(stage, "pass")
    office.walks(title, "confidentiality_review", "principal_review", then="release")
    office.at["later_rectification"] = "publisher"

    publisher = office.person("publisher")
    publisher.takes(title, "release")
    publisher.decides("release", "publish")
    publisher.is_told_next("readback", "second_proofreading")
    reader = office.reader()
    reader.opens(title)
    reader.reads_all([document.sentence])

    follows_up(office, title)
    inspector = office.inspector()
    inspector.finds(title)
    inspector.verifies()
    inspector.reads_in_order(
        ("送审", "Submitted"), ("发布", "Released"), ("二校", "Second proofreading"), ("三校", "Third proofreading"),
    )  # fmt: skip
    inspector.opens_sheet()
    inspector.reads("突发事件应急", "emergency")
    expect(inspector.sheet_rows("principal_review")).to_contain_text("柳主")


def asks(drafter: Drafter, document: Document) -> str:
    """Handed in at once it is refused, with both reasons' ways out; saved, it asks the principal."""
    words = drafter.words
    drafter.brings(document)
    drafter.fills_in(document)
    drafter.page.get_by_label(words.page("突发事件，请求按应急流程办理"), exact=True).check()
    drafter.writes("应急理由", WHY)
    with drafter.watch.refusals():
        drafter.page.get_by_role("button", name=words.page("保存并送审"), exact=True).click()
        expect(drafter.page.locator(".say.refused")).to_be_focused()
    drafter.look()
    drafter.reads("须经主要负责人批准", "principal has to approve")
    drafter.follows(words.page("到稿件页请负责人同意"))
    drafter.presses(words.page("请负责人同意"))
    drafter.is_told("柳主")
    return drafter.page.url.split("?")[0].rstrip("/").split("/packages/")[1].split("/")[0]


def approves(principal: Person, package: str) -> None:
    principal.watch.written |= {WHY}
    principal.opens(package)
    principal.reads(WHY, WHY)
    principal.writes("同意的意见", APPROVED)
    principal.comes_by(
        principal.page.get_by_role("button", name=principal.words.page("同意这一例外"))
    )
    principal.is_told(principal.words.page("已同意，拟稿人会收到消息。"))


def follows_up(office: Office, title: str) -> None:
    """The later passes; a problem found goes to the publisher, and is looked at again."""
    publisher = office.person("publisher")
    publisher.takes(title, "readback")
    publisher.decides("readback", "ok")
    second = office.person("proof2")
    second.takes(title, "second_proofreading")
    second.decides("second_proofreading", "pass")
    second.is_told_next("third_proofreading")
    third = office.person("proof3")
    third.takes(title, "third_proofreading")
    third.decides(
        "third_proofreading",
        "problem",
        opinion="页面标题少一个字。",
        because=["R11"],
        where="标题",
        record={"errors_found": "1"},
    )
    third.is_told_next("later_rectification")
    publisher.takes(title, "later_rectification")
    publisher.decides("later_rectification", "fixed", opinion="页面已更正。")
    publisher.is_told_next("third_proofreading")
    office.walks(title, "third_proofreading", then="")
