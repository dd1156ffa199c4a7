"""Brings a database to the schema this version needs: the engine's migrations and those it is given.

Both are branches of one Alembic history and run in one transaction, so a failure leaves nothing half
done. The scripts are found beside this file, so an installed wheel migrates as well as a checkout.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import EngineError
from engine.models import AuditEntry
from engine.text import Sentence

SCRIPTS = Path(__file__).parent / "migrations"
OWN_VERSIONS = SCRIPTS / "versions"

#: One writer at a time: two servers that start together must not both create the tables.
_ADVISORY_LOCK = 7_305_183_406_091_001


class NewerDatabase(EngineError):
    """The database was migrated by a later version of the program than this one."""


def upgrade(engine: sa.Engine, *, version_locations: Sequence[Path] = ()) -> list[str]:
    """Apply everything that is pending, in one transaction; answers what was applied, in order."""
    config = _config(version_locations)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        waiting = _pending(config, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
    return waiting


def pending(engine: sa.Engine, *, version_locations: Sequence[Path] = ()) -> list[str]:
    """The revisions that this version of the program has and the database has not, oldest first."""
    with engine.connect().execution_options(readonly=True) as connection:
        return _pending(_config(version_locations), connection)


def differences(engine: sa.Engine) -> list[Any]:
    """What Alembic would still change to make the database equal to the imported models."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, AuditEntry.metadata))


def _config(version_locations: Sequence[Path]) -> Config:
    config = Config()
    folders = [OWN_VERSIONS, *version_locations]
    config.set_main_option("script_location", _escaped(SCRIPTS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(_escaped, folders)))
    return config


def _escaped(folder: Path) -> str:
    return str(folder).replace("%", "%%")


def _pending(config: Config, connection: sa.Connection) -> list[str]:
    script = ScriptDirectory.from_config(config)
    everything = [revision.revision for revision in script.walk_revisions("base", "heads")]
    applied = MigrationContext.configure(connection).get_current_heads()
    unknown = sorted(set(applied) - set(everything))
    if unknown:
        raise NewerDatabase(
            Sentence(
                f"数据库已升级到本版本不认识的结构（{'、'.join(unknown)}），请使用较新的程序。",
                f"The database has revisions that this version does not know ({', '.join(unknown)}); "
                "use the newer program.",
            )
        )
    known = {r.revision for head in applied for r in script.iterate_revisions(head, "base")}
    return [revision for revision in reversed(everything) if revision not in known]
