"""Numbers that differ from office to office: who lays them down, from when, and what binds below (domain:A9)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM
from engine.models import AuditEntry
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County, kept_back, with_metadata
from tests.statements import counted
from workflows import oversight, parameters
from workflows.content import parse
from workflows.errors import GateRefused, NotPermitted, Refused
from workflows.models import Package, PackageVersion, RuleSetting
from workflows.parameters import PARAMETERS, Parameter

TODAY = date(2026, 6, 8)
COUNTY, DEPT = "interp.min_forms.county", "interp.min_forms.dept"


def laid_down(
    open_uow: OpenUow,
    county: County,
    unit: str,
    key: str,
    value: int,
    strength: str,
    on: date = TODAY,
    by: str = "secadmin",
) -> None:
    with open_uow(county.actor(by)) as work:
        parameters.lay_down(
            work,
            county.units[unit],
            key,
            value=value,
            strength=strength,
            effective_on=on,
            basis="清政办发〔2026〕3号",
        )
        work.commit()


def held(open_uow: OpenUow, county: County, unit: str, key: str, days: int = 0) -> tuple[int, str]:
    with open_uow(now=MONDAY + timedelta(days=days)) as work:
        found = parameters.rules(work, county.units[unit])[key]
        return found.value, found.strength


def test_shipped_numbers_hold_where_nobody_said_otherwise(uow: OpenUow, county: County) -> None:
    assert held(uow, county, "works", COUNTY) == (5, "principle")
    assert held(uow, county, "works", DEPT) == (2, "mandatory")


def test_what_the_county_lays_down_holds_below_from_its_day_on(
    uow: OpenUow, county: County
) -> None:
    laid_down(uow, county, "county", DEPT, 3, "mandatory", TODAY + timedelta(days=2))
    assert held(uow, county, "works", DEPT, 1) == (2, "mandatory")
    assert held(uow, county, "works", DEPT, 2) == (3, "mandatory")
    laid_down(uow, county, "county", DEPT, 4, "mandatory", TODAY + timedelta(days=9))
    assert held(uow, county, "town", DEPT, 8) == (3, "mandatory")
    assert held(uow, county, "town", DEPT, 9) == (4, "mandatory")


def test_a_choice_between_two_ways_is_one_of_them_and_told_by_name(
    uow: OpenUow, county: County
) -> None:
    with pytest.raises(Refused, match="请选择“先审后校”或者“审校交替”"):
        laid_down(uow, county, "works", parameters.INTERLEAVED, 2, "principle")
    laid_down(uow, county, "works", parameters.INTERLEAVED, 1, "principle")
    assert held(uow, county, "works", parameters.INTERLEAVED) == (1, "principle")
    with uow(county.actor("auditadmin")) as work:
        told = [
            oversight.line(one).sentence
            for one in work.session.scalars(
                sa.select(AuditEntry).where(AuditEntry.action == "parameter.set")
            )
        ]
    assert [(one.zh, one.en) for one in told] == [
        (
            "安全：清平县城市建设局规定“审校次序”为审校交替（原则上），2026-06-08起，依据清政办发〔2026〕3号",
            "安全: 清平县城市建设局 set “Order of reviews and proofreadings” to reviews and proofreadings in turns "
            "from 2026-06-08 (清政办发〔2026〕3号)",
        )
    ]


def test_a_unit_may_be_stricter_than_what_is_mandatory_above_never_laxer(
    uow: OpenUow, county: County
) -> None:
    laid_down(uow, county, "county", DEPT, 3, "mandatory")
    laid_down(uow, county, "works", DEPT, 4, "mandatory")
    assert held(uow, county, "works", DEPT) == (4, "mandatory")
    for value, strength in ((2, "mandatory"), (4, "principle")):
        with pytest.raises(Refused, match="只能更严，不能放宽"):
            laid_down(uow, county, "town", DEPT, value, strength)


def test_what_is_mandatory_above_binds_even_what_was_laid_down_before(
    uow: OpenUow, county: County
) -> None:
    laid_down(uow, county, "works", COUNTY, 3, "principle")
    assert held(uow, county, "works", COUNTY) == (3, "principle")
    laid_down(uow, county, "county", COUNTY, 6, "mandatory", TODAY + timedelta(days=1))
    assert held(uow, county, "works", COUNTY, 1) == (6, "mandatory")


def test_what_is_in_principle_above_may_be_set_otherwise_below(
    uow: OpenUow, county: County
) -> None:
    laid_down(uow, county, "county", COUNTY, 4, "principle")
    laid_down(uow, county, "office", COUNTY, 3, "principle")
    assert held(uow, county, "office", COUNTY) == (3, "principle")
    assert held(uow, county, "works", COUNTY) == (4, "principle")


@pytest.mark.parametrize("login", ["ogi", "sysadmin", "principal", "inspector"])
def test_only_the_security_administrator(uow: OpenUow, county: County, login: str) -> None:
    with pytest.raises(NotPermitted):
        laid_down(uow, county, "county", COUNTY, 4, "principle", by=login)


@pytest.mark.parametrize(
    ("key", "value", "strength"),
    [
        ("no.such", 1, "principle"),
        (COUNTY, 0, "principle"),
        (COUNTY, 99, "principle"),
        (COUNTY, 4, "perhaps"),
        ("attr.review_due", 231, "mandatory"),
        ("publish.max_wd", 21, "mandatory"),
    ],
)
def test_impossible_numbers(
    uow: OpenUow, county: County, key: str, value: int, strength: str
) -> None:
    with pytest.raises(Refused):
        laid_down(uow, county, "county", key, value, strength)


def test_every_reason_at_once(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work, pytest.raises(Refused) as refused:
        parameters.lay_down(
            work,
            county.units["county"],
            DEPT,
            value=0,
            strength="principle",
            effective_on=TODAY - timedelta(days=1),
            basis="",
        )
    assert len(refused.value.reasons) == 4


def test_what_was_laid_down_is_not_rewritten(uow: OpenUow, county: County) -> None:
    laid_down(uow, county, "county", COUNTY, 4, "principle")
    with uow() as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        work.session.execute(sa.update(RuleSetting).values(value=1))


def test_the_gates_ask_the_units_numbers(uow: OpenUow, county: County) -> None:
    laid_down(uow, county, "county", DEPT, 3, "mandatory")
    with pytest.raises(GateRefused, match="不少于 3 种，现有 2 种"):
        Chain(uow, county).submit()


def test_an_item_is_judged_by_what_held_when_it_was_handed_in(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    laid_down(uow, county, "county", DEPT, 3, "mandatory", TODAY + timedelta(days=1))
    chain.until("release")
    later = chain.uow
    chain.uow = lambda actor, now=MONDAY + timedelta(days=2), **given: later(actor, now, **given)
    chain.decide("release")
    assert chain.status() == "published"


def test_a_shorter_limit_moves_the_day_of_disclosure(uow: OpenUow, county: County) -> None:
    laid_down(uow, county, "county", "publish.max_wd", 10, "mandatory")
    facts = {"catalogue_item": "", "outside_catalogue": True, "outside_reason": "新事项"}
    chain = Chain(uow, county, with_metadata(**facts)).submit()
    with chain.read() as work:
        version = work.session.scalars(sa.select(PackageVersion)).first()
        assert version is not None
        due = parse(version.content).metadata.disclosure_due
    assert due == date(2026, 6, 15)  # ten working days after 1 June


def test_the_yearly_review_falls_on_the_units_day_and_never_into_the_past(
    uow: OpenUow, county: County
) -> None:
    laid_down(uow, county, "county", "attr.review_due", 601, "mandatory")
    chain = Chain(uow, county, kept_back("on_request")).submit()
    chain.decide("attribute_review", "on_request")
    with chain.read() as work:
        assert work.session.scalars(sa.select(Package.review_on)).one() == date(2027, 6, 1)


def test_asking_costs_the_same_however_much_was_laid_down(uow: OpenUow, county: County) -> None:
    def cost() -> int:
        with uow() as work, counted(work) as statements:
            parameters.rules(work, county.units["works"])
        return len(statements)

    few = cost()
    with uow(SYSTEM) as work:
        for n in range(30):
            parameters.lay_down(
                work,
                county.units["county"],
                COUNTY,
                value=1 + n % 9,
                strength="principle",
                effective_on=TODAY,
                basis="试",
            )
        work.commit()
    assert cost() == few


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda one: one.key)
def test_shipped_numbers_lie_within_their_own_bounds(parameter: Parameter) -> None:
    assert parameters._within(parameter, parameter.default)
    assert parameter.zh
    assert parameter.en
    assert parameter.source.startswith("domain:")
