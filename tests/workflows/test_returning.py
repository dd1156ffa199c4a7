"""What a return brings with it: who is told, until when it is to be mended, what the diagram shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import deadlines, working_days
from engine.models import Timer, UserTask
from engine.text import Sentence
from tests.chain import Chain, more
from tests.conftest import MONDAY, OpenUow
from tests.factories import County, current
from workflows import (
    assignments,
    consultations,
    drafting,
    evidence_sheet,
    notices,
    organisation,
    oversight,
    pages,
    registers,
    reviewing,
    taking_back,
)
from workflows.errors import NotPermitted, Refused


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


def revision(chain: Chain) -> UserTask:
    with chain.read() as work:
        task = work.session.get_one(UserTask, chain.task("revise"))
        work.session.expunge(task)
        return task


@pytest.mark.parametrize(("chosen", "day"), [(None, 11), (date(2026, 6, 18), 18)])
def test_revision_is_due_when_whoever_returned_it_said(
    chain: Chain, chosen: date | None, day: int
) -> None:
    """Three working days unless they chose one; reminders and registers go by the same day."""
    chain.until("first_review")
    chain.decide("first_review", "return", deadline=chosen)
    due = datetime(2026, 6, day, 9, 30, tzinfo=UTC)  # half past five in China
    assert chain.decisions("first_review")[0].deadline == due.date()
    assert revision(chain).due_at == due
    with chain.read() as work:
        timers = sa.select(Timer.due_at).where(Timer.task_id == chain.task("revise"))
        assert work.session.scalars(timers).all() == [due]
    sweep_until = due + timedelta(minutes=1)
    with chain.uow(chain.person("inspector"), sweep_until) as work:
        late = [line.cells[3] for line in registers.whole(work, "overdue")[1]]
        assert [cell.zh for cell in late if isinstance(cell, Sentence)] == ["修改重报"]


def test_a_day_that_somebody_chose_is_not_counted_by_a_calendar(chain: Chain) -> None:
    chain.until("first_review")
    chain.decide("first_review", "return", deadline=date(2026, 6, 18))
    revise = chain.task("revise")
    with chain.uow(chain.person("inspector")) as work:
        working_days.enter_notice(work, 2026, "防汛停班", {date(2026, 6, 9): False})
        moved = deadlines.recount(work, certain_too=True)
        assert revise not in [one.task_id for one in moved]
        work.commit()
    assert revision(chain).due_at == datetime(2026, 6, 18, 9, 30, tzinfo=UTC)


def test_each_round_of_the_item_stands_apart(chain: Chain) -> None:
    chain.until("second_review").decide("second_review", "return")
    chain.revise("t3", more("灯杆避开窗户。"))
    chain.until("second_review")
    with chain.read("second") as work:
        page = pages.package_page(work, chain.package_id)
    laps = {(one.stage_code, one.lap) for one in page.decisions}
    assert {("first_review", 1), ("second_review", 1), ("revise", 2), ("first_review", 2)} <= laps
    assert [one.lap for one in page.decisions] == sorted((one.lap for one in page.decisions), reverse=True)  # fmt: skip


def test_a_return_that_was_taken_back_begins_no_round(chain: Chain) -> None:
    chain.until("first_review").decide("first_review", "return")
    take_back(chain)
    chain.decide("first_review")
    with chain.read("second") as work:
        page = pages.package_page(work, chain.package_id)
    assert {one.lap for one in page.decisions} == {1}


def returned(chain: Chain, times: int) -> None:
    """Sent back so often; the last time it still lies with the drafter."""
    chain.until("first_review")
    for number in range(times):
        chain.decide("first_review", "return")
        if number < times - 1:
            chain.revise("unchanged")


def take_back(chain: Chain) -> None:
    """The last decision, by whoever made it."""
    last = chain.decisions()[-1]
    with chain.uow(chain.actor(last.stage)) as work:
        taking_back.take_back(work, last.task_id, "点错了。")
        work.commit()


def resubmit(chain: Chain) -> None:
    task_id = chain.task("revise")
    with chain.read("drafter") as work:
        digest = current(work, chain.package_id).digest
        drafting.resubmit(work, task_id, change_class="unchanged", digest=digest, note="见附件。")


def consult(chain: Chain, login: str, **given: object) -> None:
    values: dict[str, Any] = {
        "held_on": MONDAY.date(),
        "participants": "杜科、孟开、方正（县司法局）",
        "conclusion": "由财政局补充依据。",
    }
    with chain.read(login) as work:
        consultations.record(work, chain.package_id, **{**values, **given})
        work.commit()


def test_fifth_return_asks_for_a_consultation_before_anything_else(chain: Chain) -> None:
    returned(chain, 5)
    assert "请组织会商" in told_head(chain)[0]
    with pytest.raises(Refused, match="须先会商"):
        resubmit(chain)
    with pytest.raises(Refused) as refused:
        consult(chain, "head", held_on=None, participants=" ", conclusion="")
    assert [r.code for r in refused.value.reasons] == ["held_on", "participants", "conclusion"]
    with pytest.raises(Refused, match="还没有到"):
        consult(chain, "head", held_on=date(2026, 6, 9))
    with pytest.raises(NotPermitted):
        consult(chain, "drafter")
    consult(chain, "head")
    resubmit(chain)


def test_a_return_that_was_taken_back_is_none_and_asks_for_no_consultation(chain: Chain) -> None:
    chain.until("first_review").decide("first_review", "return")
    take_back(chain)
    returned(chain, 2)
    chain.revise("unchanged")
    assert told_head(chain) == []
    returned(chain, 1)
    assert ["已被退回3次" in text for text in told_head(chain)] == [True]
    chain.revise("unchanged")
    returned(chain, 1)
    with chain.read("drafter") as work:
        found = consultations.state(work, chain.package_id)
    assert (found.returns, found.wanted) == (4, False)
    resubmit(chain)


def test_consultation_is_told_in_trail_sheet_and_to_the_drafter(chain: Chain) -> None:
    returned(chain, 5)
    consult(chain, "ogi")
    with chain.read("drafter") as work:
        assert any("已会商" in row.text.zh for row in notices.list_mine(work))
    with chain.read("inspector") as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
        (told,) = sheet.consultations
        assert (told.participants, told.conclusion, told.after, told.by) == (
            *("杜科、孟开、方正（县司法局）", "由财政局补充依据。", 5),
            "孟开",
        )
        last = oversight.trail(work, chain.package_id)[-1].sentence
        assert "方正（县司法局）" in last.zh
        assert "由财政局补充依据。" in last.zh


def test_one_consultation_answers_for_five_returns(chain: Chain) -> None:
    with pytest.raises(Refused, match="不需要会商"):
        consult(chain, "head")
    returned(chain, 5)
    consult(chain, "head")
    with pytest.raises(Refused, match="不需要会商"):
        consult(chain, "head")
    chain.revise("unchanged")
    for number in range(6, 11):
        chain.decide("first_review", "return")
        if number < 10:
            chain.revise("unchanged")
    with pytest.raises(Refused, match="须先会商"):
        resubmit(chain)


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
        organisation.set_separation(work, chain.county.units["works"], "small_office")
        work.commit()
    chain.decide("attribute_review")
    with chain.read() as work:
        organisation.set_separation(work, chain.county.units["works"], "strict")
        work.commit()
    chain.decide("confidentiality_review")
    assert [row.separation for row in chain.decisions()] == ["small_office", "strict"]
