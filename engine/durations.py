"""Durations of timers by the clock (ISO 8601): one reading, for the rules of deployment and for the runtime."""

from __future__ import annotations

import re
from datetime import timedelta

#: Of a length that is the same on every day of the calendar: a month or a year is not.
_FIXED = re.compile(
    r"P(?=[0-9T])(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?)"
)
#: Whoever writes more has mistyped; asked at deployment alone, what is stored goes on.
LONGEST = timedelta(days=3660)


def clock_time(text: str) -> timedelta | None:
    """The length of time; None if it is not written in weeks, or in days, hours, minutes and seconds."""
    match = _FIXED.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return timedelta(**{unit: int(n) for unit, n in match.groupdict().items() if n})
    except (OverflowError, ValueError):  # more digits than any time has
        return None
