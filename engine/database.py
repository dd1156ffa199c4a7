"""The unit of work: one session, one actor, one instant, one transaction, committed only at the door.

Every verb of the engine and the domain takes it first, so "who" and "when" can never be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.orm import DeclarativeBase, Session

from engine.text import Sentence

if TYPE_CHECKING:
    from engine.elements import TaskRule
    from engine.models import ProcessInstance, UserTask

#: Constraints carry predictable names, so that a migration can drop or alter them by name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of every table of the engine and of the domain."""

    metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant. SQLite forgets time zones, so values are stored and returned in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` is a person's id as text; `role` the role in use; `acting_for` a principal's id."""

    id: str
    name: str
    role: str | None = None
    acting_for: str | None = None
    address: str | None = None


#: What the clock does, nobody does by hand: timers and sweeps act in this name.
SYSTEM = Actor("system", "系统")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where a newly opened task goes: a group's inbox and, if it belongs to one person, that person.

    `due_at` is an instant that a rule of the office sets; the working days of the diagram do not count then.
    """

    group: str
    assignee_id: str | None = None
    due_at: datetime | None = None


#: A service task's function: it writes our own database only and returns the task's outcome.
Handler: TypeAlias = "Callable[[UnitOfWork, ProcessInstance, TaskRule], str]"


def _nobody_refuses(uow: UnitOfWork, task: UserTask, actor: Actor, verb: str) -> list[Sentence]:
    return []


def _role_is_group(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> Candidates:
    return Candidates(rule.candidate_role or "")


def _no_reminder(uow: UnitOfWork, task: UserTask) -> None:
    return None


def _as_in_the_diagram(element_id: str, name: str) -> Sentence:
    return Sentence(name, name, element_id)


@dataclass(frozen=True, slots=True)
class Domain:
    """The functions that the layer above gives to the engine at start-up; the engine imports nothing of it."""

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    refusals: Callable[[UnitOfWork, UserTask, Actor, str], list[Sentence]] = _nobody_refuses
    candidates: Callable[[UnitOfWork, ProcessInstance, TaskRule], Candidates] = _role_is_group
    remind: Callable[[UnitOfWork, UserTask], None] = _no_reminder
    #: An element's id and its name in the diagram -> its name in both languages.
    name_of: Callable[[str, str], Sentence] = _as_in_the_diagram
    #: Names of the handlers that only read: their having run stands in the way of no take-back.
    pure: frozenset[str] = frozenset()


class UnitOfWork:
    """One act: everything it reads and writes, by whom, and at which instant. Rolls back unless told to commit."""

    def __init__(
        self, session: Session, actor: Actor, now: datetime, domain: Domain | None = None
    ) -> None:
        self.session = session
        self.actor = actor
        self.now = now
        self.domain = domain or Domain()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.session.in_transaction():
            self.session.rollback()
        self.session.close()

    def commit(self) -> None:
        """Called once, at the door (view, command or sweep)."""
        self.session.commit()


#: Key of a session's own notes: what to do once its transaction is safe.
_LATER = "once_committed"


def once_committed(session: Session, act: Callable[[], None]) -> None:
    """Do this after the commit of the transaction that is open now, and not at all if it is rolled back."""
    session.info.setdefault(_LATER, []).append(act)


@event.listens_for(Session, "after_commit")
def _do_later(session: Session) -> None:
    if not session.in_nested_transaction():
        for act in session.info.pop(_LATER, ()):
            act()


@event.listens_for(Session, "after_rollback")
def _do_never(session: Session) -> None:
    session.info.pop(_LATER, None)


def make_engine(url: str, **options: Any) -> sa.Engine:
    """An engine with the durability that evidence needs.

    SQLite: WAL, synchronous=FULL, and BEGIN IMMEDIATE for every transaction that is not marked
    `readonly`, because a snapshot that turns into a writer fails where waiting would have helped
    (ecosystem measurements: 572 of 800 lost). PostgreSQL: the driver's defaults.
    """
    options.setdefault("hide_parameters", True)  # bound values are unpublished text: not for logs
    engine = sa.create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, opens transactions
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    readonly = connection.get_execution_options().get("readonly", False)
    run(connection, "BEGIN" if readonly else "BEGIN IMMEDIATE")


def run(connection: sa.Connection, statement: str, values: tuple[Any, ...] = ()) -> DBAPICursor:
    """A statement by the driver itself; who listens hears of it, and what fails is told, as by SQLAlchemy."""
    driver, dialect = connection.connection, connection.dialect
    cursor = driver.cursor()
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, statement, values, None, False)
    errors = dialect.loaded_dbapi.Error
    try:
        cursor.execute(statement, values)
    except errors as error:
        lost = dialect.is_disconnect(error, driver, cursor)
        if lost:
            connection.invalidate(error)
        told = sa.exc.DBAPIError.instance(
            statement,
            None,
            error,
            errors,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )
        raise told from error
    return cursor
