"""Brings back what an act had closed: the same people, the same deadlines, the timers where they stood.

What was never open before, and is now, opens as in any act. A deadline that another calendar gave is what the
calendar in force makes of the same promise: a recount in the meantime passed over what was closed (domain:B10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from engine import openings, rows, working_days
from engine.database import Base, UnitOfWork
from engine.elements import Definition
from engine.models import (
    NO_DEADLINE,
    Delegation,
    ProcessInstance,
    Signing,
    SigningRule,
    Timer,
    UserTask,
)
from engine.moves import Since
from engine.openings import name_of
from engine.promised import Promise, Promises
from engine.retrace import BEFORE
from engine.stepping import Occurrence
from engine.working_days import PublishedCalendar

#: What a task keeps when it is open again. The round too: it was opened once, and closed by mistake.
_KEPT = (
    *("instance_id", "business_key", "element_id", "path", "item", "occurrence", "name"),
    *("candidate_role", "candidate_group", "assignee_id", "assignee_name", "claimed_at"),
    *("round", "opened_at", "due_at", "due_provisional", "due_calendar", "inside"),
)


@dataclass(slots=True)
class Restored:
    """Rows that are open now; `owed` says of each what it stands for, for the trail."""

    tasks: list[UserTask] = field(default_factory=list)
    owed: dict[int, dict[str, int]] = field(default_factory=dict)


class _Deadlines:
    """What a deadline is now that it counts again; trail and calendar are read only if one needs it."""

    def __init__(self, uow: UnitOfWork, case: ProcessInstance) -> None:
        self._uow, self._case = uow, case

    @cached_property
    def _calendar(self) -> PublishedCalendar:
        return working_days.load(self._uow)

    @cached_property
    def _promises(self) -> Promises:
        return Promises(self._uow, self._case)

    def of_task(self, old: UserTask) -> dict[str, Any]:
        """The columns that are others than those of the row that comes back."""
        if not self._outdated(old.due_calendar):
            return {}
        return self._by(self._promises.of_task(old.id, old.element_id, old.opened_at))

    def of_timer(self, element: str, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a timer as the trail keeps it."""
        if not self._outdated(kept["due_calendar"]):
            return {}
        return self._by(self._promises.of_timer(element, kept["set_at"]))

    def _outdated(self, counted_by: str | None) -> bool:
        """No calendar counted a time of the clock, or a day that somebody chose."""
        return counted_by is not None and counted_by != self._calendar.version

    def _by(self, promise: Promise | None) -> dict[str, Any]:
        if promise is None:
            return {}
        due = promise.due(self._calendar)
        told = {"due_provisional": due.provisional, "due_calendar": due.calendar_version}
        return {"due_at": due.at(), **told}


def bring_back(
    uow: UnitOfWork,
    case: ProcessInstance,
    definition: Definition,
    since: Since,
    wanted: Mapping[Occurrence, int],
) -> Restored:
    """Open all that is wanted; the number says since which act it has been waiting."""
    opened = since.opened_since()
    stopped = since.stopped()
    restored = Restored()
    deadlines = _Deadlines(uow, case)
    afresh: dict[Occurrence, int] = {}
    for occurrence, number in sorted(wanted.items()):
        if occurrence.kind == "user":
            old = _row(since, opened, name_of(occurrence), number)
            if old is not None:
                _restore(uow, old, deadlines.of_task(old), stopped, restored)
                continue
        elif occurrence.kind == "timer":
            timer = _timer(since, stopped, name_of(occurrence), number)
            if timer is not None:
                due = deadlines.of_timer(occurrence.element, timer)
                uow.session.add(_bpmn_timer(case, occurrence, {**timer, **due}))
                continue
        afresh[occurrence] = number
    _open_afresh(uow, case, definition, afresh, restored)
    return restored


def _open_afresh(
    uow: UnitOfWork,
    case: ProcessInstance,
    definition: Definition,
    afresh: Mapping[Occurrence, int],
    restored: Restored,
) -> None:
    rounds = dict(case.rounds)
    for occurrence in afresh:
        if occurrence.kind == "user":
            rounds[name_of(occurrence)] -= 1  # opening counts it
    rows.change(uow, case, rounds=rounds)
    numbers = {name_of(occurrence): number for occurrence, number in afresh.items()}
    for task in openings.open_up(uow, case, definition, sorted(afresh)):
        restored.tasks.append(task)
        restored.owed[task.id] = {"since": numbers[task.occurrence]}


def _row(since: Since, opened: Mapping[int, int], occurrence: str, number: int) -> UserTask | None:
    """The last row that stood for this occurrence since that act."""
    fitting = [
        row
        for row in since.rows.values()
        if row.occurrence == occurrence and opened.get(row.id, BEFORE) == number
    ]
    return max(fitting, key=lambda row: row.id, default=None)


def _restore(
    uow: UnitOfWork,
    old: UserTask,
    due: Mapping[str, Any],
    stopped: list[dict[str, Any]],
    restored: Restored,
) -> None:
    uow.session.flush()
    (drawn,) = rows.draw(uow, UserTask, 1)
    values: dict[str, Any] = {name: getattr(old, name) for name in _KEPT} | {**due}
    values |= {
        "id": drawn,
        "status": "open",
        "sort_at": values["due_at"] or datetime.fromisoformat(NO_DEADLINE),
        "row_version": 1,
    }
    task = rows.add_known(uow, UserTask, values)
    restored.tasks.append(task)
    restored.owed[task.id] = {"instead_of": old.id}
    if old.inside is not None:
        _restore_inside(uow, old, task)
    reminders = (t for t in stopped if t["kind"] == "reminder" and t["task_id"] == old.id)
    reminder = next(reminders, None)
    if reminder is not None and task.due_at is not None:
        rows.add(uow, Timer, openings.reminder(task, set_at=reminder["set_at"]))
    elif (
        due and old.due_at and due["due_at"] > max(uow.now, old.due_at)
    ):  # it was reminded of a day too early
        rows.add(uow, Timer, openings.reminder(task, set_at=task.opened_at))


def _restore_inside(uow: UnitOfWork, old: UserTask, task: UserTask) -> None:
    """What was asked and signed inside the task counts again: that, too, is somebody's act."""
    rule = uow.session.get(SigningRule, old.id)
    if rule is not None:
        uow.session.add(SigningRule(**_copied(rule, task)))
    for table in (Delegation, Signing):
        counted = (table.task_id == old.id, table.closed_reason == old.closed_reason)
        for row in uow.session.scalars(sa.select(table).where(*counted).order_by(table.id)).all():
            uow.session.add(table(**_copied(row, task)))


def _copied(row: Base, task: UserTask) -> dict[str, Any]:
    """The values of a row for the task that it belongs to now; it is not closed any more."""
    left_out = {"id", "task_id", "closed_at", "closed_reason"}
    names = [column.name for column in row.__table__.columns if column.name not in left_out]
    return {"task_id": task.id} | {name: getattr(row, name) for name in names}


def _timer(
    since: Since, stopped: list[dict[str, Any]], occurrence: str, number: int
) -> dict[str, Any] | None:
    """The timer as it was when it was stopped, if it had been waiting since that act."""
    first = since.acts[0]
    began = next((act.at for act in since.acts if act.number == number), None)
    for timer in stopped:
        if timer["kind"] != "bpmn" or timer["occurrence"] != occurrence:
            continue
        if timer["set_at"] == began or (number == BEFORE and timer["set_at"] <= first.at):
            return timer
    return None


def _bpmn_timer(case: ProcessInstance, occurrence: Occurrence, kept: Mapping[str, Any]) -> Timer:
    return Timer(
        instance_id=case.id,
        kind="bpmn",
        element_id=occurrence.element,
        path="/".join(occurrence.path),
        item=occurrence.item,
        occurrence=kept["occurrence"],
        set_at=kept["set_at"],
        due_at=kept["due_at"],
        due_provisional=kept["due_provisional"],
        due_calendar=kept["due_calendar"],
        wake_at=kept["due_at"],
    )
