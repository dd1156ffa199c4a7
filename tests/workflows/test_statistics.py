"""The figures of inspectors are those of the rows (domain:C11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County, kept_back, with_metadata
from tests.statements import counted
from workflows import drafting, due_dates, notices, statistics, taking_back
from workflows.errors import GateRefused, NotPermitted
from workflows.statistics import Figures

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def told(chain: Chain, first: date = YEAR[0], last: date = YEAR[1]) -> Figures:
    with chain.read("inspector") as work:
        return statistics.figures(work, first, last)


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """One item that was returned for what is missing, and one that went out late."""
    chain = Chain(uow, county).submit()
    chain.decide("attribute_review", "return", reason_codes=("R04", "R06"), opinion="缺图解。")
    chain.revise("unchanged")
    chain.until("first_review").decide("first_review", "return", reason_codes=("R11",))
    out = Chain(uow, county).submit().until("release")
    out.uow = lambda actor, now=MONDAY + timedelta(days=40), **given: uow(actor, now, **given)
    out.decide("release", opinion="等待统一口径。")
    return chain


def test_each_figure_is_counted_once(chain: Chain) -> None:
    found = told(chain)
    (unit,) = found.units
    assert unit.unit == "清平县城市建设局"
    assert (unit.submitted, unit.notices, unit.returns) == (2, 1, 2)
    assert (unit.released, unit.late, unit.overrides, unit.refused) == (1, 1, 0, 0)
    assert (unit.notice_share, unit.in_time_share) == (50, 0)
    assert {(name.zh, number) for name, number in found.missing} == {
        ("缺解读材料", 1),
        ("解读形式不足", 1),
    }
    assert ("文字差错", 1) in {(name.zh, number) for name, number in found.reasons}


def test_reasons_are_those_of_returns_that_were_not_taken_back(chain: Chain) -> None:
    """What puts an item on hold may cite a reason as well, and is no return."""
    before = told(chain)
    other = Chain(chain.uow, chain.county).submit().until("first_review")
    other.decide("first_review", "hold", reason_codes=("R22",))
    other.decide("on_hold", "resume")
    other.decide("first_review", "return", reason_codes=("R11",))
    with other.uow(other.actor("first_review")) as work:
        taking_back.take_back(work, other.decisions()[-1].task_id, "点错了。")
        work.commit()
    after = told(chain)
    assert (after.reasons, after.missing) == (before.reasons, before.missing)
    assert after.units[0].returns == before.units[0].returns
    assert after.units[0].reasons == {"R04": 1, "R06": 1, "R11": 1}


def test_only_what_lies_in_the_period(chain: Chain) -> None:
    assert told(chain, date(2026, 1, 1), date(2026, 6, 7)).units == ()
    (unit,) = told(chain, date(2026, 7, 1), date(2026, 7, 31)).units
    assert (unit.submitted, unit.released, unit.notice_share) == (0, 1, None)


def test_what_a_gate_stopped_is_counted(chain: Chain) -> None:
    bad = Chain(chain.uow, chain.county, with_metadata(column=""))
    with bad.read("drafter") as work:
        package = drafting.create(work, bad.draft)
        work.commit()
        bad.package_id = package.id
    with bad.read("drafter") as work:
        digest = factories.current(work, bad.package_id).digest
        with pytest.raises(GateRefused) as refused:
            drafting.submit(work, bad.package_id, digest=digest)
        work.session.rollback()
    with bad.read("drafter") as work:
        drafting.record_refusal(work, bad.package_id, refused.value.reasons)
        work.commit()
    assert told(chain).units[0].refused == 1


@pytest.mark.parametrize("login", ["ogi", "drafter", "sysadmin", "auditadmin"])
def test_only_inspectors(chain: Chain, login: str) -> None:
    with chain.read(login) as work, pytest.raises(NotPermitted):
        statistics.figures(work, *YEAR)


def test_the_number_of_statements_does_not_grow(chain: Chain) -> None:
    def cost() -> int:
        with chain.read("inspector") as work, counted(work) as statements:
            statistics.figures(work, *YEAR)
        return len(statements)

    few = cost()
    Chain(chain.uow, chain.county).submit().until("first_review").decide("first_review", "return")
    assert cost() == few


def test_a_yearly_review_is_announced_once(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, kept_back("on_request")).submit()
    chain.decide("attribute_review", "on_request")

    def announced(on: date) -> int:
        with uow(now=MONDAY + (on - MONDAY.date())) as work:
            number = due_dates.remind_reviews(work)
            work.commit()
        return number

    assert announced(date(2026, 9, 30)) == 0
    assert announced(date(2026, 10, 1)) == 1
    assert announced(date(2026, 12, 1)) == 0
    with chain.read("ogi") as work:
        assert any("请在 2026-12-31 前复查" in row.text.zh for row in notices.list_mine(work))
