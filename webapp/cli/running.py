"""`sanshen serve` and `sanshen worker`: the pages, and the sweep of due timers."""

from __future__ import annotations

import signal
import threading
from functools import partial
from pathlib import Path

import click

import config
from engine.text import Sentence
from webapp import create_app, database, serving
from webapp.cli.access import OPERATOR, home_option, opened
from webapp.cli.output import json_option, report, say, tell
from webapp.database import NotReady
from webapp.transaction import Store
from workflows import founding


@click.command()
@home_option
@click.option("--host", help="监听地址，默认 127.0.0.1。Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="端口，默认 8000。Port.")
def serve(home: Path | None, host: str | None, port: int | None) -> None:
    """启动正式服务。Serve the pages of a production database and sweep its timers.

    数据库未初始化、有升级待执行、或者是演示数据库时拒绝启动。
    Refuses a database that is not initialised, waits for migrations, or belongs to the demo.
    """
    settings = config.load(home=home, host=host, port=port)
    if settings.mode == "demo":
        raise config.SettingRefused(
            "SANSHEN_MODE=demo 时请用 sanshen demo / with SANSHEN_MODE=demo use: sanshen demo"
        )
    store = database.open_store(settings)
    try:
        require_founded(store, "production")
    finally:
        store.engine.dispose()
    address = f"http://{settings.host}:{settings.port}"
    with serving.claim_port(settings.host, settings.port) as listener:
        app = create_app(database.with_secret_key(settings))
        ready = partial(say, f"已启动：{address}", f"Serving on {address}")
        serving.serve(app, settings, listener, ready)


def require_founded(store: Store, mode: str) -> None:
    """Refuse a database that nobody initialised, or that is of the other kind."""
    if not database.is_empty(store):
        database.require_current(store)
        with store.open(OPERATOR, readonly=True) as uow:
            found = founding.mode(uow)
        if found == mode:
            return
        if found is not None:
            raise NotReady(
                Sentence(
                    "这是演示数据库，里面的账号人人知道。正式使用请在另一个文件夹运行：sanshen init",
                    "This is a demo database whose accounts everybody knows. "
                    "For production run in another folder: sanshen init",
                    "demo",
                )
            )
    raise NotReady(
        Sentence(
            "数据库还没有初始化，没有管理员。请先运行：sanshen init",
            "The database has not been initialised and has no administrator. First run: sanshen init",
            "founded",
        )
    )


@click.command()
@home_option
@click.option("--once", is_flag=True, help="只扫一遍。Sweep once and report.")
@json_option
def worker(home: Path | None, once: bool, as_json: bool) -> None:
    """到期事项处理：催办、超时升级。Fire due timers, beside servers that run with SANSHEN_SWEEP_SECONDS=0.

    可以同时运行多个；每个到期事项只会被处理一次。
    Several may run at once; each due timer is fired exactly once.
    """
    settings = config.load(home=home)
    with opened(home) as store:
        if not once:
            _sweep_until_told(store, settings)
            return
        swept = serving.sweep_once(store)
        sent = serving.send_out(store, settings)
        serving.keep_house(store)
    report(
        {
            "fired": swept.fired,
            "failed": swept.failed,
            "sent": sent.fired,
            "not_sent": sent.failed,
        },
        as_json,
        lambda: tell(
            f"已处理 {swept.fired} 项，失败 {swept.failed} 项；已发邮件 {sent.fired} 封，失败 {sent.failed} 封。",
            f"{swept.fired} fired, {swept.failed} failed; {sent.fired} letters sent, {sent.failed} failed.",
        ),
    )


def _sweep_until_told(store: Store, settings: config.Settings) -> None:
    pause = settings.sweep_seconds or 15
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    say(f"每 {pause} 秒处理一次到期事项。", f"Sweeping every {pause} seconds.")
    threads = serving.background(store, settings, pause, stopping)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
