"""The trails of cases as an event log for process mining: what happened, at what, by whom, when.

Only what moved a case or changed hands is an event; opinions, titles and texts never leave with it. A
decision that was taken back happened and does not count: it is told as aborted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import definitions, moves
from engine.database import SYSTEM, UnitOfWork
from engine.elements import Definition
from engine.models import ProcessInstance
from engine.moves import TAKEN_BACK, Told

#: IEEE 1849-2016, lifecycle extension: what each verb is there.
LIFECYCLE = {
    "task.claimed": "assign",
    "task.unclaimed": "schedule",
    "task.reassigned": "reassign",
    "task.rerouted": "reassign",
    "task.completed": "complete",
    "timer.fired": "complete",
    "message.received": "complete",
    "case.suspended": "suspend",
    "case.resumed": "resume",
    "case.cancelled": "pi_abort",
}
ABORTED = "ate_abort"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a log. `element` is None for what concerns the whole case; `task` is a row's id."""

    case: str
    number: int
    element: str | None
    name: str
    lifecycle: str
    at: datetime
    who: str
    who_name: str
    role: str | None = None
    outcome: str | None = None
    task: int | None = None
    round: int | None = None
    #: The digest of the text that was decided on, if the act cites one.
    version: str | None = None

    def called(self, case: str) -> Happening:
        """The same under the number by which people know the case."""
        return replace(self, case=case, name=case if self.element is None else self.name)


def of_case(uow: UnitOfWork, case: ProcessInstance) -> list[Happening]:
    """The events of a case in the order of its trail; what a service task answered follows its cause."""
    definition = definitions.load(uow, case.definition_id)
    told = moves.whole(uow, case)
    undone = {int(one.data["act"]) for one in told if one.entry.action == TAKEN_BACK}
    found: list[Happening] = []
    for one in told:
        found += _events(definition, case, one, aborted=one.number in undone)
    return found


def of_cases(uow: UnitOfWork, ids: Sequence[int]) -> Iterator[list[Happening]]:
    """Case by case, so that a house of any size can be read; nothing read stays in memory."""
    for case_id in ids:
        yield of_case(uow, uow.session.get_one(ProcessInstance, case_id))
        uow.session.expunge_all()


def _events(
    definition: Definition, case: ProcessInstance, one: Told, *, aborted: bool
) -> list[Happening]:
    found = []
    entry, data = one.entry, one.data
    lifecycle = LIFECYCLE.get(entry.action)
    if entry.action == "timer.fired" and data.get("kind") != "bpmn":
        lifecycle = None  # a reminder is no event of the process
    if lifecycle is not None:
        element = data.get("element")
        found.append(
            Happening(
                case=case.business_key,
                number=one.number,
                element=element,
                name=_name(definition, element) if element else case.business_key,
                lifecycle=ABORTED if aborted else lifecycle,
                at=entry.at,
                who=entry.actor_id,
                who_name=entry.actor_name,
                role=entry.role,
                outcome=data.get("outcome"),
                task=data.get("task"),
                round=data.get("round"),
                version=_version(data),
            )
        )
    for element, outcome in data.get("services", ()) if entry.action != TAKEN_BACK else ():
        found.append(
            Happening(
                case=case.business_key,
                number=one.number,
                element=element,
                name=_name(definition, element),
                lifecycle=ABORTED if aborted else "complete",
                at=entry.at,
                who=SYSTEM.id,
                who_name=SYSTEM.name,
                outcome=outcome,
            )
        )
    return found


def _name(definition: Definition, element: str) -> str:
    return definition.names.get(element) or element


def _version(data: Any) -> str | None:
    own = data.get("data")
    digest = own.get("digest") if isinstance(own, dict) else None
    return digest if isinstance(digest, str) else None
