"""Timers: fired once, under the lock, in the system's name; a failure neither loses nor stops anything."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import audit, cases, locks, timers, user_tasks
from engine.database import SYSTEM, Domain, UnitOfWork
from engine.durations import clock_time
from engine.errors import Problem
from engine.models import Timer, UserTask
from engine.sweeping import LONGEST_PAUSE, Swept, pause
from tests.conftest import ALICE, MONDAY, Database, OpenUow
from tests.engine import office
from tests.engine.office import act, begun, open_tasks, task
from tests.engine.test_bpmn_rules import approval, problems

DAY = timedelta(days=1)


def sweep(uow: OpenUow, after: timedelta, domain: Domain = office.DOMAIN) -> Swept:
    return timers.sweep(lambda: uow(SYSTEM, MONDAY + after, domain=domain))


def kinds(uow: OpenUow, case_id: int) -> list[tuple[str, str]]:
    with uow() as work:
        return [(t.kind, t.element_id) for t in timers.for_case(work, case_id)]


def test_an_opened_task_brings_its_timers_and_its_reminder(uow: OpenUow) -> None:
    case_id = begun(uow)
    assert sorted(kinds(uow, case_id)) == [("bpmn", "first_overdue"), ("reminder", "first_review")]
    with uow() as work:
        by_clock = next(t for t in timers.for_case(work, case_id) if t.kind == "bpmn")
        assert by_clock.due_at == MONDAY + DAY


def test_a_completed_task_takes_its_timers_along(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    assert kinds(uow, case_id) == [("reminder", "legality_review")]


def test_nothing_fires_before_its_time(uow: OpenUow) -> None:
    begun(uow)
    assert sweep(uow, timedelta(hours=23)) == Swept(0, 0)


def test_a_timer_that_does_not_interrupt_leaves_the_task_open_and_fires_once(uow: OpenUow) -> None:
    asked: list[str] = []

    def escalate(work: UnitOfWork, case: object, rule: object) -> str:
        asked.append(work.actor.id)
        return "done"

    case_id = begun(uow)
    domain = office.make_domain(handlers={"escalate": escalate})
    assert sweep(uow, DAY, domain) == Swept(1, 0)
    assert sweep(uow, DAY, domain) == Swept(0, 0)
    assert asked == ["system"]
    with uow() as work:
        assert open_tasks(work, case_id) == ["first_review"]
        entry = audit.entries(work, case_id)[-1]
        assert (entry.action, entry.actor_id, entry.at) == ("timer.fired", "system", MONDAY + DAY)
        assert audit.verify_case(work, case_id).ok


def test_an_interrupting_timer_withdraws_the_task_and_ends_the_case(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "return"))
    # Three working days from Monday: closing time on Thursday.
    assert sweep(uow, timedelta(days=3, hours=8)) == Swept(0, 0)
    assert sweep(uow, timedelta(days=3, hours=9)) == Swept(1, 0)
    with uow() as work:
        revise = user_tasks.for_case(work, case_id)[-1]
        assert (revise.status, revise.closed_by) == ("closed", "system")
        assert "修改逾期" in user_tasks.refusals(work, revise, "complete")[0].zh
        case = work.session.get_one(cases.ProcessInstance, case_id)
        assert (case.status, case.ended_as) == ("ended", "expired")


def test_a_reminder_tells_the_domain_once_and_the_process_stays_where_it_is(uow: OpenUow) -> None:
    reminded: list[str] = []

    def remind(work: UnitOfWork, found: UserTask) -> None:
        reminded.append(found.element_id)

    case_id = begun(uow)
    with uow() as work:
        before = work.session.get_one(cases.ProcessInstance, case_id).state_digest
    domain = office.make_domain(remind=remind, handlers={"escalate": office.done})
    assert sweep(uow, 2 * DAY, domain).fired == 2
    assert sweep(uow, 9 * DAY, domain).fired == 0
    assert reminded == ["first_review"]
    with uow() as work:
        assert open_tasks(work, case_id) == ["first_review"]
        assert before != ""


def test_a_failing_timer_stays_due_backs_off_and_does_not_stop_the_others(
    uow: OpenUow, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = begun(uow), None
    with uow() as work:
        second = cases.start(work, "review", "2026-000002").id
        work.commit()

    def escalate(work: UnitOfWork, case: cases.ProcessInstance, rule: object) -> str:
        if case.id == first:
            raise ZeroDivisionError("短信网关")
        return "done"

    domain = office.make_domain(handlers={"escalate": escalate})
    with caplog.at_level(logging.CRITICAL):
        assert sweep(uow, DAY, domain) == Swept(fired=1, failed=1)
        assert sweep(uow, DAY, domain) == Swept(0, 0), "it waits before it tries again"
        assert sweep(uow, DAY + timedelta(minutes=1), domain) == Swept(0, 1)
    with uow() as work:
        (failed,) = work.session.scalars(
            sa.select(Timer).where(Timer.instance_id == first, Timer.kind == "bpmn")
        )
        assert failed.attempts == 2
        assert failed.last_error == "ZeroDivisionError"
        assert failed.wake_at == MONDAY + DAY + timedelta(minutes=3)
        assert [e.action for e in audit.entries(work, first)][-2:] == ["timer.failed"] * 2
        assert audit.verify_all(work).ok
    assert sweep(uow, DAY + timedelta(minutes=3)).fired == 1, "the handler works again"
    assert second is not None


def test_two_sweeps_at_once_fire_each_timer_once(uow: OpenUow, database: Database) -> None:
    with uow() as work:
        for number in range(8):
            office.start(work, str(number))
        work.commit()
    fired: list[int] = []
    barrier = threading.Barrier(2)

    def escalate(work: UnitOfWork, case: cases.ProcessInstance, rule: object) -> str:
        fired.append(case.id)
        return "done"

    domain = office.make_domain(handlers={"escalate": escalate})
    swept: list[Swept] = []

    def one() -> None:
        barrier.wait()
        swept.append(timers.sweep(lambda: database.open(SYSTEM, MONDAY + DAY, domain)))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    swept.append(sweep(uow, DAY, domain))  # what both passed over because the other held it
    assert sum(s.fired for s in swept) == 8
    assert sum(s.failed for s in swept) == 0
    assert sorted(fired) == sorted(set(fired))


def test_a_task_completed_in_the_same_second_leaves_nothing_to_fire(
    uow: OpenUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = begun(uow)
    opened: list[int] = []

    def open_uow() -> UnitOfWork:
        """The reviewer is quicker: between the sweep's look and its lock the task is completed."""
        if len(opened) == 1:
            with uow(ALICE) as work:
                act(work, case_id, "first_review", "return")
                work.commit()
        opened.append(1)
        return uow(SYSTEM, MONDAY + DAY)

    assert timers.sweep(open_uow) == Swept(0, 0)
    with uow() as work:
        assert "timer.fired" not in [e.action for e in audit.entries(work, case_id)]
        assert task(work, case_id, "revise").status == "open"


def test_a_sweep_takes_no_more_than_it_is_told(uow: OpenUow) -> None:
    with uow() as work:
        for number in range(3):
            office.start(work, str(number))
        work.commit()
    assert timers.sweep(lambda: uow(SYSTEM, MONDAY + DAY), limit=2).fired == 2


def test_timers_that_stay_due_take_nobodys_place(
    uow: OpenUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with uow() as work:
        held = [office.start(work, str(number)).id for number in range(3)]
        free = office.start(work, "free").id
        work.commit()

    def lock(work: UnitOfWork, timer_id: int, *, wait: bool) -> cases.ProcessInstance | None:
        """As PostgreSQL answers where somebody is at work on the case."""
        case = locks.lock_case_of_timer(work, timer_id, wait=wait)
        return None if case is None or case.id in held else case

    monkeypatch.setattr(timers, "lock_case_of_timer", lock)
    swept = timers.sweep(lambda: uow(SYSTEM, MONDAY + DAY), limit=2)
    assert swept == Swept(1, 0)
    assert kinds(uow, free) == [("reminder", "first_review")]
    monkeypatch.undo()
    assert sweep(uow, DAY) == Swept(3, 0), "the others fire when their cases are free"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT24H", timedelta(hours=24)),
        ("P15D", timedelta(days=15)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
    ],
)
def test_durations_of_fixed_length_are_read(text: str, length: timedelta) -> None:
    assert clock_time(text) == length


UNCOUNTED = ["", "P", "PT", "P1M", "P1Y", "1D", "P-1D", "soon", f"P{'9' * 12}D", f"P{'9' * 5000}D"]


@pytest.mark.parametrize("text", UNCOUNTED, ids=lambda text: text[:12])
def test_other_durations_are_refused(text: str) -> None:
    assert clock_time(text) is None
    found = problems_of_timer(text)
    assert [(p.file, p.element_id, p.line > 2) for p in found] == [("approval.bpmn", "late", True)]
    assert "P30D" in found[0].sentence.zh
    assert "write weeks (P4W) or days (P30D)" in found[0].sentence.en


@pytest.mark.parametrize("text", ["P3661D", "P9999999D", "P5000000W", "PT90000000H"])
def test_a_timer_that_nobody_would_live_to_see_is_refused(text: str) -> None:
    found = problems_of_timer(text)
    assert [(p.file, p.element_id, p.line > 2) for p in found] == [("approval.bpmn", "late", True)]
    assert "最多 P3660D" in found[0].sentence.zh
    assert "the most is P3660D" in found[0].sentence.en


def problems_of_timer(duration: str) -> tuple[Problem, ...]:
    drawing = approval()
    drawing.timer("late", "review", duration=duration)
    drawing.end("told")
    drawing.flow("late", "told")
    return problems(drawing.xml())


def test_the_pause_doubles_up_to_a_limit() -> None:
    assert [pause(n) for n in (1, 2, 3)] == [timedelta(minutes=m) for m in (1, 2, 4)]
    assert pause(10_000) == LONGEST_PAUSE
