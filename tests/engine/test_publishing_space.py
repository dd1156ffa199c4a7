"""The delivered chain, explored whole: nothing stuck, everything reachable, no stale hold or rejection."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache

import pytest

from engine import statespace, stepping
from engine.elements import Definition
from engine.statespace import StateSpace
from tests import shipped
from tests.reference.test_token_game import walk


def definition() -> Definition:
    return shipped.definition()


@cache
def space() -> StateSpace:
    return statespace.explore(definition())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("key", shipped.KEYS)
def test_chain_agrees_with_the_token_game(key: str, seed: int) -> None:
    choices = random.Random(seed)  # noqa: S311 - a walk, not a secret
    steps = [choices.randrange(10_000) for _ in range(80)]
    walk(shipped.xml(key), shipped.definition(key), steps)


@pytest.mark.slow
def test_no_state_is_stuck() -> None:
    stuck = [
        state
        for state, offers in space().states.items()
        if not offers and state not in space().ends
    ]
    assert stuck == []


@pytest.mark.slow
def test_every_state_can_reach_an_end() -> None:
    before: defaultdict[str, list[str]] = defaultdict(list)
    for edge in space().edges:
        before[edge.after].append(edge.before)
    can_end, todo = set(space().ends), list(space().ends)
    while todo:
        for state in before[todo.pop()]:
            if state not in can_end:
                can_end.add(state)
                todo.append(state)
    assert can_end == set(space().states)


@pytest.mark.slow
def test_every_task_timer_and_end_is_reached() -> None:
    offered = {offer.element for offers in space().states.values() for offer in offers}
    assert offered == {*definition().tasks, *definition().timers}
    # A reminder's side path ends beside the main flow and never closes a case.
    assert set(space().ends.values()) == set(definition().ends) - {"readback_escalated"}


@pytest.mark.slow
def test_no_state_is_long() -> None:
    assert max(len(state.encode()) for state in space().states) < 4096


@pytest.mark.slow
@pytest.mark.parametrize(("element", "outcome"), [("on_hold", "hold")])
def test_a_case_rests_only_after_an_act_that_said_so(element: str, outcome: str) -> None:
    for edge in space().edges:
        here = {offer.element for offer in space().states[edge.before]}
        there = {offer.element for offer in space().states[edge.after]}
        if element in there - here:
            assert edge.event.outcome == outcome, edge.event


@pytest.mark.slow
def test_a_case_ends_rejected_only_by_a_rejection() -> None:
    for edge in space().edges:
        if space().ends.get(edge.after) == "rejected":
            assert edge.event.outcome == "reject", edge.event


@pytest.mark.slow
def test_nothing_stays_open_at_the_end() -> None:
    assert all(stepping.enabled(definition(), state) == () for state in space().ends)
