"""暂停办理 and 恢复办理: the disclosure office or the head of the section stops an item where it stands, and says why.

Nothing is decided and no timer fires meanwhile; deadlines stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine import suspension
from engine.database import UnitOfWork
from engine.errors import CaseNotRunning, CaseSuspended, NotAllowed
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import draft_limits, notices, open_tasks, permissions, routing, units
from workflows.errors import Refused
from workflows.models import Package

_MAY = ("ogi_officer", "unit_head")
_BARRING = (CaseNotRunning, CaseSuspended, NotAllowed)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Whether an item is stopped, since when and why, and what the reader may do about it."""

    since: datetime | None
    reason: str
    may_suspend: bool
    may_resume: bool


def state(uow: UnitOfWork, package_id: int) -> Suspension:
    """How an item stands, for its page."""
    package = permissions.get_package(uow, package_id)
    case = uow.session.get(ProcessInstance, package.case_id) if package.case_id else None
    if case is None:
        return Suspension(None, "", may_suspend=False, may_resume=False)
    may = not _barred(uow, package)
    return Suspension(
        since=case.suspended_at,
        reason=case.suspended_reason or "",
        may_suspend=may and not suspension.suspend_refusals(case),
        may_resume=may and not suspension.resume_refusals(case),
    )


def suspend(uow: UnitOfWork, package_id: int, reason: str) -> Package:
    """暂停: nothing goes on until it is resumed."""
    package, case_id = _running(uow, package_id)
    told = draft_limits.reason(reason)
    if not told:
        raise Refused(Sentence("请写明暂停的理由。", "Say why it is stopped.", "reason"))
    try:
        suspension.suspend(uow, case_id, told)
    except _BARRING as refusal:
        raise Refused(*refusal.reasons) from refusal
    _tell(uow, package, f"已暂停办理：{told}", f"is stopped: {told}")
    return package


def resume(uow: UnitOfWork, package_id: int) -> Package:
    """恢复: it goes on where it stood."""
    package, case_id = _running(uow, package_id)
    try:
        suspension.resume(uow, case_id)
    except _BARRING as refusal:
        raise Refused(*refusal.reasons) from refusal
    _tell(uow, package, "已恢复办理。", "goes on.")
    return package


def _running(uow: UnitOfWork, package_id: int) -> tuple[Package, int]:
    package = permissions.get_package(uow, package_id)
    permissions.ensure(_barred(uow, package))
    if package.case_id is None:
        raise Refused(Sentence("本件还没有送审。", "The item was not handed in.", "draft"))
    return package, package.case_id


def _barred(uow: UnitOfWork, package: Package) -> list[Sentence]:
    return permissions.senior_refusals(uow, units.upwards(uow, package.unit_id), _MAY)


def _tell(uow: UnitOfWork, package: Package, zh: str, en: str) -> None:
    """Whoever has the item now, or could take it, and its drafter."""
    concerned = [package.drafter_id]
    for task in open_tasks.of_case(uow, package.case_id):
        concerned += (
            [int(task.assignee_id)]
            if task.assignee_id
            else routing.members(uow, task.candidate_group)
        )
    text = Sentence(f"《{package.title}》{zh}", f"“{package.title}” {en}", "suspended")
    people = permissions.viewers(uow, package, concerned)
    notices.tell(uow, people, "suspended", text, link=f"/packages/{package.id}")
