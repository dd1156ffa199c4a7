"""Rows of the hot acts in plain statements: gathered while an act is carried out, then sent at once.

SQLAlchemy's object layer was most of what an act cost (docs/performance.md). The objects stay, and the
session knows them; only how their rows are loaded and stored is done here, alike in both databases:
statement by statement in SQLite, joined to one in PostgreSQL. What is gathered is sent before anything
else is read or written through the session, at the latest before the commit; a rollback forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapper, Session, SessionTransaction, configure_mappers
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from engine.database import Base, UnitOfWork, run

Row = TypeVar("Row", bound=Base)
_Statement = tuple[str, tuple[Any, ...]]

#: A session's own notes: what waits, numbers drawn but not used yet, and its transaction's connection.
_KEY, _DRAWN, _CONNECTION = "rows_to_send", "rows_drawn", "rows_connection"

_New = tuple[type[Base], tuple[str, ...], tuple[Any, ...]]


@dataclass(slots=True)
class _Waiting:
    """What is to be sent, in this order: rows that others cite, changes per object, new rows."""

    cited: list[_New] = field(default_factory=list)
    changed: dict[Base, tuple[int, dict[str, Any]]] = field(
        default_factory=dict
    )  # with its version
    new: list[_New] = field(default_factory=list)


# -- what the verbs call ---------------------------------------------------------------------------


def change(uow: UnitOfWork, row: Base, **values: Any) -> None:
    """Set columns of a row that this transaction has locked. Its version is counted when it is sent."""
    version: int = row.row_version  # type: ignore[attr-defined]
    _, told = _waiting(uow.session).changed.setdefault(row, (version, {}))
    told.update(values)
    _put(row, values)


def add(
    uow: UnitOfWork, model: type[Base], values: Mapping[str, Any], *, once: bool = False
) -> None:
    """A new row that nobody needs as an object. With `once`, one that is there already is left alone."""
    waiting = _waiting(uow.session)
    rows = waiting.cited if once else waiting.new
    rows.append((model, tuple(values), tuple(values.values())))


def add_known(uow: UnitOfWork, model: type[Row], values: Mapping[str, Any]) -> Row:
    """A new row whose id is drawn already (`draw`), as an object that the session knows."""
    add(uow, model, values)
    empty = dict.fromkeys(model.__table__.columns.keys())
    return _known(uow.session, model, {**empty, **values})


def draw(uow: UnitOfWork, model: type[Base], number: int) -> list[int]:
    """Ids for so many new rows, ascending. The case is locked, so within a case they ascend as well."""
    table = model.__tablename__
    connection = connected(uow.session)
    if connection.dialect.name == "postgresql":
        drawn: list[int] = uow.session.info.get(_DRAWN, {}).pop(model, [])
        if len(drawn) < number:
            asked = f"SELECT nextval('{table}_id_seq') FROM generate_series(1, %s)"  # noqa: S608
            more = run(connection, asked, (number - len(drawn),)).fetchall()
            drawn = drawn + sorted(id for (id,) in more)
        return drawn[:number]
    send(uow.session)  # the only writer may look which id comes next
    last = f"SELECT coalesce(max(id), 0) FROM {table}"  # noqa: S608
    first = run(connection, last).fetchall()[0][0] + 1
    return list(range(first, first + number))


def keep_drawn(uow: UnitOfWork, model: type[Base], drawn: int) -> None:
    """A number that this transaction drew already, beside something else that it asked: the next to be used."""
    uow.session.info[_DRAWN] = {model: [drawn]}


def load(uow: UnitOfWork, statement: str, parameters: tuple[Any, ...], *models: type[Base]) -> Any:
    """The objects of one row, fresh from the database, and whatever columns follow theirs; or None.

    `{columns}` in the statement stands for the columns of the models, aliased `a`, `b`, … in turn.
    """
    session = uow.session
    session.flush()
    send(session)
    connection = connected(session)
    dialect = connection.dialect
    text = _selecting(statement, models, _mark(dialect))
    row = run(connection, text, parameters).fetchone()
    if row is None:
        return None
    found: list[Any] = []
    at = 0
    for model in models:
        names, out = _reading(model, dialect)
        values = list(row[at : at + len(names)])
        at += len(names)
        for n, convert in out:
            if values[n] is not None:
                values[n] = convert(values[n])
        found.append(_known(session, model, dict(zip(names, values, strict=True))))
    return (*found, *row[at:])


def flush(uow: UnitOfWork) -> None:
    """All that was written so far, here or through the session, is in the database from now on."""
    uow.session.flush()
    send(uow.session)


def send(session: Session) -> None:
    """Send what waits. Raises StaleDataError where a row is not as it was read."""
    waiting: _Waiting | None = session.info.pop(_KEY, None)
    if waiting is None:
        return
    connection = connected(session)
    cited = list(_inserts(waiting.cited, connection.dialect, once=True))
    updates = list(_updates(waiting.changed, connection.dialect))
    inserts = list(_inserts(waiting.new, connection.dialect, once=False))
    if connection.dialect.name == "postgresql":
        # what closes a task goes first if the same one opens again: an index holds one open at a time
        first, rest = [*cited, *updates], inserts
        batches = [first, rest] if _reopens(waiting) else [first + rest]
        found = sum(_send_joined(connection, batch) for batch in batches if batch)
    else:
        for one in cited:
            run(connection, *one)
        found = sum(run(connection, *one).rowcount for one in updates)
        for one in inserts:
            run(connection, *one)
    if found != len(updates):
        raise StaleDataError(f"{len(updates)} rows were to be changed, {found} are as they were")


def connected(session: Session) -> sa.Connection:
    """The connection of the transaction that is open now, or of one that begins; looked up once for each, and
    once for each savepoint, which begins with it."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    known, connection = session.info.get(_CONNECTION, (None, None))
    if connection is None or known is not transaction or not transaction.is_active:
        connection = session.connection()
        transaction = session.get_nested_transaction() or session.get_transaction()
        session.info[_CONNECTION] = (transaction, connection)
    found: sa.Connection = connection
    return found


# -- when it is sent -------------------------------------------------------------------------------


@event.listens_for(Session, "do_orm_execute")
def _before_reading(state: sa.orm.ORMExecuteState) -> None:
    send(state.session)


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _objects: Any) -> None:
    send(session)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    send(session)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    session.info.pop(_KEY, None)
    if transaction.nested:  # the session does not know which rows were sent within the savepoint
        session.expire_all()


@event.listens_for(Session, "after_transaction_end")
def _forget_transaction(session: Session, transaction: SessionTransaction) -> None:
    """Numbers that were not used stay unused: in the next transaction they would be out of turn."""
    if transaction.parent is None:
        session.info.pop(_DRAWN, None)
        session.info.pop(_CONNECTION, None)


# -- the objects -----------------------------------------------------------------------------------


def _waiting(session: Session) -> _Waiting:
    found: _Waiting | None = session.info.get(_KEY)
    if found is None:
        found = session.info[_KEY] = _Waiting()
    return found


@lru_cache
def _mapper(model: type[Row]) -> Mapper[Row]:
    configure_mappers()  # in a new process, nothing else may have asked for it yet
    return sa.inspect(model)


def _known(session: Session, model: type[Row], values: Mapping[str, Any]) -> Row:
    """The session's object for these values; the one it has already, brought up to date, or a new one."""
    mapper = _mapper(model)
    key = mapper.identity_key_from_primary_key((values["id"],))
    row = session.identity_map.get(key)
    if row is not None:
        _put(row, values)
        return cast("Row", row)
    row = mapper.class_manager.new_instance()
    state = instance_state(row)
    state.dict.update(values)
    # it has a row, and the session knows it: what a query does with each row that it reads
    state.key = key
    state.session_id = session.hash_key
    session.identity_map.add(state)
    return cast("Row", row)


def _put(row: Base, values: Mapping[str, Any]) -> None:
    """Give a row values that are, or are about to be, those of the database: nothing to find out at a flush."""
    state = instance_state(row)
    if state.modified or state.expired:
        for name, value in values.items():
            set_committed_value(row, name, value)
    else:
        state.dict.update(values)  # the same, where no column waits to be written or read


# -- the statements --------------------------------------------------------------------------------


@lru_cache
def _reading(
    model: type[Base], dialect: sa.Dialect
) -> tuple[tuple[str, ...], tuple[tuple[int, Callable[[Any], Any]], ...]]:
    """The names of the columns, and for those that are stored otherwise, by place, how to read them."""
    columns = model.__table__.columns
    out = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns]
    return tuple(c.name for c in columns), tuple((n, o) for n, o in enumerate(out) if o)


@lru_cache
def _writing(
    model: type[Base], dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """For those of these columns that are stored otherwise, by place, how to write them."""
    columns = model.__table__.columns
    into = [columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    return tuple((n, convert) for n, convert in enumerate(into) if convert)


def _stored(
    model: type[Base], dialect: sa.Dialect, names: tuple[str, ...], values: Iterable[Any]
) -> list[Any]:
    told = list(values)
    for n, convert in _writing(model, dialect, names):
        told[n] = convert(told[n])
    return told


@lru_cache
def _selecting(statement: str, models: tuple[type[Base], ...], mark: str) -> str:
    columns = ", ".join(
        f"{alias}.{column.name}"
        for alias, model in zip("abcdef", models, strict=False)
        for column in model.__table__.columns
    )
    return statement.format(columns=columns).replace("?", mark)


def _mark(dialect: sa.Dialect) -> str:
    return "?" if dialect.paramstyle == "qmark" else "%s"


@lru_cache
def _update(table: str, names: tuple[str, ...], mark: str) -> str:
    changed = ", ".join(f"{name} = {mark}" for name in names)
    return f"UPDATE {table} SET {changed} WHERE id = {mark} AND row_version = {mark}"  # noqa: S608


@lru_cache
def _insert(table: str, names: tuple[str, ...], once: bool, rows: int, mark: str) -> str:
    row = f"({', '.join([mark] * len(names))})"
    values = ", ".join([row] * rows)
    end = " ON CONFLICT DO NOTHING" if once else ""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}{end}"  # noqa: S608


def _updates(
    changed: Mapping[Base, tuple[int, dict[str, Any]]], dialect: sa.Dialect
) -> Iterable[_Statement]:
    for row, (version, values) in changed.items():
        model = type(row)
        names = (*values, "row_version")
        told = _stored(model, dialect, names, (*values.values(), version + 1))
        text = _update(model.__tablename__, names, _mark(dialect))
        _put(row, {"row_version": version + 1})
        yield text, (*told, row.id, version)  # type: ignore[attr-defined]


def _inserts(new: list[_New], dialect: sa.Dialect, *, once: bool) -> Iterable[_Statement]:
    """Rows of the same shape in one statement: they get their ids in the order in which they came."""
    shapes: dict[tuple[type[Base], tuple[str, ...]], list[list[Any]]] = {}
    for model, names, values in new:
        told = _stored(model, dialect, names, values)
        shapes.setdefault((model, names), []).append(told)
    for (model, names), rows in shapes.items():
        text = _insert(model.__tablename__, names, once, len(rows), _mark(dialect))
        yield text, tuple(value for row in rows for value in row)


def _reopens(waiting: _Waiting) -> bool:
    closed = {getattr(row, "occurrence", None) for row in waiting.changed}
    for _, names, values in waiting.new:
        if "occurrence" in names and values[names.index("occurrence")] in closed:
            return True
    return False


def _send_joined(connection: sa.Connection, batch: Sequence[_Statement]) -> int:
    """All of them as one statement; answers how many rows the updates among them found."""
    joined = _joined(tuple(text for text, _ in batch))
    values = tuple(value for _, told in batch for value in told)
    (found,) = run(connection, joined, values).fetchone() or (0,)
    return int(found)


@lru_cache(maxsize=1_024)
def _joined(texts: tuple[str, ...]) -> str:
    changing = [n for n, text in enumerate(texts) if text.startswith("UPDATE")]
    updates = [f"(SELECT count(*) FROM w{n})" for n in changing]  # noqa: S608
    parts = ", ".join(
        f"w{n} AS ({text}{' RETURNING 1' if n in changing else ''})" for n, text in enumerate(texts)
    )
    return f"WITH {parts} SELECT {' + '.join(updates) or '0'}"
