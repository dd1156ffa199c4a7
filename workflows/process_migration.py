"""Cases that are to go over to another version of their process: what each would find there, told beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from engine import migrating
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import CannotMigrate
from engine.migrating import Plan, Target
from engine.models import ProcessInstance
from engine.stepping import Occurrence
from engine.text import Sentence
from workflows import draft_limits
from workflows.errors import NotFound
from workflows.models import Package
from workflows.open_tasks import stage_name

WAYS = {
    "history": Sentence("按办理经过", "by its history"),
    "position": Sentence("按现在位置", "by its position"),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """One case: the stages it keeps, those that open and close, or all reasons why it cannot go."""

    case_id: int
    number: str
    way: Literal["history", "position"] | None
    keeps: tuple[Sentence, ...]
    opens: tuple[Sentence, ...]
    closes: tuple[Sentence, ...]
    reasons: tuple[Sentence, ...]

    @property
    def maps(self) -> bool:
        """Whether it can go."""
        return not self.reasons


def chosen(uow: UnitOfWork, to: Target, numbers: Iterable[str]) -> list[int]:
    """The cases with these 流转单号, or all that run on another version; raises NotFound with all that are
    not cases."""
    wanted = tuple(numbers)
    if not wanted:
        return migrating.running(uow, to)
    rows = uow.session.execute(
        sa.select(Package.number, Package.case_id).where(Package.number.in_(wanted))
    )
    found = {row.number: row.case_id for row in rows if row.case_id is not None}
    missing = [number for number in wanted if number not in found]
    if missing:
        raise NotFound(
            *(
                Sentence(f"没有在办件“{number}”。", f"There is no case “{number}”.")
                for number in missing
            )
        )
    return [found[number] for number in wanted]


def outlook(uow: UnitOfWork, to: Target, case_id: int) -> Outlook:
    """What would become of a case; nothing is written."""
    case = uow.session.get_one(ProcessInstance, case_id)
    number = _number(uow, case)
    try:
        plan = migrating.plan(uow, case, to)
    except CannotMigrate as refused:
        return Outlook(case_id, number, None, (), (), (), refused.reasons)
    return _told(case_id, number, plan)


def take_over(uow: UnitOfWork, to: Target, case_id: int, reason: str) -> Outlook:
    """Take a case over if it can go, in this unit of work, and tell what became of it."""
    found = outlook(uow, to, case_id)
    if found.maps:
        migrating.migrate(uow, case_id, to, draft_limits.reason(reason))
    return found


def _told(case_id: int, number: str, plan: Plan) -> Outlook:
    there = plan.there.definition
    return Outlook(
        case_id,
        number,
        plan.way,
        _stages(there, plan.kept),
        _stages(there, plan.opened),
        tuple(stage_name(o.element, o.element) for o in plan.closed if o.kind == "user"),
        (),
    )


def _stages(definition: Definition, occurrences: Iterable[Occurrence]) -> tuple[Sentence, ...]:
    return tuple(
        stage_name(o.element, definition.names.get(o.element) or o.element)
        for o in occurrences
        if o.kind == "user"
    )


def _number(uow: UnitOfWork, case: ProcessInstance) -> str:
    found = uow.session.scalar(sa.select(Package.number).where(Package.case_id == case.id))
    return found or case.business_key
