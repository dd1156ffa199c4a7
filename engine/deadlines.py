"""Counts deadlines again when the calendar changed: a year's notice arrived, an office closed for a day.

Only what was provisional is counted again: a deadline that people were told for certain stays, and a
closure that moves certain ones too is asked for explicitly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from engine import audit, clock, definitions, working_days
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance, Timer, UserTask
from engine.working_days import Calendar, DueDate


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
    wanted = () if certain_too else (Timer.due_provisional,)
    cases = sa.select(Timer.instance_id).where(*wanted).distinct().order_by(Timer.instance_id)
    moved: list[Moved] = []
    for case_id in uow.session.scalars(cases).all():
        case = lock_case(uow, case_id)
        if case is not None and case.status == "running":
            moved += _recount_case(uow, case, calendar, wanted)
    return moved


def _recount_case(
    uow: UnitOfWork,
    case: ProcessInstance,
    calendar: Calendar,
    wanted: tuple[InstrumentedAttribute[bool], ...],
) -> list[Moved]:
    """Every deadline in working days has a timer row: a reminder or one of the process."""
    definition = definitions.load(uow, case.definition_id)
    waiting = sa.select(Timer).where(Timer.instance_id == case.id, *wanted).order_by(Timer.id)
    moved = []
    for timer in uow.session.scalars(waiting).all():
        if timer.kind == "reminder":
            number = definition.tasks[timer.element_id].due_in
        else:
            number = definition.timers[timer.element_id].working_days
        if number is not None:
            start = clock.local_date(timer.set_at)
            due = working_days.add_working_days(calendar, start, number)
            moved += _write(uow, case, timer, due)
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


def _write(uow: UnitOfWork, case: ProcessInstance, timer: Timer, due: DueDate) -> list[Moved]:
    if (timer.due_at, timer.due_provisional) == (due.at(), due.provisional):
        return []
    moved = Moved(case.id, timer.element_id, timer.task_id, timer.due_at, due.at(), due.provisional)
    timer.due_at = timer.wake_at = due.at()
    timer.due_provisional, timer.due_calendar = due.provisional, due.calendar_version
    if timer.task_id is not None:
        task = uow.session.get_one(UserTask, timer.task_id, populate_existing=True)
        task.due_at = task.sort_at = due.at()
        task.due_provisional, task.due_calendar = due.provisional, due.calendar_version
    return [moved]


def _told(moved: Moved) -> dict[str, Any]:
    return {
        "element": moved.element_id,
        "task": moved.task_id,
        "before": moved.before,
        "after": moved.after,
        "provisional": moved.provisional,
    }
