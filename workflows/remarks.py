"""Urging 催办 and remarks 留言: said beside the work, on record, deciding nothing."""

from __future__ import annotations

from engine import asides, user_tasks
from engine.database import UnitOfWork
from engine.errors import NotAllowed
from engine.text import Sentence
from workflows import draft_limits, permissions
from workflows.errors import NotFound, Refused
from workflows.lifecycle import package_of
from workflows.models import Package
from workflows.open_tasks import of_case


def nudge(uow: UnitOfWork, task_id: int, note: str = "") -> Package:
    """Remind whoever has the task; at most once in a few hours. Raises NotAllowed with the reasons."""
    package = permissions.get_package(uow, package_of(uow, user_tasks.get(uow, task_id)).id)
    asides.nudge(uow, task_id, draft_limits.reason(note))
    return package


def nudgeable(uow: UnitOfWork, package_id: int) -> frozenset[int]:
    """Open tasks about which the viewer may urge somebody now."""
    package = permissions.get_package(uow, package_id)
    return frozenset(
        task.id for task in of_case(uow, package.case_id) if not asides.nudge_refusals(uow, task)
    )


def comment_refusals(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """Whoever may see an item that was submitted may say something about it; it stays in its trail."""
    if package.case_id is None:
        return [
            Sentence("稿件送审以后才能留言。", "Remarks begin when the item is submitted.", "case")
        ]
    return []


def comment(uow: UnitOfWork, package_id: int, text: str) -> Package:
    """Leave a remark in the trail of an item; raises Refused."""
    package = permissions.get_package(uow, package_id)
    permissions.acting_person(uow)
    if reasons := comment_refusals(uow, package):
        raise Refused(*reasons)
    if package.case_id is None:
        raise NotFound
    try:
        asides.comment(uow, package.case_id, draft_limits.reason(text))
    except NotAllowed as refused:
        raise Refused(*refused.reasons) from None
    return package
