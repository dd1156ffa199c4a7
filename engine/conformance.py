"""After the fact: does a trail fit the process and its rules? Replayed from the entries alone, act by act.

A chain that verifies says that nothing was changed; conformance says that what was done could be done: each
act was open when it happened, led where its entry says, and broke no rule the version was proven under.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine import definitions, guards, moves, service_tasks, stepping
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import EngineError, UnknownEvent
from engine.guards import Guards, RuleBroken
from engine.models import ProcessInstance
from engine.moves import TAKEN_BACK, Told
from engine.retrace import Answers, NotFollowed
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


class DoesNotConform(EngineError):
    """The trail of the case does not fit its process; nothing more may be done with it by routine."""


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
    held: Guards
    acts: list[_Act] = field(default_factory=list)
    state: str = ""
    stand: str = ""
    ended: str | None = None

    def again(self, acts: Sequence[_Act]) -> None:
        """From the beginning, with these acts only."""
        self.acts, self.state, self.ended = [], "", None
        for act in acts:
            self.take(act)

    def take(self, act: _Act) -> None:
        """Follow one act and what the service tasks answered; raises _DoesNotFit."""
        if act.event is None:
            self.stand = self.held.start
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
        try:
            self.stand = self.held.after(self.stand, [(before, event, step.ended)])
        except RuleBroken as broken:
            rule = self.held.rules[broken.reasons[0].code]
            raise _DoesNotFit(
                f"违反规则“{rule.id}”：{rule.sentence.zh}",
                f"It breaks the rule “{rule.id}”: {rule.sentence.en}",
            ) from None


def check(uow: UnitOfWork, case: ProcessInstance) -> Conformity:
    """Replay the trail of a case against the version of the process it ran on, and that version's rules."""
    told = moves.whole(uow, case)
    misfit = _first_misfit(uow, case, told, _replay(uow, case))
    return Conformity(case.id, case.business_key, len(told), misfit)


def stand(uow: UnitOfWork, case: ProcessInstance) -> str:
    """Where the compliance rules stand, worked out from the trail; raises DoesNotConform."""
    replay = _replay(uow, case)
    misfit = _first_misfit(uow, case, moves.whole(uow, case), replay)
    if misfit is not None:
        raise DoesNotConform(
            Sentence(
                f"办理记录第{misfit.number}条与流程不符，本件不能继续办理：{misfit.sentence.zh}",
                f"Entry {misfit.number} of the trail does not fit the process, so the case cannot go on: "
                f"{misfit.sentence.en}",
            )
        )
    return replay.stand


def _replay(uow: UnitOfWork, case: ProcessInstance) -> _Replay:
    definition = definitions.load(uow, case.definition_id)
    return _Replay(definition, guards.of(uow, case.definition_id))


def _first_misfit(
    uow: UnitOfWork, case: ProcessInstance, told: Sequence[Told], replay: _Replay
) -> Misfit | None:
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
    if one.data.get("monitors", replay.stand) != replay.stand:  # not on record before version 0.1.0
        raise _DoesNotFit(
            "这一步之后合规规则的监测状态与记录不符。",
            "Where the rules stand after this act is not what is on record.",
        )


def _end(case: ProcessInstance, replay: _Replay) -> None:
    if case.state_digest != f"sha256:{stepping.digest(replay.state)}":
        raise _DoesNotFit(
            "该件现在的流程状态与办理记录不符。",
            "Where the case stands now is not where its trail leads.",
        )
    if case.monitors not in (None, replay.stand):
        raise _DoesNotFit(
            "该件现在的合规监测状态与办理记录不符。",
            "Where the rules stand for the case now is not where its trail leads.",
        )
    if (case.status == "ended") != (replay.ended is not None):
        raise _DoesNotFit(
            "该件是否办结与办理记录不符。",
            "Whether the case has ended is not what its trail says.",
        )
