"""`sanshen walkthrough`: a real document through the whole chain, in a database that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

import config
from engine import definitions
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.text import Sentence
from webapp import database
from webapp.cli import output
from webapp.cli.output import json_option, report, tell, word
from webapp.transaction import Store
from workflows import bpmn_files
from workflows import walkthrough as walk

Answer = TypeVar("Answer")
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("document", type=FILE)
@click.option(
    "--interpretation",
    type=FILE,
    required=True,
    help="解读文件，含四个要素的标题。Interpretation with the headings of its four elements.",
)
@json_option
@click.pass_context
def walkthrough(ctx: click.Context, document: Path, interpretation: Path, as_json: bool) -> None:
    """让一份真实文件走完全链。Take a real document through the whole chain, acting as each role.

    在临时数据库里办理，保密审查、复审、二校各退回一次，最后打印办理记录和公开页摘要。
    只有发布的内容与签发的内容逐字节相同，退出码才是 0。文件可以是 .docx 或 .txt，您的数据不受影响。

    Returned once at confidentiality review, second review and second proofreading; ends with the trail
    and the digest of the public page. Exits 0 only if the released bytes equal the approved bytes, 4 if
    not. DOCUMENT is .docx or .txt; the scratch database is thrown away.
    """
    told: list[Sentence] = []

    def out(sentence: Sentence) -> None:
        told.append(sentence)
        if not as_json:
            click.echo(word(sentence))

    with ExitStack() as stack:
        store = _scratch(stack)
        walked = walk.run(_door(store), _read(document), _read(interpretation), out)
    steps = [{"zh": sentence.zh, "en": sentence.en} for sentence in told]
    report({**asdict(walked), "ok": walked.ok, "steps": steps}, as_json, lambda: _verdict(walked))
    if not walked.ok:
        ctx.exit(output.EVIDENCE)


def _scratch(stack: ExitStack) -> Store:
    """A migrated database in a temporary folder with the shipped processes deployed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sanshen-walkthrough-")))
    settings = config.load(
        home=folder, mode="test", database_url=f"sqlite:///{folder / 'scratch.db'}"
    )
    store = database.open_store(settings, scratch=True)
    stack.callback(store.engine.dispose)
    database.migrate(store)
    with store.open(SYSTEM) as uow:
        for file in bpmn_files.shipped():
            definitions.deploy(uow, file.read_bytes(), file.name)
        uow.commit()
    return store


def _door(store: Store) -> walk.Do:
    def do(actor: Actor, act: Callable[[UnitOfWork], Answer]) -> Answer:
        with store.open(actor) as uow:
            answer = act(uow)
            uow.commit()
        return answer

    return do


def _read(file: Path) -> tuple[str, bytes]:
    return file.name, file.read_bytes()


def _verdict(walked: walk.Walked) -> None:
    if walked.ok:
        tell(
            "一致：公开的内容与签发的内容逐字节相同。",
            "Equal: what is public is byte for byte what was approved.",
        )
    else:
        tell(
            "不一致：公开的内容与签发的内容不同。",
            "Not equal: what is public is not what was approved.",
        )
