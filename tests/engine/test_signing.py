"""Co-signing 会签: the signing rows add up to the task's outcome, whatever returns and take-backs surround them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from engine import audit, cases, signing, substitutes, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import NotAllowed, NotSettled, NotYourTask, TaskClosed
from engine.models import Signing
from engine.take_back import take_back
from engine.text import Sentence
from tests.conftest import ALICE, BOB, MONDAY, OpenUow
from tests.engine import office
from tests.engine.office import act, begun, open_tasks, task

CAROL, DAVE, EVE = (Actor(str(n), name) for n, name in ((3, "冯灿"), (4, "邓达"), (5, "伊凡")))
PEOPLE = {person.id: person for person in (ALICE, BOB, CAROL, DAVE, EVE)}


def cosigned(
    uow: OpenUow,
    *places: list[Actor],
    rule: signing.Rule = "all",
    percent: int = 100,
    element: str = "first_review",
    acts: tuple[tuple[str, str], ...] = (),
) -> tuple[int, int]:
    """A case and the task that Alice has put up for co-signing."""
    case_id = begun(uow, *acts)
    with uow() as work:
        found = user_tasks.claim(work, task(work, case_id, element).id)
        signing.begin(work, found.id, places, consent="pass", rule=rule, percent=percent)
        work.commit()
        return case_id, found.id


def sign(uow: OpenUow, who: Actor, found: int, outcome: str = "pass") -> bool:
    """One signature, committed; whether it settled the task."""
    with uow(who) as work:
        settled = signing.sign(work, found, outcome, "同意").applied is not None
        work.commit()
        return settled


def asked(work: UnitOfWork, found: int) -> list[str]:
    return [row.signer_name for row in signing.rows_of(work, found) if row.status == "asked"]


# -- what the rows add up to -----------------------------------------------------------------------


def expected(rule: str, percent: int, votes: list[str | None]) -> str | None:
    """The same rules told by trying out how the open votes could still go."""
    open_votes = votes.count(None)
    results = set()
    for rest in itertools.product([True, False], repeat=open_votes):
        filled = iter(rest)
        agreed = sum(next(filled) if vote is None else vote == "pass" for vote in votes)
        enough = {
            "all": agreed == len(votes),
            "any": agreed >= 1,
            "ratio": agreed * 100 >= percent * len(votes),
        }
        results.add(enough[rule])
    if len(results) > 1:
        return None
    if results == {True}:
        return "pass"
    return next(vote for vote in votes if vote not in (None, "pass"))


@pytest.mark.parametrize(
    ("rule", "percent"), [("all", 100), ("any", 1), ("ratio", 50), ("ratio", 67), ("ratio", 1)]
)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_pattern_of_signatures(rule: str, percent: int, number: int) -> None:
    for votes in itertools.product(["pass", "return", None], repeat=number):
        rows = [
            Signing(id=n, status="signed" if vote else "asked", outcome=vote, signed_at=MONDAY)
            for n, vote in enumerate(votes)
        ]
        assert signing.result(rule, percent, "pass", rows) == expected(rule, percent, list(votes))


TABLE = [
    ("all", 100, ["pass", "pass", "pass"], "pass", 3),
    ("all", 100, ["pass", "return"], "return", 2),
    ("any", 1, ["return", "pass"], "pass", 2),
    ("any", 1, ["return", "return", "return"], "return", 3),
    ("ratio", 60, ["pass", "pass"], "pass", 2),
    ("ratio", 60, ["return", "return"], "return", 2),
]


@pytest.mark.parametrize(("rule", "percent", "votes", "outcome", "settled_by"), TABLE)
def test_the_signature_that_decides_completes_the_task(
    uow: OpenUow,
    rule: signing.Rule,
    percent: int,
    votes: list[str],
    outcome: str,
    settled_by: int,
) -> None:
    case_id, found = cosigned(uow, [BOB, CAROL, DAVE], rule=rule, percent=percent)
    signers = zip((BOB, CAROL, DAVE), votes, strict=False)
    settled = [sign(uow, who, found, vote) for who, vote in signers]
    assert settled == [number == settled_by for number in range(1, len(votes) + 1)]
    with uow() as work:
        assert user_tasks.get(work, found).outcome == outcome
        assert audit.verify_case(work, case_id).ok
        assert signing.asked_of(work, DAVE.id) == []
        work.actor = DAVE
        with pytest.raises(TaskClosed, match="办结"):
            signing.sign(work, found, "pass")


def test_signing_in_order_asks_one_after_the_other(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB], [CAROL], [DAVE])
    with uow(CAROL) as work:
        assert signing.asked_of(work, CAROL.id) == []
        with pytest.raises(NotYourTask, match="尚未轮到您"):
            signing.sign(work, found, "pass")
    for who in (BOB, CAROL):
        assert not sign(uow, who, found)
    with uow() as work:
        assert asked(work, found) == [DAVE.name]
    assert sign(uow, DAVE, found)


@pytest.mark.parametrize(
    "verb",
    [
        lambda work, found: user_tasks.complete(work, found, "pass"),
        user_tasks.unclaim,
        lambda work, found: signing.begin(work, found, [[CAROL]], consent="pass"),
    ],
)
def test_the_holder_waits_for_the_signers(
    uow: OpenUow, verb: Callable[[UnitOfWork, int], object]
) -> None:
    _, found = cosigned(uow, [BOB])
    with uow() as work, pytest.raises(NotSettled, match="正在会签"):
        verb(work, found)


# -- adding and removing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "order"),
    [
        ("before", [{EVE.name}, {BOB.name, CAROL.name}, {DAVE.name}]),
        ("with", [{BOB.name, CAROL.name, EVE.name}, {DAVE.name}]),
        ("after", [{BOB.name, CAROL.name}, {EVE.name}, {DAVE.name}]),
    ],
)
def test_signers_added_before_with_and_after(
    uow: OpenUow, where: signing.Where, order: list[set[str]]
) -> None:
    _, found = cosigned(uow, [BOB, CAROL], [DAVE])
    with uow(BOB) as work:
        signing.add(work, found, [EVE], where, "请其会签")
        work.commit()
    seen = []
    while True:
        with uow() as work:
            names = asked(work, found)
            if user_tasks.get(work, found).status == "done":
                break
        seen.append(set(names))
        for who in [person for person in PEOPLE.values() if person.name in names]:
            sign(uow, who, found)
    assert seen == order


def test_yudao_896_who_was_added_can_be_removed_again(uow: OpenUow) -> None:
    """ruoyi-vue-pro 896: signers were added before the approver, and nobody could remove them again."""
    _, found = cosigned(uow, [BOB])
    with uow(BOB) as work:
        signing.add(work, found, [CAROL, DAVE], "before", "请先看")
        assert asked(work, found) == [CAROL.name, DAVE.name]
        signing.remove(work, found, CAROL.id, "不需要")
        signing.remove(work, found, DAVE.id, "不需要")
        assert asked(work, found) == [BOB.name]


def test_removing_the_last_who_was_missing_settles_it(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB, CAROL])
    sign(uow, BOB, found)
    with uow() as work:
        assert signing.remove(work, found, CAROL.id, "休假").applied is not None
        assert user_tasks.get(work, found).outcome == "pass"


def test_with_nobody_left_the_holder_decides(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB])
    with uow() as work:
        assert signing.remove(work, found, BOB.id, "休假").applied is None
        signing.begin(work, found, [[CAROL]], consent="return", rule="any", percent=1)
        signing.remove(work, found, CAROL.id, "休假")
        user_tasks.complete(work, found, "pass")


def test_a_signature_given_is_never_removed_by_others(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB, CAROL])
    sign(uow, BOB, found)
    with uow() as work, pytest.raises(NotAllowed, match="不能减去"):
        signing.remove(work, found, BOB.id, "不同意")
    with uow(BOB) as work:
        signing.withdraw_signature(work, found)
        assert sorted(asked(work, found)) == sorted([BOB.name, CAROL.name])


def test_one_takes_back_ones_signature_until_the_next_has_signed(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB], [CAROL], [DAVE])
    sign(uow, BOB, found)
    with uow(BOB) as work:
        signing.withdraw_signature(work, found)
        assert asked(work, found) == [BOB.name]
        work.session.rollback()
    sign(uow, CAROL, found)
    with uow(BOB) as work, pytest.raises(NotAllowed, match=f"{CAROL.name}已在您之后会签"):
        signing.withdraw_signature(work, found)


def test_nobody_takes_back_what_another_signed_whoever_they_act_for(uow: OpenUow) -> None:
    """Neither the substitute what the principal signed, nor the principal what the substitute did."""
    _, found = cosigned(uow, [BOB, CAROL, DAVE])
    sign(uow, BOB, found)
    for_bob, nothing = replace(EVE, acting_for=BOB.id), "没有可撤回的会签"
    with uow(for_bob) as work, pytest.raises(NotAllowed, match=nothing):
        signing.withdraw_signature(work, found)
    stands_in(uow, EVE, BOB)
    with uow(for_bob) as work, pytest.raises(NotAllowed, match=nothing):
        signing.withdraw_signature(work, found)
    for_carol = replace(EVE, acting_for=CAROL.id)
    stands_in(uow, EVE, CAROL)
    sign(uow, for_carol, found)
    with uow(CAROL) as work, pytest.raises(NotAllowed, match=nothing):
        signing.withdraw_signature(work, found)
    with uow(for_carol) as work:
        assert signing.withdraw_signature(work, found).signer_id == CAROL.id


def test_who_acts_for_a_signer_signs_for_that_signer(uow: OpenUow) -> None:
    """Also where both are asked: one's own signature is given in one's own name."""
    _, found = cosigned(uow, [EVE, BOB])
    stands_in(uow, EVE, BOB)
    sign(uow, replace(EVE, acting_for=BOB.id), found)
    with uow() as work:
        assert asked(work, found) == [EVE.name]
    assert sign(uow, EVE, found)


def stands_in(uow: OpenUow, who: Actor, principal: Actor) -> None:
    week = MONDAY + timedelta(days=7)
    with uow() as work:
        substitutes.appoint(work, principal, who, begins_at=MONDAY, ends_at=week, reason="出差")
        work.commit()


@pytest.mark.parametrize("who", [EVE, CAROL])
@pytest.mark.parametrize(
    "verb",
    [
        lambda work, found: signing.add(work, found, [DAVE], "with", ""),
        lambda work, found: signing.remove(work, found, BOB.id, ""),
    ],
)
def test_outsiders_and_those_whose_turn_it_is_not_change_nothing(
    uow: OpenUow, who: Actor, verb: Callable[[UnitOfWork, int], object]
) -> None:
    _, found = cosigned(uow, [BOB], [CAROL])
    with uow(who) as work, pytest.raises(NotYourTask, match="只有承办人"):
        verb(work, found)


@pytest.mark.parametrize(("who", "said"), [([], "至少选一人"), ([CAROL, CAROL], "已在会签之列")])
def test_signers_that_cannot_be(uow: OpenUow, who: list[Actor], said: str) -> None:
    _, found = cosigned(uow, [BOB])
    with uow() as work, pytest.raises(NotAllowed, match=said):
        signing.add(work, found, who, "with", "")


def test_co_signing_is_no_way_around_the_separation_of_duties(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB])
    why = Sentence("起草人须回避。", "The drafter may not.")
    domain = office.make_domain(
        refusals=lambda w, t, actor, verb: [why] if verb == "sign" and actor.id != ALICE.id else []
    )
    with uow(domain=domain) as work, pytest.raises(NotAllowed, match="回避"):
        signing.add(work, found, [CAROL], "with", "")
    with uow(BOB, domain=domain) as work, pytest.raises(NotYourTask, match="回避"):
        signing.sign(work, found, "pass")


# -- returns and take-backs around it --------------------------------------------------------------

BRANCH = (("first_review", "pass"),)


def test_flowable_4046_2259_a_return_beside_co_signers_opens_one_task(uow: OpenUow) -> None:
    """flowable-engine 4046, 2259: one branch with several approvers, one plain; sent back, the earlier
    task was there once for every approver."""
    case_id, found = cosigned(uow, [BOB, CAROL], element="second_review", acts=BRANCH)
    sign(uow, BOB, found)
    with uow() as work:
        act(work, case_id, "legality_review", "return")
        assert open_tasks(work, case_id) == ["revise"]
        work.commit()
    with uow(CAROL) as work:
        assert signing.asked_of(work, CAROL.id) == []
        assert {row.closed_reason for row in signing.rows_of(work, found)} == {
            user_tasks.get(work, found).closed_reason
        }
        with pytest.raises(TaskClosed, match="收回"):
            signing.withdraw_signature(work, found)


def test_yudao_668_flowable_3944_co_signers_return_to_a_step_of_co_signers(uow: OpenUow) -> None:
    """ruoyi-vue-pro 668, flowable-engine 3944: a step of several approvers returned to an earlier one of
    several approvers, and no task was open anywhere any more."""
    case_id, found = cosigned(uow, [BOB, CAROL])
    assert [sign(uow, who, found) for who in (BOB, CAROL)] == [False, True]
    with uow() as work:
        second = user_tasks.claim(work, task(work, case_id, "second_review").id).id
        signing.begin(work, second, [[BOB, CAROL]], consent="pass")
        work.commit()
    assert sign(uow, BOB, second, "return")
    with uow() as work:
        assert open_tasks(work, case_id) == ["revise"]
        act(work, case_id, "revise", "again")
        assert open_tasks(work, case_id) == ["first_review"]


def test_flowable_2669_the_rule_holds_in_the_second_round_too(uow: OpenUow) -> None:
    """flowable-engine 2669: after leaving a step of several approvers and coming again, one approval was
    no longer enough although the step said so."""
    case_id, found = cosigned(uow, [BOB, CAROL], rule="any", percent=1)
    assert sign(uow, BOB, found)
    with uow() as work:
        act(work, case_id, "second_review", "return")
        act(work, case_id, "revise", "again")
        again = user_tasks.claim(work, task(work, case_id, "first_review").id).id
        signing.begin(work, again, [[BOB, CAROL]], consent="pass", rule="any", percent=1)
        work.commit()
    assert sign(uow, CAROL, again)


def test_a_return_taken_back_gives_the_signatures_back(uow: OpenUow) -> None:
    """Nobody else's act is ever undone: who had signed beside it has signed."""
    case_id, found = cosigned(uow, [BOB, CAROL], element="second_review", acts=BRANCH)
    sign(uow, BOB, found)
    with uow() as work:
        act(work, case_id, "legality_review", "return")
        returned = next(t for t in user_tasks.for_case(work, case_id) if t.outcome == "return")
        take_back(work, returned.id)
        again = task(work, case_id, "second_review").id
        assert [(r.signer_id, r.status) for r in signing.rows_of(work, again)] == [
            (BOB.id, "signed"),
            (CAROL.id, "asked"),
        ]
        work.commit()
    assert sign(uow, CAROL, again)


def test_what_a_co_signer_signed_stands_on_the_decision_before(uow: OpenUow) -> None:
    case_id, found = cosigned(uow, [BOB, CAROL], element="second_review", acts=BRANCH)
    with uow() as work:
        first = user_tasks.for_case(work, case_id)[0].id
        take_back(work, first)
        work.session.rollback()
    sign(uow, BOB, found)
    with uow() as work, pytest.raises(Exception, match=f"{BOB.name}已在“复审”中发表意见"):
        take_back(work, first)


def test_what_was_co_signed_is_not_one_persons_to_take_back(uow: OpenUow) -> None:
    _, found = cosigned(uow, [BOB])
    sign(uow, BOB, found)
    with uow(BOB) as work, pytest.raises(Exception, match="由会签产生"):
        take_back(work, found)


def test_a_cancelled_case_wants_no_signatures(uow: OpenUow) -> None:
    case_id, found = cosigned(uow, [BOB])
    with uow() as work:
        cases.cancel(work, case_id, reason="撤销")
        assert signing.asked_of(work, BOB.id) == []
        work.actor = BOB
        with pytest.raises(TaskClosed, match="撤销"):
            signing.sign(work, found, "pass")


@pytest.mark.parametrize("seed", range(5))
def test_random_signing(uow: OpenUow, seed: int) -> None:
    """Whatever is added, removed, signed and withdrawn: the task ends exactly when the rows say so."""
    dice = random.Random(seed)  # noqa: S311 — a walk to be repeated, not a secret
    rule = dice.choice(["all", "any", "ratio"])
    case_id, found = cosigned(uow, [BOB], [CAROL, DAVE], rule=rule, percent=dice.choice([50, 70]))
    for _ in range(25):
        with uow() as work:
            if user_tasks.get(work, found).status != "open":
                break
            rows = signing.rows_of(work, found)
            work.session.rollback()
        if not rows:
            break
        one_step(uow, dice, found)
        with uow() as work:
            check(work, found, rule)
    with uow() as work:
        assert audit.verify_case(work, case_id).ok


def one_step(uow: OpenUow, dice: random.Random, found: int) -> None:
    who = dice.choice(list(PEOPLE.values()))
    with uow(who) as work:
        try:
            step = dice.randrange(8)
            if step < 4:
                signing.sign(work, found, dice.choice(["pass", "return"]))
            elif step == 4:
                signing.withdraw_signature(work, found)
            elif step == 5:
                where = dice.choice(["before", "with", "after"])
                signing.add(work, found, [dice.choice([BOB, EVE])], where, "加签")
            else:
                signing.remove(work, found, dice.choice(list(PEOPLE)), "减签")
        except (NotAllowed, NotYourTask):
            work.session.rollback()
        work.commit()


def check(work: UnitOfWork, found: int, rule: str) -> None:
    at = user_tasks.get(work, found)
    rows = signing.rows_of(work, found)
    outcome = signing.result(rule, 0, "pass", rows) if rule != "ratio" else at.outcome
    if at.status == "open":
        assert outcome is None
        places = [row.place for row in rows if row.status in ("asked", "waiting")]
        assert {r.place for r in rows if r.status == "asked"} == ({min(places)} if rows else set())
    else:
        assert at.outcome == outcome
