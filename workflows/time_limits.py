"""公开时限: within how many working days of what something is to be disclosed (domain:A4.7, A4.8).

Catalogues write it as a sentence; here it is read into its two parts and written again, in both languages.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engine.text import Sentence
from workflows.vocabulary import RECURRING, TRIGGERS

#: 条例 art. 26: within twenty working days of coming into being, where nothing else is laid down.
DISCLOSURE_WITHIN = 20

_DAYS = re.compile(r"(\d{1,3})\s*个?工作日")
_MARKS = (
    ("monthly", re.compile(r"每月|按月|月度|逐月")),
    ("quarterly", re.compile(r"每季|按季|季度")),
    ("yearly", re.compile(r"每年|按年|年度|逐年|次年")),
    ("completed", re.compile(r"竣工|完工")),
    ("determined", re.compile(r"确定")),
    ("decided", re.compile(r"决定|处罚")),
    ("formed", re.compile(r"形成|变更|制定|印发|成文|出台|审议通过|发布")),
    ("lasting", re.compile(r"长期|动态|实时|及时|即时")),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What the days are counted from, and how many working days there are."""

    trigger: str  # vocabulary.TRIGGERS
    days: int = DISCLOSURE_WITHIN

    @property
    def sentence(self) -> Sentence:
        zh, en = TRIGGERS[self.trigger].zh, TRIGGERS[self.trigger].en
        return Sentence(
            f"{zh}{self.days}个工作日内",
            f"{self.days} working days {en}",
        )

    @property
    def recurs(self) -> bool:
        """Whether it comes round by the calendar, so that a period has to be named."""
        return self.trigger in RECURRING


def read(text: str) -> Limit | None:
    """What a catalogue's own wording means; None if it names nothing that days could be counted from."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    days = _DAYS.search(plain)
    trigger = next((code for code, mark in _MARKS if mark.search(plain)), None)
    if trigger is None:
        return Limit("formed", int(days[1])) if days and int(days[1]) else None
    number = int(days[1]) if days else DISCLOSURE_WITHIN
    return Limit(trigger, number) if number else None


def end_of(trigger: str, period: str) -> date | None:
    """The last day of a period as it is written (2026-10, 2026-Q3, 2026); None if it is not one."""
    shapes = {
        "monthly": r"(\d{4})-(0[1-9]|1[0-2])",
        "quarterly": r"(\d{4})-Q([1-4])",
        "yearly": r"(\d{4})()",
    }
    found = re.fullmatch(shapes.get(trigger, r"(?!)"), period)
    if found is None or not 1949 <= int(found[1]) <= 2100:
        return None
    year, number = int(found[1]), int(found[2] or 12)
    month = 3 * number if trigger == "quarterly" else number
    return date(year, month, monthrange(year, month)[1])


def period_of(trigger: str, day: date) -> str:
    """The period in which this day lies, as `end_of` reads it."""
    if trigger == "monthly":
        return f"{day.year}-{day.month:02}"
    if trigger == "quarterly":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return str(day.year)


def ended_between(trigger: str, first: date, last: date) -> Iterator[str]:
    """The periods that begin on or after `first` and have ended by `last`, the earliest first.

    A catalogue asks for nothing that was over, or under way, before it took effect.
    """
    day = first
    while True:
        period = period_of(trigger, day)
        end = end_of(trigger, period)
        if end is None or end > last:
            return
        if day == first and _first_day(trigger, first) != first:
            day = end + timedelta(days=1)
            continue
        yield period
        day = end + timedelta(days=1)


def day_before(trigger: str, day: date) -> date:
    """The last day of the period before the one in which this day lies."""
    return _first_day(trigger, day) - timedelta(days=1)


def _first_day(trigger: str, day: date) -> date:
    if trigger == "monthly":
        return day.replace(day=1)
    if trigger == "quarterly":
        return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    return day.replace(month=1, day=1)


def words(period: str) -> Sentence:
    """A period as people say it; anything else (the name of an event) is its own name."""
    if found := re.fullmatch(r"(\d{4})-(\d{2})", period):
        return Sentence(f"{found[1]}年{int(found[2])}月", period)
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", period):
        return Sentence(f"{found[1]}年第{'一二三四'[int(found[2]) - 1]}季度", period)
    if re.fullmatch(r"\d{4}", period):
        return Sentence(f"{period}年", period)
    return Sentence(period, period)
