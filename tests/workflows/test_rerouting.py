"""What becomes of open tasks when somebody leaves, loses a role, or lets it run out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import asides
from engine.database import UnitOfWork
from engine.models import AuditEntry, UserTask
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from tests.statements import counted
from workflows import (
    assignments,
    notices,
    organisation,
    oversight,
    people,
    queries,
    rerouting,
    routing,
)
from workflows.models import Package
from workflows.people import RoleGrant


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    chain = Chain(uow, county).submit()
    chain.until("first_review")
    return chain


def task(chain: Chain, stage: str) -> UserTask:
    task_id = chain.task(stage)
    with chain.read() as work:
        found = work.session.get_one(UserTask, task_id)
        work.session.expunge(found)
        return found


def claim(chain: Chain, login: str, stage: str) -> None:
    with chain.read(login) as work:
        assignments.claim(work, chain.task(stage))
        work.commit()


def leave(chain: Chain, login: str) -> None:
    with chain.read() as work:
        people.deactivate(work, chain.county.people[login], "调离")
        work.commit()


def lose_roles(chain: Chain, login: str) -> None:
    with chain.read() as work:
        people.set_roles(work, chain.county.people[login], [])
        work.commit()


LEAVING = [leave, lose_roles]


@pytest.mark.parametrize("go", LEAVING)
def test_task_held_by_who_leaves_goes_back_to_those_who_can_do_it(chain: Chain, go: object) -> None:
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    claim(chain, "first", "first_review")
    go(chain, "first")  # type: ignore[operator]
    assert task(chain, "first_review").assignee_id is None
    with chain.read("first3") as work:
        assert [row.element for row in queries.group_tasks(work).rows] == ["first_review"]
        assert any("待初审" in notice.text.zh for notice in notices.list_mine(work))
    chain.at["first_review"] = "first3"
    chain.decide("first_review")
    with chain.read("inspector") as work:
        told = [line.sentence.zh for line in oversight.trail(work, chain.package_id)]
    assert any("不再具备办理资格" in sentence for sentence in told)
    assert other


@pytest.mark.parametrize("go", LEAVING)
@pytest.mark.parametrize("held", [True, False])
def test_task_whose_last_person_leaves_waits_where_it_is_seen(
    chain: Chain, go: object, held: bool
) -> None:
    if held:
        claim(chain, "first", "first_review")
    go(chain, "first")  # type: ignore[operator]
    assert task(chain, "first_review").candidate_group == "nobody:first_reviewer"
    with chain.read("secadmin") as work:
        assert [row.element for row in queries.nobody_tasks(work).rows] == ["first_review"]
        (notice,) = notices.list_mine(work)
        assert "没有合格人员" in notice.text.zh
        assert chain.draft.metadata.title not in notice.text.zh


def test_revision_waits_for_a_drafter_when_the_unit_has_none(chain: Chain) -> None:
    chain.decide("first_review", "return")
    leave(chain, "drafter")
    assert task(chain, "revise").assignee_id is None
    leave(chain, "drafter2")
    assert task(chain, "revise").candidate_group == "nobody:drafter"
    with chain.read() as work:
        people.reactivate(work, chain.county.people["drafter"])
        work.commit()
    assert task(chain, "revise").assignee_id == str(chain.county.people["drafter"])


def test_role_that_runs_out_is_noticed_by_the_sweep(chain: Chain, uow: OpenUow) -> None:
    county = chain.county
    with chain.read() as work:
        today = MONDAY.date()
        grant = RoleGrant("first_reviewer", county.units["works"], today, today)
        people.set_roles(work, county.people["first"], [grant])
        work.commit()
    claim(chain, "first", "first_review")
    with chain.read() as work:
        assert rerouting.review(work) == 0
        work.now = MONDAY + timedelta(days=1)
        assert rerouting.review(work) == 1
        assert rerouting.review(work) == 0


def test_change_of_roles_that_concerns_nothing_moves_nothing(chain: Chain) -> None:
    claim(chain, "first", "first_review")
    lose_roles(chain, "drafter2")
    assert task(chain, "first_review").assignee_id == str(chain.county.people["first"])
    with chain.read() as work:
        moved = sa.select(AuditEntry).where(AuditEntry.action == "task.rerouted")
        assert work.session.scalars(moved).all() == []


def test_task_is_offered_for_handing_on_only_to_who_could_do_it(chain: Chain) -> None:
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    claim(chain, "first", "first_review")
    for login, found in (("first", [other]), ("head", [other]), ("second", [])):
        with chain.read(login) as work:
            row = work.session.get_one(UserTask, chain.task("first_review"))
            assert assignments.receivers(work, row) == found
    with chain.read("head") as work:
        assignments.reassign(work, chain.task("first_review"), other, "出差")
        work.commit()
    with chain.read("first3") as work:
        assert any("转由您办理" in notice.text.zh for notice in notices.list_mine(work))


def several(chain: Chain, number: int) -> list[Chain]:
    """As many more items of the same unit, at their first review."""
    items = [Chain(chain.uow, chain.county).submit() for _ in range(number)]
    for item in items:
        item.until("first_review")
    return items


def test_many_tasks_are_looked_at_together(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait, a slice costs as many statements as one task; none is left out between slices."""
    items = [chain, *several(chain, 4)]
    for item in items[::2]:
        claim(item, "first", "first_review")
    with chain.read() as work:
        end = max_place(work)
        with counted(work) as together:
            assert rerouting.astray(work) == ([], end)
        assert rerouting.astray(work, end) == ([], None)
    monkeypatch.setattr(rerouting, "SLICE", 2)
    with chain.read() as work, counted(work) as alone:
        assert rerouting.astray(work)[0] == []
    assert len(together) <= len(alone)
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    leave(chain, "first")
    assert [task(item, "first_review").assignee_id for item in items] == [None] * 5
    with chain.read("first3") as work:
        assert len(queries.group_tasks(work).rows) == 5
    assert other


def max_place(work: UnitOfWork) -> rerouting.Place:
    found = sa.select(UserTask.instance_id, UserTask.id).where(UserTask.status == "open")
    return max(tuple(row) for row in work.session.execute(found))


def test_what_is_read_for_many_items_is_what_is_read_for_one(chain: Chain) -> None:
    (other,) = several(chain, 1)
    other.decide("first_review", "return")
    chain.decide("first_review")
    chain.hire("second2", "复审二", "second_reviewer", "works")
    claim(chain, "second", "second_review")
    with chain.read("second") as work:
        asides.delegate(work, chain.task("second_review"), chain.hired["second2"], "这样行吗？")
        work.commit()
    with chain.read("second2") as work:
        asides.answer(work, chain.task("second_review"), "行。")
        work.commit()
    with chain.read() as work:
        packages = work.session.scalars(sa.select(Package)).all()
        assert len(packages) == 2
        together = routing.routers(work, packages)
        gave = ("second_review", int(chain.hired["second2"].id), None)
        assert gave in together[chain.package_id].acts()
        for package in packages:
            alone, shared = routing.Router(work, package), together[package.id]
            assert shared.acts() == alone.acts()
            assert shared.setting() == alone.setting()
            for stage, group in (("first_review", "first_reviewer"), ("revise", "drafter")):
                name, people_ids = alone.group_near(group)
                assert shared.members(name) == alone.members(name) == sorted(people_ids)
                assert shared.eligible(stage, people_ids) == alone.eligible(stage, people_ids)


@pytest.mark.parametrize(("unit", "moves"), [("town", False), ("works", True)])
def test_another_matrix_concerns_the_items_of_its_unit(
    chain: Chain, unit: str, moves: bool
) -> None:
    """A reviewer who holds a proofreading of the same item may keep it by default, not under the strict matrix."""
    county = chain.county
    chain.until("first_proofreading")
    with chain.read() as work:
        county_id = county.units["county"]
        grants = [RoleGrant("first_proofreader", county_id, MONDAY.date())]
        grants += [RoleGrant("first_reviewer", county.units["works"], MONDAY.date())]
        people.set_roles(work, county.people["first"], grants)
        work.commit()
    claim(chain, "first", "first_proofreading")
    with chain.read("secadmin") as work:
        organisation.set_separation(work, county.units[unit], "strict")
        work.commit()
    kept = task(chain, "first_proofreading").assignee_id == str(county.people["first"])
    assert kept is not moves
