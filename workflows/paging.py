"""Lists that continue where the last screen ended, by key and not by count, so that nothing is skipped
or shown twice while other people work on the same list.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa

from engine.database import UnitOfWork
from workflows.read_models import Page

Row = TypeVar("Row")

#: A query of any columns.
AnySelect: TypeAlias = sa.Select[*tuple[Any, ...]]

LIMIT = 20
MOST = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: an instant, then the id that makes it unique."""

    instant: sa.ColumnElement[Any]
    key: sa.ColumnElement[Any]
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Which screen is wanted: the one after a key, the one before a key, or the first."""

    after: str | None = None
    before: str | None = None
    limit: int = LIMIT


FIRST = Place()


def page(
    uow: UnitOfWork,
    query: AnySelect,
    order: Order,
    place: Place,
    key_of: Callable[[Any], tuple[datetime, int]],
) -> Page[Any]:
    """One screen of `query` as raw rows; one more row than shown is read, to know whether there is more."""
    limit = max(1, min(place.limit, MOST))
    backwards = place.before is not None and place.after is None
    start = decode(place.before if backwards else place.after)
    descending = order.newest_first != backwards
    if start is not None:
        query = query.where(_beyond(order, start, descending))
    direction = sa.desc if descending else sa.asc
    query = query.order_by(direction(order.instant), direction(order.key)).limit(limit + 1)
    rows = list(uow.session.execute(query))
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    return _bounded(rows, key_of, more, backwards, came_from=start is not None)


def _beyond(order: Order, start: tuple[datetime, int], descending: bool) -> sa.ColumnElement[bool]:
    instant, key = start
    if descending:
        return sa.or_(order.instant < instant, sa.and_(order.instant == instant, order.key < key))
    return sa.or_(order.instant > instant, sa.and_(order.instant == instant, order.key > key))


def _bounded(
    rows: Sequence[Any],
    key_of: Callable[[Any], tuple[datetime, int]],
    more: bool,
    backwards: bool,
    came_from: bool,
) -> Page[Any]:
    if not rows:
        return Page(())
    first, last = encode(*key_of(rows[0])), encode(*key_of(rows[-1]))
    has_next = came_from if backwards else more
    has_previous = more if backwards else came_from
    return Page(tuple(rows), last if has_next else None, first if has_previous else None)


def encode(instant: datetime, key: int) -> str:
    """An opaque key for a URL."""
    text = json.dumps([instant.isoformat(), key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(place: str | None) -> tuple[datetime, int] | None:
    """The inverse; a key that nobody gave out leads to the first screen."""
    if not place:
        return None
    try:
        text = base64.urlsafe_b64decode(place + "=" * (-len(place) % 4))
        instant, key = json.loads(text)
        moment = datetime.fromisoformat(instant)
    except (binascii.Error, ValueError, TypeError):
        return None
    return (moment, key) if moment.tzinfo and isinstance(key, int) else None


def mapped(raw: Page[Any], make: Callable[[Any], Row]) -> Page[Row]:
    """The same screen with every raw row turned into what the page shows."""
    return Page(tuple(make(row) for row in raw.rows), raw.next, raw.previous)
