"""Office hours of the demo: instants on weekdays, mornings and afternoons, Beijing time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from engine.clock import CHINA

#: Nobody decides during the midday rest.
SHIFTS = ((time(9), time(11, 50)), (time(14), time(17, 20)))


def days_before(today: date, number: int) -> date:
    """The weekday that lies `number` weekdays back."""
    day = today
    while number:
        day -= timedelta(days=1)
        number -= day.weekday() < 5
    return day


def morning(day: date) -> datetime:
    """When the office opens."""
    return datetime.combine(day, SHIFTS[0][0], CHINA)


def leading_to(last: datetime, paces: Sequence[int]) -> list[datetime]:
    """Instants so many minutes of office time apart, of which `last` is the last."""
    instants = [last]
    for minutes in paces:
        instants.append(_earlier(instants[-1], minutes))
    return instants[::-1]


def _earlier(instant: datetime, minutes: int) -> datetime:
    """So many minutes of office time before; a pace that falls into a rest ends the shift before it."""
    earlier = instant - timedelta(minutes=minutes)
    for opening, closing in reversed(SHIFTS):
        if earlier.time() >= opening and earlier.date() == instant.date():
            return min(earlier, _before_closing(earlier.date(), closing, minutes))
    return _before_closing(days_before(instant.date(), 1), SHIFTS[-1][1], minutes)


def _before_closing(day: date, closing: time, minutes: int) -> datetime:
    return datetime.combine(day, closing, CHINA) - timedelta(minutes=minutes % 25)
