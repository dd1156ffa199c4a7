"""Following a case again without one act: what depended on it is found and named."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from engine import bpmn_rules, service_tasks, stepping
from engine.elements import Definition, TaskRule
from engine.retrace import Act, DependsOnIt, NotFollowed, begin, without
from engine.stepping import Event
from tests.conftest import MONDAY
from tests.reference.drawing import Drawing


@cache
def side_by_side() -> Definition:
    """One task opens two branches, of two tasks and of one; behind their join a service and the last task."""
    drawing = Drawing()
    drawing.chain(
        *(drawing.start("begin"), drawing.user("opening"), drawing.par("fork")),
        *(drawing.user("left", "a b"), drawing.par("join")),
    )
    drawing.chain("fork", drawing.user("right"), drawing.user("right_too"), "join")
    drawing.chain("join", drawing.service("tell"), drawing.user("last"), drawing.end("over"))
    return bpmn_rules.parse(drawing.xml())


def answer(rule: TaskRule) -> str:
    return rule.outcomes[0]


def history(*acts: tuple[str, str]) -> list[Act]:
    """These acts as they really went."""
    definition = side_by_side()
    state, told = stepping.start(definition).state, []
    for number, (element, outcome) in enumerate(acts, start=1):
        event = Event("user", element, outcome=outcome)
        movement = service_tasks.settle(
            definition, stepping.advance(definition, state, event), answer
        )
        state = movement.state
        told.append(Act(number, event, tuple(movement.services), "某人", MONDAY))
    return told


OPENED = ("opening", "ok")
LEFT, RIGHT, RIGHT_TOO, LAST = ("left", "a"), ("right", "ok"), ("right_too", "ok"), ("last", "ok")

ALLOWED: list[tuple[list[tuple[str, str]], int]] = [
    ([OPENED], 0),
    ([OPENED, LEFT, RIGHT], 1),
    ([OPENED, LEFT, RIGHT], 2),
    ([OPENED, LEFT, RIGHT, RIGHT_TOO], 1),
    ([OPENED, LEFT, RIGHT, RIGHT_TOO], 3),
    ([OPENED, RIGHT, RIGHT_TOO, LEFT], 2),
    ([OPENED, RIGHT, RIGHT_TOO, LEFT], 3),
]


@pytest.mark.parametrize(("acts", "left_out"), ALLOWED)
def test_what_nothing_stands_on_can_be_left_out(
    acts: Sequence[tuple[str, str]], left_out: int
) -> None:
    told = history(*acts)
    found = without(side_by_side(), begin(side_by_side(), start()), told, left_out)
    waiting = {offer.element for offer in stepping.enabled(side_by_side(), found.without.state)}
    assert acts[left_out][0] in waiting


REFUSED: list[tuple[list[tuple[str, str]], int, int]] = [
    # (what happened, which is to be left out, which stands on it)
    ([OPENED, LEFT], 0, 1),
    ([OPENED, RIGHT, RIGHT_TOO], 1, 2),
    ([OPENED, RIGHT, LEFT, RIGHT_TOO], 1, 3),
    ([OPENED, LEFT, RIGHT, RIGHT_TOO, LAST], 1, 4),
    ([OPENED, LEFT, RIGHT, RIGHT_TOO, LAST], 0, 1),
]


@pytest.mark.parametrize(("acts", "left_out", "dependent"), REFUSED)
def test_the_first_act_that_stands_on_it_is_named(
    acts: Sequence[tuple[str, str]], left_out: int, dependent: int
) -> None:
    told = history(*acts)
    with pytest.raises(DependsOnIt) as caught:
        without(side_by_side(), begin(side_by_side(), start()), told, left_out)
    assert caught.value.act == told[dependent]


def test_acts_that_do_not_follow_from_each_other_are_no_history() -> None:
    told = history(OPENED, LEFT, RIGHT)
    with pytest.raises(NotFollowed):
        without(side_by_side(), begin(side_by_side(), start()), told[1:], 0)


def start() -> str:
    return stepping.start(side_by_side()).state
