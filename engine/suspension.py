"""Suspending a case 暂停 and going on with it; ending it by hand with a reason 终止.

While suspended nothing may be decided and no sweep looks at a timer (`timers`). Deadlines stay what they
were: what fell due in the meantime is due the moment the case goes on.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import audit, cases, rows, user_tasks
from engine.database import UnitOfWork
from engine.errors import CaseSuspended, NotAllowed
from engine.models import ProcessInstance, Timer
from engine.text import Sentence


def suspend_refusals(case: ProcessInstance) -> list[Sentence]:
    """Why the case cannot be suspended."""
    if case.status != "running":
        return [over()]
    return [] if case.suspended_at is None else [user_tasks.suspended(case)]


def resume_refusals(case: ProcessInstance) -> list[Sentence]:
    """Why the case cannot be resumed."""
    if case.status != "running":
        return [over()]
    if case.suspended_at is None:
        return [Sentence("该件没有暂停。", "The case is not suspended.")]
    return []


def terminate_refusals(case: ProcessInstance) -> list[Sentence]:
    """Why the case cannot be ended by hand."""
    return [] if case.status == "running" else [over()]


def suspend(uow: UnitOfWork, case_id: int, reason: str) -> ProcessInstance:
    """Stop everything on a running case until it is resumed."""
    case = cases.lock(uow, case_id)
    _refuse_without_reason(reason)
    if reasons := suspend_refusals(case):
        raise CaseSuspended(*reasons)
    rows.change(uow, case, suspended_at=uow.now, suspended_reason=reason.strip())
    _record(uow, "case.suspended", case, {"reason": reason.strip()})
    return case


def resume(uow: UnitOfWork, case_id: int) -> ProcessInstance:
    """Go on where the case stood."""
    case = cases.lock(uow, case_id)
    if reasons := resume_refusals(case):
        raise NotAllowed(*reasons)
    told = {"reason": case.suspended_reason, "since": case.suspended_at}
    rows.change(uow, case, suspended_at=None, suspended_reason=None)
    _wake(uow, case)
    _record(uow, "case.resumed", case, told)
    return case


def terminate(uow: UnitOfWork, case_id: int, reason: str) -> ProcessInstance:
    """End a running case by hand, suspended or not; the reason is part of the evidence."""
    _refuse_without_reason(reason)
    case = cases.cancel(uow, case_id, reason=reason.strip())
    rows.change(uow, case, suspended_at=None, suspended_reason=None)
    uow.session.flush()
    return case


def over() -> Sentence:
    """Said of every act on a case that has ended."""
    return Sentence("该件已办结或已终止。", "The case has ended.")


def _wake(uow: UnitOfWork, case: ProcessInstance) -> None:
    """No timer waits any longer for another try after a failure."""
    timers = sa.update(Timer).where(Timer.instance_id == case.id).values(wake_at=Timer.due_at)
    uow.session.execute(timers, execution_options={"synchronize_session": False})


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise NotAllowed(Sentence("请填写理由。", "A reason is needed."))


def _record(uow: UnitOfWork, action: str, case: ProcessInstance, data: dict[str, Any]) -> None:
    audit.append(uow, action, case=case, subject=case.business_key, data=data)
    uow.session.flush()
