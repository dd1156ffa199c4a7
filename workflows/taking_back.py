"""Take-back 撤回 of a decision: the engine says whether anybody's act stands on it, this page what of the item does.

A decision taken back stays on record, struck through; its stage is open again in the same hands (domain:C6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine import take_back as engine_take_back
from engine.database import UnitOfWork
from engine.errors import CannotTakeBack, TaskNotFound
from engine.locks import lock_case_of_task
from engine.models import UserTask
from engine.text import Sentence
from workflows import (
    content,
    draft_limits,
    drafter_told,
    lifecycle,
    open_tasks,
    permissions,
    voiding,
)
from workflows.models import Decision, Package, ReturnNotice
from workflows.vocabulary import OUTCOMES


@dataclass(frozen=True, slots=True)
class Offer:
    """The viewer's last decision on an item, and why it cannot be taken back; no reason: it can."""

    task_id: int
    stage: Sentence
    outcome: Sentence
    at: datetime
    reasons: tuple[Sentence, ...]


def offer(uow: UnitOfWork, package_id: int) -> Offer | None:
    """What the page of an item offers to whoever decided there last time; None without a decision that counts."""
    package = permissions.get_package(uow, package_id)
    last = (
        sa.select(Decision)
        .where(
            Decision.package_id == package.id,
            Decision.case_id == package.case_id,
            Decision.person_id == permissions.actor_id(uow),
            Decision.voided_at.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
    decision = uow.session.scalar(last)
    task = uow.session.get(UserTask, decision.task_id) if decision is not None else None
    if decision is None or task is None or package.status in ("published", "cancelled"):
        return None
    outcome = OUTCOMES.get(decision.outcome)
    return Offer(
        task.id,
        open_tasks.stage_name(task.element_id, task.name),
        outcome.sentence if outcome else Sentence(decision.outcome, decision.outcome),
        decision.at,
        tuple(refusals(uow, package, task, decision)),
    )


def refusals(
    uow: UnitOfWork, package: Package, task: UserTask, decision: Decision
) -> list[Sentence]:
    """Everything against taking it back."""
    reasons = engine_take_back.take_back_refusals(uow, task.id)
    return reasons or _about_the_item(uow, package, decision)


def take_back(uow: UnitOfWork, task_id: int, reason: str = "") -> Package:
    """Undo the actor's own decision; raises CannotTakeBack with all reasons, and changes nothing then."""
    case = lock_case_of_task(uow, task_id)
    task = uow.session.get(UserTask, task_id, populate_existing=True)
    if case is None or task is None:
        raise TaskNotFound(Sentence("没有这项任务。", "There is no such task."))
    package = permissions.get_package(uow, lifecycle.package_id_of(case.business_key))
    uow.session.refresh(package)
    decision = uow.session.scalar(sa.select(Decision).where(Decision.task_id == task_id))
    if decision is not None and (reasons := refusals(uow, package, task, decision)):
        raise CannotTakeBack(*reasons)
    applied = engine_take_back.take_back(uow, task_id, draft_limits.reason(reason))
    if decision is not None:
        _strike_out(uow, package, decision)
    before = package.status
    lifecycle.settle(uow, package, case)
    drafter_told.taken_back(uow, package, before)
    open_tasks.tell_next(uow, package, applied.opened)
    return package


def _about_the_item(uow: UnitOfWork, package: Package, decision: Decision) -> list[Sentence]:
    """What the act did to the item and cannot be undone with it."""
    reasons = []
    struck = sa.select(Decision.id).where(
        Decision.package_id == package.id,
        Decision.voided_by == decision.stage,
        Decision.voided_at == decision.at,
        Decision.stage != decision.stage,
    )
    if uow.session.scalar(struck) is not None:
        reasons.append(
            Sentence(
                "这个决定已使别的决定失效，不能撤回。",
                "Other decisions were voided by this one; it cannot be taken back.",
                "voided",
            )
        )
    if decision.version_id != package.current_version_id:
        reasons.append(
            Sentence(
                "作出决定以后，稿件已有修改，不能撤回。",
                "The text was changed since the decision; it cannot be taken back.",
                "changed",
            )
        )
    notice = sa.select(ReturnNotice.number).where(ReturnNotice.decision_id == decision.id)
    if (number := uow.session.scalar(notice)) is not None:
        reasons.append(
            Sentence(
                f"已发出退文通知{number}，不能撤回。",
                f"The return notice {number} was issued; it cannot be taken back.",
                "notice",
            )
        )
    return reasons


def _strike_out(uow: UnitOfWork, package: Package, decision: Decision) -> None:
    decision.voided_at = uow.now
    decision.voided_by = voiding.TAKEN_BACK
    decision.voided_reason = voiding.because(voiding.TAKEN_BACK).zh
    if decision.stage == "attribute_review":  # what holds is the drafter's proposal again
        version = lifecycle.current_version(uow, package)
        package.attribute = content.parse(version.content).metadata.attribute or None
    uow.session.flush()
