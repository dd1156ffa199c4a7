"""Roles with dates: who holds what, where, from when until when; given by the security administrator.

domain:C1: the inspector and the three administrators hold nothing else, and nobody sets their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, permissions, rerouting
from workflows.errors import NotFound, Refused
from workflows.models import Person, RoleHolding, Unit
from workflows.units import get_unit
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role to be held in a unit, from a day until another (included) or until further notice."""

    role: str
    unit_id: int
    valid_from: date | None = None  # None: from today
    valid_until: date | None = None


def roles_of(uow: UnitOfWork, person_id: int) -> list[RoleHolding]:
    """What this person holds today."""
    return permissions.holdings(uow, person_id)


def roles_of_all(uow: UnitOfWork, person_ids: Sequence[int]) -> dict[int, list[RoleHolding]]:
    """What each of these people holds today; one statement."""
    wanted = (
        sa.select(RoleHolding)
        .where(RoleHolding.person_id.in_(person_ids), permissions.holds_now(uow))
        .options(joinedload(RoleHolding.unit))
    )
    found: dict[int, list[RoleHolding]] = {one: [] for one in person_ids}
    for held in uow.session.scalars(wanted.order_by(RoleHolding.id)):
        found[held.person_id].append(held)
    return found


def granted(uow: UnitOfWork, person_id: int) -> list[RoleHolding]:
    """What this person holds today or will hold: what `set_roles` replaces."""
    ahead = sa.or_(
        RoleHolding.valid_until.is_(None), RoleHolding.valid_until >= local_date(uow.now)
    )
    wanted = sa.select(RoleHolding).where(
        RoleHolding.person_id == person_id, RoleHolding.revoked_at.is_(None), ahead
    )
    return list(uow.session.scalars(wanted.order_by(RoleHolding.id)))


def groups_of(uow: UnitOfWork, person_id: int) -> list[str]:
    """The inboxes this person draws from: `role:unit_id`, roles of the chain only."""
    return [
        f"{held.role}:{held.unit_id}"
        for held in roles_of(uow, person_id)
        if held.role in permissions.CHAIN_ROLES
    ]


def set_roles(uow: UnitOfWork, person_id: int, grants: Sequence[RoleGrant]) -> list[RoleHolding]:
    """From now on the person holds exactly these. Only the security administrator, and not for themselves."""
    permissions.ensure(permissions.roles_refusals(uow))
    person = uow.session.get(Person, person_id)
    if person is None:
        raise NotFound
    if reasons := _grant_refusals(uow, person, grants):
        raise Refused(*reasons)
    _hold_exactly(uow, person, grants)
    uow.session.flush()
    events.record(
        uow,
        "roles.set",
        subject=f"person:{person.id}",
        data={"name": person.name, **_told(uow, grants)},
    )
    rerouting.review(uow, person_id=person.id)
    return roles_of(uow, person.id)


def _hold_exactly(uow: UnitOfWork, person: Person, grants: Sequence[RoleGrant]) -> None:
    """Keep what is asked for again, end the rest at once, add what is new."""
    today = local_date(uow.now)
    wanted = {(g.role, g.unit_id, g.valid_from or today, g.valid_until) for g in grants}
    current = sa.select(RoleHolding).where(
        RoleHolding.person_id == person.id, RoleHolding.revoked_at.is_(None)
    )
    for held in uow.session.scalars(current):
        # an open-ended role asked for “from today” again is the same role, held since then
        same = {
            (held.role, held.unit_id, held.valid_from, held.valid_until),
            (held.role, held.unit_id, max(held.valid_from, today), held.valid_until),
        }
        if kept := wanted & same:
            wanted -= kept
        elif held.valid_until is None or held.valid_until >= today:
            held.revoked_at = uow.now
    for role, unit_id, valid_from, valid_until in sorted(wanted, key=str):
        uow.session.add(
            RoleHolding(
                person_id=person.id,
                unit_id=unit_id,
                role=role,
                valid_from=valid_from,
                valid_until=valid_until,
                granted_at=uow.now,
                granted_by=uow.actor.id,
            )
        )


def _grant_refusals(uow: UnitOfWork, person: Person, grants: Sequence[RoleGrant]) -> list[Sentence]:
    reasons: list[Sentence] = []
    today = local_date(uow.now)
    if str(person.id) == uow.actor.id:
        reasons.append(Sentence("不能设置自己的角色。", "You cannot set your own roles."))
    if not person.active:
        reasons.append(Sentence("账号已停用，请先恢复。", "The account is deactivated."))
    for grant in grants:
        if grant.role not in ROLES:
            reasons.append(Sentence(f"没有“{grant.role}”这个角色。", f"No role “{grant.role}”."))
        if uow.session.get(Unit, grant.unit_id) is None:
            reasons.append(Sentence("角色所在的单位不存在。", "The unit of a role does not exist."))
        if grant.valid_until and grant.valid_until < (grant.valid_from or today):
            reasons.append(Sentence("角色的终止日早于起始日。", "A role ends before it begins."))
    return list(dict.fromkeys([*reasons, *exclusive_refusals({g.role for g in grants})]))


def exclusive_refusals(held: Iterable[str]) -> list[Sentence]:
    """domain:C1: inspector and the three administrators exclude each other and the whole chain."""
    known = [code for code in ROLES if code in set(held)]
    outside = [code for code in known if code in OUTSIDE_THE_CHAIN]
    if not outside or len(known) == 1:
        return []
    zh = "、".join(ROLES[code].zh for code in known)
    en = ", ".join(ROLES[code].en for code in known)
    return [
        Sentence(
            f"{ROLES[code].zh}不能与其他角色由一人兼任（现为：{zh}）。",
            f"{ROLES[code].en} excludes every other role (asked for: {en}).",
            "domain:C1",
        )
        for code in outside
    ]


def _told(uow: UnitOfWork, grants: Sequence[RoleGrant]) -> dict[str, object]:
    named = [(ROLES[grant.role], get_unit(uow, grant.unit_id).name) for grant in grants]
    return {
        "roles": "、".join(f"{role.zh}（{unit}）" for role, unit in named) or "无",
        "roles_en": ", ".join(f"{role.en} ({unit})" for role, unit in named) or "none",
        "grants": [
            {
                "role": grant.role,
                "unit": grant.unit_id,
                "from": grant.valid_from.isoformat() if grant.valid_from else None,
                "until": grant.valid_until.isoformat() if grant.valid_until else None,
            }
            for grant in grants
        ],
    }
