"""Delegations, co-signing, substitutes, copies for information, suspension."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "engine_0002"
down_revision = "engine_0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, in the spelling of both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("suspended_at", INSTANT, nullable=True))
    op.add_column("process_instance", sa.Column("suspended_reason", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("inside", sa.Text(), nullable=True))
    _delegation()
    _signing()
    _substitution()
    _information_copy()


def _delegation() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("delegate_id", sa.Text(), nullable=False),
        sa.Column("delegate_name", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('asked', 'answered', 'recalled')", name=op.f("ck_delegation_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name=op.f("fk_delegation_task_id_user_task")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    asked = where("status = 'asked' AND closed_at IS NULL")
    op.create_index("uq_delegation_asked", "delegation", ["task_id"], unique=True, **asked)
    op.create_index("ix_delegation_task", "delegation", ["task_id"])
    op.create_index("ix_delegation_delegate", "delegation", ["delegate_id", "id"], **asked)


def _signing() -> None:
    op.create_table(
        "signing",
        sa.Column("id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=False),
        sa.Column("signer_id", sa.Text(), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'asked', 'signed', 'removed')",
            name=op.f("ck_signing_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name=op.f("fk_signing_task_id_user_task")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing")),
    )
    op.create_index(
        "uq_signing_signer",
        "signing",
        ["task_id", "signer_id"],
        unique=True,
        **where("status <> 'removed' AND closed_at IS NULL"),
    )
    op.create_index("ix_signing_task", "signing", ["task_id", "place", "id"])
    op.create_index(
        "ix_signing_signer",
        "signing",
        ["signer_id", "id"],
        **where("status = 'asked' AND closed_at IS NULL"),
    )
    op.create_table(
        "signing_rule",
        sa.Column("task_id", ID, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "rule IN ('all', 'any', 'ratio')", name=op.f("ck_signing_rule_rule_known")
        ),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_signing_rule_percent_range")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name=op.f("fk_signing_rule_task_id_user_task")
        ),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_signing_rule")),
    )


def _substitution() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", ID, nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("principal_name", sa.Text(), nullable=False),
        sa.Column("substitute_id", sa.Text(), nullable=False),
        sa.Column("substitute_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("begins_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("appointed_by", sa.Text(), nullable=False),
        sa.Column("appointed_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "principal_id <> substitute_id", name=op.f("ck_substitution_two_people")
        ),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_substitution_some_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    for who in ("substitute", "principal"):
        op.create_index(f"ix_substitution_{who}", "substitution", [f"{who}_id", "ends_at"])


def _information_copy() -> None:
    op.create_table(
        "information_copy",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("reader_id", sa.Text(), nullable=False),
        sa.Column("reader_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name=op.f("fk_information_copy_instance_id_process_instance"),
        ),
        sa.UniqueConstraint(
            *("instance_id", "reader_id", "sender_id", "sent_at"),
            name=op.f("uq_information_copy_instance_id_reader_id_sender_id_sent_at"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_copy")),
    )
    op.create_index(
        "ix_information_copy_unread",
        "information_copy",
        ["reader_id", "id"],
        **where("read_at IS NULL"),
    )
