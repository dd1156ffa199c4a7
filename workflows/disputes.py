"""Disagreement about the disclosure attribute: what the office held right, until the final review decides."""

from __future__ import annotations

import sqlalchemy as sa

from engine.database import UnitOfWork
from workflows import voiding
from workflows.models import Decision

_CONFIDENTIALITY = ("confidentiality_review", "confidentiality_referral")


def dissent(uow: UnitOfWork, package_id: int) -> str | None:
    """The attribute that the last attribute review held right instead of the drafter's; None if it agreed."""
    last = _last(uow, package_id, ("attribute_review",))
    code = last.parts.get("dissent") if last is not None and last.voided_at is None else None
    return str(code) if code else None


def withheld(uow: UnitOfWork, package_id: int) -> bool:
    """Whether confidentiality has said, since the attribute was last looked at, that it must not go out."""
    last = _last(uow, package_id, ("attribute_review", *_CONFIDENTIALITY))
    return last is not None and last.outcome == "withhold"


def _last(uow: UnitOfWork, package_id: int, stages: tuple[str, ...]) -> Decision | None:
    query = sa.select(Decision).where(
        Decision.package_id == package_id, Decision.stage.in_(stages), voiding.not_taken_back()
    )
    return uow.session.scalar(query.order_by(Decision.id.desc()).limit(1))
