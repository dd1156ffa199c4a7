"""Where a case would stand in another version of its process, or why it cannot stand there. Pure.

A state in a proven graph is not a proven history. So there are two ways over, and no third: what happened
in the case is a way of the other version too, and it stands where that leads (`history`); or the other
version comes to this very place with the rules standing as the case's own trail leaves them (`position`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from engine import guards, stepping, verification
from engine.elements import Definition
from engine.guards import Guards
from engine.replaying import Base, DoesNotFit, Replay, Seen
from engine.rules import Monitors
from engine.state_text import canonical
from engine.text import Sentence
from engine.verification import Progress

Way = Literal["history", "position"]


class NoLanding(Exception):
    """The case can go neither way; `reasons` says why not."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__(*(reason.zh for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Version:
    """A version of a process to which cases may go, and who is told while it is explored."""

    definition: Definition
    held: Guards
    progress: Progress | None = None

    def reach(self) -> Mapping[str, frozenset[int]]:
        """For each state how the monitors may stand there; explored once, when first asked for."""
        return _reach(self.definition, self.held.monitors, _Listener(self.progress))


class _Listener:
    """Who is told of the exploration; equal to every other, so that it is no part of a key."""

    def __init__(self, progress: Progress | None) -> None:
        self.told = progress

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Listener)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=2)
def _reach(
    definition: Definition, monitors: Monitors, listener: _Listener
) -> Mapping[str, frozenset[int]]:
    return verification.reach(definition, monitors, progress=listener.told)


def land(replay: Replay, version: Version) -> tuple[Way, Replay]:
    """How the case goes over, and its replay in the other version; raises NoLanding with both reasons."""
    try:
        return "history", by_history(replay, version)
    except DoesNotFit as found:
        first = found.sentence
    try:
        return "position", by_position(replay, version)
    except DoesNotFit as found:
        raise NoLanding(
            Sentence(
                f"本件办过的环节在新版本中走不通：{first.zh}",
                f"What was done in this case is no way of that version: {first.en}",
            ),
            found.sentence,
        ) from None


def by_history(replay: Replay, version: Version) -> Replay:
    """Follow all that was done in the other version; raises DoesNotFit."""
    if replay.base.moved:
        raise DoesNotFit(
            "本件经人工移动过，不是一步步走到这里的。",
            "The case was moved by a repair and did not come here step by step.",
        )
    other = Replay(version.definition, version.held)
    other.again(replay.acts)
    if other.ended is not None:
        raise DoesNotFit(
            "按新版本，本件应已办结。", "By that version the case would have ended by now."
        )
    return other


def by_position(replay: Replay, version: Version, *, explored: bool = True) -> Replay:
    """Stand at the same place in the other version; raises DoesNotFit. `explored` says whether it is looked
    up that the other version comes there, which takes as long as proving it."""
    state = _rebased(replay.state, version.definition)
    bits = _watched(replay.seen, version.held)
    if explored:
        _refuse_unreached(version, state, bits)
    return _standing_at(state, bits, replay, version, moved=replay.base.moved)


def by_repair(replay: Replay, version: Version, state: str, *, explored: bool = True) -> Replay:
    """Stand at another place of the same version, with no decision that the case has not, and with the rules
    as its own trail leaves them; raises DoesNotFit. `explored` as above."""
    bits = _watched(replay.seen, version.held)
    if lacking := lacks(replay.state, state):
        raise DoesNotFit(
            f"移到这里须有本件没有的结论：{'、'.join(sorted(lacking))}。",
            f"Standing there needs decisions that the case has not: {', '.join(sorted(lacking))}.",
        )
    if explored:
        _refuse_unreached(version, state, bits)
    return _standing_at(state, bits, replay, version, moved=True)


def lacks(here: str, there: str) -> frozenset[str]:
    """The decisions that stand in the one state and not, or not so, in the other."""
    has = _decisions(here)
    return frozenset(
        "/".join(path) for path, value in _decisions(there).items() if has.get(path) != value
    )


def _decisions(state: str) -> dict[tuple[str, ...], str]:
    """Every decision with the calls in which it was made and its task."""
    content = json.loads(state)
    found: dict[tuple[str, ...], str] = {
        (name,): value for name, value in content["variables"].items()
    }
    todo: list[tuple[tuple[str, ...], Any]] = [((), token) for token in content["tokens"]]
    while todo:
        path, token = todo.pop()
        if "variables" in token:
            path = (*path, token["at"])
            found |= {(*path, name): value for name, value in token["variables"].items()}
        todo += [(path, inner) for inner in token.get("inside", ())]
    return found


def _standing_at(state: str, bits: int, replay: Replay, version: Version, *, moved: bool) -> Replay:
    base = Base(state, guards.text(bits), tuple(replay.acts), tuple(replay.seen), moved)
    return Replay(version.definition, version.held, base)


def _rebased(state: str, definition: Definition) -> str:
    """The same tokens and variables as the other version would have written them."""
    content = json.loads(state)
    content["of"] = stepping.of(stepping.start(definition).state)
    return canonical(content)


def _watched(seen: Iterable[Seen], held: Guards) -> int:
    """Where the rules of the other version stand after what was seen; raises DoesNotFit if one was broken."""
    monitors = held.monitors
    bits = monitors.start
    for event, ended in seen:
        effect = monitors.effect(event, ended)
        for rule_id in monitors.names(effect.broken(bits)):
            rule = held.rules[rule_id]
            raise DoesNotFit(
                f"本件的经过违反新版本的规则“{rule.id}”：{rule.sentence.zh}",
                f"What happened in this case breaks that version's rule “{rule.id}”: {rule.sentence.en}",
            )
        bits = effect.after(bits)
    return bits


def _refuse_unreached(version: Version, state: str, bits: int) -> None:
    stands = version.reach().get(state)
    if stands is None:
        raise DoesNotFit(
            "新版本走不到本件现在的位置，或者要看本件没有的结论。",
            "That version never comes to where this case stands, or asks for a decision it has not.",
        )
    if fits(stands, bits):
        return
    zh, en = unmet(version, stands, bits)
    raise DoesNotFit(
        f"新版本走到这里时，下列规则的要求已经满足，本件还没有：{zh}",
        f"Whoever comes here in that version has met these rules, and this case has not: {en}",
    )


def fits(stands: Iterable[int], bits: int) -> bool:
    """Whether a case that stands with these rules unmet has met what one that comes there by itself has.

    To have met more does no harm: what is red turns red and green by events alone, so whatever could break a
    rule from here could break it from there, and that was proven impossible.
    """
    return any(not bits & ~stand for stand in stands)


def unmet(version: Version, stands: Iterable[int], bits: int) -> tuple[str, str]:
    """The fewest rules that a case lacks to stand at a place, in Chinese and English."""
    monitors = version.held.monitors
    nearest = min((bits & ~stand for stand in stands), key=lambda other: (other.bit_count(), other))
    rules = [version.held.rules[rule] for rule in monitors.names(nearest)]
    zh = "；".join(f"“{rule.id}”{rule.sentence.zh}" for rule in rules)
    en = "; ".join(f"“{rule.id}”: {rule.sentence.en}" for rule in rules)
    return zh, en
