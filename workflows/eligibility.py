"""Why a task lies with somebody: the other half of the reasons against it (`assignments.why_not`)."""

from __future__ import annotations

from engine import user_tasks
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import assignments, permissions, units
from workflows.lifecycle import package_of
from workflows.models import Unit
from workflows.routing import Router
from workflows.vocabulary import ROLES, STAGES, label


def why_me(uow: UnitOfWork, task_id: int) -> list[Sentence]:
    """What makes this task the actor's to do; empty for whoever may not do it."""
    task = user_tasks.get(uow, task_id)
    if task.status != "open" or assignments.why_not(uow, task):
        return []
    package = package_of(uow, task)
    role, _, unit_id = task.candidate_group.partition(":")
    unit = uow.session.get(Unit, int(unit_id)) if unit_id.isdecimal() else None
    reasons = []
    if unit is not None:
        reasons.append(
            Sentence(
                f"您在{unit.name}担任{label(ROLES, role)}，“{label(STAGES, task.element_id)}”由这一角色办理。",
                f"You hold the role “{label(ROLES, role, 'en')}” in {unit.name}, whose task this is.",
                "role",
            )
        )
        reasons += _from_above(uow, package.unit_id, unit, role)
    router = Router(uow, package)
    me = permissions.actor_id(uow)
    if task.assignee_id == str(me) and me in router.handlers():
        reasons.append(
            Sentence(
                "目录规定这一事项由您经办。", "The catalogue names you for this matter.", "matter"
            )
        )
    if router.owner(task.element_id) == me:
        reasons.append(
            Sentence(
                "本件由您拟稿或签发，回到您手上。", "It is your own item, or you signed it.", "own"
            )
        )
    return reasons


def _from_above(uow: UnitOfWork, unit_id: int, at: Unit, role: str) -> list[Sentence]:
    """domain:C1: a role that a unit has not filled is done by the nearest unit above that has."""
    own = units.get_unit(uow, unit_id)
    if own.id == at.id:
        return []
    return [
        Sentence(
            f"{own.name}没有人担任{label(ROLES, role)}，由上级{at.name}办理。",
            f"Nobody holds “{label(ROLES, role, 'en')}” in {own.name}; {at.name} above does it.",
            "above",
        )
    ]
