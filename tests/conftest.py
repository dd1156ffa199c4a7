"""Fixtures that every test shares: both databases, migrated; the unit of work; frozen instants.

No skip is silent: each reason is listed at the end, and with CI set a skip makes the run fail.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import schema
from engine.database import Actor, Domain, UnitOfWork, make_engine
from tests import postgres

ROOT = Path(__file__).parents[1]
#: Servers set it to `true`, people to `1`.
UNDER_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

#: A Monday morning in Beijing, in a week without holidays.
MONDAY = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)

ALICE = Actor("1", "陈安", role="first_reviewer")
BOB = Actor("2", "何博", role="first_reviewer")


@dataclass
class Database:
    """An empty, migrated database. `kind` is "sqlite" or "postgres"."""

    kind: str
    url: str
    engine: sa.Engine

    def session(self) -> Session:
        return Session(self.engine)

    def open(
        self, actor: Actor = ALICE, now: datetime = MONDAY, domain: Domain | None = None
    ) -> UnitOfWork:
        return UnitOfWork(self.session(), actor, now, domain)


OpenUow = Callable[..., UnitOfWork]


class Templates:
    """Migrated databases to copy, one per kind and set of migrations, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[tuple[str, tuple[Path, ...]], Any] = {}
        self.server: postgres.Server | None = None

    def sqlite(self, locations: tuple[Path, ...]) -> Path:
        key = ("sqlite", locations)
        if key not in self.made:
            file = self.folder / f"template{len(self.made)}.sqlite"
            migrate(f"sqlite:///{file}", locations)
            self.made[key] = file
        return Path(self.made[key])

    def postgres(self, server: postgres.Server, locations: tuple[Path, ...]) -> str:
        """One database for all tests, emptied after each: that is ten times quicker than a copy."""
        key = ("postgres", locations)
        if key not in self.made:
            name = server.create()
            migrate(server.url(name), locations)
            self.made[key] = name
        return str(self.made[key])


def migrate(url: str, locations: tuple[Path, ...]) -> None:
    engine = make_engine(url)
    schema.upgrade(engine, version_locations=locations)
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(readonly=True) as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    try:
        with postgres.running() as server:
            yield server
    except postgres.CannotStart as reason:
        if UNDER_CI:
            pytest.fail(f"PostgreSQL is required under CI: {reason}", pytrace=False)
        pytest.skip(f"PostgreSQL could not be started: {reason}")


@pytest.fixture
def version_locations() -> tuple[Path, ...]:
    """The migrations beside the engine's own; the engine's tests override this with none."""
    found = (ROOT / "workflows/migrations/versions",)
    return tuple(folder for folder in found if folder.is_dir())


@pytest.fixture
def sqlite_database(
    templates: Templates, tmp_path: Path, version_locations: tuple[Path, ...]
) -> Iterator[Database]:
    file = tmp_path / "test.sqlite"
    shutil.copyfile(templates.sqlite(version_locations), file)
    engine = make_engine(f"sqlite:///{file}")
    yield Database("sqlite", f"sqlite:///{file}", engine)
    engine.dispose()


@pytest.fixture
def postgres_database(
    templates: Templates,
    postgres_server: postgres.Server,
    version_locations: tuple[Path, ...],
) -> Iterator[Database]:
    name = templates.postgres(postgres_server, version_locations)
    engine = make_engine(postgres_server.url(name))
    yield Database("postgres", postgres_server.url(name), engine)
    engine.dispose()
    postgres_server.empty(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """The test runs once on each database."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def domain() -> Domain | None:
    """What the layer above gives to the engine; the tests of that layer override this."""
    return None


@pytest.fixture
def uow(database: Database, domain: Domain | None) -> Iterator[OpenUow]:
    """`with uow(actor, now) as work:` — rolled back unless the test commits; closed at the end anyway."""
    opened: list[UnitOfWork] = []

    def open_one(
        actor: Actor = ALICE, now: datetime = MONDAY, *, domain: Domain | None = domain
    ) -> UnitOfWork:
        opened.append(database.open(actor, now, domain))
        return opened[-1]

    yield open_one
    for work in opened:
        work.session.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        _file, _line, reason = (
            report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, "?")
        )
        reasons[str(reason)] = reasons.get(str(reason), 0) + 1
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {number} tests — {reason}", yellow=True)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = bool(reporter and reporter.stats.get("skipped"))
    if skipped and exitstatus == 0 and UNDER_CI:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
