"""Work lists and pages: who finds what where, in screens, at a constant number of statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from tests.chain import Chain, body
from tests.conftest import MONDAY, OpenUow
from tests.factories import County, with_metadata
from tests.statements import counted
from workflows import deadlines, pages, paging, queries
from workflows.errors import NotFound, NotPermitted
from workflows.models import Decision
from workflows.paging import Place
from workflows.read_models import Page


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def test_each_list_holds_what_its_name_says(chain: Chain) -> None:
    chain.until("second_review")
    with chain.read("second") as work:
        waiting = queries.group_tasks(work).rows
        assert [(row.element, row.round, row.assignee) for row in waiting] == [
            ("second_review", 1, None)
        ]
        assert waiting[0].due is not None
        assert waiting[0].due.text.zh == "还剩 1 个工作日"
        assert waiting[0].unit == "清平县城市建设局"
        assert queries.my_tasks(work).rows == ()
        assert queries.counts(work) == {"my_tasks": 0, "group_tasks": 1, "notices": 1}
    with chain.read("first") as work:
        done = queries.done_by_me(work).rows
        assert [(row.element, row.outcome and row.outcome.zh) for row in done] == [
            ("first_review", "通过")
        ]
    with chain.read("drafter") as work:
        started = queries.started_by_me(work).rows
        assert [[stage.zh for stage in row.at_stages] for row in started] == [["复审"]]
    with chain.read("drafter2") as work:
        assert queries.started_by_me(work).rows == ()


def test_inspector_finds_every_submitted_package_and_strangers_none(
    uow: OpenUow, county: County
) -> None:
    chains = [Chain(uow, county).submit() for _ in range(3)]
    chains[0].until("first_review")
    with uow(county.actor("inspector")) as work:
        assert len(queries.all_packages(work).rows) == 3
        found = queries.all_packages(work, stage="first_review").rows
        assert [row.package_id for row in found] == [chains[0].package_id]
        assert len(queries.all_packages(work, text="路灯").rows) == 3
        assert queries.all_packages(work, text="100%").rows == ()
        assert queries.all_packages(work, status="published").rows == ()
    with uow(county.actor("sysadmin")) as work:
        assert queries.all_packages(work).rows == ()
    with uow(county.actor("first")) as work, pytest.raises(NotPermitted):
        queries.nobody_tasks(work)


LISTS: list[Callable[[UnitOfWork], object]] = [
    queries.my_tasks,
    queries.group_tasks,
    queries.done_by_me,
    queries.started_by_me,
    queries.all_packages,
    queries.counts,
]


@pytest.mark.parametrize("listed", LISTS)
def test_list_costs_the_same_however_long_it_is(
    uow: OpenUow, county: County, listed: Callable[[UnitOfWork], object]
) -> None:
    costs = []
    for _ in range(2):
        Chain(uow, county).submit().decide("attribute_review")
        Chain(uow, county).submit()
        with uow(county.actor("ogi")) as work, counted(work) as sent:
            listed(work)
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 9


def test_pages_cost_the_same_after_many_rounds(chain: Chain) -> None:
    chain.until("first_review")
    costs: list[tuple[int, int]] = []
    for _ in range(3):
        task_id = chain.task("first_review")
        with chain.read("first") as work, counted(work) as task:
            pages.task_page(work, task_id)
        with chain.read("first") as work, counted(work) as package:
            pages.package_page(work, chain.package_id)
        costs.append((len(task), len(package)))
        chain.decide("first_review", "return")
        chain.revise("unchanged")
    # the first look differs from later ones by the returns that are there to be shown
    assert costs[1] == costs[2]
    assert max(costs[2]) <= 60


def test_screens_join_without_gap_or_repeat_and_lead_back(uow: OpenUow, county: County) -> None:
    expected = [Chain(uow, county).submit().package_id for _ in range(7)]
    with uow(county.actor("inspector")) as work:
        seen: list[list[int]] = []
        place: Place | None = Place(limit=3)
        page: Page[queries.PackageRow] = Page(())
        while place is not None:
            page = queries.all_packages(work, place)
            seen.append([row.package_id for row in page.rows])
            place = Place(after=page.next, limit=3) if page.next else None
        assert [number for screen in seen for number in screen] == expected[::-1]
        assert [len(screen) for screen in seen] == [3, 3, 1]
        back = queries.all_packages(work, Place(before=page.previous, limit=3))
        assert [row.package_id for row in back.rows] == seen[1]
        first = queries.all_packages(work, Place(before=back.previous, limit=3))
        assert [row.package_id for row in first.rows] == seen[0]
        assert first.previous is None


@pytest.mark.parametrize("forged", ["", "x", "eyJh", "W10", "bm90IGpzb24", "W251bGwsIDFd", "''''"])
def test_key_that_nobody_gave_out_leads_to_the_first_screen(forged: str) -> None:
    assert paging.decode(forged) is None


def test_key_round_trips() -> None:
    assert paging.decode(paging.encode(MONDAY, 7)) == (MONDAY, 7)


DUE = [
    (datetime(2026, 6, 8, 9, 30, tzinfo=UTC), "今天到期", "today"),
    (datetime(2026, 6, 9, 9, 30, tzinfo=UTC), "还剩 1 个工作日", "ok"),
    (datetime(2026, 6, 15, 9, 30, tzinfo=UTC), "还剩 5 个工作日", "ok"),
    (datetime(2026, 6, 5, 9, 30, tzinfo=UTC), "已超 1 个工作日", "overdue"),
    (datetime(2026, 6, 1, 9, 30, tzinfo=UTC), "已超 5 个工作日", "overdue"),
    (datetime(2026, 6, 8, 0, 30, tzinfo=UTC), "已超时限", "overdue"),
]


@pytest.mark.parametrize(("at", "words", "state"), DUE)
def test_deadline_is_told_in_working_days(at: datetime, words: str, state: str) -> None:
    def weekday(day: date) -> bool:
        return day.weekday() < 5

    told = deadlines.due(at, MONDAY, False, weekday)
    assert (told.text.zh, told.state) == (words, state)
    assert deadlines.due(at, MONDAY, True, weekday).text.zh == f"{words}（暂定）"


def test_task_page_says_what_follows_from_each_outcome(chain: Chain) -> None:
    chain.until("final_review")
    task_id = chain.task("final_review")
    with chain.read("final") as work:
        page = pages.task_page(work, task_id)
    said = {card.code: [line.zh for line in card.consequences] for card in page.outcomes}
    assert said["pass"] == ["接下来：一校（清平县人民政府一校，6月9日前）"]
    assert said["raise_level"] == ["接下来：主要负责人审签（清平县人民政府主要负责人，6月9日前）"]
    assert said["hold"] == ["接下来：待用（清平县人民政府终审人）"]
    assert said["reject"] == ["办结：不予采用"]
    assert said["return"] == [
        "回到拟稿人秦笔修改",
        "若为事实性修改（T2），须重新办理：复审",
        "若为实质性修改（T3），须重新办理：保密审查、初审、复审",
    ]
    assert page.may_claim
    assert not page.may_decide
    assert [item.code for item in page.checklist] == ["Z1", "Z2", "Z3", "Z4"]
    assert page.content.title == "清平县城市建设局关于增设小区路灯的通知"
    assert page.opinions[0].stage_code == "second_review"


def test_opinion_of_the_confidentiality_review_shows_its_verdict_on_each_part(chain: Chain) -> None:
    chain.until("first_review")
    with chain.read("inspector") as work:
        page = pages.package_page(work, chain.package_id)
    judged = next(d for d in page.decisions if d.stage_code == "confidentiality_review")
    assert [(line.label.zh, line.value.zh) for line in judged.parts] == [
        *(("正文", "可以公开"), ("元数据", "可以公开"), ("解读", "可以公开")),
    ]


def test_return_out_of_the_parallel_checks_says_what_it_withdraws(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, with_metadata(legality_required=True)).submit()
    chain.decide("attribute_review")
    task_id = chain.task("legality_review")
    with chain.read("legal") as work:
        page = pages.task_page(work, task_id)
    said = {card.code: [line.zh for line in card.consequences] for card in page.outcomes}
    assert said["return"] == ["回到拟稿人秦笔修改", "同时收回：保密审查"]
    assert said["lawful"] == []
    chain.decide("legality_review", "return", reason_codes=("R21",))
    assert chain.open() == ["revise"]


def test_looking_ahead_changes_nothing(chain: Chain) -> None:
    chain.until("release")
    task_id, before = chain.task("release"), len(chain.decisions())
    with chain.read("publisher") as work:
        page = pages.task_page(work, task_id)
        assert not work.session.new
        assert not work.session.dirty
        work.commit()
    assert [card.code for card in page.outcomes] == ["publish", "return"]
    assert page.outcomes[0].consequences[0].code == "publish"
    assert chain.open() == ["release"]
    assert len(chain.decisions()) == before


def test_release_page_shows_the_gate_before_the_press(chain: Chain) -> None:
    chain.until("release")
    task_id = chain.task("release")
    with chain.read("publisher") as work:
        page = pages.task_page(work, task_id)
    assert {gate.status for gate in page.gates} == {"passed", "not_checked"}
    assert {gate.code for gate in page.gates if gate.status == "not_checked"} == {
        *("GF5", "GF6", "GF7")
    }
    assert page.outcomes[0].refusals == ()


def test_page_shows_what_changed_since_my_last_look(chain: Chain) -> None:
    chain.until("first_review")
    task_id = chain.task("first_review")
    with chain.read("first") as work:
        page = pages.task_page(work, task_id)
        assert page.changes is None
        pages.look(work, chain.package_id, page.content.version_id)
        pages.look(work, chain.package_id, page.content.version_id)
        work.commit()
    chain.decide("first_review", "return")
    chain.revise("t2", body("360盏", "380盏"))
    chain.decide("delta_confirmation")
    task_id = chain.task("first_review")
    with chain.read("first") as work:
        page = pages.task_page(work, task_id)
    assert page.changes is not None
    changed = [c for p in page.changes.parts for line in p.paragraphs for c in line]
    assert {(c.kind, c.text) for c in changed if c.kind in ("added", "removed")} == {
        *(("removed", "360"), ("added", "380"))
    }


def test_a_version_bears_the_class_that_its_revision_was_given(chain: Chain) -> None:
    chain.until("first_review")
    chain.decide("first_review", "return")
    chain.revise("t2", body("360盏", "380盏"))
    chain.until("first_proofreading")
    chain.decide("first_proofreading", "return")
    chain.revise("unchanged")
    with chain.read("drafter") as work:
        found = pages.package_page(work, chain.package_id).versions
        assert [(one.number, one.change_class.code) for one in found] == [(2, "t2"), (1, "")]


def test_any_two_versions_can_be_compared_by_who_may_see_them(chain: Chain) -> None:
    chain.until("first_review")
    chain.decide("first_review", "return")
    chain.revise("t1", body("请遵照执行", "请认真执行"))
    with chain.read("inspector") as work:
        found = pages.compare(work, chain.package_id, 1, 2)
        assert [part.code for part in found.parts] == ["body"]
        assert pages.compare(work, chain.package_id, 2, 2).is_empty
        with pytest.raises(NotFound):
            pages.compare(work, chain.package_id, 1, 9)
    with chain.read("sysadmin") as work, pytest.raises(NotFound):
        pages.compare(work, chain.package_id, 1, 2)


def test_ribbon_tells_rounds_voids_and_what_is_not_needed(chain: Chain) -> None:
    chain.until("third_proofreading")
    chain.decide("third_proofreading", "return")
    chain.revise("t2", body("360盏", "380盏"))
    with chain.read("drafter") as work:
        page = pages.package_page(work, chain.package_id)
    beads = {bead.element: bead for bead in page.ribbon}
    assert [bead.state for bead in page.ribbon] == [
        *("done", "done", "current", "done", "voided", "voided"),
        *("voided", "voided", "returned", "waiting", "waiting"),
    ]
    assert beads["second_review"].reason == Sentence("事实性修改（T2）", "Factual change (T2)")
    assert beads["second_review"].person == Sentence("傅审", "傅审")
    assert beads["delta_confirmation"].person == Sentence(
        "清平县人民政府保密审查员", "Confidentiality reviewer, 清平县人民政府"
    )
    chain.until("release")
    with chain.read("drafter") as work:
        page = pages.package_page(work, chain.package_id)
    beads = {bead.element: bead for bead in page.ribbon}
    assert beads["sign_confirmation"].state == "skipped"
    assert beads["second_review"].state == "done"
    assert beads["second_review"].round == 2
    assert [(old.round, old.voided) for old in beads["second_review"].earlier] == [(1, True)]


def test_forbidden_package_looks_like_none(chain: Chain, uow: OpenUow, county: County) -> None:
    task_id = chain.task("attribute_review")
    with uow(county.actor("sysadmin"), MONDAY + timedelta(days=1)) as work:
        with pytest.raises(NotFound):
            pages.package_page(work, chain.package_id)
        with pytest.raises(NotFound):
            pages.task_page(work, task_id)
        with pytest.raises(NotFound):
            pages.package_page(work, 4711)
        assert work.session.scalars(sa.select(Decision)).all() == []
