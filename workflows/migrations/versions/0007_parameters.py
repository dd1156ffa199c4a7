"""Rule parameters of units, and exceptions that were allowed.

Revision ID: workflows_0007
Revises: workflows_0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.append_only import protect
from engine.database import UtcDateTime

revision = "workflows_0007"
down_revision = "workflows_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("rule_key", sa.String(60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("strength", sa.String(20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "strength IN ('mandatory', 'principle', 'encouraged')",
            name="ck_rule_setting_strength",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_rule_setting_unit_id_unit"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name="fk_rule_setting_set_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_setting"),
    )
    op.create_index(
        "ix_rule_setting_unit_id_key", "rule_setting", ["unit_id", "rule_key"], unique=False
    )
    op.create_table(
        "override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("rule_key", sa.String(60), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("allowed_by", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name="ck_override_reason"),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_override_package_id_package"
        ),
        sa.ForeignKeyConstraint(
            ["allowed_by"], ["person.id"], name="fk_override_allowed_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_override_version_and_digest",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_override"),
    )
    op.create_index("ix_override_package_id", "override", ["package_id"], unique=False)
    op.create_table(
        "override_ask",
        sa.Column("package_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_override_ask_package_id_package"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_override_ask_person_id_person"
        ),
        sa.PrimaryKeyConstraint("package_id", "person_id", name="pk_override_ask"),
    )
    protect("rule_setting")
    protect("override")


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")
