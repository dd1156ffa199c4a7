"""Compliance rules of a process as monitors: one bit each, stepped along the events of a case.

The vocabulary is that of DECLARE (precedence, not succession, response, absence, not coexistence), with
"since" as a qualifier. All of them come down to one thing, a `Watch`: some events block, some free, and
an event it guards must not happen while it is blocked. So a monitor costs one bit, and the verifier, the
running case and the conformance check step it with the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from engine import stepping
from engine.elements import Definition
from engine.stepping import Event
from engine.text import Sentence

Strength = Literal["mandatory", "principle", "encouraged"]
Subject = Literal["element", "handler", "timer", "end"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which events are meant: an element (with one of these outcomes), the tasks that have a handler, a
    timer, or that the case ended. The name `*` means all of the kind."""

    subject: Subject
    name: str
    outcomes: frozenset[str] = frozenset()

    def fits(self, definition: Definition, event: Event, ended: str | None) -> bool:
        """Whether the event, with which the case perhaps `ended`, is one of those meant."""
        match self.subject:
            case "end":
                return ended is not None and self.name in ("*", ended)
            case "timer":
                return event.kind == "timer" and self.name in ("*", event.element)
            case "handler":
                rule = definition.tasks.get(event.element)
                return rule is not None and rule.handler == self.name and self._said(event)
            case "element":
                return event.element == self.name and self._said(event)

    def _said(self, event: Event) -> bool:
        return not self.outcomes or event.outcome in self.outcomes


@dataclass(frozen=True, slots=True)
class Watch:
    """One bit. It is blocked at the start or not; while it is, none of `guarded` may happen."""

    rule: str
    blocked: bool
    guarded: tuple[Pattern, ...]
    blocks: tuple[Pattern, ...] = ()
    frees: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is decided on the graph (with `watches`), or one that speaks of people, texts or time
    and is therefore `enforced_by` a function at run time."""

    id: str
    sentence: Sentence
    sources: tuple[str, ...]
    strength: Strength
    watches: tuple[Watch, ...] = ()
    enforced_by: tuple[str, ...] = ()
    tested_by: tuple[str, ...] = ()

    @property
    def is_static(self) -> bool:
        """Whether the verifier decides it."""
        return bool(self.watches)


def precedence(
    rule: str, of: Iterable[Pattern], needs: Iterable[Pattern], since: Iterable[Pattern] = ()
) -> tuple[Watch, ...]:
    """`of` only after one of `needs`, and that since the last of `since`."""
    return (Watch(rule, True, tuple(of), blocks=tuple(since), frees=tuple(needs)),)


def not_succession(
    rule: str, after: Iterable[Pattern], never: Iterable[Pattern], until: Iterable[Pattern] = ()
) -> tuple[Watch, ...]:
    """After one of `after`, none of `never` until one of `until`."""
    return (Watch(rule, False, tuple(never), blocks=tuple(after), frees=tuple(until)),)


def response(
    rule: str, after: Iterable[Pattern], then: Iterable[Pattern], by: Iterable[Pattern]
) -> tuple[Watch, ...]:
    """After one of `after` comes one of `then`, at the latest before one of `by`."""
    return (Watch(rule, False, tuple(by), blocks=tuple(after), frees=tuple(then)),)


def absence(rule: str, never: Iterable[Pattern]) -> tuple[Watch, ...]:
    """None of `never` at any time."""
    return (Watch(rule, True, tuple(never)),)


def not_coexistence(rule: str, these: Iterable[Pattern]) -> tuple[Watch, ...]:
    """At most one of `these` in the life of a case."""
    each = tuple(these)
    return tuple(
        Watch(rule, False, tuple(other for other in each if other != one), blocks=(one,))
        for one in each
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event does to the bits: it must not find a `guarded` one blocked; it frees some and blocks
    some; and if the case ends with it, none of `ending` may be blocked then."""

    guarded: int
    frees: int
    blocks: int
    ending: int

    def broken(self, bits: int) -> int:
        """The bits that were blocked although the event happened, or although the case ended with it."""
        return bits & self.guarded | self.after(bits) & self.ending

    def after(self, bits: int) -> int:
        """The bits afterwards. An event that frees and blocks at once has blocked: the cautious reading."""
        return bits & ~self.frees | self.blocks


@dataclass(frozen=True)
class Monitors:
    """All watches of a definition's static rules, in a fixed order: bit n is watch n."""

    definition: Definition
    watches: tuple[Watch, ...]
    _effects: dict[tuple[Event, str | None], Effect] = field(default_factory=dict, compare=False)

    @property
    def start(self) -> int:
        """The bits before the first event."""
        return sum(1 << n for n, watch in enumerate(self.watches) if watch.blocked)

    def effect(self, event: Event, ended: str | None) -> Effect:
        """What the event, with which the case perhaps `ended`, does to every bit."""
        key = (Event(event.kind, event.element, outcome=event.outcome), ended)
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = Effect(
                guarded=self._mask(lambda watch: _not_ends(watch.guarded), *key),
                frees=self._mask(lambda watch: watch.frees, *key),
                blocks=self._mask(lambda watch: watch.blocks, *key),
                ending=self._mask(lambda watch: _ends(watch.guarded), *key),
            )
        return found

    def step(
        self, bits: int, state: str, event: Event, ended: str | None
    ) -> tuple[int, tuple[str, ...]]:
        """The bits after an event in a state, and the ids of the rules that it breaks.

        Of several people who share a task, only the one whose word decides it counts.
        """
        if not stepping.decides(self.definition, state, event):
            return bits, ()
        effect = self.effect(event, ended)
        return effect.after(bits), self.names(effect.broken(bits))

    def names(self, bits: int) -> tuple[str, ...]:
        """The ids of the rules whose bits are set, each once."""
        ids = (watch.rule for n, watch in enumerate(self.watches) if bits >> n & 1)
        return tuple(dict.fromkeys(ids))

    def _mask(
        self, part: Callable[[Watch], Iterable[Pattern]], event: Event, ended: str | None
    ) -> int:
        return sum(
            1 << n
            for n, watch in enumerate(self.watches)
            if any(pattern.fits(self.definition, event, ended) for pattern in part(watch))
        )


def _ends(patterns: Iterable[Pattern]) -> list[Pattern]:
    return [pattern for pattern in patterns if pattern.subject == "end"]


def _not_ends(patterns: Iterable[Pattern]) -> list[Pattern]:
    return [pattern for pattern in patterns if pattern.subject != "end"]


@lru_cache(maxsize=256)
def _monitors(definition: Definition, rules: tuple[Rule, ...]) -> Monitors:
    return Monitors(definition, tuple(watch for rule in rules for watch in rule.watches))


def monitors(definition: Definition, rules: Iterable[Rule]) -> Monitors:
    """The monitors of these rules for this definition; made once."""
    return _monitors(definition, tuple(rules))


def by_id(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """The rules by their ids."""
    return {rule.id: rule for rule in rules}
