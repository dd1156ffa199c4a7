"""外出与代理: while somebody is away, another acts for them, in their roles, with both names on record (domain:C7).

What the substitute may do is what the principal may, in the roles that were lent, and separation of duties
counts both persons. Roles outside the chain are never lent, and nobody outside the chain stands in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from engine import substitutes
from engine.clock import CHINA, local_date
from engine.database import Actor, UnitOfWork
from engine.errors import NotAllowed
from engine.models import Substitution
from engine.text import Sentence
from workflows import draft_limits, notices, people, permissions
from workflows.errors import NotFound, Refused
from workflows.models import Decision, Person, RoleHolding
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES, label


def appoint(
    uow: UnitOfWork,
    principal_id: int,
    substitute_id: int,
    *,
    first: date,
    last: date,
    reason: str,
    role: str | None = None,
) -> Substitution:
    """Let somebody act for a person from a day to another (included), in one role or in all of the chain.

    By the person themselves, or by the security administrator for somebody who could not.
    """
    _ensure_may(uow, principal_id)
    principal = people.get_person(uow, principal_id)
    substitute = people.get_person(uow, substitute_id)
    why = draft_limits.reason(reason)
    reasons = _refusals(uow, principal, substitute, first, last, why, role)
    if reasons:
        raise Refused(*reasons)
    begins = max(uow.now, datetime.combine(first, time(0), CHINA))
    ends = datetime.combine(last + timedelta(days=1), time(0), CHINA)
    try:
        row = substitutes.appoint(
            uow,
            Actor(str(principal.id), principal.name),
            Actor(str(substitute.id), substitute.name),
            begins_at=begins,
            ends_at=ends,
            reason=why,
            role=role,
        )
    except NotAllowed as refusal:
        raise Refused(*refusal.reasons) from refusal
    text = Sentence(
        f"{principal.name}请您从 {first} 到 {last} 代理其岗位。",
        f"{principal.name} asks you to stand in from {first} to {last}.",
        "standing_in",
    )
    notices.tell(uow, [substitute.id], "standing_in", text, link="/account/leave")
    return row


def _ensure_may(uow: UnitOfWork, principal_id: int) -> None:
    if uow.actor.acting_for is not None:  # one link only: nobody lends what was lent
        permissions.ensure(
            [Sentence("代理他人时不能再委托代理。", "Whoever stands in lends nothing on.", "chain")]
        )
    if permissions.actor_id(uow) != principal_id:
        permissions.ensure(permissions.roles_refusals(uow))


def _refusals(
    uow: UnitOfWork,
    principal: Person,
    substitute: Person,
    first: date,
    last: date,
    why: str,
    role: str | None,
) -> list[Sentence]:
    reasons = []
    lent = {held.role for held in permissions.own(uow, principal.id)} - OUTSIDE_THE_CHAIN
    if not lent:
        reasons.append(
            Sentence("没有可以代理的岗位。", "There is no role of the chain to lend.", "role")
        )
    elif role is not None and role not in lent:
        reasons.append(
            Sentence(
                f"{principal.name}没有“{label(ROLES, role)}”岗位。",
                f"{principal.name} does not hold “{label(ROLES, role, 'en')}”.",
                "role",
            )
        )
    theirs = {held.role for held in permissions.own(uow, substitute.id)}
    if not substitute.active or theirs & OUTSIDE_THE_CHAIN:
        reasons.append(
            Sentence(
                "代理人须是在用人员，且不是监督检查员或管理员。",
                "A substitute has an account in use and is neither inspector nor administrator.",
                "substitute",
            )
        )
    if first < local_date(uow.now):
        reasons.append(Sentence("不能从过去的日期起。", "It cannot begin in the past.", "first"))
    if last < first or (last - first).days > 366:
        reasons.append(
            Sentence("请核对起止日期，最长一年。", "Check the dates; at most one year.", "last")
        )
    if not why:
        reasons.append(Sentence("请写明原因。", "Say why.", "reason"))
    return reasons


def revoke(uow: UnitOfWork, substitution_id: int) -> Substitution:
    """End it before its time; what was done under it stands."""
    row = uow.session.get(Substitution, substitution_id)
    if row is None or not row.principal_id.isdecimal():
        raise NotFound
    _ensure_may(uow, int(row.principal_id))
    try:
        return substitutes.revoke(uow, substitution_id)
    except NotAllowed as refusal:
        raise Refused(*refusal.reasons) from refusal


def for_whom(uow: UnitOfWork) -> list[Substitution]:
    """For whom the actor may act now."""
    return substitutes.in_force(uow, uow.actor.id)


def of(uow: UnitOfWork, person_id: int) -> list[Substitution]:
    """Who acts for this person now or will, the next first."""
    query = sa.select(Substitution).where(
        Substitution.principal_id == str(person_id),
        Substitution.revoked_at.is_(None),
        Substitution.ends_at > uow.now,
    )
    return list(uow.session.scalars(query.order_by(Substitution.begins_at, Substitution.id)))


def with_substitutes(uow: UnitOfWork, told: Iterable[int], role: str) -> list[int]:
    """These people and whoever stands in for one of them in this role now."""
    ids = list(told)
    query = sa.select(Substitution.substitute_id).where(
        Substitution.principal_id.in_([str(one) for one in ids]),
        Substitution.begins_at <= uow.now,
        Substitution.ends_at > uow.now,
        Substitution.revoked_at.is_(None),
        sa.or_(Substitution.role.is_(None), Substitution.role == role),
    )
    return list(dict.fromkeys([*ids, *(int(one) for one in uow.session.scalars(query))]))


def candidates(uow: UnitOfWork, person_id: int) -> list[Person]:
    """Whom a person may choose: colleagues of the chain in the same unit or in those above."""
    from_here = people.get_person(uow, person_id).unit_id
    colleagues = people.colleagues(uow, from_here, but=person_id)
    outside = sa.select(RoleHolding.person_id).where(
        RoleHolding.role.in_(sorted(OUTSIDE_THE_CHAIN)), permissions.holds_now(uow)
    )
    barred = set(uow.session.scalars(outside))
    return [one for one in colleagues if one.id not in barred]


def both_names(uow: UnitOfWork, decision: Decision) -> dict[str, str]:
    """What the trail keeps of a decision that was made for somebody else: the name of that person."""
    if decision.acting_for_id is None:
        return {}
    principal = uow.session.get(Person, decision.acting_for_id)
    return {"acting_for": principal.name if principal else ""}
