"""Messages and signals from outside 外来消息: what a case waits for, and bringing it what has come.

Another office's answer, an external system's notice: the process draws where it waits (receive task,
message or signal event), and somebody who is entitled to, or a program, tells the case that it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import audit, cases, openings, rows, states, stepping, suspension, user_tasks
from engine.cases import Applied
from engine.database import UnitOfWork
from engine.errors import CaseSuspended
from engine.models import ProcessInstance
from engine.stepping import Event, Occurrence
from engine.text import Sentence

KINDS = ("message", "signal")


def awaited(uow: UnitOfWork, case: ProcessInstance) -> dict[Occurrence, tuple[str, ...]]:
    """What the case waits for now, each with the results of which one must be told; none if it needs none."""
    if case.status != "running":
        return {}
    definition, state = states.position(uow, case)
    waiting = sorted(o for o in stepping.enabled(definition, state) if o.kind in KINDS)
    tasks = definition.tasks
    return {o: tasks[o.element].outcomes if o.element in tasks else () for o in waiting}


def receive_refusals(uow: UnitOfWork, case: ProcessInstance) -> list[Sentence]:
    """Why nothing can be brought to the case now."""
    if case.status != "running":
        return [suspension.over()]
    waiting = [] if case.suspended_at is None else [user_tasks.suspended(case)]
    if not awaited(uow, case):
        nothing = Sentence("该件没有在等外来消息。", "The case is not waiting for any message.")
        return [*waiting, nothing]
    return waiting


def receive(
    uow: UnitOfWork,
    case_id: int,
    occurrence: Occurrence,
    *,
    outcome: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> Applied:
    """Tell the case that it came, with its result if it has one; `data` is the caller's part of the evidence.

    Whether the actor may say so is for the caller. Raises UnknownEvent for what the case does not wait
    for, or no longer, and for a result it cannot have; of two who tell at once, the second is told so.
    """
    case = cases.lock(uow, case_id)
    if case.suspended_at is not None:
        raise CaseSuspended(user_tasks.suspended(case))
    definition, state = states.position(uow, case)
    applied = cases.move(uow, case, definition, state, Event.of(occurrence, outcome))
    told = {
        "kind": occurrence.kind,
        "element": occurrence.element,
        "name": definition.names.get(occurrence.element) or occurrence.element,
        "path": "/".join(occurrence.path),
        "item": occurrence.item,
        "occurrence": openings.name_of(occurrence),
        "outcome": outcome,
        "data": dict(data or {}),
    }
    audit.append(
        uow,
        "message.received",
        case=case,
        subject=case.business_key,
        data={**applied.told(), **told},
    )
    cases.record_end(uow, case, applied)
    rows.flush(uow)
    return applied
