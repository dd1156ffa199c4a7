"""People and their roles with dates. Every change is an entry of the trail; nobody is ever deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from argon2 import PasswordHasher

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, passwords, permissions
from workflows.errors import NotFound, Refused
from workflows.logins import (
    authenticate,
    close_session,
    open_session,
    revoke_sessions,
    session_person,
)
from workflows.models import Person, RoleHolding, Unit
from workflows.passwords import STRONG
from workflows.units import get_unit
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES

__all__ = [
    "RoleGrant",
    "authenticate",
    "change_password",
    "close_session",
    "create_person",
    "deactivate",
    "get_person",
    "granted",
    "groups_of",
    "holders",
    "list_people",
    "members_of",
    "open_session",
    "reactivate",
    "reset_password",
    "roles_of",
    "session_person",
    "set_roles",
]

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role to be held in a unit, from a day until another (included) or until further notice."""

    role: str
    unit_id: int
    valid_from: date | None = None  # None: from today
    valid_until: date | None = None


def get_person(uow: UnitOfWork, person_id: int) -> Person:
    """The person, or NotFound."""
    person = uow.session.get(Person, person_id)
    if person is None:
        raise NotFound()
    return person


def list_people(
    uow: UnitOfWork,
    *,
    unit_id: int | None = None,
    text: str = "",
    after: int | None = None,
    limit: int = 50,
) -> list[Person]:
    """People in the order of their ids, continued after one; for administrators and inspectors."""
    permissions.ensure(permissions.directory_refusals(uow))
    wanted = sa.select(Person).order_by(Person.id).limit(limit)
    if unit_id is not None:
        wanted = wanted.where(Person.unit_id == unit_id)
    if text.strip():
        wanted = wanted.where(
            sa.or_(
                Person.name.contains(text.strip(), autoescape=True),
                Person.login.contains(text.strip().lower(), autoescape=True),
            )
        )
    if after is not None:
        wanted = wanted.where(Person.id > after)
    return list(uow.session.scalars(wanted))


def roles_of(uow: UnitOfWork, person_id: int) -> list[RoleHolding]:
    """What this person holds today."""
    return permissions.holdings(uow, person_id)


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


def holders(uow: UnitOfWork, role: str, unit_id: int) -> list[Person]:
    """Active people who hold this role in exactly this unit today."""
    held = sa.select(RoleHolding.person_id).where(
        RoleHolding.role == role, RoleHolding.unit_id == unit_id, permissions.holds_now(uow)
    )
    return list(
        uow.session.scalars(sa.select(Person).where(Person.id.in_(held)).order_by(Person.id))
    )


def members_of(uow: UnitOfWork, group: str) -> list[int]:
    """The people who draw from this inbox today."""
    role, _, unit_id = group.partition(":")
    return [p.id for p in holders(uow, role, int(unit_id))] if unit_id.isdecimal() else []


def create_person(
    uow: UnitOfWork,
    *,
    login: str,
    name: str,
    unit_id: int,
    password: str,
    post: str = "",
    must_change_password: bool = True,
    hasher: PasswordHasher = STRONG,
) -> Person:
    """A new account without roles. Only the system administrator."""
    permissions.ensure(permissions.accounts_refusals(uow))
    login, name = login.strip().lower(), name.strip()
    reasons = [*_login_refusals(uow, login), *passwords.refusals(password, login)]
    if not 1 <= len(name) <= 60:
        reasons.append(Sentence("请填写姓名（60 字以内）。", "Give a name of up to 60 characters."))
    if uow.session.get(Unit, unit_id) is None:
        reasons.append(Sentence("请选择单位。", "Choose a unit."))
    if reasons:
        raise Refused(*reasons)
    person = Person(
        login=login,
        name=name,
        post=post.strip()[:60],
        unit_id=unit_id,
        password_hash=hasher.hash(password),
        must_change_password=must_change_password,
        created_at=uow.now,
    )
    uow.session.add(person)
    uow.session.flush()
    _record(uow, "person.created", person, login=login)
    return person


def _login_refusals(uow: UnitOfWork, login: str) -> list[Sentence]:
    if not _LOGIN.fullmatch(login):
        return [
            Sentence(
                "登录名用 2 至 60 个小写字母、数字、点、横线或下划线，以字母或数字开头。",
                "A login has 2 to 60 lower-case letters, digits, dots, dashes or underscores.",
            )
        ]
    if uow.session.scalar(sa.select(Person.id).where(Person.login == login)) is not None:
        return [Sentence(f"登录名“{login}”已被使用。", f"The login “{login}” is taken.")]
    return []


def change_password(
    uow: UnitOfWork,
    old: str,
    new: str,
    *,
    keep_token: str | None = None,
    hasher: PasswordHasher = STRONG,
) -> None:
    """The acting person's own password; their other sessions end."""
    person = permissions.acting_person(uow)
    reasons = passwords.refusals(new, person.login)
    if not passwords.matches(hasher, person.password_hash, old):
        reasons.insert(0, Sentence("原密码不正确。", "The old password is wrong."))
    elif old == new:
        reasons.append(Sentence("新密码不能与原密码相同。", "The new password is the old one."))
    if reasons:
        raise Refused(*reasons)
    _set_password(person, new, hasher, must_change=False)
    revoke_sessions(uow, person.id, except_token=keep_token)
    _record(uow, "password.changed", person)


def reset_password(
    uow: UnitOfWork, person_id: int, new: str, *, hasher: PasswordHasher = STRONG
) -> None:
    """A first password given by the system administrator; it must be changed at the next log-in."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person = get_person(uow, person_id)
    if reasons := passwords.refusals(new, person.login):
        raise Refused(*reasons)
    _set_password(person, new, hasher, must_change=True)
    revoke_sessions(uow, person.id)
    _record(uow, "password.reset", person)


def _set_password(person: Person, new: str, hasher: PasswordHasher, *, must_change: bool) -> None:
    person.password_hash = hasher.hash(new)
    person.must_change_password = must_change


def deactivate(uow: UnitOfWork, person_id: int, reason: str) -> None:
    """No more log-ins, no more tasks; decisions made stay as they are (domain:C5)."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person = get_person(uow, person_id)
    reasons = []
    if not reason.strip():
        reasons.append(Sentence("请说明停用的理由。", "Say why the account is deactivated."))
    if str(person.id) == uow.actor.id:
        reasons.append(Sentence("不能停用自己的账号。", "You cannot deactivate your own account."))
    if reasons:
        raise Refused(*reasons)
    if not person.active:
        return
    person.active, person.deactivated_at = False, uow.now
    revoke_sessions(uow, person.id)
    _record(uow, "person.deactivated", person, reason=reason.strip())


def reactivate(uow: UnitOfWork, person_id: int) -> None:
    """The account works again, with the roles whose dates still run."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person = get_person(uow, person_id)
    if person.active:
        return
    person.active, person.deactivated_at = True, None
    _record(uow, "person.reactivated", person)


def set_roles(uow: UnitOfWork, person_id: int, grants: Sequence[RoleGrant]) -> list[RoleHolding]:
    """From now on the person holds exactly these. Only the security administrator, and not for themselves."""
    permissions.ensure(permissions.roles_refusals(uow))
    person = get_person(uow, person_id)
    if reasons := _grant_refusals(uow, person, grants):
        raise Refused(*reasons)
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
    uow.session.flush()
    _record(uow, "roles.set", person, **_told(uow, grants))
    return roles_of(uow, person.id)


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


def _record(uow: UnitOfWork, action: str, person: Person, **data: object) -> None:
    events.record(uow, action, subject=f"person:{person.id}", data={"name": person.name, **data})
