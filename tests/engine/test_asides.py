"""Delegation, substitutes, handing over, urging, copies, comments: who may, what is on record, who is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import asides, audit, cases, conformance, signing, substitutes, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import EngineError, NotAllowed, NotSettled, NotYourTask, TaskClosed
from engine.handover import hand_over
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from tests.conftest import ALICE, BOB, MONDAY, OpenUow
from tests.engine import office
from tests.engine.office import act, begun, start, task

CAROL = Actor("3", "冯灿", role="first_reviewer")


def held(uow: OpenUow) -> int:
    """A task that Alice holds; its id."""
    with uow() as work:
        found = task(work, start(work).id, "first_review")
        user_tasks.claim(work, found.id)
        work.commit()
        return found.id


def last(work: UnitOfWork, found: int) -> tuple[str, dict[str, object]]:
    entry = audit.entries(work, user_tasks.get(work, found).instance_id)[-1]
    return entry.action, json.loads(entry.payload)["data"]


# -- delegation ------------------------------------------------------------------------------------


def test_the_answer_comes_back_to_the_holder_who_decides(uow: OpenUow) -> None:
    found = held(uow)
    with uow() as work:
        asides.delegate(work, found, BOB, "依据是否充分？")
        work.commit()
    with uow() as work, pytest.raises(NotSettled, match="请等待答复或先收回"):
        user_tasks.complete(work, found, "pass")
    with uow(BOB) as work:
        (asked,) = asides.asked_of(work, BOB.id)
        assert (asked.task_id, asked.question, asked.owner_name) == (
            *(found, "依据是否充分？", ALICE.name),
        )
        asides.answer(work, found, "充分。", outcome="pass")
        assert asides.asked_of(work, BOB.id) == []
        assert last(work, found)[0] == "delegation.answered"
        with pytest.raises(NotYourTask, match=ALICE.name):
            user_tasks.complete(work, found, "pass")
        work.commit()
    with uow() as work:
        (row,) = asides.delegations(work, found)
        assert (row.status, row.outcome, row.answer) == ("answered", "pass", "充分。")
        assert user_tasks.get(work, found).assignee_id == ALICE.id
        user_tasks.complete(work, found, "return")


def test_a_question_recalled_is_nobodys_any_more(uow: OpenUow) -> None:
    found = held(uow)
    with uow() as work:
        asides.delegate(work, found, BOB, "请看。")
        asides.recall(work, found, "不需要了")
        work.commit()
    with uow(BOB) as work, pytest.raises(NotYourTask, match="没有等待您答复"):
        asides.answer(work, found, "好")
    with uow() as work:
        asides.delegate(work, found, CAROL, "请看。")
        assert [row.status for row in asides.delegations(work, found)] == ["recalled", "asked"]


@pytest.mark.parametrize(
    ("who", "to", "kind", "said"),
    [
        (BOB, CAROL, NotYourTask, ALICE.name),
        (ALICE, ALICE, NotYourTask, "不能委派给自己"),
    ],
)
def test_who_may_not_delegate(
    uow: OpenUow, who: Actor, to: Actor, kind: type[EngineError], said: str
) -> None:
    found = held(uow)
    with uow(who) as work, pytest.raises(kind, match=said):
        asides.delegate(work, found, to, "请看。")


def test_the_domain_is_asked_about_the_delegate(uow: OpenUow) -> None:
    found = held(uow)
    domain = office.make_domain(
        refusals=lambda w, t, actor, verb: (
            [Sentence("起草人须回避。", "The drafter may not.")]
            if (actor.id, verb) == (BOB.id, "answer")
            else []
        )
    )
    with uow(domain=domain) as work, pytest.raises(NotYourTask, match="回避"):
        asides.delegate(work, found, BOB, "请看。")


def test_what_was_asked_ends_with_the_task(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        found = user_tasks.claim(work, task(work, case_id, "legality_review").id).id
        asides.delegate(work, found, BOB, "请看。")
        act(work, case_id, "second_review", "return")
        work.commit()
    with uow(BOB) as work:
        assert asides.asked_of(work, BOB.id) == []
        (row,) = asides.delegations(work, found)
        assert row.closed_reason == user_tasks.get(work, found).closed_reason
        with pytest.raises(NotYourTask):
            asides.answer(work, found, "好")


# -- substitutes -----------------------------------------------------------------------------------


def standing_in(uow: OpenUow, role: str | None = None) -> None:
    with uow() as work:
        begins, ends = MONDAY + timedelta(days=1), MONDAY + timedelta(days=8)
        substitutes.appoint(
            work, ALICE, BOB, begins_at=begins, ends_at=ends, reason="出差", role=role
        )
        work.commit()


FOR_ALICE = Actor(BOB.id, BOB.name, role=BOB.role, acting_for=ALICE.id)
REFUSED = [
    (None, 0, "没有代理该人员的授权"),
    (None, 8, "没有代理该人员的授权"),
    ("lawyer", 2, "不含“初审”"),
]


@pytest.mark.parametrize(("role", "day", "said"), REFUSED)
def test_outside_dates_and_scope_nobody_stands_in(
    uow: OpenUow, role: str | None, day: int, said: str
) -> None:
    found = held(uow)
    standing_in(uow, role)
    then = MONDAY + timedelta(days=day)
    with uow(FOR_ALICE, then) as work, pytest.raises(NotYourTask, match=said):
        user_tasks.complete(work, found, "pass")


@pytest.mark.parametrize("role", [None, "reviewer"])
def test_a_substitute_decides_in_both_names(uow: OpenUow, role: str | None) -> None:
    found = held(uow)
    standing_in(uow, role)
    day = MONDAY + timedelta(days=2)
    with uow(BOB, day) as work, pytest.raises(NotYourTask, match=ALICE.name):
        user_tasks.complete(work, found, "pass")
    with uow(FOR_ALICE, day) as work:
        user_tasks.complete(work, found, "pass")
        done = user_tasks.get(work, found)
        assert (done.assignee_id, done.closed_by) == (ALICE.id, BOB.id)
        entry = audit.entries(work, done.instance_id)[-1]
        assert (entry.actor_id, entry.acting_for) == (BOB.id, ALICE.id)


def test_standing_in_is_one_link_long(uow: OpenUow) -> None:
    """Carol stands in for Bob, who stands in for Alice: that does not make Carol Alice's substitute."""
    found = held(uow)
    standing_in(uow)
    with uow() as work:
        substitutes.appoint(
            work, BOB, CAROL, begins_at=MONDAY, ends_at=MONDAY + timedelta(days=9), reason="病假"
        )
        work.commit()
    chained = Actor(CAROL.id, CAROL.name, acting_for=ALICE.id)
    with uow(chained, MONDAY + timedelta(days=2)) as work, pytest.raises(NotYourTask):
        user_tasks.complete(work, found, "pass")


def test_a_revoked_substitution_is_over_at_once(uow: OpenUow) -> None:
    standing_in(uow)
    day = MONDAY + timedelta(days=2)
    with uow(ALICE, day) as work:
        (row,) = substitutes.to_come(work, ALICE.id)
        substitutes.revoke(work, row.id)
        assert substitutes.in_force(work, BOB.id) == []
        with pytest.raises(NotAllowed):
            substitutes.revoke(work, row.id)


@pytest.mark.parametrize(
    ("to", "days", "said"),
    [(ALICE, (0, 1), "本人"), (BOB, (1, 1), "晚于"), (BOB, (-2, -1), "已过")],
)
def test_appointments_that_make_no_sense(
    uow: OpenUow, to: Actor, days: tuple[int, int], said: str
) -> None:
    begins, ends = (MONDAY + timedelta(days=day) for day in days)
    with uow() as work, pytest.raises(NotAllowed, match=said):
        substitutes.appoint(work, ALICE, to, begins_at=begins, ends_at=ends, reason="")


# -- handing over ----------------------------------------------------------------------------------


def test_everything_goes_over_but_what_the_other_may_not_take(uow: OpenUow) -> None:
    with uow() as work:
        tasks = [task(work, start(work, f"{n}").id, "first_review") for n in range(3)]
        for found in tasks:
            user_tasks.claim(work, found.id)
        ids = [found.id for found in tasks]
        work.commit()
    why = Sentence("起草人须回避。", "The drafter may not.")

    def refuse(work: UnitOfWork, found: UserTask, actor: Actor, verb: str) -> list[Sentence]:
        return [why] if (found.id, actor.id, verb) == (ids[1], BOB.id, "claim") else []

    with uow(CAROL, domain=office.make_domain(refusals=refuse)) as work:
        over = hand_over(work, ALICE.id, BOB, "离职")
        assert [found.id for found in over.moved] == [ids[0], ids[2]]
        assert [(found.id, reasons) for found, reasons in over.kept] == [(ids[1], (why,))]
        assert user_tasks.get(work, ids[1]).assignee_id == ALICE.id
        for found in over.moved:
            action, told = last(work, found.id)
            assert (action, found.assignee_name) == ("task.reassigned", BOB.name)
            assert (told["from"], told["to"], told["reason"]) == (ALICE.id, BOB.id, "离职")


def test_a_signature_goes_over_and_a_question_is_for_its_asker(uow: OpenUow) -> None:
    week = MONDAY + timedelta(days=7)
    with uow() as work:
        signed = task(work, start(work, "signed").id, "first_review").id
        asked = task(work, start(work, "asked").id, "first_review").id
        for found in (signed, asked):
            user_tasks.claim(work, found)
        signing.begin(work, signed, [[CAROL]], consent="pass")
        asides.delegate(work, asked, CAROL, "请看。")
        later = MONDAY + timedelta(days=2)
        substitutes.appoint(work, BOB, CAROL, begins_at=later, ends_at=week, reason="出差")
        work.commit()
    with uow(BOB) as work:
        over = hand_over(work, CAROL.id, BOB, "离职")
        assert [found.id for found in over.moved] == [signed]
        ((kept, (why,)),) = over.kept
        assert (kept.id, ALICE.name in why.zh) == (asked, True)
        assert signing.asked_of(work, CAROL.id) == []
        assert substitutes.to_come(work, CAROL.id) == []
        done = signing.sign(work, signed, "pass").applied
        assert done is not None
        work.commit()
    with uow() as work:
        case = work.session.get_one(ProcessInstance, user_tasks.get(work, signed).instance_id)
        assert audit.verify_case(work, case.id).ok
        assert conformance.check(work, case).fits


# -- urging, copies, comments ----------------------------------------------------------------------


def test_urging_reminds_once_in_a_while(uow: OpenUow) -> None:
    told: list[int] = []
    domain = office.make_domain(remind=lambda work, found: told.append(found.id))
    found = held(uow)
    with uow(BOB, domain=domain) as work:
        asides.nudge(work, found, "请尽快")
        with pytest.raises(NotAllowed, match="4小时内已催办过"):
            asides.nudge(work, found)
        work.now = MONDAY + asides.BETWEEN_NUDGES
        asides.nudge(work, found)
        assert told == [found, found]
        work.commit()
    with uow(ALICE, domain=domain) as work:
        with pytest.raises(NotAllowed, match="本人承办"):
            asides.nudge(work, found)
        user_tasks.complete(work, found, "pass")
        with pytest.raises(NotAllowed, match="已不在办理"):
            asides.nudge(work, found)


def test_a_copy_has_a_read_receipt(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow() as work:
        assert len(asides.copy_to(work, case_id, [BOB, CAROL, BOB], "供参考")) == 2
        assert asides.copy_to(work, case_id, [BOB]) == []
        work.commit()
    with uow(BOB, MONDAY + timedelta(hours=1)) as work:
        (row,) = asides.unread(work, BOB.id)
        assert asides.mark_read(work, row.id).read_at == MONDAY + timedelta(hours=1)
        work.now += timedelta(hours=1)
        assert asides.mark_read(work, row.id).read_at == MONDAY + timedelta(hours=1)
        assert asides.unread(work, BOB.id) == []
        (theirs,) = asides.unread(work, CAROL.id)
        with pytest.raises(NotAllowed):
            asides.mark_read(work, theirs.id)
        assert audit.verify_case(work, case_id).ok


def test_a_comment_is_in_the_trail_for_good(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow() as work:
        asides.comment(work, case_id, " 请注意附件2。 ")
        entry = audit.entries(work, case_id)[-1]
        assert entry.action == "case.commented"
        assert json.loads(entry.payload)["data"]["text"] == "请注意附件2。"
        with pytest.raises(NotAllowed, match="请填写"):
            asides.comment(work, case_id, "  ")
        with pytest.raises(NotAllowed, match="没有这一件"):
            asides.comment(work, 4711, "好")


VERBS: list[Callable[[UnitOfWork, int], object]] = [
    lambda work, found: asides.delegate(work, found, CAROL, "请看。"),
    lambda work, found: asides.recall(work, found, ""),
    lambda work, found: asides.answer(work, found, "好"),
    lambda work, found: asides.nudge(work, found),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_nothing_of_this_on_a_task_that_is_over(
    uow: OpenUow, verb: Callable[[UnitOfWork, int], object], end: str
) -> None:
    found = held(uow)
    with uow() as work:
        if end == "done":
            user_tasks.complete(work, found, "pass")
        else:
            cases.cancel(work, user_tasks.get(work, found).instance_id, reason="撤销")
        length = len(audit.entries(work, user_tasks.get(work, found).instance_id))
        with pytest.raises((TaskClosed, NotYourTask, NotAllowed)):
            verb(work, found)
        assert len(audit.entries(work, user_tasks.get(work, found).instance_id)) == length
