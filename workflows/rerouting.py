"""Open tasks whose people changed: put back what its holder may no longer do, offer again what was stuck.

Routing decides once, when a task opens; roles begin and end and people leave afterwards. Every change of
roles or accounts calls `review`, and so does the sweep, because roles also end by their dates.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine import audit, definitions, substitutes
from engine.database import Actor, Candidates, UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import assignments, notices, open_tasks, permissions, routing
from workflows.lifecycle import package_of
from workflows.models import Package, Person, RoleHolding
from workflows.routing import NOBODY


def review(uow: UnitOfWork, *, person_id: int | None = None) -> int:
    """Route again every open task that nobody eligible can do as it lies; answers how many moved.

    With a person only what a change of that person's roles can concern. The cases are locked in the
    order of their ids, so that two reviews cannot wait for each other.
    """
    waiting = sa.select(UserTask).where(UserTask.status == "open")
    if person_id is not None:
        waiting = waiting.where(_concerns(uow, person_id))
    tasks = uow.session.scalars(waiting.order_by(UserTask.instance_id, UserTask.id)).all()
    return sum(_review(uow, task) for task in tasks if _astray(uow, task, package_of(uow, task)))


def _concerns(uow: UnitOfWork, person_id: int) -> sa.ColumnElement[bool]:
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


def _astray(uow: UnitOfWork, task: UserTask, package: Package) -> bool:
    """Whether the task lies with somebody, or with a group, who cannot do it now."""
    if task.assignee_id is not None:
        holder = Actor(task.assignee_id, task.assignee_name or "")
        lent = [
            Actor(holder.id, holder.name, acting_for=row.principal_id)
            for row in substitutes.in_force(uow, holder.id)
        ]
        return all(
            assignments.ineligible(uow, task, package, one, received=True)
            for one in (holder, *lent)
        )
    return not routing.eligible_members(uow, task, package)


def _review(uow: UnitOfWork, task: UserTask) -> bool:
    case = lock_case(uow, task.instance_id)
    uow.session.refresh(task)  # somebody may have been quicker before the lock was ours
    package = package_of(uow, task)
    if case is None or task.status != "open" or not _astray(uow, task, package):
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
