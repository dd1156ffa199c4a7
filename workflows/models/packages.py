"""The package that travels, its append-only versions, and the files they cite by digest."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime
from workflows.models.people import Person, Unit, one_of
from workflows.vocabulary import ATTRIBUTES, PACKAGE_STATUSES


class NumberSeries(Base):
    """The last number given in a series (流转单号 of a year, 退文通知 of a year)."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    last: Mapped[int]


class Package(Base):
    """稿件包: one document with its interpretation, attachments and metadata on its way through the chain.

    `attribute` is what holds now: the drafter's proposal until attribute review decides otherwise.
    """

    __tablename__ = "package"
    __table_args__ = (
        sa.CheckConstraint(one_of("status", tuple(PACKAGE_STATUSES)), name="status"),
        sa.CheckConstraint(
            f"attribute IS NULL OR {one_of('attribute', tuple(ATTRIBUTES))}", name="attribute"
        ),
        # domain:A1.1, D2: what is shown to everybody was decided to be open to everybody, and
        # the two registers hold only what was decided to belong there.
        sa.CheckConstraint(
            "status <> 'published' OR (attribute IS NOT NULL AND attribute = 'proactive')",
            name="published_implies_proactive",
        ),
        sa.CheckConstraint(
            "status NOT IN ('on_request', 'not_disclosed')"
            " OR (attribute IS NOT NULL AND attribute = status)",
            name="register_agrees_with_attribute",
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'cancelled') OR (case_id IS NOT NULL AND submitted_at IS NOT NULL)",
            name="submitted_has_case",
        ),
        sa.CheckConstraint("status <> 'draft' OR case_id IS NULL", name="draft_has_no_case"),
        sa.Index("ix_package_due_at_id", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    drafter_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    status: Mapped[str] = mapped_column(sa.String(20), index=True)
    attribute: Mapped[str | None] = mapped_column(sa.String(20))
    #: The engine's case; no foreign key, because its tables belong to another migration branch.
    case_id: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)
    #: No foreign key either: package and version would each have to exist before the other.
    current_version_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: domain:C9: the end of 应公开截止日 of the current version, so that lists can be sorted by it.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: domain:D2: when an item in one of the two registers is looked at again.
    review_on: Mapped[date | None]
    row_version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()
    drafter: Mapped[Person] = relationship()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 — SQLAlchemy's own name

    @property
    def business_key(self) -> str:
        """The engine's name for what the case is about."""
        return f"package:{self.id}"


class PackageVersion(Base):
    """One saved state of a package. Never changed, never deleted (triggers): decisions point here."""

    __tablename__ = "package_version"
    __table_args__ = (
        sa.UniqueConstraint("package_id", "number"),
        # Targets of the keys by which a decision and a publication name version and digest together.
        sa.UniqueConstraint("id", "package_id", "digest"),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.CheckConstraint("digest LIKE 'sha256:%'", name="digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(80), index=True)
    #: Canonical JSON text: exactly the characters that are digested.
    content: Mapped[str] = mapped_column(sa.Text)
    change_class: Mapped[str | None] = mapped_column(sa.String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(sa.Text, default="")

    package: Mapped[Package] = relationship()


class StoredFile(Base):
    """A file named by the digest of its bytes; append-only (triggers)."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.CheckConstraint("digest LIKE 'sha256:%'", name="digest"),
        sa.CheckConstraint("size > 0", name="not_empty"),
    )

    digest: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class ReadMark(Base):
    """That somebody opened a version of a package (domain:C10: reads of restricted items count)."""

    __tablename__ = "read_mark"
    __table_args__ = (sa.UniqueConstraint("person_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    package_id: Mapped[int] = mapped_column(sa.ForeignKey("package.id"), index=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("package_version.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
