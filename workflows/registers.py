"""Registers 台账 for inspectors: what is under way, returned, overdue, voided, registered; on a page or as a table.

Each is one query over what the actor may see. A page costs one statement whatever its length; the table
has every row, and that it was taken out is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from engine.clock import CHINA, local_date
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import events, paging, permissions, register_records, register_sources
from workflows.errors import NotFound, Refused
from workflows.models import Package, Unit
from workflows.open_tasks import stage_name
from workflows.paging import FIRST, AnySelect, Place
from workflows.read_models import Page
from workflows.register_sources import Cell, Register, Source
from workflows.vocabulary import STAGES

SOURCES = {**register_sources.SOURCES, **register_records.SOURCES}
#: A table longer than this is taken out in parts, by unit.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the item it is about, and its cells in the order of the register's columns."""

    package_id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Narrow:
    """What a register is narrowed to: a unit, a stage, a reason for returning, so many days at least."""

    unit_id: int | None = None
    stage: str = ""
    reason: str = ""
    days: int = 0

    def told(self) -> dict[str, str | int]:
        """The conditions that are set, for an address and for the record."""
        given = {
            "unit": self.unit_id,
            "stage": self.stage,
            "reason": self.reason,
            "days": self.days,
        }
        return {name: value for name, value in given.items() if value}


EVERYTHING = Narrow()
#: 在办时长: the least days of each band of `ages`.
BANDS = (0, 2, 4, 8)


def takes(code: str) -> frozenset[str]:
    """By which conditions a register can be narrowed."""
    source = SOURCES[code]
    has = {"stage": source.stage, "reason": source.reasons, "days": source.since}
    return frozenset({"unit", *(name for name, column in has.items() if column is not None)})


def units(uow: UnitOfWork) -> list[tuple[int, str]]:
    """The units of which the reader may see items."""
    permissions.ensure(permissions.inspection_refusals(uow))
    query = (
        sa.select(Unit.id, Unit.name)
        .join(Package, Package.unit_id == Unit.id)
        .where(permissions.visible(uow))
        .distinct()
        .order_by(Unit.name)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def ages(uow: UnitOfWork) -> list[tuple[Sentence, tuple[int, ...]]]:
    """Open tasks by stage, in the order of the chain, and by how many days they have waited (BANDS)."""
    permissions.ensure(permissions.inspection_refusals(uow))
    query = (
        sa.select(UserTask.element_id, UserTask.opened_at)
        .join(Package, Package.case_id == UserTask.instance_id)
        .where(UserTask.status == "open", permissions.visible(uow))
    )
    counts: dict[str, list[int]] = {}
    for stage, opened in uow.session.execute(query):
        days = (local_date(uow.now) - local_date(opened)).days
        of_stage = counts.setdefault(stage, [0] * len(BANDS))
        of_stage[sum(days >= least for least in BANDS) - 1] += 1
    listed = [stage for stage in STAGES if stage in counts]
    listed += [stage for stage in counts if stage not in STAGES]
    return [(stage_name(stage, stage), tuple(counts[stage])) for stage in listed]


def registers() -> list[Register]:
    """All of them, in the order in which an inspector goes through them."""
    return [source.register for source in SOURCES.values()]


def page(
    uow: UnitOfWork, code: str, place: Place = FIRST, narrow: Narrow = EVERYTHING
) -> tuple[Register, Page[Line]]:
    """One screen of a register; raises NotFound for an unknown one."""
    source = _allowed(uow, code)
    raw = paging.page(uow, _narrowed(uow, source, narrow), source.order, place, source.key)
    return source.register, paging.mapped(raw, lambda row: _line(uow, source, row))


def whole(uow: UnitOfWork, code: str, narrow: Narrow = EVERYTHING) -> tuple[Register, list[Line]]:
    """Every row; raises Refused where there are more than MOST, as half a register would be no evidence."""
    source = _allowed(uow, code)
    way = sa.desc if source.order.newest_first else sa.asc
    query = _narrowed(uow, source, narrow).order_by(
        way(source.order.instant), way(source.order.key)
    )
    rows = uow.session.execute(query.limit(MOST + 1)).all()
    if len(rows) > MOST:
        raise Refused(
            Sentence(
                f"本登记簿超过{MOST}行，一个文件放不下。请先按单位、环节或者天数缩小范围，再分次导出。",
                f"This register has more than {MOST} rows, too many for one file. "
                "Narrow it by unit, stage or days first, and take it out in parts.",
                "too_long",
            )
        )
    return source.register, [_line(uow, source, row) for row in rows]


def _narrowed(uow: UnitOfWork, source: Source, narrow: Narrow) -> AnySelect:
    """Conditions for which a register has no column are left out: its page does not offer them."""
    query = source.query(uow)
    if narrow.unit_id is not None:
        query = query.where(Package.unit_id == narrow.unit_id)
    if narrow.stage and source.stage is not None:
        query = query.where(source.stage == narrow.stage)
    if narrow.reason and source.reasons is not None:
        # a list of codes, kept as JSON: the same text in both databases
        listed = sa.cast(source.reasons, sa.String)
        query = query.where(listed.contains(f'"{narrow.reason}"', autoescape=True))
    if narrow.days and source.since is not None:
        latest = local_date(uow.now) - timedelta(days=narrow.days - 1)
        query = query.where(source.since < datetime.combine(latest, time(0), CHINA))
    return query


def record_export(
    uow: UnitOfWork, register: Register, form: str, rows: int, narrow: Narrow = EVERYTHING
) -> None:
    """That somebody took a table out of the house."""
    permissions.ensure(permissions.inspection_refusals(uow))
    data = {
        "register": register.name.zh,
        "register_en": register.name.en,
        "format": form,
        "rows": rows,
        "narrowed": narrow.told(),
    }
    events.record(uow, "register.exported", subject=f"register:{register.code}", data=data)


def texts(
    lines: Sequence[Line], say: Callable[[Sentence], str]
) -> Iterator[list[str | int | date]]:
    """The cells as a spreadsheet takes them; a text that a spreadsheet would run as a formula is made plain."""
    for line in lines:
        yield [_text(cell, say) for cell in line.cells]


def _text(cell: Cell, say: Callable[[Sentence], str]) -> str | int | date:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return local_date(cell)
    if isinstance(cell, (int, date)):
        return cell
    return plain(say(cell) if isinstance(cell, Sentence) else cell)


def plain(text: str) -> str:
    """A text that a spreadsheet would run as a formula, made plain."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _allowed(uow: UnitOfWork, code: str) -> Source:
    permissions.ensure(permissions.inspection_refusals(uow))
    if code not in SOURCES:
        raise NotFound
    return SOURCES[code]


def _line(uow: UnitOfWork, source: Source, row: Any) -> Line:
    return Line(row[1].id, source.cells(uow, row))
