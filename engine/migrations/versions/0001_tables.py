"""The engine's tables as first released: definitions, states, cases, tasks, timers, evidence, outbox."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.append_only import protect

revision = "engine_0001"
down_revision = None
branch_labels = ("engine",)
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)

#: Rows of these tables are evidence, or what evidence refers to by digest.
APPEND_ONLY = ("audit_entry", "process_definition", "process_state")


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, in the spelling of both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    _definitions_and_cases()
    _tasks()
    _timers()
    _evidence()
    _outbox_and_keys()
    _calendar()
    for table in APPEND_ONLY:
        protect(table)


def _definitions_and_cases() -> None:
    op.create_table(
        "process_definition",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("deployed_at", INSTANT, nullable=False),
        sa.Column("deployed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_process_definition_key_version")),
    )
    op.create_index(op.f("ix_process_definition_digest"), "process_definition", ["digest"])
    op.create_table(
        "process_state",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_process_state")),
    )
    op.create_table(
        "process_instance",
        sa.Column("id", ID, nullable=False),
        sa.Column("definition_id", ID, nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state_digest", sa.Text(), nullable=False),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("rounds", sa.JSON(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("trail_head", sa.Text(), nullable=True),
        sa.Column("trail_length", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'ended', 'cancelled')",
            name=op.f("ck_process_instance_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["process_definition.id"],
            name=op.f("fk_process_instance_definition_id_process_definition"),
        ),
        sa.ForeignKeyConstraint(
            ["state_digest"],
            ["process_state.digest"],
            name=op.f("fk_process_instance_state_digest_process_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
    )
    op.create_index("ix_process_instance_business_key", "process_instance", ["business_key"])
    op.create_index(
        "uq_process_instance_running",
        "process_instance",
        ["business_key"],
        unique=True,
        **where("status = 'running'"),
    )


def _tasks() -> None:
    op.create_table(
        "user_task",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=True),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("candidate_role", sa.Text(), nullable=True),
        sa.Column("candidate_group", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("assignee_name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("due_calendar", sa.Text(), nullable=True),
        sa.Column("sort_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'done', 'closed')", name=op.f("ck_user_task_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name=op.f("fk_user_task_instance_id_process_instance"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
    )
    op.create_index("ix_user_task_case", "user_task", ["instance_id", "id"])
    op.create_index("ix_user_task_closed_by", "user_task", ["closed_by", "closed_at"])
    op.create_index(
        "ix_user_task_held",
        "user_task",
        ["assignee_id", "sort_at", "id"],
        **where("status = 'open'"),
    )
    op.create_index(
        "ix_user_task_inbox",
        "user_task",
        ["candidate_group", "sort_at", "id"],
        **where("status = 'open' AND assignee_id IS NULL"),
    )
    op.create_index(
        "uq_user_task_open",
        "user_task",
        ["instance_id", "occurrence"],
        unique=True,
        **where("status = 'open'"),
    )


def _timers() -> None:
    op.create_table(
        "timer",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("task_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=True),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=True),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("due_calendar", sa.Text(), nullable=True),
        sa.Column("wake_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('bpmn', 'reminder')", name=op.f("ck_timer_kind_known")),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name=op.f("fk_timer_instance_id_process_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name=op.f("fk_timer_task_id_user_task")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_case", "timer", ["instance_id"])
    op.create_index("ix_timer_provisional", "timer", ["id"], **where("due_provisional"))
    op.create_index(op.f("ix_timer_task_id"), "timer", ["task_id"])
    op.create_index("ix_timer_wake", "timer", ["wake_at", "id"])
    op.create_index(
        "uq_timer_occurrence",
        "timer",
        ["instance_id", "occurrence"],
        unique=True,
        **where("kind = 'bpmn'"),
    )


def _evidence() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=True),
        sa.Column("case_seq", sa.Integer(), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("acting_for", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(case_id IS NULL) = (case_seq IS NULL) AND (case_id IS NULL) = (hash IS NULL)",
            name=op.f("ck_audit_entry_chained_with_case"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["process_instance.id"],
            name=op.f("fk_audit_entry_case_id_process_instance"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("case_id", "case_seq", name=op.f("uq_audit_entry_case_id_case_seq")),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "id"])


def _outbox_and_keys() -> None:
    op.create_table(
        "outbox_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("given_up_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_item")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_item_dedupe_key")),
    )
    op.create_index(
        "ix_outbox_item_waiting",
        "outbox_item",
        ["due_at", "id"],
        **where("done_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "used_key",
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("used_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_used_key")),
    )
    op.create_index("ix_used_key_used_at", "used_key", ["used_at"])


def _calendar() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
