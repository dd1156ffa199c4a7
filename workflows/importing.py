"""Units, people and roles from a table: row by row through the same doors as by hand, all rows or none.

A dry run does everything and is rolled back by its caller, so what it reports is what would happen.
Units and people belong to the system administrator, roles to the security administrator (domain:C1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from secrets import token_urlsafe
from typing import Literal

import sqlalchemy as sa
from argon2 import PasswordHasher

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import people, permissions, tables_in, units
from workflows.errors import NotFound, Refused
from workflows.models import Person, Unit
from workflows.passwords import STRONG
from workflows.people import RoleGrant
from workflows.tables_in import TableRow
from workflows.vocabulary import ROLES

Kind = Literal["units", "people", "roles"]
#: What may stand above a column, and what it means.
HEADINGS: Mapping[str, Mapping[str, str]] = {
    "units": {
        "单位代码": "code", "代码": "code", "code": "code",
        "单位名称": "name", "名称": "name", "name": "name",
        "类别": "kind", "单位类别": "kind", "kind": "kind",
        "上级单位代码": "parent", "上级单位": "parent", "parent": "parent",
    },
    "people": {
        "登录名": "login", "login": "login",
        "姓名": "name", "name": "name",
        "单位代码": "unit", "所在单位": "unit", "unit": "unit",
        "职务": "post", "post": "post",
    },
    "roles": {
        "登录名": "login", "login": "login",
        "角色": "role", "role": "role",
        "单位代码": "unit", "unit": "unit",
        "起始日期": "from", "from": "from",
        "截止日期": "until", "until": "until",
    },
}  # fmt: skip
KINDS_OF_UNIT: Mapping[str, str] = {
    "政府": "government", "人民政府": "government",
    "办公室": "office",
    "部门": "department",
    "公共企事业单位": "entity", "企事业单位": "entity",
    "乡镇": "town", "镇": "town", "乡": "town", "街道": "town",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a row: `new`, `known` (it is there already, just so) or `wrong`, with all reasons."""

    number: int
    what: str | Sentence
    fate: Literal["new", "known", "wrong"]
    reasons: tuple[Sentence, ...] = ()
    #: The first password of a new account, told once.
    password: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Every row of the table."""

    kind: Kind
    lines: tuple[Line, ...]

    def count(self, fate: str) -> int:
        """How many rows have this fate."""
        return sum(line.fate == fate for line in self.lines)

    @property
    def fine(self) -> bool:
        """Whether all rows can be taken in."""
        return self.count("wrong") == 0


class RowsWrong(Refused):
    """Some rows cannot be taken in, so none was; `report` says which and why."""

    def __init__(self, report: Report) -> None:
        wrong = report.count("wrong")
        super().__init__(
            Sentence(
                f"有 {wrong} 行有问题，所以一行都没有导入。",
                f"{wrong} rows are wrong, so none was taken in.",
                "rows",
            )
        )
        self.report = report


def refusals(uow: UnitOfWork, kind: str) -> list[Sentence]:
    """Why the actor may not take in this kind of table."""
    if kind == "roles":
        return permissions.roles_refusals(uow)
    return permissions.accounts_refusals(uow)


def read(kind: Kind, name: str, content: bytes) -> list[TableRow]:
    """The rows of a table of this kind; raises Refused."""
    return tables_in.read(name, content, HEADINGS[kind])


def take_in(
    uow: UnitOfWork, kind: Kind, rows: Sequence[TableRow], *, hasher: PasswordHasher = STRONG
) -> Report:
    """Take every row in; whoever calls commits if the report is fine, and only then."""
    permissions.ensure(refusals(uow, kind))
    one: Callable[[UnitOfWork, TableRow, PasswordHasher], Line] = {
        "units": _unit,
        "people": _person,
        "roles": _role,
    }[kind]
    ordered = _parents_first(rows) if kind == "units" else rows
    lines = [_tried(uow, row, hasher, one) for row in ordered]
    return Report(kind, tuple(sorted(lines, key=lambda line: line.number)))


def import_all(
    uow: UnitOfWork, kind: Kind, rows: Sequence[TableRow], *, hasher: PasswordHasher = STRONG
) -> Report:
    """Take every row in, or raise RowsWrong with the report."""
    report = take_in(uow, kind, rows, hasher=hasher)
    if not report.fine:
        raise RowsWrong(report)
    return report


def _tried(
    uow: UnitOfWork,
    row: TableRow,
    hasher: PasswordHasher,
    one: Callable[[UnitOfWork, TableRow, PasswordHasher], Line],
) -> Line:
    """A row that is refused leaves nothing behind."""
    try:
        with uow.session.begin_nested():
            return one(uow, row, hasher)
    except (Refused, NotFound) as refused:
        what = row.cells.get("name") or row.cells.get("login") or row.cells.get("code") or ""
        return Line(row.number, what, "wrong", refused.reasons)


def _parents_first(rows: Sequence[TableRow]) -> list[TableRow]:
    """Whoever lists a department before its government is understood."""
    waiting, ordered = list(rows), list[TableRow]()
    codes = {row.cells.get("code", "") for row in rows}
    placed: set[str] = set()
    while waiting:
        ready = [
            r for r in waiting if (p := r.cells.get("parent", "")) not in codes - placed or not p
        ]
        if not ready:  # a circle; each is refused for want of its parent
            return ordered + waiting
        ordered += ready
        placed |= {row.cells.get("code", "") for row in ready}
        waiting = [row for row in waiting if row not in ready]
    return ordered


def _unit(uow: UnitOfWork, row: TableRow, hasher: PasswordHasher) -> Line:
    code, name = row.cells.get("code", ""), row.cells.get("name", "")
    told = row.cells.get("kind", "")
    kind = KINDS_OF_UNIT.get(told, told)
    entity = kind == "entity"  # 条例 art. 55: kept as a department's like, and marked
    kind = "department" if entity else kind
    parent_code = row.cells.get("parent", "")
    parent = _unit_with(uow, parent_code) if parent_code else None
    known = uow.session.scalar(sa.select(Unit).where(Unit.code == code))
    if known is None:
        units.create_unit(
            uow,
            code=code,
            name=name,
            kind=kind,
            parent_id=parent.id if parent else None,
            public_entity=entity,
        )
        return Line(row.number, name, "new")
    if (known.name, known.kind, known.parent_id) == (name, kind, parent.id if parent else None):
        return Line(row.number, name, "known")
    raise Refused(
        Sentence(
            f"代码“{code}”已经是“{known.name}”，名称、类别或上级与表中不同。",
            f"The code “{code}” is “{known.name}” already, with another name, kind or parent.",
        )
    )


def _person(uow: UnitOfWork, row: TableRow, hasher: PasswordHasher) -> Line:
    login, name = row.cells.get("login", "").lower(), row.cells.get("name", "")
    unit = _unit_with(uow, row.cells.get("unit", ""))
    known = uow.session.scalar(sa.select(Person).where(Person.login == login))
    who = Sentence(f"{name}（{login}）", f"{name} ({login})")
    if known is None:
        password = token_urlsafe(12)
        people.create_person(
            uow,
            login=login,
            name=name,
            unit_id=unit.id,
            post=row.cells.get("post", ""),
            password=password,
            hasher=hasher,
        )
        return Line(row.number, who, "new", password=password)
    if (known.name, known.unit_id) == (name, unit.id):
        return Line(row.number, who, "known")
    raise Refused(
        Sentence(
            f"登录名“{login}”已经是{known.name}，姓名或单位与表中不同。",
            f"The login “{login}” is {known.name} already, with another name or unit.",
        )
    )


def _role(uow: UnitOfWork, row: TableRow, hasher: PasswordHasher) -> Line:
    login, told = row.cells.get("login", "").lower(), row.cells.get("role", "")
    problems: list[Sentence] = []
    person = uow.session.scalar(sa.select(Person).where(Person.login == login))
    if person is None:
        problems.append(Sentence(f"没有登录名“{login}”。", f"There is no login “{login}”."))
    role = next((code for code, term in ROLES.items() if told in (code, term.zh, term.en)), None)
    if role is None:
        problems.append(Sentence(f"没有“{told}”这个角色。", f"No role “{told}”."))
    unit = uow.session.scalar(sa.select(Unit).where(Unit.code == row.cells.get("unit", "")))
    if unit is None and row.cells.get("unit", ""):
        problems.append(_no_unit(row.cells["unit"]))
    days = [_day(row.cells.get(end, ""), problems) for end in ("from", "until")]
    if problems or person is None or role is None:
        raise Refused(*problems)
    grant = RoleGrant(role, unit.id if unit else person.unit_id, *days)
    held = people.granted(uow, person.id)
    what = Sentence(f"{person.name}：{ROLES[role].zh}", f"{person.name}: {ROLES[role].en}")
    if any((h.role, h.unit_id, h.valid_until) == (role, grant.unit_id, days[1]) for h in held):
        return Line(row.number, what, "known")
    kept = [RoleGrant(h.role, h.unit_id, h.valid_from, h.valid_until) for h in held]
    people.set_roles(uow, person.id, [*kept, grant])
    return Line(row.number, what, "new")


def _day(text: str, problems: list[Sentence]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError:
        problems.append(
            Sentence(f"日期“{text}”应写成 2027-01-31。", f"Write the date “{text}” as 2027-01-31.")
        )
        return None


def _unit_with(uow: UnitOfWork, code: str) -> Unit:
    found = uow.session.scalar(sa.select(Unit).where(Unit.code == code))
    if found is None:
        raise Refused(_no_unit(code))
    return found


def _no_unit(code: str) -> Sentence:
    return Sentence(f"没有代码为“{code}”的单位。", f"There is no unit with the code “{code}”.")
