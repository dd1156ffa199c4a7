"""`sanshen outbox`: what shall leave the house and could not; a dead letter is seen and sent again, not lost."""

from __future__ import annotations

from pathlib import Path

import click

from engine import outbox as engine_outbox
from engine.text import Sentence
from webapp.cli.access import OPERATOR, home_option, opened, reading
from webapp.cli.output import json_option, report, table, tell


@click.group()
def outbox() -> None:
    """发件箱：对外的通知和推送。What is to be carried out outside the database."""


@outbox.command("list")
@home_option
@json_option
def list_dead_letters(home: Path | None, as_json: bool) -> None:
    """列出多次失败、已经放弃的（死信）。List what was tried again and again and given up."""
    with reading(home) as uow:
        rows = [
            {
                "id": item.id,
                "kind": item.kind,
                "attempts": item.attempts,
                "error": item.last_error,
                "created_at": item.created_at.isoformat(timespec="seconds"),
                "given_up_at": item.given_up_at.isoformat(timespec="seconds")
                if item.given_up_at
                else None,
            }
            for item in engine_outbox.dead_letters(uow)
        ]
        waiting = engine_outbox.waiting(uow)
    headings = [
        Sentence("编号", "Number"),
        Sentence("种类", "Kind"),
        Sentence("试过", "Attempts"),
        Sentence("原因", "Error"),
        Sentence("放弃时间", "Given up"),
    ]
    names = ("id", "kind", "attempts", "error", "given_up_at")

    def text() -> None:
        if rows:
            table(headings, [[row[name] for name in names] for row in rows])
        tell(
            f"死信 {len(rows)} 项，等待发送 {waiting} 项。",
            f"{len(rows)} dead letters, {waiting} waiting to be sent.",
        )

    report({"dead_letters": rows, "waiting": waiting}, as_json, text)


@outbox.command("again")
@click.argument("number", type=int, nargs=-1, required=True)
@home_option
def again(number: tuple[int, ...], home: Path | None) -> None:
    """把死信重新发送：全部放回，有一项不对就都不放。Send dead letters again: all of them, or none."""
    with opened(home) as store, store.open(OPERATOR) as uow:
        for one in number:
            engine_outbox.try_again(uow, one)
        uow.commit()
    tell(
        f"已放回 {len(number)} 项，下次处理时发送。",
        f"{len(number)} put back; they are sent at the next run.",
    )
