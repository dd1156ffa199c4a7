"""Long work that was asked for on a page, in a process of its own: a proof, or whether a repair is possible.

The pages stay quick meanwhile. How far it has come is written to the job's row about once a second.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from threading import Thread
from time import monotonic
from typing import TypeVar

from config import Settings
from engine.database import SYSTEM
from engine.statespace import TooManyStates
from engine.text import Sentence
from engine.verification import Progress
from webapp.transaction import Store
from workflows import deploying, proofs, repairs
from workflows.errors import NotFound
from workflows.proofs import Kind
from workflows.repairs import Found

log = logging.getLogger("sanshen")
#: Seconds between two reports of how far it has come.
PAUSE = 1.0
FAULT = Sentence(
    "检验时程序出错，未作任何改动；请把日志交给维护人员。",
    "The program failed during the proof; nothing was changed. Give the log to who maintains it.",
)
T = TypeVar("T")


def start(settings: Settings, command: str, number: int) -> None:
    """Begin `sanshen definitions COMMAND NUMBER` beside this server, with the same home and database.

    Call after the commit.
    """
    environment = {
        **os.environ,
        "SANSHEN_HOME": str(settings.home),
        "SANSHEN_DATABASE_URL": settings.database_url,
        "SANSHEN_MODE": "production" if settings.mode == "test" else settings.mode,
    }
    sanshen = [sys.executable, "-c", "from webapp.cli.main import main; main()"]
    worker = subprocess.Popen(  # noqa: S603 — our own interpreter and our own command
        [*sanshen, "definitions", command, str(number)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    Thread(target=worker.wait, daemon=True).start()  # so that it leaves no entry behind when done


def prove(store: Store, settings: Settings, proof_id: int) -> str:
    """Prove, and write down what was found; answers the status."""
    with store.open(SYSTEM, readonly=True) as uow:
        candidate = proofs.candidate_of(proofs.get(uow, proof_id))
    own = deploying.own_certificates(settings.home)
    beats = _beats(store, "proof", proof_id)
    verdict, faults = _tried("proof", lambda: deploying.judge(candidate, own, beats))
    with store.open(SYSTEM) as uow:
        if verdict is None:
            status = proofs.fail(uow, proof_id, faults)
        else:
            status = proofs.finish(uow, proof_id, candidate, verdict)
        uow.commit()
    return status


def check_repair(store: Store, repair_id: int) -> str:
    """Find out whether the repair is possible, and write it down; answers the status."""

    def look() -> tuple[str, Found]:
        with store.open(SYSTEM, readonly=True) as uow:
            return repairs.check(uow, repair_id, _beats(store, "repair", repair_id))

    found, faults = _tried("repair", look)
    with store.open(SYSTEM) as uow:
        if found is None:
            status = repairs.fail(uow, repair_id, faults)
        else:
            status = repairs.checked(uow, repair_id, *found)
        uow.commit()
    return status


def _beats(store: Store, kind: Kind, number: int) -> Progress:
    """Tells the job's row how far the exploration has come."""
    last = monotonic()

    def told(states: int, waiting: int) -> None:
        nonlocal last
        if monotonic() - last >= PAUSE:
            last = monotonic()
            with store.open(SYSTEM) as uow:
                proofs.beat(uow, kind, number, states, waiting)
                uow.commit()

    return told


def _tried(kind: Kind, work: Callable[[], T]) -> tuple[T | None, tuple[Sentence, ...]]:
    """What the work answers; or None, and the reasons why it came to no end."""
    try:
        return work(), ()
    except TooManyStates as refused:
        return None, refused.reasons
    except NotFound:
        raise
    except Exception:
        log.exception(kind)
        return None, (FAULT,)
