"""One file that holds a whole SQLite database, checked when it is written and again before it is used.

The file is a zip archive of `manifest.json` and `database.sqlite`. The copy is made by SQLite's online
backup, so the system keeps working meanwhile. PostgreSQL has tools of its own; they are named exactly.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import audit
from engine.audit.event import instant
from engine.database import SYSTEM, UnitOfWork
from engine.errors import EngineError
from engine.text import Sentence

FORMAT = "sanshen-backup 1"
DATABASE, MANIFEST = "database.sqlite", "manifest.json"
_CHUNK = 1 << 20


class BackupRefused(EngineError):
    """The backup or the restore was not done; the reasons say why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: str
    made_at: str
    digest: str
    size: int
    revisions: tuple[str, ...]
    cases: int
    entries: int
    audit_ok: bool
    findings: tuple[str, ...]


def write(engine: sa.Engine, target: Path, now: datetime) -> Manifest:
    """Copy the running database to `target`, which must not exist yet.

    A damaged trail does not stop the copy (it may be the last one there is), but the manifest says so.
    """
    source = _file_of(engine, target)
    if target.exists():
        raise _refused(
            f"{target}已存在，不覆盖。", f"{target} exists already and is not overwritten."
        )
    with _scratch(target.parent) as folder:
        copy = folder / DATABASE
        _copy_online(source, copy)
        manifest = _describe(copy, now)
        archive = folder / "archive"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2, sort_keys=True)
            file.writestr(MANIFEST, text + "\n")
            file.write(copy, DATABASE)
        _sync(archive)
        os.replace(archive, target)
        _sync(target.parent)
    return manifest


def check(source: Path) -> Manifest:
    """Unpack a backup beside itself, verify bytes, structure and trails; raises BackupRefused."""
    with _scratch(source.parent) as folder:
        return _unpacked(source, folder / DATABASE)


def restore(engine: sa.Engine, source: Path, *, replace: bool = False) -> Manifest:
    """Put a verified backup in the place of the database that `engine` names.

    Refuses a database that holds anything unless told to `replace` it, and always one that is in use.
    """
    target = _file_of(engine, source)
    _refuse_occupied(target, replace=replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(target.parent) as folder:
        manifest = _unpacked(source, folder / DATABASE)
        _sync(folder / DATABASE)
        for leftover in ("-wal", "-shm"):
            target.with_name(target.name + leftover).unlink(missing_ok=True)
        os.replace(folder / DATABASE, target)
        _sync(target.parent)
    return manifest


def _refused(zh: str, en: str) -> BackupRefused:
    return BackupRefused(Sentence(zh, en))


def _file_of(engine: sa.Engine, archive: Path) -> Path:
    if engine.dialect.name != "sqlite":
        url = engine.url
        plain = shlex.quote(
            sa.URL.create(
                "postgresql", url.username, None, url.host, url.port, url.database, url.query
            ).render_as_string()
        )
        file = shlex.quote(f"{archive}.dump")
        dump = f"pg_dump --format=custom --file={file} --dbname={plain}"
        load = f"pg_restore --exit-on-error --single-transaction --dbname={plain} {file}"
        raise _refused(
            f"PostgreSQL 请用其自带工具。备份：{dump}；恢复到空库：{load}",
            f"Use PostgreSQL's own tools. Backup: {dump}; restore into an empty database: {load}",
        )
    name = engine.url.database
    if not name or name == ":memory:":
        raise _refused("内存中的数据库没有文件可备份。", "A database in memory has no file.")
    return Path(name)


@contextlib.contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder on the same file system, so that the last step is one rename."""
    folder = Path(tempfile.mkdtemp(prefix=".sanshen-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_online(source: Path, copy: Path) -> None:
    if not source.exists():
        raise _refused(f"没有数据库文件{source}。", f"There is no database file {source}.")
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(copy)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, no -wal beside it


def _describe(copy: Path, now: datetime) -> Manifest:
    revisions, verified = _inspect(copy, now)
    return Manifest(
        format=FORMAT,
        made_at=instant(now),
        digest=_digest(copy),
        size=copy.stat().st_size,
        revisions=revisions,
        cases=verified.cases,
        entries=verified.entries,
        audit_ok=verified.ok,
        findings=tuple(f"{bad.case_id}: {bad.sentence.zh}" for bad in verified.bad[:100]),
    )


def _inspect(copy: Path, now: datetime) -> tuple[tuple[str, ...], audit.VerifiedAll]:
    """Structure and trails of a copy that nobody else uses; it is left byte for byte as it was."""
    with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as raw:
        told = [row[0] for row in raw.execute("PRAGMA integrity_check")]
        if told != ["ok"]:
            raise _refused(f"数据库文件已损坏：{told[0]}", f"The database is damaged: {told[0]}")
        revisions = tuple(
            sorted(row[0] for row in raw.execute("SELECT version_num FROM alembic_version"))
        )
    engine = sa.create_engine(f"sqlite:///file:{copy}?mode=ro&uri=true")
    try:
        with UnitOfWork(Session(engine), SYSTEM, now) as uow:
            return revisions, audit.verify_all(uow)
    finally:
        engine.dispose()


def _unpacked(source: Path, copy: Path) -> Manifest:
    """Write the database of a backup to `copy`, after everything the manifest promises was found true."""
    try:
        with zipfile.ZipFile(source) as archive:
            told = json.loads(archive.read(MANIFEST))
            with archive.open(DATABASE) as packed, copy.open("wb") as file:
                shutil.copyfileobj(packed, file, _CHUNK)
        manifest = _manifest(told)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise _refused(
            f"{source}不是完整的备份文件（{type(error).__name__}）。",
            f"{source} is not a complete backup ({type(error).__name__}).",
        ) from error
    if manifest.format != FORMAT:
        raise _refused(
            f"不认识的备份格式“{manifest.format}”。", f"Unknown format “{manifest.format}”."
        )
    if _digest(copy) != manifest.digest:
        raise _refused(
            "备份内容与其清单的摘要不符。", "The content does not match the digest in the manifest."
        )
    _, verified = _inspect(copy, datetime.fromisoformat(manifest.made_at))
    if verified.ok != manifest.audit_ok or verified.entries != manifest.entries:
        raise _refused(
            "备份中的记录与其清单不符。", "The trails in the backup differ from its manifest."
        )
    return manifest


def _manifest(told: dict[str, Any]) -> Manifest:
    lists = {key: tuple(told[key]) for key in ("revisions", "findings")}
    return Manifest(**{**told, **lists})


def _refuse_occupied(target: Path, *, replace: bool) -> None:
    if not target.exists() or target.stat().st_size == 0:
        return
    if not replace:
        raise _refused(
            f"{target}已有数据，不覆盖；确要覆盖请明确指定。",
            f"{target} holds data and is not overwritten unless you ask for it.",
        )
    # Leaving WAL mode needs the database alone: it fails while any other connection is open.
    with contextlib.closing(sqlite3.connect(target, timeout=0.5)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise _refused(
                f"{target}正在使用，请先停止系统。", f"{target} is in use; stop the system first."
            ) from error
        except sqlite3.DatabaseError:
            return  # not a database at all: the backup is what is wanted instead


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return f"sha256:{hashlib.file_digest(opened, 'sha256').hexdigest()}"


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
