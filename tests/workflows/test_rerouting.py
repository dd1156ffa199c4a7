"""What becomes of open tasks when somebody leaves, loses a role, or lets it run out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.models import AuditEntry, UserTask
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import assignments, notices, oversight, people, queries, rerouting
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
