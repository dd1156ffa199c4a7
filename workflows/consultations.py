"""会商: an item that was returned again and again is talked over before it goes on; who did and what came of it
is on record in its trail (domain:C6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from engine import clock
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import (
    draft_limits,
    events,
    notices,
    oversight,
    parameters,
    permissions,
    units,
    voiding,
)
from workflows.errors import Refused
from workflows.models import Decision, Package
from workflows.vocabulary import SENT_BACK

HELD = "consultation.held"
#: Whoever leads the section or the disclosure office writes it down.
_MAY = ("unit_head", "ogi_officer")


@dataclass(frozen=True, slots=True)
class Consultation:
    """One of them as the trail tells it; `after` is the number of returns that led to it."""

    at: datetime
    by: str
    held_on: str
    participants: str
    conclusion: str
    after: int


@dataclass(frozen=True, slots=True)
class Due:
    """How often an item was returned, whether it waits for a consultation, and whether the reader may enter one."""

    returns: int
    wanted: bool
    may_record: bool
    held: tuple[Consultation, ...]


def state(uow: UnitOfWork, package_id: int) -> Due:
    """How an item stands, for its page."""
    package = permissions.get_package(uow, package_id)
    asked = bool(refusals(uow, package))
    return Due(
        returns=returns(uow, package),
        wanted=asked,
        may_record=asked and not _barred(uow, package),
        held=held(uow, package),
    )


def returns(uow: UnitOfWork, package: Package) -> int:
    """How often it was sent back to its drafter; a return that was taken back sent nothing back."""
    counted = sa.select(sa.func.count()).where(
        Decision.package_id == package.id,
        Decision.outcome.in_(sorted(SENT_BACK)),
        voiding.not_taken_back(),
    )
    return uow.session.scalar(counted) or 0


def held(uow: UnitOfWork, package: Package) -> tuple[Consultation, ...]:
    """Those on record, the first one first."""
    query = sa.select(AuditEntry).where(
        AuditEntry.case_id == package.case_id, AuditEntry.action == HELD
    )
    return tuple(told(uow.session.scalars(query.order_by(AuditEntry.id))))


def told(entries: Iterable[AuditEntry]) -> Iterator[Consultation]:
    """Entries of the trail as consultations."""
    for entry in entries:
        said = oversight.told_by(entry)
        yield Consultation(
            at=entry.at,
            by=entry.actor_name,
            held_on=str(said.get("held_on", "")),
            participants=str(said.get("participants", "")),
            conclusion=str(said.get("conclusion", "")),
            after=int(said.get("returns", 0)),
        )


def wanted(uow: UnitOfWork, package: Package, returned: int, limit: int) -> bool:
    """Whether so many returns ask for one: as many since the last as the rule says."""
    if returned < limit:
        return False
    before = held(uow, package)
    return returned - (before[-1].after if before else 0) >= limit


def refusals(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """Why an item cannot be resubmitted: it was returned too often without a consultation."""
    returned = returns(uow, package)
    limit = parameters.rules(uow, package.unit_id).number("returns.consult")
    if not wanted(uow, package, returned, limit):
        return []
    return [
        Sentence(
            f"本件已被退回{returned}次，须先会商：请承办科室负责人或者政务公开经办人在稿件页面记录会商的人员和结论，然后再重报。",
            f"This item was returned {returned} times: first a consultation. The head of the section or the "
            "disclosure office puts who took part and the conclusion on record on the page of the item.",
            "C6",
        )
    ]


def record(
    uow: UnitOfWork, package_id: int, *, held_on: date | None, participants: str, conclusion: str
) -> Package:
    """Put a consultation on record; the drafter is told. Raises Refused with everything that is missing."""
    package = permissions.get_package(uow, package_id)
    permissions.ensure(_barred(uow, package))
    case = lock_case(uow, package.case_id) if package.case_id is not None else None
    who, said = draft_limits.reason(participants), draft_limits.reason(conclusion)
    reasons = list(_missing(uow, held_on, who, said))
    if case is None or not refusals(uow, package):
        reasons.append(
            Sentence("本件现在不需要会商。", "This item does not need a consultation now.", "C6")
        )
    if reasons or case is None or held_on is None:
        raise Refused(*reasons)
    data = {
        "held_on": held_on.isoformat(),
        "participants": who,
        "conclusion": said,
        "returns": returns(uow, package),
    }
    events.record(uow, HELD, case=case, subject=package.business_key, data=data)
    text = Sentence(
        f"《{package.title}》已会商，结论：{said}",
        f"“{package.title}” was talked over; conclusion: {said}",
        "consultation",
    )
    notices.tell(uow, [package.drafter_id], "returns", text, link=f"/packages/{package.id}")
    return package


def _missing(
    uow: UnitOfWork, held_on: date | None, participants: str, conclusion: str
) -> Iterator[Sentence]:
    if held_on is None:
        yield Sentence("请填写会商日期。", "Say on which day it was.", "held_on")
    elif held_on > clock.local_date(uow.now):
        yield Sentence("会商日期还没有到。", "That day lies ahead.", "held_on")
    if not participants:
        yield Sentence("请写明参加会商的人员。", "Say who took part.", "participants")
    if not conclusion:
        yield Sentence("请写明会商的结论。", "Say what was concluded.", "conclusion")


def _barred(uow: UnitOfWork, package: Package) -> list[Sentence]:
    return permissions.senior_refusals(uow, units.upwards(uow, package.unit_id), _MAY)
