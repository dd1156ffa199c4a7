"""Hands over everything 离职交接: each open task of one person to another, each with an entry of its own.

What the other may not take stays where it is, with the reasons; the rest is not held up by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from engine import substitutes, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import EngineError
from engine.models import UserTask
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What went over, and what could not, with all reasons."""

    moved: tuple[UserTask, ...]
    kept: tuple[tuple[UserTask, tuple[Sentence, ...]], ...]


def hand_over(uow: UnitOfWork, from_id: str, to: Actor, reason: str) -> HandedOver:
    """Reassign every open task that `from_id` holds. Cases are locked in the order of their ids."""
    held = sa.select(UserTask.id).where(UserTask.assignee_id == from_id, UserTask.status == "open")
    moved: list[UserTask] = []
    kept: list[tuple[UserTask, tuple[Sentence, ...]]] = []
    for task_id in uow.session.scalars(held.order_by(UserTask.instance_id, UserTask.id)).all():
        try:
            _, task = user_tasks.locked(uow, task_id)
            if task.status == "open" and task.assignee_id == from_id:
                user_tasks.reassign(uow, task_id, to.id, reason, to_name=to.name)
                moved.append(task)
        except EngineError as refusal:
            kept.append((user_tasks.get(uow, task_id), refusal.reasons))
    for row in [*substitutes.in_force(uow, from_id), *substitutes.of_principal(uow, from_id)]:
        substitutes.revoke(uow, row.id)
    return HandedOver(tuple(moved), tuple(kept))
