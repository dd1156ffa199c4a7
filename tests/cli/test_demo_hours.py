"""The demo's clock: whatever day it is loaded on, its people worked in office hours, in order, before now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.clock import CHINA
from workflows.demo import hours, loading
from workflows.demo.story import STORIES


@pytest.mark.parametrize("day", [date(2026, 11, 16) + timedelta(days=n) for n in range(7)], ids=str)
@pytest.mark.parametrize("hour", [0, 9, 23])
def test_every_act_lies_in_office_hours_before_now(day: date, hour: int) -> None:
    now = datetime(day.year, day.month, day.day, hour, tzinfo=CHINA).astimezone(UTC)
    small, large = loading.small(), loading.large(now, documents=60)
    diary = loading._diary(now, small)
    assert len(diary) == sum(len(acts) for acts in STORIES.values())
    for one in (*diary, *loading._diary(now, large)):
        at = one.at.astimezone(CHINA)
        assert at < now
        assert at.weekday() < 5
        assert any(opening <= at.time() <= closing for opening, closing in hours.SHIFTS), at


@pytest.mark.parametrize("name", STORIES)
def test_the_acts_of_a_story_keep_their_order(name: str) -> None:
    diary = loading._diary(datetime(2026, 11, 18, 4, tzinfo=UTC), loading.small())
    assert [one.number for one in diary if one.paper == name] == list(range(len(STORIES[name])))


def test_weekends_are_no_working_days() -> None:
    monday = date(2026, 11, 16)
    assert hours.days_before(monday, 1) == date(2026, 11, 13)
    assert hours.days_before(date(2026, 11, 15), 1) == date(2026, 11, 13)
