"""公开时限 in a catalogue's own words: what the days are counted from, and which periods have ended."""

from __future__ import annotations

from datetime import date

import pytest

from workflows import time_limits
from workflows.time_limits import Limit
from workflows.vocabulary import TRIGGERS


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("自信息形成或者变更之日起20个工作日内", Limit("formed", 20)),
        ("处罚决定作出之日起 7 个工作日内公开", Limit("decided", 7)),
        ("每月后10个工作日内", Limit("monthly", 10)),
        ("按季度公开", Limit("quarterly", 20)),
        ("每季度结束后１５个工作日内", Limit("quarterly", 15)),
        ("项目竣工后20个工作日内", Limit("completed", 20)),
        ("分配结果确定后20个工作日内", Limit("determined", 20)),
        ("次年1月31日前，年度结束后20个工作日内", Limit("yearly", 20)),
        ("长期坚持", Limit("lasting", 20)),
        ("5个工作日内", Limit("formed", 5)),
        ("尽快", None),
        ("", None),
        ("0个工作日内", None),
    ],
)
def test_what_catalogues_write(text: str, limit: Limit | None) -> None:
    assert time_limits.read(text) == limit


@pytest.mark.parametrize("trigger", list(TRIGGERS))
def test_what_is_written_is_read_back_as_the_same(trigger: str) -> None:
    limit = Limit(trigger, 12)
    assert time_limits.read(limit.sentence.zh) == limit
    assert "12" in limit.sentence.en


@pytest.mark.parametrize(
    ("trigger", "period", "end"),
    [
        ("monthly", "2026-02", date(2026, 2, 28)),
        ("monthly", "2028-02", date(2028, 2, 29)),
        ("quarterly", "2026-Q3", date(2026, 9, 30)),
        ("yearly", "2026", date(2026, 12, 31)),
        ("monthly", "2026-13", None),
        ("monthly", "2026-Q3", None),
        ("quarterly", "2026-Q5", None),
        ("yearly", "9999", None),
        ("formed", "2026-02", None),
    ],
)
def test_when_a_period_ends(trigger: str, period: str, end: date | None) -> None:
    assert time_limits.end_of(trigger, period) == end


def test_only_whole_periods_that_have_ended_are_asked_for() -> None:
    def ended(trigger: str, first: date, last: date) -> list[str]:
        return list(time_limits.ended_between(trigger, first, last))

    assert ended("monthly", date(2026, 1, 1), date(2026, 3, 30)) == ["2026-01", "2026-02"]
    assert ended("monthly", date(2026, 1, 2), date(2026, 3, 31)) == ["2026-02", "2026-03"]
    assert ended("quarterly", date(2026, 2, 1), date(2026, 6, 30)) == ["2026-Q2"]
    assert ended("yearly", date(2025, 1, 1), date(2026, 6, 30)) == ["2025"]
    assert ended("yearly", date(2025, 6, 1), date(2026, 6, 30)) == []


def test_the_period_before() -> None:
    assert time_limits.day_before("monthly", date(2026, 3, 31)) == date(2026, 2, 28)
    assert time_limits.day_before("quarterly", date(2026, 2, 3)) == date(2025, 12, 31)
    assert time_limits.day_before("yearly", date(2026, 2, 3)) == date(2025, 12, 31)


def test_periods_as_people_say_them() -> None:
    said = [time_limits.words(p).zh for p in ("2026-10", "2026-Q3", "2026", "二期竣工")]
    assert said == ["2026年10月", "2026年第三季度", "2026年", "二期竣工"]
