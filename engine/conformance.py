"""After the fact: does a trail fit the process and its rules? Replayed from the entries alone, act by act.

A chain that verifies says that nothing was changed; conformance says that what was done could be done: each
act was open when it happened, led where its entry says, and broke no rule the version was proven under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import NoResultFound

from engine import definitions, guards, landing, moves, states, stepping
from engine.database import UnitOfWork
from engine.errors import DefinitionNotFound, EngineError
from engine.models import ProcessInstance
from engine.moves import MIGRATED, REPAIRED, TAKEN_BACK, Told
from engine.replaying import DoesNotFit, Followed, Replay
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


def check(uow: UnitOfWork, case: ProcessInstance) -> Conformity:
    """Replay the trail of a case against the versions of the process it ran on, and their rules."""
    walk = _Walk(uow, case, explored=True)
    misfit = walk.first_misfit()
    return Conformity(case.id, case.business_key, len(walk.told), misfit)


def replayed(uow: UnitOfWork, case: ProcessInstance) -> Replay:
    """What the trail leads to: state, rules, and the acts that count; raises DoesNotConform."""
    walk = _Walk(uow, case, explored=False)
    misfit = walk.first_misfit()
    if misfit is not None or walk.replay is None:
        number, why = (misfit.number, misfit.sentence) if misfit else (0, Sentence("", ""))
        raise DoesNotConform(
            Sentence(
                f"办理记录第{number}条与流程不符，本件不能继续办理：{why.zh}",
                f"Entry {number} of the trail does not fit the process, so the case cannot go on: "
                f"{why.en}",
            )
        )
    return walk.replay


def stand(uow: UnitOfWork, case: ProcessInstance) -> str:
    """Where the compliance rules stand, worked out from the trail; raises DoesNotConform."""
    return replayed(uow, case).stand


class _Walk:
    """One reading of a trail, entry by entry. `explored` looks up as well whether a version to which the case
    was moved comes to that place at all, which takes as long as proving it."""

    def __init__(self, uow: UnitOfWork, case: ProcessInstance, *, explored: bool) -> None:
        self.uow, self.case, self.explored = uow, case, explored
        self.told = moves.whole(uow, case)
        self.rows = moves.rows(uow, case, self.told)
        self.replay: Replay | None = None

    def first_misfit(self) -> Misfit | None:
        number = 0
        try:
            for one in self.told:
                number = one.number
                if "state_after" in one.data:
                    replay = self.replay = self._moved(one)
                    _as_recorded(replay, one)
                elif one.entry.action == "case.ended":
                    self._ended(one)
            self._stands()
        except DoesNotFit as found:
            return Misfit(number, found.sentence)
        return None

    def _moved(self, one: Told) -> Replay:
        answers = tuple((element, outcome) for element, outcome in one.data.get("services", ()))
        if one.entry.action == "case.started":
            version = self._version(one.data["definition"])
            replay = Replay(version.definition, version.held)
            replay.take(Followed(one.number, None, answers))
            return replay
        if self.replay is None:
            raise DoesNotFit("没有记下怎样开始。", "How the case began is not on record.")
        if one.entry.action == MIGRATED:
            version = self._version(one.data["to"])
            if one.data["way"] == "history":
                return landing.by_history(self.replay, version)
            return landing.by_position(self.replay, version, explored=self.explored)
        if one.entry.action == REPAIRED:
            return self._repaired(self.replay, one)
        if one.entry.action == TAKEN_BACK:
            self.replay.without(one.data["act"])
            return self.replay
        event = moves.event_of(one, self.rows)
        if event is None:
            raise DoesNotFit(
                "这一条移动了流程，却看不出是什么事件。",
                "This entry moved the case, but does not tell by which event.",
            )
        self.replay.take(Followed(one.number, event, answers))
        return self.replay

    def _repaired(self, replay: Replay, one: Told) -> Replay:
        if one.data["proposed_by"]["id"] == one.entry.actor_id:
            raise DoesNotFit(
                "提出修复和确认修复的是同一人。",
                "Whoever proposed the repair confirmed it.",
            )
        version = landing.Version(replay.definition, replay.held)
        try:
            state = states.stored(self.uow, one.data["state_after"])
        except NoResultFound:
            raise DoesNotFit(
                "没有保存修复后的流程状态。", "The state after the repair is not kept."
            ) from None
        return landing.by_repair(replay, version, state, explored=self.explored)

    def _version(self, told: Mapping[str, Any]) -> landing.Version:
        try:
            row = definitions.version(self.uow, told["key"], told["version"])
        except DefinitionNotFound as missing:
            raise DoesNotFit(missing.reasons[0].zh, missing.reasons[0].en) from None
        if row.digest != told["digest"]:
            raise DoesNotFit(
                f"记下的第{row.version}版流程与部署的不是同一份。",
                f"Version {row.version} on record is not the one that is deployed.",
            )
        return landing.Version(definitions.load(self.uow, row.id), guards.of(self.uow, row.id))

    def _ended(self, one: Told) -> None:
        ended = None if self.replay is None else self.replay.ended
        if ended != one.data["as"]:
            raise DoesNotFit(
                f"记下的办结方式是“{one.data['as']}”，流程走到的是“{ended}”。",
                f"The end on record is “{one.data['as']}”, the process came to “{ended}”.",
            )

    def _stands(self) -> None:
        if self.replay is None:
            raise DoesNotFit("没有记下怎样开始。", "How the case began is not on record.")
        runs_on = definitions.load(self.uow, self.case.definition_id)
        if runs_on.digest != self.replay.definition.digest:
            raise DoesNotFit(
                "该件现在所用的流程版本与办理记录不符。",
                "The version the case runs on now is not the one its trail says.",
            )
        _end(self.case, self.replay)


def _as_recorded(replay: Replay, one: Told) -> None:
    if f"sha256:{stepping.digest(replay.state)}" != one.data["state_after"]:
        raise DoesNotFit(
            "这一步之后的流程状态与记录不符。",
            "The process state after this act is not the one on record.",
        )
    if one.data.get("monitors", replay.stand) != replay.stand:  # not on record before version 0.1.0
        raise DoesNotFit(
            "这一步之后合规规则的监测状态与记录不符。",
            "Where the rules stand after this act is not what is on record.",
        )


def _end(case: ProcessInstance, replay: Replay) -> None:
    if case.state_digest != f"sha256:{stepping.digest(replay.state)}":
        raise DoesNotFit(
            "该件现在的流程状态与办理记录不符。",
            "Where the case stands now is not where its trail leads.",
        )
    if case.monitors not in (None, replay.stand):
        raise DoesNotFit(
            "该件现在的合规监测状态与办理记录不符。",
            "Where the rules stand for the case now is not where its trail leads.",
        )
    if (case.status == "ended") != (replay.ended is not None):
        raise DoesNotFit(
            "该件是否办结与办理记录不符。",
            "Whether the case has ended is not what its trail says.",
        )
