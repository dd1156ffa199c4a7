"""Somebody is away and another acts for them: what is lent, what is not, and both names on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM, UnitOfWork
from engine.errors import NotYourTask
from engine.models import AuditEntry, UserTask
from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import (
    assignments,
    drafting,
    evidence_sheet,
    notices,
    permissions,
    queries,
    rerouting,
    reviewing,
    standing_in,
)
from workflows.errors import NotFound, NotPermitted, Refused

TODAY = date(2026, 6, 8)
#: Whoever may not act does not even see the item, or is told why not.
BARRED = (NotYourTask, NotFound)


def lent(
    chain: Chain,
    principal: str,
    substitute: str,
    role: str | None = None,
    first: date = TODAY,
    last: date = TODAY + timedelta(days=4),
) -> int:
    with chain.read(principal) as work:
        row = standing_in.appoint(
            work,
            int(chain.person(principal).id),
            int(chain.person(substitute).id),
            first=first,
            last=last,
            reason="外出培训。",
            role=role,
        )
        work.commit()
        return row.id


def acting(chain: Chain, substitute: str, principal: str, days: int = 0) -> UnitOfWork:
    actor = replace(chain.person(substitute), acting_for=chain.person(principal).id, role=None)
    return chain.uow(actor, MONDAY + timedelta(days=days))


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """At the first review; nobody of the unit but `first` reviews, and a colleague is free."""
    chain = Chain(uow, county)
    chain.hire("free", "闲云", "reader", "works")
    return chain.submit().until("first_review")


def decide_for(chain: Chain, substitute: str, principal: str, stage: str) -> None:
    task = chain.task(stage)
    with acting(chain, substitute, principal) as work:
        assignments.claim(work, task)
        reviewing.decide(work, task, chain.form(work, task))
        work.commit()


def test_a_substitute_does_the_work_under_both_names(chain: Chain) -> None:
    lent(chain, "first", "free")
    decide_for(chain, "free", "first", "first_review")
    (decision,) = chain.decisions("first_review")
    assert decision.person_name == "闲云"
    assert decision.acting_for_id == chain.county.people["first"]
    with chain.read() as work:
        entry = work.session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action == "task.completed")
            .order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None
        assert entry.acting_for == str(chain.county.people["first"])
        sheet = evidence_sheet.sheet(work, chain.package_id)
    told = {(one.person, one.acting_for) for _, passes in sheet.blocks for one in passes}
    assert ("闲云", "初明") in told
    chain.until("readback")
    assert chain.status() == "published"


def test_the_substitute_sees_the_others_list_only_while_acting(chain: Chain) -> None:
    lent(chain, "first", "free")
    with acting(chain, "free", "first") as work:
        assert [row.element for row in queries.group_tasks(work).rows] == ["first_review"]
        assert queries.counts(work)["group_tasks"] == 1
        assert permissions.get_package(work, chain.package_id)
    with chain.read("free") as work:
        assert queries.group_tasks(work).rows == ()
        with pytest.raises(NotFound):
            permissions.get_package(work, 999)


def test_what_the_principal_holds_is_done_by_the_substitute(chain: Chain) -> None:
    lent(chain, "first", "free")
    task = chain.task("first_review")
    with chain.read("first") as work:
        assignments.claim(work, task)
        work.commit()
    with acting(chain, "free", "first") as work:
        assert [row.task_id for row in queries.my_tasks(work).rows] == [task]
        reviewing.decide(work, task, chain.form(work, task))
        work.commit()
    assert chain.open() == ["second_review"]


def test_only_the_role_that_was_lent(chain: Chain) -> None:
    with chain.uow(SYSTEM) as work:
        works = chain.county.units["works"]
        roles = [factories.people.RoleGrant(r, works) for r in ("first_reviewer", "unit_head")]
        factories.people.set_roles(work, chain.county.people["first"], roles)
        work.commit()
    lent(chain, "first", "free", role="unit_head")
    with acting(chain, "free", "first") as work, pytest.raises(NotYourTask):
        assignments.claim(work, chain_task(work))


def chain_task(work: UnitOfWork) -> int:
    return work.session.scalars(sa.select(UserTask.id).where(UserTask.status == "open")).one()


def test_not_before_not_after_and_not_when_ended(chain: Chain) -> None:
    row = lent(
        chain, "first", "free", first=TODAY + timedelta(days=1), last=TODAY + timedelta(days=2)
    )
    task = chain.task("first_review")
    for days in (0, 3):
        with acting(chain, "free", "first", days) as work, pytest.raises(BARRED):
            assignments.claim(work, task)
    with acting(chain, "free", "first", 1) as work:
        assignments.claim(work, task)
    with chain.uow(chain.person("first"), MONDAY + timedelta(days=1)) as work:
        standing_in.revoke(work, row)
        work.commit()
    with acting(chain, "free", "first", 1) as work, pytest.raises(BARRED):
        assignments.claim(work, task)


def test_a_claim_of_acting_without_being_asked_gets_nowhere(chain: Chain) -> None:
    task = chain.task("first_review")
    with acting(chain, "free", "first") as work:
        assert permissions.holdings(work, permissions.actor_id(work)) == []
        with pytest.raises(BARRED):
            assignments.claim(work, task)


def test_separation_counts_both_persons(chain: Chain) -> None:
    """Whoever drafted it, or did the stage before, does not review it for somebody else."""
    lent(chain, "first", "drafter")
    task = chain.task("first_review")
    with acting(chain, "drafter", "first") as work, pytest.raises(NotYourTask):
        assignments.claim(work, task)


def test_nobody_outside_the_chain_stands_in_and_administration_is_not_lent(chain: Chain) -> None:
    for substitute in ("inspector", "sysadmin", "secadmin", "auditadmin"):
        with pytest.raises(Refused, match="不是监督检查员或管理员"):
            lent(chain, "first", substitute)
    with pytest.raises(Refused, match="没有可以代理的岗位"):
        lent(chain, "secadmin", "free")


def test_bad_appointments_are_refused_with_every_reason(chain: Chain) -> None:
    with pytest.raises(Refused, match="不能代理本人"):
        lent(chain, "first", "first")
    with chain.read("first") as work, pytest.raises(Refused) as refused:
        standing_in.appoint(
            work,
            chain.county.people["first"],
            int(chain.person("inspector").id),
            first=TODAY - timedelta(days=2),
            last=TODAY - timedelta(days=3),
            reason=" ",
            role="publisher",
        )
    assert len(refused.value.reasons) == 5


def test_by_oneself_or_the_security_administrator_and_not_on_and_on(chain: Chain) -> None:
    first, free = chain.county.people["first"], int(chain.person("free").id)
    days = {"first": TODAY, "last": TODAY + timedelta(days=1), "reason": "病假。"}
    with chain.read("second") as work, pytest.raises(NotPermitted):
        standing_in.appoint(work, first, free, **days)  # type: ignore[arg-type]
    with chain.read("secadmin") as work:
        standing_in.appoint(work, first, free, **days)  # type: ignore[arg-type]
        work.commit()
    with acting(chain, "free", "first") as work, pytest.raises(NotPermitted, match="不能再委托"):
        standing_in.appoint(work, free, first, **days)  # type: ignore[arg-type]
    with acting(chain, "free", "first") as work, pytest.raises(NotPermitted, match="只办理任务"):
        drafting.create(work, factories.DRAFT)


def test_the_substitute_hears_of_it_and_of_new_tasks(chain: Chain) -> None:
    chain.decide("first_review", "return")
    lent(chain, "first", "free")
    chain.revise("unchanged")
    with chain.read("free") as work:
        told = [row.text.zh for row in notices.list_mine(work)]
    assert any("请您从 2026-06-08 到 2026-06-12 代理" in one for one in told)
    assert any("待初审" in one for one in told)


def test_the_sweep_leaves_a_task_with_the_substitute_who_took_it(chain: Chain) -> None:
    lent(chain, "first", "free")
    task = chain.task("first_review")
    with acting(chain, "free", "first") as work:
        assignments.claim(work, task)
        work.commit()
    with chain.uow(SYSTEM) as work:
        assert rerouting.review(work) == 0
    with chain.uow(SYSTEM, MONDAY + timedelta(days=6)) as work:
        assert rerouting.review(work) == 1  # the time is over, the task goes back to the group


def test_whoever_has_not_changed_over_is_told_to(chain: Chain) -> None:
    lent(chain, "first", "free")
    with chain.read("free") as work, pytest.raises(BARRED):
        assignments.claim(work, chain_task(work))
    with chain.read("free") as work:
        task = work.session.get_one(UserTask, chain_task(work))
        reasons = [one.zh for one in assignments.why_not(work, task)]
    assert any("请先在“外出与代理”中切换" in one for one in reasons)


def test_a_substitute_answers_a_return_for_the_drafter(chain: Chain) -> None:
    chain.decide("first_review", "return", opinion="请核实盏数。")
    lent(chain, "drafter", "free")
    task = chain.task("revise")
    with acting(chain, "free", "drafter") as work:
        assert [row.task_id for row in queries.my_tasks(work).rows] == [task]
        before = factories.current(work, chain.package_id)
        draft = factories.with_body("360盏", "380盏")
        drafting.save(work, chain.package_id, draft, base_version=before.number)
        digest = factories.current(work, chain.package_id).digest
        drafting.resubmit(work, task, change_class="t2", digest=digest, note="已核实。")
        work.commit()
    (decision,) = chain.decisions("revise")
    assert decision.person_name == "闲云"
    assert decision.acting_for_id == chain.county.people["drafter"]
    assert "revise" not in chain.open()
    with chain.read() as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
    told = {(one.person, one.acting_for) for _, passes in sheet.blocks for one in passes}
    assert ("闲云", "秦笔") in told
