"""Working days in China (domain:B10): the worked vectors, make-up days, and years not yet announced."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.working_days import (
    NOTICED_UNTIL,
    add_working_days,
    corrected,
    enter_notice,
    load,
)
from tests.conftest import OpenUow

PLAIN = corrected({})
STEPS = (3, 5, 7, 10, 15, 20, 40)

#: domain:B10, counted by hand from the 2026 notice.
VECTORS = {
    "2026-01-30": "02-04 02-06 02-10 02-13 02-27 03-05 04-02",
    "2026-02-10": "02-13 02-24 02-26 03-02 03-09 03-16 04-14",
    "2026-04-30": "05-08 05-11 05-13 05-18 05-25 06-01 06-30",
    "2026-09-18": "09-22 09-24 09-29 10-09 10-15 10-22 11-19",
    "2026-09-30": "10-10 10-13 10-15 10-20 10-27 11-03 12-01",
    "2026-06-08": "06-11 06-15 06-17 06-23 06-30 07-07 08-04",
}


@pytest.mark.parametrize(
    ("received", "number", "due"),
    [
        (received, number, f"2026-{due}")
        for received, dues in VECTORS.items()
        for number, due in zip(STEPS, dues.split(), strict=True)
    ],
)
def test_the_vectors_of_the_design_are_met(received: str, number: int, due: str) -> None:
    found = add_working_days(PLAIN, date.fromisoformat(received), number)
    assert (found.on, found.provisional) == (date.fromisoformat(due), False)


def test_every_day_of_2019_to_2026_agrees_with_an_independent_calendar() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import chinese_calendar
    first, days = date(2019, 1, 1), (date(2027, 1, 1) - date(2019, 1, 1)).days
    differing = [
        day
        for day in (first + timedelta(days=n) for n in range(days))
        if PLAIN.is_workday(day) != chinese_calendar.is_workday(day)
    ]
    assert differing == []


def test_a_deadline_that_reaches_into_an_unannounced_year_is_provisional() -> None:
    assert add_working_days(PLAIN, date(2026, 12, 25), 3).provisional is False
    assert add_working_days(PLAIN, date(2026, 12, 30), 5).provisional is True
    assert add_working_days(PLAIN, date(NOTICED_UNTIL + 1, 3, 1), 1).provisional is True


@pytest.mark.parametrize("number", [0, -1])
def test_a_deadline_of_no_days_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        add_working_days(PLAIN, date(2026, 6, 8), number)


def test_the_deadline_ends_at_half_past_five_in_china() -> None:
    due = add_working_days(PLAIN, date(2026, 6, 8), 1)
    assert due.at() == datetime(2026, 6, 9, 9, 30, tzinfo=UTC)


def test_an_entered_closure_and_a_make_up_day_move_the_deadline(uow: OpenUow) -> None:
    with uow() as work:
        before = add_working_days(work, date(2026, 6, 8), 3)
        closed, worked = date(2026, 6, 9), date(2026, 6, 13)
        enter_notice(work, 2026, "防汛停班通知", {closed: False, worked: True})
        after = add_working_days(work, date(2026, 6, 8), 3)
        assert (before.on, after.on) == (date(2026, 6, 11), date(2026, 6, 12))
        assert add_working_days(work, date(2026, 6, 12), 1).on == worked
        assert before.calendar_version != after.calendar_version


def test_a_year_is_sure_once_its_notice_is_entered(uow: OpenUow) -> None:
    with uow() as work:
        assert load(work).is_provisional(2027)
        enter_notice(work, 2027, "国办发明电〔2026〕…号", {date(2027, 2, 14): True})
        assert not load(work).is_provisional(2027)
        assert load(work).is_provisional(2028)
        assert load(work).is_workday(date(2027, 2, 14))
        enter_notice(work, 2027, "更正", {date(2027, 2, 14): False})
        assert not load(work).is_workday(date(2027, 2, 14))


def test_the_version_names_exactly_the_corrections() -> None:
    day = date(2026, 6, 9)
    assert corrected({day: False}).version == corrected({day: False}).version
    assert corrected({day: False}).version != corrected({day: True}).version
    assert corrected({}).version.startswith("holidays ")
