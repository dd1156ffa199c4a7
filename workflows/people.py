"""People and their accounts. Every change is an entry of the trail; nobody is ever deleted.

What belongs to people but stands elsewhere (log-ins, roles) can be had from here by one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import draft_limits, events, passwords, permissions, rerouting, typed, units
from workflows.errors import NotFound, Refused
from workflows.logins import (
    authenticate,
    close_session,
    open_session,
    revoke_sessions,
    session_person,
)
from workflows.models import Person, Unit
from workflows.passwords import STRONG
from workflows.role_holdings import (
    RoleGrant,
    exclusive_refusals,
    granted,
    groups_of,
    roles_of,
    roles_of_all,
    set_roles,
)

__all__ = [
    "RoleGrant",
    "authenticate",
    "change_password",
    "close_session",
    "create_person",
    "deactivate",
    "exclusive_refusals",
    "get_person",
    "granted",
    "groups_of",
    "list_people",
    "open_session",
    "reactivate",
    "reset_password",
    "roles_of",
    "roles_of_all",
    "session_person",
    "set_roles",
]

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


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
    wanted = sa.select(Person).options(joinedload(Person.unit)).order_by(Person.id).limit(limit)
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


def colleagues(uow: UnitOfWork, unit_id: int, *, but: int) -> list[Person]:
    """Everybody with an account in a unit or in those above, by name; for choosing one of them."""
    query = (
        sa.select(Person)
        .where(Person.unit_id.in_(units.upwards(uow, unit_id)), Person.active, Person.id != but)
        .options(joinedload(Person.unit))
    )
    return list(uow.session.scalars(query.order_by(Person.name, Person.id).limit(500)))


def logins(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, str]:
    """The log-in of each of these people."""
    rows = uow.session.execute(sa.select(Person.id, Person.login).where(Person.id.in_(list(ids))))
    return {row.id: row.login for row in rows}


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
    login, name = login.strip().lower(), typed.line(name)
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
        post=typed.line(post)[:60],
        unit_id=unit_id,
        password_hash=hasher.hash(password),
        must_change_password=must_change_password,
        created_at=uow.now,
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(person)
    except IntegrityError as error:  # the same login, a moment ago, in another window
        raise Refused(_taken(login)) from error
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
        return [_taken(login)]
    return []


def _taken(login: str) -> Sentence:
    return Sentence(f"登录名“{login}”已被使用。", f"The login “{login}” is taken.")


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
    """No more log-ins, tasks held go to others; decisions made stay as they are (domain:C5)."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person = get_person(uow, person_id)
    reasons = []
    reason = draft_limits.reason(reason)
    if not reason:
        reasons.append(Sentence("请说明停用的理由。", "Say why the account is deactivated."))
    if str(person.id) == uow.actor.id:
        reasons.append(Sentence("不能停用自己的账号。", "You cannot deactivate your own account."))
    if reasons:
        raise Refused(*reasons)
    if not person.active:
        return
    person.active, person.deactivated_at = False, uow.now
    revoke_sessions(uow, person.id)
    _record(uow, "person.deactivated", person, reason=reason)
    uow.session.flush()
    rerouting.review(uow, person_id=person.id)


def reactivate(uow: UnitOfWork, person_id: int) -> None:
    """The account works again, with the roles whose dates still run."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person = get_person(uow, person_id)
    if person.active:
        return
    person.active, person.deactivated_at = True, None
    _record(uow, "person.reactivated", person)
    uow.session.flush()
    rerouting.review(uow, person_id=person.id)


def _record(uow: UnitOfWork, action: str, person: Person, **data: object) -> None:
    events.record(uow, action, subject=f"person:{person.id}", data={"name": person.name, **data})
