"""Answers service tasks by calling the handlers that the layer above gave, until none is waiting.

A handler writes our own database only and returns the task's outcome; a refusal it raises refuses the
whole act. Nothing here is stored: what remains open is written by `openings` once all is quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine import stepping
from engine.database import UnitOfWork
from engine.elements import Definition, TaskRule
from engine.errors import EngineError
from engine.models import ProcessInstance
from engine.stepping import Event, Occurrence, Step
from engine.text import Sentence

#: A model whose service tasks feed each other for ever is stopped here.
MOST_ANSWERS = 500


class NoHandler(EngineError):
    """The model names a handler that this installation does not have."""


class WrongAnswer(EngineError):
    """A handler returned something that is not an outcome of its task."""


class NoRest(EngineError):
    """The service tasks of the model never come to rest."""


@dataclass(slots=True)
class Movement:
    """Several steps seen as one: where they led, and what opened and closed on balance."""

    state: str
    ended: str | None = None
    opened: list[Occurrence] = field(default_factory=list)
    closed: list[Occurrence] = field(default_factory=list)
    services: list[tuple[str, str]] = field(default_factory=list)
    #: The answers as steps: state before, event, how the case ended with it.
    taken: list[tuple[str, Event, str | None]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Add a step. What opened and closed again within the act was never seen by anybody."""
        for occurrence in step.closed:
            if occurrence in self.opened:
                self.opened.remove(occurrence)
            else:
                self.closed.append(occurrence)
        self.opened.extend(step.opened)
        self.state, self.ended = step.state, step.ended


def to_rest(uow: UnitOfWork, case: ProcessInstance, definition: Definition, step: Step) -> Movement:
    """Take the step, then let the handlers answer every waiting service task, and those that follow."""
    return settle(definition, step, lambda rule: _answer(uow, case, rule))


def settle(definition: Definition, step: Step, answer: Callable[[TaskRule], str]) -> Movement:
    """Take the step, then answer every waiting service task until none waits."""
    movement = Movement(step.state)
    movement.take(step)
    while waiting := first_waiting(definition, movement.state):
        if len(movement.services) == MOST_ANSWERS:
            raise NoRest(
                Sentence(
                    f"流程“{definition.name}”的自动环节超过{MOST_ANSWERS}次仍未停下，未作任何改动。",
                    f"The automatic tasks of “{definition.key}” did not come to rest after "
                    f"{MOST_ANSWERS} answers; nothing was changed.",
                )
            )
        rule = definition.tasks[waiting.element]
        outcome = answer(rule)
        event = Event.of(waiting, outcome if rule.outcomes else None)
        movement.services.append((rule.id, outcome))
        before, step = movement.state, stepping.advance(definition, movement.state, event)
        movement.taken.append((before, event, step.ended))
        movement.take(step)
    return movement


def first_waiting(definition: Definition, state: str) -> Occurrence | None:
    """The service task to be answered next."""
    waiting = (o for o in stepping.enabled(definition, state) if o.kind == "service")
    return next(waiting, None)


def _answer(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    name = rule.handler or rule.id
    handler = uow.domain.handlers.get(name)
    if handler is None:
        raise NoHandler(
            Sentence(
                f"自动环节“{rule.name}”要求的处理程序“{name}”未安装。",
                f"The automatic task “{rule.id}” asks for the handler “{name}”, which is not installed.",
            )
        )
    outcome = handler(uow, case, rule)
    if rule.outcomes and outcome not in rule.outcomes:
        allowed = ", ".join(rule.outcomes)
        raise WrongAnswer(
            Sentence(
                f"处理程序“{name}”对“{rule.name}”给出“{outcome}”，只可为：{allowed}。",
                f"The handler “{name}” answered “{outcome}” to “{rule.id}”; allowed are: {allowed}.",
            )
        )
    return outcome
