"""What inspectors report (domain:C11): by unit, how much came in, went back, went out, and how much was late.

Counted from the rows that the acts wrote, in a constant number of statements, over what the actor may see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from engine.clock import CHINA
from engine.database import UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import permissions
from workflows.models import Decision, Override, Package, Publication, ReturnNotice, Unit
from workflows.vocabulary import RETURN_REASONS, SENT_BACK


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit in the period. `notices` are 退文通知, `refused` are submissions that a gate stopped."""

    unit: str
    submitted: int
    refused: int
    notices: int
    returns: int
    released: int
    late: int
    overrides: int

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
    counted = {
        "submitted": _per_unit(uow, Package.submitted_at.between(begin, end)),
        "refused": _refused(uow, begin, end),
        "notices": _per_unit(uow, ReturnNotice.issued_at.between(begin, end), ReturnNotice),
        "returns": _per_unit(
            uow,
            sa.and_(Decision.at.between(begin, end), Decision.outcome.in_(sorted(SENT_BACK))),
            Decision,
        ),
        "released": _per_unit(uow, Publication.published_at.between(begin, end), Publication),
        "late": _per_unit(
            uow,
            sa.and_(Publication.published_at.between(begin, end), Publication.late_reason != ""),
            Publication,
        ),
        "overrides": _per_unit(uow, Override.at.between(begin, end), Override),
    }
    return Figures(
        first,
        last,
        _units(uow, counted),
        _codes(
            uow, ReturnNotice.items, ReturnNotice.issued_at, ReturnNotice.package_id, begin, end
        ),
        _codes(uow, Decision.reason_codes, Decision.at, Decision.package_id, begin, end),
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


def _units(uow: UnitOfWork, counted: Mapping[str, Mapping[int, int]]) -> tuple[UnitFigures, ...]:
    ids = {unit_id for each in counted.values() for unit_id in each}
    rows = uow.session.execute(sa.select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    made = [
        UnitFigures(name, **{key: each.get(unit_id, 0) for key, each in counted.items()})
        for unit_id, name in rows
    ]
    return tuple(sorted(made, key=lambda one: (-one.notices, -one.returns, one.unit)))


def _codes(
    uow: UnitOfWork,
    codes: sa.SQLColumnExpression[Any],
    at: sa.SQLColumnExpression[datetime],
    package_id: sa.SQLColumnExpression[int],
    begin: datetime,
    end: datetime,
) -> tuple[tuple[Sentence, int], ...]:
    query = sa.select(codes).join(Package, Package.id == package_id)
    rows = uow.session.scalars(query.where(at.between(begin, end), permissions.visible(uow)))
    counts = Counter(str(code) for given in rows for code in given or ())
    known = [(code, number) for code, number in counts.most_common() if code in RETURN_REASONS]
    return tuple((RETURN_REASONS[code].sentence, number) for code, number in known)
