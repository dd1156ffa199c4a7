"""Cases 件: starting them, moving them by an event, ending them. Nothing else writes a process state.

Every function here works under the case's lock and appends to its trail, so what is stored, what is
open and what is on record change together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine import (
    audit,
    conformance,
    definitions,
    guards,
    openings,
    rows,
    service_tasks,
    states,
    stepping,
)
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import AlreadyRunning, CaseNotRunning
from engine.locks import lock_case, remember_new
from engine.models import ProcessDefinition, ProcessInstance, UserTask
from engine.openings import Going
from engine.service_tasks import Movement
from engine.stepping import Event, Step
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Applied:
    """What an event did to a case: task rows opened and withdrawn, handlers answered, the end reached."""

    opened: tuple[UserTask, ...]
    closed: tuple[UserTask, ...]
    ended: str | None
    services: tuple[tuple[str, str], ...]
    state_before: str
    state_after: str
    #: Where the compliance rules stand afterwards; None leaves that to the next act.
    monitors: str | None
    #: Timers that were stopped, as `openings.close` remembers them.
    stopped: tuple[dict[str, Any], ...] = ()

    def told(self) -> dict[str, Any]:
        """The same for the audit entry."""
        return {
            "state_before": self.state_before,
            "state_after": self.state_after,
            **({"monitors": self.monitors} if self.monitors is not None else {}),
            "opened": [short(task) for task in self.opened],
            "closed": [short(task) for task in self.closed],
            "services": [list(answer) for answer in self.services],
            "ended": self.ended,
            **({"stopped": list(self.stopped)} if self.stopped else {}),
        }


def start(uow: UnitOfWork, key: str, business_key: str) -> ProcessInstance:
    """Begin a case with the newest definition of `key`; raises AlreadyRunning for a second one."""
    row = definitions.latest(uow, key)
    definition = definitions.parsed(uow, row.digest)
    step = stepping.start(definition)
    case = _insert(uow, row, business_key, states.intern(uow, definition, step.state))
    applied = _settle(uow, case, definition, "", step, None)
    _record(
        uow,
        "case.started",
        case,
        {"definition": {"key": key, "version": row.version, "digest": row.digest}},
        applied,
    )
    return case


def lock(uow: UnitOfWork, case_id: int) -> ProcessInstance:
    """The running case, locked until the end of the transaction; raises CaseNotRunning."""
    case = lock_case(uow, case_id)
    if case is None:
        raise CaseNotRunning(Sentence("没有这一件。", "There is no such case."))
    if case.status != "running":
        raise CaseNotRunning(Sentence("该件已办结或已终止。", "The case has ended."))
    return case


def apply(uow: UnitOfWork, case: ProcessInstance, event: Event) -> Applied:
    """Tell the process what happened and write what follows. The caller records the act itself."""
    case = lock(uow, case.id)
    definition, state = states.position(uow, case)
    return move(uow, case, definition, state, event)


def move(
    uow: UnitOfWork, case: ProcessInstance, definition: Definition, state: str, event: Event
) -> Applied:
    """As `apply`, for a caller that has locked the case and read its position already."""
    step = stepping.advance(definition, state, event)
    return _settle(uow, case, definition, state, step, event)


def cancel(
    uow: UnitOfWork, case_id: int, *, reason: str, status: str = "cancelled"
) -> ProcessInstance:
    """End a case by hand: withdraw what is open, remove its timers, keep its last state and its trail."""
    case = lock(uow, case_id)
    withdrawn = openings.close(uow, case, Going(), openings.because_cancelled(reason))
    rows.change(uow, case, status=status, ended_at=uow.now)
    audit.append(
        uow,
        "case.cancelled",
        case=case,
        subject=case.business_key,
        data={
            "reason": reason,
            "status": status,
            "state": case.state_digest,
            "closed": [short(task) for task in withdrawn.tasks],
        },
    )
    rows.flush(uow)
    return case


def open_elements(uow: UnitOfWork, case_id: int) -> list[str]:
    """The elements at which a case stands, for the diagram; none once it has ended."""
    case = uow.session.get(ProcessInstance, case_id)
    if case is None or case.status != "running":
        return []
    definition, state = states.position(uow, case)
    waiting = stepping.enabled(definition, state)
    return sorted({o.element for o in waiting if o.kind != "timer"})


def _insert(
    uow: UnitOfWork, row: ProcessDefinition, business_key: str, state_digest: str
) -> ProcessInstance:
    case = ProcessInstance(
        definition_id=row.id,
        business_key=business_key,
        status="running",
        state_digest=state_digest,
        started_at=uow.now,
        started_by=uow.actor.id,
        rounds={},
        trail_length=0,
    )
    rows.flush(uow)  # or a savepoint given up would take along what was written before it
    try:
        with uow.session.begin_nested():
            uow.session.add(case)
    except IntegrityError as error:
        # The partial unique index decides, not a look before: two tabs may look at the same time.
        raise AlreadyRunning(
            Sentence(
                f"“{business_key}”已在办理中，不能重复发起。",
                f"“{business_key}” is being processed already; it cannot be started twice.",
            )
        ) from error
    remember_new(uow, case)
    return case


def _settle(
    uow: UnitOfWork,
    case: ProcessInstance,
    definition: Definition,
    state: str,
    step: Step,
    event: Event | None,
) -> Applied:
    """Write what a step leads to; `event` is None for the first."""
    before = case.state_digest
    movement = service_tasks.to_rest(uow, case, definition, step)
    stand = _guarded(uow, case, state, step, event, movement)
    after = states.intern(uow, definition, movement.state)
    done = event.occurrence if event is not None and event.kind == "user" else None
    why = "" if event is None else openings.because_of(event.occurrence, definition, event.outcome)
    closed = openings.close(uow, case, Going.of(definition, movement.closed, done), why)
    opened = openings.open_up(uow, case, definition, movement.opened)
    rows.change(uow, case, state_digest=after, monitors=stand)
    if movement.ended is not None:
        rows.change(uow, case, status="ended", ended_as=movement.ended, ended_at=uow.now)
    return Applied(
        tuple(opened),
        tuple(closed.tasks),
        movement.ended,
        tuple(movement.services),
        before,
        after,
        stand,
        tuple(closed.timers),
    )


def _guarded(
    uow: UnitOfWork,
    case: ProcessInstance,
    state: str,
    step: Step,
    event: Event | None,
    movement: Movement,
) -> str:
    """Where the compliance rules stand after the movement; raises RuleBroken."""
    held = guards.of(uow, case.definition_id)
    if event is None:
        return held.after(held.start, movement.taken)
    stand = case.monitors
    if stand is None:
        stand = conformance.stand(uow, case)
    return held.after(stand, [(state, event, step.ended), *movement.taken])


def _record(
    uow: UnitOfWork, action: str, case: ProcessInstance, data: dict[str, Any], applied: Applied
) -> None:
    audit.append(uow, action, case=case, subject=case.business_key, data={**applied.told(), **data})
    record_end(uow, case, applied)
    rows.flush(uow)


def record_end(uow: UnitOfWork, case: ProcessInstance, applied: Applied) -> None:
    """After the entry of the act that ended a case, the entry that says it ended, and how."""
    if applied.ended is not None:
        audit.append(
            uow,
            "case.ended",
            case=case,
            subject=case.business_key,
            data={"as": applied.ended, "state": applied.state_after},
        )


def short(task: UserTask) -> dict[str, Any]:
    """A task as the trail names it."""
    return {"task": task.id, "element": task.element_id, "item": task.item, "round": task.round}
