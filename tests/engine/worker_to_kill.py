"""Completes tasks without end and prints each one only after its commit; run by test_crash and killed.

Arguments: the database's URL and the number of this worker.
"""

from __future__ import annotations

import sys
from itertools import count

from engine.database import make_engine
from tests.conftest import ALICE, MONDAY, Database
from tests.engine import office


def main(url: str, worker: str) -> None:
    engine = make_engine(url)
    database = Database(engine.dialect.name, url, engine)
    with database.open(ALICE, MONDAY, office.DOMAIN) as work:
        case_id = office.start(work, f"worker {worker}").id
        work.commit()
    for number in count():
        element, outcome = ("first_review", "return") if number % 2 == 0 else ("revise", "again")
        with database.open(ALICE, MONDAY, office.DOMAIN) as work:
            task_id = office.task(work, case_id, element).id
            office.act(work, case_id, element, outcome)
            work.commit()
        sys.stdout.write(f"{case_id} {task_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
