"""Carries out a proof that was asked for on a page, in a process of its own: it is work for minutes, and the
pages must stay quick meanwhile. How far it has come is written to the job's row about once a second."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from threading import Thread
from time import monotonic

from config import Settings
from engine.database import SYSTEM
from engine.statespace import TooManyStates
from engine.text import Sentence
from webapp.transaction import Store
from workflows import deploying, proofs

log = logging.getLogger("sanshen")
#: Seconds between two reports of how far it has come.
PAUSE = 1.0


def start(settings: Settings, proof_id: int) -> None:
    """Begin the work beside this server, with the same home and database. Call after the commit."""
    environment = {
        **os.environ,
        "SANSHEN_HOME": str(settings.home),
        "SANSHEN_DATABASE_URL": settings.database_url,
        "SANSHEN_MODE": "production" if settings.mode == "test" else settings.mode,
    }
    command = [sys.executable, "-c", "from webapp.cli.main import main; main()"]
    worker = subprocess.Popen(  # noqa: S603 — our own interpreter and our own command
        [*command, "definitions", "prove", str(proof_id)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    Thread(target=worker.wait, daemon=True).start()  # so that it leaves no entry behind when done


def carry_out(store: Store, settings: Settings, proof_id: int) -> str:
    """Prove, and write down what was found; answers the status."""
    with store.open(SYSTEM, readonly=True) as uow:
        candidate = proofs.candidate_of(proofs.get(uow, proof_id))
    last = monotonic()

    def told(states: int, waiting: int) -> None:
        nonlocal last
        if monotonic() - last >= PAUSE:
            last = monotonic()
            with store.open(SYSTEM) as uow:
                proofs.beat(uow, proof_id, states, waiting)
                uow.commit()

    try:
        verdict = deploying.judge(candidate, deploying.own_certificates(settings.home), told)
    except TooManyStates as refused:
        return _failed(store, proof_id, refused.reasons)
    except Exception:
        log.exception("proof %s", proof_id)
        fault = Sentence(
            "检验时程序出错，未作任何改动；请把日志交给维护人员。",
            "The program failed during the proof; nothing was changed. Give the log to who maintains it.",
        )
        return _failed(store, proof_id, (fault,))
    with store.open(SYSTEM) as uow:
        proofs.finish(uow, proof_id, candidate, verdict)
        uow.commit()
    return "proven" if verdict.proven else "refused"


def _failed(store: Store, proof_id: int, reasons: tuple[Sentence, ...]) -> str:
    with store.open(SYSTEM) as uow:
        proofs.fail(uow, proof_id, reasons)
        uow.commit()
    return "failed"
