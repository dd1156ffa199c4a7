"""Follows the acts of a trail through a definition and its rules: where they lead, or why they cannot.

Conformance replays a trail in the version the case ran on; a migration tries the version it would go to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine import service_tasks, stepping
from engine.elements import Definition
from engine.errors import UnknownEvent
from engine.guards import Guards, RuleBroken
from engine.retrace import Answers, NotFollowed
from engine.stepping import Event, Step
from engine.text import Sentence


class DoesNotFit(Exception):
    """The act cannot have happened here, or would break a rule."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)


@dataclass(frozen=True, slots=True)
class Followed:
    """One act as it is followed; `number` is its place in the trail, an `event` of None is the start."""

    number: int
    event: Event | None
    answers: tuple[tuple[str, str], ...]


#: What rules look at: an event that decided something, and how the case ended with it if it did.
Seen = tuple[Event, str | None]


@dataclass(frozen=True, slots=True)
class Base:
    """Where a replay begins that does not begin at the start: at a migration whose case could not be
    followed from its start, or where a repair `moved` it to. `acts` and `seen` are what had happened by then."""

    state: str = ""
    stand: str = ""
    acts: tuple[Followed, ...] = ()
    seen: tuple[Seen, ...] = ()
    moved: bool = False


@dataclass
class Replay:
    """Where the acts so far lead: the state, the monitors, and how the case ended if it did."""

    definition: Definition
    held: Guards
    base: Base = Base()
    acts: list[Followed] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    state: str = ""
    stand: str = ""
    ended: str | None = None

    def __post_init__(self) -> None:
        self.again(())

    def again(self, acts: Sequence[Followed]) -> None:
        """From the beginning, with these acts only."""
        self.acts, self.ended = list(self.base.acts), None
        self.seen = list(self.base.seen)
        self.state, self.stand = self.base.state, self.base.stand
        for act in acts:
            self.take(act)

    def without(self, number: int) -> None:
        """As if the act with this number had not been done."""
        first = len(self.base.acts)
        self.again([act for act in self.acts[first:] if act.number != number])

    def take(self, act: Followed) -> None:
        """Follow one act and what the service tasks answered; raises DoesNotFit."""
        if act.event is None:
            self.stand = self.held.start
        elif self.ended is not None:
            raise DoesNotFit("该件此前已经办结。", "The case had ended before.")
        for before, event, step in self._steps(act):
            if event is not None:
                self._watch(before, event, step)
            self.state, self.ended = step.state, step.ended
        self.acts.append(act)

    def _steps(self, act: Followed) -> Iterator[tuple[str, Event | None, Step]]:
        answers = Answers(list(act.answers))
        try:
            step = (
                stepping.start(self.definition)
                if act.event is None
                else stepping.advance(self.definition, self.state, act.event)
            )
            yield self.state, act.event, step
            while waiting := service_tasks.first_waiting(self.definition, step.state):
                rule = self.definition.tasks[waiting.element]
                outcome = answers.take(rule)
                event = Event.of(waiting, outcome if rule.outcomes else None)
                before, step = step.state, stepping.advance(self.definition, step.state, event)
                yield before, event, step
        except UnknownEvent as refused:
            raise DoesNotFit(refused.reasons[0].zh, refused.reasons[0].en) from None
        except NotFollowed as missing:
            raise DoesNotFit(
                f"没有记下自动环节“{missing}”的结果。",
                f"The answer of the automatic task “{missing}” is not on record.",
            ) from None
        if answers.left:
            raise DoesNotFit(
                f"记下了没有发生的自动环节“{answers.left[0][0]}”。",
                f"The automatic task “{answers.left[0][0]}” is on record and was never asked.",
            )

    def _watch(self, before: str, event: Event, step: Step) -> None:
        if stepping.decides(self.definition, before, event):
            self.seen.append((event, step.ended))
        try:
            self.stand = self.held.after(self.stand, [(before, event, step.ended)])
        except RuleBroken as broken:
            rule = self.held.rules[broken.reasons[0].code]
            raise DoesNotFit(
                f"违反规则“{rule.id}”：{rule.sentence.zh}",
                f"It breaks the rule “{rule.id}”: {rule.sentence.en}",
            ) from None
