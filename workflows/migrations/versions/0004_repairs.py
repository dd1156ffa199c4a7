"""Repairs that administrators proposed.

Revision ID: workflows_0004
Revises: workflows_0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import UtcDateTime

revision = "workflows_0004"
down_revision = "workflows_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("states", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('checking', 'possible', 'impossible', 'failed', 'done', 'declined')",
            name="ck_repair_status",
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name="ck_repair_second_person"),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_repair_decided_by_person"),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name="fk_repair_proposed_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_repair"),
    )
    op.create_index("ix_repair_case_id", "repair", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("repair")
