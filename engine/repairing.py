"""Repair 修复: an administrator moves a case to other stages, with a reason and a second person.

The rule is that of a migration (architecture 2.4): a state in a proven graph is not a proven history. A case goes only
where the process comes to with the rules standing as the case's own trail leaves them, and takes no decision
along that it has not. So a repair can send a case back to a stage or out of a dead end, and past no gate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine import (
    audit,
    cases,
    conformance,
    guards,
    landing,
    moves,
    openings,
    rows,
    states,
    stepping,
)
from engine.cases import Applied
from engine.database import Actor, UnitOfWork
from engine.elements import Definition
from engine.errors import CannotRepair, EngineError
from engine.landing import Version
from engine.models import ProcessInstance
from engine.openings import Going
from engine.replaying import DoesNotFit, Replay
from engine.stepping import Occurrence
from engine.suspension import over
from engine.text import Sentence
from engine.verification import Progress


@dataclass(frozen=True, slots=True)
class Plan:
    """A repair that is possible: where to, and what stays, opens, closes and no longer counts with it."""

    there: Replay
    #: The state for which it was worked out; once the case has moved on, the plan is void.
    since: str
    opened: tuple[Occurrence, ...]
    closed: tuple[Occurrence, ...]
    kept: tuple[Occurrence, ...]
    dropped: tuple[str, ...]

    @property
    def state(self) -> str:
        """The text of the state to which the case would go."""
        return self.there.state


def plan(
    uow: UnitOfWork,
    case: ProcessInstance,
    stages: Collection[str],
    progress: Progress | None = None,
) -> Plan:
    """How the case could stand with just these stages open, keeping as many decisions as possible.

    Nothing is written. Takes as long as proving the process, which is explored. Raises CannotRepair.
    """
    now = _replayed(uow, case)
    _refuse_no_place(now, stages)
    version = Version(now.definition, guards.of(uow, case.definition_id), progress)
    return _planned(case, now, landing.by_repair(now, version, _best(now, version, stages)))


def planned(uow: UnitOfWork, case: ProcessInstance, state: str) -> Plan:
    """The plan again for a state that `plan` found; the process is not explored. Raises CannotRepair."""
    now = _replayed(uow, case)
    version = Version(now.definition, guards.of(uow, case.definition_id))
    try:
        return _planned(case, now, landing.by_repair(now, version, state, explored=False))
    except DoesNotFit as found:
        raise CannotRepair(found.sentence) from None


def repair(
    uow: UnitOfWork, case_id: int, state: str, *, since: str, reason: str, proposed_by: Actor
) -> tuple[Plan, Applied]:
    """Move the case to a state that `plan` found when it stood at `since`, in one act with its entry.

    The actor confirms what another proposed. Raises CannotRepair with all reasons.
    """
    case = cases.lock(uow, case_id)
    _refuse(uow, case, since, reason, proposed_by)
    found = planned(uow, case, state)
    definition = found.there.definition
    why = openings.because_repaired(proposed_by.name)
    gone = Going([o for o in found.closed if o.kind == "user"], list(found.closed))
    closed = openings.close(uow, case, gone, why)
    opened = openings.open_up(uow, case, definition, found.opened)
    after = states.intern(uow, definition, found.state)
    rows.change(uow, case, state_digest=after, monitors=found.there.stand)
    applied = Applied(
        tuple(opened),
        tuple(closed.tasks),
        None,
        (),
        since,
        after,
        found.there.stand,
        tuple(closed.timers),
    )
    data: dict[str, Any] = {
        **applied.told(),
        "stages": list(user_stages(definition, found.state)),
        "dropped": list(found.dropped),
        "reason": reason.strip(),
        "proposed_by": {"id": proposed_by.id, "name": proposed_by.name},
    }
    audit.append(uow, moves.REPAIRED, case=case, subject=case.business_key, data=data)
    rows.flush(uow)
    return found, applied


def user_stages(definition: Definition, state: str) -> tuple[str, ...]:
    """The user tasks that are open in a state, by element."""
    offers = stepping.enabled(definition, state)
    return tuple(sorted({o.element for o in offers if o.kind == "user"}))


def _refuse(
    uow: UnitOfWork, case: ProcessInstance, since: str, reason: str, proposed_by: Actor
) -> None:
    reasons = []
    if uow.actor.id == proposed_by.id:
        reasons.append(
            Sentence(
                "修复须由另一人确认，提出的人不能自己确认。",
                "A repair is confirmed by a second person, not by whoever proposed it.",
                "second_person",
            )
        )
    if not reason.strip():
        reasons.append(Sentence("修复须写明理由。", "A repair needs a reason.", "reason"))
    if case.state_digest != since:
        reasons.append(
            Sentence(
                "提出修复以后，本件又有了进展；请重新提出。",
                "The case has moved on since the repair was proposed; propose it anew.",
                "since",
            )
        )
    if reasons:
        raise CannotRepair(*reasons)


def _replayed(uow: UnitOfWork, case: ProcessInstance) -> Replay:
    """What the trail leads to. A case whose trail does not fit its process is not moved by routine."""
    if case.status != "running":
        raise CannotRepair(over())
    try:
        return conformance.replayed(uow, case)
    except EngineError as refused:
        raise CannotRepair(*refused.reasons) from None


def _refuse_no_place(now: Replay, stages: Collection[str]) -> None:
    if not stages:
        raise CannotRepair(
            Sentence("请选择要移到的环节。", "Choose the stages to move to.", "stages")
        )
    tasks = now.definition.tasks
    unknown = [name for name in stages if name not in tasks or tasks[name].kind != "user"]
    if unknown:
        raise CannotRepair(
            *(
                Sentence(
                    f"流程中没有由人办理的环节“{name}”。",
                    f"The process has no task “{name}” for people.",
                    "stages",
                )
                for name in unknown
            )
        )
    if set(stages) == set(user_stages(now.definition, now.state)):
        raise CannotRepair(Sentence("本件已经在这里。", "The case stands there already.", "stages"))


def _best(now: Replay, version: Version, stages: Collection[str]) -> str:
    """The state with these stages open that keeps the most decisions; raises CannotRepair if there is none."""
    reach = version.reach()
    there = list(_with_open(now.definition, reach, frozenset(stages)))
    names = "、".join(_named(now.definition, stages))
    if not there:
        raise CannotRepair(
            Sentence(
                f"流程走不到只有这些环节在办的情形：{names}。",
                f"The process never has just these stages open: {names}.",
                "stages",
            )
        )
    fitting = [state for state in there if not landing.lacks(now.state, state)]
    if not fitting:
        lacking = min(
            (landing.lacks(now.state, s) for s in there), key=lambda s: (len(s), sorted(s))
        )
        missing = "、".join(_named(now.definition, lacking))
        raise CannotRepair(
            Sentence(
                f"移到这里，须先有本件还没有的结论：{missing}。",
                f"Whoever stands there has decisions that this case has not: {missing}.",
                "decisions",
            )
        )
    bits = int(now.stand, 16)
    proven = [state for state in fitting if landing.fits(reach[state], bits)]
    if not proven:
        stands = {stand for state in fitting for stand in reach[state]}
        zh, en = landing.unmet(version, stands, bits)
        raise CannotRepair(
            Sentence(
                f"流程走到这里时，下列规则的要求已经满足，本件还没有：{zh}",
                f"Whoever comes there has met these rules, and this case has not: {en}",
                "rules",
            )
        )
    return max(proven, key=lambda state: (_size(state), len(state), state))


def _with_open(
    definition: Definition, reach: Iterable[str], stages: frozenset[str]
) -> Iterator[str]:
    fits: dict[str, bool] = {}
    for state in reach:
        tokens = state.rpartition(',"variables":')[0]  # what is open depends on them alone
        if tokens not in fits:
            offers = stepping.enabled(definition, state)
            open_now = {o.element for o in offers if o.kind == "user"}
            fits[tokens] = open_now == stages and all(o.kind != "service" for o in offers)
        if fits[tokens]:
            yield state


def _size(state: str) -> int:
    return len(stepping.variables(state))


def _named(definition: Definition, elements: Iterable[str]) -> list[str]:
    return [definition.names.get(element) or element for element in sorted(elements)]


def _planned(case: ProcessInstance, now: Replay, there: Replay) -> Plan:
    definition = now.definition
    before = dict.fromkeys(stepping.enabled(definition, now.state))
    after = dict.fromkeys(stepping.enabled(definition, there.state))
    opened = tuple(one for one in after if one not in before)
    return Plan(
        there,
        case.state_digest,
        opened=opened,
        closed=tuple(one for one in before if one not in after),
        kept=tuple(one for one in after if one in before),
        dropped=tuple(sorted(_dropped(now, there, opened))),
    )


def _dropped(now: Replay, there: Replay, opened: Iterable[Occurrence]) -> set[str]:
    """Decisions that the case has and that no longer count there: those to be made again, and those that
    the place could tell from none and has none of."""
    had = stepping.variables(now.state)
    kept = stepping.variables(there.state)
    asked = stepping.relevant(now.definition, there.state, had)
    return (asked.keys() - kept.keys()) | ({one.element for one in opened} & had.keys())
