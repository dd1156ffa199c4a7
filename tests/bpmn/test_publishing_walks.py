"""Long random walks through the chain, watched by a second account of the rules of domain:C5.

The watcher knows nothing of `voids` and `standing`: it remembers when each decision was taken and
when which kind of change came after it, and works out for itself what still holds.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from engine import stepping
from engine.elements import Definition
from engine.stepping import Event, Occurrence
from tests import shipped

REVIEWS = ("first_review", "second_review", "final_review", "principal_review")
PROOFS = ("first_proofreading", "second_proofreading", "third_proofreading")
CHECKS = {
    "third_party_opinion": "third_party_needed",
    "inter_agency_confirmation": "inter_agency_needed",
    "legality_review": "legality_needed",
}
RETURNS = {"return", "return_interpretation", "treat"}
ACTS = 150


def definition() -> Definition:
    return shipped.definition()


@dataclass
class Watcher:
    """When everything was last said; a decision holds if nothing that concerns it came later."""

    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    count: int = 0

    def hear(self, element: str, outcome: str) -> None:
        self.count += 1
        self.said[element] = (self.count, outcome)

    def when(self, *elements: str) -> int:
        return max(self.said.get(element, (0, ""))[0] for element in elements)

    def outcome(self, element: str) -> str:
        return self.said.get(element, (0, ""))[1]

    def holds(self, element: str, good: Iterable[str], *changes: str) -> bool:
        later = self.when(*changes) if changes else 0
        return self.outcome(element) in good and self.when(element) > later

    # what holds now, stage by stage

    def attribute(self) -> bool:
        return self.holds(
            "attribute_review", {"proactive"}, "change_attribute", "attribute_questioned"
        )

    def secrecy_asked(self) -> bool:
        # domain:C3: what was referred and is to be treated is reviewed again once it is
        changes = ("change_t3", "change_attribute", "attribute_questioned", "referral_answered")
        return self.holds("confidentiality_review", {"clear", "refer"}, *changes)

    def secrecy(self) -> bool:
        if not self.secrecy_asked() or self.outcome("confidentiality_review") == "clear":
            return self.secrecy_asked()
        return self.referral()

    def referral(self) -> bool:
        return self.holds("confidentiality_referral", {"clear"}, "confidentiality_review")

    def check(self, task: str) -> bool:
        good = {"agree", "public_interest", "consistent", "lawful"}
        return self.holds(task, good, "change_t3", "change_attribute")

    def delta_needed(self) -> bool:
        return self.when("change_t2") > self.when("confidentiality_review")

    def delta(self) -> bool:
        return self.holds("delta_confirmation", {"confirm"}, "change_t2")

    def review(self, task: str) -> bool:
        changes = {"first_review": ("change_t3",), "second_review": ("change_t2", "change_t3")}
        signing = ("change_t2", "change_t3", "change_attribute")
        if task == "principal_review":  # a new final review asks the principal anew, if at all
            signing = (*signing, "final_review")
        return self.holds(task, {"pass", "raise_level"}, *changes.get(task, signing))

    def principal_needed(self) -> bool:
        raised = [self.outcome(task) for task in REVIEWS[:3]]
        not_yet = {"return", "return_interpretation", "hold"}
        moot = ("change_t2", "change_t3", "change_attribute", "final_review")
        return (
            self.outcome("approver_level") in {"principal", "cosigned"}
            or "raise_level" in raised
            or self.holds("principal_review", not_yet, *moot)
        )

    def signed(self) -> bool:
        """The principal's signature, once given, is enough; whether the deputy's is there as well for what is
        cosigned is looked at by `test_a_cosigned_item_is_signed_by_both`."""
        if self.review("principal_review"):
            return True
        return self.review("final_review") and not self.principal_needed()

    def proof(self, task: str) -> bool:
        metadata = ("change_metadata",) if task == "third_proofreading" else ()
        return self.holds(task, {"pass"}, "change_t2", "change_t3", *metadata)

    def sign_needed(self) -> bool:
        return self.when("change_t1") > self.when("final_review", "principal_review")

    def sign(self) -> bool:
        return self.holds("sign_confirmation", {"confirm"}, "change_t1")

    def still_holds(self, task: str) -> bool:
        """Was this question answered already, by an answer that nothing has overtaken?"""
        if task in CHECKS:
            return self.check(task)
        if task in REVIEWS:
            return self.review(task)
        if task in (*PROOFS, "read_aloud"):
            return self.proof(task)
        single = {
            "attribute_review": self.attribute,
            "confidentiality_review": self.secrecy_asked,
            "confidentiality_referral": self.referral,
            "delta_confirmation": self.delta,
            "sign_confirmation": self.sign,
        }
        return single[task]() if task in single else False

    def missing_for_release(self) -> set[str]:
        needed = {
            "attribute": self.attribute(),
            "secrecy": self.secrecy(),
            "delta": self.delta() or not self.delta_needed(),
            "first": self.review("first_review"),
            "second": self.review("second_review"),
            "signature": self.signed(),
            "aloud": self.proof("read_aloud") or self.outcome("read_aloud_needed") != "needed",
            "sign": self.sign() or not self.sign_needed(),
        }
        needed |= {task: self.proof(task) for task in PROOFS}
        needed |= {t: self.check(t) or self.outcome(n) != "needed" for t, n in CHECKS.items()}
        return {name for name, holds in needed.items() if not holds}


def choose(chance: random.Random, offers: list[Occurrence]) -> Event:
    """Any open occurrence and outcome, but more often one that leads on than one that returns."""
    services = [offer for offer in offers if offer.kind == "service"]
    offer = chance.choice(services or offers)
    if offer.kind == "timer":
        return Event.of(offer)
    outcomes = definition().tasks[offer.element].outcomes
    ending = {"on_request", "not_disclosed", "reject", "cancel", "publish", "ok"}
    forward = {"proactive", "clear", "agree", "consistent", "lawful", "confirm", "pass", "none"}
    weights = [0.2 if o in ending else 30 if o in forward else 2 for o in outcomes]
    return Event.of(offer, chance.choices(outcomes, weights)[0])


@pytest.mark.parametrize("seed", range(120))
def test_what_holds_is_not_asked_again_and_what_fell_is(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 — a walk, no secret
    watcher, act = Watcher(), ("", "")
    state = stepping.start(definition()).state
    for _ in range(ACTS):
        event = choose(chance, list(stepping.enabled(definition(), state)))
        if event.kind == "user":
            act = (event.element, event.outcome or "")
        if event.outcome is not None:
            watcher.hear(event.element, event.outcome)
        step = stepping.advance(definition(), state, event)
        state = step.state
        for opened in step.opened:
            if opened.kind == "user":
                look(watcher, opened.element, act)
        if step.ended is not None:
            assert (step.ended == "rejected") == (act[1] == "reject")
            break


def look(watcher: Watcher, task: str, act: tuple[str, str]) -> None:
    """What must be true of any task at the moment it opens."""
    assert not watcher.still_holds(task), f"{task} asked again after {act}"
    if task == "release":
        assert watcher.missing_for_release() == set()
    if task == "on_hold":
        assert act[1] == "hold"
    assert (task == "revise") == (act[1] in RETURNS)
    if task == "delta_confirmation":
        assert watcher.delta_needed()
    if task == "sign_confirmation":
        assert watcher.sign_needed()


def test_the_walks_reach_the_far_end() -> None:
    """Else they would prove nothing about release."""
    opened: dict[str, int] = {}
    for seed in range(40):
        chance = random.Random(seed)  # noqa: S311 — a walk, no secret
        state = stepping.start(definition()).state
        for _ in range(ACTS):
            offers = list(stepping.enabled(definition(), state))
            step = stepping.advance(definition(), state, choose(chance, offers))
            state = step.state
            for one in step.opened:
                opened[one.element] = opened.get(one.element, 0) + 1
            if step.ended is not None:
                break
    users = {rule.id for rule in definition().tasks.values() if rule.kind == "user"}
    assert users <= set(opened)
