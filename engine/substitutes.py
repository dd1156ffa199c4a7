"""Substitutes 代理: who may act for whom, in which role, from when to when.

One link only: a substitute acts for the principal, never for somebody the principal stands in for. Both
names are in the evidence, because the actor carries `acting_for`.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine import audit, openings
from engine.database import Actor, UnitOfWork
from engine.errors import NotAllowed
from engine.models import Substitution, UserTask
from engine.text import Sentence


def appoint(
    uow: UnitOfWork,
    principal: Actor,
    substitute: Actor,
    *,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    role: str | None = None,
) -> Substitution:
    """Let `substitute` act for `principal` in that time, in one role or (None) in all."""
    reasons = _wrong(principal, substitute, begins_at, ends_at, uow.now)
    if reasons:
        raise NotAllowed(*reasons)
    row = Substitution(
        principal_id=principal.id,
        principal_name=principal.name,
        substitute_id=substitute.id,
        substitute_name=substitute.name,
        role=role,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=reason,
        appointed_by=uow.actor.id,
        appointed_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    _record(uow, "substitute.appointed", row)
    return row


def revoke(uow: UnitOfWork, substitution_id: int) -> Substitution:
    """End it before its time; what was done under it stands."""
    row = uow.session.get(Substitution, substitution_id, with_for_update=True)
    if row is None or row.revoked_at is not None or row.ends_at <= uow.now:
        raise NotAllowed(
            Sentence("没有生效中的这项代理。", "There is no such substitution in force.")
        )
    row.revoked_at = uow.now
    _record(uow, "substitute.revoked", row)
    return row


def in_force(uow: UnitOfWork, substitute_id: str) -> list[Substitution]:
    """For whom this person may act at this instant."""
    chosen = sa.select(Substitution).where(
        Substitution.substitute_id == substitute_id, *_now(uow.now)
    )
    return list(uow.session.scalars(chosen.order_by(Substitution.id)))


def to_come(uow: UnitOfWork, person_id: str) -> list[Substitution]:
    """Every substitution of this person, for others or by others, that is in force or will be."""
    theirs = sa.or_(Substitution.substitute_id == person_id, Substitution.principal_id == person_id)
    lasting = (Substitution.ends_at > uow.now, Substitution.revoked_at.is_(None))
    chosen = sa.select(Substitution).where(theirs, *lasting)
    return list(uow.session.scalars(chosen.order_by(Substitution.id)))


def refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor may not act for the one named in `acting_for`; empty for who acts in their own name."""
    name = openings.named(uow, task)
    principal = uow.actor.acting_for
    if principal is None:
        return []
    rows = [row for row in in_force(uow, uow.actor.id) if row.principal_id == principal]
    if any(row.role in (None, task.candidate_role) for row in rows):
        return []
    if rows:
        return [
            Sentence(
                f"您对{rows[0].principal_name}的代理不含“{name.zh}”这一岗位。",
                f"Your standing in for {rows[0].principal_name} does not cover “{name.en}”.",
            )
        ]
    return [
        Sentence(
            "您现在没有代理该人员的授权。", "You are not this person's substitute at this time."
        )
    ]


def _now(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    begun = sa.and_(Substitution.begins_at <= now, Substitution.ends_at > now)
    return (begun, Substitution.revoked_at.is_(None))


def _wrong(
    principal: Actor, substitute: Actor, begins_at: datetime, ends_at: datetime, now: datetime
) -> list[Sentence]:
    reasons = []
    if principal.id == substitute.id:
        reasons.append(Sentence("不能代理本人。", "Nobody can be their own substitute."))
    if ends_at <= begins_at:
        reasons.append(
            Sentence("代理的结束时间须晚于开始时间。", "A substitution must end after it begins.")
        )
    elif ends_at <= now:
        reasons.append(Sentence("代理的期限已过。", "The time of the substitution is over."))
    return reasons


def _record(uow: UnitOfWork, action: str, row: Substitution) -> None:
    data = {
        "substitution": row.id,
        "principal": row.principal_id,
        "principal_name": row.principal_name,
        "substitute": row.substitute_id,
        "substitute_name": row.substitute_name,
        "role": row.role,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "reason": row.reason,
    }
    audit.append(uow, action, case=None, subject=f"person:{row.principal_id}", data=data)
    uow.session.flush()
