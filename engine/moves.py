"""Reads back from a case's trail what moved it: the acts that still count, and what each left behind.

An act that was taken back counts no more. If it is older than the place from which the trail is read,
reading begins there instead, because the states cited since then still contain it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine import openings
from engine.database import UnitOfWork
from engine.models import AuditEntry, ProcessInstance, UserTask
from engine.retrace import BEFORE, Act
from engine.stepping import Event

#: What people answer inside a task without completing it; the task's own fate decides what becomes of it.
INSIDE = frozenset({"delegation.answered", "signature.given"})
TAKEN_BACK = "task.taken_back"
MIGRATED = "case.migrated"
REPAIRED = "case.repaired"

#: Task rows by their ids.
Rows: TypeAlias = "Mapping[int, UserTask]"


@dataclass(frozen=True, slots=True)
class Told:
    """A trail entry with its payload read."""

    entry: AuditEntry
    data: Mapping[str, Any]

    @property
    def number(self) -> int:
        return self.entry.case_seq or 0


@dataclass(slots=True)
class Since:
    """The trail from an act on. `acts` leaves out what was taken back; `state` is where they begin."""

    acts: list[Act]
    told: list[Told]
    state: str
    #: An entry that moved the case in a way that cannot be followed again: a migration, a repair.
    barrier: Told | None = None
    rows: dict[int, UserTask] = field(default_factory=dict)

    def index_of(self, task_id: int) -> int | None:
        """Where among the acts this task was completed."""
        found = (i for i, act in enumerate(self.acts) if act.task_id == task_id)
        return next(found, None)

    def opened_since(self) -> dict[int, int]:
        """For each row that was opened: the act to which it is owed; rows from before are not in it."""
        since: dict[int, int] = {}
        first = self.told[0].number
        for told in self.told:
            for row in told.data.get("opened", ()):
                if "instead_of" in row:
                    since[row["task"]] = since.get(row["instead_of"], BEFORE)
                else:
                    number = row.get("since", told.number)
                    since[row["task"]] = number if number >= first else BEFORE
        return since

    def stopped(self) -> list[dict[str, Any]]:
        """The timers stopped by these acts, the last stopped first, with their instants read."""
        found = [timer for told in self.told for timer in told.data.get("stopped", ())]
        return [
            {
                **timer,
                **{name: datetime.fromisoformat(timer[name]) for name in ("set_at", "due_at")},
            }
            for timer in reversed(found)
        ]


def whole(uow: UnitOfWork, case: ProcessInstance) -> list[Told]:
    """Every entry of the trail, read."""
    return _entries(uow, case, sa.true())


def was_migrated(uow: UnitOfWork, case: ProcessInstance) -> bool:
    """Whether the case ever went over to another version of its process."""
    entries = sa.select(AuditEntry.id).where(AuditEntry.case_id == case.id)
    found = entries.where(AuditEntry.action == MIGRATED).limit(1)
    return uow.session.scalar(found) is not None


def since(uow: UnitOfWork, case: ProcessInstance, task_id: int) -> Since | None:
    """What moved the case since this task was completed; None if the trail does not tell of it."""
    told = _back_to(uow, case, task_id)
    if not told:
        return None
    while (first := _first_needed(told)) < told[0].number:
        told = _entries(uow, case, AuditEntry.case_seq >= first)
    return _read(uow, case, told)


def _back_to(uow: UnitOfWork, case: ProcessInstance, task_id: int) -> list[Told]:
    """The trail from its end back to the completion that is wanted, in batches."""
    found: list[Told] = []
    last = case.trail_length + 1
    while last > 1:
        batch = _entries(
            uow, case, sa.and_(AuditEntry.case_seq < last, AuditEntry.case_seq >= last - 50)
        )
        found = batch + found
        for at in range(len(batch) - 1, -1, -1):
            one = batch[at]
            if one.entry.action == "task.completed" and one.data["task"] == task_id:
                return found[at:]
        last -= 50
    return []


def _entries(uow: UnitOfWork, case: ProcessInstance, which: sa.ColumnElement[bool]) -> list[Told]:
    chosen = sa.select(AuditEntry).where(AuditEntry.case_id == case.id, which)
    rows = uow.session.scalars(chosen.order_by(AuditEntry.case_seq))
    return [Told(entry, json.loads(entry.payload)["data"]) for entry in rows]


def _first_needed(told: list[Told]) -> int:
    undone = (int(t.data["act"]) for t in told if t.entry.action == TAKEN_BACK)
    return min((told[0].number, *undone))


def _read(uow: UnitOfWork, case: ProcessInstance, told: list[Told]) -> Since:
    undone = {t.data["act"] for t in told if t.entry.action == TAKEN_BACK}
    moved = [t for t in told if "state_after" in t.data]
    result = Since([], told, moved[0].data["state_before"])
    result.rows = rows(uow, case, told)
    for one in moved:
        if one.entry.action == TAKEN_BACK or one.number in undone:
            continue
        event = event_of(one, result.rows)
        if event is None:
            result.barrier = one
            break
        answers = tuple((element, outcome) for element, outcome in one.data["services"])
        task_id = one.data["task"] if event.kind == "user" else None
        entry = one.entry
        act = Act(one.number, event, answers, entry.actor_name, entry.at, task_id)
        result.acts.append(act)
    return result


def event_of(told: Told, rows: Rows) -> Event | None:
    """What happened, as an entry that moved the case tells it; None if it tells no event."""
    if told.entry.action == "task.completed" and told.data["task"] in rows:
        row = rows[told.data["task"]]
        return Event.of(openings.occurrence_of(row), told.data["outcome"])
    path = tuple(told.data["path"].split("/")) if told.data.get("path") else ()
    if told.entry.action == "timer.fired" and told.data.get("kind") == "bpmn":
        return Event("timer", told.data["element"], path, told.data.get("item"))
    if told.entry.action == "message.received":
        kind, element, item = (told.data[name] for name in ("kind", "element", "item"))
        return Event(kind, element, path, item, told.data["outcome"])
    return None


def rows(uow: UnitOfWork, case: ProcessInstance, told: Sequence[Told]) -> dict[int, UserTask]:
    """Every task row that these entries name, and those open now."""
    cited = {one.data["task"] for one in told if one.data.get("task")}
    for one in told:
        for row in (*one.data.get("opened", ()), *one.data.get("closed", ())):
            cited.add(row["task"])
    wanted = sa.or_(UserTask.id.in_(sorted(cited)), UserTask.status == "open")
    chosen = sa.select(UserTask).where(UserTask.instance_id == case.id, wanted)
    found = uow.session.scalars(chosen.execution_options(populate_existing=True))
    return {row.id: row for row in found}
