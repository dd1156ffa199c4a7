"""Fires timers that are due. Two sweeps at the same moment fire each timer once.

A timer is looked at again under its case's lock: a task completed in the same second has removed its
timers, and then nothing fires. On PostgreSQL a case that somebody is working on is passed over until
the next sweep. A timer whose act fails stays due, counts its attempts and waits longer each time. The
timers of a suspended case stay as they are and are not looked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import audit, cases, openings, sweeping, user_tasks
from engine.database import UnitOfWork, UtcDateTime
from engine.locks import lock_case_of_timer
from engine.models import ProcessInstance, Timer
from engine.stepping import Event
from engine.sweeping import OpenUow, Swept


def sweep(open_uow: OpenUow, *, limit: int = 100) -> Swept:
    """Fire up to `limit` due timers, the longest due first. `open_uow` gives units of work of SYSTEM.

    What cannot be fired just now takes nobody's place: the sweep looks further down the list.
    """
    fired = failed = 0
    with open_uow() as uow:
        until, found = uow.now, _look(uow, due(uow.now, limit))
    while found:
        swept = sweeping.each(open_uow, [number for _, number in found], _fire, _note_failure)
        fired, failed = fired + swept.fired, failed + swept.failed
        if fired >= limit:
            break
        with open_uow() as uow:
            found = _look(uow, due(until, limit - fired, after=found[-1]))
    return Swept(fired, failed)


def due(
    until: datetime, limit: int, after: tuple[datetime, int] | None = None
) -> sa.Select[datetime, int]:
    """When it is to be looked at, and the id, of each timer that is due; only those behind `after`."""
    waiting = (
        sa.select(Timer.wake_at, Timer.id)
        .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        .where(Timer.wake_at <= until, ProcessInstance.suspended_at.is_(None))
    )
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], UtcDateTime()), sa.literal(after[1]))
        waiting = waiting.where(sa.tuple_(Timer.wake_at, Timer.id) > place)
    return waiting.order_by(Timer.wake_at, Timer.id).limit(limit)


def _look(uow: UnitOfWork, wanted: sa.Select[datetime, int]) -> list[tuple[datetime, int]]:
    uow.session.connection(execution_options={"readonly": True})  # it needs no write lock
    return [(at, number) for at, number in uow.session.execute(wanted)]


def for_case(uow: UnitOfWork, case_id: int) -> list[Timer]:
    """What a case is waiting for, the next one first."""
    waiting = sa.select(Timer).where(Timer.instance_id == case_id)
    return list(uow.session.scalars(waiting.order_by(Timer.due_at, Timer.id)))


def _fire(uow: UnitOfWork, timer_id: int) -> bool:
    case = lock_case_of_timer(uow, timer_id, wait=False)
    if case is None:
        return False
    timer = uow.session.get(Timer, timer_id, populate_existing=True)
    if timer is None or timer.wake_at > uow.now or case.status != "running":
        return False
    if case.suspended_at is not None:
        return False
    occurrence = openings.occurrence_of(timer)
    told = _told(timer)
    uow.session.delete(timer)
    uow.session.flush()
    if timer.kind == "bpmn":
        applied = cases.apply(uow, case, Event.of(occurrence))
        audit.append(
            uow,
            "timer.fired",
            case=case,
            subject=case.business_key,
            data={**told, **applied.told()},
        )
        cases.record_end(uow, case, applied)
    else:
        _remind(uow, case, timer, told)
    uow.session.flush()
    return True


def _remind(uow: UnitOfWork, case: ProcessInstance, timer: Timer, told: dict[str, Any]) -> None:
    """A reminder tells people and leaves the process where it is."""
    if timer.task_id is None:
        raise LookupError(f"reminder {timer.id} belongs to no task")
    uow.domain.remind(uow, user_tasks.get(uow, timer.task_id))
    audit.append(uow, "timer.fired", case=case, subject=case.business_key, data=told)


def _note_failure(uow: UnitOfWork, timer_id: int, error: str) -> None:
    case = lock_case_of_timer(uow, timer_id, wait=True)
    timer = uow.session.get(Timer, timer_id, populate_existing=True)
    if case is None or timer is None:
        return
    timer.attempts += 1
    timer.last_error = error
    timer.wake_at = uow.now + sweeping.pause(timer.attempts)
    audit.append(
        uow,
        "timer.failed",
        case=case,
        subject=case.business_key,
        data={**_told(timer), "attempts": timer.attempts, "error": error},
    )
    uow.session.flush()


def _told(timer: Timer) -> dict[str, Any]:
    return {
        "timer": timer.id,
        "kind": timer.kind,
        "element": timer.element_id,
        "path": timer.path,
        "item": timer.item,
        "task": timer.task_id,
        "due_at": timer.due_at,
    }
