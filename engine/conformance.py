"""After the fact: does a trail fit the process and its rules? Replayed from the entries alone, act by act.

A chain that verifies says that nothing was changed; conformance says that what was done could be done: each
act was open when it happened, led where its entry says, and broke no rule the version was proven under.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine import definitions, moves, rule_files, service_tasks, stepping
from engine import rules as compliance
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import UnknownEvent
from engine.models import ProcessDefinition, ProcessInstance
from engine.moves import TAKEN_BACK, Told
from engine.retrace import Answers, NotFollowed
from engine.rules import Monitors, Rule
from engine.stepping import Event, Step
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first entry that does not fit, by its number in the trail, and why."""

    number: int
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Conformity:
    """What was found of one case."""

    case_id: int
    business_key: str
    entries: int
    misfit: Misfit | None

    @property
    def fits(self) -> bool:
        """Whether the whole trail does."""
        return self.misfit is None


class _DoesNotFit(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)


@dataclass(frozen=True, slots=True)
class _Act:
    number: int
    event: Event | None  # None is the start
    answers: tuple[tuple[str, str], ...]


@dataclass
class _Replay:
    """Where the acts so far lead: the state, the monitors, and how the case ended if it did."""

    definition: Definition
    monitors: Monitors
    rules: dict[str, Rule]
    acts: list[_Act] = field(default_factory=list)
    state: str = ""
    bits: int = 0
    ended: str | None = None

    def again(self, acts: Sequence[_Act]) -> None:
        """From the beginning, with these acts only."""
        self.acts, self.state, self.ended = [], "", None
        for act in acts:
            self.take(act)

    def take(self, act: _Act) -> None:
        """Follow one act and what the service tasks answered; raises _DoesNotFit."""
        if act.event is None:
            self.bits = self.monitors.start
        elif self.ended is not None:
            raise _DoesNotFit("该件此前已经办结。", "The case had ended before.")
        for before, event, step in self._steps(act):
            if event is not None:
                self._watch(before, event, step)
            self.state, self.ended = step.state, step.ended
        self.acts.append(act)

    def _steps(self, act: _Act) -> Iterator[tuple[str, Event | None, Step]]:
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
            raise _DoesNotFit(refused.reasons[0].zh, refused.reasons[0].en) from None
        except NotFollowed as missing:
            raise _DoesNotFit(
                f"没有记下自动环节“{missing}”的结果。",
                f"The answer of the automatic task “{missing}” is not on record.",
            ) from None
        if answers.left:
            raise _DoesNotFit(
                f"记下了没有发生的自动环节“{answers.left[0][0]}”。",
                f"The automatic task “{answers.left[0][0]}” is on record and was never asked.",
            )

    def _watch(self, before: str, event: Event, step: Step) -> None:
        self.bits, broken = self.monitors.step(self.bits, before, event, step.ended)
        if broken:
            rule = self.rules[broken[0]]
            raise _DoesNotFit(
                f"违反规则“{rule.id}”：{rule.sentence.zh}",
                f"It breaks the rule “{rule.id}”: {rule.sentence.en}",
            )


def check(uow: UnitOfWork, case: ProcessInstance) -> Conformity:
    """Replay the trail of a case against the version of the process it ran on, and that version's rules."""
    told = moves.whole(uow, case)
    misfit = _first_misfit(uow, case, told)
    return Conformity(case.id, case.business_key, len(told), misfit)


def _first_misfit(uow: UnitOfWork, case: ProcessInstance, told: Sequence[Told]) -> Misfit | None:
    definition = definitions.load(uow, case.definition_id)
    row = uow.session.get_one(ProcessDefinition, case.definition_id)
    rules = rule_files.read(definition, row.rules, "rules") if row.rules else ()
    replay = _Replay(
        definition, compliance.monitors(definition, rules), dict(compliance.by_id(rules))
    )
    rows = moves.rows(uow, case, told)
    number = 0
    try:
        for one in told:
            number = one.number
            if "state_after" in one.data:
                _follow(replay, one, rows)
            elif one.entry.action == "case.ended" and replay.ended != one.data["as"]:
                raise _DoesNotFit(
                    f"记下的办结方式是“{one.data['as']}”，流程走到的是“{replay.ended}”。",
                    f"The end on record is “{one.data['as']}”, the process came to “{replay.ended}”.",
                )
        _end(case, replay)
    except _DoesNotFit as found:
        return Misfit(number, found.sentence)
    return None


def _follow(replay: _Replay, one: Told, rows: moves.Rows) -> None:
    answers = tuple((element, outcome) for element, outcome in one.data.get("services", ()))
    if one.entry.action == TAKEN_BACK:
        kept = [act for act in replay.acts if act.number != one.data["act"]]
        replay.again(kept)
    elif one.entry.action == "case.started":
        replay.take(_Act(one.number, None, answers))
    else:
        event = moves.event_of(one, rows)
        if event is None:
            raise _DoesNotFit(
                "这一条移动了流程，却看不出是什么事件。",
                "This entry moved the case, but does not tell by which event.",
            )
        replay.take(_Act(one.number, event, answers))
    if f"sha256:{stepping.digest(replay.state)}" != one.data["state_after"]:
        raise _DoesNotFit(
            "这一步之后的流程状态与记录不符。",
            "The process state after this act is not the one on record.",
        )


def _end(case: ProcessInstance, replay: _Replay) -> None:
    if case.state_digest != f"sha256:{stepping.digest(replay.state)}":
        raise _DoesNotFit(
            "该件现在的流程状态与办理记录不符。",
            "Where the case stands now is not where its trail leads.",
        )
    if (case.status == "ended") != (replay.ended is not None):
        raise _DoesNotFit(
            "该件是否办结与办理记录不符。",
            "Whether the case has ended is not what its trail says.",
        )
