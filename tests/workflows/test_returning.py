"""What a return brings with it: who is told, until when it is to be mended, what the diagram shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import assignments, notices, pages, reviewing, units
from workflows.errors import Refused


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def told_head(chain: Chain) -> list[str]:
    with chain.read("head") as work:
        return [row.text.zh for row in notices.list_mine(work) if row.text.code == "returns"]


def test_only_what_was_sent_back_counts_as_returned(chain: Chain) -> None:
    chain.until("first_review")
    for outcome in ("hold", "hold", "return"):
        chain.decide("first_review", outcome)
        if outcome == "hold":
            chain.decide("on_hold", "resume")
        else:
            chain.revise("unchanged")
    assert told_head(chain) == []
    for _ in range(2):
        chain.decide("first_review", "return")
        chain.revise("unchanged")
    (told,) = told_head(chain)
    assert "已被退回3次" in told


def test_held_stage_is_not_called_returned_and_no_stage_that_failed_is_passed(
    chain: Chain,
) -> None:
    chain.until("first_review")
    for outcome, word in (("hold", "待用"), ("return", "已退回")):
        chain.decide("first_review", outcome)
        with chain.read("first") as work:
            page = pages.package_page(work, chain.package_id)
        (bead,) = [stage for stage in page.ribbon if stage.element == "first_review"]
        assert (bead.state, bead.state_text.zh) == ("returned", word)
        assert "first_review" not in page.passed_elements
        assert "attribute_review" in page.passed_elements
        if outcome == "hold":
            chain.decide("on_hold", "resume")


def test_released_item_is_drawn_as_released(chain: Chain) -> None:
    chain.until("none")
    with chain.read("first") as work:
        assert {"release", "readback"} <= set(
            pages.package_page(work, chain.package_id).passed_elements
        )


def test_day_to_be_mended_by_reaches_the_drafter(chain: Chain) -> None:
    day = MONDAY.date() + timedelta(days=3)
    chain.until("first_review")
    chain.decide("first_review", "return", deadline=day)
    with chain.read("drafter") as work:
        page = pages.task_page(work, chain.task("revise"))
    assert page.opinions[0].deadline == day


@pytest.mark.parametrize(("day", "fits"), [(date(2026, 6, 7), False), (date(2026, 6, 8), True)])
def test_day_to_be_mended_by_lies_ahead(chain: Chain, day: date, fits: bool) -> None:
    chain.until("first_review")
    with chain.read("first") as work:
        task_id = chain.task("first_review")
        assignments.claim(work, task_id)
        given = chain.form(work, task_id, "return", deadline=day)
        if fits:
            reviewing.decide(work, task_id, given)
            return
        with pytest.raises(Refused, match="整改期限已经过去"):
            reviewing.decide(work, task_id, given)


def test_decision_keeps_the_separation_it_was_made_under(chain: Chain) -> None:
    with chain.read() as work:
        units.set_separation(work, chain.county.units["works"], "small_office")
        work.commit()
    chain.decide("attribute_review")
    with chain.read() as work:
        units.set_separation(work, chain.county.units["works"], "strict")
        work.commit()
    chain.decide("confidentiality_review")
    assert [row.separation for row in chain.decisions()] == ["small_office", "strict"]
