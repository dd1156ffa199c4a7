"""Open tasks whose people changed: put back what its holder may no longer do, offer again what was stuck.

Routing decides once, when a task opens; roles begin and end and people leave afterwards. Every change of
roles or accounts calls `review`, and so does the sweep, because roles also end by their dates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from engine import audit, definitions, substitutes
from engine.database import Actor, Candidates, UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import assignments, notices, open_tasks, permissions, routing
from workflows.lifecycle import package_id_of, package_of
from workflows.models import Package, Person, RoleHolding
from workflows.routing import NOBODY, Router

#: So many tasks are looked at together.
SLICE = 500
#: The last task of a slice: the id of its case, and its own.
Place = tuple[int, int]


def review(
    uow: UnitOfWork, *, person_id: int | None = None, unit_ids: Collection[int] | None = None
) -> int:
    """Route again every open task that nobody eligible can do as it lies; answers how many moved.

    With a person, or with units, only what a change of that person's roles, or of those units, can concern.
    The cases are locked in the order of their ids, so that two reviews cannot wait for each other.
    """
    concerned: sa.ColumnElement[bool] = sa.true()
    if person_id is not None:
        concerned = _of_person(uow, person_id)
    elif unit_ids is not None:
        concerned = _of_units(unit_ids)
    moved, after = 0, None
    while tasks := _slice(uow, concerned, after):
        after = (tasks[-1].instance_id, tasks[-1].id)
        moved += sum(_review(uow, task) for task in _astray(uow, tasks))
    return moved


def astray(uow: UnitOfWork, after: Place | None = None) -> tuple[list[int], Place | None]:
    """Of the next `SLICE` open tasks those that nobody eligible can do, and where to go on; None at the end.

    Only reads: the sweep looks for them without keeping anybody waiting.
    """
    tasks = _slice(uow, sa.true(), after)
    if not tasks:
        return [], None
    return [task.id for task in _astray(uow, tasks)], (tasks[-1].instance_id, tasks[-1].id)


def review_these(uow: UnitOfWork, task_ids: Sequence[int]) -> int:
    """As `review`, for tasks that were found astray a moment ago."""
    wanted = sa.select(UserTask).where(UserTask.id.in_(task_ids))
    tasks = uow.session.scalars(wanted.order_by(UserTask.instance_id, UserTask.id)).all()
    return sum(_review(uow, task) for task in tasks)


# -- which tasks ------------------------------------------------------------------------------------


def _of_person(uow: UnitOfWork, person_id: int) -> sa.ColumnElement[bool]:
    """SQL: held by this person, in a group the person is or was in, or waiting for anybody at all."""
    held = sa.select(RoleHolding.role, RoleHolding.unit_id).where(
        RoleHolding.person_id == person_id
    )
    groups = [f"{role}:{unit_id}" for role, unit_id in uow.session.execute(held)]
    return sa.or_(
        UserTask.assignee_id == str(person_id),
        sa.and_(UserTask.assignee_id.is_(None), UserTask.candidate_group.in_(groups)),
        UserTask.candidate_group.startswith(NOBODY, autoescape=True),
    )


def _of_units(unit_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """SQL: of an item of these units."""
    theirs = sa.select(Package.case_id).where(
        Package.unit_id.in_(unit_ids), Package.case_id.is_not(None)
    )
    return UserTask.instance_id.in_(theirs)


def _slice(
    uow: UnitOfWork, concerned: sa.ColumnElement[bool], after: Place | None
) -> Sequence[UserTask]:
    waiting = sa.select(UserTask).where(UserTask.status == "open", concerned)
    if after is not None:
        waiting = waiting.where(sa.tuple_(UserTask.instance_id, UserTask.id) > sa.tuple_(*after))
    ordered = waiting.order_by(UserTask.instance_id, UserTask.id).limit(SLICE)
    return uow.session.scalars(ordered).all()


# -- where they lie ---------------------------------------------------------------------------------


def _astray(uow: UnitOfWork, tasks: Sequence[UserTask]) -> Iterator[UserTask]:
    """Those of the tasks that lie with somebody, or with a group, who cannot do them now."""
    ids = {package_id_of(task.business_key) for task in tasks}
    packages = uow.session.scalars(sa.select(Package).where(Package.id.in_(ids))).all()
    routers = routing.routers(uow, packages)
    holders: dict[str, list[assignments.Standing]] = {}
    for task in tasks:
        router = routers[package_id_of(task.business_key)]
        if task.assignee_id is not None and task.assignee_id not in holders:
            holders[task.assignee_id] = _standings(uow, task.assignee_id)
        if _nobody_can(task, router, holders.get(task.assignee_id or "", [])):
            yield task


def _standings(uow: UnitOfWork, holder: str) -> list[assignments.Standing]:
    """The holder's own, and one for each whom the holder stands in for."""
    alone = Actor(holder, "")
    lent = [
        Actor(holder, "", acting_for=row.principal_id) for row in substitutes.in_force(uow, holder)
    ]
    return [assignments.standing(uow, one) for one in (alone, *lent)]


def _nobody_can(task: UserTask, router: Router, holding: Sequence[assignments.Standing]) -> bool:
    if task.assignee_id is not None:
        return all(assignments.against(task, router, one, received=True) for one in holding)
    return not router.eligible(task.element_id, router.members(task.candidate_group))


# -- what becomes of them ---------------------------------------------------------------------------


def _review(uow: UnitOfWork, task: UserTask) -> bool:
    case = lock_case(uow, task.instance_id)
    uow.session.refresh(task)  # somebody may have been quicker before the lock was ours
    package = package_of(uow, task)
    if case is None or task.status != "open" or not list(_astray(uow, [task])):
        return False
    rule = definitions.load(uow, case.definition_id).tasks[task.element_id]
    found = routing.candidates(uow, case, rule)
    if (task.candidate_group, task.assignee_id) == (found.group, found.assignee_id):
        return False
    _move(uow, case, task, found)
    _tell(uow, task, package)
    return True


def _move(uow: UnitOfWork, case: ProcessInstance, task: UserTask, found: Candidates) -> None:
    before, held_by = task.candidate_group, task.assignee_name or task.assignee_id
    receiver = uow.session.get(Person, int(found.assignee_id)) if found.assignee_id else None
    task.candidate_group = found.group
    task.assignee_id = found.assignee_id
    task.assignee_name = receiver.name if receiver else None
    task.claimed_at = uow.now if receiver else None
    data = {
        "task": task.id,
        "element": task.element_id,
        "round": task.round,
        "from": before,
        "to": found.group,
        "held_by": held_by,
        "to_name": task.assignee_name,
    }
    audit.append(uow, "task.rerouted", case=case, subject=task.business_key, data=data)
    uow.session.flush()


def _tell(uow: UnitOfWork, task: UserTask, package: Package) -> None:
    if task.candidate_group.startswith(NOBODY):
        tell_nobody(uow, task, package)
    else:
        open_tasks.tell_next(uow, package, [task])


def tell_nobody(uow: UnitOfWork, task: UserTask, package: Package) -> list[int]:
    """Tell whoever can end a wait of 无合格人员; answers whom."""
    stage = open_tasks.stage_name(task.element_id, task.name)
    # whoever grants roles may not see the item, so its title stays out
    text = Sentence(
        f"{package.number}的{stage.zh}没有合格人员可以办理，请授予角色。",
        f"Nobody is eligible for {stage.en} of {package.number}; grant the role.",
        "nobody",
    )
    told = _who_grants(uow)
    notices.tell(uow, told, "nobody", text, link="/tasks/stuck")
    return told


def _who_grants(uow: UnitOfWork) -> list[int]:
    held = sa.select(RoleHolding.person_id).where(
        RoleHolding.role == "sec_admin", permissions.holds_now(uow)
    )
    return sorted(set(uow.session.scalars(held)))
