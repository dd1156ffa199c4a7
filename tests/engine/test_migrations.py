"""An empty database, migrated, equals the models; evidence cannot be changed; upgrades can be repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import models, schema
from engine.database import make_engine
from tests.conftest import ROOT, Database

OWN_TABLES = {
    model.__tablename__
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, models.Base) and model is not models.Base
}


def own(differences: list[object]) -> list[object]:
    """Without the tables of the layer above, whose models another test module may have imported."""
    return [d for d in differences if not _speaks_of_others(d)]


def _speaks_of_others(difference: object) -> bool:
    for part in difference if isinstance(difference, tuple) else ():
        table = getattr(part, "table", part)
        if isinstance(table, sa.Table) and table.name not in OWN_TABLES:
            return True
    return False


def test_an_empty_database_migrated_equals_the_models(database: Database) -> None:
    assert own(schema.differences(database.engine)) == []


def test_nothing_is_pending_after_an_upgrade_and_a_second_upgrade_changes_nothing(
    database: Database,
) -> None:
    assert schema.pending(database.engine) == []
    assert schema.upgrade(database.engine) == []


def test_a_new_database_names_what_is_pending(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert schema.pending(engine) == ["engine_0001", "engine_0002", "engine_0003", "engine_0004"]
    assert schema.upgrade(engine) == ["engine_0001", "engine_0002", "engine_0003", "engine_0004"]
    engine.dispose()


BROKEN = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "above_0001", None, ("above",), "engine_0001"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("SELECT nothing FROM nowhere")
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    server = request.getfixturevalue("postgres_server")
    return str(server.url(server.create()))


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    (above / "0001_broken.py").write_text(BROKEN)
    engine = make_engine(empty_url)
    with pytest.raises(sa.exc.DBAPIError):
        schema.upgrade(engine, version_locations=[above])
    assert sa.inspect(engine).get_table_names() == []
    waiting = ["above_0001", "engine_0001", "engine_0002", "engine_0003", "engine_0004"]
    assert sorted(schema.pending(engine, version_locations=[above])) == waiting
    (above / "0001_broken.py").write_text(BROKEN.replace("SELECT nothing FROM nowhere", "SELECT 1"))
    schema.upgrade(engine, version_locations=[above])
    assert "half_done" in sa.inspect(engine).get_table_names()
    engine.dispose()


UPGRADE = """
import sys
from engine import schema
from engine.database import make_engine
sys.stdout.write(",".join(schema.upgrade(make_engine(sys.argv[1]))))
"""


@pytest.mark.slow
def test_servers_that_start_together_migrate_once(empty_url: str) -> None:
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(3)
    ]
    told = [server.communicate(timeout=120) for server in servers]
    assert [server.returncode for server in servers] == [0, 0, 0], told
    assert sorted(output for output, _ in told) == [
        "",
        "",
        "engine_0001,engine_0002,engine_0003,engine_0004",
    ]


STATE = sa.insert(models.ProcessState).values(digest="sha256:0", state="{}")


@pytest.mark.parametrize(
    "verb", ["UPDATE process_state SET state = 'x'", "DELETE FROM process_state"]
)
def test_evidence_can_be_neither_changed_nor_removed(database: Database, verb: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(STATE)
    with (
        pytest.raises(sa.exc.DBAPIError, match="append-only"),
        database.engine.begin() as connection,
    ):
        connection.execute(sa.text(verb))


@pytest.mark.parametrize("table", ["audit_entry", "process_definition", "process_state"])
def test_every_table_of_evidence_has_its_triggers(database: Database, table: str) -> None:
    listing = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t",
        "postgres": "SELECT count(*) * 2 FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass)"
        " AND NOT tgisinternal",
    }[database.kind]
    with database.engine.connect() as connection:
        assert connection.scalar(sa.text(listing), {"t": table}) == 2
