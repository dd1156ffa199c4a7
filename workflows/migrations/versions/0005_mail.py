"""Messages by e-mail, for those who want them.

Revision ID: workflows_0005
Revises: workflows_0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import UtcDateTime

revision = "workflows_0005"
down_revision = "workflows_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_choice",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("choice", sa.String(20), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("choice IN ('all', 'urgent', 'none')", name="ck_mail_choice_choice"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_mail_choice_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_mail_choice"),
    )


def downgrade() -> None:
    op.drop_table("mail_choice")
