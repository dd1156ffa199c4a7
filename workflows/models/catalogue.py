"""主动公开事项目录 in editions, and the duties that it creates."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.packages import Package
from workflows.models.people import Person, Unit, one_of
from workflows.vocabulary import EDITION_STATUSES, PERIODS, SCOPES, TRIGGERS


class CatalogueEdition(Base):
    """One edition of a unit's catalogue; in force is the adopted one that took effect last (domain:A4.3).

    Its matters never change: what is to change is a new edition, proposed by one person and adopted by
    another (domain:A4.5, D11).
    """

    __tablename__ = "catalogue_edition"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "number", name="uq_catalogue_edition_unit_id_number"),
        sa.CheckConstraint(one_of("status", tuple(EDITION_STATUSES)), name="status"),
        sa.CheckConstraint("decided_by <> proposed_by", name="second_person"),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_at IS NULL)", name="decided_since_when"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(sa.String(20))
    effective_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    #: NULL: set up with the house itself, by nobody in particular.
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(sa.Text, default="")

    unit: Mapped[Unit] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    decider: Mapped[Person | None] = relationship(foreign_keys=[decided_by])


class Matter(Base):
    """目录事项: the six elements of domain:A4.1 with basis, column and period."""

    __tablename__ = "matter"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "code", name="uq_matter_edition_id_code"),
        sa.CheckConstraint(one_of("trigger_event", tuple(TRIGGERS)), name="trigger_event"),
        sa.CheckConstraint(one_of("audience", tuple(SCOPES)), name="audience"),
        sa.CheckConstraint(one_of("period", tuple(PERIODS)), name="period"),
        sa.CheckConstraint("working_days BETWEEN 1 AND 250", name="working_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("catalogue_edition.id"))
    #: The order in the table that was handed in.
    place: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(40))
    category: Mapped[str] = mapped_column(sa.String(100))
    name: Mapped[str] = mapped_column(sa.String(200))
    content: Mapped[str] = mapped_column(sa.Text)
    basis: Mapped[str] = mapped_column(sa.Text)
    #: 公开主体; NULL = every unit under the one whose catalogue it is.
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    responsible: Mapped[str] = mapped_column(sa.String(100))
    #: 公开时限 as two parts (`workflows.time_limits`); `trigger` is a word of SQL.
    trigger: Mapped[str] = mapped_column("trigger_event", sa.String(20))
    working_days: Mapped[int]
    method: Mapped[str] = mapped_column(sa.String(60))
    audience: Mapped[str] = mapped_column(sa.String(20))
    channels: Mapped[list[str]] = mapped_column(sa.JSON)
    column: Mapped[str] = mapped_column("site_column", sa.String(100))
    period: Mapped[str] = mapped_column(sa.String(20))
    #: Who of the disclosure office handles its items, the first who may first.
    handlers: Mapped[list[int]] = mapped_column(sa.JSON, server_default="[]")
    #: domain:A4.2: laid down by law, or disclosed with prudence.
    statutory: Mapped[bool]

    edition: Mapped[CatalogueEdition] = relationship()
    owner: Mapped[Unit | None] = relationship()


class Duty(Base):
    """公开任务: something that the catalogue says is due, for a period that ended or for an event."""

    __tablename__ = "duty"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "code", "label", name="uq_duty_unit_id_code_label"),
        sa.CheckConstraint(
            "(excused_at IS NULL) = (excused_by IS NULL)", name="excused_by_somebody"
        ),
        sa.CheckConstraint("excused_at IS NULL OR package_id IS NULL", name="excused_or_linked"),
        sa.Index("ix_duty_due_at_id", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    matter_id: Mapped[int] = mapped_column(sa.ForeignKey("matter.id"))
    #: The matter's code and name when the duty arose.
    code: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(200))
    #: 2026-10, 2026-Q3, 2026, or what happened.
    label: Mapped[str] = mapped_column(sa.String(100))
    base_on: Mapped[date]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    provisional: Mapped[bool]
    calendar_version: Mapped[str] = mapped_column(sa.String(60))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    package_id: Mapped[int | None] = mapped_column(sa.ForeignKey("package.id"), index=True)
    excused_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    excused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    excused_reason: Mapped[str] = mapped_column(sa.Text, default="")

    unit: Mapped[Unit] = relationship()
    matter: Mapped[Matter] = relationship()
    package: Mapped[Package | None] = relationship()
