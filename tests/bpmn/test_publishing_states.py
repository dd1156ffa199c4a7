"""Every state the chain can ever be in (about 222,000): none is a trap, and hold and reject mean what was just said."""

from __future__ import annotations

from collections import deque

import pytest

from engine import statespace, stepping
from tests import shipped


@pytest.mark.slow
def test_every_state_can_still_end_and_nothing_is_held_or_rejected_by_an_old_word() -> None:
    definition = shipped.definition()
    first = stepping.start(definition).state
    number = {first: 0}  # states by number: half a million edges of text would not fit in memory
    sources: list[list[int]] = [[]]
    ended: dict[int, str] = {}
    todo = deque([first])
    while todo:
        state = todo.popleft()
        here = number[state]
        if (end := stepping.ended(state)) is not None:
            ended[here] = end
        for event in statespace.events(definition, state):
            step = stepping.advance.__wrapped__(definition, state, event)
            if step.state not in number:
                number[step.state] = len(number)
                sources.append([])
                todo.append(step.state)
            sources[number[step.state]].append(here)
            opened = {occurrence.element for occurrence in step.opened}
            assert ("on_hold" in opened) == (event.outcome == "hold"), event
            assert (step.ended == "rejected") == (event.outcome == "reject"), event
    assert set(ended.values()) == {
        "published",
        "on_request_registered",
        "not_disclosed_registered",
        "rejected",
        "cancelled",
    }
    assert _leading_to(set(ended), sources) == set(range(len(number)))


def _leading_to(goals: set[int], sources: list[list[int]]) -> set[int]:
    found, todo = set(goals), list(goals)
    while todo:
        for source in sources[todo.pop()]:
            if source not in found:
                found.add(source)
                todo.append(source)
    return found
