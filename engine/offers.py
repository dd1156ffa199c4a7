"""What may happen to a case: occurrences, events, and what each token at rest offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.elements import Definition
from engine.freezing import Token

OccurrenceKind = Literal["user", "service", "timer", "message", "signal"]
KINDS: Mapping[str, OccurrenceKind] = {
    "user": "user",
    "service": "service",
    "receive": "message",
    "signal": "signal",
}


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """Something that may happen to a case from outside: a task completed, a timer fired."""

    kind: OccurrenceKind
    element: str
    path: tuple[str, ...] = ()
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An occurrence that did happen, with the outcome if it was a task."""

    kind: OccurrenceKind
    element: str
    path: tuple[str, ...] = ()
    item: int | None = None
    outcome: str | None = None

    @classmethod
    def of(cls, occurrence: Occurrence, outcome: str | None = None) -> Event:
        """The event in which this occurrence happens with this outcome."""
        return cls(occurrence.kind, occurrence.element, occurrence.path, occurrence.item, outcome)

    @property
    def occurrence(self) -> Occurrence:
        """The same without the outcome."""
        return Occurrence(self.kind, self.element, self.path, self.item)


def at_rest(tokens: list[Token]) -> Iterator[Token]:
    """Every token, those inside sub-processes too."""
    for token in tokens:
        yield token
        yield from at_rest(token.inside or [])


def offers_of(definition: Definition, token: Token) -> list[Occurrence]:
    """What may happen to one token."""
    offers = [
        Occurrence(kind, name, token.path)
        for name in token.timers
        if (kind := kind_of(definition, name))
        != "escalation"  # comes from inside, never from outside
    ]
    if token.at in definition.races:
        of_race = definition.races[token.at]
        offers.extend(Occurrence(kind_of(definition, name), name, token.path) for name in of_race)
    elif token.source is None and token.inside is None:
        rule = definition.tasks.get(token.at)
        items: tuple[int | None, ...] = not_done(definition, token) or (None,)
        if rule is not None and rule.several is not None and rule.several.in_order:
            items = items[:1]
        kind = kind_of(definition, token.at)
        offers.extend(Occurrence(kind, token.at, token.path, item) for item in items)
    return offers


def kind_of(definition: Definition, element: str) -> Any:
    """As what an element may happen from outside; an escalation does not."""
    if element in definition.timers:
        return "timer"
    if element in definition.catches:
        return definition.catches[element].kind
    return KINDS[definition.tasks[element].kind]


def standing_of(definition: Definition, element: str) -> frozenset[str]:
    """The outcomes with which a task is not asked again; none for what is no task."""
    rule = definition.tasks.get(element)
    return frozenset() if rule is None else rule.standing


def not_done(definition: Definition, token: Token) -> tuple[int, ...]:
    """Who has not yet done a task for several; nobody if it is for one."""
    rule = definition.tasks.get(token.at)
    several = None if rule is None else rule.several
    if several is None:
        return ()
    return tuple(range(several.number)) if token.items is None else token.items


def occurrences(
    definition: Definition, tokens: list[Token]
) -> dict[tuple[Any, Occurrence], Occurrence]:
    """The offers of thawed tokens, told apart by the task that holds them."""
    return {
        (token.task.id, offer): offer
        for token in at_rest(tokens)
        for offer in offers_of(definition, token)
    }
