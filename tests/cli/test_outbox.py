"""Dead letters on the command line: seen, and sent again all or none."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa

from tests.cli.conftest import Run


def dead_letter(house: Path) -> int:
    """Something that was given up, as the outbox leaves it."""
    engine = sa.create_engine(f"sqlite:///{house / 'sanshen.db'}")
    with engine.begin() as run:
        run.exec_driver_sql(
            "INSERT INTO outbox_item (kind, payload, created_at, due_at, attempts, last_error, given_up_at)"
            " VALUES ('mail', '{}', '2026-06-08 01:00:00', '2026-06-08 01:00:00', 16,"
            " 'ConnectionRefusedError', '2026-06-10 01:00:00')"
        )
        number = run.exec_driver_sql("SELECT max(id) FROM outbox_item").scalar_one()
    engine.dispose()
    return int(number)


def test_a_dead_letter_is_listed_and_sent_again(run: Run, house: Path) -> None:
    number = dead_letter(house)
    told = json.loads(run("outbox", "list", "--json").stdout)
    assert [(one["id"], one["error"]) for one in told["dead_letters"]] == [
        (number, "ConnectionRefusedError")
    ]
    shown = run("outbox", "list")
    assert "死信 1 项" in shown.stdout
    assert run("outbox", "again", str(number)).exit_code == 0
    told = json.loads(run("outbox", "list", "--json").stdout)
    assert (told["dead_letters"], told["waiting"]) == ([], 1)


def test_if_one_is_no_dead_letter_none_is_sent(run: Run, house: Path) -> None:
    number = dead_letter(house)
    done = run("outbox", "again", str(number), "999")
    assert done.exit_code == 1
    assert "编号999不在死信里" in done.stderr
    assert len(json.loads(run("outbox", "list", "--json").stdout)["dead_letters"]) == 1
