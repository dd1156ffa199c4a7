"""The compliance rules under which a definition was proven."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "engine_0003"
down_revision = "engine_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "process_definition",
        sa.Column("rules", sa.LargeBinary(), server_default="", nullable=False),
    )
