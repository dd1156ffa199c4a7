"""The demo: loaded through the real verbs, kept between runs, and never near real work."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from engine import schema
from engine.database import SYSTEM, Actor, UnitOfWork, make_engine
from engine.models import ProcessDefinition, ProcessInstance, UserTask
from engine.text import Sentence
from tests.cli.conftest import Run
from webapp.cli.demo import log_ins
from workflows import people, registers, routing
from workflows.demo import loading
from workflows.demo.county import PEOPLE, TRY
from workflows.demo.story import STORIES
from workflows.handlers import DOMAIN
from workflows.models import Decision, Package, Person
from workflows.profiles import PROFILES
from workflows.vocabulary import ROLES, STAGES


def open_house(home: Path) -> UnitOfWork:
    engine = make_engine(f"sqlite:///{home / 'sanshen.db'}")
    return UnitOfWork(Session(engine), SYSTEM, datetime.now(UTC), DOMAIN)


def test_the_documents_stand_where_their_stories_left_them(demo_home: Path) -> None:
    with open_house(demo_home) as uow:
        statuses = sorted(uow.session.scalars(sa.select(Package.status)))
    assert statuses == sorted(
        ["published"] * 4 + ["in_review"] * 6 + ["returned", "on_hold", "not_disclosed", "draft"]
    )
    assert len(statuses) == len(STORIES)


def test_the_stories_show_a_return_a_hold_a_correction_and_a_voided_decision(
    demo_home: Path,
) -> None:
    with open_house(demo_home) as uow:
        outcomes = set(uow.session.scalars(sa.select(Decision.outcome)))
        voided = uow.session.scalar(
            sa.select(sa.func.count()).where(Decision.voided_at.is_not(None))
        )
    assert {"return", "hold", "corrected", "refer", "treat", "t2", "publish", "ok"} <= outcomes
    assert voided


def test_the_documents_go_every_way_and_inspectors_find_the_special_ones(demo_home: Path) -> None:
    with open_house(demo_home) as uow:
        inspector = uow.session.scalars(sa.select(Person).where(Person.login == "inspector")).one()
        uow.actor = Actor(str(inspector.id), inspector.name, "inspector")
        ways = set(
            uow.session.scalars(
                sa.select(ProcessDefinition.key).join(
                    ProcessInstance, ProcessInstance.definition_id == ProcessDefinition.id
                )
            )
        )
        _, shared = registers.whole(uow, "small_office")
        _, late = registers.whole(uow, "overdue", registers.Narrow(stage="second_proofreading"))
        _, allowed = registers.whole(uow, "overrides")
    assert ways == set(PROFILES)
    assert {line.cells[5] for line in shared} >= {"纪春生", "蓝秋池", "雷明远"}
    assert any("强降雨" in str(line.cells[1]) for line in late)
    assert any("江伯年" in line.cells for line in allowed)


def test_every_trail_of_the_demo_holds(run: Run, demo_home: Path) -> None:
    done = run("audit", "verify", "--all", "--home", demo_home, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["cases"] == len(STORIES) - 1


def test_nobody_decided_in_the_future(demo_home: Path) -> None:
    with open_house(demo_home) as uow:
        latest = uow.session.scalar(sa.select(sa.func.max(Decision.at)))
        assert latest is not None
        assert latest < uow.now


def test_every_role_has_a_person_and_a_line_in_the_table() -> None:
    held = {role for person in PEOPLE for role in person.roles}
    assert held == set(ROLES)
    assert set(TRY) == set(ROLES)
    assert len(log_ins()) == len(ROLES)


def test_every_open_task_has_somebody_who_may_do_it(demo_home: Path) -> None:
    with open_house(demo_home) as uow:
        groups = set(
            uow.session.scalars(
                sa.select(UserTask.candidate_group).where(UserTask.status == "open")
            )
        )
        assert groups
        for group in groups:
            assert routing.members(uow, group), group


#: What the log-in table tells people to do next, as stages that must be waiting for them.
PROMISED = {
    "ogi_officer": {"third_party_opinion"},
    "confidentiality_reviewer": {"confidentiality_referral"},
    "first_reviewer": {"first_review"},
    "final_reviewer": {"sign_confirmation", "on_hold"},
    "principal": {"principal_review"},
    "second_proofreader": {"second_proofreading"},
    "publisher": {"readback"},
}


@pytest.mark.parametrize("role", PROMISED)
def test_what_the_table_promises_is_waiting(demo_home: Path, role: str) -> None:
    login = next(person.login for person in PEOPLE if role in person.roles)
    with open_house(demo_home) as uow:
        person = uow.session.scalars(sa.select(Person).where(Person.login == login)).one()
        mine = sa.or_(
            UserTask.assignee_id == str(person.id),
            UserTask.candidate_group.in_(people.groups_of(uow, person.id)),
        )
        waiting = set(
            uow.session.scalars(
                sa.select(UserTask.element_id).where(UserTask.status == "open", mine)
            )
        )
    assert waiting >= PROMISED[role]


def test_a_second_run_keeps_the_data_and_a_reset_does_not(run: Run, demo_home: Path) -> None:
    def marked() -> bool:
        with sqlite3.connect(demo_home / "sanshen.db") as raw:
            return bool(raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'mine'").fetchall())

    with sqlite3.connect(demo_home / "sanshen.db") as raw:
        raw.execute("CREATE TABLE mine (one)")
    assert run("demo", "--home", demo_home, "--prepare-only").exit_code == 0
    assert marked()
    assert run("demo", "--home", demo_home, "--prepare-only", "--reset").exit_code == 0
    assert not marked()
    assert not list(demo_home.glob("loading*"))


def test_a_load_that_was_cut_short_leaves_nothing_to_stumble_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loading, "load", cut)
        assert run("demo", "--home", tmp_path / "demo", "--prepare-only").exit_code != 0
    assert not (tmp_path / "demo" / "sanshen.db").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"SANSHEN_MODE": "production"},
        {"SANSHEN_DATABASE_URL": "postgresql+psycopg:///real"},
        {"SANSHEN_SECRET_KEY": "k" * 40},
    ],
    ids=lambda one: next(iter(one)),
)
def test_the_demo_refuses_production_settings(run: Run, settings: dict[str, str]) -> None:
    done = run("demo", "--prepare-only", **settings)
    assert done.exit_code == 3
    assert next(iter(settings)) in done.output
    assert not Path("var").exists()


def test_the_demo_refuses_a_house_that_init_founded(run: Run, house: Path) -> None:
    before = (house / "sanshen.db").read_bytes()
    for more in ((), ("--reset",)):
        done = run("demo", "--home", house, "--prepare-only", *more)
        assert done.exit_code == 3
        assert "不是演示数据库" in done.output
    assert (house / "sanshen.db").read_bytes() == before


def test_a_used_port_is_one_sentence_before_anything_is_loaded(run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = run("demo", "--port", port)
    assert done.exit_code == 3
    assert "端口已被占用" in done.output
    assert "the port is in use" in done.output
    assert port in done.output
    assert not Path("var").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_demo_serves_prints_its_table_and_stops_when_told(demo_home: Path) -> None:
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("SANSHEN_")}
    program = "from webapp.cli.main import main; main(prog_name='sanshen')"
    with subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--home", demo_home, "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**env, "PYTHONUNBUFFERED": "1", "LANG": "zh_CN.UTF-8"},
    ) as server:  # fmt: skip
        try:
            pages = {path: fetch(port, path, server) for path in ("/public", "/healthz")}
        finally:
            server.send_signal(signal.SIGTERM)
            output, _ = server.communicate(timeout=30)
    assert server.returncode == 0, output
    assert "云岚县" in pages["/public"]
    assert f"http://127.0.0.1:{port}" in output
    for role in ROLES.values():
        assert re.search(rf"^{re.escape(role.zh)} ", output, re.MULTILINE), role.zh
    assert "Traceback" not in output
    assert (demo_home / "sanshen.log").exists()


def fetch(port: int, path: str, server: subprocess.Popen[str]) -> str:
    """The page; waits for the server to come up, up to a minute."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_a_large_demo_has_its_size_and_is_the_same_at_every_run() -> None:
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    plan, again = loading.large(now), loading.large(now)
    assert plan == again
    assert len({unit.name for unit in plan.units}) == len(plan.units) == 49
    assert len({one.login for one in plan.people}) == len(plan.people) >= 200
    assert len(plan.documents) == 500
    assert sum(unit.kind == "government" for unit in plan.units) == 3
    last = {acts[-1].stage for _paper, acts, _ago in plan.documents.values()}
    assert last >= {"draft", "submit", "first_review", "third_proofreading", "release", "readback"}


def test_a_crowd_of_documents_goes_through_the_real_verbs(tmp_path: Path) -> None:
    """Every stage at which a document of the large demo may stop, in a database of its own."""
    engine = make_engine(f"sqlite:///{tmp_path / 'crowd.db'}")
    schema.upgrade(engine, version_locations=[Path("workflows/migrations/versions").absolute()])
    sessions = sessionmaker(engine)

    def do(actor: Actor, at: datetime, act: Callable[[UnitOfWork], object]) -> object:
        with UnitOfWork(sessions(), actor, at, DOMAIN) as work:
            answer = act(work)
            work.commit()
            return answer

    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    plan = loading.large(now, documents=60)
    told: list[Sentence] = []
    loading.load(do, now, told.append, plan)  # type: ignore[arg-type]
    assert len(told) == plan.steps - 1
    with UnitOfWork(sessions(), SYSTEM, now, DOMAIN) as work:
        statuses = set(work.session.scalars(sa.select(Package.status)))
        units = work.session.scalar(sa.select(sa.func.count(Package.unit_id.distinct())))
        waiting = set(
            work.session.scalars(
                sa.select(UserTask.element_id).where(UserTask.status == "open").distinct()
            )
        )
    assert waiting == set(STAGES) - {
        "later_rectification"
    }  # of emergencies, which the demo has none of
    assert statuses >= {"draft", "in_review", "returned", "published", "not_disclosed"}
    assert units > 20
