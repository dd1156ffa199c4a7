"""One case, one writer: the row of the case is locked before anything of it is read for a change.

PostgreSQL: FOR UPDATE. SQLite: the transaction began as IMMEDIATE, so there is no second writer.
Locks are always taken on the case, never on its tasks or timers, so that no two acts can deadlock.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import ProcessInstance, Timer, UserTask


def lock_case(uow: UnitOfWork, case_id: int) -> ProcessInstance | None:
    """The case, fresh from the database and locked until the end of the transaction."""
    if case_id in _held(uow):
        return uow.session.get(ProcessInstance, case_id)
    return _lock(uow, sa.select(ProcessInstance).where(ProcessInstance.id == case_id))


def lock_case_of_task(uow: UnitOfWork, task_id: int) -> ProcessInstance | None:
    """The case of a task, in one statement."""
    owner = sa.select(UserTask.instance_id).where(UserTask.id == task_id).scalar_subquery()
    return _lock(uow, sa.select(ProcessInstance).where(ProcessInstance.id == owner))


def lock_case_of_timer(uow: UnitOfWork, timer_id: int, *, wait: bool) -> ProcessInstance | None:
    """The case of a timer. Without `wait`, None where somebody is at work on it just now."""
    owner = sa.select(Timer.instance_id).where(Timer.id == timer_id).scalar_subquery()
    wanted = sa.select(ProcessInstance).where(ProcessInstance.id == owner)
    return _lock(uow, wanted, skip_locked=not wait)


def _lock(
    uow: UnitOfWork, wanted: sa.Select[ProcessInstance], *, skip_locked: bool = False
) -> ProcessInstance | None:
    statement = wanted.with_for_update(skip_locked=skip_locked)
    case = uow.session.scalar(statement.execution_options(populate_existing=True))
    if case is not None:
        _held(uow).add(case.id)
    return case


def remember_new(uow: UnitOfWork, case: ProcessInstance) -> None:
    """A case that this transaction inserted is nobody else's before the commit."""
    _held(uow).add(case.id)


def _held(uow: UnitOfWork) -> set[int]:
    """The cases locked by the transaction that is open now; a later one begins with none."""
    transaction, held = uow.session.info.get("locked_cases", (None, set()))
    current = uow.session.get_transaction()
    if transaction is None or transaction is not current:
        current = current or uow.session.begin()
        held = set()
        uow.session.info["locked_cases"] = (current, held)
    result: set[int] = held
    return result
