"""One case, one writer: the row of the case is locked before anything of it is read for a change.

PostgreSQL: FOR UPDATE. SQLite: the transaction began as IMMEDIATE, so there is no second writer.
Locks are always taken on the case, never on its tasks or timers, so that no two acts can deadlock.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine import rows
from engine.database import UnitOfWork
from engine.models import ProcessInstance, Timer, UserTask

_CASE = sa.select(ProcessInstance).execution_options(populate_existing=True)
_OF_TASK = sa.select(UserTask.instance_id).where(UserTask.id == sa.bindparam("id"))
_OF_TIMER = sa.select(Timer.instance_id).where(Timer.id == sa.bindparam("id"))

#: Made once: putting a statement together costs more than sending it.
_BY_ID = _CASE.where(ProcessInstance.id == sa.bindparam("id")).with_for_update()
_BY_TASK = _CASE.where(ProcessInstance.id == _OF_TASK.scalar_subquery()).with_for_update()
_BY_TIMER = _CASE.where(ProcessInstance.id == _OF_TIMER.scalar_subquery()).with_for_update()
_BY_TIMER_IF_FREE = _CASE.where(ProcessInstance.id == _OF_TIMER.scalar_subquery()).with_for_update(
    skip_locked=True
)

#: Case and task in one statement, and the case's version as it was when the statement began.
_WITH_TASK = """
SELECT {{columns}}, (SELECT s.row_version FROM process_instance s WHERE s.id = b.instance_id), {drawn}
FROM user_task b JOIN process_instance a ON a.id = b.instance_id WHERE b.id = ?{lock}"""
_READING = _WITH_TASK.format(drawn="NULL", lock="")
_LOCKING = _WITH_TASK.format(drawn="NULL", lock=" FOR UPDATE OF a")
_DRAWING = _WITH_TASK.format(drawn="nextval('user_task_id_seq')", lock=" FOR UPDATE OF a")


def lock_task(
    uow: UnitOfWork, task_id: int, *, opening: bool = False
) -> tuple[ProcessInstance, UserTask] | None:
    """The case of a task, locked, and the task as nobody else can change it meanwhile.

    Who had to wait for the lock got the case as it is and the task as it was before the wait; that the
    case's version moved on tells it, and the second look, under the lock, is true. An act that will most
    likely open a task draws its number here as well, where the database can; drawn in a look that is
    true, it is higher than any that the case has.
    """
    statement = _READING
    if rows.connected(uow.session).dialect.name == "postgresql":
        statement = _DRAWING if opening else _LOCKING
    while found := rows.load(uow, statement, (task_id,), ProcessInstance, UserTask):
        case, task, version_before, drawn = found
        _held(uow).add(case.id)
        if case.row_version == version_before:
            if drawn is not None:
                rows.keep_drawn(uow, UserTask, drawn)
            return case, task
    return None


def holds(uow: UnitOfWork, case: ProcessInstance) -> bool:
    """Whether this transaction has locked the case."""
    return case.id in _held(uow)


def lock_case(uow: UnitOfWork, case_id: int) -> ProcessInstance | None:
    """The case, fresh from the database and locked until the end of the transaction."""
    if case_id in _held(uow):
        return uow.session.get(ProcessInstance, case_id)
    return _lock(uow, _BY_ID, case_id)


def lock_case_of_task(uow: UnitOfWork, task_id: int) -> ProcessInstance | None:
    """The case of a task, in one statement."""
    return _lock(uow, _BY_TASK, task_id)


def lock_case_of_timer(uow: UnitOfWork, timer_id: int, *, wait: bool) -> ProcessInstance | None:
    """The case of a timer. Without `wait`, None where somebody is at work on it just now."""
    return _lock(uow, _BY_TIMER if wait else _BY_TIMER_IF_FREE, timer_id)


def _lock(
    uow: UnitOfWork, statement: sa.Select[ProcessInstance], number: int
) -> ProcessInstance | None:
    case = uow.session.scalar(statement, {"id": number})
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
