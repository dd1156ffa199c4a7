"""Numbers that differ from office to office, with the days from which they hold, and what was let pass."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.packages import Package
from workflows.models.people import Person, Unit, one_of
from workflows.vocabulary import STRENGTHS


class RuleSetting(Base):
    """What a unit has laid down for itself and those below it (domain:A9). Append-only: a later row
    replaces an earlier one from its day on, so that what held on any day can be told for ever.
    """

    __tablename__ = "rule_setting"
    __table_args__ = (
        sa.CheckConstraint(one_of("strength", tuple(STRENGTHS)), name="strength"),
        sa.Index("ix_rule_setting_unit_id_key", "unit_id", "rule_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column("rule_key", sa.String(60))
    value: Mapped[int]
    strength: Mapped[str] = mapped_column(sa.String(20))
    effective_on: Mapped[date]
    #: The document that says so.
    basis: Mapped[str] = mapped_column(sa.Text)
    set_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()
    setter: Mapped[Person | None] = relationship()


class RepostSource(Base):
    """A website that a unit and those below it may repost from besides the government's own, or no longer may
    (domain:A1.9). Append-only: the latest row of a unit and a host counts.
    """

    __tablename__ = "repost_source"
    __table_args__ = (sa.Index("ix_repost_source_unit_id_host", "unit_id", "host"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    #: In lower case, without scheme or path; all that stands below it is meant as well.
    host: Mapped[str] = mapped_column(sa.String(253))
    name: Mapped[str] = mapped_column(sa.String(100))
    allowed: Mapped[bool]
    #: The document that says so.
    basis: Mapped[str] = mapped_column(sa.Text)
    set_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()
    setter: Mapped[Person | None] = relationship()


class OverrideAsk(Base):
    """Whom a drafter asked to allow an exception: they may read the item, wherever they sit."""

    __tablename__ = "override_ask"

    package_id: Mapped[int] = mapped_column(
        sa.ForeignKey("package.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Override(Base):
    """An exception to a rule of 原则上, allowed by somebody senior, for one item (domain:A2.5, A2.10, A9).
    Append-only (triggers)."""

    __tablename__ = "override"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_override_version_and_digest",
        ),
        sa.CheckConstraint("length(reason) > 0", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"), index=True)
    version_id: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(80))
    key: Mapped[str] = mapped_column("rule_key", sa.String(60))
    #: What the rule asks for, and what was let pass.
    required: Mapped[int]
    found: Mapped[int]
    #: The drafter's reason, and what the one who allowed it said.
    reason: Mapped[str] = mapped_column(sa.Text)
    opinion: Mapped[str] = mapped_column(sa.Text)
    allowed_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    package: Mapped[Package] = relationship(foreign_keys=[package_id])
    person: Mapped[Person] = relationship(foreign_keys=[allowed_by])
