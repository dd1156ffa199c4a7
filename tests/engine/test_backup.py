"""Backup and restore: one verified file, nothing overwritten unasked, damage named instead of restored."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from engine import audit, backup, schema
from engine.backup import BackupRefused, Manifest
from engine.database import make_engine
from tests.conftest import ALICE, MONDAY, Database
from tests.engine import office
from tests.engine.office import act


@pytest.fixture
def filled(sqlite_database: Database) -> Database:
    """Three cases, one of them further along."""
    with sqlite_database.open(ALICE, MONDAY, office.DOMAIN) as work:
        cases = [office.start(work, str(number)) for number in range(3)]
        act(work, cases[0].id, "first_review", "pass")
        work.commit()
    return sqlite_database


def elsewhere(tmp_path: Path) -> Database:
    file = tmp_path / "other" / "restored.sqlite"
    url = f"sqlite:///{file}"
    return Database("sqlite", url, make_engine(url))


def contents(file: Path) -> list[str]:
    with sqlite3.connect(file) as raw:
        lines = list(raw.iterdump())
    raw.close()
    return lines


def file_of(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def test_a_round_trip_brings_back_every_row(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    written = backup.write(filled.engine, target, MONDAY)
    assert (written.cases, written.entries, written.audit_ok) == (3, 6, True)
    assert written.revisions == ("engine_0004",)
    assert backup.check(target) == written
    restored = elsewhere(tmp_path)
    assert backup.restore(restored.engine, target) == written
    assert contents(file_of(restored)) == contents(file_of(filled))
    with restored.open() as work:
        assert audit.verify_all(work).ok
    assert schema.pending(restored.engine) == []
    restored.engine.dispose()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_backup_can_be_taken_while_somebody_works(filled: Database, tmp_path: Path) -> None:
    with filled.open(ALICE, MONDAY, office.DOMAIN) as work:
        office.start(work, "not yet committed")
        written = backup.write(filled.engine, tmp_path / "a.backup", MONDAY)
        work.commit()
    assert written.cases == 3


def test_an_existing_backup_is_not_overwritten(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    target.write_text("precious")
    with pytest.raises(BackupRefused, match="已存在"):
        backup.write(filled.engine, target, MONDAY)
    assert target.read_text() == "precious"


def test_a_database_with_data_is_replaced_only_on_request(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    backup.write(filled.engine, target, MONDAY)
    with filled.open(ALICE, MONDAY, office.DOMAIN) as work:
        office.start(work, "later")
        work.commit()
    filled.engine.dispose()
    with pytest.raises(BackupRefused, match="不覆盖"):
        backup.restore(filled.engine, target)
    backup.restore(filled.engine, target, replace=True)
    with filled.open() as work:
        assert audit.verify_all(work).cases == 3


def test_a_running_database_is_never_replaced(filled: Database, tmp_path: Path) -> None:
    target = tmp_path / "a.backup"
    backup.write(filled.engine, target, MONDAY)
    with filled.open(ALICE, MONDAY, office.DOMAIN) as work:
        office.start(work, "in the middle of it")
        with pytest.raises(BackupRefused, match="正在使用"):
            backup.restore(filled.engine, target, replace=True)
        work.commit()
    with filled.open() as work:
        audit.verify_all(work)
        work.session.commit()  # idle now, but connected
        with pytest.raises(BackupRefused, match="正在使用"):
            backup.restore(filled.engine, target, replace=True)


def test_a_damaged_trail_is_told_in_the_manifest(filled: Database, tmp_path: Path) -> None:
    with filled.engine.begin() as raw:
        raw.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        raw.exec_driver_sql("UPDATE audit_entry SET actor_name = '张三' WHERE case_seq = 2")
    written = backup.write(filled.engine, tmp_path / "a.backup", MONDAY)
    assert written.audit_ok is False
    assert "actor_name" in written.findings[0]
    assert backup.check(tmp_path / "a.backup") == written


def rewrite(archive: Path, *, database: bytes | None = None, **changes: object) -> None:
    """The backup with something changed in it."""
    with zipfile.ZipFile(archive) as old:
        told = json.loads(old.read("manifest.json")) | changes
        content = old.read("database.sqlite") if database is None else database
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr("manifest.json", json.dumps(told))
        new.writestr("database.sqlite", content)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"database": b"SQLite format 3\x00 and then nothing"}, "摘要不符"),
        ({"digest": "sha256:0"}, "摘要不符"),
        ({"entries": 5}, "清单不符"),
        ({"format": "sanshen-backup 99"}, "格式"),
        ({"surprise": 1}, "不是完整的备份"),
    ],
)
def test_a_backup_that_was_changed_is_refused(
    filled: Database, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    target = tmp_path / "a.backup"
    backup.write(filled.engine, target, MONDAY)
    rewrite(target, **changes)  # type: ignore[arg-type]
    restored = elsewhere(tmp_path)
    with pytest.raises(BackupRefused, match=told):
        backup.restore(restored.engine, target)
    assert not file_of(restored).exists()


@pytest.mark.parametrize("content", [b"", b"not a zip archive"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.backup"
    source.write_bytes(content)
    with pytest.raises(BackupRefused, match="不是完整的备份"):
        backup.check(source)
    with pytest.raises(BackupRefused, match="FileNotFoundError"):
        backup.check(tmp_path / "missing.backup")


def test_a_database_that_is_not_there_or_only_in_memory_is_refused(tmp_path: Path) -> None:
    for url, told in ((f"sqlite:///{tmp_path / 'none'}", "没有数据库文件"), ("sqlite://", "内存")):
        engine = make_engine(url)
        with pytest.raises(BackupRefused, match=told):
            backup.write(engine, tmp_path / "a.backup", MONDAY)
        engine.dispose()


def test_postgresql_is_told_its_own_tools_without_the_password() -> None:
    engine = make_engine("postgresql+psycopg://office:secret@db.example:5433/sanshen")
    with pytest.raises(BackupRefused) as caught:
        backup.write(engine, Path("monday.backup"), MONDAY)
    told = caught.value.reasons[0]
    assert "pg_dump --format=custom --file=monday.backup.dump" in told.zh
    assert "--dbname=postgresql://office@db.example:5433/sanshen" in told.en
    assert "secret" not in told.zh + told.en
    engine.dispose()


def test_the_manifest_can_be_read_by_people(filled: Database, tmp_path: Path) -> None:
    written = backup.write(filled.engine, tmp_path / "a.backup", MONDAY)
    with zipfile.ZipFile(tmp_path / "a.backup") as archive:
        assert archive.namelist() == ["manifest.json", "database.sqlite"]
        told = json.loads(archive.read("manifest.json"))
    assert told["made_at"] == "2026-06-08T01:00:00.000000Z"
    assert isinstance(written, Manifest)
