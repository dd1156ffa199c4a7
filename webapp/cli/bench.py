"""`sanshen bench`: what an act, a list and a step cost on this machine, as ratios measured side by side."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from engine.bench import measures
from engine.bench.measures import FULL, QUICK, Place, Size
from engine.text import Sentence
from webapp.cli.output import report, steps, table, tell
from workflows import bpmn_files, deploying


@click.command("bench")
@click.option("--quick", is_flag=True, help="少测几轮，几分钟。Fewer rounds, a few minutes.")
@click.option(
    "--postgres",
    envvar="SANSHEN_BENCH_POSTGRES",
    help="一台 PostgreSQL 上可以新建数据库的地址。URL of a PostgreSQL server where databases may be made.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把结果另存为 JSON。Keep the figures in this file as well.",
)
def bench(quick: bool, postgres: str | None, file: Path | None) -> None:
    """测速：与直接写数据库、与通常做法相比。Measure acts, lists and steps against the raw database.

    看比值，不看绝对数：各方轮流测，机器忙闲对大家一样。每个数后面是四分位。
    不动您的数据：SQLite 用临时文件，PostgreSQL 用临时数据库（没有给地址就不测）。

    Trust the ratios: the contestants take turns. Quartiles follow each median. Your data are not touched:
    SQLite is measured in a temporary file, PostgreSQL in databases of its own (not at all without a URL).
    """
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="sanshen-bench-") as folder:
        figures = _measured(size, Path(folder), postgres)
    figures["machine"] = {"cores": os.cpu_count(), "python": platform.python_version()}
    if file is not None:
        file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    report(figures, False, lambda: _print(figures))


def _measured(size: Size, folder: Path, postgres: str | None) -> dict[str, Any]:
    kinds: dict[str, Callable[[str], AbstractContextManager[Place]]]
    kinds = {"sqlite": lambda name: _sqlite(folder, name)}
    if postgres:
        kinds["postgresql"] = lambda name: _postgresql(postgres, name)
    figures: dict[str, Any] = {}
    with steps(Sentence("正在测速", "Measuring"), 4 * len(kinds) + 1) as step:
        step("steps")
        definitions = [deploying.read(one).definition for one in bpmn_files.shipped()]
        figures["steps"] = measures.steps(definitions, size)
        for kind, make in kinds.items():
            told = figures.setdefault(kind, {})
            for workers in (1, 4):
                step(f"{kind}: {workers} worker{'s' * (workers > 1)}")
                with make(f"w{workers}") as place:
                    told[f"workers_{workers}"] = measures.throughput(place, size, workers)
            step(f"{kind}: returns")
            with make("returns") as place:
                told["returns"] = measures.returns(place, size)
            step(f"{kind}: inbox")
            with make("inbox") as place:
                told["inbox"] = measures.inbox(place, size)
    return figures


@contextmanager
def _sqlite(folder: Path, name: str) -> Iterator[Place]:
    file = folder / f"{name}.db"
    place = Place("sqlite", f"sqlite:///{file}", str(file))
    place.prepare()
    yield place


@contextmanager
def _postgresql(url: str, name: str) -> Iterator[Place]:
    """A database of its own on the server, gone afterwards."""
    database = f"sanshen_bench_{os.getpid()}_{name}"
    home = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(home, isolation_level="AUTOCOMMIT")
    with engine.connect() as run:
        run.exec_driver_sql(f"CREATE DATABASE {database} TEMPLATE template0")
    place = Place("postgresql", home.set(database=database).render_as_string(hide_password=False))
    try:
        place.prepare()
        yield place
    finally:
        with engine.connect() as run:
            run.exec_driver_sql(f"DROP DATABASE {database} WITH (FORCE)")
        engine.dispose()


# -- the table ---------------------------------------------------------------------------------------


def _print(figures: Mapping[str, Any]) -> None:
    headings = [
        Sentence("测什么", "What"),
        Sentence("中位数", "Median"),
        Sentence("四分位", "Quartiles"),
    ]
    rows: list[list[object]] = []
    for kind in ("sqlite", "postgresql"):
        rows += _rows_of(kind, figures[kind]) if kind in figures else []
    for name, spread in figures["steps"]["microseconds"].items():
        rows.append(_row(f"step, {name}, µs", spread))
    table(headings, rows)
    for key, one in figures["steps"]["exploration"].items():
        tell(
            f"{key}：{one['states']} 个状态、{one['edges']} 步，{one['seconds']} 秒，每秒 {one['edges_per_second']} 步",
            f"{key}: {one['states']} states, {one['edges']} edges in {one['seconds']} s, "
            f"{one['edges_per_second']} edges a second",
        )


def _rows_of(kind: str, told: Mapping[str, Any]) -> list[list[object]]:
    rows: list[list[object]] = []
    for workers in (1, 4):
        one = told[f"workers_{workers}"]
        who = f"{kind}, {workers} worker{'s' * (workers > 1)}"
        for name, spread in one["operations_per_second"].items():
            label = one["floor"] if name == "floor" else name
            rows.append(_row(f"{who}: {label}, operations/s", spread))
        rows.append(_row(f"{who}: ours ÷ {one['floor']}", one["of_floor"]))
        rows.append(_row(f"{who}: ours ÷ usual way", one["of_usual"]))
    for times, spread in told["returns"]["after"].items():
        low, high = spread["interval_95"]
        rows.append(_row(f"{kind}: after {times} returns ÷ fresh (95 %: {low}–{high})", spread))
    for when, spread in told["returns"]["times_usual"].items():
        rows.append(_row(f"{kind}: usual way ÷ ours, time, {when}", spread))
    for times, sizes in told["returns"]["bytes"].items():
        live, history = sizes["live"], sizes["history_per_act"]
        rows.append(
            [
                f"{kind}: bytes live / of history per entry, after {times} returns",
                f"{live} / {history}",
                "",
            ]
        )
    for name, sizes in told["inbox"]["milliseconds"].items():
        for number, spread in sizes.items():
            rows.append(_row(f"{kind}: inbox, mine {name}, {number} open, ms", spread))
    return rows


def _row(name: str, spread: Mapping[str, Any]) -> list[object]:
    low, high = spread["quartiles"]
    return [name, spread["median"], f"{low} – {high}"]
