"""Appends and reads audit entries. There is no way here to change or remove one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import rows
from engine.audit import event
from engine.database import UnitOfWork
from engine.locks import holds, lock_case
from engine.models import AuditEntry, ProcessInstance


def append(
    uow: UnitOfWork,
    action: str,
    *,
    case: ProcessInstance | None,
    subject: str,
    data: Mapping[str, Any],
) -> None:
    """Record an act in the transaction that did it; with a case, as the next link of its chain.

    Entries without a case (log-ins, reads, refusals) stand alone, so that they never wait for each other.
    """
    actor = uow.actor
    entry: dict[str, Any] = {
        "actor_id": actor.id,
        "actor_name": actor.name,
        "role": actor.role,
        "acting_for": actor.acting_for,
        "action": action,
        "subject": subject,
    }
    locked = case if case is None or holds(uow, case) else lock_case(uow, case.id)
    if case is not None and locked is None:
        raise LookupError(f"case {case.id} has gone while evidence of it was written")
    number = None if locked is None else locked.trail_length + 1
    link = {
        "case": locked and locked.id,
        "seq": number,
        "previous": locked and locked.trail_head,
    }
    payload = event.payload({**entry, **link, "at": uow.now, "address": actor.address}, data)
    digest = None if locked is None else event.digest(payload)
    if locked is not None:
        rows.change(uow, locked, trail_head=digest, trail_length=number)
    entry |= {
        "case_id": link["case"],
        "case_seq": number,
        "previous_hash": link["previous"],
        "hash": digest,
        "at": uow.now,
        "payload": payload,
    }
    rows.add(uow, AuditEntry, entry)


def entries(uow: UnitOfWork, case_id: int) -> list[AuditEntry]:
    """The trail of a case, first entry first."""
    chosen = sa.select(AuditEntry).where(AuditEntry.case_id == case_id)
    return list(uow.session.scalars(chosen.order_by(AuditEntry.case_seq)))
