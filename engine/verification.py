"""Proves a definition before it is deployed: every state, every step, and every compliance rule along them.

The graph is searched breadth first together with the monitors of the static rules, so the first way on
which a rule is broken is also a shortest one; it is kept as the counterexample.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine import rules as compliance
from engine import statespace, stepping
from engine.elements import Definition
from engine.rules import Monitors, Rule
from engine.statespace import MAX_STATES, Edge, StateSpace
from engine.stepping import Event

Kind = Literal[
    "rule",
    "twice",
    "dead",
    "trapped",
    "unreached",
    "unreached_end",
    "nobody",
    "no_handler",
    "restless",
]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `about` is the rule or element, `story` a shortest way there."""

    kind: Kind
    about: str
    story: tuple[Event, ...] = ()
    mandatory: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof found. `situations` counts states together with what the monitors hold there."""

    digest: str
    states: int
    edges: int
    situations: int
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def proven(self) -> bool:
        """Whether the definition may be deployed: nothing unsound, no mandatory rule broken."""
        return not any(finding.mandatory for finding in self.findings)


def verify(
    definition: Definition,
    rules: Sequence[Rule] = (),
    *,
    limit: int = MAX_STATES,
    progress: Progress | None = None,
) -> Verdict:
    """Explore the definition whole and report everything that is wrong with it.

    `progress` is told (states found, states still to visit) while exploring. Raises TooManyStates when
    the graph is larger than `limit`: what was not looked at is not proven.
    """
    space = statespace.explore(definition, limit=limit, progress=progress)
    static = [rule for rule in rules if rule.is_static]
    graph = _Graph.of(definition, space)
    situations, broken = _rules_broken(definition, graph, static)
    findings = [*_unsound(definition, graph), *broken]
    return Verdict(
        digest=definition.digest,
        states=len(space.states),
        edges=len(space.edges),
        situations=situations,
        rules=tuple(rule.id for rule in static),
        findings=tuple(findings),
    )


@dataclass(frozen=True)
class _Graph:
    """The state space with the steps that lead out of each state, and the ways to it."""

    space: StateSpace
    outgoing: Mapping[str, Sequence[Edge]]
    arrived_by: Mapping[str, Edge]

    @classmethod
    def of(cls, definition: Definition, space: StateSpace) -> _Graph:
        outgoing: dict[str, list[Edge]] = defaultdict(list)
        arrived_by: dict[str, Edge] = {}
        for edge in space.edges:  # in the order of the breadth-first search
            outgoing[edge.before].append(edge)
            if edge.after != space.start:
                arrived_by.setdefault(edge.after, edge)
        return cls(space, outgoing, arrived_by)

    def way_to(self, state: str) -> tuple[Event, ...]:
        """A shortest way from the start."""
        events = []
        while (edge := self.arrived_by.get(state)) is not None:
            events.append(edge.event)
            state = edge.before
        return tuple(reversed(events))


# -- soundness ---------------------------------------------------------------------------------------


def _unsound(definition: Definition, graph: _Graph) -> Iterator[Finding]:
    yield from _open_twice(graph)
    yield from _without_way_out(graph)
    yield from _unreached(definition, graph.space)
    yield from _without_owner(definition)
    yield from _restless(graph)


def _open_twice(graph: _Graph) -> Iterator[Finding]:
    """The nearest state in which a task is open that was open already and not done."""
    for state, element in graph.space.twice.items():
        yield Finding("twice", element, graph.way_to(state))
        return


def _without_way_out(graph: _Graph) -> Iterator[Finding]:
    """The nearest state in which nothing can happen, and the nearest from which no end can be reached."""
    states = graph.space.states
    over = {*graph.space.ends, *graph.space.twice}
    dead = next((s for s in states if not graph.outgoing[s] and s not in over), None)
    if dead is not None:
        yield Finding("dead", _resting(states[dead], dead), graph.way_to(dead))
    incoming: dict[str, list[str]] = defaultdict(list)
    for edge in graph.space.edges:
        incoming[edge.after].append(edge.before)
    ending = set(over)
    todo = deque(ending)
    while todo:
        for before in incoming[todo.popleft()]:
            if before not in ending:
                ending.add(before)
                todo.append(before)
    trapped = next((s for s in states if s not in ending and s != dead), None)
    if trapped is not None:
        yield Finding("trapped", _resting(states[trapped], trapped), graph.way_to(trapped))


def _resting(offers: Sequence[stepping.Occurrence], state: str) -> str:
    return " ".join(dict.fromkeys(offer.element for offer in offers)) or stepping.digest(state)[:12]


def _unreached(definition: Definition, space: StateSpace) -> Iterator[Finding]:
    offered = {offer.element for offers in space.states.values() for offer in offers}
    asked = [rule.id for rule in definition.tasks.values() if rule.kind != "rule"]
    for element in (*asked, *definition.timers):
        if element not in offered:
            yield Finding("unreached", element)
    # an end that other tokens outlive (a reminder's) never ends the case and is not missed
    if not space.ends:
        yield from (Finding("unreached_end", end) for end in definition.ends)


def _without_owner(definition: Definition) -> Iterator[Finding]:
    for rule in definition.tasks.values():
        if rule.kind == "user" and rule.candidate_role is None:
            yield Finding("nobody", rule.id)
        if rule.kind == "service" and rule.handler is None:
            yield Finding("no_handler", rule.id)


def _restless(graph: _Graph) -> Iterator[Finding]:
    """A circle of timers and service tasks alone: it would go round for ever without anybody's doing."""
    by_itself = {
        state: [e.after for e in edges if e.event.kind in ("timer", "service")]
        for state, edges in graph.outgoing.items()
    }
    circle = _on_a_circle(by_itself)
    if circle is not None:
        edge = next(e for e in graph.outgoing[circle] if e.event.kind in ("timer", "service"))
        yield Finding("restless", edge.event.element, (*graph.way_to(circle), edge.event))


def _on_a_circle(after: Mapping[str, Sequence[str]]) -> str | None:
    """The first state found to lie on a circle, by taking away what nothing leads to."""
    arriving: dict[str, int] = defaultdict(int)
    for targets in after.values():
        for target in targets:
            arriving[target] += 1
    todo = [state for state in after if not arriving[state]]
    gone = set(todo)
    while todo:
        for target in after.get(todo.pop(), ()):
            arriving[target] -= 1
            if not arriving[target] and target not in gone:
                gone.add(target)
                todo.append(target)
    left = {state for state in after if state not in gone and after[state]}
    return next((s for s in after if s in left and _comes_back(s, after)), None)


def _comes_back(state: str, after: Mapping[str, Sequence[str]]) -> bool:
    seen: set[str] = set()
    todo = list(after.get(state, ()))
    while todo:
        here = todo.pop()
        if here == state:
            return True
        if here not in seen:
            seen.add(here)
            todo.extend(after.get(here, ()))
    return False


def reach(
    definition: Definition, monitors: Monitors, *, progress: Progress | None = None
) -> Mapping[str, frozenset[int]]:
    """For each state how the monitors may stand there: what a case that is moved there must be able to show.

    Takes as long as `verify`. Raises TooManyStates.
    """
    graph = _Graph.of(definition, statespace.explore(definition, progress=progress))
    stands: dict[str, set[int]] = defaultdict(set)
    for state, bits in _walk(graph, monitors)[0]:
        stands[state].add(bits)
    return {state: frozenset(bits) for state, bits in stands.items()}


# -- rules -------------------------------------------------------------------------------------------

Situation = tuple[str, int]


def _rules_broken(
    definition: Definition, graph: _Graph, rules: Sequence[Rule]
) -> tuple[int, list[Finding]]:
    """How many situations there are, and the shortest way to break each rule that can be broken."""
    monitors = compliance.monitors(definition, rules)
    came, found = _walk(graph, monitors)
    mandatory = {rule.id for rule in rules if rule.strength == "mandatory"}
    findings = [
        Finding("rule", rule.id, found[rule.id], rule.id in mandatory)
        for rule in rules
        if rule.id in found
    ]
    return len(came), findings


def _walk(
    graph: _Graph, monitors: Monitors
) -> tuple[Mapping[Situation, tuple[Situation, Event] | None], Mapping[str, tuple[Event, ...]]]:
    """Every situation with how it was first come to, and a shortest way to break each rule that can be."""
    first: Situation = (graph.space.start, monitors.start)
    came: dict[Situation, tuple[Situation, Event] | None] = {first: None}
    found: dict[str, tuple[Event, ...]] = {}
    todo = deque([first])
    while todo:
        situation = todo.popleft()
        state, bits = situation
        for edge in graph.outgoing[state]:
            after, broken = _step(monitors, bits, edge, graph.space.ends)
            if broken:
                for rule in monitors.names(broken):
                    if rule not in found:
                        found[rule] = (*_way(came, situation), edge.event)
            following = (edge.after, after)
            if following not in came:
                came[following] = (situation, edge.event)
                todo.append(following)
    return came, found


def _step(monitors: Monitors, bits: int, edge: Edge, ends: Mapping[str, str]) -> tuple[int, int]:
    event = edge.event
    if event.item is not None and not stepping.decides(monitors.definition, edge.before, event):
        return bits, 0
    effect = monitors.effect(event, ends.get(edge.after))
    return effect.after(bits), effect.broken(bits)


def _way(
    came: Mapping[Situation, tuple[Situation, Event] | None], situation: Situation
) -> Iterator[Event]:
    events = []
    while (step := came[situation]) is not None:
        situation, event = step
        events.append(event)
    return reversed(events)
