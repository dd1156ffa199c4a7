"""The embedded server behind a reverse proxy: whose address an attempt to log in comes from."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
import sqlalchemy as sa
import waitress
from flask import Flask

import config
from engine import once
from engine.database import SYSTEM
from engine.models import UsedKey, UserTask
from tests.answering import answering
from tests.chain import Chain
from webapp import serving
from webapp.transaction import Store
from workflows.models import RoleHolding


def _whoami(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    told = {
        "address": environ["REMOTE_ADDR"],
        "scheme": environ["wsgi.url_scheme"],
        "forwarded": environ.get("HTTP_X_FORWARDED_FOR"),
    }
    yield json.dumps(told).encode()


def _ask(environ: dict[str, str]) -> dict[str, Any]:
    settings = config.load({"SANSHEN_THREADS": "1", **environ})
    listener = serving.claim_port("127.0.0.1", _free_port())
    options = serving.server_options(settings)
    server = waitress.create_server(_whoami, sockets=[listener], **options)
    with answering(server):
        caller = HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=10)
        headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        caller.request("GET", "/", headers=headers)
        told: dict[str, Any] = json.loads(caller.getresponse().read())
        caller.close()
    return told


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_trusted_proxy_says_who_calls() -> None:
    told = _ask({"SANSHEN_TRUSTED_PROXY": "127.0.0.1"})
    assert (told["address"], told["scheme"]) == ("203.0.113.7", "https")


@pytest.mark.parametrize("environ", [{}, {"SANSHEN_TRUSTED_PROXY": "10.0.0.1"}])
def test_nobody_else_chooses_their_own_address(environ: dict[str, str]) -> None:
    assert _ask(environ) == {"address": "127.0.0.1", "scheme": "http", "forwarded": None}


def test_proxy_is_named_by_its_address() -> None:
    with pytest.raises(config.SettingRefused, match="SANSHEN_TRUSTED_PROXY"):
        config.load({"SANSHEN_TRUSTED_PROXY": "proxy.example"})


def test_sweep_forgets_old_keys_and_offers_again_what_lies_with_nobody(
    app: Flask, chain: Chain
) -> None:
    store: Store = app.extensions["sanshen"]
    task = chain.submit().task("attribute_review")
    with store.open(SYSTEM) as work:
        once.remember(work, "old", "/")
        work.session.execute(sa.update(UsedKey).values(used_at=work.now - timedelta(days=30)))
        ogi = chain.county.people["ogi"]
        work.session.execute(
            sa.update(RoleHolding)
            .where(RoleHolding.person_id == ogi)
            .values(valid_until=RoleHolding.valid_from)
        )
        work.commit()

    stopping = threading.Event()
    sweeping = threading.Thread(target=serving.sweep_until, args=(store, 0, stopping))
    sweeping.start()
    try:
        for _ in range(200):
            with store.open(SYSTEM, readonly=True) as work:
                group = work.session.get_one(UserTask, task).candidate_group
                left = work.session.scalar(sa.select(sa.func.count()).select_from(UsedKey))
            if group.startswith("nobody:") and left == 0:
                break
            stopping.wait(0.05)
    finally:
        stopping.set()
        sweeping.join(timeout=10)
    assert (group, left) == ("nobody:ogi_officer", 0)
