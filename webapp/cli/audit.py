"""`sanshen audit`: recompute the evidence, and read a case's trail as sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from engine import audit as evidence
from engine import conformance
from engine.audit import Verified
from engine.clock import CHINA
from engine.database import UnitOfWork
from engine.models import AuditEntry, ProcessInstance
from engine.text import Sentence
from webapp.cli import output
from webapp.cli.access import OPERATOR, home_option, opened, reading
from webapp.cli.output import json_option, report, steps, table, tell, word
from workflows import exporting, oversight
from workflows.errors import NotFound
from workflows.exporting import Format
from workflows.models import Package


@click.group()
def audit() -> None:
    """证据。Evidence: verify it, read it."""


@audit.command("verify")
@click.argument("number", required=False, metavar="[CASE]")
@click.option(
    "--all", "everything", is_flag=True, help="全部件。Every case, and entries outside cases."
)
@home_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context, number: str | None, everything: bool, home: Path | None, as_json: bool
) -> None:
    """核验办理记录有没有被改动。Recompute the chain of a case (流转单号, e.g. 2026-000123) or of all.

    发现不符时退出码为 4，并指出第几条。Exits with 4 and names the entry when something does not fit.
    """
    if bool(number) == everything:
        raise click.UsageError("请给出一个流转单号，或者 --all。Give one case number, or --all.")
    with reading(home) as uow:
        if number:
            finding = evidence.verify_case(uow, _case_id(uow, number))
            data = {"cases": 1, "entries": finding.length, "bad": [] if finding.ok else [finding]}
        else:
            result = evidence.verify_all(uow)
            data = {"cases": result.cases, "entries": result.entries, "bad": result.bad}
    bad: list[Verified] = data["bad"]  # type: ignore[assignment]

    def text() -> None:
        for one in bad:
            place = (f"件 {one.case_id}：", f"Case {one.case_id}: ") if one.case_id else ("", "")
            tell(place[0] + one.sentence.zh, place[1] + one.sentence.en)
        if not bad:
            tell(
                f"核验 {data['cases']} 件、{data['entries']} 条记录，未见改动。",
                f"{data['cases']} cases and {data['entries']} entries verified; no change was found.",
            )

    told = [
        {
            "case": one.case_id,
            "first_bad": one.first_bad,
            "zh": one.sentence.zh,
            "en": one.sentence.en,
        }
        for one in bad
    ]
    report({**data, "ok": not bad, "bad": told}, as_json, text)
    if bad:
        ctx.exit(output.EVIDENCE)


@audit.command("conformance")
@click.argument("number", required=False, metavar="[CASE]")
@click.option("--all", "everything", is_flag=True, help="全部件。Every case.")
@home_option
@json_option
@click.pass_context
def conform(
    ctx: click.Context, number: str | None, everything: bool, home: Path | None, as_json: bool
) -> None:
    """核对办理经过是否合乎流程和规则。Replay a case (流转单号) or all against the process and its rules.

    按记录从头走一遍：每一步当时能不能办、办到了哪里、有没有违反规则。不符时退出码为 4，并指出第几条。
    Was each act open when it happened, did it lead where its entry says, did it break a rule? Exits with 4
    and names the first entry that does not fit.
    """
    if bool(number) == everything:
        raise click.UsageError("请给出一个流转单号，或者 --all。Give one case number, or --all.")
    with reading(home) as uow:
        wanted = sa.select(ProcessInstance.id).order_by(ProcessInstance.id)
        ids = [_case_id(uow, number)] if number else list(uow.session.scalars(wanted))
        found = [conformance.check(uow, uow.session.get_one(ProcessInstance, one)) for one in ids]
        numbered = sa.select(Package.case_id, Package.number)
        numbers = {row.case_id: row.number for row in uow.session.execute(numbered)}
    bad = [one for one in found if one.misfit is not None]
    told = [
        {
            "case": numbers.get(one.case_id, one.business_key),
            "first_misfit": one.misfit.number,
            "zh": one.misfit.sentence.zh,
            "en": one.misfit.sentence.en,
        }
        for one in bad
        if one.misfit is not None
    ]
    entries = sum(one.entries for one in found)

    def text() -> None:
        for one in told:
            tell(
                f"件 {one['case']} 第 {one['first_misfit']} 条：{one['zh']}",
                f"Case {one['case']}, entry {one['first_misfit']}: {one['en']}",
            )
        if not told:
            tell(
                f"核对 {len(found)} 件、{entries} 条记录，都合乎流程和规则。",
                f"{len(found)} cases with {entries} entries fit the process and its rules.",
            )

    report({"cases": len(found), "entries": entries, "ok": not bad, "bad": told}, as_json, text)
    if bad:
        ctx.exit(output.EVIDENCE)


@audit.command("trail")
@click.argument("number", metavar="CASE")
@home_option
@json_option
def trail(number: str, home: Path | None, as_json: bool) -> None:
    """一件的办理记录。The trail of a case (流转单号), one sentence per entry."""
    with reading(home) as uow:
        rows = [_line(entry) for entry in evidence.entries(uow, _case_id(uow, number))]
    headings = [
        Sentence("序号", "No."),
        Sentence("时间", "Time"),
        Sentence("事项", "What"),
    ]

    def text() -> None:
        table(
            headings,
            [(row["seq"], row["time"], word(Sentence(row["zh"], row["en"]))) for row in rows],
        )

    report(rows, as_json, text)


@audit.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("number", nargs=-1, metavar="[CASE]...")
@click.option("--format", "form", type=click.Choice(["xes", "ocel"]), help="缺省按文件名：.json 为 ocel。By the file's name if left out.")  # fmt: skip
@home_option
def export(file: Path, number: tuple[str, ...], form: Format | None, home: Path | None) -> None:
    """导出过程日志，供流程挖掘工具使用。Write an event log for process mining: XES, or OCEL 2.0 (JSON).

    不写流转单号即导出全部。只含环节、人员、时间和结论，不含标题、正文和意见；导出本身记入日志。
    Without a CASE (流转单号) all are written: stages, people, times and outcomes, never titles, texts or
    opinions. That it was exported is itself on record.
    """
    chosen: Format = form or ("ocel" if file.suffix == ".json" else "xes")
    with opened(home) as store, store.open(OPERATOR) as uow:
        ids = [_case_id(uow, one) for one in number] or exporting.submitted(uow)
        draft = file.with_name(f".{file.name}.part")
        try:
            with (
                draft.open("wb") as out,
                steps(Sentence("正在导出", "Exporting"), len(ids)) as step,
            ):
                written = exporting.export(uow, ids, chosen, out, step)
            uow.commit()
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    tell(
        f"已把 {len(ids)} 件、{written} 条写入 {file.name}（{chosen}）。",
        f"{len(ids)} cases with {written} events were written to {file.name} ({chosen}).",
    )


def _line(entry: AuditEntry) -> dict[str, Any]:
    told = oversight.line(entry)
    return {
        "seq": told.seq,
        "time": told.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
        "action": told.action,
        "zh": told.sentence.zh,
        "en": told.sentence.en,
        "hash": told.hash,
    }


def _case_id(uow: UnitOfWork, number: str) -> int:
    package = uow.session.scalar(sa.select(Package).where(Package.number == number))
    if package is None or package.case_id is None:
        raise NotFound(
            Sentence(
                f"没有流转单号为 {number} 的件，或者它还没有送审。",
                f"There is no case {number}, or it has not been submitted yet.",
            )
        )
    return package.case_id
