"""Appends and reads audit entries. There is no way here to change or remove one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.audit import event
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import AuditEntry, ProcessInstance


def append(
    uow: UnitOfWork,
    action: str,
    *,
    case: ProcessInstance | None,
    subject: str,
    data: Mapping[str, Any],
) -> AuditEntry:
    """Record an act in the transaction that did it; with a case, as the next link of its chain.

    Entries without a case (log-ins, reads, refusals) stand alone, so that they never wait for each other.
    """
    entry = AuditEntry(
        at=uow.now,
        actor_id=uow.actor.id,
        actor_name=uow.actor.name,
        role=uow.actor.role,
        acting_for=uow.actor.acting_for,
        action=action,
        subject=subject,
    )
    locked = None if case is None else lock_case(uow, case.id)
    if case is not None and locked is None:
        raise LookupError(f"case {case.id} has gone while evidence of it was written")
    if locked is not None:
        entry.case_id = locked.id
        entry.case_seq = locked.trail_length + 1
        entry.previous_hash = locked.trail_head
    entry.payload = event.payload(columns(entry) | {"address": uow.actor.address}, data)
    if locked is not None:
        entry.hash = event.digest(entry.payload)
        locked.trail_head, locked.trail_length = entry.hash, locked.trail_length + 1
    uow.session.add(entry)
    return entry


def columns(entry: AuditEntry) -> dict[str, Any]:
    """What the columns say of an entry, under the names that the payload uses as well."""
    return {
        "action": entry.action,
        "acting_for": entry.acting_for,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "at": event.instant(entry.at),
        "case": entry.case_id,
        "previous": entry.previous_hash,
        "role": entry.role,
        "seq": entry.case_seq,
        "subject": entry.subject,
    }


def entries(uow: UnitOfWork, case_id: int) -> list[AuditEntry]:
    """The trail of a case, first entry first."""
    chosen = sa.select(AuditEntry).where(AuditEntry.case_id == case_id)
    return list(uow.session.scalars(chosen.order_by(AuditEntry.case_seq)))
