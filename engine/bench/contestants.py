"""Who is measured: the engine, the raw floor beneath it, and the usual way to use the interpreter.

Each is made for a database, prepares one case of its own, and can `operate(number)`; the caller takes
the time. All of them write as durably: WAL with synchronous=FULL, or synchronous_commit=on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy.orm import sessionmaker

from engine import user_tasks
from engine.bench import chain
from engine.database import UnitOfWork, make_engine
from engine.models import AuditEntry, ProcessInstance, UserTask

NOW = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)


class Contestant(Protocol):
    """Something that can do operations, one after another."""

    def operate(self, number: int) -> None:
        """Claim and complete, so many times."""

    def close(self) -> None:
        """Give connections back."""


class Ours:
    """The engine through its own API."""

    def __init__(self, url: str, business_key: str) -> None:
        self._engine = make_engine(url)
        self._session = sessionmaker(self._engine, expire_on_commit=False)  # as the web does
        with self._open() as uow:
            case = chain.begin(uow, business_key)
            uow.commit()
            self.case_id = case.id
            self._task = self._waiting(uow)

    def _open(self) -> UnitOfWork:
        return UnitOfWork(self._session(), chain.CLERK, NOW, chain.DOMAIN)

    def _waiting(self, uow: UnitOfWork) -> tuple[int, str]:
        wanted = (UserTask.instance_id == self.case_id) & (UserTask.status == "open")
        row = uow.session.execute(sa.select(UserTask.id, UserTask.element_id).where(wanted)).one()
        return row.id, row.element_id

    def operate(self, number: int) -> None:
        for _ in range(number):
            self.act(chain.outcome_at(self._task[1]))

    def act(self, outcome: str) -> None:
        """One operation with this outcome."""
        task_id, _ = self._task
        with self._open() as uow:
            user_tasks.claim(uow, task_id)
            uow.commit()
        with self._open() as uow:
            (opened,) = user_tasks.complete(uow, task_id, outcome).opened
            self._task = (opened.id, opened.element_id)
            uow.commit()

    def returned(self, times: int) -> None:
        """Come back to the first task so many times, by the way of the whole chain."""
        for _ in range(times * (chain.STEPS + 1)):
            self.act(chain.outcome_at(self._task[1]))

    def sizes(self) -> dict[str, int]:
        """Bytes of what is live (case, state, open tasks) and of history per act."""
        with self._open() as uow:
            case = uow.session.get_one(ProcessInstance, self.case_id)
            open_tasks = (UserTask.instance_id == case.id) & (UserTask.status == "open")
            entries = uow.session.scalars(
                sa.select(AuditEntry.payload).where(AuditEntry.case_id == case.id)
            ).all()
            state = uow.session.scalar(
                sa.text("SELECT state FROM process_state WHERE digest = :d"),
                {"d": case.state_digest},
            )
            live = [_row_bytes(case), len(str(state).encode())]
            live += [
                _row_bytes(task)
                for task in uow.session.scalars(sa.select(UserTask).where(open_tasks))
            ]
            return {
                "live": sum(live),
                "history_per_act": sum(len(e.encode()) for e in entries) // max(1, len(entries)),
            }

    def close(self) -> None:
        self._engine.dispose()


def _row_bytes(row: Any) -> int:
    return sum(
        len(str(getattr(row, column.key)).encode()) for column in sa.inspect(row).mapper.columns
    )


# -- the floor ---------------------------------------------------------------------------------------


def template(url: str, case_id: int) -> dict[str, dict[str, Any]]:
    """The last task and the last entry that an act wrote: what the floor writes again and again."""
    engine = make_engine(url)
    found = {}
    with engine.connect().execution_options(readonly=True) as connection:
        for table, owner in (("user_task", "instance_id"), ("audit_entry", "case_id")):
            query = f"SELECT * FROM {table} WHERE {owner} = {case_id} ORDER BY id DESC LIMIT 1"
            found[table] = dict(connection.exec_driver_sql(query).mappings().one())
    engine.dispose()
    return found


class SqliteFloor:
    """The same rows by the sqlite3 module, statement by statement."""

    def __init__(self, url: str, business_key: str) -> None:
        one = Ours(url, business_key)
        one.operate(1)
        one.close()
        self._case = one.case_id
        self._rows = template(url, one.case_id)
        file = sa.make_url(url).database or ""
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._number = 1_000

    def operate(self, number: int) -> None:
        for _ in range(number):
            with self._transaction() as run:
                run(
                    "UPDATE user_task SET assignee_id=?, claimed_at=? WHERE instance_id=? AND status='open'",
                    ("1", str(NOW), self._case),
                )
                self._note(run)
            with self._transaction() as run:
                run(
                    "UPDATE user_task SET status='done', outcome='pass', closed_at=?, closed_by='1' WHERE instance_id=? AND status='open'",
                    (str(NOW), self._case),
                )
                self._insert(run, "user_task", self._rows["user_task"])
                run(
                    "INSERT OR IGNORE INTO process_state SELECT digest, state FROM process_state LIMIT 1",
                    (),
                )
                self._note(run)

    def _note(self, run: Any) -> None:
        self._number += 1
        self._insert(run, "audit_entry", {**self._rows["audit_entry"], "case_seq": self._number})
        run(
            "UPDATE process_instance SET trail_length=?, row_version=row_version+1 WHERE id=?",
            (self._number, self._case),
        )

    def _insert(self, run: Any, table: str, row: dict[str, Any]) -> None:
        named = {key: value for key, value in row.items() if key != "id"}
        marks = ",".join("?" * len(named))
        run(f"INSERT INTO {table} ({','.join(named)}) VALUES ({marks})", tuple(named.values()))

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run("SELECT * FROM process_instance WHERE id=?", (self._case,)).fetchone()
        yield run
        run("COMMIT")

    def close(self) -> None:
        self._connection.close()


def pgbench_script(rows: dict[str, dict[str, Any]], first_case: int) -> str:
    """The same rows as a script for pgbench; each client has a case of its own, from `first_case` on."""

    def insert(table: str, **changes: str) -> str:
        values = {key: _literal(value) for key, value in rows[table].items() if key != "id"}
        values |= changes
        return f"INSERT INTO {table} ({','.join(values)}) VALUES ({','.join(values.values())});"

    note = insert("audit_entry", case_id=":case", case_seq="nextval('bench_seq')")
    head = "UPDATE process_instance SET trail_length=trail_length+1, row_version=row_version+1 WHERE id=:case;"
    lock = "SELECT * FROM process_instance WHERE id=:case FOR UPDATE;"
    mine = "WHERE instance_id=:case AND status='open';"
    return "\n".join(
        [
            f"\\set case {first_case} + :client_id",
            "BEGIN;",
            lock,
            f"UPDATE user_task SET assignee_id='1', claimed_at=now() {mine}",
            note,
            head,
            "END;",
            "BEGIN;",
            lock,
            f"UPDATE user_task SET status='done', outcome='pass', closed_at=now(), closed_by='1' {mine}",
            insert("user_task", instance_id=":case"),
            "INSERT INTO process_state SELECT digest, state FROM process_state LIMIT 1 ON CONFLICT DO NOTHING;",
            note,
            head,
            "END;",
        ]
    )


def _literal(value: Any) -> str:
    """A value in the script. pgbench takes `:word` for a variable even inside quotes, so colons are escaped."""
    if value is None or isinstance(value, bool | int):
        return "NULL" if value is None else str(value).lower()
    if isinstance(value, dict | list):
        value = json.dumps(value)
    if isinstance(value, datetime):
        value = value.isoformat()
    text = str(value).replace("\\", "\\\\").replace("'", "''").replace(":", "\\072")
    return f"E'{text}'"


# -- the usual way -----------------------------------------------------------------------------------


class UsualWay:
    """SpiffWorkflow with its whole history serialised to JSON in a row, by the plain driver."""

    def __init__(self, url: str, business_key: str) -> None:
        self._engine = make_engine(url)
        self._key = business_key
        parser = BpmnParser()
        parser.add_bpmn_str(chain.xml())
        workflow = BpmnWorkflow(parser.get_spec(chain.KEY), parser.get_subprocess_specs(chain.KEY))
        self._serializer = BpmnWorkflowSerializer()
        workflow.do_engine_steps()
        with self._engine.begin() as run:
            run.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS usual_way (id TEXT PRIMARY KEY, state TEXT, holder TEXT)"
            )
            run.exec_driver_sql("CREATE TABLE IF NOT EXISTS usual_log (id TEXT, told TEXT)")
            self._run(
                run,
                "INSERT INTO usual_way VALUES (%s, %s, NULL)",
                self._key,
                self._serializer.serialize_json(workflow),
            )

    def _run(self, connection: sa.Connection, statement: str, *values: Any) -> Any:
        if connection.dialect.name == "sqlite":
            statement = statement.replace("%s", "?")
        return connection.exec_driver_sql(statement, values)

    def operate(self, number: int) -> None:
        for _ in range(number):
            self.act(None)

    def act(self, outcome: str | None) -> None:
        """One operation; None stands for what the chain would have."""
        with self._engine.begin() as run:
            self._run(run, "UPDATE usual_way SET holder = %s WHERE id = %s", "1", self._key)
            self._run(run, "INSERT INTO usual_log VALUES (%s, %s)", self._key, '{"act":"claimed"}')
        with self._engine.begin() as run:
            lock = "" if run.dialect.name == "sqlite" else " FOR UPDATE"
            row = self._run(
                run, f"SELECT state FROM usual_way WHERE id = %s{lock}", self._key
            ).one()
            workflow = self._serializer.deserialize_json(row.state)
            task = next(t for t in workflow.get_tasks(state=TaskState.READY, manual=True))
            name = task.task_spec.name
            task.data[name] = outcome or chain.outcome_at(name)
            task.run()
            workflow.do_engine_steps()
            state = self._serializer.serialize_json(workflow)
            self._run(
                run,
                "UPDATE usual_way SET state = %s, holder = NULL WHERE id = %s",
                state,
                self._key,
            )
            self._run(
                run,
                "INSERT INTO usual_log VALUES (%s, %s)",
                self._key,
                json.dumps({"act": "completed", "task": name}),
            )

    def returned(self, times: int) -> None:
        """Come back to the first task so many times."""
        for _ in range(times * (chain.STEPS + 1)):
            self.act(None)

    def close(self) -> None:
        self._engine.dispose()
