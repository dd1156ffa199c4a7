"""What a command says: sentences, tables, progress or JSON; and what its exit code means.

Reports go to stdout, everything else (progress, refusals) to stderr, so that output can be piped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from engine.text import Sentence

OK = 0
#: The house said no, with reasons; nothing was changed.
REFUSED = 1
#: The command line itself is wrong (click's own code).
USAGE = 2
#: Something outside is missing: port, folder, database, migration, setting.
ENVIRONMENT = 3
#: Evidence does not hold: a broken trail, or released bytes that are not the approved ones.
EVIDENCE = 4

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Every reporting command takes it: one JSON document on stdout instead of sentences."""
    return click.option(
        "--json", "as_json", is_flag=True, help="以 JSON 输出。Report as one JSON document."
    )(command)


def language() -> str:
    """`zh`, `en`, or `both` when the machine's locale does not say (C, POSIX, none)."""
    told = os.environ.get("SANSHEN_LANG") or next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    tag = told.lower()
    return "zh" if tag.startswith("zh") else "en" if tag.startswith("en") else "both"


def words(sentence: Sentence) -> str:
    """A message: in the reader's language, or in both when it is not known."""
    if language() == "both" and sentence.zh != sentence.en:
        return f"{sentence.zh}\n{sentence.en}"
    return sentence.in_language(language())


def word(sentence: Sentence) -> str:
    """A cell of a table, where two languages have no room."""
    return sentence.in_language("en" if language() == "en" else "zh")


def say(zh: str, en: str) -> None:
    """A message beside the report, on stderr."""
    click.echo(words(Sentence(zh, en)), err=True)


def tell(zh: str, en: str) -> None:
    """A sentence of the report itself, on stdout."""
    click.echo(words(Sentence(zh, en)))


def report(data: Any, as_json: bool, text: Callable[[], None]) -> None:
    """The command's answer: `data` as JSON, or what `text` prints."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        text()


def table(columns: Sequence[Sentence], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their headings; as wide as the terminal, or wide enough for all when piped."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(word(column), overflow="fold")
    for row in rows:
        drawn.add_row(*("" if cell is None else str(cell) for cell in row))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    console.print(drawn)


def refusal(reasons: Sequence[Sentence]) -> None:
    """All reasons on stderr, one paragraph each."""
    for reason in reasons:
        click.echo(words(reason), err=True)


class Steps:
    """Progress of a long step, told one by one; a bar on a terminal, plain lines elsewhere."""

    def __init__(self, bar: Progress | None, total: int) -> None:
        self._bar = bar
        self._total = total
        self._done = 0
        self._task = bar.add_task("", total=total) if bar else None

    def __call__(self, label: str) -> None:
        """`label` begins now; what was said before is done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=label, completed=self._done)
        else:
            click.echo(f"  [{self._done + 1}/{self._total}] {label}", err=True)
        self._done = min(self._done + 1, self._total)

    def finish(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self._total)


def exploring(label: str) -> Callable[[int, int], None]:
    """Progress of a search whose end is not known: how much was found, how much is still to visit."""
    console = Console(stderr=True, highlight=False)
    lines = count()

    def told(found: int, waiting: int) -> None:
        text = word(
            Sentence(
                f"已走到 {found} 个状态，待走 {waiting} 个", f"{found} states, {waiting} to visit"
            )
        )
        if console.is_terminal:
            console.print(f"  {label}：{text}", end="\r")
        elif next(lines) % 40 == 39:
            click.echo(f"  {label}：{text}", err=True)

    return told


@contextmanager
def steps(title: Sentence, total: int) -> Iterator[Steps]:
    """`with steps(Sentence(...), 12) as step: step("…")`."""
    console = Console(stderr=True, highlight=False)
    click.echo(words(title), err=True)
    if not console.is_terminal:
        yield Steps(None, total)
        return
    bar = Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    with bar:
        told = Steps(bar, total)
        yield told
        told.finish()
