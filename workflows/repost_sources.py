"""转载来源名单: websites that an office may repost from besides the government's own (domain:A1.9).

Laid down by a unit for itself and those below it, with the document that names them (稿源单位). The short
chain of a repost is open to these sources alone; taking one off the list changes no item handed in before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import draft_limits, events, permissions, reposts, typed, units
from workflows.errors import Refused
from workflows.models import RepostSource, Unit

#: Under these, whoever likes has a website: none of them is a source.
SHARED = frozenset({"com.cn", "net.cn", "org.cn", "edu.cn", "ac.cn"})
MOST_NAME = 100

_HOST = re.compile(
    r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def hosts(uow: UnitOfWork, unit_id: int, at: datetime | None = None) -> frozenset[str]:
    """The hosts on the list for a unit's items: its own and those of the units above; now, or at an instant."""
    return frozenset(row.host for row in _latest(uow, unit_id, at) if row.allowed)


def listed(uow: UnitOfWork, unit_id: int) -> list[RepostSource]:
    """What is on the list for a unit now, by host, each with the unit that laid it down."""
    found = [row for row in _latest(uow, unit_id) if row.allowed]
    return sorted(found, key=lambda row: (row.host, row.unit_id))


def history(uow: UnitOfWork, unit_id: int) -> list[RepostSource]:
    """What a unit itself put on the list and took off it, the latest first."""
    query = sa.select(RepostSource).where(RepostSource.unit_id == unit_id)
    named = query.options(joinedload(RepostSource.setter))
    return list(uow.session.scalars(named.order_by(RepostSource.id.desc())))


def allow(uow: UnitOfWork, unit_id: int, address: str, *, name: str, basis: str) -> RepostSource:
    """Put a website on the list. `address`: its host, or any address of it. Only the security administrator."""
    permissions.ensure(permissions.roles_refusals(uow))
    unit, host = units.get_unit(uow, unit_id), reposts.host_of(address)
    called, told = typed.line(name), draft_limits.reason(basis)
    reasons = [*_no_source(host, address), *_unnamed(called), *_without_basis(told)]
    if host in {row.host for row in _own(uow, unit_id)}:
        reasons.append(
            Sentence(f"{host} 已在名单上。", f"{host} is on the list already.", "listed")
        )
    if reasons:
        raise Refused(*reasons)
    return _write(uow, unit, host, called, told, allowed=True)


def withdraw(uow: UnitOfWork, unit_id: int, host: str, *, basis: str) -> RepostSource:
    """Take a website that the unit itself put on the list off it again. Only the security administrator."""
    permissions.ensure(permissions.roles_refusals(uow))
    unit, told = units.get_unit(uow, unit_id), draft_limits.reason(basis)
    row = next((one for one in _own(uow, unit_id) if one.host == host), None)
    reasons = list(_without_basis(told))
    if row is None:
        reasons.append(
            Sentence(
                f"{unit.name}自己的名单上没有 {host[:60]}；上级列入的由上级移出。",
                f"{host[:60]} is not on the list of {unit.name} itself; what a unit above put there is taken "
                "off above.",
                "listed",
            )
        )
    if row is None or reasons:
        raise Refused(*reasons)
    return _write(uow, unit, host, row.name, told, allowed=False)


def _latest(uow: UnitOfWork, unit_id: int, at: datetime | None = None) -> list[RepostSource]:
    """The row that counts of each unit of the line and each host."""
    line = RepostSource.unit_id.in_(units.upwards(uow, unit_id))
    until = [] if at is None else [RepostSource.set_at <= at]
    query = sa.select(RepostSource).where(line, *until).order_by(RepostSource.id)
    rows = uow.session.scalars(query.options(joinedload(RepostSource.unit)))
    return list({(row.unit_id, row.host): row for row in rows}.values())


def _own(uow: UnitOfWork, unit_id: int) -> list[RepostSource]:
    return [row for row in listed(uow, unit_id) if row.unit_id == unit_id]


def _no_source(host: str, address: str) -> Iterator[Sentence]:
    if not _HOST.fullmatch(host) or host in SHARED:
        yield Sentence(
            f"“{address[:60]}”不是一个网站的域名，应如 example.com。",
            f"“{address[:60]}” is not the domain of one website, such as example.com.",
            "host",
        )
    elif reposts.under(f"https://{host}", reposts.GOVERNMENT):
        yield Sentence(
            "政府网站（gov.cn）本来就可以转载，不必列入名单。",
            "Government websites (gov.cn) may be reposted anyway.",
            "host",
        )


def _unnamed(name: str) -> Iterator[Sentence]:
    if not name or len(name) > MOST_NAME:
        yield Sentence(
            f"请写明网站的名称，最多 {MOST_NAME} 字。",
            f"Name the website, in at most {MOST_NAME} characters.",
            "name",
        )


def _without_basis(basis: str) -> Iterator[Sentence]:
    if not basis:
        yield Sentence("请写明依据的文件。", "Name the document that says so.", "basis")


def _write(
    uow: UnitOfWork, unit: Unit, host: str, name: str, basis: str, *, allowed: bool
) -> RepostSource:
    row = RepostSource(
        unit_id=unit.id,
        host=host,
        name=name,
        allowed=allowed,
        basis=basis,
        set_by=int(uow.actor.id) if uow.actor.id.isdecimal() else None,
        set_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    events.record(
        uow,
        "source.allowed" if allowed else "source.withdrawn",
        subject=f"unit:{unit.id}",
        data={"unit": unit.name, "host": host, "name": name, "basis": basis},
    )
    return row
