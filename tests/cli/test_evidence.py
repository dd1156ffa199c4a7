"""Evidence on the command line: trails that hold, trails that were touched, backups that can be trusted."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.cli.conftest import Run


def numbers(home: Path) -> list[str]:
    with sqlite3.connect(home / "sanshen.db") as raw:
        found = raw.execute("SELECT number FROM package WHERE case_id IS NOT NULL ORDER BY id")
        return [row[0] for row in found]


def tamper(home: Path, statement: str) -> None:
    """What somebody with the file and a tool could do: drop the guard, then change the row."""
    with sqlite3.connect(home / "sanshen.db") as raw:
        guards = raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
        )
        for (guard,) in guards.fetchall():
            raw.execute(f"DROP TRIGGER {guard}")
        raw.execute(statement)


def test_a_trail_is_told_in_sentences_in_order(run: Run, demo_home: Path) -> None:
    number = numbers(demo_home)[0]
    told = json.loads(run("audit", "trail", number, "--home", demo_home, "--json").stdout)
    assert [line["seq"] for line in told] == list(range(1, len(told) + 1))
    assert all(line["zh"] and line["en"] and line["hash"] for line in told)
    printed = run("audit", "trail", number, "--home", demo_home, LANG="zh_CN.UTF-8").stdout
    assert told[-1]["zh"][:12] in printed


def test_a_trail_that_holds_is_verified(run: Run, demo_home: Path) -> None:
    done = run("audit", "verify", numbers(demo_home)[0], "--home", demo_home)
    assert done.exit_code == 0
    assert "未见改动" in done.output


def test_a_changed_entry_is_found_and_named(run: Run, demo_home: Path) -> None:
    number = numbers(demo_home)[0]
    tamper(
        demo_home,
        "UPDATE audit_entry SET actor_name = '别人' WHERE case_seq = 3 AND case_id ="
        f" (SELECT case_id FROM package WHERE number = '{number}')",
    )
    one = run("audit", "verify", number, "--home", demo_home, "--json")
    assert one.exit_code == 4
    assert json.loads(one.stdout)["bad"][0]["first_bad"] == 3
    assert run("audit", "verify", "--all", "--home", demo_home).exit_code == 4


def test_everything_that_happened_in_the_demo_fits_the_process_and_its_rules(
    run: Run, demo_home: Path
) -> None:
    done = run("audit", "conformance", "--all", "--home", demo_home, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["ok"]
    assert told["cases"] > 5
    one = run("audit", "conformance", numbers(demo_home)[0], "--home", demo_home)
    assert "都合乎流程和规则" in one.stdout


def test_what_does_not_fit_the_process_is_named(run: Run, demo_home: Path) -> None:
    tamper(
        demo_home,
        'UPDATE audit_entry SET payload = replace(payload, \'"outcome":"proactive"\', \'"outcome":"return"\')'
        " WHERE action = 'task.completed'",
    )
    done = run("audit", "conformance", "--all", "--home", demo_home)
    assert done.exit_code == 4
    assert f"件 {numbers(demo_home)[0]} 第 " in done.stdout
    assert "没有发生的自动环节" in done.stdout


def test_a_removed_entry_is_found(run: Run, demo_home: Path) -> None:
    tamper(demo_home, "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry WHERE case_id IS NOT NULL)")  # fmt: skip
    assert run("audit", "verify", "--all", "--home", demo_home).exit_code == 4


def test_an_unknown_case_is_refused_in_a_sentence(run: Run, demo_home: Path) -> None:
    done = run("audit", "verify", "1999-000001", "--home", demo_home)
    assert done.exit_code == 1
    assert "1999-000001" in done.output


def test_verify_wants_one_case_or_all(run: Run, demo_home: Path) -> None:
    assert run("audit", "verify", "--home", demo_home).exit_code == 2
    assert run("audit", "verify", "2026-000001", "--all", "--home", demo_home).exit_code == 2


def test_a_backup_comes_back_as_it_was(run: Run, demo_home: Path, tmp_path: Path) -> None:
    made = run("backup", tmp_path / "safe.sanshen", "--home", demo_home, "--json")
    assert made.exit_code == 0, made.output
    manifest = json.loads(made.stdout)
    number = numbers(demo_home)[0]
    before = run("audit", "trail", number, "--home", demo_home, "--json").stdout

    restored = run("restore", tmp_path / "safe.sanshen", "--home", tmp_path / "new", "--json")
    assert restored.exit_code == 0, restored.output
    assert json.loads(restored.stdout)["digest"] == manifest["digest"]
    assert run("audit", "trail", number, "--home", tmp_path / "new", "--json").stdout == before
    assert run("audit", "verify", "--all", "--home", tmp_path / "new").exit_code == 0
    assert run("migrate", "--check", "--json", "--home", tmp_path / "new").exit_code == 0


def test_a_restore_never_overwrites_unasked(run: Run, demo_home: Path, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "safe", "--home", demo_home).exit_code == 0
    before = (demo_home / "sanshen.db").read_bytes()
    done = run("restore", tmp_path / "safe", "--home", demo_home)
    assert done.exit_code == 1
    assert (demo_home / "sanshen.db").read_bytes() == before
    assert run("restore", tmp_path / "safe", "--replace", "--home", demo_home).exit_code == 0


def test_a_damaged_backup_is_refused(run: Run, demo_home: Path, tmp_path: Path) -> None:
    good = tmp_path / "good"
    assert run("backup", good, "--home", demo_home).exit_code == 0
    (tmp_path / "cut").write_bytes(good.read_bytes()[:-2000])
    (tmp_path / "other").write_text("not a backup")
    for name in ("cut", "other"):
        done = run("restore", tmp_path / name, "--home", tmp_path / "new")
        assert done.exit_code == 1, name
        assert not (tmp_path / "new" / "sanshen.db").exists()


def test_a_backup_with_a_broken_trail_is_kept_and_told(
    run: Run, demo_home: Path, tmp_path: Path
) -> None:
    tamper(demo_home, "UPDATE audit_entry SET payload = '{}' WHERE case_seq = 2")
    done = run("backup", tmp_path / "last", "--home", demo_home)
    assert done.exit_code == 4
    assert (tmp_path / "last").exists()


def test_a_backup_into_a_folder_that_cannot_be_written_is_one_sentence(
    run: Run, demo_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = run("backup", tmp_path / "file" / "safe", "--home", demo_home)
    assert done.exit_code == 3
    assert "Traceback" not in done.output


def test_an_event_log_is_exported_without_texts_and_on_record(run: Run, demo_home: Path) -> None:
    file = demo_home / "log.xes"
    done = run("audit", "export", file, "--home", demo_home)
    assert done.exit_code == 0, done.output
    told = file.read_text(encoding="utf-8")
    cases = numbers(demo_home)
    assert told.count("<trace>") == len(cases)
    assert all(number in told for number in cases)
    with sqlite3.connect(demo_home / "sanshen.db") as raw:
        titles = [row[0] for row in raw.execute("SELECT title FROM package")]
        actions = [row[0] for row in raw.execute("SELECT action FROM audit_entry ORDER BY id")]
    assert not [title for title in titles if title in told]
    assert actions[-1] == "log.exported"
    assert not list(demo_home.glob(".log.xes*"))


def test_an_export_of_an_unknown_case_leaves_no_file(run: Run, demo_home: Path) -> None:
    file = demo_home / "log.json"
    done = run("audit", "export", file, "2026-999999", "--home", demo_home)
    assert done.exit_code != 0
    assert "2026-999999" in done.output
    assert not file.exists()
