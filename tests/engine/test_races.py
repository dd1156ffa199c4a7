"""Races between processes that share nothing but the database: one wins, every other is told plainly, and the
trail tells one story. On SQLite these are parallel processes, on PostgreSQL parallel connections as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import audit, user_tasks
from tests.conftest import MONDAY, ROOT, Database
from tests.engine import office
from tests.engine.office import someone

#: Three working days and a night: the interrupting timer of `revise` is due.
OVERDUE = 4 * 24 * 60


class Race:
    """Participants that wait for one signal."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.signal = folder / "go"
        self.runners: list[subprocess.Popen[str]] = []

    def enter(self, who: int, act: str, task: int = 0, minutes: int = 0) -> None:
        arguments = [self.database.url, self.signal, who, act, task, minutes]
        self.runners.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.engine.racer", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        )

    def run(self) -> list[dict[str, Any]]:
        """What each has to tell, in the order in which they entered."""
        for runner in self.runners:
            assert runner.stdout is not None
            if runner.stdout.readline() != "ready\n":
                pytest.fail(runner.communicate()[1][-2000:])
        self.signal.touch()
        told = []
        for runner in self.runners:
            output, errors = runner.communicate(timeout=60)
            assert runner.returncode == 0, errors[-2000:]
            told.append(json.loads(output))
        return told


@pytest.fixture
def race(database: Database, tmp_path: Path) -> Race:
    return Race(database, tmp_path)


def prepared(database: Database, *acts: tuple[int, str, str]) -> tuple[int, dict[str, int]]:
    """A case after these acts (who, element, outcome); its id and its open tasks by element."""
    with database.open(someone(1), MONDAY, office.DOMAIN) as work:
        case = office.start(work).id
        work.commit()
    for who, element, outcome in acts:
        with database.open(someone(who), MONDAY, office.DOMAIN) as work:
            office.act(work, case, element, outcome)
            work.commit()
    with database.open(someone(1), MONDAY, office.DOMAIN) as work:
        tasks = user_tasks.for_case(work, case)
        return case, {task.element_id: task.id for task in tasks if task.status == "open"}


def claimed(database: Database, who: int, task: int) -> None:
    with database.open(someone(who), MONDAY, office.DOMAIN) as work:
        user_tasks.claim(work, task)
        work.commit()


def assert_told(losers: list[dict[str, Any]]) -> None:
    for loser in losers:
        assert loser["refused"] in {
            "TaskAlreadyClaimed",
            "TaskClosed",
            "NotYourTask",
            "CannotTakeBack",
            "CaseNotRunning",
        }, loser
        assert loser["reasons"]
        assert all(reason.endswith("。") or "”" in reason for reason in loser["reasons"]), loser


def actions(database: Database, case: int) -> list[str]:
    with database.open(someone(1), MONDAY, office.DOMAIN) as work:
        assert audit.verify_all(work).ok
        return [entry.action for entry in audit.entries(work, case)]


def test_of_those_who_claim_at_once_one_holds_the_task(race: Race, database: Database) -> None:
    case, tasks = prepared(database)
    for who in (1, 2, 3):
        race.enter(who, "claim", tasks["first_review"])
    told = race.run()
    assert [one["won"] for one in told].count(True) == 1
    assert_told([one for one in told if not one["won"]])
    assert actions(database, case).count("task.claimed") == 1


def test_a_double_click_decides_once(race: Race, database: Database) -> None:
    case, tasks = prepared(database)
    claimed(database, 1, tasks["first_review"])
    race.enter(1, "pass", tasks["first_review"])
    race.enter(1, "pass", tasks["first_review"])
    race.enter(1, "return", tasks["first_review"])  # the other tab
    told = race.run()
    assert [one["won"] for one in told].count(True) == 1
    assert_told([one for one in told if not one["won"]])
    assert actions(database, case).count("task.completed") == 1


def test_a_decision_and_a_time_limit_do_not_both_happen(race: Race, database: Database) -> None:
    case, tasks = prepared(database, (1, "first_review", "return"))
    claimed(database, 1, tasks["revise"])
    race.enter(1, "again", tasks["revise"])
    race.enter(0, "sweep", minutes=OVERDUE)
    decided, swept = race.run()
    done = actions(database, case)
    fired_on_revise = "case.ended" in done
    assert decided["won"] is not fired_on_revise
    assert done.count("task.completed") == (2 if decided["won"] else 1)
    if not decided["won"]:
        assert_told([decided])
    assert swept["failed"] == 0


def test_a_take_back_and_the_next_decision_do_not_both_happen(
    race: Race, database: Database
) -> None:
    """The reviewer takes the return back while the drafter resubmits: one of them comes first."""
    case, tasks = prepared(database, (1, "first_review", "return"))
    claimed(database, 2, tasks["revise"])
    with database.open(someone(1), MONDAY, office.DOMAIN) as work:
        mine = next(t.id for t in user_tasks.for_case(work, case) if t.status == "done")
    race.enter(1, "take_back", mine)
    race.enter(2, "again", tasks["revise"])
    told = race.run()
    assert [one["won"] for one in told].count(True) == 1
    assert_told([one for one in told if not one["won"]])
    done = actions(database, case)
    assert done.count("task.taken_back") + done.count("task.completed") == 2


def test_two_workers_that_sweep_at_once_fire_each_timer_once(
    race: Race, database: Database
) -> None:
    with database.open(someone(1), MONDAY, office.DOMAIN) as work:
        cases = [office.start(work, f"2026-{number:06}").id for number in range(12)]
        work.commit()
    day = 24 * 60
    for _ in range(3):
        race.enter(0, "sweep", minutes=day)
    told = race.run()
    assert sum(one["failed"] for one in told) == 0
    assert sum(one["fired"] for one in told) <= 12
    follow = Race(database, race.signal.parent)  # what all passed over because another held it
    follow.enter(0, "sweep", minutes=day)
    (rest,) = follow.run()
    assert sum(one["fired"] for one in told) + rest["fired"] == 12
    assert all(actions(database, case).count("timer.fired") == 1 for case in cases)
