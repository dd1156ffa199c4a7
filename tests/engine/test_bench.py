"""The benchmark runs on both databases and its arithmetic is right. What it measures is no test."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from engine import bpmn_rules
from engine.bench import chain, measures
from engine.bench.contestants import Ours
from engine.bench.figures import Spread, interleaved, interval, ratio
from engine.bench.measures import Place, Size
from tests import postgres
from tests.conftest import Database

TINY = Size(operations=2, rounds=2, pgbench_seconds=1, returns=(0, 1), tasks=(150, 300))


@pytest.fixture
def place(database: Database, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PATH", postgres.programs())
    database.engine.dispose()
    return Place("sqlite" if database.kind == "sqlite" else "postgresql", database.url)


@pytest.mark.slow
def test_every_figure_is_there(place: Place) -> None:
    one = measures.throughput(place, TINY, 1)
    assert set(one["operations_per_second"]) == {"ours", "usual", "floor"}
    assert one["of_floor"]["median"] > 0
    assert one["floor"] == ("pgbench" if place.kind == "postgresql" else "sqlite3")
    several = measures.throughput(place, TINY, 2)
    assert several["workers"] == 2
    assert several["operations_per_second"]["ours"]["median"] > 0
    back = measures.returns(place, TINY)
    assert set(back["after"]) == {"0", "1"}
    assert back["after"]["0"]["median"] == 1
    assert back["bytes"]["0"]["live"] > 100
    listed = measures.inbox(place, TINY)
    assert set(listed["milliseconds"]["oldest"]) == {"150", "300"}
    json.dumps([one, several, back, listed])


def test_an_operation_sends_as_many_statements_as_the_document_says(database: Database) -> None:
    database.engine.dispose()
    ours = Ours(database.url, "2026-000001")
    sent: list[str] = []
    try:
        ours.operate(2 * chain.STEPS)  # what a process has seen it does not ask again
        sa.event.listen(ours._engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        ours.operate(1)
    finally:
        ours.close()
    assert len([one for one in sent if not one.startswith("BEGIN")]) == (
        10 if database.kind == "sqlite" else 4
    )


def test_steps_and_exploration_are_measured() -> None:
    told = measures.steps([bpmn_rules.parse(chain.xml())], TINY)
    assert told["exploration"][chain.KEY]["states"] == chain.STEPS + 2
    times = told["microseconds"]
    assert times["worked out"]["median"] > times["moves remembered"]["median"] > 0


def test_everybody_takes_turns() -> None:
    order: list[str] = []

    def one(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = interleaved({"a": lambda: one("a"), "b": lambda: one("b")}, rounds=4)
    assert {name: len(values) for name, values in found.items()} == {"a": 4, "b": 4}
    assert all(set(order[n : n + 2]) == {"a", "b"} for n in range(0, 8, 2))


def test_ratios_are_taken_round_by_round() -> None:
    assert ratio([2.0, 20.0, 6.0], [1.0, 10.0, 2.0]) == Spread(2.0, 2.0, 2.5)
    low, high = interval([1.0, 1.1, 0.9, 1.0, 1.05], [1.0, 1.0, 1.0, 1.0, 1.0])
    assert 0.9 <= low <= 1.0 <= high <= 1.1
