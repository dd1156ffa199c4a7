"""Decisions on versions, the numbered notices some returns make, and opinions not yet given."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.packages import Package, PackageVersion
from workflows.models.people import Person, one_of
from workflows.vocabulary import NEEDS_REASON

_HAS_REASON = f"NOT ({one_of('outcome', tuple(sorted(NEEDS_REASON)))}) OR length(opinion) > 0"


class Decision(Base):
    """What one person decided, at one stage, about one digest. Only the voided_* columns ever change."""

    __tablename__ = "decision"
    __table_args__ = (
        # The database itself refuses a decision whose digest is not that of its version.
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_decision_version_and_digest",
        ),
        sa.CheckConstraint(_HAS_REASON, name="return_says_why"),
        sa.CheckConstraint(
            "(voided_at IS NULL AND voided_by IS NULL AND voided_reason IS NULL)"
            " OR (voided_at IS NOT NULL AND voided_by IS NOT NULL AND voided_reason IS NOT NULL)",
            name="voided_whole",
        ),
        sa.CheckConstraint("round >= 1", name="round"),
        sa.Index("ix_decision_package_id_stage", "package_id", "stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"))
    case_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    #: One act of one task: a double click or a second worker breaks on this.
    task_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    stage: Mapped[str] = mapped_column(sa.String(60))
    outcome: Mapped[str] = mapped_column(sa.String(40))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    person_name: Mapped[str] = mapped_column(sa.String(60))
    post: Mapped[str] = mapped_column(sa.String(60), default="")
    role: Mapped[str] = mapped_column(sa.String(40), default="")
    acting_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    round: Mapped[int] = mapped_column(default=1)
    version_id: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(80))
    opinion: Mapped[str] = mapped_column(sa.Text, default="")
    reason_codes: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    locations: Mapped[str] = mapped_column(sa.Text, default="")
    checklist: Mapped[dict[str, object]] = mapped_column(sa.JSON, default=dict)
    parts: Mapped[dict[str, object]] = mapped_column(sa.JSON, default=dict)
    #: 整改期限: until when whoever sent it back wants it mended.
    deadline: Mapped[date | None] = mapped_column(sa.Date)
    #: The separation matrix that was in force: a later choice does not judge what was done before it.
    separation: Mapped[str] = mapped_column(sa.String(20), default="default")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str | None] = mapped_column(sa.String(60))
    voided_reason: Mapped[str | None] = mapped_column(sa.Text)

    package: Mapped[Package] = relationship(foreign_keys=[package_id])
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    version: Mapped[PackageVersion] = relationship(
        primaryjoin="foreign(Decision.version_id) == PackageVersion.id", viewonly=True
    )


class ReturnNotice(Base):
    """退文通知 (domain:A2.5, C6): a formal return with its own number, counted per unit."""

    __tablename__ = "return_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"), index=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"), unique=True)
    items: Mapped[list[object]] = mapped_column(sa.JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpinionDraft(Base):
    """What somebody has typed at a task and not yet decided; it survives a closed browser."""

    __tablename__ = "opinion_draft"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
