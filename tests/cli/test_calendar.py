"""A year's holiday notice: entered by a command, on record, and provisional deadlines counted again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

import config
from engine import working_days
from engine.database import SYSTEM
from engine.models import AuditEntry
from tests.cli.conftest import Run
from webapp import database
from workflows import oversight


def test_notice_is_entered_and_on_record(run: Run, house: Path) -> None:
    notice = house.parent / "2027.txt"
    notice.write_text("# 国办发明电\noff 2027-03-01..2027-03-02\nwork 2027-03-06\n", "utf-8")
    done = run("calendar", "notice", "2027", notice, "--off", "2027-03-03", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"year": 2027, "days": 4, "moved": 0}
    store = database.open_store(config.load({}, home=house))
    with store.open(SYSTEM, readonly=True) as work:
        kept = working_days.load(work)
        entry = work.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "calendar.entered")
        ).one()
        told = oversight.line(entry).sentence.zh
    store.engine.dispose()
    assert [kept.is_workday(date(2027, 3, day)) for day in (1, 2, 3, 4, 6)] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert not kept.is_provisional(2027)
    assert told == "运维（命令行）：录入2027年放假通知（2027.txt），0个时限有变动"


@pytest.mark.parametrize(
    "given",
    [
        ("--off", "2026-03-01"),
        ("--off", "2027-02-30"),
        ("--off", "2027-03-02..2027-03-01"),
        ("--off", "2027-03-01", "--work", "2027-03-01"),
    ],
)
def test_notice_that_cannot_be_read_changes_nothing(
    run: Run, house: Path, given: tuple[str, ...]
) -> None:
    refused = run("calendar", "notice", "2027", *given)
    assert refused.exit_code == 1
    assert "不是 2027 年的日期" in refused.output
    assert run("calendar", "notice", "2027").exit_code == 2


def test_deadlines_move_with_the_notice(run: Run, demo_home: Path) -> None:
    """Every day of the year off: whatever is open in the demo is due another day."""
    year = date.today().year  # noqa: DTZ011 — the demo is loaded at the real time
    done = run(
        "calendar", "notice", str(year), "--off", f"{year}-01-01..{year}-12-31",
        "--certain-too", "--home", demo_home, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["moved"] > 0
