"""Writes what a movement opened and closed: user tasks, timers and reminders, with their deadlines.

A task that the process withdrew keeps, as `closed_reason`, what act withdrew it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine import clock, durations, rows, working_days
from engine.audit.event import canonical
from engine.database import UnitOfWork
from engine.elements import Definition, TaskRule, TimerRule
from engine.models import NO_DEADLINE, Delegation, ProcessInstance, Signing, Timer, UserTask
from engine.stepping import Occurrence
from engine.text import Sentence
from engine.working_days import Calendar, DueDate

#: What is remembered of a timer that was stopped, so that a take-back can set it again as it was.
_KEPT_OF_TIMERS = (
    *(Timer.occurrence, Timer.kind, Timer.task_id),
    *(Timer.set_at, Timer.due_at, Timer.due_provisional, Timer.due_calendar),
)


class _Deadlines:
    """Counts deadlines of one act; the calendar is read once, and only if something asks for it."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._calendar: Calendar | None = None

    def after(self, number: int | None) -> DueDate | None:
        if number is None:
            return None
        self._calendar = self._calendar or working_days.load(self._uow)
        today = clock.local_date(self._uow.now)
        return working_days.add_working_days(self._calendar, today, number)


def name_of(occurrence: Occurrence) -> str:
    """Path, element and item in one word: what is open at most once at a time in a case."""
    item = "" if occurrence.item is None else f"[{occurrence.item}]"
    return "/".join((*occurrence.path, occurrence.element)) + item


def occurrence_of(row: UserTask | Timer) -> Occurrence:
    """The occurrence that a row stands for in the process state."""
    path = tuple(row.path.split("/")) if row.path else ()
    if isinstance(row, UserTask):
        return Occurrence("user", row.element_id, path, row.item)
    return Occurrence("timer", row.element_id, path, row.item)


@dataclass(frozen=True, slots=True)
class Closed:
    """The tasks that were withdrawn, and what their timers would have done, as the trail keeps it."""

    tasks: list[UserTask]
    timers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Going:
    """Which rows a movement takes away: open tasks, and timers; None stands for all of the case."""

    tasks: Sequence[Occurrence] | None = None
    timers: Sequence[Occurrence] | None = None

    @classmethod
    def of(
        cls, definition: Definition, closed: Sequence[Occurrence], done: Occurrence | None
    ) -> Going:
        """From what a movement closed. The task that is `done` has its end already, and what never had
        a timer or a reminder has none to stop: what is known is not asked of the database."""
        tasks = [one for one in closed if one.kind == "user" and one != done]
        timed = [
            one
            for one in closed
            if one.kind == "timer"
            or (one.kind == "user" and definition.tasks[one.element].due_in is not None)
        ]
        return cls(tasks, timed)


def close(uow: UnitOfWork, case: ProcessInstance, going: Going, why: str) -> Closed:
    """Withdraw the open tasks that go and remove the timers that go.

    A reminder carries the occurrence of its task, so it goes with it.
    """
    withdrawn: list[UserTask] = []
    if going.tasks is None or going.tasks:
        wanted = [UserTask.instance_id == case.id, UserTask.status == "open"]
        if going.tasks is not None:
            wanted.append(UserTask.occurrence.in_(_names(going.tasks)))
        withdrawn = list(
            uow.session.scalars(sa.select(UserTask).where(*wanted).order_by(UserTask.id))
        )
    for task in withdrawn:
        rows.change(uow, task, status="closed", closed_reason=why, **closing(uow))
    _close_inside(uow, withdrawn, why)
    if going.timers is not None and not going.timers:
        return Closed(withdrawn, [])
    timers = [Timer.instance_id == case.id]
    if going.timers is not None:
        timers.append(Timer.occurrence.in_(_names(going.timers)))
    gone = uow.session.execute(
        sa.delete(Timer).where(*timers).returning(*_KEPT_OF_TIMERS),
        execution_options={"synchronize_session": False},
    )
    stopped = sorted((dict(row._mapping) for row in gone), key=lambda timer: timer["occurrence"])
    return Closed(withdrawn, stopped)


def closing(uow: UnitOfWork) -> dict[str, Any]:
    """When and by whom a task came to its end."""
    return {
        "closed_at": uow.now,
        "closed_by": uow.actor.id,
        "closed_by_name": uow.actor.name,
    }


def _names(occurrences: Iterable[Occurrence]) -> list[str]:
    return sorted({name_of(occurrence) for occurrence in occurrences})


def _close_inside(uow: UnitOfWork, withdrawn: list[UserTask], why: str) -> None:
    """What was asked and signed inside these tasks keeps how far it had come."""
    ids = [task.id for task in withdrawn if task.inside is not None]
    for table in (Delegation, Signing) if ids else ():
        lasting = sa.update(table).where(table.task_id.in_(ids), table.closed_at.is_(None))
        uow.session.execute(lasting.values(closed_at=uow.now, closed_reason=why))


def open_up(
    uow: UnitOfWork,
    case: ProcessInstance,
    definition: Definition,
    opened: Sequence[Occurrence],
) -> list[UserTask]:
    """Write a row for each occurrence that opened, with its round, its candidates and its deadline."""
    uow.session.flush()  # or a task that opens again would meet the index entry of the one before
    deadlines = _Deadlines(uow)
    rounds = dict(case.rounds)
    todo: list[dict[str, Any]] = []
    for occurrence in opened:
        if occurrence.kind == "user":
            name = name_of(occurrence)
            rounds[name] = rounds.get(name, 0) + 1
            rule = definition.tasks[occurrence.element]
            todo.append(_task(uow, case, rule, occurrence, rounds[name], deadlines))
        elif occurrence.kind == "timer":
            rule_of_timer = definition.timers[occurrence.element]
            rows.add(uow, Timer, _timer(uow, case, rule_of_timer, occurrence, deadlines))
    if not todo:
        return []
    # evidence and reminders cite the ids, so they are drawn before the rows are written
    ids = rows.draw(uow, UserTask, len(todo))
    tasks = [
        rows.add_known(uow, UserTask, {"id": id, **row}) for id, row in zip(ids, todo, strict=True)
    ]
    rows.change(uow, case, rounds=rounds)
    for task in tasks:
        if definition.tasks[task.element_id].due_in is not None:
            rows.add(uow, Timer, reminder(task, set_at=task.opened_at))
    return tasks


def _task(
    uow: UnitOfWork,
    case: ProcessInstance,
    rule: TaskRule,
    occurrence: Occurrence,
    number: int,
    deadlines: _Deadlines,
) -> dict[str, Any]:
    candidates = uow.domain.candidates(uow, case, rule)
    due = None if candidates.due_at else deadlines.after(rule.due_in)
    due_at = due.at() if due else candidates.due_at
    return {
        "instance_id": case.id,
        "business_key": case.business_key,
        "element_id": rule.id,
        "path": "/".join(occurrence.path),
        "item": occurrence.item,
        "occurrence": name_of(occurrence),
        "name": rule.name,
        "candidate_role": rule.candidate_role,
        "candidate_group": candidates.group,
        "assignee_id": candidates.assignee_id,
        "claimed_at": uow.now if candidates.assignee_id is not None else None,
        "status": "open",
        "round": number,
        "opened_at": uow.now,
        "due_at": due_at,
        "due_provisional": bool(due and due.provisional),
        "due_calendar": due.calendar_version if due else None,
        "sort_at": due_at or datetime.fromisoformat(NO_DEADLINE),
        "row_version": 1,
    }


def _timer(
    uow: UnitOfWork,
    case: ProcessInstance,
    rule: TimerRule,
    occurrence: Occurrence,
    deadlines: _Deadlines,
) -> dict[str, Any]:
    due = deadlines.after(rule.working_days)
    at = due.at() if due else uow.now + _clock_time(rule.duration)
    return {
        "instance_id": case.id,
        "kind": "bpmn",
        "element_id": rule.id,
        "path": "/".join(occurrence.path),
        "item": occurrence.item,
        "occurrence": name_of(occurrence),
        "set_at": uow.now,
        "due_at": at,
        "due_provisional": bool(due and due.provisional),
        "due_calendar": due.calendar_version if due else None,
        "wake_at": at,
        "attempts": 0,
    }


def deadline(uow: UnitOfWork, number: int) -> DueDate:
    """The deadline so many working days from today."""
    today = clock.local_date(uow.now)
    return working_days.add_working_days(working_days.load(uow), today, number)


def reminder(task: UserTask, *, set_at: datetime) -> dict[str, Any]:
    """A row only: the process does not know that its deadlines are watched."""
    return {
        "instance_id": task.instance_id,
        "task_id": task.id,
        "kind": "reminder",
        "element_id": task.element_id,
        "path": task.path,
        "item": task.item,
        "occurrence": task.occurrence,
        "handler": "remind",
        "set_at": set_at,
        "due_at": task.due_at,
        "due_provisional": task.due_provisional,
        "due_calendar": task.due_calendar,
        "wake_at": task.due_at,
        "attempts": 0,
    }


def _clock_time(duration: str) -> timedelta:
    length = durations.clock_time(duration)
    if length is None:
        raise ValueError(f"not a duration in weeks, days, hours, minutes or seconds: {duration!r}")
    return length


def because_of(occurrence: Occurrence, definition: Definition, outcome: str | None) -> str:
    """What `closed_reason` says of the act that withdrew a task."""
    name = definition.names.get(occurrence.element) or occurrence.element
    told = {"by": occurrence.kind, "element": occurrence.element, "name": name, "outcome": outcome}
    return canonical(told)


def because_cancelled(reason: str) -> str:
    """What `closed_reason` says where the whole case was ended by hand."""
    return canonical({"by": "cancel", "reason": reason})


def because_migrated(version: int) -> str:
    """What `closed_reason` says where a task is not open in the version to which the case went."""
    return canonical({"by": "migration", "version": version})


def because_repaired(proposed_by: str) -> str:
    """What `closed_reason` says where a repair took the case elsewhere."""
    return canonical({"by": "repair", "who": proposed_by})


def because_taken_back(task: UserTask, by: str) -> str:
    """What `closed_reason` says of a decision taken back, and of what had followed from it."""
    return canonical({"by": "take_back", "element": task.element_id, "name": task.name, "who": by})


def named(uow: UnitOfWork, task: UserTask) -> Sentence:
    """The task's name in both languages."""
    return uow.domain.name_of(task.element_id, task.name)


def why_closed(uow: UnitOfWork, task: UserTask) -> Sentence | None:
    """Why the process withdrew a task, for the person who finds it gone; None if it was not withdrawn."""
    if task.status != "closed":
        return None
    told = json.loads(task.closed_reason or "{}")
    if told.get("by") == "cancel":
        reason = told["reason"]
        return Sentence(f"本件已终止：{reason}", f"The case was ended: {reason}")
    if told.get("by") == "migration":
        version = told["version"]
        return Sentence(
            f"本件改按流程第{version}版办理",
            f"The case went over to version {version} of its process",
        )
    if told.get("by") == "repair":
        who = told["who"]
        return Sentence(
            f"经{who}提出、另一人确认，本件已移到别的环节",
            f"The case was moved to another stage, as {who} proposed and another confirmed",
        )
    name = uow.domain.name_of(told.get("element", ""), told.get("name", ""))
    if told.get("by") == "take_back":
        who = told["who"]
        return Sentence(f"{who}撤回了“{name.zh}”", f"{who} took “{name.en}” back")
    if told.get("by") == "timer":
        return Sentence(f"时限“{name.zh}”已到", f"the time limit “{name.en}” was reached")
    return Sentence(f"“{name.zh}”已办结", f"“{name.en}” was completed")
