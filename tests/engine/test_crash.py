"""kill -9 in the middle of writing, of the workers or of the database server: every acknowledged act is there,
no half act is, all chains verify."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import audit, timers, user_tasks
from engine.database import make_engine
from engine.models import ProcessInstance
from tests import postgres
from tests.conftest import ALICE, MONDAY, ROOT, UNDER_CI, Database, migrate
from tests.engine import office

WORKERS = 2


def start_worker(url: str, number: int, told: Path) -> subprocess.Popen[bytes]:
    with told.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.engine.worker_to_kill", url, str(number)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


def wait_until_busy(files: list[Path]) -> None:
    for _ in range(600):
        if all(file.exists() and file.read_bytes().count(b"\n") >= 3 for file in files):
            return
        time.sleep(0.05)
    pytest.fail("the workers did nothing: " + files[0].read_text(errors="replace")[-2000:])


@pytest.mark.slow
def test_after_kill_9_every_acknowledged_act_is_there_and_no_half_act(
    database: Database, tmp_path: Path
) -> None:
    database.engine.dispose()
    files = [tmp_path / f"told{number}" for number in range(WORKERS)]
    workers = [start_worker(database.url, n, file) for n, file in enumerate(files)]
    try:
        wait_until_busy(files)
        time.sleep(random.uniform(0.0, 0.5))  # noqa: S311 — any moment will do
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait(30)
    look_afresh(database.kind, database.url, acknowledged(files))


#: A worker's line; the last one may have been cut off, and after it a worker may say what befell it.
LINE = re.compile(r"^(\d+) (\d+)\n", re.MULTILINE)
ROUNDS = 3


@pytest.mark.slow
@pytest.mark.postgres
def test_after_kill_9_of_the_database_server_every_acknowledged_act_is_there(
    tmp_path: Path, version_locations: tuple[Path, ...]
) -> None:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.own(postgres.DURABLE))
        except postgres.CannotStart as reason:
            if UNDER_CI:
                raise
            pytest.skip(f"PostgreSQL could not be started: {reason}")
        url = server.url(server.create())
        migrate(url, version_locations)
        told: list[tuple[int, ...]] = []
        for round_ in range(ROUNDS):
            files = [tmp_path / f"told{round_}_{number}" for number in range(WORKERS)]
            workers = [start_worker(url, 10 * round_ + n, file) for n, file in enumerate(files)]
            try:
                wait_until_busy(files)
                time.sleep(random.uniform(0.0, 0.5))  # noqa: S311 — any moment will do
                server.kill()
                assert all(worker.wait(30) for worker in workers), (
                    "a worker went on without a database"
                )
            finally:
                for worker in workers:
                    worker.kill()
            server.start_again()
            told += acknowledged(files)
            look_afresh("postgres", url, told)


def acknowledged(files: list[Path]) -> list[tuple[int, ...]]:
    texts = [file.read_text(errors="replace") for file in files]
    return [tuple(map(int, found)) for text in texts for found in LINE.findall(text)]


def look_afresh(kind: str, url: str, told: list[tuple[int, ...]]) -> None:
    after = Database(kind, url, make_engine(url))
    try:
        look(after, told)
    finally:
        after.engine.dispose()


def look(database: Database, acknowledged: list[tuple[int, ...]]) -> None:
    with database.open(ALICE, MONDAY, office.DOMAIN) as work:
        for case_id, task_id in acknowledged:
            found = user_tasks.get(work, task_id)
            assert (found.instance_id, found.status) == (case_id, "done")
        assert audit.verify_all(work).ok
        for case in work.session.scalars(sa.select(ProcessInstance)).all():
            tasks = user_tasks.for_case(work, case.id)
            done = [t for t in tasks if t.status == "done"]
            (waiting,) = [t for t in tasks if t.status == "open"]
            claims = [e for e in audit.entries(work, case.id) if e.action == "task.claimed"]
            ends = [e for e in audit.entries(work, case.id) if e.action == "task.completed"]
            assert len(claims) == len(ends) == len(done), "claim and completion were one act"
            assert waiting.round == 1 + sum(t.element_id == waiting.element_id for t in done)
            assert timers.for_case(work, case.id) != []
            outcome = {"first_review": "return", "revise": "again"}[waiting.element_id]
            office.act(work, case.id, waiting.element_id, outcome)  # and work goes on
        work.commit()
