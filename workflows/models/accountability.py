"""Who answers for what a unit publishes, by label and period."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.people import Person, Unit, one_of
from workflows.vocabulary import ACCOUNTABILITY


class Accountability(Base):
    """A label of accountability in a unit, held by one person since a day; ended when another takes it over."""

    __tablename__ = "accountability"
    __table_args__ = (
        sa.CheckConstraint(one_of("label", tuple(ACCOUNTABILITY)), name="label"),
        sa.CheckConstraint("until IS NULL OR until >= since", name="dates_in_order"),
        sa.Index("ix_accountability_unit_id_label", "unit_id", "label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    label: Mapped[str] = mapped_column(sa.String(20))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    set_by: Mapped[str] = mapped_column(sa.String(40))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()
    person: Mapped[Person] = relationship()
