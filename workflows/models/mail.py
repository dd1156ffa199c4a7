"""Where a person wants messages sent, beside the list that everybody has."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, UtcDateTime
from workflows.models.people import one_of

MAIL_CHOICES = ("all", "urgent", "none")


class MailChoice(Base):
    """One per person who gave an address; who gave none gets no mail."""

    __tablename__ = "mail_choice"
    __table_args__ = (sa.CheckConstraint(one_of("choice", MAIL_CHOICES), name="choice"),)

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    address: Mapped[str] = mapped_column(sa.String(254))
    choice: Mapped[str] = mapped_column(sa.String(20))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
