"""What was found hidden inside stored files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, UtcDateTime


class FileInspection(Base):
    """The findings in one stored file, by one edition of the inspection (`intake.hidden.EDITION`)."""

    __tablename__ = "file_inspection"

    digest: Mapped[str] = mapped_column(
        sa.String(80), sa.ForeignKey("stored_file.digest"), primary_key=True
    )
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
