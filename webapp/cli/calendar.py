"""`sanshen calendar`: a year's notice of holidays is entered, and the deadlines it moves are counted again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import click

from engine import deadlines, working_days
from engine.database import UnitOfWork
from engine.text import Sentence
from webapp.cli.access import OPERATOR, home_option, opened
from webapp.cli.output import json_option, report, tell
from workflows import events
from workflows.errors import Refused

#: A day, or the first and the last of several.
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")


@click.group()
def calendar() -> None:
    """工作日历。The calendar of working days."""


@calendar.command("notice")
@click.argument("year", type=click.IntRange(2020, 2100))
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--off", "off", multiple=True, help="放假日，可多次：2027-01-01 或 2027-01-01..2027-01-03。Days off; repeatable.")  # fmt: skip
@click.option("--work", "work", multiple=True, help="调休上班日，可多次。Make-up working days; repeatable.")  # fmt: skip
@click.option("--source", default="", help="通知的名称或文号。Name or number of the notice.")
@click.option("--certain-too", is_flag=True, help="已确定的时限也重新计算。Count again even deadlines that were certain.")  # fmt: skip
@home_option
@json_option
def notice(
    year: int,
    file: Path | None,
    off: tuple[str, ...],
    work: tuple[str, ...],
    source: str,
    certain_too: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """录入某年的放假通知，并重算受影响的时限。Enter a year's holiday notice and recount what it moves.

    FILE 每行一条：off 2027-01-01..2027-01-03，或 work 2027-01-09；# 起头的行不读。
    FILE has one entry per line: off 2027-01-01..2027-01-03, or work 2027-01-09; lines with # are skipped.
    """
    entries = [*(("off", text) for text in off), *(("work", text) for text in work)]
    if file is not None:
        entries += _lines(file)
    if not entries:
        raise click.UsageError("请给出 FILE，或 --off、--work。Give a FILE, or --off and --work.")
    days = _read(year, entries)
    named = source or (file.name if file else f"notice {year}")
    with opened(home) as store, store.open(OPERATOR) as uow:
        moved = _enter(uow, year, named, days, certain_too=certain_too)
        uow.commit()
    told = {"year": year, "days": len(days), "moved": len(moved)}

    def text() -> None:
        tell(
            f"已录入 {year} 年放假通知（{len(days)} 天），{len(moved)} 个时限有变动。",
            f"Entered the notice of {year} ({len(days)} days); {len(moved)} deadlines changed.",
        )

    report(told, as_json, text)


def _enter(
    uow: UnitOfWork, year: int, source: str, days: dict[date, bool], *, certain_too: bool
) -> list[deadlines.Moved]:
    working_days.enter_notice(uow, year, source, days)
    moved = deadlines.recount(uow, certain_too=certain_too)
    listed = {day.isoformat(): works for day, works in sorted(days.items())}
    data = {"year": year, "source": source, "days": listed, "moved": len(moved)}
    events.record(uow, "calendar.entered", subject=f"calendar:{year}", data=data)
    return moved


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8-sig").splitlines():
        kind, _, days = line.partition("#")[0].strip().partition(" ")
        if kind:
            yield kind, days.strip()


def _read(year: int, entries: Iterable[tuple[str, str]]) -> dict[date, bool]:
    """Each day and whether it is worked; all that cannot be read is told at once."""
    days: dict[date, bool] = {}
    wrong = []
    for kind, text in entries:
        found = _between(text) if kind in ("off", "work") else []
        works = kind == "work"
        if not found or any(day.year != year or days.get(day, works) != works for day in found):
            wrong.append(f"{kind} {text}")
        days.update(dict.fromkeys(found, works))
    if wrong:
        raise Refused(
            *(
                Sentence(
                    f"“{one}”不是 {year} 年的日期，或者与其他各条矛盾。",
                    f"“{one}” is not a day of {year}, or contradicts another entry.",
                )
                for one in wrong
            )
        )
    return days


def _between(text: str) -> list[date]:
    fits = _DAYS.fullmatch(text)
    if fits is None:
        return []
    try:
        first, last = date.fromisoformat(fits[1]), date.fromisoformat(fits[2] or fits[1])
    except ValueError:
        return []
    return [first + timedelta(days=n) for n in range(min((last - first).days + 1, 366))]
