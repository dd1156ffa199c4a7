"""Repair 修复: a case is moved only to where its own history allows it to stand, by two persons, with a reason."""

from __future__ import annotations

import json
import random
from collections.abc import Collection

import pytest

from engine import (
    audit,
    cases,
    conformance,
    definitions,
    migrating,
    repairing,
    states,
    user_tasks,
)
from engine.database import UnitOfWork
from engine.errors import CannotRepair, EngineError
from engine.models import ProcessInstance, UserTask
from engine.take_back import take_back_refusals
from tests.conftest import ALICE, BOB, OpenUow
from tests.engine import histories, office
from tests.engine.office import act, open_tasks, task

REASON = "误点退回"
RULES = """
[[rule]]
id = "second_passed"
zh = "复审通过才能发布。"
en = "No release without the second review."
source = ["domain:A1.8"]
strength = "mandatory"
template = "precedence"
of = ["handler:publish"]
needs = ["second_review=pass"]
""".encode()
BACK = (("first_review", "return"),)


def begun(open_uow: OpenUow, *acts: tuple[str, str], rules: bytes = b"") -> int:
    with open_uow(ALICE) as work:
        row = definitions.deploy(work, office.MODEL.read_bytes(), rules=rules)
        case = cases.start(work, row.key, "2026-000001")
        for element, outcome in acts:
            act(work, case.id, element, outcome)
        work.commit()
        return case.id


def wanted(open_uow: OpenUow, case_id: int, *stages: str) -> repairing.Plan:
    with open_uow(ALICE) as work:
        return repairing.plan(work, work.session.get_one(ProcessInstance, case_id), stages)


def refusals(open_uow: OpenUow, case_id: int, *stages: str) -> str:
    with pytest.raises(CannotRepair) as refused:
        wanted(open_uow, case_id, *stages)
    return "\n".join(reason.zh for reason in refused.value.reasons)


def confirm(work: UnitOfWork, case_id: int, plan: repairing.Plan) -> None:
    repairing.repair(work, case_id, plan.state, since=plan.since, reason=REASON, proposed_by=ALICE)


def whole(work: UnitOfWork, case_id: int) -> bool:
    case = work.session.get_one(ProcessInstance, case_id)
    histories.check(work, case)
    return audit.verify_case(work, case_id).ok and conformance.check(work, case).fits


def test_a_mistaken_return_is_put_right(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK)
    plan = wanted(uow, case_id, "first_review")
    assert [o.element for o in plan.opened if o.kind == "user"] == ["first_review"]
    assert [o.element for o in plan.closed if o.kind == "user"] == ["revise"]
    with uow(BOB) as work:
        confirm(work, case_id, plan)
        work.commit()
    with uow(BOB) as work:
        assert open_tasks(work, case_id) == ["first_review"]
        assert task(work, case_id, "first_review").round == 2
        last = audit.entries(work, case_id)[-1]
        told = json.loads(last.payload)["data"]
        assert (last.action, last.actor_id) == ("case.repaired", BOB.id)
        assert told["proposed_by"] == {"id": ALICE.id, "name": ALICE.name}
        assert (told["stages"], told["reason"]) == (["first_review"], REASON)
        assert whole(work, case_id)
        act(work, case_id, "first_review", "pass")
        act(work, case_id, "second_review", "pass")
        act(work, case_id, "legality_review", "lawful")
        assert whole(work, case_id)


def test_whoever_had_the_task_is_told_where_it_went(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK)
    plan = wanted(uow, case_id, "first_review")
    with uow(BOB) as work:
        mine = task(work, case_id, "revise").id
        user_tasks.claim(work, mine)
        confirm(work, case_id, plan)
        with pytest.raises(EngineError) as gone:
            user_tasks.complete(work, mine, "again")
        assert f"经{ALICE.name}提出、另一人确认" in "".join(r.zh for r in gone.value.reasons)


def test_a_gate_is_not_passed_by_a_repair(uow: OpenUow) -> None:
    """Beside the legality review the second review counts as passed: only with its rule met."""
    never = begun(uow, *BACK, rules=RULES)
    said = refusals(uow, never, "legality_review")
    assert "复审通过才能发布。" in said


def test_what_the_case_has_earned_counts(uow: OpenUow) -> None:
    passed = (("first_review", "pass"), ("second_review", "pass"), ("legality_review", "return"))
    case_id = begun(uow, *passed, rules=RULES)
    plan = wanted(uow, case_id, "legality_review")
    with uow(BOB) as work:
        confirm(work, case_id, plan)
        act(work, case_id, "legality_review", "lawful")
        case = work.session.get_one(ProcessInstance, case_id)
        assert case.ended_as == "published"
        assert whole(work, case_id)


def test_what_stays_open_stays_with_whom_it_is(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    with uow(BOB) as work:
        held = user_tasks.claim(work, task(work, case_id, "legality_review").id).id
        work.commit()
    plan = wanted(uow, case_id, "second_review", "legality_review")
    with uow(BOB) as work:
        confirm(work, case_id, plan)
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]
        kept = task(work, case_id, "legality_review")
        assert (kept.id, kept.assignee_id) == (held, BOB.id)
        assert whole(work, case_id)


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ((), "请选择要移到的环节。"),
        (("revise",), "本件已经在这里。"),
        (("publish", "nowhere"), "流程中没有由人办理的环节“nowhere”。"),
        (("publish",), "流程中没有由人办理的环节“publish”。"),
        (("first_review", "revise"), "流程走不到只有这些环节在办的情形：初审、修改。"),
    ],
)
def test_where_no_case_can_be_is_told(uow: OpenUow, stages: Collection[str], said: str) -> None:
    assert said in refusals(uow, begun(uow, *BACK), *stages)


def test_a_case_that_has_ended_is_not_moved(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK, ("revise", "cancel"))
    assert "办结" in refusals(uow, case_id, "first_review")


def test_second_person_reason_and_a_case_that_stood_still_are_all_asked_for(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK)
    plan = wanted(uow, case_id, "first_review")
    with uow(ALICE) as work:
        act(work, case_id, "revise", "again")
        act(work, case_id, "first_review", "pass")
        before = audit.entries(work, case_id)[-1].id
        with pytest.raises(CannotRepair) as refused:
            repairing.repair(
                work, case_id, plan.state, since=plan.since, reason=" ", proposed_by=ALICE
            )
        assert [r.code for r in refused.value.reasons] == ["second_person", "reason", "since"]
        assert audit.entries(work, case_id)[-1].id == before
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]


def test_what_lies_before_a_repair_is_not_taken_back(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK)
    plan = wanted(uow, case_id, "first_review")
    with uow(BOB) as work:
        confirm(work, case_id, plan)
        work.commit()
    with uow(ALICE) as work:
        returned = next(t for t in user_tasks.for_case(work, case_id) if t.status == "done")
        assert take_back_refusals(work, returned.id)
        done = act(work, case_id, "first_review", "pass")
        assert done.opened
        passed = [t for t in user_tasks.for_case(work, case_id) if t.status == "done"][-1]
        assert take_back_refusals(work, passed.id) == []


def test_conformance_finds_a_move_past_a_gate(uow: OpenUow) -> None:
    """Whoever gets round the planning is found by the audit: the state is real, the history is not."""
    honest = begun(uow, ("first_review", "pass"), ("second_review", "pass"), rules=RULES)
    with uow(ALICE) as work:
        past = _state(work, honest)
        cases.cancel(work, honest, reason="示例")
        work.commit()
    case_id = begun(uow, *BACK, rules=RULES)
    with uow(BOB) as work:
        case = work.session.get_one(ProcessInstance, case_id)
        repairing.repair(
            work, case_id, past, since=case.state_digest, reason=REASON, proposed_by=ALICE
        )
        found = conformance.check(work, case)
        assert found.misfit is not None
        assert found.misfit.number == audit.entries(work, case_id)[-1].case_seq
        assert "复审通过才能发布。" in found.misfit.sentence.zh
        with pytest.raises(EngineError):
            act(work, case_id, "legality_review", "lawful")  # its rule still stands in the way


def _state(work: UnitOfWork, case_id: int) -> str:
    return states.position(work, work.session.get_one(ProcessInstance, case_id))[1]


def test_after_a_repair_a_case_goes_over_by_its_position_only(uow: OpenUow) -> None:
    case_id = begun(uow, *BACK)
    plan = wanted(uow, case_id, "first_review")
    with uow(BOB) as work:
        confirm(work, case_id, plan)
        xml = office.MODEL.read_bytes().replace("初审".encode(), "一审".encode())
        row = definitions.deploy(work, xml)
        to = migrating.target(work, row.key)
        case = work.session.get_one(ProcessInstance, case_id)
        assert migrating.plan(work, case, to).way == "position"
        migrating.migrate(work, case_id, to, "改版")
        assert open_tasks(work, case_id) == ["first_review"]
        assert whole(work, case_id)


@pytest.mark.slow
def test_repairs_of_the_shipped_chain_break_no_rule(uow: OpenUow) -> None:
    """Random cases moved to random stages: whatever is allowed goes on without breaking anything."""
    chance = random.Random(7)  # noqa: S311 - a walk, not a secret
    stages = [n for n, r in histories.definition().tasks.items() if r.kind == "user"]
    moved = refused = 0
    for seed in range(8):
        with uow(ALICE, domain=histories.domain(seed)) as work:
            definitions.deploy(work, histories.XML, rules=histories.RULES)
            case = cases.start(work, "publishing", f"2026-{seed:06}")
            for _ in range(30):
                waiting = [t for t in user_tasks.for_case(work, case.id) if t.status == "open"]
                if not waiting:
                    break
                if chance.random() < 0.4:
                    try:
                        plan = repairing.plan(work, case, [chance.choice(stages)])
                    except CannotRepair:
                        refused += 1
                    else:
                        repairing.repair(
                            work,
                            case.id,
                            plan.state,
                            since=plan.since,
                            reason=REASON,
                            proposed_by=BOB,
                        )
                        moved += 1
                    continue
                _decide(work, chance, chance.choice(waiting))
            assert whole(work, case.id)
    assert moved >= 5
    assert refused >= 5


def _decide(work: UnitOfWork, chance: random.Random, found: UserTask) -> None:
    outcomes = histories.definition().tasks[found.element_id].outcomes
    forward = chance.random() < 0.7
    user_tasks.claim(work, found.id)
    user_tasks.complete(work, found.id, outcomes[0] if forward else chance.choice(outcomes))
