"""公开任务: they arise from the catalogue and from events, and are met by releases, never by a tick."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine import working_days
from engine.database import SYSTEM
from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from tests.statements import counted
from workflows import drafting, duties, notices
from workflows.catalogue import Entry
from workflows.duties import DutyRow
from workflows.errors import NotFound, NotPermitted, Refused
from workflows.models import Duty
from workflows.time_limits import Limit

TODAY = date(2026, 6, 8)


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """A catalogue since April with one monthly matter of the works' office and one event."""
    matters = (
        Entry("进度", "建设进度", owner_id=county.units["works"], limit=Limit("monthly", 10)),
        Entry("竣工", "项目竣工信息", limit=Limit("completed", 20)),
    )
    with uow(SYSTEM) as work:
        factories.adopt_catalogue(work, county.units["county"], matters, date(2026, 4, 1))
        work.commit()
    draft = factories.with_metadata(catalogue_item="进度", catalogue_period="2026-05")
    return Chain(uow, county, draft)


def swept(chain: Chain, days: int = 0) -> int:
    with chain.uow(SYSTEM, MONDAY + timedelta(days=days)) as work:
        made = duties.open_due(work)
        work.commit()
    return made


def listed(chain: Chain, shown: str, login: str = "ogi", days: int = 0) -> list[DutyRow]:
    with chain.uow(chain.person(login), MONDAY + timedelta(days=days)) as work:
        rows = list(duties.page(work, shown).rows)
        assert duties.counts(work)[shown] == len(rows)
    return rows


def test_a_duty_for_each_period_that_ended_and_no_more(chain: Chain) -> None:
    assert swept(chain) == 2
    assert swept(chain) == 0
    april, may = listed(chain, "open")
    assert (april.label.zh, may.label.zh) == ("2026年4月", "2026年5月")
    assert may.due.at.date() == date(2026, 6, 12)  # ten working days after 31 May
    assert [row.label.en for row in listed(chain, "late")] == ["2026-04"]
    assert swept(chain, days=30) == 1


def test_the_drafters_of_the_unit_are_told(chain: Chain) -> None:
    swept(chain)
    with chain.read("drafter") as work:
        told = [row.text.zh for row in notices.list_mine(work)]
    assert "“建设进度”（2026年5月）须在 2026-06-12 前公开。" in told


def test_an_item_handed_in_answers_and_its_release_meets(chain: Chain) -> None:
    swept(chain)
    chain.submit()
    by_label = {row.label.en: row for row in listed(chain, "open")}
    assert by_label["2026-05"].state == "under_way"
    assert by_label["2026-05"].package_id == chain.package_id
    assert by_label["2026-04"].state == "open"
    chain.until("readback")
    (met,) = listed(chain, "met")
    assert (met.label.en, met.state) == ("2026-05", "met")


def test_an_item_that_was_cancelled_leaves_the_duty_open_for_another(chain: Chain) -> None:
    swept(chain)
    chain.submit().until("first_review").decide("first_review", "return")
    cancel(chain)
    assert {row.state for row in listed(chain, "open")} == {"open"}
    second = Chain(chain.uow, chain.county, chain.draft).submit()
    rows = {row.label.en: row for row in listed(chain, "open")}
    assert rows["2026-05"].package_id == second.package_id


def cancel(chain: Chain) -> None:
    with chain.uow(chain.county.actor("drafter")) as work:
        drafting.cancel(work, chain.package_id, "不再需要。")
        work.commit()


def test_the_second_item_does_not_take_the_duty_from_the_first(chain: Chain) -> None:
    swept(chain)
    chain.submit()
    Chain(chain.uow, chain.county, chain.draft).submit()
    rows = {row.label.en: row for row in listed(chain, "open")}
    assert rows["2026-05"].package_id == chain.package_id


def test_something_happened_and_the_days_count_from_it(chain: Chain) -> None:
    works = chain.county.units["works"]
    with chain.read("drafter") as work:
        duty = duties.open_event(work, works, "竣工", " 柳溪桥 竣工 ", date(2026, 6, 1))
        assert (duty.label, duty.base_on) == ("柳溪桥 竣工", date(2026, 6, 1))
        work.commit()
    (row,) = listed(chain, "open")
    assert row.due.at.date() == date(2026, 6, 30)  # twenty working days, one holiday between
    with chain.read("drafter") as work:
        assert duties.waiting_for(work, works) == [("竣工", "柳溪桥 竣工")]
        with pytest.raises(Refused, match="已经登记过"):
            duties.open_event(work, works, "竣工", "柳溪桥 竣工", date(2026, 6, 1))


def test_what_cannot_be_entered_is_told_with_all_reasons(chain: Chain) -> None:
    works = chain.county.units["works"]
    with chain.read("drafter") as work:
        with pytest.raises(Refused) as refused:
            duties.open_event(work, works, "没有", "", TODAY + timedelta(days=1))
        assert len(refused.value.reasons) == 3
        with pytest.raises(Refused, match="自动产生"):
            duties.open_event(work, works, "进度", "五月", TODAY)


@pytest.mark.parametrize("login", ["first", "inspector", "publisher"])
def test_others_enter_nothing(chain: Chain, login: str) -> None:
    with chain.read(login) as work, pytest.raises(NotPermitted):
        duties.open_event(work, chain.county.units["works"], "竣工", "竣工", TODAY)


def test_the_disclosure_office_says_that_nothing_is_due_and_why(chain: Chain) -> None:
    swept(chain)
    duty = listed(chain, "open")[0]
    assert duty.may_excuse
    with chain.read("ogi") as work:
        with pytest.raises(Refused, match="理由"):
            duties.excuse(work, duty.duty_id, " ")
        duties.excuse(work, duty.duty_id, "当月没有在建项目。")
        work.commit()
    (excused,) = listed(chain, "excused")
    assert excused.excused_reason == "当月没有在建项目。"
    with chain.read("ogi") as work, pytest.raises(Refused, match="已经标为"):
        duties.excuse(work, duty.duty_id, "再来一次。")


def test_what_an_item_answers_to_is_not_excused_and_drafters_excuse_nothing(chain: Chain) -> None:
    swept(chain)
    chain.submit()
    rows = {row.label.en: row for row in listed(chain, "open")}
    with chain.read("ogi") as work, pytest.raises(Refused, match="已有稿件"):
        duties.excuse(work, rows["2026-05"].duty_id, "不需要。")
    with chain.read("drafter") as work, pytest.raises(NotPermitted):
        duties.excuse(work, rows["2026-04"].duty_id, "不需要。")


def test_units_see_their_own_and_the_county_sees_all(chain: Chain) -> None:
    swept(chain)
    assert len(listed(chain, "open", "drafter")) == 2
    assert len(listed(chain, "open", "inspector")) == 2
    assert listed(chain, "open", "sysadmin") == []
    outsider = chain.hire("town", "镇人", "drafter", "town")
    assert outsider
    assert listed(chain, "open", "town") == []
    with chain.read("town") as work, pytest.raises(NotFound):
        duties.excuse(work, listed(chain, "open")[0].duty_id, "与我无关。")


def test_a_new_calendar_moves_what_is_still_to_come(chain: Chain) -> None:
    swept(chain)
    with chain.uow(SYSTEM) as work:
        working_days.enter_notice(work, 2026, "更正", {date(2026, 6, 12): False})
        work.commit()
    swept(chain)
    rows = {row.label.en: row.due.at.date() for row in listed(chain, "open")}
    assert rows["2026-05"] == date(2026, 6, 15)
    assert rows["2026-04"] == date(2026, 5, 18)  # past: what it was counted by stays


def test_the_list_costs_the_same_however_long(chain: Chain) -> None:
    def cost() -> int:
        with chain.read("ogi") as work, counted(work) as statements:
            duties.page(work)
            duties.counts(work)
        return len(statements)

    swept(chain)
    few = cost()
    with chain.uow(SYSTEM) as work:
        first = work.session.scalars(sa.select(Duty)).first()
        assert first is not None
        shared = ("unit_id", "matter_id", "code", "name", "base_on", "due_at", "provisional")
        same = {name: getattr(first, name) for name in (*shared, "calendar_version", "opened_at")}
        work.session.execute(
            sa.insert(Duty),
            [{**same, "label": f"事件{n}", "excused_reason": ""} for n in range(100)],
        )
        work.commit()
    assert cost() == few
