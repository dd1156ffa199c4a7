"""Effects outside the database: asked for in the act's transaction, carried out after its commit.

At least once: a worker that dies between the effect and its mark leaves the item to the next one, so an
effect must bear being repeated (`dedupe_key` names it). An item is leased alone, just before its turn: what
kills its worker counts against no other, waits longer each time as a failure does, and is given up in the end.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

import sqlalchemy as sa

from engine import audit, sweeping
from engine.audit.event import canonical
from engine.database import UnitOfWork, UtcDateTime
from engine.errors import EngineError
from engine.models import OutboxItem
from engine.once import insert_if_new
from engine.sweeping import OpenUow, Swept
from engine.text import Sentence

#: Carries out one effect; called outside any transaction.
Deliver: TypeAlias = "Callable[[Mapping[str, Any]], None]"

LEASE = timedelta(minutes=5)

#: After so many failures (about two days) somebody has to look.
MOST_ATTEMPTS = 16

#: The error of what was given up because no worker lived to tell of another.
LOST = "执行它的进程没有回来。Its worker did not come back."


class NoDeadLetter(EngineError):
    """Nothing with this number was given up."""


logger = logging.getLogger(__name__)


def put(
    uow: UnitOfWork,
    kind: str,
    payload: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Ask for an effect. Asked twice under one `dedupe_key`, it is kept once."""
    item = {
        "kind": kind,
        "payload": canonical(payload),
        "dedupe_key": dedupe_key,
        "created_at": uow.now,
        "due_at": due_at or uow.now,
        "attempts": 0,
    }
    uow.session.execute(insert_if_new(uow, OutboxItem).values(item))


def work(
    open_uow: OpenUow, deliver: Mapping[str, Deliver], *, worker: str, limit: int = 50
) -> Swept:
    """Lease what is due, one at a time, carry it out, mark it; two workers never hold the same item at once."""
    with open_uow() as uow:
        _give_up_lost(uow)
        uow.commit()
    fired = failed = 0
    while fired + failed < limit:
        with open_uow() as uow:
            leased = _lease(uow, worker)
            uow.commit()
        if leased is None:
            break
        number, kind, payload = leased
        error = _attempt(deliver, kind, payload)
        with open_uow() as uow:
            if error is None:
                _mark(uow, number, worker, done_at=uow.now)
                fired += 1
            else:
                _note_failure(uow, number, worker, error)
                failed += 1
            uow.commit()
    return Swept(fired, failed)


def dead_letters(uow: UnitOfWork, *, limit: int = 100) -> list[OutboxItem]:
    """What was given up and waits for somebody to look, the oldest first."""
    given_up = sa.select(OutboxItem).where(OutboxItem.given_up_at.is_not(None))
    return list(
        uow.session.scalars(given_up.order_by(OutboxItem.given_up_at, OutboxItem.id).limit(limit))
    )


def waiting(uow: UnitOfWork) -> int:
    """How many effects are still to be carried out."""
    open_ones = OutboxItem.done_at.is_(None) & OutboxItem.given_up_at.is_(None)
    return uow.session.scalar(sa.select(sa.func.count(OutboxItem.id)).where(open_ones)) or 0


def try_again(uow: UnitOfWork, number: int) -> OutboxItem:
    """Put a dead letter back among what is due, with all its attempts before it; the act is on record.

    Raises NoDeadLetter if nothing with this number was given up.
    """
    locked = sa.select(OutboxItem).where(OutboxItem.id == number).with_for_update()
    item = uow.session.scalar(locked)
    if item is None or item.given_up_at is None:
        raise NoDeadLetter(
            Sentence(
                f"编号{number}不在死信里：没有这一项，或它还在等待、已经办成。",
                f"Number {number} is no dead letter: there is none, or it still waits, or was done.",
            )
        )
    told = {"item": item.id, "kind": item.kind, "attempts": item.attempts, "error": item.last_error}
    item.given_up_at, item.due_at, item.attempts = None, uow.now, 0
    audit.append(uow, "outbox.retried", case=None, subject=f"outbox:{item.id}", data=told)
    uow.session.flush()
    return item


def _give_up_lost(uow: UnitOfWork) -> None:
    """A failure is told by its worker, who gives up then; the last try of these was told by nobody."""
    tried = OutboxItem.attempts >= MOST_ATTEMPTS
    lost = sa.update(OutboxItem).where(_due(uow), tried)
    free = {"leased_by": None, "leased_until": None}
    uow.session.execute(
        lost.values(**free, given_up_at=uow.now, last_error=LOST),
        execution_options={"synchronize_session": False},
    )


def _lease(uow: UnitOfWork, worker: str) -> tuple[int, str, str] | None:
    """One statement takes the item and its lease (SKIP LOCKED where the database has it).

    Its next turn is put off already now: whoever dies of it cannot do that any more.
    """
    due = sa.select(OutboxItem.id).where(_due(uow), OutboxItem.attempts < MOST_ATTEMPTS)
    due = due.order_by(OutboxItem.due_at, OutboxItem.id).limit(1)
    next_turns = {n: uow.now + sweeping.pause(n + 1) for n in range(MOST_ATTEMPTS)}
    take = (
        sa.update(OutboxItem)
        .where(OutboxItem.id == due.with_for_update(skip_locked=True).scalar_subquery())
        .values(
            leased_by=worker,
            leased_until=uow.now + LEASE,
            attempts=OutboxItem.attempts + 1,
            due_at=sa.case(
                {n: sa.literal(at, UtcDateTime()) for n, at in next_turns.items()},
                value=OutboxItem.attempts,
            ),
        )
        .returning(OutboxItem.id, OutboxItem.kind, OutboxItem.payload)
        .execution_options(synchronize_session=False)
    )
    row = uow.session.execute(take).first()
    return None if row is None else (row.id, row.kind, row.payload)


def _due(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """Waits, its time has come, and no worker holds it."""
    waiting = OutboxItem.done_at.is_(None) & OutboxItem.given_up_at.is_(None)
    free = sa.or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < uow.now)
    return sa.and_(waiting, OutboxItem.due_at <= uow.now, free)


def _attempt(deliver: Mapping[str, Deliver], kind: str, payload: str) -> str | None:
    try:
        if kind not in deliver:
            raise LookupError(f"nothing here carries out {kind!r}")
        deliver[kind](json.loads(payload))
    except Exception as error:
        logger.exception("outbox: %s failed", kind)
        return sweeping.told(error)
    return None


def _mark(uow: UnitOfWork, number: int, worker: str, **values: Any) -> int:
    """Only the holder of the lease may mark: one that overslept it must not undo the next one's work."""
    own = sa.update(OutboxItem).where(OutboxItem.id == number, OutboxItem.leased_by == worker)
    free = {"leased_by": None, "leased_until": None}
    result = uow.session.execute(
        own.values(**free, **values), execution_options={"synchronize_session": False}
    )
    return cast("sa.CursorResult[Any]", result).rowcount


def _note_failure(uow: UnitOfWork, number: int, worker: str, error: str) -> None:
    attempts = uow.session.scalar(sa.select(OutboxItem.attempts).where(OutboxItem.id == number))
    tried = attempts or 1
    given_up = uow.now if tried >= MOST_ATTEMPTS else None
    due = uow.now + sweeping.pause(tried)
    _mark(uow, number, worker, last_error=error, due_at=due, given_up_at=given_up)
