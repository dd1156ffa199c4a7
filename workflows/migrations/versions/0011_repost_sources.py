"""Websites that may be reposted from besides the government's own.

Revision ID: workflows_0011
Revises: workflows_0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.append_only import protect
from engine.database import UtcDateTime

revision = "workflows_0011"
down_revision = "workflows_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repost_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_repost_source_unit_id_unit"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name="fk_repost_source_set_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_repost_source"),
    )
    op.create_index(
        "ix_repost_source_unit_id_host", "repost_source", ["unit_id", "host"], unique=False
    )
    protect("repost_source")


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")
