"""`sanshen definitions test`: tells the stories that stand beside process files, and says where they part."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from engine.errors import DefinitionRefused
from engine.text import Sentence
from webapp.cli import output
from webapp.cli.output import json_option, refusal, report, tell
from workflows import bpmn_files, deploying, stories
from workflows.stories import Unreadable


@click.command("test")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@click.pass_context
def test(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """照着故事走流程。Tell the stories beside process files (by default the shipped ones).

    故事写在流程旁边的 NAME.stories.toml：“环节：结论 → 此后待办的环节”。与流程对不上的，列出是哪一句。
    Stories stand in NAME.stories.toml: what is done, and what is open then. A sentence that does not come
    true is shown with what happened instead. Needs no database.
    """
    results = [_told(file) for file in files or bpmn_files.shipped()]

    def text() -> None:
        for result in results:
            if not result["broken"]:
                tell(
                    f"{result['file']}：{result['stories']} 个故事都对。",
                    f"{result['file']}: all {result['stories']} stories come true.",
                )
            refusal([Sentence(one["zh"], one["en"]) for one in result["broken"]])

    report(results, as_json, text)
    if any(result["broken"] for result in results):
        ctx.exit(output.REFUSED)


def _told(file: Path) -> dict[str, Any]:
    beside = bpmn_files.stories_of(file)
    if beside is None:
        wrong = [
            {
                "zh": f"{file.name} 旁边没有 {file.stem}.stories.toml。",
                "en": f"There is no {file.stem}.stories.toml beside {file.name}.",
            }
        ]
        return {"file": str(file), "stories": 0, "broken": wrong}
    try:
        collection = stories.load(beside)
        definition = deploying.read(file).definition
        broken = [
            {
                "title": one.title,
                "zh": f"“{one.title}”：{one.sentence}；实际是：{one.happened}",
                "en": f"“{one.title}”: {one.sentence}; what happened: {one.happened}",
            }
            for one in stories.tell_all(definition, collection)
        ]
    except (DefinitionRefused, Unreadable) as refused:
        broken = [{"zh": reason.zh, "en": reason.en} for reason in refused.reasons]
        return {"file": str(file), "stories": 0, "broken": broken}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        wrong = [
            {"zh": f"{beside.name} 读不了：{error}", "en": f"{beside.name} cannot be read: {error}"}
        ]
        return {"file": str(file), "stories": 0, "broken": wrong}
    return {"file": str(file), "stories": len(collection.stories), "broken": broken}
