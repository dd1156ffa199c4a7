"""How commands get at the house: settings with `--home`, the store, and in whose name they act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

import config
from engine.database import SYSTEM, Actor, UnitOfWork
from webapp import database
from webapp.transaction import Store

F = TypeVar("F", bound=Callable[..., Any])

#: Whoever may run commands on the server's own machine; the trail says that it was not a log-in.
OPERATOR = Actor("operator", "运维（命令行）")


def home_option(command: F) -> F:
    """Where the embedded database lives; `SANSHEN_HOME` says the same."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="数据文件夹，默认 SANSHEN_HOME 或 ./var。Folder of the data.",
    )(command)


@contextmanager
def opened(home: Path | None, *, current: bool = True) -> Iterator[Store]:
    """The store of the settings, closed at the end; refuses a database that waits for migrations."""
    store = database.open_store(config.load(home=home))
    try:
        if current:
            database.require_current(store)
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def reading(home: Path | None) -> Iterator[UnitOfWork]:
    """A read-only unit of work. Whoever can run this can read the database file, so nothing is hidden."""
    with opened(home) as store, store.open(SYSTEM, readonly=True) as uow:
        yield uow
