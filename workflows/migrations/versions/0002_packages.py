"""Packages, versions, decisions and publications; their content is append-only by triggers.

Revision ID: workflows_0002
Revises: workflows_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.append_only import protect
from engine.database import UtcDateTime

revision = "workflows_0002"
down_revision = "workflows_0001"
branch_labels = None
depends_on = None

#: Columns that may never change; the others say what became of a decision or a publication later.
_DECISION_FROZEN = (
    "id, package_id, case_id, task_id, stage, outcome, person_id, person_name, post, role, "
    "acting_for_id, round, version_id, digest, opinion, reason_codes, locations, checklist, parts, "
    "deadline, separation, at"
)
_PUBLICATION_FROZEN = "id, package_id, version_id, slug, title, site_column, digest, content, published_at, publisher_id"


def upgrade() -> None:
    _create_number_series()
    _create_package()
    _create_stored_file()
    _create_package_version()
    _create_read_mark()
    _create_decision()
    _create_return_notice()
    _create_opinion_draft()
    _create_publication()
    protect("package_version")
    protect("stored_file")
    _freeze("decision", _DECISION_FROZEN)
    _freeze("publication", _PUBLICATION_FROZEN)
    _void_once()


def downgrade() -> None:
    raise NotImplementedError("evidence is not taken down; restore a backup instead")


def _freeze(table: str, columns: str) -> None:
    """No row of `table` is removed and none of these columns changes (engine.append_only, in part)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OF {columns} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for name, verb in (("frozen", f"UPDATE OF {columns}"), ("kept", "DELETE")):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _void_once() -> None:
    """A voided decision stays voided, by the change that voided it first."""
    if op.get_bind().dialect.name == "postgresql":
        action = "EXECUTE FUNCTION refuse_change()"
    else:
        action = "BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END"
    op.execute(
        "CREATE TRIGGER decision_void_once BEFORE UPDATE ON decision "
        f"FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) {action}"
    )


def _create_number_series() -> None:
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_number_series"),
    )


def _create_package() -> None:
    op.create_table(
        "package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("drafter_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attribute", sa.String(length=20), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("current_version_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "attribute IS NULL OR attribute IN ('proactive', 'on_request', 'not_disclosed')",
            name="ck_package_attribute",
        ),
        sa.CheckConstraint(
            "status <> 'draft' OR case_id IS NULL", name="ck_package_draft_has_no_case"
        ),
        sa.CheckConstraint(
            "status <> 'published' OR (attribute IS NOT NULL AND attribute = 'proactive')",
            name="ck_package_published_implies_proactive",
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'cancelled') OR (case_id IS NOT NULL AND submitted_at IS NOT NULL)",
            name="ck_package_submitted_has_case",
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'returned', 'on_hold', 'published', 'on_request', 'not_disclosed', 'rejected', 'cancelled')",
            name="ck_package_status",
        ),
        sa.CheckConstraint(
            "status NOT IN ('on_request', 'not_disclosed') OR (attribute IS NOT NULL AND attribute = status)",
            name="ck_package_register_agrees_with_attribute",
        ),
        sa.ForeignKeyConstraint(["drafter_id"], ["person.id"], name="fk_package_drafter_id_person"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_package_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_package"),
        sa.UniqueConstraint("case_id", name="uq_package_case_id"),
        sa.UniqueConstraint("number", name="uq_package_number"),
    )
    op.create_index("ix_package_drafter_id", "package", ["drafter_id"], unique=False)
    op.create_index("ix_package_status", "package", ["status"], unique=False)
    op.create_index("ix_package_unit_id", "package", ["unit_id"], unique=False)


def _create_stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("stored_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("digest LIKE 'sha256:%'", name="ck_stored_file_digest"),
        sa.CheckConstraint("size > 0", name="ck_stored_file_not_empty"),
        sa.ForeignKeyConstraint(
            ["stored_by"], ["person.id"], name="fk_stored_file_stored_by_person"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_stored_file"),
    )
    op.create_index("ix_stored_file_stored_by", "stored_file", ["stored_by"], unique=False)


def _create_package_version() -> None:
    op.create_table(
        "package_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("change_class", sa.String(length=20), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("digest LIKE 'sha256:%'", name="ck_package_version_digest"),
        sa.CheckConstraint("number >= 1", name="ck_package_version_number"),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name="fk_package_version_created_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_package_version_package_id_package"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_package_version"),
        sa.UniqueConstraint(
            "id", "package_id", "digest", name="uq_package_version_id_package_id_digest"
        ),
        sa.UniqueConstraint("package_id", "number", name="uq_package_version_package_id_number"),
    )
    op.create_index("ix_package_version_digest", "package_version", ["digest"], unique=False)


def _create_read_mark() -> None:
    op.create_table(
        "read_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_read_mark_package_id_package"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_read_mark_person_id_person"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["package_version.id"], name="fk_read_mark_version_id_package_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_read_mark"),
        sa.UniqueConstraint("person_id", "version_id", name="uq_read_mark_person_id_version_id"),
    )
    op.create_index("ix_read_mark_package_id", "read_mark", ["package_id"], unique=False)


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(length=60), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("acting_for_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("reason_codes", sa.JSON(), nullable=False),
        sa.Column("locations", sa.Text(), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("separation", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("voided_by", sa.String(length=60), nullable=True),
        sa.Column("voided_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "NOT (outcome IN ('hold', 'problem', 'reject', 'return', 'return_interpretation', 'treat', 'withhold')) OR length(opinion) > 0",
            name="ck_decision_return_says_why",
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL AND voided_by IS NULL AND voided_reason IS NULL) OR (voided_at IS NOT NULL AND voided_by IS NOT NULL AND voided_reason IS NOT NULL)",
            name="ck_decision_voided_whole",
        ),
        sa.CheckConstraint("round >= 1", name="ck_decision_round"),
        sa.ForeignKeyConstraint(
            ["acting_for_id"], ["person.id"], name="fk_decision_acting_for_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_decision_package_id_package"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_decision_person_id_person"),
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_decision_version_and_digest",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.UniqueConstraint("task_id", name="uq_decision_task_id"),
    )
    op.create_index("ix_decision_case_id", "decision", ["case_id"], unique=False)
    op.create_index(
        "ix_decision_package_id_stage", "decision", ["package_id", "stage"], unique=False
    )
    op.create_index("ix_decision_person_id", "decision", ["person_id"], unique=False)


def _create_return_notice() -> None:
    op.create_table(
        "return_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name="fk_return_notice_decision_id_decision"
        ),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_return_notice_package_id_package"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_return_notice_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_return_notice"),
        sa.UniqueConstraint("decision_id", name="uq_return_notice_decision_id"),
        sa.UniqueConstraint("number", name="uq_return_notice_number"),
    )
    op.create_index("ix_return_notice_package_id", "return_notice", ["package_id"], unique=False)
    op.create_index("ix_return_notice_unit_id", "return_notice", ["unit_id"], unique=False)


def _create_opinion_draft() -> None:
    op.create_table(
        "opinion_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_opinion_draft_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", "task_id", name="pk_opinion_draft"),
    )


def _create_publication() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("site_column", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("publisher_id", sa.Integer(), nullable=False),
        sa.Column("page_digest", sa.String(length=80), nullable=True),
        sa.Column("validity", sa.String(length=20), nullable=False),
        sa.CheckConstraint("length(content) > 0", name="ck_publication_content"),
        sa.ForeignKeyConstraint(
            ["package_id"], ["package.id"], name="fk_publication_package_id_package"
        ),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["person.id"], name="fk_publication_publisher_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "package_id", "digest"],
            ["package_version.id", "package_version.package_id", "package_version.digest"],
            name="fk_publication_version_and_digest",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
        sa.UniqueConstraint("package_id", name="uq_publication_package_id"),
        sa.UniqueConstraint("slug", name="uq_publication_slug"),
    )
    op.create_index("ix_publication_published_at", "publication", ["published_at"], unique=False)
