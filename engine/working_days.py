"""Chinese working days (domain:B10): the holiday library, corrected by what the office has entered.

The State Council announces each year's holidays and make-up days 调休 in the November before. Until a
year's notice is in, its days are a forecast, and every deadline that reaches into it is provisional.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import metadata
from typing import Protocol

import holidays
import sqlalchemy as sa

from engine import clock
from engine.database import UnitOfWork
from engine.models import CalendarDay, CalendarYear

#: The last year whose notice the holiday library contains; later ones are entered in the calendar.
NOTICED_UNTIL = 2026

#: When a working day ends, for a deadline "within n working days".
CLOSING_TIME = time(17, 30)


class Calendar(Protocol):
    """Which days are working days, and how sure that is."""

    @property
    def version(self) -> str: ...

    def is_workday(self, day: date) -> bool: ...

    def is_provisional(self, year: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class DueDate:
    """A day counted in working days, with what it was counted by."""

    on: date
    provisional: bool
    calendar_version: str

    def at(self) -> datetime:
        """The instant at which the deadline has passed: closing time in China."""
        return datetime.combine(self.on, CLOSING_TIME, clock.CHINA)


@dataclass(frozen=True, slots=True)
class PublishedCalendar:
    """The library's days with corrections on top."""

    days: Mapping[date, bool]
    years: frozenset[int]
    version: str

    def is_workday(self, day: date) -> bool:
        corrected = self.days.get(day)
        return day in _workdays(day.year) if corrected is None else corrected

    def is_provisional(self, year: int) -> bool:
        return year > NOTICED_UNTIL and year not in self.years


def load(uow: UnitOfWork) -> PublishedCalendar:
    """The calendar as the office keeps it now; the version names the library and the corrections."""
    days = {row.day: row.is_workday for row in uow.session.scalars(sa.select(CalendarDay))}
    years = frozenset(uow.session.scalars(sa.select(CalendarYear.year)))
    return corrected(days, years)


def corrected(days: Mapping[date, bool], years: Iterable[int] = ()) -> PublishedCalendar:
    """The library's calendar with these corrections; `years` are those whose notice has been entered."""
    noticed = frozenset(years)
    version = f"holidays {_library_version()}"
    if days or noticed:
        listed = ",".join(f"{day}={int(works)}" for day, works in sorted(days.items()))
        text = f"{listed};{sorted(noticed)}"
        version += f" + {hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return PublishedCalendar(dict(days), noticed, version)


def add_working_days(source: UnitOfWork | Calendar, start: date, number: int) -> DueDate:
    """The `number`-th working day after `start`, which itself is not counted.

    行政复议法 art. 88 with 民事诉讼法 art. 85, as domain:B10 reads them; only working days are counted, so
    the last one can never be a holiday.
    """
    if number < 1:
        raise ValueError(f"a deadline of {number} working days")
    calendar = load(source) if isinstance(source, UnitOfWork) else source
    day, left = start, number
    while left:
        day += timedelta(days=1)
        left -= calendar.is_workday(day)
    provisional = any(calendar.is_provisional(year) for year in range(start.year, day.year + 1))
    return DueDate(day, provisional, calendar.version)


def enter_notice(uow: UnitOfWork, year: int, source: str, days: Mapping[date, bool]) -> None:
    """Enter a year's official notice (or a correction of it): each listed day works or does not."""
    for day, works in days.items():
        row = CalendarDay(day=day, is_workday=works, source=source)
        row.recorded_at, row.recorded_by = uow.now, uow.actor.id
        uow.session.merge(row)
    noticed = CalendarYear(year=year, source=source, recorded_at=uow.now, recorded_by=uow.actor.id)
    uow.session.merge(noticed)
    uow.session.flush()


@cache
def _library_version() -> str:
    return metadata.version("holidays")


@lru_cache(maxsize=64)
def _workdays(year: int) -> frozenset[date]:
    """One object of the library per year: its own lazily grown one is not meant for several threads."""
    china = holidays.country_holidays("CN", years=year)
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return frozenset(day for day in days if china.is_working_day(day))
