"""The engine's tables. States and evidence are text, so that both databases give back the same bytes.

People are ids, documents are business keys. Partial indexes carry the invariants that two hands
at the same moment could otherwise break: one running case per key, one open task per occurrence.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, UtcDateTime

#: 64 bits on PostgreSQL; on SQLite only a plain INTEGER key is the row id.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Where a task without a deadline stands among those with one: behind them all.
NO_DEADLINE = "9999-12-31T00:00:00+00:00"

#: Of questions and signatures: still waiting for the person.
STILL_ASKED = "status = 'asked' AND closed_at IS NULL"


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _unique_where(name: str, *columns: str, where: str) -> sa.Index:
    condition = sa.text(where)
    return sa.Index(name, *columns, unique=True, postgresql_where=condition, sqlite_where=condition)


def _index_where(name: str, *columns: str, where: str) -> sa.Index:
    condition = sa.text(where)
    return sa.Index(name, *columns, postgresql_where=condition, sqlite_where=condition)


class ProcessDefinition(Base):
    """One deployed version of a process; never changed afterwards, cases keep the one they began with."""

    __tablename__ = "process_definition"
    __table_args__ = (sa.UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(sa.Text)
    file: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.Text, index=True)
    xml: Mapped[bytes] = mapped_column(sa.LargeBinary)
    #: the rules file it was proven under; empty if it is held to none
    rules: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"", server_default="")
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deployed_by: Mapped[str] = mapped_column(sa.Text)


class ProcessState(Base):
    """A process state, stored once for all cases that ever stood there."""

    __tablename__ = "process_state"

    digest: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text)


class ProcessInstance(Base):
    """A case 件: where it stands, and the head of its chain of evidence."""

    __tablename__ = "process_instance"
    __table_args__ = (
        _one_of("status", "running", "ended", "cancelled"),
        _unique_where("uq_process_instance_running", "business_key", where="status = 'running'"),
        sa.Index("ix_process_instance_business_key", "business_key"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    definition_id: Mapped[int] = mapped_column(sa.ForeignKey("process_definition.id"))
    business_key: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text, default="running")
    state_digest: Mapped[str] = mapped_column(sa.ForeignKey("process_state.digest"))
    ended_as: Mapped[str | None] = mapped_column(sa.Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(sa.Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Suspended 暂停: nobody may decide anything meanwhile.
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_reason: Mapped[str | None] = mapped_column(sa.Text)
    #: How often each occurrence was opened so far; here, because the row is read and written anyway.
    rounds: Mapped[dict[str, int]] = mapped_column(sa.JSON, default=dict)
    #: Where the compliance rules stand (`engine/guards.py`); None is worked out from the trail.
    monitors: Mapped[str | None] = mapped_column(sa.Text)
    row_version: Mapped[int] = mapped_column()
    trail_head: Mapped[str | None] = mapped_column(sa.Text)
    trail_length: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 — SQLAlchemy's own name


class UserTask(Base):
    """One opening of a user task, kept after it was completed ("done") or withdrawn ("closed")."""

    __tablename__ = "user_task"
    __table_args__ = (
        _one_of("status", "open", "done", "closed"),
        _unique_where("uq_user_task_open", "instance_id", "occurrence", where="status = 'open'"),
        _index_where(
            "ix_user_task_inbox",
            *("candidate_group", "sort_at", "id"),
            where="status = 'open' AND assignee_id IS NULL",
        ),
        _index_where("ix_user_task_held", "assignee_id", "sort_at", "id", where="status = 'open'"),
        sa.Index("ix_user_task_case", "instance_id", "id"),
        sa.Index("ix_user_task_closed_by", "closed_by", "closed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(sa.ForeignKey("process_instance.id"))
    business_key: Mapped[str] = mapped_column(sa.Text)
    element_id: Mapped[str] = mapped_column(sa.Text)
    #: Call activities above the element, "/"-joined; empty in a flat process.
    path: Mapped[str] = mapped_column(sa.Text, default="")
    item: Mapped[int | None]
    #: Path, element and item in one word, for the constraint above.
    occurrence: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    candidate_role: Mapped[str | None] = mapped_column(sa.Text)
    candidate_group: Mapped[str] = mapped_column(sa.Text)
    assignee_id: Mapped[str | None] = mapped_column(sa.Text)
    #: As it was when claimed: the engine has no directory to ask who "7" is.
    assignee_name: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text, default="open")
    round: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_provisional: Mapped[bool] = mapped_column(default=False)
    due_calendar: Mapped[str | None] = mapped_column(sa.Text)
    #: The deadline, or NO_DEADLINE: both databases sort it alike and pages can continue after it.
    sort_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(sa.Text)
    #: The name as it was then, so that "already done by …" needs no directory.
    closed_by_name: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    closed_reason: Mapped[str | None] = mapped_column(sa.Text)
    #: What goes on inside and must end first: "delegation" or "signing"; here, so that acts need not look.
    inside: Mapped[str | None] = mapped_column(sa.Text)
    row_version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 — SQLAlchemy's own name


class Delegation(Base):
    """A question of a task's holder to somebody else 委派; the task stays the holder's."""

    __tablename__ = "delegation"
    __table_args__ = (
        _one_of("status", "asked", "answered", "recalled"),
        _unique_where("uq_delegation_asked", "task_id", where=STILL_ASKED),
        sa.Index("ix_delegation_task", "task_id"),
        _index_where("ix_delegation_delegate", "delegate_id", "id", where=STILL_ASKED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("user_task.id"))
    owner_id: Mapped[str] = mapped_column(sa.Text)
    owner_name: Mapped[str] = mapped_column(sa.Text)
    delegate_id: Mapped[str] = mapped_column(sa.Text)
    delegate_name: Mapped[str] = mapped_column(sa.Text)
    question: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text, default="asked")
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    answer: Mapped[str | None] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Set when the task ended or the process withdrew it; the status tells how far things had come.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_reason: Mapped[str | None] = mapped_column(sa.Text)


class Signing(Base):
    """One co-signer of a task 会签. The task's outcome is the result of its signing rows."""

    __tablename__ = "signing"
    __table_args__ = (
        _one_of("status", "waiting", "asked", "signed", "removed"),
        _unique_where(
            "uq_signing_signer",
            *("task_id", "signer_id"),
            where="status <> 'removed' AND closed_at IS NULL",
        ),
        sa.Index("ix_signing_task", "task_id", "place", "id"),
        _index_where("ix_signing_signer", "signer_id", "id", where=STILL_ASKED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("user_task.id"))
    signer_id: Mapped[str] = mapped_column(sa.Text)
    signer_name: Mapped[str] = mapped_column(sa.Text)
    #: Who signs at the same place is asked at the same time; the next place waits for it.
    place: Mapped[int]
    status: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    opinion: Mapped[str | None] = mapped_column(sa.Text)
    added_by: Mapped[str] = mapped_column(sa.Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Set when the task was settled or withdrawn; the status tells how far things had come.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_reason: Mapped[str | None] = mapped_column(sa.Text)


class SigningRule(Base):
    """How the signatures of a task become its outcome; one per task, set when co-signing begins."""

    __tablename__ = "signing_rule"
    __table_args__ = (
        _one_of("rule", "all", "any", "ratio"),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name="percent_range"),
    )

    task_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_task.id"), primary_key=True, autoincrement=False
    )
    rule: Mapped[str] = mapped_column(sa.Text)
    percent: Mapped[int]
    #: The outcome for which consent is counted; the first other one signed is the task's if it fails.
    consent: Mapped[str] = mapped_column(sa.Text)


class Substitution(Base):
    """Who may act for whom 代理, in which roles, from when to when."""

    __tablename__ = "substitution"
    __table_args__ = (
        sa.CheckConstraint("principal_id <> substitute_id", name="two_people"),
        sa.CheckConstraint("begins_at < ends_at", name="some_time"),
        sa.Index("ix_substitution_substitute", "substitute_id", "ends_at"),
        sa.Index("ix_substitution_principal", "principal_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    principal_id: Mapped[str] = mapped_column(sa.Text)
    principal_name: Mapped[str] = mapped_column(sa.Text)
    substitute_id: Mapped[str] = mapped_column(sa.Text)
    substitute_name: Mapped[str] = mapped_column(sa.Text)
    #: The candidate role it is limited to; None means every task of the principal.
    role: Mapped[str | None] = mapped_column(sa.Text)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(sa.Text)
    appointed_by: Mapped[str] = mapped_column(sa.Text)
    appointed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InformationCopy(Base):
    """A case shown to somebody for information 抄送, and when they read it."""

    __tablename__ = "information_copy"
    __table_args__ = (
        sa.UniqueConstraint("instance_id", "reader_id", "sender_id", "sent_at"),
        _index_where("ix_information_copy_unread", "reader_id", "id", where="read_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(sa.ForeignKey("process_instance.id"))
    sender_id: Mapped[str] = mapped_column(sa.Text)
    sender_name: Mapped[str] = mapped_column(sa.Text)
    reader_id: Mapped[str] = mapped_column(sa.Text)
    reader_name: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Timer(Base):
    """Something to do later: a BPMN timer of the state, or a reminder of a task; gone once it fired."""

    __tablename__ = "timer"
    __table_args__ = (
        _one_of("kind", "bpmn", "reminder"),
        sa.Index("ix_timer_wake", "wake_at", "id"),
        sa.Index("ix_timer_case", "instance_id"),
        _index_where("ix_timer_provisional", "id", where="due_provisional"),
        _unique_where("uq_timer_occurrence", "instance_id", "occurrence", where="kind = 'bpmn'"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(sa.ForeignKey("process_instance.id"))
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_task.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    element_id: Mapped[str] = mapped_column(sa.Text)
    path: Mapped[str] = mapped_column(sa.Text, default="")
    item: Mapped[int | None]
    occurrence: Mapped[str] = mapped_column(sa.Text)
    handler: Mapped[str | None] = mapped_column(sa.Text)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_provisional: Mapped[bool] = mapped_column(default=False)
    due_calendar: Mapped[str | None] = mapped_column(sa.Text)
    #: When a sweep looks at it next: the deadline first, later after each failure.
    wake_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.Text)


class AuditEntry(Base):
    """One act, as evidence. Rows are never changed or removed: triggers forbid it in both databases."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "case_seq"),
        sa.CheckConstraint(
            "(case_id IS NULL) = (case_seq IS NULL) AND (case_id IS NULL) = (hash IS NULL)",
            name="chained_with_case",
        ),
        sa.Index("ix_audit_entry_subject", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("process_instance.id"))
    case_seq: Mapped[int | None]
    previous_hash: Mapped[str | None] = mapped_column(sa.Text)
    hash: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(sa.Text)
    actor_name: Mapped[str] = mapped_column(sa.Text)
    role: Mapped[str | None] = mapped_column(sa.Text)
    acting_for: Mapped[str | None] = mapped_column(sa.Text)
    action: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    payload: Mapped[str] = mapped_column(sa.Text)


class OutboxItem(Base):
    """An effect outside the database, written in the act's transaction and carried out after it."""

    __tablename__ = "outbox_item"
    __table_args__ = (
        _index_where(
            "ix_outbox_item_waiting",
            *("due_at", "id"),
            where="done_at IS NULL AND given_up_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    payload: Mapped[str] = mapped_column(sa.Text)
    #: The same effect asked for twice is kept once.
    dedupe_key: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leased_by: Mapped[str | None] = mapped_column(sa.Text)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UsedKey(Base):
    """The idempotency key of a POST and the answer it got; keys of different people never meet."""

    __tablename__ = "used_key"
    __table_args__ = (sa.Index("ix_used_key_used_at", "used_at"),)

    actor_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    answer: Mapped[str] = mapped_column(sa.Text)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarDay(Base):
    """A day whose nature differs from what the holiday library says: 调休, closures, corrections."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    is_workday: Mapped[bool]
    source: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(sa.Text)


class CalendarYear(Base):
    """A year whose official holiday notice has been entered: its deadlines are no longer provisional."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[str] = mapped_column(sa.Text)
