"""The catalogue of matters in editions, the duties it creates, and the day by which a package is due.

Revision ID: workflows_0006
Revises: workflows_0005
"""

from __future__ import annotations

import json
from datetime import date, datetime, time

import sqlalchemy as sa
from alembic import op

from engine.append_only import protect
from engine.clock import CHINA
from engine.database import UtcDateTime

revision = "workflows_0006"
down_revision = "workflows_0005"
branch_labels = None
depends_on = None

#: When a working day ended when this was written.
CLOSING_TIME = time(17, 30)


def upgrade() -> None:
    _create_edition()
    _create_matter()
    _create_duty()
    protect("matter")
    op.add_column("package", sa.Column("due_at", UtcDateTime(), nullable=True))
    op.create_index("ix_package_due_at_id", "package", ["due_at", "id"], unique=False)
    op.add_column("publication", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column(
        "publication", sa.Column("late_reason", sa.Text(), nullable=False, server_default="")
    )
    _freeze_lateness()
    _tell_due_dates()


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")


def _create_edition() -> None:
    op.create_table(
        "catalogue_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'adopted', 'declined')", name="ck_catalogue_edition_status"
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name="ck_catalogue_edition_second_person"),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_at IS NULL)",
            name="ck_catalogue_edition_decided_since_when",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_catalogue_edition_unit_id_unit"),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name="fk_catalogue_edition_proposed_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name="fk_catalogue_edition_decided_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_edition"),
        sa.UniqueConstraint("unit_id", "number", name="uq_catalogue_edition_unit_id_number"),
    )


def _create_matter() -> None:
    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("category", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("responsible", sa.String(100), nullable=False),
        sa.Column("trigger_event", sa.String(20), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(60), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("site_column", sa.String(100), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("statutory", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "trigger_event IN ('formed', 'decided', 'determined', 'completed', 'monthly', "
            "'quarterly', 'yearly', 'lasting')",
            name="ck_matter_trigger_event",
        ),
        sa.CheckConstraint("audience IN ('society', 'area', 'group')", name="ck_matter_audience"),
        sa.CheckConstraint("period IN ('long_term', 'until', 'notice')", name="ck_matter_period"),
        sa.CheckConstraint("working_days BETWEEN 1 AND 250", name="ck_matter_working_days"),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["catalogue_edition.id"], name="fk_matter_edition_id_catalogue_edition"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="fk_matter_owner_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_matter"),
        sa.UniqueConstraint("edition_id", "code", name="uq_matter_edition_id_code"),
    )


def _create_duty() -> None:
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_version", sa.String(60), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=True),
        sa.Column("excused_by", sa.Integer(), nullable=True),
        sa.Column("excused_at", UtcDateTime(), nullable=True),
        sa.Column("excused_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(excused_at IS NULL) = (excused_by IS NULL)", name="ck_duty_excused_by_somebody"
        ),
        sa.CheckConstraint(
            "excused_at IS NULL OR package_id IS NULL", name="ck_duty_excused_or_linked"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_duty_unit_id_unit"),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name="fk_duty_matter_id_matter"),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_duty_package_id_package"),
        sa.ForeignKeyConstraint(["excused_by"], ["person.id"], name="fk_duty_excused_by_person"),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
        sa.UniqueConstraint("unit_id", "code", "label", name="uq_duty_unit_id_code_label"),
    )
    op.create_index("ix_duty_due_at_id", "duty", ["due_at", "id"], unique=False)
    op.create_index("ix_duty_package_id", "duty", ["package_id"], unique=False)


def _freeze_lateness() -> None:
    """Whether a release was late, and why, is evidence like the rest of the publication."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER publication_lateness_frozen BEFORE UPDATE OF due_on, late_reason "
            "ON publication FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            "CREATE TRIGGER publication_lateness_frozen BEFORE UPDATE OF due_on, late_reason "
            "ON publication BEGIN SELECT RAISE(ABORT, 'publication is append-only'); END"
        )


def _tell_due_dates() -> None:
    """Packages that are there already know their day from their own metadata."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT package.id, package_version.content FROM package "
            "JOIN package_version ON package_version.id = package.current_version_id"
        )
    ).all()
    package = sa.table("package", sa.column("id", sa.Integer()), sa.column("due_at", UtcDateTime()))
    for package_id, content in rows:
        due = json.loads(content)["metadata"].get("disclosure_due")
        if due:
            bind.execute(
                package.update()
                .where(package.c.id == package_id)
                .values(due_at=datetime.combine(date.fromisoformat(due), CLOSING_TIME, CHINA))
            )
