"""What is measured. Each function gives a dictionary of plain figures, as the report shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import bpmn_rules, schema, statespace, stepping, user_tasks
from engine.bench import chain
from engine.bench.contestants import (
    NOW,
    Contestant,
    Ours,
    SqliteFloor,
    UsualWay,
    pgbench_script,
    template,
)
from engine.bench.crowd import FIRST, analyse, crowd
from engine.bench.figures import Spread, interleaved, interval, ratio, seconds
from engine.database import UnitOfWork, make_engine
from engine.elements import Definition
from engine.errors import EngineError
from engine.stepping import Event
from engine.text import Sentence

Figures = dict[str, Any]


class CannotMeasure(EngineError):
    """Something that is needed to measure is not there."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done. Quick finds out whether all is well; full is for figures to be quoted."""

    operations: int
    rounds: int
    pgbench_seconds: int
    returns: tuple[int, ...]
    tasks: tuple[int, ...]


QUICK = Size(10, 5, 1, (0, 10, 50), (1_000, 100_000))
FULL = Size(25, 15, 2, (0, 10, 50, 200), (1_000, 100_000, 1_000_000))


@dataclass
class Place:
    """An empty, migrated database of one kind."""

    kind: str
    url: str
    file: str = ""

    def prepare(self) -> None:
        engine = make_engine(self.url)
        schema.upgrade(engine)
        engine.dispose()


def throughput(place: Place, size: Size, workers: int) -> Figures:
    """Operations a second: ours, the floor and the usual way, by so many workers at once."""
    kinds: dict[str, type[Ours] | type[UsualWay] | type[SqliteFloor]]
    kinds = {"ours": Ours, "usual": UsualWay}
    if place.kind == "sqlite":
        kinds["floor"] = SqliteFloor
    runners: dict[str, Callable[[], float]] = {}
    everybody: list[Contestant] = []
    for name, kind in kinds.items():
        # Several workers do not end at once, so a run must be long beside that, as pgbench's is; a case of
        # the usual way gets dearer as it goes on, so it stays short.
        longer = name == "floor" or (name == "ours" and workers > 1)
        number = size.operations * (10 if longer else 1)
        if workers == 1:
            one = kind(place.url, f"{name}-{workers}")
            one.operate(2 * chain.STEPS)  # every step once seen
            everybody.append(one)
            runners[name] = partial(_alone, one, number)
        else:
            runners[name] = partial(_together, place.url, name, workers, number)
    if "floor" not in runners:
        runners["floor"] = _pgbench(place.url, workers, size.pgbench_seconds)
    found = interleaved(runners, size.rounds)
    for contestant in everybody:
        contestant.close()
    return {
        "workers": workers,
        "operations_per_second": {name: _told(Spread.of(rates)) for name, rates in found.items()},
        "of_floor": _told(ratio(found["ours"], found["floor"])),
        "of_usual": _told(ratio(found["ours"], found["usual"])),
        "floor": "pgbench" if place.kind == "postgresql" else "sqlite3",
    }


def _alone(one: Contestant, number: int) -> float:
    return number / seconds(lambda: one.operate(number))


def _pgbench(url: str, workers: int, length: int) -> Callable[[], float]:
    """Runs pgbench on the rows that an act of ours wrote, each of its clients on a case of its own."""
    cases = []
    for number in range(workers):
        one = Ours(url, f"floor-{workers}-{number}")
        one.operate(1)
        cases.append(one.case_id)
        one.close()
    script = Path(tempfile.mkdtemp(prefix="bench-")) / "floor.sql"
    script.write_text(pgbench_script(template(url, cases[0]), cases[0]), encoding="utf-8")
    engine = make_engine(url)
    with engine.begin() as run:
        run.exec_driver_sql("CREATE SEQUENCE IF NOT EXISTS bench_seq START 1000000")
    engine.dispose()
    return lambda: _transactions(url, script, workers, length)


def _transactions(url: str, script: Path, workers: int, length: int) -> float:
    program = shutil.which("pgbench")
    if program is None:
        raise CannotMeasure(
            Sentence(
                "找不到 pgbench；它随 PostgreSQL 一起安装，请把它所在的文件夹加入 PATH。",
                "pgbench was not found; it comes with PostgreSQL, put its folder on the PATH.",
            )
        )
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        [
            program,
            "-n",
            "-M",
            "prepared",
            "-c",
            str(workers),
            "-j",
            str(min(workers, 4)),
            "-T",
            str(length),
            "-f",
            str(script),
            plain,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise ValueError(f"pgbench told no rate: {done.stdout[-300:]}")
    return float(found[1])


def _together(url: str, who: str, workers: int, number: int) -> float:
    """Operations a second of several processes that begin at one signal, from first begin to last end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        signal = Path(folder) / "go"
        runners = [
            subprocess.Popen(
                [sys.executable, "-m", "engine.bench.worker", url, who, str(number), str(signal)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(workers)
        ]
        for runner in runners:
            assert runner.stdout is not None
            runner.stdout.readline()
        signal.touch()
        spans = [tuple(map(float, runner.communicate()[0].split())) for runner in runners]
    return workers * number / (max(end for _, end in spans) - min(begin for begin, _ in spans))


def returns(place: Place, size: Size) -> Figures:
    """An operation on a case that came back so often, against one on a fresh case; ours and the usual way."""
    ours = {times: Ours(place.url, f"returned-{times}") for times in size.returns}
    for times, one in ours.items():
        one.returned(times)
    usual = {
        times: UsualWay(place.url, f"usual-returned-{times}")
        for times in size.returns
        if times <= 50
    }
    for times, other in usual.items():
        other.returned(times)
    contestants: dict[str, Callable[[], float]] = {}
    for times, one in ours.items():
        contestants[f"ours {times}"] = lambda one=one: seconds(lambda: one.operate(5)) / 5  # type: ignore[misc]
    for times, other in usual.items():
        contestants[f"usual {times}"] = lambda other=other: seconds(lambda: other.operate(2)) / 2  # type: ignore[misc]
    found = interleaved(contestants, size.rounds)
    last, worst = size.returns[-1], max(usual)
    told = {
        "milliseconds": {
            name: _told(Spread.of([v * 1000 for v in values])) for name, values in found.items()
        },
        "after": {
            str(times): {
                **_told(ratio(found[f"ours {times}"], found["ours 0"])),
                "interval_95": [
                    round(v, 3) for v in interval(found[f"ours {times}"], found["ours 0"])
                ],
            }
            for times in size.returns
        },
        "times_usual": {
            "fresh": _told(ratio(found["usual 0"], found["ours 0"])),
            f"after {worst}": _told(ratio(found[f"usual {worst}"], found[f"ours {worst}"])),
        },
        "bytes": {str(times): ours[times].sizes() for times in (0, last)},
    }
    everybody: list[Contestant] = [*ours.values(), *usual.values()]
    for contestant in everybody:
        contestant.close()
    return told


def inbox(place: Place, size: Size) -> Figures:
    """The first page of what may be claimed, at growing numbers of open tasks; also when mine are the oldest."""
    engine = make_engine(place.url)
    found: Figures = {}
    with UnitOfWork(Session(engine), chain.CLERK, NOW, chain.DOMAIN) as uow:
        case = chain.begin(uow, "inbox")
        uow.session.execute(
            sa.text("UPDATE user_task SET candidate_group = 'mine' WHERE instance_id = :c"),
            {"c": case.id},
        )
        case_id = case.id
        crowd(uow, case_id, 40, candidate_group="mine")  # older than all that follow
        uow.commit()
    begun = 100
    for number in size.tasks:
        with UnitOfWork(Session(engine), chain.CLERK, NOW, chain.DOMAIN) as uow:
            crowd(
                uow, case_id, number - begun, first=FIRST + 1_000 + begun, candidate_group="others"
            )
            crowd(uow, case_id, 40, first=FIRST * 2 + number, candidate_group=f"newest-{number}")
            analyse(uow)
            uow.commit()
        begun = number
        with UnitOfWork(Session(engine), chain.CLERK, NOW, chain.DOMAIN) as uow:
            uow.session.connection(execution_options={"readonly": True})
            for name, groups in (
                ("newest", [f"newest-{number}", "nobody"]),
                ("oldest", ["mine", "nobody"]),
            ):
                user_tasks.inbox(uow, groups)
                times = [seconds(lambda g=groups: user_tasks.inbox(uow, g)) for _ in range(30)]  # type: ignore[misc]
                found.setdefault(name, {})[str(number)] = _told(
                    Spread.of([t * 1000 for t in times])
                )
    engine.dispose()
    first, last = str(size.tasks[0]), str(size.tasks[-1])
    growth = {
        name: round(found[name][last]["median"] / found[name][first]["median"], 2)
        for name in ("newest", "oldest")
    }
    return {"milliseconds": found, f"at {last} ÷ at {first}": growth}


def steps(definitions: Sequence[Definition], size: Size) -> Figures:
    """One step worked out and one looked up, in microseconds; and exploring each definition whole."""
    definition = bpmn_rules.parse(chain.xml())
    state = stepping.start(definition).state
    event = Event("user", chain.step(1), outcome="pass")
    work = stepping.advance.__wrapped__
    many = 200

    def worked_out() -> None:
        for _ in range(many):
            stepping.forget(definition)
            work(definition, state, event)

    def remembered() -> None:
        for _ in range(many):
            work(definition, state, event)

    def memoised() -> None:
        for _ in range(many):
            stepping.advance(definition, state, event)

    def each(run: Callable[[], None]) -> Callable[[], float]:
        return lambda: seconds(run) / many * 1e6

    contestants = {
        "worked out": each(worked_out),
        "moves remembered": each(remembered),
        "memoised": each(memoised),
    }
    found = interleaved(contestants, size.rounds)
    explored = {}
    for one in definitions:
        explored[one.key] = _explored(one)
    return {
        "microseconds": {name: _told(Spread.of(values)) for name, values in found.items()},
        "exploration": explored,
    }


def _explored(definition: Definition) -> Figures:
    spaces: list[statespace.StateSpace] = []
    taken = seconds(lambda: spaces.append(statespace.explore(definition)))
    (space,) = spaces
    return {
        "states": len(space.states),
        "edges": len(space.edges),
        "seconds": round(taken, 1),
        "edges_per_second": round(len(space.edges) / taken),
    }


def _told(spread: Spread) -> Figures:
    def short(value: float) -> float:
        return round(value, 3 if value < 10 else 1)

    return {"median": short(spread.median), "quartiles": [short(spread.low), short(spread.high)]}
