"""What inspectors read: the trail as sentences, whether it is intact, and what was refused.

Sentences are made from the entries alone: whoever holds the entries can tell the story without our tables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import audit
from engine.database import UnitOfWork
from engine.errors import SanshenError
from engine.models import AuditEntry, UserTask
from engine.text import Sentence
from workflows import events, paging, permissions, trail_sentences
from workflows.models import Package
from workflows.paging import FIRST, Order, Place
from workflows.read_models import Page, TrailLine

REFUSED = "act.refused"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The answer to the inspector's verify button."""

    ok: bool
    length: int
    head: str | None
    sentence: Sentence


def trail(uow: UnitOfWork, package_id: int) -> list[TrailLine]:
    """Everything that happened to a package, first act first: before submission, then the case's chain."""
    package = permissions.get_package(uow, package_id)
    of_package = AuditEntry.subject == package.business_key
    wanted = sa.and_(of_package, AuditEntry.case_id.is_(None))
    if package.case_id is not None:
        wanted = sa.or_(wanted, AuditEntry.case_id == package.case_id)
    rows = uow.session.scalars(sa.select(AuditEntry).where(wanted).order_by(AuditEntry.id))
    return [line(entry) for entry in rows]


def line(entry: AuditEntry) -> TrailLine:
    """One entry as a line."""
    told = told_by(entry)
    return TrailLine(
        entry_id=entry.id,
        seq=entry.case_seq,
        at=entry.at,
        action=entry.action,
        sentence=trail_sentences.sentence(entry.action, entry.actor_name, told),
        details=trail_sentences.details(entry.action, told),
        hash=entry.hash,
    )


def told_by(entry: AuditEntry) -> dict[str, Any]:
    """What the act had to tell; a damaged entry tells nothing, and verification says that it is damaged."""
    try:
        payload = json.loads(entry.payload)
    except ValueError:
        return {}
    data = payload.get("data") if isinstance(payload, dict) else None
    return data if isinstance(data, dict) else {}


def verify(uow: UnitOfWork, package_id: int) -> VerifyResult:
    """Recompute the chain of a package's case; that somebody asked is itself an entry outside the chain."""
    package = permissions.get_package(uow, package_id)
    if package.case_id is None:
        sentence = Sentence(
            "尚未送审，没有办理记录可核验。", "Not submitted: there is no trail to verify."
        )
        return VerifyResult(True, 0, None, sentence)
    found = audit.verify_case(uow, package.case_id)
    events.record(
        uow,
        "trail.verified",
        subject=package.business_key,
        data={"finding": found.sentence.zh, "finding_en": found.sentence.en, "ok": found.ok},
    )
    return VerifyResult(found.ok, found.length, found.head, found.sentence)


def refusals(uow: UnitOfWork, place: Place = FIRST) -> Page[TrailLine]:
    """Acts that were refused because the person may not do them, the latest first."""
    permissions.ensure(permissions.logs_refusals(uow))
    query = sa.select(AuditEntry).where(AuditEntry.action == REFUSED, _within_sight(uow))
    order = Order(AuditEntry.at.expression, AuditEntry.id.expression, newest_first=True)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].at, row[0].id))
    return paging.mapped(raw, lambda row: line(row[0]))


def _within_sight(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """SQL: not about an item that the reader may not see; the audit administrator reads every entry."""
    if permissions.is_system(uow) or "audit_admin" in permissions.roles(uow):
        return sa.true()
    key = sa.literal("package:") + sa.cast(Package.id, sa.String)
    return sa.or_(
        AuditEntry.subject.not_like("package:%"),
        AuditEntry.subject.in_(sa.select(key).where(permissions.visible(uow))),
    )


#: What the audit administrator watches: log-ins, accounts, roles, units, refusals (domain:C1).
HOUSE = (
    "login.",
    "password.",
    "person.",
    "roles.",
    "unit.",
    "catalogue.",
    "parameter.",
    "duty.",
    "mail.",
    "definition.",
    "calendar.",
    "act.refused",
    "house.",
)


def house_entries(uow: UnitOfWork, place: Place = FIRST) -> Page[TrailLine]:
    """Entries about the house and not about one package, the latest first."""
    permissions.ensure(permissions.logs_refusals(uow))
    about_house = sa.or_(*(AuditEntry.action.startswith(kind, autoescape=True) for kind in HOUSE))
    query = sa.select(AuditEntry).where(
        AuditEntry.case_id.is_(None), about_house, _within_sight(uow)
    )
    order = Order(AuditEntry.at.expression, AuditEntry.id.expression, newest_first=True)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].at, row[0].id))
    return paging.mapped(raw, lambda row: line(row[0]))


def subject_of(
    uow: UnitOfWork, *, task_id: int | None = None, package_id: int | None = None
) -> str | None:
    """Under which name the trail of an item finds an entry; None if there is no such item."""
    if task_id is not None:
        return uow.session.scalar(sa.select(UserTask.business_key).where(UserTask.id == task_id))
    package = uow.session.get(Package, package_id) if package_id is not None else None
    return package.business_key if package else None


def record_refusal(uow: UnitOfWork, *, act: Sentence, error: SanshenError, subject: str) -> None:
    """For the door, in a unit of work of its own: the refused act left nothing behind but this."""
    events.record(
        uow,
        REFUSED,
        subject=subject,
        data={
            "act": act.zh,
            "act_en": act.en,
            "reasons": "；".join(reason.zh for reason in error.reasons),
            "reasons_en": "; ".join(reason.en for reason in error.reasons),
            "kind": type(error).__name__,
        },
    )
