"""A proof of a process asked for on a page: the files, how far it has come, and what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, UtcDateTime
from workflows.models.people import one_of

PROOF_STATUSES = ("running", "proven", "refused", "failed")


class Worked:
    """What a worker does beside the server. `beat_at` moves meanwhile; a job without a beat was interrupted."""

    states: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Proof(Worked, Base):
    """One proof."""

    __tablename__ = "proof"
    __table_args__ = (sa.CheckConstraint(one_of("status", PROOF_STATUSES), name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    #: The definition among the files.
    file: Mapped[str] = mapped_column(sa.Text)
    #: File name → text, in base64.
    files: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    status: Mapped[str] = mapped_column(sa.String(20), default="running")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What was found, as `proofs.Found` reads it.
    found: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    #: The version it was deployed as.
    version: Mapped[int | None]
