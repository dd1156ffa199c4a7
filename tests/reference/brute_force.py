"""Everything that can happen in a process, by brute force over the token game, and what is wrong with it.

A second opinion on the verifier. It shares no code with `engine/`: it plays the tokens with its own reading of
BPMN, reads the rules file itself, and works out for itself which decisions can still matter.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.reference.token_game import Game, Scope, Work

Offer = tuple[str, str, str | None]
Frozen = tuple[Any, ...]


class QuickGame(Game):
    """The token game with its look-ups remembered, that can be put away and taken up again."""

    def __init__(self, xml: bytes) -> None:
        for name in ("_out", "_in", "_kind", "_boundary", "words", "_out_of"):
            setattr(self, name, cache(getattr(super(), name)))
        super().__init__(xml)
        self._live = _Liveness(self)

    def freeze(self) -> Frozen:
        """Where it stands, without the decisions that nothing ahead looks at."""
        resting = [work.element for _, work in self._all_works(self.top) if work.inner is None]
        live = self._live.of(resting)
        live |= self._live.of(
            self.flows[f][1] for s in self._all_scopes(self.top) for f in +s.arrived
        )
        values = tuple(sorted((n, v) for n, v in self.values.items() if n in live))
        return (self.ended, values, _frozen(self.top))

    def thaw(self, frozen: Frozen) -> None:
        self.ended, values, scope = frozen
        self.values = dict(values)
        self.top = _thawed(scope, None, None)
        self.top.values = self.values


def _frozen(scope: Scope) -> Frozen:
    arrived = tuple(sorted((+scope.arrived).items()))
    works = [
        (
            w.element,
            tuple(sorted(w.timers)),
            tuple(w.items),
            w.triggered,
            None if w.inner is None else _frozen(w.inner),
        )
        for w in scope.works
    ]
    return (scope.id, arrived, tuple(sorted(scope.listening)), tuple(sorted(works, key=repr)))


def _thawed(frozen: Frozen, host: Work | None, parent: Scope | None) -> Scope:
    id, arrived, listening, works = frozen
    scope = Scope(id, host, parent, arrived=Counter(dict(arrived)), listening=set(listening))
    for element, timers, items, triggered, inner in works:
        work = Work(element, set(timers), None, list(items), triggered)
        if inner is not None:
            work.inner = _thawed(inner, work, scope)
        scope.works.append(work)
    return scope


class _Liveness:
    """Which decisions may still be looked at by a token that rests at an element; for processes that call none."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.ahead: dict[str, set[str]] = {name: set() for name in game.nodes}
        changed = True
        while changed:
            changed = False
            for name in game.nodes:
                found = self._before(name)
                if found != self.ahead[name]:
                    self.ahead[name], changed = found, True

    def of(self, elements: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for name in elements:
            found |= self._after(name) - self._certain(name) | self._reads(name)
        return found

    def _certain(self, name: str) -> set[str]:
        """What is unset or written whenever it is done; nothing where a timer may lead past it."""
        if len(self.game._out_of(name)) > len(self.game._out(name)):
            return set()
        own = {name} if self.game.words(name, "outcomes") else set()
        return own | set(self.game.words(name, "voids"))

    def _before(self, name: str) -> set[str]:
        """What may be looked at once a token comes to the element."""
        kept = self._after(name)
        if self.game.words(name, "standing"):  # perhaps passed over, and then nothing is written
            return kept | {name}
        kept = kept - set(self.game.words(name, "voids"))
        if self.game.words(name, "outcomes"):
            kept -= {name}
        return kept | self._reads(name)

    def _after(self, name: str) -> set[str]:
        found: set[str] = set()
        for other in self._next(name):
            found |= self.ahead[other]
        return found

    def _next(self, name: str) -> list[str]:
        """Where a token may come from an element: into a sub-process and, from its end events, out again;
        and along every edge that may break off what is around it."""
        game = self.game
        scope = game.scope_of[name]
        if game._kind(name) == "subProcess":
            inside = [n for n, s in game.scope_of.items() if s == name]
            return [
                *(n for n in inside if game._kind(n) == "startEvent"),
                *self._broken_off(name),
            ]
        following = [game.flows[f][1] for f in game._out_of(name)]
        if game._kind(name) == "endEvent" and scope in game.nodes:
            following += [game.flows[f][1] for f in game._out(scope)]
        while scope in game.nodes:
            following += self._broken_off(scope)
            scope = game.scope_of[scope]
        return following

    def _broken_off(self, scope: str) -> list[str]:
        edges = [f for f in self.game._out_of(scope) if f not in self.game._out(scope)]
        return [self.game.flows[f][1] for f in edges]

    def _reads(self, name: str) -> set[str]:
        texts = [game_flow[2] for f in self.game._out(name) if (game_flow := self.game.flows[f])[2]]
        trees = [ast.parse((text or "").strip(), mode="eval") for text in texts]
        return {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}


# -- rules, read once more ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """One rule: a lamp that is red or green, what turns it, and what must not happen while it is red."""

    id: str
    red_at_first: bool
    turn_red: tuple[str, ...]
    turn_green: tuple[str, ...]
    forbidden: tuple[str, ...]


def laws(content: bytes) -> list[Law]:
    """The mandatory rules that speak of the course of a case."""
    found: list[Law] = []
    for rule in tomllib.loads(content.decode())["rule"]:
        if rule["strength"] != "mandatory" or "template" not in rule:
            continue
        get = {key: tuple(value) for key, value in rule.items() if isinstance(value, list)}.get
        match rule["template"]:
            case "precedence":
                made = [(True, get("since", ()), get("needs", ()), get("of", ()))]
            case "not_succession":
                made = [(False, get("after", ()), get("until", ()), get("never", ()))]
            case "response":
                made = [(False, get("after", ()), get("then", ()), get("by", ()))]
            case "absence":
                made = [(True, (), (), get("never", ()))]
            case _:
                these = get("these", ())
                made = [(False, (one,), (), tuple(o for o in these if o != one)) for one in these]
        found += [Law(rule["id"], *parts) for parts in made]
    return found


class Court:
    """Watches the laws along a way."""

    def __init__(self, game: Game, content: bytes) -> None:
        self.game = game
        self.laws = laws(content)
        self.first = frozenset(n for n, law in enumerate(self.laws) if law.red_at_first)
        self._known: dict[tuple[Offer, str | None], list[tuple[bool, bool, bool, bool]]] = {}

    def hear(
        self, red: frozenset[int], offer: Offer, ended: str | None
    ) -> tuple[frozenset[int], set[str]]:
        """The lamps after an event, and the rules that it broke."""
        after, broken = set(red), set()
        for n, (reds, greens, acts, ends) in enumerate(self._told(offer, ended)):
            if acts and n in red:
                broken.add(self.laws[n].id)
            if greens:
                after.discard(n)
            if reds:
                after.add(n)
            if ends and n in after:
                broken.add(self.laws[n].id)
        return frozenset(after), broken

    def _told(self, offer: Offer, ended: str | None) -> list[tuple[bool, bool, bool, bool]]:
        key = (offer, ended)
        if key not in self._known:
            self._known[key] = [
                (
                    self._fits(law.turn_red, offer, ended),
                    self._fits(law.turn_green, offer, ended),
                    self._fits(
                        [p for p in law.forbidden if not p.startswith("end:")], offer, ended
                    ),
                    self._fits([p for p in law.forbidden if p.startswith("end:")], offer, ended),
                )
                for law in self.laws
            ]
        return self._known[key]

    def _fits(self, patterns: Iterable[str], offer: Offer, ended: str | None) -> bool:
        kind, element, outcome = offer
        handler = self.game.words(element, "handler") or [element]
        for text in patterns:
            head, _, said = text.partition("=")
            subject, colon, name = head.partition(":")
            if not colon:
                same = element == subject
            elif subject == "end":
                same = ended is not None and name in ("*", ended)
            elif subject == "timer":
                same = kind == "timer" and name in ("*", element)
            else:
                same = kind == "service" and [name] == handler
            if same and (not said or outcome in said.split("|")):
                return True
        return False


# -- the search --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opinion:
    """What is wrong: rules that can be broken, and flaws of the process itself."""

    broken: frozenset[str]
    flaws: frozenset[str]
    states: int

    @property
    def harmless(self) -> bool:
        return not self.broken and not self.flaws


#: Several times what any world has; only a process that grows for ever comes so far.
MOST = 150_000


class TooLarge(Exception):
    """More situations than brute force is let loose on."""


def judge(xml: bytes, rules: bytes) -> Opinion:
    """Walk every way there is."""
    game = QuickGame(xml)
    court = Court(game, rules)
    first = game.freeze()
    steps: dict[Frozen, list[tuple[Offer, Frozen]]] = {}
    situations = {(first, court.first)}
    todo = deque(situations)
    broken: set[str] = set()
    twice: set[Frozen] = set()
    while todo:
        state, red = todo.popleft()
        if state not in steps:
            if _open_twice(game, state):
                twice.add(state)
            steps[state] = [] if state in twice else _steps(game, state)
        for offer, after in steps[state]:
            lamps, wrong = court.hear(red, offer, after[0])
            broken |= wrong
            if (after, lamps) not in situations:
                situations.add((after, lamps))
                todo.append((after, lamps))
        if len(situations) > MOST:
            raise TooLarge
    return Opinion(frozenset(broken), frozenset(_flaws(game, twice, steps)), len(steps))


def _open_twice(game: QuickGame, state: Frozen) -> bool:
    """Whether a task or timer is open that was open already: more than one case can have rows for."""
    game.thaw(state)
    lasting = [offer for offer in game.offers() if offer[0] in ("user", "timer")]
    return state[0] is None and max(Counter(lasting).values(), default=0) > 1


def _steps(game: QuickGame, state: Frozen) -> list[tuple[Offer, Frozen]]:
    game.thaw(state)
    found = []
    offers = [] if state[0] is not None else game.offers()
    services = sorted({offer[1] for offer in offers if offer[0] == "service"})
    if services:  # answered within the act, one after the other
        offers = [o for o in offers if o[0] == "service" and o[1] == services[0]]
    for offer in dict.fromkeys(offers):
        game.thaw(state)
        game.play(*offer)
        found.append((offer, game.freeze()))
    return found


def _flaws(
    game: QuickGame, twice: set[Frozen], steps: Mapping[Frozen, list[tuple[Offer, Frozen]]]
) -> Iterable[str]:
    if twice:
        yield "open twice"
    ended = {state for state in steps if state[0] is not None} | twice
    if any(not following and state not in ended for state, following in steps.items()):
        yield "stuck"
    back: dict[Frozen, list[Frozen]] = {}
    for state, following in steps.items():
        for _, after in following:
            back.setdefault(after, []).append(state)
    ending, todo = set(ended), list(ended)
    while todo:
        for before in back.get(todo.pop(), ()):
            if before not in ending:
                ending.add(before)
                todo.append(before)
    if any(state not in ending for state in steps):
        yield "never ends"
    offered = {offer[1] for following in steps.values() for offer, _ in following}
    for name, node in game.nodes.items():
        kind = game._kind(name)
        waits = kind in ("userTask", "serviceTask") or (
            kind == "boundaryEvent" and game._has(name, "timer")
        )
        if waits and name not in offered:
            yield f"{name} is never reached"
        if kind == "userTask" and not game.words(name, "candidate_role"):
            yield f"nobody for {name}"
        del node
    if _goes_round(steps):
        yield "goes round by itself"


def _goes_round(steps: Mapping[Frozen, list[tuple[Offer, Frozen]]]) -> bool:
    """Whether timers and services alone can come back to a state."""
    alone = {
        state: [after for offer, after in following if offer[0] in ("timer", "service")]
        for state, following in steps.items()
    }
    done: set[Frozen] = set()
    for begin in alone:
        path: list[tuple[Frozen, int]] = [(begin, 0)]
        on_path = {begin}
        while path:
            state, n = path.pop()
            if state in done or n >= len(alone[state]):
                on_path.discard(state)
                done.add(state)
                continue
            path.append((state, n + 1))
            following = alone[state][n]
            if following in on_path:
                return True
            if following not in done:
                on_path.add(following)
                path.append((following, 0))
    return False
