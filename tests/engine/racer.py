"""One participant of a race between processes: waits for the start signal, acts once, tells how it went.

Arguments: the database's URL, the file whose appearance is the signal, who acts, the act, the task's id,
and the minutes since the Monday on which everything begins. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from engine import take_back, timers, user_tasks
from engine.database import SYSTEM, UnitOfWork, make_engine
from engine.errors import SanshenError
from tests.conftest import MONDAY, Database
from tests.engine import office

Act = Callable[[UnitOfWork, int], object]

ACTS: dict[str, Act] = {
    "claim": user_tasks.claim,
    "pass": lambda work, task: user_tasks.complete(work, task, "pass"),
    "return": lambda work, task: user_tasks.complete(work, task, "return"),
    "again": lambda work, task: user_tasks.complete(work, task, "again"),
    "take_back": take_back.take_back,
}


def main(url: str, signal: str, who: str, act: str, task: str, minutes: str) -> None:
    engine = make_engine(url)
    database = Database(engine.dialect.name, url, engine)
    now = MONDAY + timedelta(minutes=int(minutes))
    with database.open() as work:  # connect before the race
        work.session.connection(execution_options={"readonly": True})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(signal).exists():
        time.sleep(0.001)
    if act == "sweep":
        swept = timers.sweep(lambda: database.open(SYSTEM, now, office.DOMAIN))
        told = {"won": swept.fired > 0, "fired": swept.fired, "failed": swept.failed}
    else:
        told = tried(database, int(who), ACTS[act], int(task))
    sys.stdout.write(json.dumps(told) + "\n")


def tried(database: Database, who: int, act: Act, task: int) -> dict[str, object]:
    try:
        with database.open(office.someone(who), MONDAY, office.DOMAIN) as work:
            act(work, task)
            work.commit()
    except SanshenError as refused:
        reasons = [reason.zh for reason in refused.reasons]
        return {"won": False, "refused": type(refused).__name__, "reasons": reasons}
    return {"won": True}


if __name__ == "__main__":
    main(*sys.argv[1:])
