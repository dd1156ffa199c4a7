"""An item keeps the way that it was handed in by, and what that way asks for (domain:C3, C5), whatever is tried on it."""

from __future__ import annotations

import pytest

from engine.database import SYSTEM
from engine.errors import EngineError
from engine.models import ProcessInstance
from tests.chain import AT, Chain, body
from tests.conftest import OpenUow
from tests.factories import County, with_metadata
from tests.reference.content_binding import Item
from tests.workflows import random_items
from tests.workflows.test_profiles import REPOST
from workflows import drafting, final_gate, organisation, routes, taking_back
from workflows.errors import GateRefused, NotPermitted, Refused
from workflows.models import Package

PLAIN = Item()


def handed_in(uow: OpenUow, county: County, way: str) -> Chain:
    random_items.settle(uow, county, way)
    chain = random_items.chain(uow, county, way)
    chain.draft = random_items.rendered(PLAIN, (), way)
    chain.create()
    if way == "emergency":
        random_items.approve(chain)
    chain.hand_in()
    assert way_of(chain) == way
    return chain


def way_of(chain: Chain) -> str:
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        return routes.profile_of(work, work.session.get_one(ProcessInstance, package.case_id)).key


def missed(chain: Chain) -> set[str]:
    """What the final gate says is missing."""
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        return {one.code for one in final_gate.refusals(final_gate.checks(work, package, case))}


# -- repost ------------------------------------------------------------------------------------------


@pytest.fixture
def repost(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county, REPOST).submit()


def test_a_proofreader_makes_no_other_text_of_a_repost(repost: Chain) -> None:
    """domain:A1.9: it would go on as if it were the original, until the publisher is refused."""
    repost.until("first_proofreading")
    other = body("请遵照执行", "请认真执行")(repost.draft).body_html
    with pytest.raises(Refused, match="不能按转载流程办理"):
        repost.decide("first_proofreading", "corrected", corrected_body_html=other)
    same = body("出行，", "出行,")(repost.draft).body_html
    repost.decide("first_proofreading", "corrected", corrected_body_html=same)
    assert repost.until("nothing").status() == "published"


def test_a_repost_does_not_turn_original_on_the_way(repost: Chain) -> None:
    repost.until("first_review").decide("first_review", "return")
    with pytest.raises(GateRefused, match="信息来源不是转载"):
        repost.revise("t1", lambda shown: with_metadata(shown, source="original"))


@pytest.fixture
def doubted(repost: Chain) -> Chain:
    """The confidentiality reviewer would not disclose it; the office decides the attribute."""
    repost.decide("confidentiality_review", "withhold")
    assert repost.open() == ["attribute_review"]
    return repost


def test_the_gate_misses_an_attribute_review_that_returned_a_doubted_repost(doubted: Chain) -> None:
    doubted.decide("attribute_review", "return", reason_codes=("R15",))
    doubted.revise("unchanged")
    assert doubted.open() == ["attribute_review"]
    assert "attribute_review" in missed(doubted)


def test_the_gate_misses_an_attribute_review_that_was_taken_back(doubted: Chain) -> None:
    task_id = doubted.task("attribute_review")
    doubted.decide("attribute_review")
    assert "attribute_review" not in missed(doubted)
    with doubted.uow(doubted.person("ogi")) as work:
        taking_back.take_back(work, task_id, "看错了。")
        work.commit()
    assert doubted.open() == ["attribute_review"]
    assert "attribute_review" in missed(doubted)


# -- emergency -----------------------------------------------------------------------------------------


@pytest.fixture
def emergency(uow: OpenUow, county: County) -> Chain:
    return handed_in(uow, county, "emergency")


def test_a_new_reason_for_the_emergency_is_signed_by_the_principal_anew(emergency: Chain) -> None:
    emergency.until("release").decide("release", "return")
    other = with_metadata(emergency.draft, emergency_reason="水库泄洪，须立即通知下游群众。")
    emergency.revise("unchanged", lambda _: other)
    assert {"attribute_review", "confidentiality_review", "principal_review"} <= missed(emergency)
    assert emergency.until("nothing").status() == "published"


def test_no_level_is_raised_in_an_emergency(emergency: Chain) -> None:
    emergency.decide("attribute_review")
    with pytest.raises((Refused, EngineError)):
        emergency.decide("second_review", "raise_level", opinion="情况特殊。")
    assert "second_review" in emergency.open()


def test_what_went_out_in_an_emergency_stays_as_it_is_while_it_is_proofread(
    emergency: Chain,
) -> None:
    """domain:C3: the later passes find problems; a published text is corrected by a case of its own."""
    signed = emergency.until("principal_review").task("principal_review")
    emergency.until("release").decide("release")
    other = body("请遵照执行", "请认真执行")(emergency.draft)
    with pytest.raises((Refused, EngineError)):
        emergency.decide("second_proofreading", "corrected", corrected_body_html=other.body_html)
    with emergency.uow(emergency.person("drafter")) as work, pytest.raises(NotPermitted):
        drafting.save(work, emergency.package_id, other, base_version=1)
    with emergency.uow(emergency.person("drafter")) as work, pytest.raises(NotPermitted):
        drafting.cancel(work, emergency.package_id, "不发了。")
    with emergency.uow(emergency.person("principal")) as work, pytest.raises(EngineError):
        taking_back.take_back(work, signed, "看错了。")
    assert emergency.status() == "published"
    assert set(emergency.open()) == {"readback", "second_proofreading"}


# -- small office, turns ---------------------------------------------------------------------------------


def test_a_small_office_that_grows_goes_on_with_more_people_along_its_way(
    uow: OpenUow, county: County
) -> None:
    """domain:C7: each act by the matrix of its day; what three were allowed before stays allowed."""
    chain = handed_in(uow, county, "small_office").until("third_proofreading")
    with uow(SYSTEM) as work:
        organisation.set_separation(work, county.units["works"], "default")
        work.commit()
    with pytest.raises(EngineError, match="签发人不兼其他环节"):
        chain.decide("third_proofreading")
    chain.hire("newcomer", "辛校", "third_proofreader", "works")
    chain.at["third_proofreading"] = "newcomer"
    assert chain.until("nothing").status() == "published"
    assert way_of(chain) == "small_office"
    assert {row.separation for row in chain.decisions()} == {"small_office", "default"}


def test_a_returned_item_keeps_its_turns_when_its_unit_turns_normal(
    uow: OpenUow, county: County
) -> None:
    chain = handed_in(uow, county, "small_office").until("confidentiality_review")
    chain.decide("confidentiality_review", "treat")
    with uow(SYSTEM) as work:
        organisation.set_separation(work, county.units["works"], "default")
        work.commit()
    chain.revise("t2", body("360盏", "380盏"))
    assert way_of(chain) == "small_office"
    chain.at |= {stage: AT[stage] for stage in ("first_review", "first_proofreading")}
    chain.until("first_proofreading")
    assert "second_review" not in {row.stage for row in chain.decisions()}
