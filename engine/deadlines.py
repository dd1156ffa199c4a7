"""Counts deadlines again when the calendar changed: a year's notice arrived, an office closed for a day.

Only what was provisional is counted again: a deadline that people were told for certain stays, and a
closure that moves certain ones too is asked for explicitly. The number of working days stays the promised one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from engine import audit, openings, rows, working_days
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance, Timer, UserTask
from engine.promised import Promise, Promises
from engine.working_days import Calendar, DueDate

Row = TypeVar("Row", UserTask, Timer)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that is another one now; `task_id` is None for a timer of the process itself."""

    case_id: int
    element_id: str
    task_id: int | None
    before: datetime
    after: datetime
    provisional: bool


def recount(uow: UnitOfWork, *, certain_too: bool = False) -> list[Moved]:
    """Count the deadlines of everything open again; answers those that moved or became certain.

    The cases are locked in the order of their ids, so that two recounts cannot wait for each other.
    """
    calendar = working_days.load(uow)
    tasks, timers = _counted(certain_too)
    cases = sa.union(
        tasks.with_only_columns(UserTask.instance_id), timers.with_only_columns(Timer.instance_id)
    )
    moved: list[Moved] = []
    for case_id in sorted(uow.session.scalars(cases)):
        case = lock_case(uow, case_id)
        if case is not None and case.status == "running":
            moved += _recount_case(uow, case, calendar, certain_too)
    return moved


def _counted(certain_too: bool) -> tuple[sa.Select[UserTask], sa.Select[Timer]]:
    """The open tasks and the process's own timers whose deadlines a calendar gave; a reminder is its task's.

    A day that somebody chose is nothing that a calendar counted.
    """
    tasks = sa.select(UserTask).where(UserTask.status == "open", UserTask.due_calendar.is_not(None))
    timers = sa.select(Timer).where(Timer.kind == "bpmn", Timer.due_calendar.is_not(None))
    if certain_too:
        return tasks, timers
    return tasks.where(UserTask.due_provisional), timers.where(Timer.due_provisional)


def _recount_case(
    uow: UnitOfWork, case: ProcessInstance, calendar: Calendar, certain_too: bool
) -> list[Moved]:
    promises = Promises(uow, case)
    tasks, timers = _counted(certain_too)
    moved = []
    for task in _fresh(uow, tasks.where(UserTask.instance_id == case.id)):
        promise = promises.of_task(task.id, task.element_id, task.opened_at)
        if promise is not None:
            moved += _write_task(uow, task, promise, promise.due(calendar))
    for timer in _fresh(uow, timers.where(Timer.instance_id == case.id)):
        promise = promises.of_timer(timer.element_id, timer.set_at)
        if promise is not None:
            moved += _write_timer(timer, promise.due(calendar))
    if moved:
        told = [_told(one) for one in moved]
        audit.append(
            uow,
            "deadline.recounted",
            case=case,
            subject=case.business_key,
            data={"calendar": calendar.version, "moved": told},
        )
    uow.session.flush()
    return moved


def _fresh(uow: UnitOfWork, wanted: sa.Select[Row]) -> list[Row]:
    """As they are now that the case is locked, in the order in which they came."""
    found = wanted.order_by(sa.text("id")).execution_options(populate_existing=True)
    return list(uow.session.scalars(found))


def _write_task(uow: UnitOfWork, task: UserTask, promise: Promise, due: DueDate) -> list[Moved]:
    """The task and its reminder. One that was reminded of a day that is still to come now is again."""
    before = task.due_at
    if before is None or (before, task.due_provisional) == (due.at(), due.provisional):
        return []
    task.due_at = task.sort_at = due.at()
    task.due_provisional, task.due_calendar = due.provisional, due.calendar_version
    reminders = _fresh(uow, sa.select(Timer).where(Timer.task_id == task.id))
    for reminder in reminders:
        _write_timer(reminder, due)
    if not reminders and due.at() > uow.now:
        rows.add(uow, Timer, openings.reminder(task, set_at=promise.since))
    return [Moved(task.instance_id, task.element_id, task.id, before, due.at(), due.provisional)]


def _write_timer(timer: Timer, due: DueDate) -> list[Moved]:
    before = timer.due_at
    if (before, timer.due_provisional) == (due.at(), due.provisional):
        return []
    timer.due_at = timer.wake_at = due.at()
    timer.due_provisional, timer.due_calendar = due.provisional, due.calendar_version
    return [Moved(timer.instance_id, timer.element_id, None, before, due.at(), due.provisional)]


def _told(moved: Moved) -> dict[str, Any]:
    return {
        "element": moved.element_id,
        "task": moved.task_id,
        "before": moved.before,
        "after": moved.after,
        "provisional": moved.provisional,
    }
