"""`sanshen definitions verify`: proves process definitions before anybody deploys them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import config
from engine.certificates import Drawer
from engine.errors import DefinitionRefused
from engine.statespace import TooManyStates
from engine.text import Sentence
from engine.verification import Verdict
from webapp import drawing, workers
from webapp.cli import output
from webapp.cli.access import home_option, opened
from webapp.cli.output import json_option, refusal, report, tell
from workflows import bpmn_files, deploying, proving
from workflows.deploying import Candidate


@click.command("verify")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--afresh",
    is_flag=True,
    help="不看已有的证明，重新走一遍。Explore again even if there is a certificate.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, dir_okay=False),
    help="把证明存进这个文件。Keep the certificates in this file.",
)
@click.option(
    "--draw",
    type=click.Path(path_type=Path, file_okay=False),
    help="把每个反例画成 SVG 放进这个文件夹。Draw each counterexample as an SVG into this folder.",
)
@home_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    files: tuple[Path, ...],
    afresh: bool,
    keep: Path | None,
    draw: Path | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """证明流程：走遍所有走法，逐条核对规则。Prove files (by default the shipped ones): every way is walked.

    报告：停住的、办结不了的、走不到的、没有人办的、没办完又打开的、自己转圈的；违反规则的，给出最短的一条走法。
    规则写在流程旁边的 NAME.rules.toml。不需要数据库。

    Reports what gets stuck, never ends, is never reached, has nobody to do it, is opened
    while it is open, or goes round by itself; and
    for each rule of NAME.rules.toml that can be broken, a shortest way to break it. Needs no database.
    """
    chosen = files or tuple(bpmn_files.shipped())
    drawer = Drawer(keep) if keep else deploying.own_certificates(config.load(home=home).home)
    results = [_proven(file, drawer, draw, afresh=afresh) for file in chosen]

    def text() -> None:
        for result in results:
            _tell(result)

    report(results, as_json, text)
    if not all(result["proven"] for result in results):
        ctx.exit(output.REFUSED)


@click.command("prove")
@click.argument("number", type=click.IntRange(1))
@home_option
@json_option
@click.pass_context
def prove(ctx: click.Context, number: int, home: Path | None, as_json: bool) -> None:
    """完成页面上提交的一次检验。Carry out a proof that was asked for on the page.

    服务自己会运行它；服务器太忙、想在别处运行，或检验中断时，可以手工运行。
    The server runs it by itself; run it by hand when a proof was interrupted.
    """
    settings = config.load(home=home)
    with opened(home) as store:
        status = workers.prove(store, settings, number)
    says = {
        "proven": Sentence("可以部署。", "It can be deployed."),
        "refused": Sentence("不能部署，原因见页面。", "It cannot be deployed; the page says why."),
        "failed": Sentence(
            "检验没有完成，原因见页面。", "The proof came to no end; the page says why."
        ),
    }
    said = says[status]
    report({"proof": number, "status": status}, as_json, lambda: tell(said.zh, said.en))
    if status != "proven":
        ctx.exit(output.REFUSED)


@click.command("check-repair")
@click.argument("number", type=click.IntRange(1))
@home_option
@json_option
@click.pass_context
def check_repair(ctx: click.Context, number: int, home: Path | None, as_json: bool) -> None:
    """核对页面上提出的一项修复是否可行。Find out whether a repair that was proposed is possible.

    服务自己会运行它；中断时可以手工运行。The server runs it by itself; run it by hand if it was interrupted.
    """
    with opened(home) as store:
        status = workers.check_repair(store, number)
    says = {
        "possible": Sentence(
            "可以修复，待第二人确认。", "It is possible and waits for the second person."
        ),
        "impossible": Sentence("不能修复，原因见页面。", "It is not possible; the page says why."),
        "failed": Sentence(
            "核对没有完成，原因见页面。", "The check came to no end; the page says why."
        ),
        "done": Sentence("已经修复。", "It was done already."),
        "declined": Sentence("没有获得同意。", "It was declined."),
    }
    said = says[status]
    report({"repair": number, "status": status}, as_json, lambda: tell(said.zh, said.en))
    if status not in ("possible", "done"):
        ctx.exit(output.REFUSED)


def _proven(file: Path, drawer: Drawer, draw: Path | None, *, afresh: bool) -> dict[str, Any]:
    try:
        candidate = deploying.read(file)
        verdict = deploying.judge(candidate, drawer, output.exploring(file.name), afresh=afresh)
    except (DefinitionRefused, TooManyStates) as refused:
        findings = [{"mandatory": True, "zh": r.zh, "en": r.en} for r in refused.reasons]
        return {"file": str(file), "proven": False, "findings": findings}
    told = proving.told(candidate.definition, candidate.rules, verdict)
    drawn = _drawn(draw, candidate, verdict)
    return {
        "file": str(file),
        "proven": verdict.proven,
        "digest": verdict.digest,
        "states": verdict.states,
        "edges": verdict.edges,
        "situations": verdict.situations,
        "rules": list(verdict.rules),
        "findings": [
            {
                "kind": one.kind,
                "about": one.about,
                "mandatory": one.mandatory,
                "zh": one.sentence.zh,
                "en": one.sentence.en,
                "story": [{"zh": step.zh, "en": step.en} for step in one.story],
                "drawing": picture,
            }
            for one, picture in zip(told, drawn, strict=True)
        ],
    }


def _drawn(folder: Path | None, candidate: Candidate, verdict: Verdict) -> list[str | None]:
    """The files in which the stories are drawn, one for each finding that has a story."""
    if folder is None:
        return [None] * len(verdict.findings)
    folder.mkdir(parents=True, exist_ok=True)
    language = "en" if output.language() == "en" else "zh"
    files: list[str | None] = []
    for number, finding in enumerate(verdict.findings, start=1):
        if not finding.story:
            files.append(None)
            continue
        elements = [event.element for event in finding.story]
        svg = drawing.of_story(candidate.definition.xml, elements, language)
        file = folder / f"{Path(candidate.file).stem}-{number}-{finding.kind}.svg"
        file.write_text(drawing.standalone(svg), encoding="utf-8")
        files.append(str(file))
    return files


def _tell(result: dict[str, Any]) -> None:
    if result["proven"]:
        tell(
            f"{result['file']}：已证明。{result['states']} 个状态、{result['edges']} 步都走到了，"
            f"{len(result['rules'])} 条规则没有一条能违反。",
            f"{result['file']}: proven. {result['states']} states and {result['edges']} steps were "
            f"visited; none of {len(result['rules'])} rules can be broken.",
        )
    else:
        tell(f"{result['file']}：不能部署。", f"{result['file']}: cannot be deployed.")
    for finding in result["findings"]:
        steps = finding.get("story", ())
        zh = "\n  ".join([finding["zh"], *(step["zh"] for step in steps)])
        en = "\n  ".join([finding["en"], *(step["en"] for step in steps)])
        if finding.get("drawing"):
            zh, en = f"{zh}\n  图：{finding['drawing']}", f"{en}\n  drawn: {finding['drawing']}"
        refusal([Sentence(zh, en)])
