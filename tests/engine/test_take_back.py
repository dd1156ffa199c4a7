"""Take-back 撤回: only one's own decision is undone, whatever nesting it stands in, or the reason is named."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import audit, cases, openings, suspension, timers, user_tasks
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.errors import CannotTakeBack, EngineError, TaskClosed, TaskNotFound
from engine.models import ProcessInstance, UserTask
from engine.take_back import take_back, take_back_refusals
from engine.text import Sentence
from tests.conftest import ALICE, BOB, MONDAY, Database, OpenUow
from tests.engine import histories, office
from tests.engine.office import act, begun, open_tasks, task


def done(work: UnitOfWork, case_id: int, element: str) -> UserTask:
    """The newest decision made at this element."""
    rows = user_tasks.for_case(work, case_id)
    return [row for row in rows if row.element_id == element and row.status == "done"][-1]


def as_bob(uow: OpenUow, case_id: int, element: str, outcome: str) -> None:
    with uow(BOB) as work:
        act(work, case_id, element, outcome)
        work.commit()


def back(work: UnitOfWork, case_id: int, element: str) -> UserTask:
    take_back(work, done(work, case_id, element).id)
    return task(work, case_id, element)


@pytest.mark.parametrize("outcome", ["pass", "return"])
def test_what_nobody_has_acted_on_is_undone(uow: OpenUow, outcome: str) -> None:
    case_id = begun(uow)
    with uow() as work:
        case = work.session.get_one(ProcessInstance, case_id)
        before = histories.looks(work, case)
        first = task(work, case_id, "first_review")
        act(work, case_id, "first_review", outcome)
        again = back(work, case_id, "first_review")
        assert histories.looks(work, case) == before
        histories.check(work, case)
        assert (again.assignee_id, again.round, again.due_at) == (ALICE.id, 1, first.due_at)
        assert first.status == "closed"
        assert openings.why_closed(work, first) == Sentence(
            f"{ALICE.name}撤回了“初审”", f"{ALICE.name} took “初审” back"
        )
        assert audit.entries(work, case_id)[-1].action == "task.taken_back"
        assert audit.verify_case(work, case_id).ok


def test_flowable_1641_one_branch_goes_back_and_the_join_still_fires(uow: OpenUow) -> None:
    """flowable-engine 1641: one of two parallel branches was fetched back; the join then waited for ever.

    The same thread asks how to know whether fetching back is allowed: see 3919 below.
    """
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    domain = office.make_domain(pure=frozenset({"publish"}))
    with uow(BOB, domain=domain) as work:
        theirs = user_tasks.claim(work, task(work, case_id, "legality_review").id).id
        work.commit()
    with uow(ALICE, domain=domain) as work:
        back(work, case_id, "second_review")
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]
        assert task(work, case_id, "legality_review").assignee_id == BOB.id
        act(work, case_id, "second_review", "pass")
        assert open_tasks(work, case_id) == ["legality_review"]
        work.commit()
    with uow(BOB, domain=domain) as work:
        assert user_tasks.complete(work, theirs, "lawful").ended == "published"


def test_a_return_that_closed_the_other_branch_gives_it_back_to_its_holder(uow: OpenUow) -> None:
    """The colleague had done nothing wrong: the same task is theirs again, with the deadline it had."""
    case_id = begun(uow, ("first_review", "pass"))
    with uow(BOB) as work:
        theirs = user_tasks.claim(work, task(work, case_id, "legality_review").id)
        due = theirs.due_at
        work.commit()
    with uow() as work:
        act(work, case_id, "second_review", "return")
        assert open_tasks(work, case_id) == ["revise"]
        back(work, case_id, "second_review")
        restored = task(work, case_id, "legality_review")
        assert (restored.assignee_id, restored.due_at, restored.round) == (BOB.id, due, 1)
        assert {t.occurrence for t in timers.for_case(work, case_id)} == {"legality_review"}
        histories.check(work, work.session.get_one(ProcessInstance, case_id))


def test_flowable_4046_no_task_is_opened_twice_by_going_back(uow: OpenUow) -> None:
    """flowable-engine 4046: two branches moved back to one task, and that task was there twice.

    However often going back is repeated here, each task is open once. With co-signers inside one of
    the branches: test_signing.
    """
    case_id = begun(uow)
    with uow() as work:
        for _ in range(3):
            act(work, case_id, "first_review", "pass")
            act(work, case_id, "second_review", "return")
            back(work, case_id, "second_review")
            assert open_tasks(work, case_id) == ["legality_review", "second_review"]
            back(work, case_id, "first_review")
            assert open_tasks(work, case_id) == ["first_review"]


def test_yudao_867_a_return_in_one_branch_and_its_take_back(uow: OpenUow) -> None:
    """ruoyi-vue-pro 867: returning inside parallel branches is forbidden there, for want of a right way."""
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    with uow() as work:
        act(work, case_id, "legality_review", "return")
        assert open_tasks(work, case_id) == ["revise"]
        back(work, case_id, "legality_review")
        assert open_tasks(work, case_id) == ["legality_review"]
        assert done(work, case_id, "second_review").outcome == "pass"
        back(work, case_id, "second_review")
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]


def test_jeecg_5813_after_a_rejection_among_branches_the_case_goes_on(uow: OpenUow) -> None:
    """JeecgBoot 5813: two branches approved, one sent back, and after resubmission nothing moved."""
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    with uow() as work:
        act(work, case_id, "legality_review", "return")
        back(work, case_id, "legality_review")
        act(work, case_id, "legality_review", "return")
        act(work, case_id, "revise", "again")
        act(work, case_id, "first_review", "pass")
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]
        act(work, case_id, "second_review", "pass")
        assert act(work, case_id, "legality_review", "lawful").ended == "published"


def test_yudao_1018_the_reminder_is_there_again_after_going_back(uow: OpenUow) -> None:
    """ruoyi-vue-pro 1018: after a return nobody was reminded any more. And nobody is reminded twice."""
    case_id = begun(uow)
    with uow() as work:
        waiting = {(t.kind, t.occurrence, t.due_at) for t in timers.for_case(work, case_id)}
        assert {kind for kind, *_ in waiting} == {"bpmn", "reminder"}
        act(work, case_id, "first_review", "pass")
        work.now = MONDAY + timedelta(hours=5)
        back(work, case_id, "first_review")
        found = {(t.kind, t.occurrence, t.due_at) for t in timers.for_case(work, case_id)}
        assert found == waiting
        work.commit()
    late = MONDAY + timedelta(days=5)
    domain = office.make_domain(pure=frozenset({"escalate"}))
    assert timers.sweep(lambda: uow(SYSTEM, late)).fired == 2
    with uow(ALICE, late, domain=domain) as work:
        act(work, case_id, "first_review", "pass")
        back(work, case_id, "first_review")
        kinds = {(t.kind, t.occurrence) for t in timers.for_case(work, case_id)}
        assert kinds == set()


def test_flowable_3919_the_page_is_told_beforehand_what_the_verb_would_say(uow: OpenUow) -> None:
    """flowable-engine 3919: "how can I know beforehand whether this step can be returned to?" """
    case_id = begun(uow, ("first_review", "pass"))
    as_bob(uow, case_id, "second_review", "pass")
    with uow() as work:
        mine = done(work, case_id, "first_review")
        told = take_back_refusals(work, mine.id)
        assert told == [
            Sentence(
                f"{BOB.name}于2026-06-08 09:00办理的“复审”是在您的“初审”之上作出的，不能撤回。",
                f"“复审”, done by {BOB.name} at 2026-06-08 09:00 (China time), stands on your “初审”; "
                "it cannot be taken back.",
            )
        ]
        with pytest.raises(CannotTakeBack) as caught:
            take_back(work, mine.id)
        assert list(caught.value.reasons) == told
        assert mine.status == "done"


def test_who_decided_after_me_and_takes_back_frees_mine(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    as_bob(uow, case_id, "second_review", "pass")
    with uow(BOB) as work:
        back(work, case_id, "second_review")
        work.commit()
    with uow() as work:
        back(work, case_id, "first_review")
        assert open_tasks(work, case_id) == ["first_review"]
        case = work.session.get_one(ProcessInstance, case_id)
        assert case.rounds == {"first_review": 1}


def test_an_older_decision_taken_back_first_does_not_confuse_the_later(uow: OpenUow) -> None:
    """The state cited before the later one still contains the older one: reading begins further back."""
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    with uow() as work:
        act(work, case_id, "legality_review", "return")
        back(work, case_id, "legality_review")
        back(work, case_id, "second_review")
        act(work, case_id, "second_review", "pass")
        with pytest.raises(CannotTakeBack, match="复审"):
            take_back(work, done(work, case_id, "first_review").id)
        back(work, case_id, "second_review")
        back(work, case_id, "first_review")
        assert open_tasks(work, case_id) == ["first_review"]
        histories.check(work, work.session.get_one(ProcessInstance, case_id))


def still_open(work: UnitOfWork, case_id: int) -> UserTask:
    return task(work, case_id, "legality_review")


def anothers(work: UnitOfWork, case_id: int) -> UserTask:
    return done(work, case_id, "second_review")


def withdrawn(work: UnitOfWork, case_id: int) -> UserTask:
    found = done(work, case_id, "first_review")
    rows = user_tasks.for_case(work, case_id)
    return next((row for row in rows if row.status == "closed"), found)


@pytest.mark.parametrize(
    ("which", "said"),
    [(still_open, "尚未办结"), (anothers, f"由{BOB.name}办结"), (withdrawn, "是在您的")],
)
def test_what_is_not_mine_to_take_back(uow: OpenUow, which: object, said: str) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    as_bob(uow, case_id, "second_review", "pass")
    with uow() as work:
        found = which(work, case_id)  # type: ignore[operator]
        with pytest.raises(CannotTakeBack, match=said):
            take_back(work, found.id)


def test_a_task_that_never_was_is_not_found(uow: OpenUow) -> None:
    with uow() as work, pytest.raises(TaskNotFound):
        take_back(work, 4711)


def test_twice_is_refused_with_what_happened(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        mine = done(work, case_id, "first_review")
        take_back(work, mine.id)
        with pytest.raises(CannotTakeBack, match=f"{ALICE.name}撤回了“初审”"):
            take_back(work, mine.id)


def test_what_a_handler_did_before_bars_nothing(uow: OpenUow) -> None:
    case_id = begun(uow)
    day_after = MONDAY + timedelta(days=3)
    assert timers.sweep(lambda: uow(SYSTEM, day_after)).fired == 2
    with uow(ALICE, day_after) as work:
        act(work, case_id, "first_review", "pass")
        back(work, case_id, "first_review")


def test_what_a_handler_did_stays_done(uow: OpenUow) -> None:
    """Only handlers that are declared to read and nothing else can be passed over."""
    with uow(domain=histories.domain(1, pure=frozenset())) as work:
        case = histories.begin(work)
        act(work, case.id, "attribute_review", "return")
        act(work, case.id, "revise", "t1")
        with pytest.raises(CannotTakeBack, match="已执行“登记技术性改正”“核对元数据改动”"):
            take_back(work, done(work, case.id, "revise").id)


def test_a_case_that_was_cancelled_or_ended_is_over(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        mine = done(work, case_id, "first_review").id
        cases.cancel(work, case_id, reason="内容过时")
        with pytest.raises(CannotTakeBack, match="已办结或已终止"):
            take_back(work, mine)


def test_a_suspended_case_stands_still(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        suspension.suspend(work, case_id, "等待上级答复")
        with pytest.raises(CannotTakeBack, match="等待上级答复"):
            take_back(work, done(work, case_id, "first_review").id)


def test_a_case_moved_by_other_means_cannot_be_retraced(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        case = cases.lock(work, case_id)
        state = case.state_digest
        told = {"state_before": state, "state_after": state, "reason": "换版"}
        audit.append(work, "case.migrated", case=case, subject="", data=told)
        with pytest.raises(CannotTakeBack, match="迁移或修正"):
            take_back(work, done(work, case_id, "first_review").id)


def test_the_domain_may_refuse(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    domain = office.make_domain(
        refusals=lambda w, t, a, verb: (
            [Sentence("稿件已改。", "The text changed.")] if verb == "take_back" else []
        )
    )
    with uow(domain=domain) as work, pytest.raises(CannotTakeBack, match="稿件已改"):
        take_back(work, done(work, case_id, "first_review").id)


# -- at the same moment ---------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(3))
def test_taking_back_against_completing_one_wins_and_the_other_is_told(
    uow: OpenUow, database: Database, attempt: int
) -> None:
    case_id = begun(uow, ("first_review", "pass"))
    with uow(BOB) as work:
        theirs = user_tasks.claim(work, task(work, case_id, "second_review").id).id
        mine = done(work, case_id, "first_review").id
        work.commit()
    barrier = threading.Barrier(2)
    results: dict[str, EngineError | None] = {}

    def run(actor: Actor, verb: Callable[[UnitOfWork], object]) -> None:
        with database.open(actor, MONDAY, office.DOMAIN) as work:
            barrier.wait()
            try:
                verb(work)
                work.commit()
                results[actor.id] = None
            except EngineError as refusal:
                results[actor.id] = refusal

    threads = [
        threading.Thread(target=run, args=(ALICE, lambda work: take_back(work, mine))),
        threading.Thread(
            target=run, args=(BOB, lambda work: user_tasks.complete(work, theirs, "pass"))
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    lost = {type(result) for result in results.values() if result is not None}
    assert len(results) == 2
    assert lost in ({CannotTakeBack}, {TaskClosed})
    with uow() as work:
        histories.check(work, work.session.get_one(ProcessInstance, case_id))
        assert audit.verify_case(work, case_id).ok


# -- random histories of the publishing chain -------------------------------------------------------

PEOPLE = [office.someone(number) for number in range(3)]
ACTS = 22


def undo_and_redo(work: UnitOfWork, case: ProcessInstance, mine: UserTask) -> None:
    """Taking back and doing the same again is as if nothing had been taken back."""
    before, others = histories.looks(work, case), histories.done_by(work, case)
    outcome, occurrence = mine.outcome, mine.occurrence
    del others[mine.id]
    take_back(work, mine.id)
    histories.check(work, case)
    assert histories.done_by(work, case) == others
    rows = user_tasks.for_case(work, case.id)
    (again,) = [r for r in rows if r.occurrence == occurrence and r.status == "open"]
    assert again.assignee_id == work.actor.id
    user_tasks.complete(work, again.id, str(outcome))
    histories.check(work, case)
    assert histories.looks(work, case) == before


def refused(work: UnitOfWork, case: ProcessInstance, mine: UserTask) -> None:
    before, decisions = histories.looks(work, case), histories.done_by(work, case)
    with pytest.raises(CannotTakeBack) as caught:
        take_back(work, mine.id)
    assert list(caught.value.reasons) == take_back_refusals(work, mine.id)
    assert (histories.looks(work, case), histories.done_by(work, case)) == (before, decisions)


def some_act(work: UnitOfWork, case: ProcessInstance, dice: random.Random) -> None:
    rows = [r for r in user_tasks.for_case(work, case.id) if r.status == "open"]
    found = dice.choice(rows)
    rule = histories.definition().tasks[found.element_id]
    forward = [o for o in rule.outcomes if o in rule.standing] or list(rule.outcomes)
    outcome = dice.choice(forward if dice.random() < 0.75 else list(rule.outcomes))
    if found.assignee_id is None:
        user_tasks.claim(work, found.id)
    else:
        work.actor = next(person for person in PEOPLE if person.id == found.assignee_id)
    user_tasks.complete(work, found.id, outcome)


@pytest.mark.parametrize("seed", range(4))
def test_random_histories(uow: OpenUow, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 — a walk to be repeated, not a secret
    domain = histories.domain(seed)
    now = MONDAY
    with uow(ALICE, now, domain=domain) as work:
        case_id = histories.begin(work).id
        work.commit()
    allowed = 0
    for _ in range(ACTS):
        with uow(dice.choice(PEOPLE), now, domain=domain) as work:
            case = cases.lock(work, case_id)
            some_act(work, case, dice)
            work.commit()
        allowed += try_all(uow, case_id, dice, domain, now)
        with uow(ALICE, now) as work:
            if work.session.get_one(ProcessInstance, case_id).status != "running":
                break
        now += timedelta(hours=dice.choice((0, 1, 30)))
        at = now
        assert timers.sweep(lambda at=at: uow(SYSTEM, at, domain=domain)).failed == 0
    assert allowed
    with uow(ALICE, now) as work:
        assert audit.verify_case(work, case_id).ok


def try_all(uow: OpenUow, case_id: int, dice: random.Random, domain: object, now: object) -> int:
    """Try each of the last decisions; now and then the take-back is left to stand."""
    with uow(ALICE, now, domain=domain) as work:  # type: ignore[arg-type]
        latest = sorted(histories.done_by(work, work.session.get_one(ProcessInstance, case_id)))
        work.session.rollback()
    allowed = 0
    for number in latest[-4:]:
        with uow(ALICE, now, domain=domain) as work:  # type: ignore[arg-type]
            case = work.session.get_one(ProcessInstance, case_id)
            mine = user_tasks.get(work, number)
            if mine.status != "done":
                continue
            work.actor = next(person for person in PEOPLE if person.id == mine.closed_by)
            if take_back_refusals(work, number):
                refused(work, case, mine)
                continue
            allowed += 1
            if dice.random() < 0.25:
                take_back(work, number)
                work.commit()
            else:
                undo_and_redo(work, case, mine)
                if dice.random() < 0.5:
                    work.commit()
    return allowed
