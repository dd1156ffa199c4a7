"""The only reader of the wall clock; everything below the door is told the instant as `uow.now`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: Deadlines and dates on documents are those of the People's Republic's single official time.
CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def local_date(instant: datetime) -> date:
    """The calendar day in China on which `instant` falls."""
    return instant.astimezone(CHINA).date()
