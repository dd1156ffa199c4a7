"""Where the monitors of the compliance rules stand, per case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "engine_0004"
down_revision = "engine_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # empty for the cases that run already: their next act works it out from the trail
    op.add_column("process_instance", sa.Column("monitors", sa.Text(), nullable=True))
