"""What inspectors report (domain:C11): by unit, how much came in, went back, went out, and how much was late.

Counted from the rows that the acts wrote, in a constant number of statements, over what the actor may see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from engine.clock import CHINA
from engine.database import UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import permissions, voiding
from workflows.models import Decision, Override, Package, Publication, ReturnNotice, Unit
from workflows.vocabulary import RETURN_REASONS, SENT_BACK


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit in the period. `notices` are 退文通知, `refused` are submissions that a gate stopped.

    A return that was taken back is none; a return may name several reasons.
    """

    unit: str
    submitted: int
    refused: int
    notices: int
    returns: int
    released: int
    late: int
    overrides: int
    reasons: Mapping[str, int] = field(default_factory=dict)  # of its returns, by code

    @property
    def notice_share(self) -> int | None:
        """退文率: return notices for a hundred items handed in; None if there were none."""
        return round(100 * self.notices / self.submitted) if self.submitted else None

    @property
    def in_time_share(self) -> int | None:
        """公开及时率: released in time, of a hundred released."""
        return round(100 * (self.released - self.late) / self.released) if self.released else None


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole period: every unit with anything to tell, and what was returned for which reason."""

    first: date
    last: date
    units: tuple[UnitFigures, ...]
    missing: tuple[tuple[Sentence, int], ...]  # 缺项: of the return notices
    reasons: tuple[tuple[Sentence, int], ...]  # of every return

    @property
    def total(self) -> UnitFigures:
        """All units together."""
        names = ("submitted", "refused", "notices", "returns", "released", "late", "overrides")
        sums = {name: sum(getattr(one, name) for one in self.units) for name in names}
        return UnitFigures("", **sums)


def figures(uow: UnitOfWork, first: date, last: date) -> Figures:
    """From the first day to the last, both included; for inspectors."""
    permissions.ensure(permissions.inspection_refusals(uow))
    begin = datetime.combine(first, time(0), CHINA)
    end = datetime.combine(last, time(23, 59, 59, 999_999), CHINA)
    returned = sa.and_(
        Decision.at.between(begin, end),
        Decision.outcome.in_(sorted(SENT_BACK)),
        voiding.not_taken_back(),
    )
    issued = ReturnNotice.issued_at.between(begin, end)
    counted = {
        "submitted": _per_unit(uow, Package.submitted_at.between(begin, end)),
        "refused": _refused(uow, begin, end),
        "notices": _per_unit(uow, issued, ReturnNotice),
        "returns": _per_unit(uow, returned, Decision),
        "released": _per_unit(uow, Publication.published_at.between(begin, end), Publication),
        "late": _per_unit(
            uow,
            sa.and_(Publication.published_at.between(begin, end), Publication.late_reason != ""),
            Publication,
        ),
        "overrides": _per_unit(uow, Override.at.between(begin, end), Override),
    }
    codes = _codes(uow, Decision.reason_codes, Decision.package_id, returned)
    return Figures(
        first,
        last,
        _units(uow, counted, codes),
        missing=_named(_codes(uow, ReturnNotice.items, ReturnNotice.package_id, issued)),
        reasons=_named(codes),
    )


def _per_unit(
    uow: UnitOfWork,
    condition: sa.ColumnElement[bool],
    about: type[ReturnNotice | Decision | Publication | Override] | None = None,
) -> dict[int, int]:
    """How many rows of `about` (of packages, if nothing is named) fall under each unit."""
    query = sa.select(Package.unit_id, sa.func.count())
    if about is not None:
        query = query.join(about, about.package_id == Package.id)
    grouped = query.where(condition, permissions.visible(uow)).group_by(Package.unit_id)
    return {row[0]: row[1] for row in uow.session.execute(grouped)}


def _refused(uow: UnitOfWork, begin: datetime, end: datetime) -> dict[int, int]:
    """domain:A2.4: submissions that a gate stopped are on record and counted."""
    query = (
        sa.select(Package.unit_id, sa.func.count())
        .join(
            AuditEntry,
            AuditEntry.subject == sa.literal("package:") + sa.cast(Package.id, sa.String),
        )
        .where(
            AuditEntry.action == "package.refused_at_gate",
            AuditEntry.at.between(begin, end),
            permissions.visible(uow),
        )
        .group_by(Package.unit_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


def _units(
    uow: UnitOfWork,
    counted: Mapping[str, Mapping[int, int]],
    codes: Mapping[tuple[int, str], int],
) -> tuple[UnitFigures, ...]:
    ids = {unit_id for each in counted.values() for unit_id in each}
    rows = uow.session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    made = [
        UnitFigures(
            name,
            **{key: each.get(unit_id, 0) for key, each in counted.items()},
            reasons={code: number for (of, code), number in codes.items() if of == unit_id},
        )
        for unit_id, name in rows
    ]
    return tuple(sorted(made, key=lambda one: (-one.notices, -one.returns, one.unit)))


def _codes(
    uow: UnitOfWork,
    codes: sa.SQLColumnExpression[Any],
    package_id: sa.SQLColumnExpression[int],
    condition: sa.ColumnElement[bool],
) -> Counter[tuple[int, str]]:
    """How often each unit met each reason in the rows that fall under the condition."""
    query = sa.select(Package.unit_id, codes).join(Package, Package.id == package_id)
    rows = uow.session.execute(query.where(condition, permissions.visible(uow)))
    return Counter(
        (unit_id, str(code))
        for unit_id, given in rows
        for code in given or ()
        if str(code) in RETURN_REASONS
    )


def _named(codes: Mapping[tuple[int, str], int]) -> tuple[tuple[Sentence, int], ...]:
    """Over all units, the most frequent first."""
    counts: Counter[str] = Counter()
    for (_, code), number in codes.items():
        counts[code] += number
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple((RETURN_REASONS[code].sentence, number) for code, number in ranked)
