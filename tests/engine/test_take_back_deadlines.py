"""Taken back after the year's notice: what is open again has the deadline that the calendar in force gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from engine import audit, deadlines, timers, user_tasks, working_days
from engine.database import SYSTEM, UnitOfWork
from engine.models import UserTask
from engine.take_back import take_back
from tests.conftest import ALICE, OpenUow
from tests.engine.office import act, task
from tests.engine.test_deadlines import IN_FIVE_DAYS, UNKNOWN, begun, closing, line, migrated

#: The day that one day off in that week makes of it.
IN_SIX_DAYS = date(2028, 6, 13)


def notice(work: UnitOfWork, *off: int) -> None:
    days = {date(2028, 6, day): False for day in off}
    working_days.enter_notice(work, 2028, "通知", days)
    deadlines.recount(work)


def back(work: UnitOfWork, case_id: int) -> UserTask:
    (first,) = [t for t in user_tasks.for_case(work, case_id) if t.element_id == "first"]
    take_back(work, first.id)
    assert audit.verify_case(work, case_id).ok
    return task(work, case_id, "first")


def waiting(work: UnitOfWork, case_id: int) -> list[tuple[str, datetime, bool]]:
    return [(t.kind, t.due_at, t.due_provisional) for t in timers.for_case(work, case_id)]


def test_a_task_and_its_reminder_are_counted_again(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        act(work, case_id, "first", "ok")
        notice(work, 6)
        found = back(work, case_id)
        assert (found.due_at, found.due_provisional) == (closing(IN_SIX_DAYS), False)
        assert found.sort_at == found.due_at
        assert found.due_calendar == working_days.load(work).version
        assert waiting(work, case_id) == [("reminder", found.due_at, False)]


def test_a_timer_is_counted_again(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(None, 5))
        act(work, case_id, "first", "ok")
        notice(work, 6)
        back(work, case_id)
        assert waiting(work, case_id) == [("bpmn", closing(IN_SIX_DAYS), False)]


def test_the_days_that_were_promised_before_a_migration_are_counted(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        work.commit()
    with uow(ALICE, UNKNOWN + timedelta(days=1)) as work:
        migrated(work, case_id, line(10))
        act(work, case_id, "first", "ok")
        notice(work, 6)
        assert back(work, case_id).due_at == closing(IN_SIX_DAYS)
        working_days.enter_notice(work, 2028, "更正", {date(2028, 6, 7): False})
        deadlines.recount(work, certain_too=True)
        again = task(work, case_id, "first").due_at
        assert again == closing(date(2028, 6, 14)), "and again: it stands for the task that it was"


@pytest.mark.parametrize(
    ("off", "due", "reminded"),
    [((6,), IN_SIX_DAYS, False), ((6, 7, 8, 9), date(2028, 6, 16), True)],
)
def test_who_was_reminded_of_a_day_too_early_is_reminded_again(
    uow: OpenUow, off: tuple[int, ...], due: date, reminded: bool
) -> None:
    now = datetime.fromisoformat("2028-06-14T01:00:00+00:00")
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        work.commit()
    assert timers.sweep(lambda: uow(SYSTEM, now)).fired == 1
    with uow(ALICE, now) as work:
        act(work, case_id, "first", "ok")
        notice(work, *off)
        assert back(work, case_id).due_at == closing(due)
        assert waiting(work, case_id) == [("reminder", closing(due), False)] * reminded


def test_a_day_that_somebody_chose_comes_back_as_it_was(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        chosen = task(work, case_id, "first")
        chosen.due_at = closing(IN_FIVE_DAYS) + timedelta(days=30)
        chosen.due_provisional, chosen.due_calendar = False, None
        act(work, case_id, "first", "ok")
        notice(work, 6)
        assert back(work, case_id).due_at == chosen.due_at
