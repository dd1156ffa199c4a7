"""`sanshen demo`: the invented county, ready to be tried, on this machine only."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

import config
from config import Settings
from engine import clock
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.text import Sentence
from webapp import create_app, database, serving
from webapp.cli.output import say, steps, table, word
from webapp.database import NotReady
from webapp.request_log import JsonLines
from webapp.transaction import Store
from workflows import founding
from workflows.demo import county, loading
from workflows.vocabulary import ROLES

Answer = TypeVar("Answer")
DEFAULT_HOME, LARGE_HOME = Path("var/demo"), Path("var/demo-large")
#: Each of these says that this machine is meant for real work.
_PRODUCTION = ("SANSHEN_DATABASE_URL", "SANSHEN_SECRET_KEY")


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="演示数据文件夹。Folder of the demo data.")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000。Port.")
@click.option(
    "--reset", is_flag=True, help="清除演示数据，重新开始。Throw the demo data away first."
)
@click.option(
    "--prepare-only", is_flag=True, help="只准备数据，不启动服务。Load the data and stop."
)
@click.option(
    "--large", is_flag=True, help="三个县、二百人、五百件。Three counties, 200 people, 500 items."
)
def demo(home: Path | None, port: int | None, reset: bool, prepare_only: bool, large: bool) -> None:
    """启动演示：虚构的云岚县。Start the demo: a county that does not exist, with work on its desks.

    建立数据库，装入人员和十四份文件，部署流程，在本机启动服务，并打印登录表。再次运行保留数据。
    加 --large 装入三个县、二百人、五百件稿件（约五分钟），默认放在 var/demo-large。
    有正式环境的设置，或者文件夹里是正式数据库时，拒绝运行。

    With --large three counties, 200 people and 500 documents are loaded (some five minutes), by default
    into var/demo-large.

    Creates the database, loads people and fourteen documents, deploys the process and serves on this machine,
    with a table of log-ins. Data are kept between runs. Refuses to run beside production settings.
    """
    home = home or (LARGE_HOME if large else DEFAULT_HOME)
    settings = demo_settings(home, port)
    with ExitStack() as stack:
        listener = None
        if not prepare_only:
            listener = stack.enter_context(serving.claim_port(settings.host, settings.port))
        _ready(settings, reset, large)
        if listener is not None:
            app = create_app(database.with_secret_key(settings))
            log = _log_to_file(settings.home / "sanshen.log")
            serving.serve(app, settings, listener, lambda: _welcome(settings, log))


def _ready(settings: Settings, reset: bool, large: bool = False) -> None:
    """The demo's database, loaded when it is not there, and as new as the program."""
    file = settings.home / "sanshen.db"
    _require_demo(settings, file)
    if reset:
        _remove(file)
    if not file.exists():
        prepare(settings, file, large)
    store = database.open_store(settings)
    try:
        database.migrate(store)
    finally:
        store.engine.dispose()


def demo_settings(home: Path, port: int | None) -> Settings:
    """The demo's settings: its own folder, this machine only, nothing from production."""
    if os.environ.get("SANSHEN_MODE", "demo") != "demo":
        raise config.SettingRefused(
            f"SANSHEN_MODE={os.environ['SANSHEN_MODE']} 时不运行演示：演示的账号人人知道 / "
            "the demo does not run beside production settings: everybody knows its accounts"
        )
    present = [name for name in _PRODUCTION if os.environ.get(name)]
    if present:
        raise config.SettingRefused(
            f"环境里有正式设置 {'、'.join(present)}，不运行演示；请先取消这些设置 / "
            f"production settings are present ({', '.join(present)}); unset them to run the demo"
        )
    home = home.absolute()
    return config.load(
        home=home,
        mode="demo",
        database_url=f"sqlite:///{home / 'sanshen.db'}",
        host="127.0.0.1",
        port=port,
        site_name="云岚县人民政府",
        site_domain="yunlan.example",
    )


def _require_demo(settings: Settings, file: Path) -> None:
    """Never touch a database that `sanshen init` made, whatever folder was named."""
    database.make_folder(settings.home)
    if not file.exists():
        return
    store = database.open_store(settings)
    try:
        mode = None
        if not database.is_empty(store):
            with store.open(SYSTEM, readonly=True) as uow:
                mode = founding.mode(uow)
    finally:
        store.engine.dispose()
    if mode != "demo":
        raise NotReady(
            Sentence(
                f"{file} 不是演示数据库，演示不会打开它。请用 --home 换一个文件夹。",
                f"{file} is not a demo database, and the demo will not open it. Use --home.",
                "demo",
            )
        )


def prepare(settings: Settings, file: Path, large: bool = False) -> None:
    """Load the county into a file beside, and move it into place when complete: all or nothing."""
    now = clock.now()
    programme = loading.large(now) if large else loading.small()
    unfinished = file.with_name("loading.db")
    _remove(unfinished)
    url = f"sqlite:///{unfinished}"
    loading_settings = config.load(home=settings.home, mode="demo", database_url=url)
    store = database.open_store(loading_settings, scratch=True)
    try:
        with steps(Sentence("装入演示县", "Loading the demo county"), programme.steps) as step:
            step(word(Sentence("建立数据库", "creating the database")))
            database.migrate(store)
            loading.load(_door(store), now, lambda told: step(word(told)), programme)
        with store.engine.connect().execution_options(readonly=True) as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.engine.dispose()
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(file)


def _door(store: Store) -> loading.Do:
    """Acts of the demo happened at other instants than now, so its units of work are made here."""

    def do(actor: Actor, at: datetime, act: Callable[[UnitOfWork], Answer]) -> Answer:
        with UnitOfWork(store.sessions(), actor, at, store.domain) as uow:
            answer = act(uow)
            uow.commit()
        return answer

    return do


def _remove(file: Path) -> None:
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)


def _log_to_file(file: Path) -> Path:
    """The terminal keeps the log-in table; requests are logged beside the data."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(JsonLines())
    log = logging.getLogger("sanshen")
    for old in list(log.handlers):
        log.removeHandler(old)
    log.addHandler(handler)
    return file


def _welcome(settings: Settings, log: Path) -> None:
    address = f"http://{settings.host}:{settings.port}"
    click.echo()
    say(
        f"云岚县（虚构）已在 {address} 启动。按 Ctrl+C 停止；数据保留在 {settings.home}",
        f"Yunlan county (invented) is served on {address}. Ctrl+C stops it; data stay in {settings.home}",
    )
    say(
        f"公开网站：{address}/public ；日志：{log}", f"Public portal: {address}/public ; log: {log}"
    )
    click.echo()
    headings = [
        Sentence("角色", "Role"),
        Sentence("登录名", "Log-in"),
        Sentence("密码", "Password"),
        Sentence("姓名", "Person"),
        Sentence("可以试试", "What to try"),
    ]
    table(headings, log_ins())


def log_ins() -> list[tuple[str, str, str, str, str]]:
    """One line per role: the first person of the county who holds it."""
    rows = []
    for role, what in county.TRY.items():
        person = next(one for one in county.PEOPLE if role in one.roles)
        rows.append(
            (word(ROLES[role].sentence), person.login, county.PASSWORD, person.name, word(what))
        )
    return rows
