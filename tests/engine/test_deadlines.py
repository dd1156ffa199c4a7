"""Deadlines that were counted on a forecast are counted again when the year's notice is entered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import audit, cases, deadlines, definitions, migrating, timers, working_days
from engine.database import SYSTEM, UnitOfWork
from engine.models import UserTask
from engine.working_days import enter_notice
from tests.conftest import ALICE, MONDAY, OpenUow
from tests.engine.office import act, start, task
from tests.reference.drawing import Drawing

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


# -- the number of working days that was promised --------------------------------------------------

#: A Monday of a year whose notice is not in; a week later there are five working days behind it.
UNKNOWN = datetime(2028, 6, 5, 1, 0, tzinfo=UTC)
IN_FIVE_DAYS, IN_TEN_DAYS = date(2028, 6, 12), date(2028, 6, 19)


def line(due_in: int | None, working_days: int | None = None) -> bytes:
    """One task after the other, each due so many days after it opened; a timer ends the first."""
    drawing = Drawing("line")
    given = {"due_in": str(due_in)} if due_in else {}
    names = [drawing.user(name, "ok", **given) for name in ("first", "second")]
    drawing.chain(drawing.start("begin"), *names, drawing.end("done"))
    if working_days:
        drawing.timer("late", "first", interrupting=True, working_days=str(working_days))
        drawing.chain("late", drawing.end("expired"))
    return drawing.xml()


def migrated(work: UnitOfWork, case_id: int, xml: bytes) -> None:
    definitions.deploy(work, xml)
    migrating.migrate(work, case_id, migrating.target(work, "line"), "流程改版")


def begun(work: UnitOfWork, xml: bytes) -> int:
    definitions.deploy(work, xml)
    return cases.start(work, "line", "2028-000001").id


def recounted(work: UnitOfWork, case_id: int, element: str = "first") -> UserTask:
    """The task after the year's notice, which moves no day."""
    before = task(work, case_id, element).due_at
    enter_notice(work, 2028, "通知", {})
    assert {moved.before for moved in deadlines.recount(work)} == {before}
    found = task(work, case_id, element)
    assert found.due_provisional is False
    (reminder,) = [t for t in timers.for_case(work, case_id) if t.kind == "reminder"]
    assert (reminder.due_at, reminder.due_provisional) == (found.due_at, False)
    assert audit.verify_case(work, case_id).ok
    return found


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=2)])
def test_a_task_that_was_migrated_keeps_the_days_that_were_promised(
    uow: OpenUow, later: timedelta
) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        work.commit()
    with uow(ALICE, UNKNOWN + later) as work:
        migrated(work, case_id, line(10))
        assert recounted(work, case_id).due_at == closing(IN_FIVE_DAYS)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=2)])
def test_what_opens_after_a_migration_is_counted_by_the_new_version(
    uow: OpenUow, later: timedelta
) -> None:
    with uow(ALICE, UNKNOWN - later) as work:
        case_id = begun(work, line(5))
        work.commit()
    with uow(ALICE, UNKNOWN) as work:
        migrated(work, case_id, line(10))
        act(work, case_id, "first", "ok")
        assert recounted(work, case_id, "second").due_at == closing(IN_TEN_DAYS)


def test_a_deadline_that_came_with_a_migration_counts_from_then(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN - timedelta(days=4)) as work:
        case_id = begun(work, line(3))
        work.commit()
    with uow(ALICE, UNKNOWN - timedelta(days=3)) as work:
        migrated(work, case_id, line(None))
        work.commit()
    with uow(ALICE, UNKNOWN) as work:
        migrated(work, case_id, line(5))
        migrated(work, case_id, line(10))
        assert recounted(work, case_id).due_at == closing(IN_FIVE_DAYS)


def test_a_timer_that_was_kept_keeps_its_days_too(uow: OpenUow) -> None:
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(None, 5))
        work.commit()
    with uow(ALICE, UNKNOWN + timedelta(days=1)) as work:
        migrated(work, case_id, line(None, 10))
        enter_notice(work, 2028, "通知", {})
        (moved,) = deadlines.recount(work)
        assert (moved.after, moved.provisional) == (closing(IN_FIVE_DAYS), False)


# -- after the reminder ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "due", "reminded"),
    [(6, date(2028, 6, 13), False), (9, date(2028, 6, 16), True), (0, IN_FIVE_DAYS, False)],
)
def test_a_task_whose_reminder_has_fired_is_counted_again(
    uow: OpenUow, off: int, due: date, reminded: bool
) -> None:
    """On the fourteenth, by a notice that gives one day off, or the rest of the week, or none."""
    now = datetime(2028, 6, 14, 1, 0, tzinfo=UTC)
    with uow(ALICE, UNKNOWN) as work:
        case_id = begun(work, line(5))
        work.commit()
    assert timers.sweep(lambda: uow(SYSTEM, now)).fired == 1
    with uow(ALICE, now) as work:
        days = {date(2028, 6, day): False for day in range(6, off + 1)}
        enter_notice(work, 2028, "通知", days)
        (moved,) = deadlines.recount(work)
        found = task(work, case_id, "first")
        assert (moved.task_id, moved.after) == (found.id, found.due_at)
        assert (found.due_at, found.due_provisional) == (closing(due), False)
        assert found.sort_at == found.due_at
        again = [(t.kind, t.due_at) for t in timers.for_case(work, case_id)]
        assert again == [("reminder", found.due_at)] * reminded
        assert deadlines.recount(work) == []
