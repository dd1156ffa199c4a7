"""`sanshen walkthrough`: a real document through the whole chain, in a database that is thrown away."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask

import config
from config import Settings
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.text import Sentence
from webapp import create_app, database, read_back
from webapp.cli import output
from webapp.cli.output import json_option, report, tell, word
from webapp.transaction import Store
from workflows import bpmn_files, deploying
from workflows import walkthrough as walk
from workflows.read_models import ContentView

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

    在临时数据库里办理，保密审查、复审、二校各退回一次；最后打开公开网页，与签发文本比对，打印指纹。
    只有网页显示的正文、解读与签发的逐字节相同，退出码才是 0。文件可以是 .docx 或 .txt，您的数据不受影响。

    Returned once at confidentiality review, second review and second proofreading; at the end the public
    pages are fetched and compared with what was approved. Exits 0 only if they show its text and
    interpretation byte for byte and its facts, 4 if not. DOCUMENT is .docx or .txt; the scratch database
    is thrown away, and nothing goes over the network.
    """
    told: list[Sentence] = []

    def out(sentence: Sentence) -> None:
        told.append(sentence)
        if not as_json:
            click.echo(word(sentence))

    with ExitStack() as stack:
        settings, store = _scratch(stack)
        do = _door(store)
        walked = walk.run(do, _read(document), _read(interpretation), out)
        approved = do(SYSTEM, lambda uow: walk.approved(uow, walked.package_id))
        served = _served(create_app(settings, engine=store.engine), walked.slug)
    found = _compared(served, approved)
    prints = {name: _sha256(page) for name, page in served.items()}
    _tell_prints(prints, out)
    ok = walked.ok and not found
    steps = [_both(sentence) for sentence in told]
    differing = [_both(sentence) for sentence in found]
    report(
        {**asdict(walked), "ok": ok, "pages": prints, "differences": differing, "steps": steps},
        as_json,
        lambda: _verdict(ok, found),
    )
    if not ok:
        ctx.exit(output.EVIDENCE)


def _served(app: Flask, slug: str) -> dict[str, bytes]:
    """The public pages as anybody gets them, asked of the application itself."""
    log = logging.getLogger("sanshen")
    level = log.level
    log.setLevel(logging.WARNING)  # a line per request would stand between the sentences
    try:
        reader = app.test_client()
        answers = {
            "document": reader.get(f"/public/{slug}"),
            "interpretation": reader.get(f"/public/{slug}/interpretation"),
        }
    finally:
        log.setLevel(level)
    return {name: answer.data for name, answer in answers.items() if answer.status_code == 200}


def _compared(served: dict[str, bytes], approved: ContentView) -> list[Sentence]:
    document = served.get("document", b"").decode()
    interpretation = served.get("interpretation")
    return read_back.differences(
        document, interpretation.decode() if interpretation is not None else None, approved
    )


def _sha256(page: bytes) -> str:
    return f"sha256:{sha256(page).hexdigest()}"


_PAGES = {
    "document": Sentence("正文页", "document"),
    "interpretation": Sentence("解读页", "interpretation"),
}


def _tell_prints(prints: dict[str, str], out: walk.Tell) -> None:
    for name, found in prints.items():
        page = _PAGES[name]
        out(
            Sentence(
                f"公开网页指纹（{page.zh}）：{found}",
                f"digest of the public page ({page.en}): {found}",
            )
        )


def _both(sentence: Sentence) -> dict[str, str]:
    return {"zh": sentence.zh, "en": sentence.en}


def _scratch(stack: ExitStack) -> tuple[Settings, Store]:
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
            deploying.deploy(uow, file)
        uow.commit()
    return database.with_secret_key(settings), store


def _door(store: Store) -> walk.Do:
    def do(actor: Actor, act: Callable[[UnitOfWork], Answer]) -> Answer:
        with store.open(actor) as uow:
            answer = act(uow)
            uow.commit()
        return answer

    return do


def _read(file: Path) -> tuple[str, bytes]:
    return file.name, file.read_bytes()


def _verdict(ok: bool, found: list[Sentence]) -> None:
    for difference in found:
        click.echo(word(difference))
    if ok:
        tell(
            "一致：公开网页显示的正文和解读与签发的逐字节相同，登记信息也相同。",
            "Equal: the public pages show text and interpretation byte for byte as approved, and the "
            "same facts.",
        )
    else:
        tell(
            "不一致：公开的与签发的不同。",
            "Not equal: what is public is not what was approved.",
        )
