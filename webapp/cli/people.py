"""`sanshen people list`: who has an account, and which roles where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engine.database import UnitOfWork
from engine.text import Sentence
from webapp.cli.access import home_option, reading
from webapp.cli.output import json_option, report, table, word
from workflows import people as directory
from workflows.models import Person
from workflows.vocabulary import ROLES


def _everybody(uow: UnitOfWork) -> Iterator[Person]:
    """The directory is read in pages; a report wants all of them."""
    last: int | None = None
    while page := directory.list_people(uow, after=last, limit=200):
        yield from page
        last = page[-1].id


@click.group()
def people() -> None:
    """人员。People and their roles."""


@people.command("list")
@home_option
@json_option
def list_people(home: Path | None, as_json: bool) -> None:
    """列出人员和角色。List everybody with an account, their unit and roles."""
    with reading(home) as uow:
        rows: list[dict[str, Any]] = [
            {
                "login": person.login,
                "name": person.name,
                "post": person.post,
                "unit": person.unit.name,
                "active": person.active,
                "roles": [
                    {"role": held.role, "unit": held.unit.name}
                    for held in directory.roles_of(uow, person.id)
                ],
            }
            for person in _everybody(uow)
        ]

    def text() -> None:
        table(
            [
                Sentence("登录名", "Log-in"),
                Sentence("姓名", "Name"),
                Sentence("单位", "Unit"),
                Sentence("角色", "Roles"),
            ],
            [
                (
                    row["login"],
                    row["name"] if row["active"] else f"{row['name']}（停用 inactive）",
                    row["unit"],
                    "、".join(
                        f"{word(ROLES[held['role']].sentence)}（{held['unit']}）"
                        for held in row["roles"]
                    ),
                )
                for row in rows
            ],
        )

    report(rows, as_json, text)
