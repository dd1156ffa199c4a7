"""Migration 迁移: a running case goes over to another version of its process, with what is open in it.

Who holds a task keeps it, with its deadline, its co-signers and what was asked inside; what the other version
opens or closes on top of that is opened and closed. Where it may stand is worked out by `landing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import (
    audit,
    cases,
    conformance,
    definitions,
    guards,
    landing,
    moves,
    openings,
    rows,
    states,
    stepping,
)
from engine.cases import Applied
from engine.database import UnitOfWork
from engine.elements import TaskRule
from engine.errors import CannotMigrate, EngineError
from engine.landing import NoLanding, Version, Way
from engine.models import (
    NO_DEADLINE,
    ProcessDefinition,
    ProcessInstance,
    SigningRule,
    Timer,
    UserTask,
)
from engine.openings import Going, name_of
from engine.replaying import Replay
from engine.stepping import Occurrence
from engine.suspension import over
from engine.text import Sentence
from engine.verification import Progress


@dataclass(frozen=True)
class Target:
    """The version to which cases are to go, as one unit of work after the other may ask for it."""

    id: int
    key: str
    number: int
    digest: str
    version: Version


@dataclass(frozen=True, slots=True)
class Plan:
    """A migration that is possible: how, where to, and what stays, opens and closes with it."""

    way: Way
    there: Replay
    opened: tuple[Occurrence, ...]
    closed: tuple[Occurrence, ...]
    kept: tuple[Occurrence, ...]


def target(
    uow: UnitOfWork, key: str, number: int | None = None, progress: Progress | None = None
) -> Target:
    """A version of a process, the newest unless its number is given; raises DefinitionNotFound."""
    row = definitions.latest(uow, key) if number is None else definitions.version(uow, key, number)
    held = guards.of(uow, row.id)
    version = Version(definitions.load(uow, row.id), held, progress)
    return Target(row.id, row.key, row.version, row.digest, version)


def migration_refusals(uow: UnitOfWork, case: ProcessInstance, to: Target) -> list[Sentence]:
    """Why the case cannot go over; empty if it can."""
    try:
        plan(uow, case, to)
    except CannotMigrate as refusal:
        return list(refusal.reasons)
    return []


def plan(uow: UnitOfWork, case: ProcessInstance, to: Target) -> Plan:
    """What a migration would do, worked out from the trail; nothing is written. Raises CannotMigrate."""
    if case.status != "running":
        raise CannotMigrate(over())
    if case.definition_id == to.id:
        raise CannotMigrate(
            Sentence(
                f"本件已经在第{to.number}版上。",
                f"The case runs on version {to.number} already.",
            )
        )
    now = _replayed(uow, case)
    if now.definition.key != to.key:
        raise CannotMigrate(
            Sentence(
                f"本件的流程是“{now.definition.key}”，不是“{to.key}”。",
                f"The case runs on “{now.definition.key}”, not on “{to.key}”.",
            )
        )
    try:
        way, there = landing.land(now, to.version)
    except NoLanding as found:
        raise CannotMigrate(*found.reasons) from None
    before = dict.fromkeys(stepping.enabled(now.definition, now.state))
    after = dict.fromkeys(stepping.enabled(there.definition, there.state))
    kept = tuple(one for one in after if one in before)
    if reasons := _unfit_co_signing(uow, case, to, kept):
        raise CannotMigrate(*reasons)
    return Plan(
        way,
        there,
        opened=tuple(one for one in after if one not in before),
        closed=tuple(one for one in before if one not in after),
        kept=kept,
    )


def migrate(uow: UnitOfWork, case_id: int, to: Target, reason: str) -> Applied:
    """Take the case over, in one act with its entry; raises CannotMigrate with all reasons."""
    if not reason.strip():
        raise CannotMigrate(
            Sentence("迁移须写明理由。", "A migration needs a reason.", code="reason")
        )
    case = cases.lock(uow, case_id)
    found = plan(uow, case, to)
    old = uow.session.get_one(ProcessDefinition, case.definition_id)
    definition, before = found.there.definition, case.state_digest
    closed = openings.close(
        uow,
        case,
        Going([o for o in found.closed if o.kind == "user"], list(found.closed)),
        openings.because_migrated(to.number),
    )
    opened = openings.open_up(uow, case, definition, found.opened)
    _carry_over(uow, case, to, found.kept)
    after = states.intern(uow, definition, found.there.state)
    rows.change(uow, case, definition_id=to.id, state_digest=after, monitors=found.there.stand)
    applied = Applied(
        tuple(opened),
        tuple(closed.tasks),
        None,
        (),
        before,
        after,
        found.there.stand,
        tuple(closed.timers),
    )
    data: dict[str, Any] = {
        **applied.told(),
        "from": _named(old.key, old.version, old.digest),
        "to": _named(to.key, to.number, to.digest),
        "way": found.way,
        "reason": reason.strip(),
    }
    audit.append(uow, moves.MIGRATED, case=case, subject=case.business_key, data=data)
    rows.flush(uow)
    return applied


def running(uow: UnitOfWork, to: Target) -> list[int]:
    """The running cases of the process that are on another version, oldest first."""
    wanted = (
        sa.select(ProcessInstance.id)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(
            ProcessDefinition.key == to.key,
            ProcessInstance.definition_id != to.id,
            ProcessInstance.status == "running",
        )
    )
    return list(uow.session.scalars(wanted.order_by(ProcessInstance.id)))


def _replayed(uow: UnitOfWork, case: ProcessInstance) -> Replay:
    """What the trail leads to. A case whose trail does not fit its process is not taken anywhere."""
    try:
        return conformance.replayed(uow, case)
    except EngineError as refused:
        raise CannotMigrate(*refused.reasons) from None


def _named(key: str, version: int, digest: str) -> dict[str, Any]:
    return {"key": key, "version": version, "digest": digest}


# -- what stays open -------------------------------------------------------------------------------


def _open_tasks(
    uow: UnitOfWork, case: ProcessInstance, kept: Iterable[Occurrence]
) -> list[UserTask]:
    names = [name_of(one) for one in kept if one.kind == "user"]
    wanted = sa.select(UserTask).where(
        UserTask.instance_id == case.id,
        UserTask.status == "open",
        UserTask.occurrence.in_(names),
    )
    return list(uow.session.scalars(wanted.order_by(UserTask.id)))


def _unfit_co_signing(
    uow: UnitOfWork, case: ProcessInstance, to: Target, kept: Iterable[Occurrence]
) -> list[Sentence]:
    """A co-signing counts consent to one outcome, which must still be one."""
    reasons = []
    for task in _open_tasks(uow, case, kept):
        rule = uow.session.get(SigningRule, task.id) if task.inside == "signing" else None
        outcomes = to.version.definition.tasks[task.element_id].outcomes
        if rule is not None and rule.consent not in outcomes:
            name = openings.named(uow, task)
            reasons.append(
                Sentence(
                    f"“{name.zh}”正在会签“{rule.consent}”，新版本没有这一结论。",
                    f"“{name.en}” is being co-signed for “{rule.consent}”, which that version does not have.",
                )
            )
    return reasons


def _carry_over(
    uow: UnitOfWork, case: ProcessInstance, to: Target, kept: Iterable[Occurrence]
) -> None:
    """What the version says of a task holds from now on; who has it, and until when, stays as promised."""
    for task in _open_tasks(uow, case, kept):
        rule = to.version.definition.tasks[task.element_id]
        changed: dict[str, Any] = {}
        if task.name != rule.name:
            changed["name"] = rule.name
        if task.candidate_role != rule.candidate_role:
            group = uow.domain.candidates(uow, case, rule).group
            changed |= {"candidate_role": rule.candidate_role, "candidate_group": group}
        if rule.due_in is None and task.due_at is not None:
            changed |= _without_deadline(uow, task)
        elif rule.due_in is not None and task.due_at is None:
            changed |= _with_deadline(uow, case, task, rule)
        if changed:
            rows.change(uow, task, **changed)


def _without_deadline(uow: UnitOfWork, task: UserTask) -> dict[str, Any]:
    """The reminder goes with the deadline: acts do not look for one where the process sets none."""
    uow.session.execute(sa.delete(Timer).where(Timer.task_id == task.id))
    return {
        "due_at": None,
        "due_provisional": False,
        "due_calendar": None,
        "sort_at": datetime.fromisoformat(NO_DEADLINE),
    }


def _with_deadline(
    uow: UnitOfWork, case: ProcessInstance, task: UserTask, rule: TaskRule
) -> dict[str, Any]:
    due = openings.deadline(uow, rule.due_in or 0)
    values = {
        "due_at": due.at(),
        "due_provisional": due.provisional,
        "due_calendar": due.calendar_version,
        "sort_at": due.at(),
    }
    row = openings.reminder(task, set_at=uow.now)
    watched = {n: values[n] for n in ("due_at", "due_provisional", "due_calendar")}
    rows.add(uow, Timer, {**row, **watched, "wake_at": due.at()})
    return values
