"""What would stand here if one act had not been done: the acts since are followed again without it.

Pure. Everything open is known by what it is (its occurrence) and since which act it is open, so a task
that one act closed and another opened again is never taken for the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine import service_tasks, stepping
from engine.elements import Definition, TaskRule
from engine.stepping import Event, Occurrence

#: "Since" of what was open before the first act that is looked at.
BEFORE = 0


@dataclass(frozen=True, slots=True)
class Act:
    """Something that moved a case, as its trail entry tells it. `number` is its place in the trail."""

    number: int
    event: Event
    answers: tuple[tuple[str, str], ...]
    by: str
    at: datetime
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A state, since which act each thing that may happen in it has been waiting, and how often
    each user task was opened on the way here."""

    state: str
    since: Mapping[Occurrence, int]
    opened: Mapping[Occurrence, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retraced:
    """`real` is where the acts lead, `without` where they lead but for the one left out."""

    before: Place
    real: Place
    without: Place


class DependsOnIt(Exception):
    """A later act could not have happened, or would have led elsewhere, without the one left out."""

    def __init__(self, act: Act) -> None:
        super().__init__(act.number)
        self.act = act


class NotFollowed(Exception):
    """The acts do not follow from each other: something else has moved the case in between."""


@dataclass
class Answers:
    """Recorded answers of service tasks, each used once, in their order."""

    left: list[tuple[str, str]]
    used: list[tuple[str, str]] = field(default_factory=list)

    def take(self, rule: TaskRule) -> str:
        """The next answer of this task; raises NotFollowed if none is left."""
        answer = next((one for one in self.left if one[0] == rule.id), None)
        if answer is None:
            raise NotFollowed(rule.id)
        self.left.remove(answer)
        self.used.append(answer)
        return answer[1]


def begin(definition: Definition, state: str) -> Place:
    """Where the first act finds the case."""
    return Place(state, dict.fromkeys(stepping.enabled(definition, state), BEFORE))


def without(definition: Definition, start: Place, acts: Sequence[Act], left_out: int) -> Retraced:
    """Follow the acts with and without the one at the index `left_out`; raises DependsOnIt, NotFollowed.

    Beyond the rule that no later act may belong to a task that the act opened, and that its own task
    must stay open throughout: doing it again after each later act must lead to where the case really
    was. Else the way of that act was decided by this one.
    """
    real = start
    for act in acts[:left_out]:
        real, _ = _follow(definition, real, act, act.answers)
    before, mine = real, acts[left_out]
    own = mine.event.occurrence
    real, answered = _follow(definition, before, mine, mine.answers)
    led, spare = before, answered.used
    for act in acts[left_out + 1 :]:
        if real.since.get(act.event.occurrence) != led.since.get(act.event.occurrence):
            raise DependsOnIt(act)
        real, answered = _follow(definition, real, act, act.answers)
        try:
            led, answered = _follow(definition, led, act, answered.used)
            spare = [*spare, *answered.left]
            again, _ = _follow(definition, led, mine, spare)
        except NotFollowed:
            raise DependsOnIt(act) from None
        if led.since.get(own) != before.since[own] or again.state != real.state:
            raise DependsOnIt(act)
    return Retraced(before, real, led)


def _follow(
    definition: Definition, place: Place, act: Act, recorded: Iterable[tuple[str, str]]
) -> tuple[Place, Answers]:
    if act.event.occurrence not in place.since:
        raise NotFollowed(act.event.element)
    answers = Answers(list(recorded))
    step = stepping.advance(definition, place.state, act.event)
    movement = service_tasks.settle(definition, step, answers.take)
    since = {o: number for o, number in place.since.items() if o not in movement.closed}
    since |= dict.fromkeys(movement.opened, act.number)
    opened = dict(place.opened)
    for occurrence in movement.opened:
        if occurrence.kind == "user":
            opened[occurrence] = opened.get(occurrence, 0) + 1
    return Place(movement.state, since, opened), answers
