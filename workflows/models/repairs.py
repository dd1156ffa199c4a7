"""A repair that an administrator proposed: where to, why, what was found, and what a second person said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, UtcDateTime
from workflows.models.people import one_of
from workflows.models.proofs import Worked

REPAIR_STATUSES = ("checking", "possible", "impossible", "failed", "done", "declined")


class Repair(Worked, Base):
    """One proposal. It holds for the state `since` alone: once the case has moved on it is void."""

    __tablename__ = "repair"
    __table_args__ = (
        sa.CheckConstraint(one_of("status", REPAIR_STATUSES), name="status"),
        sa.CheckConstraint("decided_by <> proposed_by", name="second_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    #: The elements that are to be open.
    stages: Mapped[list[str]] = mapped_column(sa.JSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(sa.String(20), default="checking")
    since: Mapped[str] = mapped_column(sa.Text)
    #: The text of the state to which the case would go, once it was found.
    state: Mapped[str | None] = mapped_column(sa.Text)
    #: What would open, close, stay and no longer count, or why it cannot be, as `repairs.Found` reads it.
    found: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(sa.Text, default="")
