"""Fills a database with copies of one case, in a few statements, so that size can be tested."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import AuditEntry, ProcessInstance, Timer, UserTask

#: Ids of copies begin far above those that a test makes by hand.
FIRST = 10_000_000


def crowd(
    work: UnitOfWork, case_id: int, number: int, *, first: int = FIRST, **changes: Any
) -> None:
    """`number` copies of a case with its open tasks, its timers and its trail, their ids from `first` on.

    `changes` are columns of the tasks that shall differ, for example their group.
    """
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < number))
    n = numbers.c.n
    case = first + n
    key = sa.literal(f"copy-{first}-") + sa.cast(n, sa.Text)
    _copy(
        work,
        ProcessInstance.__table__,
        ProcessInstance.id == case_id,
        numbers,
        {"id": case, "business_key": key},
    )
    # or PostgreSQL would go on looking through all cases, few as they were, for each row that names one
    work.session.execute(sa.text("ANALYZE process_instance"))
    _copy(
        work,
        UserTask.__table__,
        (UserTask.instance_id == case_id) & (UserTask.status == "open"),
        numbers,
        {"id": case, "instance_id": case, "business_key": key, **changes},
    )
    _copy(
        work,
        AuditEntry.__table__,
        (AuditEntry.case_id == case_id) & (AuditEntry.case_seq == 1),
        numbers,
        {"id": case, "case_id": case, "subject": key},
    )
    bpmn = (Timer.instance_id == case_id) & (Timer.kind == "bpmn")
    _copy(work, Timer.__table__, bpmn, numbers, {"id": case, "instance_id": case, "task_id": None})
    work.session.flush()


def _copy(work: UnitOfWork, table: Any, wanted: Any, numbers: Any, values: dict[str, Any]) -> None:
    # looked up once: beside the numbers, a planner without statistics would look it up for each of them
    kept = sa.select(table).where(wanted).cte("kept").prefix_with("MATERIALIZED")
    columns = [
        sa.cast(sa.null(), column.type).label(column.name)
        if values.get(column.name, column) is None
        else sa.literal(values[column.name], column.type).label(column.name)
        if column.name in values and isinstance(values[column.name], str)
        else values.get(column.name, kept.c[column.name])
        for column in table.columns
    ]
    rows = sa.select(*columns).select_from(kept.join(numbers, sa.true()))
    names = [column.name for column in table.columns]
    work.session.execute(table.insert().from_select(names, rows))


def analyse(work: UnitOfWork) -> None:
    """Let the database count what it holds, as it does by itself in time."""
    work.session.execute(sa.text("ANALYZE"))
