"""Opens the database that the settings name, and says in one sentence why it cannot be used.

The schema is brought up to date by `sanshen migrate`, `init` and `demo` only; a server never migrates
by itself, because a second, older server may still be running.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from config import Settings
from engine import schema
from engine.database import make_engine
from engine.errors import SanshenError
from engine.text import Sentence
from webapp.transaction import Store
from workflows.handlers import DOMAIN
from workflows.migrations import VERSIONS

MIGRATIONS = (VERSIONS,)


class NotReady(SanshenError):
    """Something outside the program is missing: a folder, a database, a port, a migration."""


def open_store(settings: Settings, *, scratch: bool = False) -> Store:
    """The store on the settings' database; its folder is made when it is the embedded one.

    `scratch` is for a database that is made anew if the power fails: it does not wait for the disk.
    """
    if settings.sqlite_path is not None:
        make_folder(settings.sqlite_path.parent)
    engine = make_engine(settings.database_url)
    if scratch:
        event.listen(engine, "connect", _without_waiting)
    try:
        with engine.connect().execution_options(readonly=True) as connection:
            connection.execute(sa.text("SELECT 1"))
    except OperationalError as error:
        engine.dispose()
        place = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0]
        raise NotReady(
            Sentence(
                f"打不开数据库 {place}：{reason}",
                f"The database {place} cannot be opened: {reason}",
                "database",
            )
        ) from error
    return Store(engine, sessionmaker(engine, expire_on_commit=False), DOMAIN)


def _without_waiting(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def make_folder(folder: Path) -> None:
    """The folder, writable, or the sentence that says it is not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-{secrets.token_hex(4)}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise NotReady(
            Sentence(
                f"不能写入文件夹 {folder}（{error.strerror}）。请换一个文件夹（SANSHEN_HOME 或 --home），或者改权限。",
                f"The folder {folder} cannot be written to ({error.strerror}). "
                "Name another one (SANSHEN_HOME or --home) or change its rights.",
                "folder",
            )
        ) from error


def migrate(store: Store) -> list[str]:
    """Apply what is pending; answers the names of what was applied."""
    return schema.upgrade(store.engine, version_locations=MIGRATIONS)


def pending(store: Store) -> list[str]:
    """What `migrate` would apply."""
    return schema.pending(store.engine, version_locations=MIGRATIONS)


def require_current(store: Store) -> None:
    """Refuse to work on a database that is older than the program."""
    waiting = pending(store)
    if waiting:
        raise NotReady(
            Sentence(
                f"数据库还有 {len(waiting)} 项升级没有执行。请先备份，再运行：sanshen migrate",
                f"{len(waiting)} migrations have not been applied. Back up, then run: sanshen migrate",
                "migrations",
            )
        )


def with_secret_key(settings: Settings) -> Settings:
    """The settings with a secret key: the configured one, else the one kept in `home`, made when absent.

    Readable by the owner only. Losing it costs nobody data: open forms ask to be sent again.
    """
    if settings.secret_key:
        return settings
    make_folder(settings.home)
    file = settings.home / "secret_key"
    if not file.exists():
        _write_once(file, secrets.token_hex(32))
    return replace(settings, secret_key=file.read_text().strip())


def _write_once(file: Path, text: str) -> None:
    """Whole or not at all: of two servers that start together, both read what one of them wrote."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as fresh:
        fresh.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def is_empty(store: Store) -> bool:
    """Whether nothing was ever created here."""
    return not sa.inspect(store.engine).get_table_names()
