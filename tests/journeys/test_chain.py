"""From draft to public page at the workflows layer: straight, with every kind of return, and the side exits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.models import ProcessInstance
from tests import factories
from tests.chain import Chain, body, more
from tests.conftest import OpenUow
from tests.factories import DRAFT, County, current, with_metadata
from workflows import content, oversight, pages, publishing, taking_back
from workflows.errors import NotFound, ReleaseRefused
from workflows.models import Package, Publication, ReturnNotice

EVERYTHING = with_metadata(
    concerns_third_party=True,
    concerns_other_agencies=True,
    legality_required=True,
    info_class="B",
)


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def published(chain: Chain) -> Publication:
    with chain.read() as work:
        row = work.session.scalars(sa.select(Publication)).one()
        work.session.expunge(row)
        return row


def test_document_goes_from_draft_to_the_public_page(chain: Chain) -> None:
    assert chain.open() == ["attribute_review"]
    chain.until("release")
    with chain.read() as work:
        approved = current(work, chain.package_id).content
        assert not publishing.released(work).rows
    chain.decide("release")
    assert chain.status() == "published"
    chain.decide("readback")
    assert chain.open() == []
    released = published(chain)
    assert released.content == approved
    assert released.page_digest == content.digest(approved) == released.digest
    with chain.read() as work:
        case = work.session.scalars(sa.select(ProcessInstance)).one()
        assert (case.status, case.ended_as) == ("ended", "published")
        page = publishing.by_slug(work, released.slug)
        assert page.interpretation is not None
        assert oversight.verify(work, chain.package_id).ok


def test_every_conditional_stage_is_part_of_the_way_when_the_item_asks_for_it(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, EVERYTHING).submit()
    chain.decide("attribute_review")
    assert sorted(chain.open()) == [
        "confidentiality_review",
        "inter_agency_confirmation",
        "legality_review",
        "third_party_opinion",
    ]
    chain.until("read_aloud")
    chain.until("none")
    assert chain.status() == "published"


def test_sensitive_item_is_signed_by_the_principal(uow: OpenUow, county: County) -> None:
    chain = Chain(
        uow, county, with_metadata(info_class="C", opinion_plan="由县政府办统一回应。")
    ).submit()
    chain.until("principal_review")
    assert not chain.decisions("final_review")
    chain.until("release").until("none")
    assert chain.status() == "published"


@pytest.mark.parametrize("stage", ["first_review", "second_review", "final_review"])
def test_raising_the_level_brings_the_item_before_the_principal(chain: Chain, stage: str) -> None:
    chain.until(stage)
    chain.decide(stage, "raise_level", opinion="事项重要，请主要负责人审签。")
    chain.until("principal_review")
    chain.until("none")
    assert chain.status() == "published"


RETURNS: list[tuple[str, str]] = [
    ("attribute_review", "return"),
    ("confidentiality_review", "treat"),
    ("first_review", "return"),
    ("second_review", "return_interpretation"),
    ("final_review", "return"),
    ("first_proofreading", "return"),
    ("second_proofreading", "return"),
    ("third_proofreading", "return"),
    ("release", "return"),
]
CHANGES: dict[str, Callable[[content.Content], content.Content] | None] = {
    "unchanged": None,
    "t1": body("请遵照执行", "请认真执行"),
    "t2": body("360盏", "380盏"),
    "t3": more("路灯由各社区日常看护，损坏的及时报修。"),
}


@pytest.mark.parametrize(("stage", "outcome"), RETURNS)
def test_item_returned_again_and_again_comes_back_and_is_released(
    chain: Chain, stage: str, outcome: str
) -> None:
    """Wherever it is returned and however it is changed, the way out is open and leads through GF."""
    for change, edit in CHANGES.items():
        chain.until(stage)
        chain.decide(stage, outcome)
        assert chain.open() == ["revise"]
        assert chain.status() == "returned"
        chain.revise(change, edit)
    chain.until("none")
    assert chain.status() == "published"
    with chain.read() as work:
        assert published(chain).content == current(work, chain.package_id).content


def test_t1_after_the_signature_asks_the_signer_only(chain: Chain) -> None:
    chain.until("third_proofreading")
    chain.decide("third_proofreading", "return")
    chain.revise("t1", CHANGES["t1"])
    assert chain.open() == ["third_proofreading"]
    chain.decide("third_proofreading")
    assert chain.open() == ["sign_confirmation"]
    task_id = chain.task("sign_confirmation")
    with chain.read("final") as work:
        page = pages.task_page(work, task_id)
    assert page.is_mine
    assert page.confirming is not None
    assert [part.code for part in page.confirming.parts] == ["body"]
    chain.decide("sign_confirmation")
    assert chain.open() == ["release"]
    with chain.read("final") as work:
        taking_back.take_back(work, task_id, "还要再看一遍")
        work.commit()
    with chain.read("final") as work:  # the same is to be confirmed again
        assert pages.task_page(work, chain.task("sign_confirmation")).confirming == page.confirming
    chain.decide("sign_confirmation")
    assert chain.open() == ["release"]


def test_principal_confirms_what_the_principal_signed(uow: OpenUow, county: County) -> None:
    chain = Chain(
        uow, county, with_metadata(info_class="C", opinion_plan="由县政府办统一回应。")
    ).submit()
    chain.until("read_aloud")
    chain.decide("read_aloud", "return")
    chain.revise("t1", CHANGES["t1"])
    chain.until("sign_confirmation")
    task_id = chain.task("sign_confirmation")
    with chain.read("final") as work, pytest.raises(NotFound):
        pages.task_page(work, task_id)  # never had a part in this item
    with chain.read("principal") as work:
        assert pages.task_page(work, task_id).may_decide
    chain.at["sign_confirmation"] = "principal"
    chain.until("none")
    assert chain.status() == "published"


def test_t2_asks_for_the_delta_and_everything_from_the_second_review_on(chain: Chain) -> None:
    chain.until("third_proofreading")
    chain.decide("third_proofreading", "return")
    chain.revise("t2", CHANGES["t2"])
    done = []
    while stages := chain.open():
        done.append(stages[0])
        chain.decide(stages[0])
    assert done == [
        *("delta_confirmation", "second_review", "final_review", "first_proofreading"),
        *("second_proofreading", "third_proofreading", "release", "readback"),
    ]


def test_t3_asks_for_everything_but_the_attribute(chain: Chain) -> None:
    chain.until("release")
    chain.decide("release", "return")
    chain.revise("t3", CHANGES["t3"])
    assert chain.open() == ["confidentiality_review"]
    standing = [row.stage for row in chain.decisions() if row.voided_at is None]
    assert [stage for stage in standing if stage not in {"revise", "release"}] == [
        "attribute_review"
    ]


def test_changed_column_asks_for_the_last_proofreading_only(chain: Chain) -> None:
    chain.until("release")
    chain.decide("release", "return")
    chain.revise("unchanged", lambda shown: with_metadata(shown, column="政策文件"))
    assert chain.open() == ["third_proofreading"]
    chain.until("none")
    assert chain.status() == "published"


def test_changed_scope_asks_for_attribute_confidentiality_and_signature(chain: Chain) -> None:
    chain.until("release")
    chain.decide("release", "return")
    chain.revise(
        "unchanged",
        lambda shown: with_metadata(shown, scope="area", scope_note="城区各社区"),
    )
    done = []
    while stages := chain.open():
        done.append(stages[0])
        chain.decide(stages[0])
    assert done == [
        *("attribute_review", "confidentiality_review", "final_review", "release", "readback"),
    ]


def test_proofreader_corrects_and_passes_the_corrected_text(chain: Chain) -> None:
    chain.until("second_proofreading")
    with chain.read() as work:
        shown = content.parse(current(work, chain.package_id).content)
    mended = shown.body_html.replace("请遵照执行", "请认真执行")
    chain.decide("second_proofreading", "corrected", corrected_body_html=mended)
    assert chain.open() == ["second_proofreading"]
    task_id = chain.task("second_proofreading")
    with chain.read("proof2") as work:
        assert pages.task_page(work, task_id).is_mine
    chain.until("sign_confirmation").until("none")
    assert chain.status() == "published"
    assert "请认真执行" in published(chain).content


def test_doubt_about_secrecy_goes_up_and_comes_back(chain: Chain) -> None:
    chain.until("confidentiality_review")
    chain.decide("confidentiality_review", "refer", opinion="施工点位图是否涉密不能确定。")
    assert chain.open() == ["confidentiality_referral"]
    chain.decide("confidentiality_referral", "clear", opinion="答复：不涉密。")
    chain.until("none")
    assert chain.status() == "published"


def test_withheld_item_goes_back_to_the_attribute_and_is_registered(chain: Chain) -> None:
    chain.until("confidentiality_review")
    chain.decide("confidentiality_review", "withhold")
    assert chain.open() == ["attribute_review"]
    chain.decide("attribute_review", "not_disclosed", opinion="同意保密审查意见。")
    assert chain.status() == "not_disclosed"
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        assert str(package.review_on) == "2026-12-31"
        with pytest.raises(NotFound):
            publishing.by_slug(work, package.number)


def test_item_disclosed_on_request_is_registered(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, factories.kept_back("on_request")).submit()
    chain.decide("attribute_review", "on_request", opinion="仅涉及特定申请人。")
    assert chain.status() == "on_request"
    assert chain.open() == []


def test_held_item_is_resumed_where_it_was(chain: Chain) -> None:
    chain.until("final_review")
    chain.decide("final_review", "hold")
    assert chain.open() == ["on_hold"]
    assert chain.status() == "on_hold"
    chain.decide("on_hold", "resume")
    assert chain.open() == ["final_review"]
    chain.until("none")
    assert chain.status() == "published"


def test_rejected_item_ends(chain: Chain) -> None:
    chain.until("second_review")
    chain.decide("second_review", "reject")
    assert chain.open() == []
    assert chain.status() == "rejected"


def test_formal_return_is_numbered_and_ordinary_return_is_not(chain: Chain) -> None:
    chain.decide("attribute_review", "return", reason_codes=("R05", "R16"))
    chain.revise("unchanged")
    chain.decide("attribute_review", "return", reason_codes=("R16",))
    with chain.read() as work:
        notices = work.session.scalars(sa.select(ReturnNotice)).all()
        assert [notice.number for notice in notices] == ["退〔2026〕1号"]
        assert notices[0].items == ["R05", "R16"]


def test_release_is_refused_as_a_whole_when_the_gate_fails(chain: Chain) -> None:
    """Somebody put a decision aside behind the process's back: the gate reads rows, not the process."""
    chain.until("release")
    row = chain.decisions("second_review")[-1]
    with chain.read() as work:
        work.session.execute(
            sa.text(
                "UPDATE decision SET voided_at = at, voided_by = 'hand', voided_reason = 'x' "
                f"WHERE id = {row.id}"
            )
        )
        work.commit()
    task_id = chain.task("release")
    with pytest.raises(ReleaseRefused) as refused:
        chain.decide("release")
    assert [reason.code for reason in refused.value.reasons] == ["second_review"]
    with chain.read("publisher") as work:
        publishing.record_refusal(work, task_id, refused.value)
        work.commit()
    with chain.read("inspector") as work:
        last = oversight.trail(work, chain.package_id)[-1]
    assert last.sentence.zh == "傅布：发布被终检拦下，1项不符合要求"
    assert chain.open() == ["release"]
    with chain.read() as work:
        assert not publishing.released(work).rows


def test_interpretation_changed_after_review_is_a_change_of_the_package(chain: Chain) -> None:
    chain.until("release")
    chain.decide("release", "return")

    def edit(shown: content.Content) -> content.Content:
        said = shown.interpretation
        measures = said.elements.measures.replace("装好一处亮一处", "装好一处就亮一处")
        elements = replace(said.elements, measures=measures)
        return replace(shown, interpretation=replace(said, elements=elements))

    chain.revise("t1", edit)
    assert chain.open() == ["sign_confirmation"]
    assert DRAFT.interpretation != edit(DRAFT).interpretation


def test_what_was_referred_and_has_to_be_treated_is_reviewed_again(chain: Chain) -> None:
    """domain:C3: nobody has to enter an answer from outside that was never given."""
    chain.until("confidentiality_review")
    chain.decide("confidentiality_review", "refer")
    chain.decide("confidentiality_referral", "treat")
    chain.revise("t2", CHANGES["t2"])
    assert chain.open() == ["confidentiality_review"]
    assert (
        chain.decisions("confidentiality_review")[-1].voided_at is None
    )  # it was answered, not struck
    chain.decide("confidentiality_review")
    assert chain.open() == ["first_review"]
    chain.until("none")
    assert chain.status() == "published"


def test_a_treatment_that_was_determined_can_be_taken_back(chain: Chain) -> None:
    chain.until("confidentiality_review")
    chain.decide("confidentiality_review", "refer")
    chain.decide("confidentiality_referral", "treat")
    with chain.read("secrecy") as work:
        decided = chain.decisions("confidentiality_referral")[-1].task_id
        taking_back.take_back(work, decided, "看错了来函")
        work.commit()
    assert chain.open() == ["confidentiality_referral"]
    chain.decide("confidentiality_referral", "clear")
    assert chain.open() == ["first_review"]
