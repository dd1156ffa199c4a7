"""Effects outside the database: asked for in the act's transaction, carried out after its commit.

At least once: a worker that dies between the effect and its mark leaves the item to the next one, so an
effect must bear being repeated (`dedupe_key` names it).
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
from engine.database import UnitOfWork
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
    """Lease what is due, carry it out, mark it; two workers never hold the same item at once."""
    with open_uow() as uow:
        leased = _lease(uow, worker, limit)
        uow.commit()
    fired = failed = 0
    for number, kind, payload in leased:
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


def _lease(uow: UnitOfWork, worker: str, limit: int) -> list[tuple[int, str, str]]:
    """One statement takes the items and their leases (SKIP LOCKED where the database has it)."""
    free = sa.or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < uow.now)
    waiting = OutboxItem.done_at.is_(None) & OutboxItem.given_up_at.is_(None)
    due = sa.select(OutboxItem.id).where(waiting, OutboxItem.due_at <= uow.now, free)
    due = due.order_by(OutboxItem.due_at, OutboxItem.id).limit(limit)
    take = (
        sa.update(OutboxItem)
        .where(OutboxItem.id.in_(due.with_for_update(skip_locked=True)))
        .values(leased_by=worker, leased_until=uow.now + LEASE, attempts=OutboxItem.attempts + 1)
        .returning(OutboxItem.id, OutboxItem.kind, OutboxItem.payload)
        .execution_options(synchronize_session=False)
    )
    return sorted((row.id, row.kind, row.payload) for row in uow.session.execute(take))


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
