"""What was released, byte for byte, at the server's instant."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.packages import Package
from workflows.models.people import Person


class Publication(Base):
    """A released package: document and interpretation in one row, so that neither goes live alone.

    Frozen by triggers except `validity` and `page_digest` (the read-back's finding). `published_at`
    is never edited: a forged date fails the whole site in the national inspection (domain:0).
    """

    __tablename__ = "publication"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_publication_version_and_digest",
        ),
        sa.CheckConstraint("length(content) > 0", name="content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"), unique=True)
    version_id: Mapped[int]
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    column: Mapped[str] = mapped_column("site_column", sa.String(100), default="")
    digest: Mapped[str] = mapped_column(sa.String(80))
    content: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    publisher_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    #: of the content that was public when somebody read it back
    page_digest: Mapped[str | None] = mapped_column(sa.String(80))
    #: domain:C9: by when it was due; what came later says why.
    due_on: Mapped[date | None]
    late_reason: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    validity: Mapped[str] = mapped_column(sa.String(20), default="")

    package: Mapped[Package] = relationship(foreign_keys=[package_id])
    publisher: Mapped[Person] = relationship(foreign_keys=[publisher_id])
