"""The first act in a database: for whom it is, and the three administrators who share its keys.

The answer to "is this a demo or the real thing?" is an entry of the trail, so nobody can change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import events, people, units
from workflows.errors import Refused
from workflows.models import Person, Unit
from workflows.vocabulary import ROLES

ACTION = "house.founded"
#: domain:C1: accounts, policies and logs are in three different hands.
ADMINISTRATORS = ("sys_admin", "sec_admin", "audit_admin")


@dataclass(frozen=True, slots=True)
class Administrator:
    """One of the first three; the password is the one that this person has set."""

    role: str
    login: str
    name: str
    password: str


def mode(uow: UnitOfWork) -> str | None:
    """`demo` or `production`, or None when nobody has founded anything here."""
    entry = uow.session.scalar(
        sa.select(AuditEntry).where(AuditEntry.action == ACTION).order_by(AuditEntry.id).limit(1)
    )
    return entry.subject if entry is not None else None


def found(uow: UnitOfWork, as_mode: str) -> None:
    """Write down once what this database is for."""
    existing = mode(uow)
    if existing is not None or uow.session.scalar(sa.select(Person.id).limit(1)) is not None:
        raise Refused(
            Sentence(
                "这个数据库已经初始化过，不能再来一次。",
                "This database has been initialised before; it cannot be done twice.",
                "founded",
            )
        )
    events.record(uow, ACTION, subject=as_mode, data={"mode": as_mode})


def found_production(
    uow: UnitOfWork, organ: str, administrators: Sequence[Administrator]
) -> list[Person]:
    """The organ and its three administrators; no password but theirs, no other account."""
    reasons = _not_three(administrators)
    if not organ.strip():
        reasons.append(Sentence("请填写机关名称。", "The organ needs a name.", "organ"))
    if reasons:
        raise Refused(*reasons)
    found(uow, "production")
    unit = units.create_unit(uow, code="organ", name=organ.strip(), kind="government")
    return [_appoint(uow, unit, one) for one in administrators]


def _appoint(uow: UnitOfWork, unit: Unit, one: Administrator) -> Person:
    person = people.create_person(
        uow,
        login=one.login,
        name=one.name,
        post=ROLES[one.role].zh,
        unit_id=unit.id,
        password=one.password,
        must_change_password=False,  # nobody else has ever known it
    )
    people.set_roles(uow, person.id, [people.RoleGrant(one.role, unit.id)])
    return person


def _not_three(administrators: Sequence[Administrator]) -> list[Sentence]:
    """Three roles, three logins, three names: one person with three keys would be no separation."""
    reasons = []
    if sorted(one.role for one in administrators) != sorted(ADMINISTRATORS):
        reasons.append(
            Sentence(
                "要有系统管理员、安全管理员、审计管理员各一人。",
                "One system, one security and one audit administrator are needed.",
                "domain:C1",
            )
        )
    for field, zh, en in (("login", "登录名", "log-in name"), ("name", "姓名", "name")):
        values = [getattr(one, field).strip().lower() for one in administrators]
        if len(set(values)) < len(values) or not all(values):
            reasons.append(
                Sentence(
                    f"三名管理员须是三个不同的人：{zh}不能空、不能相同。",
                    f"The three administrators must be three different persons: each needs a {en} of their own.",
                    "domain:C1",
                )
            )
    return reasons
