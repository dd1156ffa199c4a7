"""`sanshen definitions migrate`: takes running cases over to another version of their process, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engine import migrating
from engine.migrating import Target
from engine.text import Sentence
from webapp.cli import output
from webapp.cli.access import OPERATOR, home_option, opened
from webapp.cli.output import json_option, report, steps, table, tell, word
from webapp.transaction import Store
from workflows import process_migration
from workflows.process_migration import WAYS, Outlook


@click.command("migrate")
@click.argument("key", default="publishing")
@click.option("--to", "number", type=int, help="版本号，默认最新。Version; the newest by default.")
@click.option("--case", "numbers", multiple=True, help="只迁移这些流转单号。Only these cases.")
@click.option("--dry-run", is_flag=True, help="只报告，不改动。Report only; nothing is changed.")
@click.option("--reason", default="", help="迁移理由，记入办理记录。Why; goes on record.")
@home_option
@json_option
@click.pass_context
def migrate(
    ctx: click.Context,
    key: str,
    number: int | None,
    numbers: tuple[str, ...],
    dry_run: bool,
    reason: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """把在办件迁移到流程的另一版本。Take running cases over to another version of their process.

    先用 --dry-run 看每一件能不能迁移、为什么不能。能迁移的，须是本件的经过在新版本中走得通，或者现在的位置
    在新版本中走得到、规则的要求也已满足；其余留在原版本继续办理。一件一件地迁移，中断后可以重来。

    Look first with --dry-run: for each case whether it can go, or why not. A case goes where its own history
    is a way of that version, or where that version comes to the same place with the same rules met; the rest
    go on as they are. One case at a time, each whole or not at all; an interrupted run can be repeated.
    """
    if not dry_run and not reason.strip():
        raise click.UsageError(
            "请写明理由（--reason），或者加 --dry-run 先看。Give a reason, or look first with --dry-run."
        )
    with opened(home) as store:
        with store.open(OPERATOR, readonly=True) as uow:
            to = migrating.target(uow, key, number, output.exploring(key))
            case_ids = process_migration.chosen(uow, to, numbers)
        found = list(_each(store, to, case_ids, None if dry_run else reason))
    report(_data(to, found, dry_run), as_json, lambda: _tell(to, found, dry_run))
    if any(not one.maps for one in found):
        ctx.exit(output.REFUSED)


def _each(store: Store, to: Target, case_ids: list[int], reason: str | None) -> Iterator[Outlook]:
    title = Sentence(
        f"{len(case_ids)} 件，到第 {to.number} 版", f"{len(case_ids)} cases, to version {to.number}"
    )
    with steps(title, len(case_ids)) as step:
        for case_id in case_ids:
            with store.open(OPERATOR, readonly=reason is None) as uow:
                if reason is None:
                    one = process_migration.outlook(uow, to, case_id)
                else:
                    one = process_migration.take_over(uow, to, case_id, reason)
                    uow.commit()
            step(one.number)
            yield one


def _data(to: Target, found: list[Outlook], dry_run: bool) -> dict[str, Any]:
    return {
        "key": to.key,
        "version": to.number,
        "dry_run": dry_run,
        "cases": [
            {
                "case": one.number,
                "maps": one.maps,
                "way": one.way,
                "keeps": [stage.code for stage in one.keeps],
                "opens": [stage.code for stage in one.opens],
                "closes": [stage.code for stage in one.closes],
                "reasons": [{"zh": reason.zh, "en": reason.en} for reason in one.reasons],
            }
            for one in found
        ],
    }


def _tell(to: Target, found: list[Outlook], dry_run: bool) -> None:
    headings = [
        Sentence("流转单号", "Case"),
        Sentence("怎样迁移", "How"),
        Sentence("继续", "Goes on"),
        Sentence("打开", "Opens"),
        Sentence("收回", "Withdraws"),
    ]
    going = [one for one in found if one.maps]
    if going:
        table(headings, [_row(one) for one in going])
    for one in found:
        for reason in one.reasons:
            tell(f"{one.number}：不能迁移。{reason.zh}", f"{one.number}: cannot go. {reason.en}")
    zh, en = ("可以迁移", "can go") if dry_run else ("已迁移", "went over")
    tell(
        f"{zh} {len(going)} 件，不能迁移 {len(found) - len(going)} 件（第 {to.number} 版）。",
        f"{len(going)} cases {en}, {len(found) - len(going)} cannot (version {to.number}).",
    )


def _row(one: Outlook) -> list[str]:
    way = word(WAYS[one.way]) if one.way else ""
    stages = ("、".join(word(s) for s in part) for part in (one.keeps, one.opens, one.closes))
    return [one.number, way, *stages]
