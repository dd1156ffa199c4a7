"""Office hours of the demo: instants on weekdays between nine and half past five, Beijing time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from engine.clock import CHINA

OPENING, CLOSING = time(9, 5), time(17, 30)


def days_before(today: date, number: int) -> date:
    """The weekday that lies `number` weekdays back."""
    day = today
    while number:
        day -= timedelta(days=1)
        number -= day.weekday() < 5
    return day


def morning(day: date) -> datetime:
    """When the office opens."""
    return datetime.combine(day, OPENING, CHINA)


def after(begun: datetime, paces: Iterator[int]) -> Iterator[datetime]:
    """Instant after instant, each so many minutes of office time later."""
    now = begun
    for minutes in paces:
        now += timedelta(minutes=minutes)
        if now.time() > CLOSING or now.weekday() > 4:
            day = now.date() + timedelta(days=1)
            while day.weekday() > 4:
                day += timedelta(days=1)
            now = morning(day) + timedelta(minutes=minutes % 30)
        yield now
