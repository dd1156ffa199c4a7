"""Handing the trails of cases out as an event log; that somebody did is itself on record."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Literal

import sqlalchemy as sa

from engine import event_formats, event_log
from engine.database import UnitOfWork
from engine.event_log import Happening
from workflows import events, permissions
from workflows.models import Package

Format = Literal["xes", "ocel"]
Advance = Callable[[str], None]


def submitted(uow: UnitOfWork) -> list[int]:
    """Every case there is, by its id, the oldest first."""
    wanted = sa.select(Package.case_id).where(Package.case_id.is_not(None))
    return [case_id for case_id in uow.session.scalars(wanted.order_by(Package.case_id)) if case_id]


def export(
    uow: UnitOfWork,
    case_ids: Sequence[int],
    form: Format,
    out: BinaryIO,
    advance: Advance = lambda number: None,
) -> int:
    """Write these cases to `out` and record it; answers the number of events. Titles and texts stay here.

    `advance` is told the number of each case as it is written. Only for inspectors and the server's
    own operator.
    """
    permissions.ensure(permissions.export_refusals(uow))
    cases = _numbered(uow, case_ids, advance)
    if form == "xes":
        written = event_formats.xes(cases, out)
    else:
        text = io.TextIOWrapper(out, encoding="utf-8")
        written = event_formats.ocel(cases, text)
        text.flush()
        text.detach()
    data = {"format": form, "cases": len(case_ids), "events": written}
    events.record(uow, "log.exported", subject="event_log", data=data)
    return written


def _numbered(
    uow: UnitOfWork, case_ids: Sequence[int], advance: Advance
) -> Iterator[list[Happening]]:
    """The cases under the numbers by which people know them."""
    rows = sa.select(Package.case_id, Package.number).where(Package.case_id.is_not(None))
    numbers = {row.case_id: row.number for row in uow.session.execute(rows)}
    for case_id, happenings in zip(case_ids, event_log.of_cases(uow, case_ids), strict=True):
        number = numbers[case_id]
        advance(number)
        yield [one.called(number) for one in happenings]
