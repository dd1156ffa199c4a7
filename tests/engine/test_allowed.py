"""What may be done now: the answer given beforehand is what the verbs then do, in every state of a task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import allowed, asides, audit, cases, signing, suspension, timers, user_tasks
from engine.allowed import OnTask, may
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.errors import CaseNotRunning, CaseSuspended, EngineError, NotAllowed
from engine.text import Sentence
from tests.conftest import ALICE, BOB, MONDAY, OpenUow
from tests.engine.office import begun, task

CAROL = Actor("3", "冯灿", role="first_reviewer")
DAVE = Actor("4", "邓达", role="first_reviewer")


def unclaimed(work: UnitOfWork, found: int) -> None:
    return None


def claimed(work: UnitOfWork, found: int) -> None:
    user_tasks.claim(work, found)


def delegated(work: UnitOfWork, found: int) -> None:
    claimed(work, found)
    asides.delegate(work, found, BOB, "请看。")


def cosigned(work: UnitOfWork, found: int) -> None:
    claimed(work, found)
    signing.begin(work, found, [[BOB], [CAROL]], consent="pass")


def half_signed(work: UnitOfWork, found: int) -> None:
    cosigned(work, found)
    work.actor = BOB
    signing.sign(work, found, "pass")


def nudged(work: UnitOfWork, found: int) -> None:
    asides.nudge(work, found)


def suspended(work: UnitOfWork, found: int) -> None:
    claimed(work, found)
    suspension.suspend(work, user_tasks.get(work, found).instance_id, "等待上级答复")


def suspended_with_question(work: UnitOfWork, found: int) -> None:
    delegated(work, found)
    suspension.suspend(work, user_tasks.get(work, found).instance_id, "等待上级答复")


def suspended_half_signed(work: UnitOfWork, found: int) -> None:
    half_signed(work, found)
    suspension.suspend(work, user_tasks.get(work, found).instance_id, "等待上级答复")


#: What each of Alice, who comes first, Bob and Carol may do in each state of the task.
TABLE: list[tuple[Callable[[UnitOfWork, int], None], dict[str, str]]] = [
    (
        unclaimed,
        {ALICE.id: "claim reassign nudge", BOB.id: "claim reassign nudge"},
    ),
    (
        claimed,
        {
            ALICE.id: "claim unclaim complete reassign delegate cosign",
            BOB.id: "reassign nudge",
        },
    ),
    (
        delegated,
        {
            ALICE.id: "claim reassign recall",
            BOB.id: "reassign nudge answer",
            CAROL.id: "reassign nudge",
        },
    ),
    (
        cosigned,
        {
            ALICE.id: "claim reassign add_signers remove_signers",
            BOB.id: "reassign nudge sign add_signers",
            CAROL.id: "reassign nudge",
        },
    ),
    (
        half_signed,
        {
            ALICE.id: "claim reassign add_signers remove_signers",
            BOB.id: "reassign nudge withdraw_signature",
            CAROL.id: "reassign nudge sign add_signers",
        },
    ),
    (nudged, {BOB.id: "claim reassign"}),
    (suspended, {ALICE.id: "reassign", BOB.id: "reassign nudge"}),
    (
        suspended_half_signed,
        {ALICE.id: "reassign", BOB.id: "reassign nudge", CAROL.id: "reassign nudge"},
    ),
    (suspended_with_question, {ALICE.id: "reassign recall", BOB.id: "reassign nudge"}),
]
#: How each verb is used; what must be chosen is chosen so that only the check can be against it.
USES: dict[str, Callable[[UnitOfWork, int], object]] = {
    "claim": user_tasks.claim,
    "unclaim": user_tasks.unclaim,
    "complete": lambda work, found: user_tasks.complete(work, found, "pass"),
    "reassign": lambda work, found: user_tasks.reassign(work, found, DAVE.id, "出差"),
    "delegate": lambda work, found: asides.delegate(work, found, DAVE, "请看。"),
    "cosign": lambda work, found: signing.begin(work, found, [[DAVE]], consent="pass"),
    "answer": lambda work, found: asides.answer(work, found, "好"),
    "recall": lambda work, found: asides.recall(work, found, ""),
    "sign": lambda work, found: signing.sign(work, found, "pass"),
    "withdraw_signature": signing.withdraw_signature,
    "add_signers": lambda work, found: signing.add(work, found, [DAVE], "with", ""),
    "remove_signers": lambda work, found: signing.remove(work, found, CAROL.id, ""),
    "nudge": asides.nudge,
}


@pytest.mark.parametrize(("state", "who"), [(s, who) for s, row in TABLE for who in row])
def test_what_is_offered_works_and_what_is_not_is_refused_with_the_same_reasons(
    uow: OpenUow, state: Callable[[UnitOfWork, int], None], who: str
) -> None:
    case_id = begun(uow)
    with uow() as work:
        found = task(work, case_id, "first_review").id
        state(work, found)
        work.commit()
    actor = next(person for person in (ALICE, BOB, CAROL) if person.id == who)
    with uow(actor) as work:
        (offered,) = may(work, case_id).tasks
        expected = next(row[who] for s, row in TABLE if s is state)
        assert offered.allowed() == set(expected.split())
    assert set(USES) == set(allowed.ON_TASKS)
    for verb, use in USES.items():
        with uow(actor) as work:
            compare(work, found, verb, use, offered)


def compare(
    work: UnitOfWork,
    found: int,
    verb: str,
    use: Callable[[UnitOfWork, int], object],
    offered: OnTask,
) -> None:
    told: tuple[Sentence, ...] = ()
    try:
        use(work, found)
    except EngineError as refusal:
        told = refusal.reasons
    if verb == "claim" and user_tasks.get(work, found).assignee_id == work.actor.id:
        assert told == ()  # claiming what one holds changes nothing, so nothing is against it
    else:
        assert set(told) <= set(offered.verbs[verb]), verb
        assert bool(told) == bool(offered.verbs[verb]), verb
    work.session.rollback()


def test_my_decision_is_listed_with_what_stands_on_it(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        (mine,) = may(work, case_id).decisions
        assert (mine.task.element_id, mine.allowed()) == ("first_review", {"take_back"})
    with uow(BOB) as work:
        assert may(work, case_id).decisions == ()
        second = user_tasks.claim(work, task(work, case_id, "second_review").id)
        user_tasks.complete(work, second.id, "pass")
        work.commit()
    with uow() as work:
        (mine,) = may(work, case_id).decisions
        assert BOB.name in mine.verbs["take_back"][0].zh


def test_a_case_that_is_over_offers_nothing(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow() as work:
        suspension.terminate(work, case_id, "重复件")
        answer = may(work, case_id)
        over = (Sentence("该件已办结或已终止。", "The case has ended."),)
        assert (answer.tasks, answer.decisions) == ((), ())
        assert answer.case == dict.fromkeys(("suspend", "resume", "terminate", "receive"), over)
        assert answer.awaited == {}
        with pytest.raises(NotAllowed, match="没有这一件"):
            may(work, 4711)


def test_a_suspended_case_stands_still_and_goes_on_where_it_was(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow() as work:
        found = user_tasks.claim(work, task(work, case_id, "first_review").id).id
        due = {t.id: t.due_at for t in timers.for_case(work, case_id)}
        suspension.suspend(work, case_id, "等待上级答复")
        assert not may(work, case_id).case["resume"]
        with pytest.raises(CaseSuspended, match="等待上级答复"):
            user_tasks.complete(work, found, "pass")
        with pytest.raises(CaseSuspended):
            suspension.suspend(work, case_id, "再次")
        work.commit()
    later = MONDAY + timedelta(days=9)
    assert timers.sweep(lambda: uow(SYSTEM, later)).fired == 0
    with uow(ALICE, later) as work:
        suspension.resume(work, case_id)
        assert {t.id: t.due_at for t in timers.for_case(work, case_id)} == due
        with pytest.raises(NotAllowed, match="没有暂停"):
            suspension.resume(work, case_id)
        work.commit()
    assert timers.sweep(lambda: uow(SYSTEM, later)).fired == 2
    with uow(ALICE, later) as work:
        user_tasks.complete(work, found, "pass")
        actions = [entry.action for entry in audit.entries(work, case_id)]
        assert actions.count("case.suspended") == actions.count("case.resumed") == 1


@pytest.mark.parametrize("suspend_first", [True, False])
def test_terminated_with_a_reason(uow: OpenUow, suspend_first: bool) -> None:
    case_id = begun(uow)
    with uow() as work:
        if suspend_first:
            suspension.suspend(work, case_id, "等待")
        with pytest.raises(NotAllowed, match="请填写理由"):
            suspension.terminate(work, case_id, " ")
        suspension.terminate(work, case_id, "重复件")
        assert timers.for_case(work, case_id) == []
        with pytest.raises(CaseNotRunning):
            cases.lock(work, case_id)
        assert '"reason":"重复件"' in audit.entries(work, case_id)[-1].payload
