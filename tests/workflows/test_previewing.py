"""What the page says will follow is what follows: which tasks open, for whom, until when, and what is struck."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from engine import states
from engine.models import ProcessInstance, UserTask
from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from workflows import assignments, drafting, outlooks, people, previewing, reviewing, voiding
from workflows.models import Decision, Package
from workflows.vocabulary import STAGES

#: Asked of who corrects a text, and that is another test's; and what needs a second person to come back from.
NOT_PLAYED = {"corrected"}
FULL = {"concerns_third_party": True, "legality_required": True, "info_class": "B"}


def foreseen(work: Any, task_id: int, outcome: str) -> dict[str, Any]:
    """The preview of the page, as data."""
    task = work.session.get_one(UserTask, task_id)
    case = work.session.get_one(ProcessInstance, task.instance_id)
    package = work.session.scalars(sa.select(Package).where(Package.case_id == case.id)).one()
    definition, state = states.position(work, case)
    preview = previewing.after(work, case, (definition, state), task, outcome)
    standing = {row.stage for row in voiding.standing(work, package, case)}
    holds = [stage for stage in STAGES if stage in standing]
    opened = outlooks.Outlooks(work, package, definition).after(task, outcome, preview.opened)
    return {
        "opened": sorted(
            (
                one.element,
                one.candidates.group,
                one.candidates.assignee_id,
                one.due,
            )
            for one in opened
        ),
        "closed": sorted(o.element for o in preview.closed if o.kind == "user"),
        "ended": preview.ended,
        "struck": sorted(previewing.voided(preview, definition, task, holds)),
    }


def came(work: Any, before: dict[str, Any], package_id: int, element: str) -> dict[str, Any]:
    """What the act did, read from the rows."""
    package = work.session.get_one(Package, package_id)
    case = work.session.get_one(ProcessInstance, package.case_id)
    rows = list(work.session.scalars(sa.select(UserTask).where(UserTask.instance_id == case.id)))
    opened = [t for t in rows if t.id not in before["rows"] and t.status == "open"]
    gone = [t for t in rows if t.id in before["open"] and t.status == "closed"]
    struck = work.session.scalars(
        sa.select(Decision.stage).where(
            Decision.package_id == package_id,
            Decision.voided_at.is_not(None),
            Decision.id.in_(before["standing"]),
            Decision.stage != element,
        )
    )
    return {
        "opened": sorted(
            (t.element_id, t.candidate_group, t.assignee_id, t.due_at) for t in opened
        ),
        "closed": sorted([*(t.element_id for t in gone), element]),
        "ended": case.ended_as,
        "struck": sorted(set(struck)),
    }


def stands(work: Any, package_id: int) -> dict[str, Any]:
    package = work.session.get_one(Package, package_id)
    rows = list(
        work.session.scalars(sa.select(UserTask).where(UserTask.instance_id == package.case_id))
    )
    decided = sa.select(Decision.id).where(
        Decision.package_id == package_id, Decision.voided_at.is_(None)
    )
    return {
        "rows": {t.id for t in rows},
        "open": {t.id for t in rows if t.status == "open"},
        "standing": list(work.session.scalars(decided)),
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_ways_go_as_foreseen(uow: OpenUow, county: County, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a walk, not a secret
    draft = factories.with_metadata(**FULL) if seed % 2 else factories.DRAFT
    chain = Chain(uow, county, draft).submit()
    for _ in range(22):
        waiting = chain.open()
        if not waiting:
            break
        stage = chance.choice(waiting)
        task_id = chain.task(stage)
        login = "drafter" if stage == "revise" else chain.at[stage]
        chain.consult()
        with chain.read(login) as work:
            task = work.session.get_one(UserTask, task_id)
            case = work.session.get_one(ProcessInstance, task.instance_id)
            outcomes = states.position(work, case)[0].tasks[stage].outcomes
            choice = [one for one in outcomes if one not in NOT_PLAYED]
            outcome = choice[0] if chance.random() < 0.6 else chance.choice(choice)
            if stage == "revise":
                outcome = "unchanged"
            if task.assignee_id is None:
                assignments.claim(work, task_id)
            told = foreseen(work, task_id, outcome)
            before = stands(work, chain.package_id)
            if stage == "revise":
                digest = factories.current(work, chain.package_id).digest
                drafting.resubmit(
                    work, task_id, change_class="unchanged", digest=digest, note="已按意见办理。"
                )
            else:
                reviewing.decide(
                    work, task_id, chain.form(work, task_id, outcome, opinion="理由见附件。")
                )
            work.session.flush()
            assert came(work, before, chain.package_id, stage) == told, (stage, outcome)
            work.commit()


def test_the_page_names_who_and_until_when_and_says_if_nobody_may(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county).submit().until("final_review")
    task_id = chain.task("final_review")
    with chain.read("final") as work:
        assignments.claim(work, task_id)
        work.commit()
    told = {}
    for hired in (False, True):
        if hired:  # the signer is the only one who could proofread, and may not
            with chain.read() as work:
                people.set_roles(work, county.people["proof1"], [])
                grants = [
                    people.RoleGrant(role, county.units["county"])
                    for role in ("final_reviewer", "first_proofreader")
                ]
                people.set_roles(work, county.people["final"], grants)
                work.commit()
        with chain.read("final") as work:
            task = work.session.get_one(UserTask, task_id)
            package = work.session.get_one(Package, chain.package_id)
            case = work.session.get_one(ProcessInstance, task.instance_id)
            definition, state = states.position(work, case)
            preview = previewing.after(work, case, (definition, state), task, "pass")
            ahead = outlooks.Outlooks(work, package, definition)
            told[hired] = [ahead.told(one) for one in ahead.after(task, "pass", preview.opened)]
    assert [one.zh for one in told[False]] == ["一校（清平县人民政府一校，6月9日前）"]
    assert [one.en for one in told[False]] == [
        "First proofreading (First proofreader, 清平县人民政府, by 2026-06-09)"
    ]
    assert [one.zh for one in told[True]] == ["一校（无合格人员，6月9日前）"]
