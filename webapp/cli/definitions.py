"""`sanshen definitions`: which process definitions there are, whether a file may become one, and deploying it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

import config
from engine import bpmn_rules
from engine import definitions as deployed
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.models import ProcessDefinition
from engine.text import Sentence
from webapp.cli import output
from webapp.cli.access import OPERATOR, home_option, opened, reading
from webapp.cli.migration import migrate
from webapp.cli.output import json_option, refusal, report, table, tell
from webapp.cli.proofs import check_repair, prove, verify
from webapp.cli.stories import test
from workflows import bpmn_files, deploying

FILES = click.argument(
    "files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def definitions() -> None:
    """流程定义。Process definitions (BPMN 2.0)."""


@definitions.command("list")
@home_option
@json_option
def list_definitions(home: Path | None, as_json: bool) -> None:
    """列出已部署的版本。List every deployed version; new cases take the highest."""
    with reading(home) as uow:
        query = sa.select(ProcessDefinition).order_by(
            ProcessDefinition.key, ProcessDefinition.version
        )
        rows = [
            {
                "key": row.key,
                "version": row.version,
                "name": row.name,
                "file": row.file,
                "digest": row.digest,
                "deployed_at": row.deployed_at.isoformat(timespec="seconds"),
            }
            for row in uow.session.scalars(query)
        ]
    headings = [
        Sentence("流程", "Key"),
        Sentence("版本", "Version"),
        Sentence("名称", "Name"),
        Sentence("部署时间", "Deployed"),
        Sentence("摘要", "Digest"),
    ]
    names = ("key", "version", "name", "deployed_at", "digest")
    report(rows, as_json, lambda: table(headings, [[row[n] for n in names] for row in rows]))


@definitions.command("check")
@FILES
@json_option
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """检查流程文件，不部署。Check files without deploying them (by default the shipped ones).

    列出每个文件的全部问题：文件、行、元素、改法。不需要数据库。
    All problems of every file: file, line, element, what to write instead. Needs no database.
    """
    chosen = files or tuple(bpmn_files.shipped())
    if not chosen:
        raise click.UsageError("没有流程文件。No file to check.")
    results = [_checked(file) for file in chosen]

    def text() -> None:
        for result in results:
            if not result["problems"]:
                tell(
                    f"{result['file']}：可以部署（{result['tasks']} 项任务，{result['digest']}）",
                    f"{result['file']}: can be deployed ({result['tasks']} tasks, {result['digest']})",
                )
            refusal([Sentence(one["zh"], one["en"]) for one in result["problems"]])

    report(results, as_json, text)
    if any(result["problems"] for result in results):
        ctx.exit(output.REFUSED)


def _checked(file: Path) -> dict[str, Any]:
    try:
        definition = bpmn_rules.parse(
            file.read_bytes(), file=file.name, library=bpmn_files.library_of(file)
        )
    except DefinitionRefused as refused:
        problems = [{"zh": reason.zh, "en": reason.en} for reason in refused.reasons]
        return {"file": str(file), "problems": problems}
    return {
        "file": str(file),
        "key": definition.key,
        "name": definition.name,
        "digest": definition.digest,
        "tasks": len(definition.tasks),
        "problems": [],
    }


definitions.add_command(verify)
definitions.add_command(prove)
definitions.add_command(check_repair)
definitions.add_command(test)
definitions.add_command(migrate)


@definitions.command("deploy")
@FILES
@home_option
@json_option
def deploy(files: tuple[Path, ...], home: Path | None, as_json: bool) -> None:
    """部署流程文件。Deploy files: all or, if one of them is refused, none.

    先证明后部署：走不通的、违反规则的流程不能部署，没有例外。内容相同的文件不会产生新版本；
    在办的件继续按原版本办理。

    Each is proven first, without exception: what is unsound or breaks a rule is refused. The same content
    makes no new version; running cases keep the version they began with.
    """
    if not files:
        raise click.UsageError("请给出流程文件。Name at least one file.")
    with opened(home) as store, store.open(OPERATOR) as uow:
        own = deploying.own_certificates(config.load(home=home).home)
        rows = deploying.deploy_all(uow, files, own, output.exploring)
        told = [
            {"key": row.key, "version": row.version, "name": row.name, "digest": row.digest}
            for row in rows
        ]
        uow.commit()

    def text() -> None:
        for one in told:
            tell(
                f"{one['name']}（{one['key']}）：第 {one['version']} 版",
                f"{one['name']} ({one['key']}): version {one['version']}",
            )

    report(told, as_json, text)


@definitions.command("show")
@click.argument("key", default="publishing")
@home_option
@json_option
def show(key: str, home: Path | None, as_json: bool) -> None:
    """列出最新版本的环节、角色和结果。Show the tasks of the newest version: role, outcomes, working days."""
    with reading(home) as uow:
        row = deployed.latest(uow, key)
        version, definition = row.version, deployed.load(uow, row.id)
    tasks = _tasks(definition)
    data = {
        "key": key,
        "version": version,
        "name": definition.name,
        "digest": definition.digest,
        "tasks": tasks,
    }
    headings = [
        Sentence("环节", "Element"),
        Sentence("名称", "Name"),
        Sentence("角色或处理", "Role or handler"),
        Sentence("结果", "Outcomes"),
        Sentence("工作日", "Working days"),
    ]

    def text() -> None:
        tell(f"{definition.name}，第 {version} 版", f"{definition.name}, version {version}")
        table(headings, [list(task.values()) for task in tasks])

    report(data, as_json, text)


def _tasks(definition: Definition) -> list[dict[str, object]]:
    return [
        {
            "element": rule.id,
            "name": rule.name,
            "who": rule.candidate_role or rule.handler,
            "outcomes": " ".join(rule.outcomes),
            "due_in": rule.due_in,
        }
        for rule in definition.tasks.values()
    ]
