"""Public entities among the units, and who answers for what a unit publishes.

Revision ID: workflows_0009
Revises: workflows_0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import UtcDateTime

revision = "workflows_0009"
down_revision = "workflows_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "unit",
        sa.Column("public_entity", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "accountability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("set_by", sa.String(40), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("label IN ('first', 'main', 'direct')", name="ck_accountability_label"),
        sa.CheckConstraint(
            "until IS NULL OR until >= since", name="ck_accountability_dates_in_order"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_accountability_unit_id_unit"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_accountability_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accountability"),
    )
    op.create_index(
        "ix_accountability_unit_id_label", "accountability", ["unit_id", "label"], unique=False
    )


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")
