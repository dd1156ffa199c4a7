"""How a deadline reads: in working days left or overrun, as officials count them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from engine.clock import local_date
from engine.text import Sentence
from engine.working_days import Calendar
from workflows.read_models import Due

#: Beyond this many calendar days nobody counts working days any more.
HORIZON = 400

#: domain:C9: working days left at which the light turns yellow, and red.
SOON, URGENT = 5, 1

IsWorkingDay = Callable[[date], bool]


def working_days_between(first: date, last: date, is_working_day: IsWorkingDay) -> int:
    """Working days after `first` up to and including `last`; negative if `last` is earlier."""
    if last < first:
        return -working_days_between(last, first, is_working_day)
    span = min((last - first).days, HORIZON)
    return sum(is_working_day(first + timedelta(days=day)) for day in range(1, span + 1))


def due(at: datetime, now: datetime, provisional: bool, is_working_day: IsWorkingDay) -> Due:
    """The deadline as a page shows it."""
    left = working_days_between(local_date(now), local_date(at), is_working_day)
    overdue = now > at
    state = "overdue" if overdue else "today" if left == 0 else "ok"
    return Due(at, provisional, left, state, _words(left, overdue, provisional))


def light(at: datetime, now: datetime, calendar: Calendar) -> Due:
    """应公开截止日 as a traffic light (domain:C9): ok, soon (at most five working days left), urgent (at most
    one) or overdue.
    """
    found = due(at, now, calendar.is_provisional(local_date(at).year), calendar.is_workday)
    if found.state == "overdue" or found.days_left > SOON:
        return found if found.state == "overdue" else replace(found, state="ok")
    return replace(found, state="urgent" if found.days_left <= URGENT else "soon")


def _words(left: int, overdue: bool, provisional: bool) -> Sentence:
    days = abs(left)
    unit = "working day" if days == 1 else "working days"
    if overdue and days:
        zh, en = f"已超 {days} 个工作日", f"{days} {unit} overdue"
    elif overdue:
        zh, en = "已超时限", "Overdue"
    elif left == 0:
        zh, en = "今天到期", "Due today"
    else:
        zh, en = f"还剩 {days} 个工作日", f"{days} {unit} left"
    return Sentence(f"{zh}（暂定）", f"{en} (provisional)") if provisional else Sentence(zh, en)
