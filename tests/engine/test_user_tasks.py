"""User tasks: of two who act at once exactly one wins, and the other is told by whom and when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import audit, cases, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import (
    EngineError,
    NotYourTask,
    StalePage,
    TaskAlreadyClaimed,
    TaskClosed,
    TaskNotFound,
    UnknownOutcome,
)
from engine.models import AuditEntry, ProcessInstance, UserTask
from engine.text import Sentence
from tests.conftest import ALICE, BOB, MONDAY, Database, OpenUow
from tests.engine import office
from tests.engine.office import act, begun, start, task


def test_a_claimed_task_has_a_holder_and_an_entry(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        claimed = user_tasks.claim(work, task(work, case.id, "first_review").id)
        assert (claimed.assignee_id, claimed.assignee_name) == (ALICE.id, ALICE.name)
        assert claimed.claimed_at == MONDAY
        assert audit.entries(work, case.id)[-1].action == "task.claimed"


def test_claiming_what_one_holds_changes_nothing(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        user_tasks.claim(work, found.id)
        user_tasks.claim(work, found.id)
        assert [e.action for e in audit.entries(work, case.id)] == ["case.started", "task.claimed"]


def test_the_second_claimer_is_told_who_holds_the_task(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow(ALICE) as work:
        found = task(work, case_id, "first_review").id
        user_tasks.claim(work, found)
        work.commit()
    with uow(BOB) as work, pytest.raises(TaskAlreadyClaimed, match=ALICE.name) as caught:
        user_tasks.claim(work, found)
    assert ALICE.name in caught.value.reasons[0].en


def test_who_comes_after_the_completion_is_told_by_whom_and_when(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow(ALICE) as work:
        found = task(work, case_id, "first_review").id
        act(work, case_id, "first_review", "pass")
        work.commit()
    verbs: list[Callable[[UnitOfWork], object]] = [
        lambda work: user_tasks.claim(work, found),
        lambda work: user_tasks.unclaim(work, found),
        lambda work: user_tasks.complete(work, found, "pass"),
        lambda work: user_tasks.reassign(work, found, "3", "出差"),
    ]
    for verb in verbs:
        with uow(BOB) as work, pytest.raises(TaskClosed) as caught:
            verb(work)
        assert caught.value.reasons == (
            Sentence(
                f"“初审”已由{ALICE.name}于2026-06-08 09:00办结。",
                f"“初审” was completed by {ALICE.name} at 2026-06-08 09:00 (China time).",
            ),
        )


def test_only_the_holder_completes_or_gives_back(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow(ALICE) as work:
        found = task(work, case_id, "first_review").id
        for verb in (user_tasks.unclaim, lambda w, t: user_tasks.complete(w, t, "pass")):
            with pytest.raises(NotYourTask, match="请先认领"):
                verb(work, found)
        user_tasks.claim(work, found)
        work.commit()
    with uow(BOB) as work:
        for verb in (user_tasks.unclaim, lambda w, t: user_tasks.complete(w, t, "pass")):
            with pytest.raises(NotYourTask, match=ALICE.name):
                verb(work, found)


def test_a_task_given_back_is_in_the_inbox_again(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        user_tasks.claim(work, found.id)
        assert user_tasks.inbox(work, ["reviewer:1"]) == []
        assert user_tasks.mine(work, ALICE.id) == [found]
        user_tasks.unclaim(work, found.id)
        assert user_tasks.inbox(work, ["reviewer:1"]) == [found]
        assert user_tasks.mine(work, ALICE.id) == []
        assert found.claimed_at is None


def test_a_page_older_than_the_row_is_refused(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        seen = found.row_version
        user_tasks.claim(work, found.id, seen)
        with pytest.raises(StalePage):
            user_tasks.complete(work, found.id, "pass", seen_version=seen)
        user_tasks.complete(work, found.id, "pass", seen_version=found.row_version)


def test_an_unknown_outcome_is_refused_with_the_known_ones(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        user_tasks.claim(work, found.id)
        with pytest.raises(UnknownOutcome, match="pass、return"):
            user_tasks.complete(work, found.id, "approve")
        assert found.status == "open"


def test_a_task_that_never_was_is_not_found(uow: OpenUow) -> None:
    with uow() as work:
        for verb in (user_tasks.get, user_tasks.claim, user_tasks.unclaim):
            with pytest.raises(TaskNotFound):
                verb(work, 4711)


def test_every_reason_of_the_domain_is_given_for_every_verb(uow: OpenUow) -> None:
    reasons = [Sentence("您是起草人。", "You drafted it."), Sentence("岗位不符。", "Wrong post.")]
    asked: list[tuple[str, str]] = []

    def refuse(work: UnitOfWork, found: UserTask, actor: Actor, verb: str) -> list[Sentence]:
        asked.append((actor.id, verb))
        return reasons

    case_id = begun(uow)
    with uow() as work:
        found = task(work, case_id, "first_review").id
        user_tasks.claim(work, found)
        work.commit()
    domain = office.make_domain(refusals=refuse)
    with uow(domain=domain) as work:
        assert user_tasks.refusals(work, user_tasks.get(work, found), "complete") == reasons
        with pytest.raises(NotYourTask) as caught:
            user_tasks.complete(work, found, "pass")
        assert caught.value.reasons == tuple(reasons)
        with pytest.raises(NotYourTask):
            user_tasks.reassign(work, found, BOB.id, "出差")
    assert asked == [("1", "complete"), ("1", "complete"), ("1", "reassign"), ("2", "claim")]


def test_a_reassigned_task_is_the_other_persons_and_the_reason_is_on_record(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        user_tasks.claim(work, found.id)
        user_tasks.reassign(work, found.id, BOB.id, "出差", to_name=BOB.name)
        assert (found.assignee_id, found.assignee_name) == (BOB.id, BOB.name)
        with pytest.raises(NotYourTask, match=BOB.name):
            user_tasks.complete(work, found.id, "pass")
        entry = audit.entries(work, case.id)[-1]
        assert entry.action == "task.reassigned"
        assert '"reason":"出差"' in entry.payload


def test_the_deadline_is_closing_time_of_the_last_working_day_in_china(uow: OpenUow) -> None:
    friday_evening = datetime(2026, 9, 18, 12, 0, tzinfo=UTC)
    with uow(ALICE, friday_evening) as work:
        found = task(work, start(work).id, "first_review")
        # Sunday the 20th is a make-up working day.
        assert found.due_at == datetime(2026, 9, 20, 9, 30, tzinfo=UTC)
        assert found.due_provisional is False
        assert str(found.due_calendar).startswith("holidays ")


def test_a_deadline_in_a_year_without_notice_is_provisional(uow: OpenUow) -> None:
    with uow(ALICE, datetime(2026, 12, 31, 8, 0, tzinfo=UTC)) as work:
        found = task(work, start(work).id, "first_review")
        assert found.due_provisional is True


def test_the_inbox_shows_my_groups_soonest_due_first_and_pages_on(uow: OpenUow) -> None:
    with uow() as work:
        for day in (3, 1, 2):
            work.now = MONDAY + timedelta(days=day)
            start(work, f"due-{day}")
        for key in ("no-deadline-1", "no-deadline-2"):
            case = start(work, key)
            act(work, case.id, "first_review", "return")
        groups = ["reviewer:1", "drafter:1", "reviewer:1"]
        everything = user_tasks.inbox(work, groups)
        assert [t.business_key for t in everything] == [
            *("due-1", "due-2", "due-3"),
            *("no-deadline-1", "no-deadline-2"),
        ]
        paged: list[UserTask] = []
        while page := user_tasks.inbox(
            work, groups, limit=2, after=user_tasks.place_of(paged[-1]) if paged else None
        ):
            paged += page
        assert paged == everything
        assert user_tasks.inbox(work, []) == []
        assert user_tasks.inbox(work, ["lawyer:1"]) == []


def test_a_task_of_one_person_opens_in_that_persons_list(uow: OpenUow) -> None:
    from engine.database import Candidates

    domain = office.make_domain(candidates=lambda *_: Candidates("reviewer:1", BOB.id))
    with uow(ALICE, domain=domain) as work:
        case = start(work)
        assert user_tasks.inbox(work, ["reviewer:1"]) == []
        (found,) = user_tasks.mine(work, BOB.id)
        assert found.claimed_at == MONDAY
        with pytest.raises(TaskAlreadyClaimed, match="他人"):
            user_tasks.claim(work, found.id)
        assert user_tasks.for_case(work, case.id) == [found]


def test_what_the_caller_tells_is_part_of_the_evidence(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        found = task(work, case.id, "first_review")
        user_tasks.claim(work, found.id)
        user_tasks.complete(work, found.id, "pass", data={"digest": "sm3:1", "opinion": "同意"})
        payload = audit.entries(work, case.id)[-1].payload
        assert '"data":{"digest":"sm3:1","opinion":"同意"}' in payload


def test_an_act_costs_the_same_number_of_statements_after_many_rounds(
    uow: OpenUow, database: Database
) -> None:
    counted: list[str] = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda *given: counted.append(given[2])
    )
    with uow() as work:
        case = start(work)
        costs = []
        for _ in range(12):
            counted.clear()
            act(work, case.id, "first_review", "return")
            act(work, case.id, "revise", "again")
            costs.append(len(counted))
        assert len(set(costs[1:])) == 1, costs
        assert costs[-1] <= 50


def race(
    database: Database, number: int, verb: Callable[[UnitOfWork], object]
) -> list[EngineError | None]:
    """So many people do the same at the same moment, each with a connection of their own."""
    barrier = threading.Barrier(number)
    results: list[EngineError | None] = []

    def one(actor: Actor) -> None:
        with database.open(actor, MONDAY, office.DOMAIN) as work:
            barrier.wait()
            try:
                verb(work)
                work.commit()
                results.append(None)
            except EngineError as refusal:
                results.append(refusal)

    threads = [threading.Thread(target=one, args=(office.someone(n),)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_of_many_who_claim_at_once_one_wins_and_the_others_learn_who(
    uow: OpenUow, database: Database
) -> None:
    case_id = begun(uow)
    with uow() as work:
        found = task(work, case_id, "first_review").id
        work.session.rollback()
    results = race(database, 6, lambda work: user_tasks.claim(work, found))
    refused = [result for result in results if result is not None]
    assert len(results) == 6
    assert len(refused) == 5
    with uow() as work:
        holder = user_tasks.get(work, found).assignee_name
        assert {type(r) for r in refused} == {TaskAlreadyClaimed}
        assert all(str(holder) in r.reasons[0].zh for r in refused)
        assert audit.verify_case(work, case_id).length == 2


def test_of_many_tabs_that_complete_at_once_one_wins(uow: OpenUow, database: Database) -> None:
    case_id = begun(uow)
    me = office.someone(0)
    with uow(me) as work:
        found = task(work, case_id, "first_review").id
        user_tasks.claim(work, found)
        work.commit()

    def complete_as_me(work: UnitOfWork) -> None:
        work.actor = me
        user_tasks.complete(work, found, "pass")

    results = race(database, 6, complete_as_me)
    refused = [result for result in results if result is not None]
    assert len(results) == 6
    assert {type(r) for r in refused} == {TaskClosed}
    assert len(refused) == 5
    with uow() as work:
        assert office.open_tasks(work, case_id) == ["legality_review", "second_review"]
        assert audit.verify_case(work, case_id).ok


def test_of_many_who_start_the_same_case_at_once_one_wins(uow: OpenUow, database: Database) -> None:
    begun(uow)
    results = race(database, 5, lambda work: cases.start(work, "review", "same"))
    assert results.count(None) == 1
    assert len(results) == 5


def test_acts_on_different_cases_do_not_refuse_each_other(uow: OpenUow, database: Database) -> None:
    with uow() as work:
        found = [task(work, start(work, f"{n}").id, "first_review").id for n in range(6)]
        work.commit()
    left = list(found)
    results = race(database, 6, lambda work: user_tasks.claim(work, left.pop()))
    assert results == [None] * 6
    with uow() as work:
        assert audit.verify_all(work).ok
        claimed = sa.select(sa.func.count()).where(AuditEntry.action == "task.claimed")
        assert work.session.scalar(claimed) == 6


@pytest.mark.postgres
def test_what_a_request_read_before_the_lock_does_not_blind_it(
    postgres_database: Database,
) -> None:
    """SQLite has no such moment: its second writer has not begun to read yet."""
    with postgres_database.open(ALICE, MONDAY, office.DOMAIN) as work:
        case_id = start(work).id
        work.commit()
    slow = postgres_database.open(BOB, MONDAY, office.DOMAIN)
    quick = postgres_database.open(ALICE, MONDAY, office.DOMAIN)
    with slow, quick:
        found = task(slow, case_id, "first_review")
        case = slow.session.get_one(ProcessInstance, case_id)
        assert (found.assignee_id, case.trail_length) == (None, 1)
        user_tasks.claim(quick, found.id)
        quick.commit()
        with pytest.raises(TaskAlreadyClaimed, match=ALICE.name):
            user_tasks.claim(slow, found.id)
        audit.append(slow, "case.looked_at", case=case, subject="", data={})
        slow.commit()
        assert audit.verify_case(quick, case_id).length == 3
