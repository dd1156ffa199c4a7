"""Cases of the publishing chain for tests: handlers whose answers never change, and what a case looks like."""

from __future__ import annotations

import random
from typing import Any

import sqlalchemy as sa

from engine import cases, definitions, openings, states, stepping, timers, user_tasks
from engine.database import Domain, UnitOfWork
from engine.elements import Definition, TaskRule
from engine.models import ProcessInstance, UserTask
from tests import shipped
from tests.engine import office

XML = shipped.xml()
RULES = shipped.candidate("publishing").rules_content


def definition() -> Definition:
    return shipped.definition()


def domain(seed: int, **changes: Any) -> Domain:
    """Handlers that only read: a task gets the same answer however often it is asked.

    With an even seed every check is needed, so that four branches run side by side.
    """

    def answer(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
        if seed % 2 == 0 and "needed" in rule.outcomes:
            return "needed"
        return random.Random(f"{seed}/{rule.id}").choice(rule.outcomes)  # noqa: S311 — repeatable

    rules = [rule for rule in definition().tasks.values() if rule.kind == "service"]
    handlers = {rule.handler or rule.id: answer for rule in rules}
    return office.make_domain(**{"handlers": handlers, "pure": frozenset(handlers), **changes})


def begin(work: UnitOfWork) -> ProcessInstance:
    definitions.deploy(work, XML, "publishing.bpmn")
    return cases.start(work, "publishing", "2026-000001")


def looks(work: UnitOfWork, case: ProcessInstance) -> dict[str, Any]:
    """What is stored of where a case stands, but for who holds what and since when."""
    rows = [t for t in user_tasks.for_case(work, case.id) if t.status == "open"]
    waiting = timers.for_case(work, case.id)
    return {
        "state": case.state_digest,
        "open": sorted((t.occurrence, t.round) for t in rows),
        "timers": sorted((t.kind, t.occurrence) for t in waiting),
        "rounds": {name: number for name, number in case.rounds.items() if number},
    }


def check(work: UnitOfWork, case: ProcessInstance) -> None:
    """What is open in rows is exactly what the state has open."""
    known, state = states.position(work, case)
    enabled = stepping.enabled(known, state) if case.status == "running" else ()
    rows = [
        openings.occurrence_of(t) for t in user_tasks.for_case(work, case.id) if t.status == "open"
    ]
    rows += [openings.occurrence_of(t) for t in timers.for_case(work, case.id) if t.kind == "bpmn"]
    assert sorted(rows) == sorted(enabled)


def done_by(work: UnitOfWork, case: ProcessInstance) -> dict[int, tuple[str | None, str | None]]:
    """The decisions that count: row, by whom, what."""
    wanted = sa.select(UserTask).where(UserTask.instance_id == case.id, UserTask.status == "done")
    return {task.id: (task.closed_by, task.outcome) for task in work.session.scalars(wanted)}
