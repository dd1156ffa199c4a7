"""Registers 台账 for inspectors: what is under way, returned, overdue, voided, registered; on a page or as a table.

Each is one query over what the actor may see. A page costs one statement whatever its length; the table
has every row, and that it was taken out is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, paging, permissions
from workflows.errors import NotFound
from workflows.paging import FIRST, Place
from workflows.read_models import Page
from workflows.register_sources import SOURCES, Cell, Register, Source

#: A table longer than this is taken out in parts, by unit.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the item it is about, and its cells in the order of the register's columns."""

    package_id: int
    cells: tuple[Cell, ...]


def registers() -> list[Register]:
    """All of them, in the order in which an inspector goes through them."""
    return [source.register for source in SOURCES.values()]


def page(uow: UnitOfWork, code: str, place: Place = FIRST) -> tuple[Register, Page[Line]]:
    """One screen of a register; raises NotFound for an unknown one."""
    source = _allowed(uow, code)
    raw = paging.page(uow, source.query(uow), source.order, place, source.key)
    return source.register, paging.mapped(raw, lambda row: _line(uow, source, row))


def whole(uow: UnitOfWork, code: str) -> tuple[Register, list[Line]]:
    """Every row, up to MOST."""
    source = _allowed(uow, code)
    way = sa.desc if source.order.newest_first else sa.asc
    query = source.query(uow).order_by(way(source.order.instant), way(source.order.key))
    rows = uow.session.execute(query.limit(MOST))
    return source.register, [_line(uow, source, row) for row in rows]


def record_export(uow: UnitOfWork, register: Register, form: str, rows: int) -> None:
    """That somebody took a table out of the house."""
    permissions.ensure(permissions.inspection_refusals(uow))
    data = {
        "register": register.name.zh,
        "register_en": register.name.en,
        "format": form,
        "rows": rows,
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
