"""`sanshen backup` and `sanshen restore`: one file with everything, checked both ways."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

import config
from engine import backup as archive
from engine import clock
from engine.backup import Manifest
from engine.database import make_engine
from engine.text import Sentence
from webapp import database
from webapp.cli import output
from webapp.cli.access import home_option, opened
from webapp.cli.output import json_option, refusal, report, tell


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@json_option
@click.pass_context
def backup(ctx: click.Context, file: Path, home: Path | None, as_json: bool) -> None:
    """备份到 FILE，不中断服务。Write a consistent copy of everything to FILE while the house works.

    写好后立即核对，包括全部办理记录；记录不符时仍然保留备份，退出码为 4。
    PostgreSQL 请用 pg_dump，命令会给出确切的写法。

    The copy is checked at once, with all trails; it is kept even when one does not hold (exit code 4).
    On PostgreSQL the exact pg_dump command is given instead.
    """
    with opened(home, current=False) as store:
        database.make_folder(file.absolute().parent)
        manifest = archive.write(store.engine, file.absolute(), clock.now())
    _tell(ctx, manifest, file, as_json, "已备份", "Backed up")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="覆盖已有数据。Overwrite a database that holds data.")
@home_option
@json_option
@click.pass_context
def restore(
    ctx: click.Context, file: Path, replace: bool, home: Path | None, as_json: bool
) -> None:
    """从 FILE 恢复。Put a backup in place, after checking its bytes and every trail in it.

    已有数据时拒绝，除非 --replace；正在使用时一律拒绝。恢复之后请运行 sanshen migrate。
    Refuses a database that holds data unless --replace, and always one in use. Then run: sanshen migrate.
    """
    settings = config.load(home=home)
    if settings.sqlite_path is not None:
        database.make_folder(settings.sqlite_path.parent)
    engine = make_engine(settings.database_url)
    try:
        manifest = archive.restore(engine, file.absolute(), replace=replace)
    finally:
        engine.dispose()
    _tell(ctx, manifest, file, as_json, "已恢复", "Restored")


def _tell(
    ctx: click.Context, manifest: Manifest, file: Path, as_json: bool, zh: str, en: str
) -> None:
    def text() -> None:
        tell(
            f"{zh}：{file}（{manifest.cases} 件，{manifest.entries} 条记录，{manifest.digest}）",
            f"{en}: {file} ({manifest.cases} cases, {manifest.entries} entries, {manifest.digest})",
        )
        refusal([Sentence(finding, finding) for finding in manifest.findings])

    report(asdict(manifest), as_json, text)
    if not manifest.audit_ok:
        ctx.exit(output.EVIDENCE)
