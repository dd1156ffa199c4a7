"""Every state that a definition can reach, by breadth-first search over the pure step.

Service tasks are answered first and in order, as the runtime does within one act; so a state in which
one is open offers only that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine import stepping
from engine.elements import Definition
from engine.errors import EngineError
from engine.stepping import Event, Occurrence
from engine.text import Sentence

#: More states than this are refused with advice. The shipped chain has a little over half as many.
MAX_STATES = 400_000


class TooManyStates(EngineError):
    """The search met more states than allowed; most likely a side path can be started without end."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One event and the states before and after it."""

    before: str
    event: Event
    after: str


@dataclass(frozen=True, slots=True)
class StateSpace:
    """What was found: states with what may happen in each, edges, and the final states.

    `twice` are the states in which something is open that was open already; what follows on them is not
    looked at, as no case can get there: one opening of a task is one row.
    """

    start: str
    states: Mapping[str, tuple[Occurrence, ...]]
    edges: tuple[Edge, ...]
    ends: Mapping[str, str]
    twice: Mapping[str, str]


def events(definition: Definition, state: str) -> list[Event]:
    """Every event that the runtime can bring about in the state."""
    offers = stepping.enabled(definition, state)
    services = [offer for offer in offers if offer.kind == "service"]
    return [
        event
        for offer in (services[:1] or dict.fromkeys(offers))
        for event in _outcomes(definition, offer)
    ]


def _outcomes(definition: Definition, offer: Occurrence) -> list[Event]:
    task = definition.tasks.get(offer.element)
    outcomes = () if task is None else task.outcomes
    return [Event.of(offer, outcome) for outcome in outcomes or (None,)]


def explore(
    definition: Definition,
    *,
    limit: int = MAX_STATES,
    progress: Callable[[int, int], None] | None = None,
) -> StateSpace:
    """All reachable states; `progress` is told (states found, states still to visit) now and then."""
    first = stepping.start(definition).state
    states: dict[str, tuple[Occurrence, ...]] = {first: stepping.enabled(definition, first)}
    texts = {first: first}  # equal states share one text, or the edges would fill the memory
    edges: list[Edge] = []
    ends: dict[str, str] = {}
    twice: dict[str, str] = {}
    todo = deque([first])
    next_told = 500
    while todo:
        state = todo.popleft()
        for event in events(definition, state):
            step = stepping.advance(definition, state, event)
            after = texts.setdefault(step.state, step.state)
            edges.append(Edge(state, event, after))
            if after not in states:
                states[after] = offers = stepping.enabled(definition, after)
                if (again := _open_again(offers)) is not None:
                    twice[after] = again
                    continue
                todo.append(after)
                if step.ended is not None:
                    ends[after] = step.ended
        if len(states) > limit:
            raise _too_many(definition, limit)
        if progress is not None and len(states) >= next_told:
            progress(len(states), len(todo))
            next_told += 500
    return StateSpace(first, states, tuple(edges), ends, twice)


def _open_again(offers: Sequence[Occurrence]) -> str | None:
    """The element of a task or timer that is open a second time at the same place."""
    lasting = [offer for offer in offers if offer.kind in ("user", "timer")]
    seen: set[Occurrence] = set()
    for offer in lasting:
        if offer in seen:
            return offer.element
        seen.add(offer)
    return None


def _too_many(definition: Definition, limit: int) -> TooManyStates:
    return TooManyStates(
        Sentence(
            f"流程“{definition.name}”的状态超过 {limit} 个；请检查是否有支线可以无限次开始。",
            f"The process “{definition.key}” has more than {limit} states; look for a side path "
            "that can be started without end.",
        )
    )
