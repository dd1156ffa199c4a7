"""Whatever happens, rows say what the state says: random walks through the real publishing chain."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import audit, cases, definitions, openings, states, stepping, timers, user_tasks
from engine.database import SYSTEM, Domain, UnitOfWork
from engine.elements import TaskRule
from engine.models import AuditEntry, ProcessInstance, ProcessState, UserTask
from engine.stepping import Occurrence
from tests import shipped
from tests.conftest import ALICE, MONDAY, OpenUow
from tests.engine import office

ACTS = 40


def guessing(dice: random.Random) -> Domain:
    """A domain whose handlers answer anything their task allows."""

    def answer(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
        return dice.choice(rule.outcomes)

    names = {
        rule.handler or rule.id
        for rule in shipped.definition().tasks.values()
        if rule.kind == "service"
    }
    return office.make_domain(handlers=dict.fromkeys(names, answer))


def check(work: UnitOfWork, case: ProcessInstance) -> None:
    """Open rows are exactly what the state has open; every row is accounted for."""
    _, state = states.position(work, case)
    definition = definitions.load(work, case.definition_id)
    enabled = stepping.enabled(definition, state) if case.status == "running" else ()
    tasks = user_tasks.for_case(work, case.id)
    rows: list[Occurrence] = [openings.occurrence_of(t) for t in tasks if t.status == "open"]
    rows += [openings.occurrence_of(t) for t in timers.for_case(work, case.id) if t.kind == "bpmn"]
    assert sorted(rows) == sorted(enabled)
    reminded = {t.task_id for t in timers.for_case(work, case.id) if t.kind == "reminder"}
    late = {t.id for t in tasks if t.status == "open" and t.due_at and t.due_at <= work.now}
    assert reminded >= {t.id for t in tasks if t.status == "open" and t.due_at} - late
    by_element: dict[str, list[int]] = {}
    for found in tasks:
        by_element.setdefault(found.element_id, []).append(found.round)
    assert all(rounds == list(range(1, len(rounds) + 1)) for rounds in by_element.values())
    assert (case.status == "running") == bool(enabled)


def one_act(work: UnitOfWork, case: ProcessInstance, dice: random.Random) -> None:
    waiting = sa.select(UserTask).where(UserTask.instance_id == case.id, UserTask.status == "open")
    found = dice.choice(list(work.session.scalars(waiting.order_by(UserTask.id))))
    rule = definitions.load(work, case.definition_id).tasks[found.element_id]
    user_tasks.claim(work, found.id)
    user_tasks.complete(work, found.id, dice.choice(rule.outcomes))


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_state_agree_after_every_act(uow: OpenUow, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 — a walk to be repeated, not a secret
    domain = guessing(dice)
    now = MONDAY
    with uow(ALICE, now, domain=domain) as work:
        definitions.deploy(work, shipped.xml(), "publishing.bpmn")
        case_id = cases.start(work, "publishing", "2026-000001").id
        work.commit()
    for _ in range(ACTS):
        with uow(ALICE, now, domain=domain) as work:
            case = cases.lock(work, case_id)
            one_act(work, case, dice)
            check(work, case)
            running = case.status == "running"
            work.commit()
        if not running:
            break
        now += timedelta(hours=dice.choice((1, 20, 200)))
        at = now
        assert timers.sweep(lambda at=at: uow(SYSTEM, at, domain=domain)).failed == 0
    with uow(ALICE, now) as work:
        check(work, work.session.get_one(ProcessInstance, case_id))
        assert audit.verify_case(work, case_id).ok
        found = {state for entry in audit.entries(work, case_id) for state in cited(entry)}
        assert found == set(work.session.scalars(sa.select(ProcessState.digest)))


def cited(entry: AuditEntry) -> set[str]:
    """The states that an entry cites; each must be stored, and nothing else should be."""
    data = json.loads(entry.payload)["data"]
    return {data[name] for name in ("state_before", "state_after") if name in data}
