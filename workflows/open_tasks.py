"""Tasks that are open now, and with whom they lie: one person, a role in a unit, or nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from engine import working_days
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import deadlines, notices, routing, standing_in
from workflows.models import Decision, Package, Person, Unit
from workflows.read_models import OpenTask
from workflows.vocabulary import OUTCOMES, ROLES, STAGES, label

NOBODY = Sentence("无合格人员", "nobody eligible", "nobody")


def stage_name(element: str, name: str) -> Sentence:
    """The stage in both languages; a task that the vocabulary lacks keeps its name in the diagram."""
    term = STAGES.get(element)
    return term.sentence if term else Sentence(name, name, element)


def of_case(uow: UnitOfWork, case_id: int | None) -> list[UserTask]:
    """The open tasks of a case, oldest first."""
    if case_id is None:
        return []
    query = sa.select(UserTask).where(UserTask.instance_id == case_id, UserTask.status == "open")
    return list(uow.session.scalars(query.order_by(UserTask.id)))


def views(uow: UnitOfWork, tasks: Sequence[UserTask]) -> tuple[OpenTask, ...]:
    """The tasks as pages show them; at most three statements however many there are."""
    if not tasks:
        return ()
    working = working_days.load(uow).is_workday
    names = _person_names(uow, tasks)
    units = _unit_names(uow, tasks)
    return tuple(
        OpenTask(
            task_id=task.id,
            element=task.element_id,
            stage=stage_name(task.element_id, task.name),
            round=task.round,
            with_whom=_with_whom(task, names, units),
            opened_at=task.opened_at,
            due=deadlines.due(task.due_at, uow.now, task.due_provisional, working)
            if task.due_at
            else None,
        )
        for task in tasks
    )


def _person_names(uow: UnitOfWork, tasks: Iterable[UserTask]) -> dict[str, str]:
    ids = {int(task.assignee_id) for task in tasks if task.assignee_id}
    rows = uow.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {str(id_): name for id_, name in rows}


def _unit_names(uow: UnitOfWork, tasks: Iterable[UserTask]) -> dict[int, str]:
    ids = {_unit_of(task.candidate_group) for task in tasks}
    rows = uow.session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _unit_of(group: str) -> int:
    unit = group.partition(":")[2]
    return int(unit) if unit.isdecimal() else 0


def _with_whom(task: UserTask, names: dict[str, str], units: dict[int, str]) -> Sentence:
    if task.assignee_id:
        name = names.get(task.assignee_id, task.assignee_id)
        return Sentence(name, name)
    if task.candidate_group.startswith(routing.NOBODY):
        return NOBODY
    role = task.candidate_group.partition(":")[0]
    unit = units.get(_unit_of(task.candidate_group), "")
    return Sentence(f"{unit}{label(ROLES, role)}", f"{label(ROLES, role, 'en')}, {unit}")


def tell_next(uow: UnitOfWork, package: Package, opened: Iterable[UserTask]) -> None:
    """Tell those who can act now: the one person, or everybody in the group."""
    for task in opened:
        stage = stage_name(task.element_id, task.name)
        text = Sentence(
            f"《{package.title}》待{stage.zh}。",
            f"“{package.title}” waits for: {stage.en}.",
            "task",
        )
        told = (
            [int(task.assignee_id)]
            if task.assignee_id
            else routing.members(uow, task.candidate_group)
        )
        told = standing_in.with_substitutes(uow, told, task.candidate_role or "")
        notices.tell(uow, told, "task", text, link=f"/tasks/{task.id}")


def tell_withdrawn(
    uow: UnitOfWork, package: Package, decision: Decision, closed: Iterable[UserTask]
) -> None:
    """domain:C3: whoever was at work on a task that somebody else's decision ended is told by which."""
    by, outcome = stage_name(decision.stage, decision.stage), OUTCOMES[decision.outcome]
    for task in closed:
        if task.assignee_id is None or not task.assignee_id.isdecimal():
            continue
        stage = stage_name(task.element_id, task.name)
        text = Sentence(
            f"《{package.title}》的{stage.zh}已收回，不必再办："
            f"{by.zh}（{decision.person_name}）的结论是“{outcome.zh}”。",
            f"{stage.en} of “{package.title}” was withdrawn and need not be done: "
            f"{by.en} ({decision.person_name}) decided “{outcome.en}”.",
            "withdrawn",
        )
        notices.tell(
            uow, [int(task.assignee_id)], "withdrawn", text, link=f"/packages/{package.id}"
        )
