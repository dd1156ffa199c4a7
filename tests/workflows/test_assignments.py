"""Who may take which task: routing, roles with dates, separation of duties, and nobody at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import user_tasks
from engine.database import SYSTEM, UnitOfWork
from engine.errors import NotYourTask, TaskAlreadyClaimed
from engine.models import UserTask
from tests.chain import Chain, body
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, current
from workflows import (
    assignments,
    content,
    drafting,
    organisation,
    people,
    queries,
    rerouting,
    reviewing,
)
from workflows.decision_form import DecisionInput
from workflows.errors import NotFound, NotPermitted, Refused


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def group_of(chain: Chain, stage: str) -> str:
    with chain.read() as work:
        return work.session.get_one(UserTask, chain_task(work, stage)).candidate_group


def chain_task(work: UnitOfWork, stage: str) -> int:
    rows = work.session.query(UserTask).filter_by(element_id=stage, status="open")
    return int(rows.one().id)


def grant(chain: Chain, login: str, *roles: str, unit: str = "county") -> None:
    """Replace what somebody holds."""
    with chain.read() as work:
        unit_id = chain.county.units[unit]
        grants = [people.RoleGrant(role, unit_id) for role in roles]
        people.set_roles(work, chain.county.people[login], grants)
        work.commit()


def why_not(chain: Chain, login: str, stage: str) -> list[str]:
    with chain.read(login) as work:
        task = work.session.get_one(UserTask, chain_task(work, stage))
        return [reason.zh for reason in assignments.why_not(work, task)]


def test_task_goes_to_the_role_at_the_unit_or_the_nearest_above(chain: Chain) -> None:
    county, works = chain.county.units["county"], chain.county.units["works"]
    assert group_of(chain, "attribute_review") == f"ogi_officer:{county}"
    chain.until("first_review")
    assert group_of(chain, "first_review") == f"first_reviewer:{works}"
    chain.hire("first3", "初三", "first_reviewer", "works")
    grant(chain, "first", "first_reviewer", unit="county")  # the same role, another unit
    assert why_not(chain, "first", "first_review")


def test_everybody_in_the_group_sees_it_and_the_first_to_claim_holds_it(chain: Chain) -> None:
    chain.hire("ogi2", "孟二", "ogi_officer", "county")
    with chain.read("ogi2") as work:
        assert len(queries.group_tasks(work).rows) == 1
    with chain.read("ogi") as work:
        task_id = chain_task(work, "attribute_review")
        assignments.claim(work, task_id)
        work.commit()
    with chain.read("ogi2") as work:
        assert queries.group_tasks(work).rows == ()
        with pytest.raises(TaskAlreadyClaimed):
            assignments.claim(work, task_id)
    with chain.read("ogi") as work:
        assert [row.task_id for row in queries.my_tasks(work).rows] == [task_id]
        assignments.unclaim(work, task_id)
        work.commit()
    with chain.read("ogi2") as work:
        assignments.claim(work, task_id)


def test_all_reasons_are_given_at_once(chain: Chain) -> None:
    """The first reviewer lost the role, and had drafted the item as well."""
    grant(chain, "drafter", "drafter", "second_reviewer", unit="works")
    chain.until("second_review")
    reasons = why_not(chain, "drafter", "second_review")
    assert len(reasons) == 1
    assert "拟稿人不审校自己的稿件" in reasons[0]
    grant(chain, "drafter", "drafter", unit="works")
    assert len(why_not(chain, "drafter", "second_review")) == 2


def test_separation_looks_at_earlier_rounds_and_at_voided_decisions(chain: Chain) -> None:
    chain.until("first_review")
    chain.decide("first_review", "return")
    chain.revise("unchanged")
    grant(chain, "first", "second_reviewer", unit="works")
    chain.hire("first2", "初二", "first_reviewer", "works")
    chain.at["first_review"] = "first2"
    chain.until("second_review")
    assert any(
        "三审由三人分别担任" in reason for reason in why_not(chain, "first", "second_review")
    )


def test_role_lost_between_claim_and_completion_counts(chain: Chain) -> None:
    """It runs out by its date and no sweep has been there yet."""
    chain.until("first_review")
    with chain.read() as work:
        today = MONDAY.date()
        role = people.RoleGrant("first_reviewer", chain.county.units["works"], today, today)
        people.set_roles(work, chain.county.people["first"], [role])
        work.commit()
    with chain.read("first") as work:
        task_id = chain_task(work, "first_review")
        assignments.claim(work, task_id)
        work.commit()
    with chain.uow(chain.person("first"), MONDAY + timedelta(days=1)) as work:
        given = DecisionInput("pass", current(work, chain.package_id).digest)
        with pytest.raises(NotYourTask):
            reviewing.decide(work, task_id, given)


def test_role_ends_with_its_last_day(chain: Chain, uow: OpenUow) -> None:
    county = chain.county
    with chain.read() as work:
        today = MONDAY.date()
        people.set_roles(
            work,
            county.people["ogi"],
            [people.RoleGrant("ogi_officer", county.units["county"], today, today)],
        )
        work.commit()
    with uow(county.actor("ogi")) as work:
        task_id = chain_task(work, "attribute_review")
        assert user_tasks.refusals(work, work.session.get_one(UserTask, task_id), "claim") == []
    with uow(county.actor("ogi"), MONDAY + timedelta(days=1)) as work:
        task = work.session.get_one(UserTask, task_id)
        assert [r.code for r in assignments.why_not(work, task)] == ["domain:C1"]


def test_nobody_eligible_is_a_queue_and_never_a_relaxed_rule(chain: Chain) -> None:
    grant(chain, "second")
    for stage in ("attribute_review", "confidentiality_review", "first_review"):
        chain.decide(stage)
    assert group_of(chain, "second_review") == "nobody:second_reviewer"
    with chain.read("inspector") as work:
        assert [row.element for row in queries.nobody_tasks(work).rows] == ["second_review"]
    assert any(
        "没有符合条件的人员" in reason for reason in why_not(chain, "first", "second_review")
    )
    with chain.read() as work:
        assert rerouting.review(work) == 0
    grant(chain, "second", "second_reviewer", unit="works")
    assert group_of(chain, "second_review") == f"second_reviewer:{chain.county.units['works']}"
    chain.until("none")
    assert chain.status() == "published"


def test_return_goes_to_the_drafter_and_to_no_other(chain: Chain) -> None:
    chain.decide("attribute_review", "return")
    with chain.read("drafter") as work:
        task_id = chain_task(work, "revise")
        assert [row.element for row in queries.my_tasks(work).rows] == ["revise"]
        with pytest.raises(NotYourTask):
            assignments.unclaim(work, task_id)
    with chain.read("drafter2") as work, pytest.raises(TaskAlreadyClaimed):
        assignments.claim(work, task_id)


def revise_as(chain: Chain, login: str) -> None:
    """Save and resubmit in somebody's name."""
    with chain.read(login) as work:
        before = current(work, chain.package_id)
        edited = body("360盏", "380盏")(content.parse(before.content))
        drafting.save(work, chain.package_id, edited, base_version=before.number)
        digest = current(work, chain.package_id).digest
        task_id = chain_task(work, "revise")
        drafting.resubmit(work, task_id, change_class="t2", digest=digest, note="已改。")
        work.commit()


def test_revision_handed_on_is_done_by_who_received_it_and_comes_back_to_them(
    chain: Chain,
) -> None:
    chain.until("first_review")
    chain.decide("first_review", "return")
    with chain.read("drafter2") as work, pytest.raises(NotPermitted):
        drafting.save(work, chain.package_id, DRAFT, base_version=1)
    with chain.read("head") as work:
        other = chain.county.people["drafter2"]
        assignments.reassign(work, chain_task(work, "revise"), other, "拟稿人休假")
        work.commit()
    revise_as(chain, "drafter2")
    chain.until("first_review")
    grant(chain, "drafter2", "drafter", "second_reviewer", unit="works")
    chain.decide("first_review")
    assert any("拟稿人不审校" in why for why in why_not(chain, "drafter2", "second_review"))
    chain.decide("second_review", "return")
    with chain.read("drafter2") as work:
        assert [row.element for row in queries.my_tasks(work).rows] == ["revise"]


def test_revision_is_not_handed_to_who_has_judged_the_item(chain: Chain) -> None:
    chain.until("first_review")
    grant(chain, "first", "first_reviewer", "drafter", unit="works")
    chain.decide("first_review", "return")
    with chain.read("head") as work:
        task_id = chain_task(work, "revise")
        with pytest.raises(NotYourTask) as refused:
            assignments.reassign(work, task_id, chain.county.people["first"], "代改")
    assert "拟稿人不审校自己的稿件" in refused.value.reasons[0].zh


def test_revision_of_a_drafter_who_left_is_open_to_the_drafters_of_the_unit(chain: Chain) -> None:
    chain.until("first_review")
    with chain.read() as work:
        people.deactivate(work, chain.county.people["drafter"], "调离")
        work.commit()
    chain.decide("first_review", "return")
    with chain.read("drafter2") as work:
        assert [row.element for row in queries.group_tasks(work).rows] == ["revise"]
        assignments.claim(work, chain_task(work, "revise"))
        work.commit()
    revise_as(chain, "drafter2")
    assert chain.open() == ["delta_confirmation"]


def test_confirmation_of_a_signer_who_left_is_open_to_who_may_sign(chain: Chain) -> None:
    chain.hire("final2", "钟二", "final_reviewer", "county")
    chain.until("third_proofreading")
    with chain.read() as work:
        people.deactivate(work, chain.county.people["final"], "调离")
        work.commit()
    chain.decide("third_proofreading", "return")
    chain.revise("t1", body("请遵照执行", "请认真执行"))
    chain.decide("third_proofreading")
    chain.at["sign_confirmation"] = "final2"
    chain.until("none")
    assert chain.status() == "published"


REASSIGNERS = [("first", True), ("head", True), ("ogi", True), ("second", False), ("proof1", False)]


@pytest.mark.parametrize(("login", "may"), REASSIGNERS)
def test_task_is_handed_on_by_its_holder_or_by_who_leads(
    chain: Chain, login: str, may: bool
) -> None:
    chain.until("first_review")
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    with chain.read("first") as work:
        task_id = chain_task(work, "first_review")
        assignments.claim(work, task_id)
        work.commit()
    with chain.read(login) as work:
        if not may:
            with pytest.raises((NotYourTask, NotFound)):
                assignments.reassign(work, task_id, other, "出差")
            return
        with pytest.raises(Refused):
            assignments.reassign(work, task_id, other, "  ")
        assert assignments.reassign(work, task_id, other, "出差").assignee_id == str(other)


def test_task_cannot_be_handed_to_who_may_not_do_it(chain: Chain) -> None:
    chain.until("first_review")
    with chain.read("head") as work:
        task_id = chain_task(work, "first_review")
        with pytest.raises(NotYourTask):
            assignments.reassign(work, task_id, chain.county.people["drafter"], "代办")
        with pytest.raises(Refused):
            assignments.reassign(work, task_id, 4711, "代办")


OUTSIDE = ["inspector", "sysadmin", "secadmin", "auditadmin"]


@pytest.mark.parametrize("login", OUTSIDE)
def test_inspector_and_administrators_never_act_in_the_chain(chain: Chain, login: str) -> None:
    with chain.read(login) as work:
        task = work.session.get_one(UserTask, chain_task(work, "attribute_review"))
        reasons = user_tasks.refusals(work, task, "claim")
        assert any("不参与稿件的办理" in reason.zh for reason in reasons)


def test_machines_do_no_tasks(chain: Chain) -> None:
    with chain.uow(SYSTEM) as work:
        task = work.session.get_one(UserTask, chain_task(work, "attribute_review"))
        assert user_tasks.refusals(work, task, "claim")


def test_small_office_may_combine_what_a_large_one_may_not(chain: Chain) -> None:
    """domain:C3 P-SMALL: the confidentiality reviewer may be the second reviewer."""
    grant(chain, "secrecy", "confidentiality_reviewer", "second_reviewer", unit="works")
    grant(chain, "second")
    for stage in ("attribute_review", "confidentiality_review", "first_review"):
        chain.decide(stage)
    assert group_of(chain, "second_review") == "nobody:second_reviewer"
    with chain.read() as work:
        organisation.set_separation(work, chain.county.units["works"], "small_office")
        work.commit()
    assert group_of(chain, "second_review") == f"second_reviewer:{chain.county.units['works']}"
    assert why_not(chain, "secrecy", "second_review") == []
