"""A small office for the engine's tests: one process, its handlers, and shorthand for acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from engine import cases, definitions, user_tasks
from engine.cases import Applied
from engine.database import Actor, Candidates, Domain, UnitOfWork
from engine.elements import TaskRule
from engine.models import ProcessInstance, UserTask
from tests.conftest import ALICE

MODEL = Path(__file__).parent / "models/runtime_review.bpmn"


def done(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    return "done"


def by_role(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> Candidates:
    return Candidates(f"{rule.candidate_role}:1")


def make_domain(**changes: object) -> Domain:
    """The office's own functions, with some of them replaced."""
    plain: dict[str, object] = {
        "handlers": {"escalate": done, "publish": done},
        "candidates": by_role,
    }
    return Domain(**{**plain, **changes})  # type: ignore[arg-type]


DOMAIN = make_domain()


def start(uow: UnitOfWork, business_key: str = "2026-000001") -> ProcessInstance:
    """Deploy the model (again) and begin a case."""
    definitions.deploy(uow, MODEL.read_bytes(), MODEL.name)
    return cases.start(uow, "review", business_key)


def task(uow: UnitOfWork, case_id: int, element: str) -> UserTask:
    """The open task at this element; exactly one."""
    wanted = sa.select(UserTask).where(
        UserTask.instance_id == case_id,
        UserTask.element_id == element,
        UserTask.status == "open",
    )
    return uow.session.scalars(wanted).one()


def act(uow: UnitOfWork, case_id: int, element: str, outcome: str) -> Applied:
    """Claim and complete."""
    found = task(uow, case_id, element)
    user_tasks.claim(uow, found.id)
    return user_tasks.complete(uow, found.id, outcome)


def open_tasks(uow: UnitOfWork, case_id: int) -> list[str]:
    return sorted(t.element_id for t in user_tasks.for_case(uow, case_id) if t.status == "open")


def begun(open_uow: Callable[..., UnitOfWork], *acts: tuple[str, str]) -> int:
    """A committed case after these acts; answers its id."""
    with open_uow(ALICE) as work:
        case = start(work)
        for element, outcome in acts:
            act(work, case.id, element, outcome)
        work.commit()
        return case.id


def someone(number: int) -> Actor:
    return Actor(str(number), f"第{number}人", role="reviewer")
