"""What was found hidden inside stored files.

Revision ID: workflows_0008
Revises: workflows_0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import UtcDateTime

revision = "workflows_0008"
down_revision = "workflows_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_inspection",
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["stored_file.digest"], name="fk_file_inspection_digest_stored_file"
        ),
        sa.PrimaryKeyConstraint("digest", "edition", name="pk_file_inspection"),
    )


def downgrade() -> None:
    op.drop_table("file_inspection")
