"""A production house: founded once, by three people, with passwords that they set, and nothing by default."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests import postgres, shipped
from tests.cli.conftest import PASSWORDS, THREE, Run


def test_init_makes_three_administrators_and_nobody_else(run: Run, house: Path) -> None:
    told = json.loads(run("people", "list", "--json").stdout)
    assert {one["login"]: [held["role"] for held in one["roles"]] for one in told} == {
        "xitong": ["sys_admin"],
        "anquan": ["sec_admin"],
        "shenji": ["audit_admin"],
    }


def test_init_deploys_the_process_and_leaves_evidence(run: Run, house: Path) -> None:
    deployed = json.loads(run("definitions", "list", "--json").stdout)
    assert {(one["key"], one["version"]) for one in deployed} == {(key, 1) for key in shipped.KEYS}
    verified = run("audit", "verify", "--all", "--json")
    assert verified.exit_code == 0
    assert json.loads(verified.stdout)["entries"] >= 8


def test_init_is_refused_a_second_time_before_it_asks_for_anything(run: Run, house: Path) -> None:
    again = run("init")
    assert again.exit_code == 1
    assert "已经初始化过" in again.output
    assert "cannot be done twice" in again.output


def test_init_asks_for_what_it_was_not_given(run: Run, tmp_path: Path) -> None:
    answers = ["某某县人民政府"]
    for login, name, password in (
        ("xitong", "钱守正", "correct horse 1"),
        ("anquan", "孙明理", "battery staple 2"),
        ("shenji", "李知行", "paper clip box 3"),
    ):
        answers += [login, name, password, password]
    done = run("init", typed="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "correct horse 1" not in done.output
    assert len(json.loads(run("people", "list", "--json").stdout)) == 3


def test_three_keys_in_one_hand_are_refused(run: Run) -> None:
    done = run(
        "init", "--organ", "某局", "--sys-admin", "a1:钱守正", "--sec-admin", "a1:钱守正",
        "--audit-admin", "a3:李知行", **PASSWORDS,
    )  # fmt: skip
    assert done.exit_code == 1
    assert "三个不同的人" in done.output


def test_a_weak_password_is_refused_and_founding_can_be_tried_again(run: Run) -> None:
    weak = {**PASSWORDS, "SANSHEN_SEC_ADMIN_PASSWORD": "short"}
    refused = run("init", "--organ", "某局", *THREE, **weak)
    assert refused.exit_code == 1
    assert "密码至少" in refused.output
    assert run("init", "--organ", "某局", *THREE, **PASSWORDS).exit_code == 0


def test_init_is_not_for_the_demo(run: Run) -> None:
    done = run("init", SANSHEN_MODE="demo")
    assert done.exit_code == 3


def test_serve_refuses_a_house_that_nobody_founded(run: Run) -> None:
    done = run("serve", "--port", "18731")
    assert done.exit_code == 3
    assert "sanshen init" in done.output


def test_serve_refuses_a_database_that_waits_for_migrations(run: Run, house: Path) -> None:
    with sqlite3.connect(house / "sanshen.db") as raw:
        raw.execute("DELETE FROM alembic_version")
    done = run("serve", "--port", "18731")
    assert done.exit_code == 3
    assert "sanshen migrate" in done.output


def test_serve_refuses_the_demo_whose_passwords_everybody_knows(run: Run, demo_home: Path) -> None:
    done = run("serve", "--home", demo_home, "--port", "18731")
    assert done.exit_code == 3
    assert "演示数据库" in done.output


def test_a_folder_that_cannot_be_used_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    done = run("init", "--home", tmp_path / "taken" / "inside")
    assert done.exit_code == 3
    assert "不能写入文件夹" in done.output
    assert "cannot be written to" in done.output
    assert "Traceback" not in done.output


def test_an_unreachable_database_is_one_sentence(run: Run) -> None:
    url = "postgresql+psycopg://nobody:hidden@127.0.0.1:9/none"
    done = run("people", "list", SANSHEN_DATABASE_URL=url)
    assert done.exit_code == 3
    assert "打不开数据库" in done.output
    assert "hidden" not in done.output
    assert "Traceback" not in done.output


def test_a_wrong_setting_is_named(run: Run) -> None:
    done = run("migrate", SANSHEN_PORT="many")
    assert done.exit_code == 3
    assert "SANSHEN_PORT" in done.output


def test_migrate_tells_what_it_applied_and_then_has_nothing_to_do(run: Run) -> None:
    waiting = json.loads(run("migrate", "--check", "--json").stdout)["pending"]
    assert waiting
    assert json.loads(run("migrate", "--json").stdout)["applied"] == waiting
    assert json.loads(run("migrate", "--json").stdout)["applied"] == []


def test_a_worker_sweeps_once_and_reports(run: Run, house: Path) -> None:
    done = run("worker", "--once", "--json")
    assert done.exit_code == 0
    told = {"fired": 0, "failed": 0, "sent": 0, "not_sent": 0}
    assert json.loads(done.stdout) == told


@pytest.mark.postgres
def test_a_house_can_be_founded_on_postgresql(run: Run, postgres_server: postgres.Server) -> None:
    name = postgres_server.create()
    env = {**PASSWORDS, "SANSHEN_DATABASE_URL": postgres_server.url(name)}
    done = run("init", "--organ", "某某县人民政府", *THREE, **env)
    assert done.exit_code == 0, done.output
    assert run("init", **env).exit_code == 1
    assert len(json.loads(run("people", "list", "--json", **env).stdout)) == 3
    assert run("audit", "verify", "--all", **env).exit_code == 0
    backup = run("backup", "safe", **env)
    assert backup.exit_code == 1
    assert "pg_dump" in backup.output
