"""The hot acts write in plain statements: few, joined where the database can, and never past the session."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from engine import audit, rows, user_tasks
from engine.locks import lock_task
from engine.models import AuditEntry, ProcessInstance, ProcessState, UserTask
from tests.conftest import ALICE, BOB, Database, OpenUow
from tests.engine import office
from tests.statements import counted


def acts(sent: list[str]) -> list[str]:
    """The statements but those that begin a transaction."""
    return [statement for statement in sent if not statement.startswith("BEGIN")]


def test_an_act_is_one_read_and_one_write_in_postgres(postgres_database: Database) -> None:
    with postgres_database.open(ALICE, domain=office.DOMAIN) as work:
        case = office.start(work).id
        office.act(work, case, "first_review", "return")
        office.act(work, case, "revise", "again")
        office.act(
            work, case, "first_review", "return"
        )  # everything seen once, and known as stored
        work.commit()
    with postgres_database.open(ALICE, domain=office.DOMAIN) as work:
        found = office.task(work, case, "revise").id
        with counted(work) as claiming:
            user_tasks.claim(work, found)
            work.commit()
        with counted(work) as completing:
            user_tasks.complete(work, found, "again")
            work.commit()
    assert [one.split()[0] for one in acts(claiming)] == ["SELECT", "WITH"]
    # the id of the task that opens, the deadlines that are stopped and set: each with its own reason
    assert [one for one in acts(completing) if "UPDATE" in one or "INSERT" in one][-1].startswith(
        "WITH"
    )


def test_what_was_written_is_seen_by_whatever_reads_through_the_session(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        work.session.expire_on_commit = False
        case = office.start(work)
        found = office.task(work, case.id, "first_review")
        rows.change(work, found, assignee_name="甲")
        named = sa.select(UserTask.assignee_name).where(UserTask.id == found.id)
        assert work.session.scalar(named) == "甲"
        rows.change(work, found, assignee_name="乙")
        work.commit()
    with uow(ALICE) as work:
        assert user_tasks.get(work, found.id).assignee_name == "乙"


def test_changes_by_the_session_and_in_statements_do_not_hinder_each_other(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        work.session.expire_on_commit = False
        case = office.start(work)
        found = office.task(work, case.id, "first_review")
        found.candidate_group = "elsewhere"
        rows.change(work, found, assignee_name="甲")
        case.ended_as = "nowhere"
        audit.append(work, "case.noted", case=case, subject="x", data={})
        work.commit()
        versions = (found.row_version, case.row_version)
    with uow(ALICE) as work:
        again = user_tasks.get(work, found.id)
        case = work.session.get_one(ProcessInstance, again.instance_id)
        assert (again.candidate_group, again.assignee_name) == ("elsewhere", "甲")
        assert (again.row_version, case.row_version) == versions
        assert (case.ended_as, case.trail_length) == ("nowhere", 2)


def test_a_rollback_forgets_what_was_not_sent(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        work.session.expire_on_commit = False
        case = office.start(work)
        found = office.task(work, case.id, "first_review")
        case_id, task_id = case.id, found.id
        work.commit()
        rows.change(work, found, assignee_name="甲")
        audit.append(work, "case.noted", case=case, subject="x", data={})
        work.session.rollback()
        work.commit()
    with uow(ALICE) as work:
        assert user_tasks.get(work, task_id).assignee_name is None
        assert len(audit.entries(work, case_id)) == 1


def test_what_is_sent_within_a_savepoint_goes_back_with_it(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        found = office.task(work, office.start(work).id, "first_review").id
        work.commit()
    with uow(ALICE) as work:
        locked = lock_task(work, found)
        assert locked is not None
        inside = work.session.begin_nested()
        rows.change(work, locked[1], assignee_name="甲")
        rows.flush(work)
        inside.rollback()
        rows.change(work, locked[1], candidate_group="elsewhere")
        work.commit()
    with uow(ALICE) as work:
        again = user_tasks.get(work, found)
        assert (again.assignee_name, again.candidate_group) == (None, "elsewhere")


def test_a_row_that_somebody_else_changed_is_not_overwritten(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        found = office.task(work, office.start(work).id, "first_review").id
        work.commit()
    with uow(ALICE) as early:
        early.session.expire_on_commit = False
        seen = user_tasks.get(early, found)
        early.commit()  # what it holds is from now on what was, and nothing is locked any more
        with uow(BOB) as late:
            user_tasks.claim(late, found)
            late.commit()
        rows.change(early, seen, assignee_name="甲")
        with pytest.raises(StaleDataError):
            early.commit()


def test_a_task_is_read_afresh_under_the_lock_even_if_the_session_knows_it(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        found = office.task(work, office.start(work).id, "first_review").id
        work.commit()
        seen = user_tasks.get(work, found)
        work.commit()
        with uow(BOB) as other:
            user_tasks.claim(other, found)
            other.commit()
        locked = lock_task(work, found)
        assert locked is not None
        assert locked[1] is seen
        assert seen.assignee_id == BOB.id
    with uow(ALICE) as work:
        assert lock_task(work, 4711) is None


def test_rows_of_one_shape_keep_their_order(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = office.start(work)
        for number in range(5):
            audit.append(work, "case.noted", case=case, subject=str(number), data={})
        work.commit()
        told = sa.select(AuditEntry.subject).where(AuditEntry.action == "case.noted")
        assert list(work.session.scalars(told.order_by(AuditEntry.id))) == list("01234")


def test_a_state_that_is_stored_already_is_left_alone(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        for _ in range(2):
            rows.add(work, ProcessState, {"digest": "d", "state": "{}"}, once=True)
            rows.flush(work)
        stored = sa.select(sa.func.count()).where(ProcessState.digest == "d")
        assert work.session.scalar(stored) == 1


def test_a_database_that_refuses_is_told_as_ever_and_without_values(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        rows.add(work, ProcessState, {"digest": None, "state": "机密"})
        with pytest.raises(sa.exc.IntegrityError) as refused:
            rows.flush(work)
    assert "机密" not in str(refused.value.statement)
    assert refused.value.params is None


def test_a_number_drawn_with_the_lock_is_in_its_turn_even_for_who_waited(
    postgres_database: Database,
) -> None:
    database = postgres_database
    with database.open(ALICE, domain=office.DOMAIN) as work:
        found = office.task(work, office.start(work).id, "first_review").id
        work.commit()
    drawn: list[int] = []

    def wait_and_draw() -> None:
        with database.open(BOB, domain=office.DOMAIN) as late:
            assert lock_task(late, found, opening=True) is not None
            drawn.extend(rows.draw(late, UserTask, 2))

    waiting = threading.Thread(target=wait_and_draw)
    with database.open(ALICE, domain=office.DOMAIN) as work:
        user_tasks.claim(work, found)
        waiting.start()
        blocked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        for _ in range(1_000):
            if work.session.scalar(blocked):
                break
            time.sleep(0.01)
        opened = [task.id for task in user_tasks.complete(work, found, "pass").opened]
        work.commit()
    waiting.join(30)
    assert max(opened) < drawn[0] < drawn[1]


def test_a_number_that_was_not_used_is_not_used_later(postgres_database: Database) -> None:
    with postgres_database.open(ALICE, domain=office.DOMAIN) as work:
        found = office.task(work, office.start(work).id, "first_review").id
        work.commit()
        lock_task(work, found, opening=True)
        work.commit()
        (between,) = rows.draw(work, UserTask, 1)
        work.commit()
        lock_task(work, found, opening=True)
        (drawn, following) = rows.draw(work, UserTask, 2)
        work.session.rollback()
        (last,) = rows.draw(work, UserTask, 1)
    assert between < drawn < following < last
