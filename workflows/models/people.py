"""Units of a county, the people in them, their roles with dates, and how they log in."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.database import Base, UtcDateTime

UNIT_KINDS = ("government", "office", "department", "town")
SEPARATION_SETTINGS = ("strict", "default", "small_office")


def one_of(column: str, codes: tuple[str, ...]) -> str:
    """SQL of a check that a column holds one of these codes (codes are our own, never input)."""
    return f"{column} IN ({', '.join(repr(code) for code in codes)})"


class Unit(Base):
    """A government, its office, a department or a town; the tree decides where tasks are routed."""

    __tablename__ = "unit"
    __table_args__ = (
        sa.CheckConstraint(one_of("kind", UNIT_KINDS), name="kind"),
        sa.CheckConstraint(one_of("separation", SEPARATION_SETTINGS), name="separation"),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(20))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    #: domain:C7: which separation matrix this unit's packages follow (P-SMALL is `small_office`).
    separation: Mapped[str] = mapped_column(sa.String(20), default="default")
    active: Mapped[bool] = mapped_column(default=True)
    #: 条例 art. 55: schools, hospitals, water and power suppliers and their like, as 公共企事业单位.
    public_entity: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    parent: Mapped[Unit | None] = relationship(remote_side=[id])


class Person(Base):
    """Somebody with an account. Never deleted: the trail names them for ever."""

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("length(login) >= 2", name="login_length"),
        sa.CheckConstraint(
            "(active AND deactivated_at IS NULL) OR (NOT active AND deactivated_at IS NOT NULL)",
            name="inactive_since_when",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    post: Mapped[str] = mapped_column(sa.String(60), default="")
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    row_version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 — SQLAlchemy's own name


class RoleHolding(Base):
    """A role in a unit between two dates (the last included); revoked at once when `revoked_at` is set."""

    __tablename__ = "role_holding"
    __table_args__ = (
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"
        ),
        sa.Index("ix_role_holding_role_unit_id", "role", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(sa.String(40))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[str] = mapped_column(sa.String(40))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()


class LoginSession(Base):
    """A log-in that can be revoked; only the hash of its token is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """One attempt to log in; throttling counts these rows, so it holds across processes."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        sa.Index("ix_login_attempt_login_at", "login", "at"),
        sa.Index("ix_login_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(60))
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    succeeded: Mapped[bool]


class Notice(Base):
    """A line in a person's message list; `data` holds both languages and whatever the page needs."""

    __tablename__ = "notice"
    __table_args__ = (sa.Index("ix_notice_person_id_at", "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict[str, object]] = mapped_column(sa.JSON)
    link: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
