"""审校流转单 (domain:C10): told from the trail alone, rounds and voided decisions included."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM, Actor
from engine.text import Sentence
from tests import factories
from tests.chain import Chain, more
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, kept_back
from workflows import evidence_sheet, organisation, taking_back
from workflows.errors import NotFound
from workflows.models import Decision, Person, Unit
from workflows.sheet_models import Pass, Sheet
from workflows.vocabulary import GROUNDS


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def sheet(chain: Chain, login: str = "inspector") -> Sheet:
    with chain.read(login) as work:
        return evidence_sheet.sheet(work, chain.package_id)


def passes(chain: Chain, block: str) -> list[Pass]:
    return [one for title, found in sheet(chain).blocks for one in found if title.code == block]


def test_a_released_item_has_every_stage_with_person_time_and_fingerprint(chain: Chain) -> None:
    chain.until("nothing")
    found = sheet(chain)
    stages = {one.stage.zh for _, block in found.blocks for one in block}
    assert {
        "公开属性审查",
        "保密审查",
        "初审",
        "复审",
        "终审",
        "一校",
        "二校",
        "三校",
        "发布",
        "读网核验",
    } <= stages
    released = chain.decisions("release")[0].digest.partition(":")[2][:12]
    assert {one.fingerprint for _, block in found.blocks for one in block} == {released}
    assert found.release is not None
    assert found.release.fingerprint == released
    assert found.release.path.endswith(found.number)
    assert found.release.index_number == f"works/{found.number}"
    assert not found.returns
    assert found.head.startswith("sha256:")


def test_a_registered_item_names_the_attribute_that_was_determined(chain: Chain) -> None:
    """Confidentiality says no to what was proposed as proactive, and the disclosure office agrees."""
    chain.until("confidentiality_review")
    chain.decide("confidentiality_review", "withhold", opinion="含有内部安排。")
    facts = sheet(chain).facts
    assert [fact.value.zh for fact in facts if fact.code == "attribute"] == ["主动公开"]
    chain.decide(
        "attribute_review", "not_disclosed", opinion="属内部事务。", ground_codes=("A16-1",)
    )
    facts = sheet(chain).facts
    told = {fact.code: fact.value for fact in facts}
    assert (told["attribute"].zh, told["attribute"].en) == ("不予公开", "Not disclosed")
    assert told["grounds"].zh == GROUNDS["A16-1"].zh
    assert (told["proposed"].zh, told["proposed"].en) == ("主动公开", "Proactive disclosure")
    assert len(told) == len(facts)


def test_a_proposal_that_was_followed_is_not_told_twice(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, kept_back("not_disclosed")).submit()
    chain.decide("attribute_review", "not_disclosed", ground_codes=("A16-2",))
    told = {fact.code: fact.value.zh for fact in sheet(chain).facts}
    assert (told["attribute"], told["grounds"]) == ("不予公开", GROUNDS["A16-2"].zh)
    assert told["reason"] == "涉及内部事务。"
    assert "proposed" not in told


def test_confidentiality_is_listed_part_by_part(chain: Chain) -> None:
    chain.until("first_review")
    reviewed = next(one for one in passes(chain, "checks") if one.parts)
    assert {"正文", "解读", "元数据"} <= {part.label.zh for part in reviewed.parts}
    assert {part.value.zh for part in reviewed.parts} == {"可以公开"}


def test_returns_keep_their_round_and_what_they_voided_is_struck_through(chain: Chain) -> None:
    chain.until("second_review").decide("second_review", "return", locations="第二段")
    chain.revise("t3", more("路灯在晚上十一点以后减半照明。"))
    chain.until("final_review")
    returned = sheet(chain).returns
    assert [(one.stage.zh, one.round) for one in returned] == [("复审", 1)]
    assert returned[0].reasons[0].zh.startswith("R12")
    assert returned[0].locations == "第二段"
    firsts = [one for one in passes(chain, "reviews") if one.stage.zh == "初审"]
    assert [(one.round, one.voided is not None) for one in firsts] == [(1, True), (2, False)]
    assert firsts[0].voided is not None
    assert "T3" in firsts[0].voided.zh


def take_back(chain: Chain, later: timedelta = timedelta()) -> None:
    """The last decision, by whoever made it."""
    last = chain.decisions()[-1]
    with chain.uow(chain.actor(last.stage), MONDAY + later) as work:
        taking_back.take_back(work, last.task_id, "看错了附件。")
        work.commit()


def test_what_was_taken_back_is_struck_through_and_no_return(chain: Chain) -> None:
    chain.until("first_review").decide("first_review", "return")
    take_back(chain, timedelta(minutes=30))
    (struck,) = passes(chain, "reviews")
    assert struck.voided == Sentence(
        "初明于2026年06月08日 09:30撤回", "taken back by 初明, 2026-06-08 09:30"
    )
    assert sheet(chain).returns == ()
    chain.decide("first_review")
    take_back(chain)
    chain.decide("first_review", "return")
    found = passes(chain, "reviews")
    assert [(one.outcome.zh, one.voided is None) for one in found] == [
        ("退回修改", False),
        ("通过", False),
        ("退回修改", True),
    ]
    assert [one.at for one in sheet(chain).returns] == [found[-1].at]


def test_a_post_that_was_taken_back_was_not_shared(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        works, posts = county.units["works"], ("first_reviewer", "first_proofreader")
        organisation.set_separation(work, works, "small_office")
        both = factories.hire(work, "both", "双岗", works, *posts)
        work.commit()
    chain = Chain(uow, county).submit()
    chain.hired["both"] = Actor(str(both), "双岗", role="first_reviewer")
    chain.at |= {"first_review": "both", "first_proofreading": "both"}

    def shared() -> str:
        return {fact.code: fact.value.zh for fact in sheet(chain).facts}.get("shared", "")

    chain.until("first_proofreading").decide("first_proofreading")
    assert shared() == "双岗：初审、一校"
    take_back(chain)
    assert shared() == ""


def test_a_proofreaders_corrections_are_counted(chain: Chain) -> None:
    chain.until("first_proofreading")
    text = DRAFT.body_html
    corrected = text.replace("施工期间", "施工 期间", 1)
    assert corrected != text
    chain.decide("first_proofreading", "corrected", corrected_body_html=corrected)
    assert [one.corrections for one in passes(chain, "proofreadings")] == [1]


def test_the_sheet_is_made_from_the_trail_and_not_from_the_decisions(chain: Chain) -> None:
    chain.until("second_review").decide("second_review", "return")
    before = sheet(chain)
    with chain.read("inspector") as work:
        # whoever can write the tables strikes every decision through, without a word in the trail
        struck = {"voided_at": work.now, "voided_by": "change_t3", "voided_reason": "—"}
        work.session.execute(sa.update(Decision).values(**struck))
        work.session.execute(sa.update(Person).values(name="某人", post="某职"))
        work.session.execute(sa.update(Unit).values(name="某局"))
        assert evidence_sheet.sheet(work, chain.package_id) == before


def test_who_may_not_see_the_item_gets_no_sheet(chain: Chain) -> None:
    chain.hire("stranger", "常客", "drafter", "office")
    with chain.read("stranger") as work, pytest.raises(NotFound):
        evidence_sheet.sheet(work, chain.package_id)
