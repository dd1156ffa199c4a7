"""One step of a process as a pure function: state and event in, state and what opened or closed out.

A state is canonical JSON text in BPMN terms (element ids, tokens, the variables that can still matter);
equal situations are equal texts. No database, clock or randomness here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import bpmn_blocks, bpmn_family, freezing
from engine.bpmn_behaviour import Specs, choose, decisions_of, fire, read_specs
from engine.elements import Definition
from engine.errors import UnknownEvent
from engine.freezing import Token
from engine.liveness import Liveness
from engine.offers import Event as Event
from engine.offers import Occurrence as Occurrence
from engine.offers import at_rest, not_done, occurrences, offers_of, standing_of
from engine.state_text import canonical, read_token, write_tokens
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Step:
    """The state after a step; `closed` and `opened` name occurrences, so one that closed and opened
    again is in both. `ended` is the id of the end event if the case is over."""

    state: str
    opened: tuple[Occurrence, ...]
    closed: tuple[Occurrence, ...]
    ended: str | None


class _Consulted(Mapping[str, str]):
    """The decisions of a case, noting which of them a step looked at, and what calls wrote in it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.seen: dict[str, str | None] = {}
        self.written: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name in self.written:
            return self.written[name]
        self.seen[name] = self._values.get(name)
        return self._values[name]

    def __setitem__(self, name: str, value: str) -> None:
        self.written[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class _Move:
    """How tokens move at one event, given the decisions that were looked at on the way."""

    consulted: Mapping[str, str | None]
    written: Mapping[str, str]
    tokens: str
    resting: frozenset[str]
    opened: tuple[Occurrence, ...]
    closed: tuple[Occurrence, ...]
    ended: str | None

    def fits(self, values: Mapping[str, str]) -> bool:
        return all(values.get(name) == value for name, value in self.consulted.items())


@dataclass(frozen=True)
class _Model:
    """A definition made ready: the library's reading of it, and the moves seen so far."""

    specs: Specs
    liveness: Mapping[str, Liveness]  # by process
    blocks: Mapping[str, frozenset[str]]  # by inclusive join
    moves: dict[tuple[str, Event], list[_Move]]


#: Moves remembered per definition; a real chain has a few thousand, a runaway one must not fill memory.
MAX_MOVES = 50_000


@lru_cache(maxsize=256)
def _model(definition: Definition) -> _Model:
    rules = {**definition.tasks, **definition.calls}
    graphs = bpmn_family.graphs(definition.xml)
    return _Model(
        read_specs(definition.xml, definition.key),
        {
            graph.key: Liveness(graph, {n: r for n, r in rules.items() if n in graph.nodes})
            for graph in graphs
        },
        {join: block for graph in graphs for join, block in bpmn_blocks.blocks(graph).items()},
        moves={},
    )


def forget(definition: Definition) -> None:
    """Forget every step seen before, so that what a step costs by itself can be measured."""
    _model(definition).moves.clear()


# -- the step ------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def start(definition: Definition) -> Step:
    """The first step of a new case."""
    values = _Consulted({})
    workflow = freezing.begin(_model(definition).specs, values)
    move = _rest(definition, workflow, values, before={})
    return _step(
        definition, move, move.written
    )  # a call that runs through, or a table, has decided


@lru_cache(maxsize=8_192)
def advance(definition: Definition, state: str, event: Event) -> Step:
    """What follows when the event happens in the state; raises UnknownEvent if it cannot happen there."""
    tokens, values = _content(definition, state)
    _refuse_unknown(definition, _enabled(definition, tokens), event)
    if not event.path and (event.item is None or _decides(definition, _read(tokens), event)):
        _write_outcome(definition, values, event)
    seen = _model(definition).moves
    key = (tokens, event)
    move = next((move for move in seen.get(key, ()) if move.fits(values)), None)
    if move is None:
        move = _move(definition, _read(tokens), event, values)
        if len(seen) >= MAX_MOVES:
            seen.clear()
        seen.setdefault(key, []).append(move)
    return _step(definition, move, {**values, **move.written})


def decides(definition: Definition, state: str, event: Event) -> bool:
    """Whether the event decides something; of several people who share a task, only the last word does."""
    if event.item is None:
        return True
    tokens, _ = _content(definition, state)
    return _decides(definition, _read(tokens), event)


def _chosen(definition: Definition, tokens: list[Token], event: Event) -> Token:
    """Of several tokens at one element, which differ by timers and items alone, always the same."""
    fitting = [t for t in at_rest(tokens) if event.occurrence in offers_of(definition, t)]
    return min(fitting, key=lambda t: (t.timers, t.items or ()))


def _decides(definition: Definition, tokens: list[Token], event: Event) -> bool:
    """Whether the event finishes its task; of several people, perhaps not all are done."""
    if event.item is None:
        return True
    several = definition.tasks[event.element].several
    left = not_done(definition, _chosen(definition, tokens, event))
    return several is None or event.outcome in several.until or left == (event.item,)


def _write_outcome(definition: Definition, values: dict[str, str], event: Event) -> None:
    """domain:C5 — what the element voids is unset first, then its own outcome is written."""
    if event.outcome is None:
        return
    for name in definition.tasks[event.element].voids:
        values.pop(name, None)
    values[event.element] = event.outcome


def _move(
    definition: Definition, tokens: list[Token], event: Event, values: Mapping[str, str]
) -> _Move:
    token = _chosen(definition, tokens, event)
    decides = _decides(definition, tokens, event)
    consulted = _Consulted(values)
    workflow = freezing.thaw(_model(definition).specs, tokens, consulted)
    before = occurrences(definition, tokens)
    if event.path and decides:  # the decisions of a called process are part of its token
        _write_outcome(definition, decisions_of(token.task.workflow), event)
    if event.element in token.timers:
        fire(freezing.boundary_task(token, event.element))
    elif token.at in definition.races:
        choose(token.task, event.element)
    elif decides:
        token.task.run()
    else:
        left = tuple(item for item in not_done(definition, token) if item != event.item)
        freezing.keep(token.task, left)
    return _rest(definition, workflow, consulted, before)


def _rest(
    definition: Definition,
    workflow: Any,
    values: _Consulted,
    before: Mapping[tuple[Any, Occurrence], Occurrence],
) -> _Move:
    """Let the tokens run until all of them rest, and read off where they are."""

    reached = freezing.run(
        workflow, lambda element: standing_of(definition, element), _model(definition).blocks
    )
    tokens = freezing.freeze(workflow)
    if not tokens and reached is None:
        raise freezing.NeverRests(freezing.never_rests(definition.key))
    after = occurrences(definition, tokens)
    for token in at_rest(tokens):
        _forget(definition, token)
    return _Move(
        consulted=values.seen,
        written=values.written,
        tokens=canonical(write_tokens(tokens)),
        resting=_resting(tokens, ()),
        opened=tuple(sorted(offer for key, offer in after.items() if key not in before)),
        closed=tuple(sorted(offer for key, offer in before.items() if key not in after)),
        ended=None if tokens else reached,
    )


def _forget(definition: Definition, token: Token) -> None:
    """Leave out of a called process what can no longer matter in it."""
    if token.inside is not None and token.decisions is not None:
        process = definition.calls[token.at].calls or ""
        resting = _resting(token.inside, (*token.path, token.at))
        token.decisions = _model(definition).liveness[process].relevant(resting, token.decisions)


def _resting(tokens: list[Token], path: tuple[str, ...]) -> frozenset[str]:
    """Where tokens rest in the process at this call path."""
    return frozenset(token.at for token in at_rest(tokens) if token.path == path)


def _step(definition: Definition, move: _Move, values: Mapping[str, str]) -> Step:
    liveness = _model(definition).liveness[definition.key]
    left = canonical(liveness.relevant(move.resting, values))
    head = _head(definition, move.ended)
    return Step(f'{head}{move.tokens},"variables":{left}}}', move.opened, move.closed, move.ended)


@lru_cache(maxsize=256)
def _head(definition: Definition, ended: str | None) -> str:
    """How the text of a state begins; its keys are in the order of `canonical`."""
    return canonical({"ended": ended, "of": _of(definition)})[:-1] + ',"tokens":'


# -- what a state says ---------------------------------------------------------------------------


def enabled(definition: Definition, state: str) -> tuple[Occurrence, ...]:
    """Everything that may happen next, sorted; service tasks come first and are to be answered first."""
    return _enabled(definition, _content(definition, state)[0])


@lru_cache(maxsize=8_192)
def _enabled(definition: Definition, tokens: str) -> tuple[Occurrence, ...]:
    """The same for the text of the tokens alone, on which it depends."""
    found = at_rest(_read(tokens))
    return tuple(sorted(offer for token in found for offer in offers_of(definition, token)))


def variables(state: str) -> dict[str, str]:
    """The decisions of the process itself that can still matter, by task id; those of a called process
    are part of its token."""
    return dict(json.loads(state)["variables"])


def relevant(definition: Definition, state: str, values: Mapping[str, str]) -> dict[str, str]:
    """Which of these decisions could still matter where the state stands, if they stood there."""
    resting = _resting(_read(_content(definition, state)[0]), ())
    return _model(definition).liveness[definition.key].relevant(resting, values)


def ended(state: str) -> str | None:
    """The end event's id if the case is over."""
    value = json.loads(state)["ended"]
    return None if value is None else str(value)


def of(state: str) -> str:
    """The definition that wrote the state: its key and the beginning of its digest."""
    return str(json.loads(state)["of"])


def digest(state: str) -> str:
    """The name of a state: SHA-256 of its text, in hex."""
    return hashlib.sha256(state.encode()).hexdigest()


def _of(definition: Definition) -> str:
    """Whose state it is. A state is only ever read by the definition that wrote it."""
    return f"{definition.key}@{definition.digest.rpartition(':')[2][:16]}"


def _content(definition: Definition, state: str) -> tuple[str, dict[str, str]]:
    """The text of the tokens, and the decisions. What does not begin as expected is looked at closely."""
    head = _head(definition, None)
    if state.startswith(head):
        tokens, _, values = state[len(head) : -1].rpartition(',"variables":')
        return tokens, json.loads(values)
    try:
        content = json.loads(state)
        of = content["of"]
    except (ValueError, KeyError, TypeError):
        raise UnknownEvent(
            Sentence("这不是流程状态。", "This is not the state of a process.")
        ) from None
    if of != _of(definition):
        raise UnknownEvent(
            Sentence(
                f"状态属于流程定义“{of}”，不属于“{_of(definition)}”。",
                f"The state belongs to the definition “{of}”, not to “{_of(definition)}”.",
            )
        )
    return canonical(content["tokens"]), dict(content["variables"])


def _read(tokens: str) -> list[Token]:
    """Tokens from their text, afresh: a step changes them."""
    return [read_token(item) for item in json.loads(tokens)]


def _refuse_unknown(definition: Definition, offers: tuple[Occurrence, ...], event: Event) -> None:
    name = definition.names.get(event.element) or event.element
    if event.occurrence not in offers:
        raise UnknownEvent(
            Sentence(
                f"“{name}”现在不在等待，不能办理；请刷新页面查看当前环节。",
                f"“{event.element}” is not open now; reload the page to see where the case stands.",
            )
        )
    task = definition.tasks.get(event.element)
    allowed = () if task is None else task.outcomes
    if event.outcome in allowed or (event.outcome is None and not allowed):
        return
    choice = "、".join(allowed) or "（无）"
    raise UnknownEvent(
        Sentence(
            f"“{name}”没有“{event.outcome}”这一结论；可选：{choice}。",
            f"“{event.element}” has no outcome “{event.outcome}”; choose one of: {', '.join(allowed) or 'none'}.",
        )
    )
