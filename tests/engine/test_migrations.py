"""An empty database, migrated, equals the models; evidence cannot be changed; upgrades can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import models, schema
from tests.conftest import Database

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
    from engine.database import make_engine

    engine = make_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    assert schema.pending(engine) == ["engine_0001"]
    assert schema.upgrade(engine) == ["engine_0001"]
    engine.dispose()


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
