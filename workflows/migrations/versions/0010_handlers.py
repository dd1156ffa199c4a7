"""Who of the disclosure office handles the items of a matter.

Revision ID: workflows_0010
Revises: workflows_0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "workflows_0010"
down_revision = "workflows_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matter", sa.Column("handlers", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")
