"""Deadlines that were counted on a forecast are counted again when the year's notice is entered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from engine import audit, deadlines, timers, working_days
from engine.working_days import enter_notice
from tests.conftest import ALICE, MONDAY, OpenUow
from tests.engine.office import act, start, task

#: Two working days before the end of the announced years.
YEAREND = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)


def closing(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)


def test_a_provisional_deadline_moves_with_the_notice_and_says_so(uow: OpenUow) -> None:
    with uow(ALICE, YEAREND) as work:
        case = start(work)
        act(work, case.id, "first_review", "pass")
        found = task(work, case.id, "legality_review")
        assert found.due_provisional is True
        before, counted_by = found.due_at, found.due_calendar
        enter_notice(work, 2027, "通知", {date(2027, 1, 2): True})
        (moved,) = deadlines.recount(work)
        assert (moved.task_id, moved.before, moved.provisional) == (found.id, before, False)
        assert found.due_at == found.sort_at == moved.after
        assert moved.after != before
        assert found.due_provisional is False
        (reminder,) = timers.for_case(work, case.id)
        assert (reminder.due_at, reminder.wake_at) == (moved.after, moved.after)
        assert found.due_calendar == reminder.due_calendar == working_days.load(work).version
        assert found.due_calendar != counted_by, "each date says by which calendar it was counted"
        assert audit.entries(work, case.id)[-1].action == "deadline.recounted"
        assert audit.verify_case(work, case.id).ok
        assert deadlines.recount(work) == []


def test_a_timer_of_the_process_moves_too(uow: OpenUow) -> None:
    with uow(ALICE, YEAREND) as work:
        case = start(work)
        act(work, case.id, "first_review", "return")
        enter_notice(work, 2027, "通知", {date(2027, 1, 2): True, date(2027, 1, 3): True})
        (moved,) = deadlines.recount(work)
        assert (moved.element_id, moved.task_id) == ("revise_expired", None)
        assert moved.after == closing(date(2027, 1, 3))


def test_a_certain_deadline_moves_only_on_request(uow: OpenUow) -> None:
    with uow(ALICE, MONDAY) as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        enter_notice(work, 2026, "防汛停班", {date(2026, 6, 9): False})
        assert deadlines.recount(work) == []
        (moved,) = deadlines.recount(work, certain_too=True)
        assert moved.after == closing(date(2026, 6, 10)) == found.due_at
        (by_clock,) = [t for t in timers.for_case(work, case.id) if t.kind == "bpmn"]
        assert by_clock.due_at == MONDAY + timedelta(hours=24), "clock time is not a working day"
