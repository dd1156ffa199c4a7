"""Hands over everything 离职交接: open tasks and signatures that are still wanted, each with an entry of its own.

What the other may not take stays where it is, with the reasons; the rest is not held up by it. Whom the
person stood in for, or was to, and who stood in for them, is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from engine import openings, signing, substitutes, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import EngineError
from engine.models import Delegation, Signing, UserTask
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The tasks that went over, or a signature in them, and what could not, with all reasons."""

    moved: tuple[UserTask, ...]
    kept: tuple[tuple[UserTask, tuple[Sentence, ...]], ...]


def hand_over(uow: UnitOfWork, from_id: str, to: Actor, reason: str) -> HandedOver:
    """Give every open task that `from_id` holds, and every signature asked of them, to another; an opinion that
    is asked of them is for its asker to recall. Cases are locked in the order of their ids."""

    def hand_task(task_id: int) -> bool:
        _, task = user_tasks.locked(uow, task_id)
        theirs = task.status == "open" and task.assignee_id == from_id  # or somebody was quicker
        if theirs:
            user_tasks.reassign(uow, task_id, to.id, reason, to_name=to.name)
        return theirs

    def hand_signature(task_id: int) -> bool:
        return bool(signing.hand_on(uow, task_id, from_id, to, reason))

    todo: list[tuple[int, int, Callable[[int], bool]]] = [
        *((*row, hand_task) for row in _held(uow, from_id)),
        *((*row, hand_signature) for row in _to_sign(uow, from_id)),
    ]
    moved: list[UserTask] = []
    kept: list[tuple[UserTask, tuple[Sentence, ...]]] = []
    for _, task_id, hand in sorted(todo, key=lambda one: one[:2]):
        try:
            if hand(task_id):
                moved.append(user_tasks.get(uow, task_id))
        except EngineError as refusal:
            kept.append((user_tasks.get(uow, task_id), refusal.reasons))
    asked = uow.session.scalars(_asked(from_id)).all()
    kept += [(task, (_still_asked(uow, task),)) for task in asked]
    for row in substitutes.to_come(uow, from_id):
        substitutes.revoke(uow, row.id)
    return HandedOver(tuple(moved), tuple(kept))


def _held(uow: UnitOfWork, from_id: str) -> list[tuple[int, int]]:
    held = sa.select(UserTask.instance_id, UserTask.id).where(
        UserTask.assignee_id == from_id, UserTask.status == "open"
    )
    return [(case_id, task_id) for case_id, task_id in uow.session.execute(held)]


def _to_sign(uow: UnitOfWork, from_id: str) -> list[tuple[int, int]]:
    wanted = (
        sa.select(UserTask.instance_id, UserTask.id)
        .join(Signing, Signing.task_id == UserTask.id)
        .where(
            Signing.signer_id == from_id,
            Signing.status.in_(("asked", "waiting")),
            Signing.closed_at.is_(None),
        )
        .distinct()
    )
    return [(case_id, task_id) for case_id, task_id in uow.session.execute(wanted)]


def _asked(from_id: str) -> sa.Select[UserTask]:
    return (
        sa.select(UserTask)
        .join(Delegation, Delegation.task_id == UserTask.id)
        .where(
            Delegation.delegate_id == from_id,
            Delegation.status == "asked",
            Delegation.closed_at.is_(None),
        )
        .order_by(UserTask.id)
    )


def _still_asked(uow: UnitOfWork, task: UserTask) -> Sentence:
    name = openings.named(uow, task)
    return Sentence(
        f"“{name.zh}”还在征求其意见，请{task.assignee_name}收回后另请他人。",
        f"An opinion is still asked of them on “{name.en}”: {task.assignee_name} recalls it and asks another.",
    )
