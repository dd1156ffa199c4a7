"""Suspension 暂停: a case that stands still holds up no other, and what fell due is due when it goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import audit, cases, deadlines, definitions, migrating, repairing, suspension, timers
from engine.database import SYSTEM, UnitOfWork
from engine.models import ProcessInstance
from engine.sweeping import Swept
from engine.working_days import enter_notice
from tests.conftest import ALICE, BOB, MONDAY, OpenUow
from tests.engine import office
from tests.engine.office import act

#: Two working days before the end of the announced years.
YEAREND = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


def revising(work: UnitOfWork, key: str) -> int:
    """A case whose text has to be revised within three working days, or it ends."""
    case = office.start(work, key)
    act(work, case.id, "first_review", "return")
    return case.id


def sweep(uow: OpenUow, at: datetime, limit: int = 100) -> Swept:
    return timers.sweep(lambda: uow(SYSTEM, at), limit=limit)


def resumed(uow: OpenUow, case_id: int, at: datetime) -> None:
    with uow(ALICE, at) as work:
        suspension.resume(work, case_id)
        work.commit()


@pytest.mark.parametrize("notice", [False, True])
def test_suspended_cases_hold_up_no_other(uow: OpenUow, notice: bool) -> None:
    with uow(ALICE, YEAREND) as work:
        suspended = [revising(work, str(number)) for number in range(3)]
        other = revising(work, "other")
        for case_id in suspended:
            suspension.suspend(work, case_id, "等待上级答复")
        if notice:
            enter_notice(work, 2027, "通知", {date(2027, 1, 2): True})
            assert deadlines.recount(work)
        work.commit()
    assert sweep(uow, YEAREND + MONTH, limit=2) == Swept(1, 0)
    assert sweep(uow, YEAREND + MONTH, limit=2) == Swept(0, 0), "the end of the case ended the rest"
    with uow() as work:
        assert work.session.get_one(ProcessInstance, other).ended_as == "expired"
        for case_id in suspended:
            assert work.session.get_one(ProcessInstance, case_id).status == "running"
    resumed(uow, suspended[0], YEAREND + MONTH)
    assert sweep(uow, YEAREND + MONTH) == Swept(1, 0)
    with uow() as work:
        assert work.session.get_one(ProcessInstance, suspended[0]).ended_as == "expired"
        assert audit.verify_all(work).ok


def migrated(work: UnitOfWork) -> int:
    """To a version that sets a deadline where there was none."""
    plain = office.MODEL.read_bytes()
    due_in = b'<spiffworkflow:property name="due_in" value="1" />'
    definitions.deploy(work, plain.replace(due_in, b""), "review.bpmn")
    case = cases.start(work, "review", "migrated")
    suspension.suspend(work, case.id, "等待上级答复")
    definitions.deploy(work, plain, "review.bpmn")
    migrating.migrate(work, case.id, migrating.target(work, "review"), "流程改版")
    return case.id


def repaired(work: UnitOfWork) -> int:
    """To a stage with a deadline and a timer."""
    case_id = revising(work, "repaired")
    suspension.suspend(work, case_id, "等待上级答复")
    found = repairing.plan(work, work.session.get_one(ProcessInstance, case_id), ["first_review"])
    repairing.repair(
        work, case_id, found.state, since=found.since, reason="误点退回", proposed_by=BOB
    )
    return case_id


@pytest.mark.parametrize("moved", [migrated, repaired])
def test_what_is_opened_while_a_case_is_suspended_waits_until_it_goes_on(
    uow: OpenUow, moved: Callable[[UnitOfWork], int]
) -> None:
    with uow(ALICE, MONDAY) as work:
        case_id = moved(work)
        office.start(work, "other")
        work.commit()
    late = MONDAY + MONTH
    assert sweep(uow, late, limit=1) == sweep(uow, late, limit=1) == Swept(1, 0), "of the other"
    assert sweep(uow, late) == Swept(0, 0)
    resumed(uow, case_id, late)
    assert sweep(uow, late) == Swept(2, 0)
