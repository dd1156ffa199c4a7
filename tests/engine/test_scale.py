"""Nothing that is done daily costs more statements in a full house, or reads a table from end to end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import audit, timers, user_tasks
from engine.bench.crowd import analyse, crowd
from engine.database import SYSTEM, UnitOfWork
from tests.conftest import ALICE, MONDAY, Database, OpenUow
from tests.engine import office
from tests.statements import counted

MANY = 100_000
GROUP = "first_reviewer:1"


@pytest.fixture(autouse=True)
def swept(database: Database) -> Iterator[None]:
    """A hundred thousand rows taken back are still in PostgreSQL's files, and in the way of other tests."""
    yield
    if database.kind == "postgres":
        clean = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with clean.connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def statements_of_an_act(work: UnitOfWork, case_id: int) -> list[str]:
    """Claim and complete at one element and its way back, each counted after a round for warmth."""
    for element, outcome in (("first_review", "return"), ("revise", "again")):
        office.act(work, case_id, element, outcome)
    with counted(work) as sent:
        office.act(work, case_id, "first_review", "return")
    return list(sent)


@pytest.mark.slow
def test_an_act_costs_the_same_statements_among_ten_and_among_a_hundred_thousand_cases(
    uow: OpenUow,
) -> None:
    with uow(ALICE) as work:
        case = office.start(work).id
        crowd(work, case, 10)
        few = statements_of_an_act(work, case)
    with uow(ALICE) as work:
        case = office.start(work).id
        crowd(work, case, MANY)
        many = statements_of_an_act(work, case)
    assert len(many) == len(few)
    assert many == few


def test_an_act_costs_the_same_statements_after_no_and_after_two_hundred_returns(
    uow: OpenUow,
) -> None:
    with uow(ALICE) as work:
        case = office.start(work).id
        fresh = statements_of_an_act(work, case)
        office.act(work, case, "revise", "again")
        for _ in range(200):
            office.act(work, case, "first_review", "return")
            office.act(work, case, "revise", "again")
        assert statements_of_an_act(work, case) == fresh
        assert audit.verify_case(work, case).ok


def plan_of(work: UnitOfWork, statement: str, parameters: object, kind: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
    rows = work.session.connection().exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
    return "\n".join(" ".join(map(str, row)) for row in rows)


def plans(work: UnitOfWork, database: Database, run: object) -> list[str]:
    """How the database goes about each statement that `run` sends."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _k: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        run()  # type: ignore[operator]
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)
    return [plan_of(work, *one, database.kind) for one in sent]


@pytest.mark.slow
def test_lists_and_sweeps_read_along_their_indexes(uow: OpenUow, database: Database) -> None:
    with uow(ALICE) as work:
        case = office.start(work).id
        crowd(work, case, MANY, candidate_group="somebody:2")
        analyse(work)
        user_tasks.claim(work, office.task(work, case, "first_review").id)
        late = MONDAY + timedelta(days=9)  # all of them are due
        asked = {
            "ix_user_task_inbox": lambda: user_tasks.inbox(work, [GROUP, "second_reviewer:1"]),
            "ix_user_task_held": lambda: user_tasks.mine(work, ALICE.id),
            "ix_user_task_case": lambda: user_tasks.for_case(work, case),
            "ix_timer_case": lambda: timers.for_case(work, case),
            "ix_timer_wake": lambda: work.session.execute(timers.due(late, 100)).all(),
        }
        for index, run in asked.items():
            (plan,) = plans(work, database, run)
            assert index in plan, plan
            assert "Seq Scan on user_task" not in plan, plan
            assert not re.search(r"(Seq Scan on|SCAN) process_instance", plan), plan
            assert "SCAN user_task" not in plan.replace("SCAN user_task USING", ""), plan


def test_a_sweep_that_did_not_run_for_days_catches_up_in_order(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        first = office.start(work, "2026-000001").id
        work.commit()
    with uow(ALICE, MONDAY + timedelta(hours=5)) as work:
        second = office.start(work, "2026-000002").id
        work.commit()
    fired: list[int] = []

    def escalate(_work: UnitOfWork, case: object, _rule: object) -> str:
        fired.append(case.id)  # type: ignore[attr-defined]
        return "done"

    def remind(_work: UnitOfWork, task: object) -> None:
        fired.append(-task.instance_id)  # type: ignore[attr-defined]

    domain = office.make_domain(handlers={"escalate": escalate}, remind=remind)
    late = MONDAY + timedelta(days=9)
    swept = timers.sweep(lambda: uow(SYSTEM, late, domain=domain))
    assert (swept.fired, swept.failed) == (4, 0)
    with uow() as work:
        told = [
            [(e.action, e.at) for e in audit.entries(work, case)][-2:] for case in (first, second)
        ]
    assert told == [[("timer.fired", late)] * 2] * 2
    # after a day of the clock each, then at the closing time of the same day
    assert fired == [first, second, -first, -second]


def test_yudao_1018_a_reminder_survives_a_return(uow: OpenUow) -> None:
    """A task that opens again after a return has its own reminder, counted from then."""
    reminded: list[tuple[str, int]] = []

    def remind(_work: UnitOfWork, task: object) -> None:
        reminded.append((task.element_id, task.round))  # type: ignore[attr-defined]

    domain = office.make_domain(remind=remind, handlers={"escalate": office.done})
    case = office.begun(uow, ("first_review", "return"), ("revise", "again"))
    timers.sweep(lambda: uow(SYSTEM, MONDAY + timedelta(days=9), domain=domain))
    assert reminded == [("first_review", 2)]
    with uow() as work:
        assert office.open_tasks(work, case) == ["first_review"]
