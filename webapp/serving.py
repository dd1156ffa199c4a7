"""One process that serves the pages with waitress and sweeps due timers in the background.

The port is bound before anything long is done, so that a used port is told at once.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import waitress
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from engine import once, outbox, timers
from engine.database import SYSTEM, UnitOfWork
from engine.sweeping import Swept
from engine.text import Sentence
from webapp import mailing
from webapp.database import NotReady
from webapp.transaction import Store
from workflows import due_dates, duties, rerouting

log = logging.getLogger("sanshen")


def claim_port(host: str, port: int) -> socket.socket:
    """A socket bound to the address, or the sentence that says why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    # A port that a server left a moment ago is free; one that is listened on is still refused.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise NotReady(
            Sentence(
                f"不能在 {host}:{port} 上提供服务（{error.strerror}）：端口已被占用，或者没有权限。"
                f"请换一个端口，例如：--port {_another(port)}（make 时用 PORT={_another(port)}）",
                f"Cannot serve on {host}:{port} ({error.strerror}): the port is in use or not allowed. "
                f"Use another one, for example: --port {_another(port)} (with make: PORT={_another(port)})",
                "port",
            )
        ) from error
    return bound


def _another(port: int) -> int:
    return port + 1 if port >= 1024 and port < 65535 else 8080


def serve(
    app: Flask, settings: Settings, listener: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve until the process is told to stop; `ready` is called when requests can come."""
    store: Store = app.extensions["sanshen"]
    stopping = threading.Event()
    threads = background(store, settings, settings.sweep_seconds, stopping)
    server = waitress.create_server(app, sockets=[listener], **server_options(settings))
    signal.signal(signal.SIGTERM, _stop)
    if settings.sweep_seconds:
        for thread in threads:
            thread.start()
    ready()
    try:
        server.run()
    finally:
        stopping.set()
        server.close()
        for thread in threads:
            if thread.is_alive():
                thread.join(timeout=10)
        store.engine.dispose()


def background(
    store: Store, settings: Settings, pause: int, stopping: threading.Event
) -> tuple[threading.Thread, threading.Thread]:
    """What runs beside the pages, or in a worker: the sweep of timers, and the sending of letters."""
    sweep = threading.Thread(
        target=sweep_until, args=(store, pause, stopping), name="sweep", daemon=True
    )
    letters = threading.Thread(
        target=send_until, args=(store, settings, pause, stopping), name="letters", daemon=True
    )
    return sweep, letters


def server_options(settings: Settings) -> dict[str, Any]:
    """What waitress is told. Behind a proxy the client's own address counts, or one caller who guesses
    passwords would make everybody behind the proxy wait.
    """
    options: dict[str, Any] = {
        "threads": settings.threads,
        "ident": None,
        "max_request_body_size": settings.max_upload_mb * 1024 * 1024,
        "clear_untrusted_proxy_headers": True,
    }
    if settings.trusted_proxy:
        options["trusted_proxy"] = settings.trusted_proxy
        options["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto"}
    return options


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def sweep_once(store: Store) -> Swept:
    """Fire what is due now; each timer in a unit of work of its own."""

    def open_uow() -> UnitOfWork:
        return store.open(SYSTEM)

    return timers.sweep(open_uow)


def send_out(store: Store, settings: Settings) -> Swept:
    """Carry out what acts asked for outside the database: letters."""
    me = f"{socket.gethostname()}:{os.getpid()}"
    return outbox.work(lambda: store.open(SYSTEM), mailing.deliverers(settings), worker=me[:60])


def send_until(store: Store, settings: Settings, pause: int, stopping: threading.Event) -> None:
    """Send, pause, send; beside the sweep, so that a mail server that hangs keeps no timer waiting."""
    while not stopping.wait(pause):
        try:
            send_out(store, settings)
        except SQLAlchemyError:
            log.exception("outbox")


def keep_house(store: Store) -> None:
    """What no act and no timer brings about: roles that ran out by date, keys of forms long sent, duties
    whose period has ended, days of disclosure that draw near.
    """
    _reroute(store)
    with store.open(SYSTEM) as own:
        once.forget_old(own)
        own.commit()
    with store.open(SYSTEM) as own:
        duties.open_due(own)
        own.commit()
    for tell in (due_dates.remind, due_dates.remind_reviews):
        told = due_dates.AT_ONCE
        while told == due_dates.AT_ONCE:
            with store.open(SYSTEM) as own:
                told = tell(own)
                own.commit()


def _reroute(store: Store) -> None:
    """A part at a time, and looked for without a lock: nobody who works meanwhile waits for it."""
    after: rerouting.Place | None = None
    while True:
        with store.open(SYSTEM, readonly=True) as own:
            found, after = rerouting.astray(own, after)
        if found:
            with store.open(SYSTEM) as own:
                rerouting.review_these(own, found)
                own.commit()
        if after is None:
            return


def sweep_until(store: Store, pause: int, stopping: threading.Event) -> None:
    """Sweep, pause, sweep; a database that is away for a while does not end the sweeping."""
    an_hour, done = max(1, 3600 // max(1, pause)), 0
    while not stopping.wait(pause):
        try:
            swept = sweep_once(store)
            if done % an_hour == 0:
                keep_house(store)
            done += 1
        except SQLAlchemyError:
            log.exception("sweep")
            continue
        if swept.fired or swept.failed:
            log.info("sweep", extra={"facts": {"fired": swept.fired, "failed": swept.failed}})
