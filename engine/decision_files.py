"""Reads decision tables from DMN: what is outside the subset is refused with file, line and what to use instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

from engine import bpmn_xml
from engine.bpmn_report import Report
from engine.bpmn_xml import elements, local, namespace
from engine.decision_tables import Cell, Policy, Row, Table

#: All versions of DMN share this beginning.
DMN = "http://www.omg.org/spec/DMN/"
WORD = re.compile(r"[a-z][a-z0-9_]*")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERALS = re.compile(r'(?:"[^"\\]*"|null)(?:\s*,\s*(?:"[^"\\]*"|null))*')
_LITERAL = re.compile(r'"([^"\\]*)"|null')
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)


def is_dmn(element: Any) -> bool:
    """Whether the element is from DMN, whichever version."""
    return namespace(element).startswith(DMN)


def decisions(root: Any) -> Mapping[str, Any]:
    """The decision elements of a DMN file, or of those put into a BPMN file, by id."""
    found = [item for item in root.iter() if isinstance(item.tag, str) and is_dmn(item)]
    return MappingProxyType({i.get("id", ""): i for i in found if local(i) == "decision"})


def read(xml: bytes, file: str = "") -> Any:
    """The root of a DMN file; raises DefinitionRefused if it is no safe, well-formed DMN."""
    return bpmn_xml.read(xml, file, expected=(DMN, "DMN"))


def table_of(decision: Any, report: Report) -> Table | None:
    """The table of one decision element, with everything that is wrong with it noted."""
    before = len(report.problems)
    tables = [item for item in elements(decision) if local(item) == "decisionTable"]
    _refuse_others(decision, report)
    if len(tables) != 1:
        report.add(
            decision,
            "一个决策只放一张决策表。",
            "A decision holds one decision table and nothing else that decides.",
        )
        return None
    table = tables[0]
    policy = table.get("hitPolicy", "UNIQUE")
    if policy not in get_args(Policy):
        report.add(
            decision,
            f"不支持命中策略 {policy}；请用 UNIQUE（只有一行成立）或 FIRST（从上到下第一行）。",
            f"The hit policy {policy} is not supported; use UNIQUE (one row fits) or FIRST (the first "
            "from the top).",
        )
    inputs = tuple(_input(item, report) for item in _all(table, "input"))
    default = _output(table, report)
    rows = tuple(_row(item, len(inputs), report) for item in _all(table, "rule"))
    if not inputs or not rows:
        report.add(
            decision,
            "决策表至少要有一列输入和一行。",
            "A decision table has at least one input and one row.",
        )
    if len(report.problems) > before:
        return None
    return Table(
        decision.get("id", ""), decision.get("name", ""), policy, inputs, rows, default or None
    )


def _refuse_others(decision: Any, report: Report) -> None:
    known = ("decisionTable", "description", "variable", "extensionElements")
    for item in elements(decision):
        if local(item) not in known:
            report.add(
                item if item.get("id") else decision,
                f"不支持 {local(item)}；请只用一张决策表，输入直接写任务的 id。",
                f"{local(item)} is not supported; use one decision table whose inputs are task ids.",
            )


def _all(parent: Any, tag: str) -> list[Any]:
    return [item for item in elements(parent) if local(item) == tag]


def _text(parent: Any) -> str:
    return "".join(item.text or "" for item in _all(parent, "text")).strip()


def _input(item: Any, report: Report) -> str:
    expressions = _all(item, "inputExpression")
    name = _text(expressions[0]) if expressions else ""
    if not NAME.fullmatch(name):
        report.add(
            item,
            f"输入“{name}”要写成一个任务的 id。",
            f"The input “{name}” must be the id of a task.",
        )
    return name


def _output(table: Any, report: Report) -> str:
    outputs = _all(table, "output")
    if len(outputs) != 1:
        report.add(
            table,
            "决策表要有且只有一列输出；几个结论请分成几张表。",
            "A decision table has exactly one output; make several tables of several results.",
        )
        return ""
    defaults = _all(outputs[0], "defaultOutputEntry")
    return _word(defaults[0], report) if defaults else ""


def _row(rule: Any, width: int, report: Report) -> Row:
    entries, outputs = _all(rule, "inputEntry"), _all(rule, "outputEntry")
    if len(entries) != width or len(outputs) != 1:
        report.add(
            rule,
            "这一行的格数与表头不符。",
            "The row has not as many cells as the table has columns.",
        )
        return Row((), "")
    cells = tuple(_cell(entry, report) for entry in entries)
    return Row(cells, _word(outputs[0], report), rule.sourceline or 1)


def _word(entry: Any, report: Report) -> str:
    text = _text(entry)
    word = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else ""
    if not WORD.fullmatch(word):
        report.add(
            entry,
            f'输出“{text}”要写成带引号的小写英文，例如 "principal"。',
            f'The output “{text}” must be a quoted lower-case word, for example "principal".',
        )
    return word


def _cell(entry: Any, report: Report) -> Cell | None:
    text = _text(entry)
    if text in ("", "-"):
        return None
    negated = _NOT.fullmatch(text)
    inner = (negated[1] if negated else text).strip()
    if not _LITERALS.fullmatch(inner):
        report.add(
            entry,
            f'格子“{text}”不能用；可写 "a"、"a","b"、not("a")、null（未办）或 -（不论）。',
            f'The cell “{text}” cannot be used; write "a", "a","b", not("a"), null (not yet '
            "decided) or - (whatever).",
        )
        return None
    values = frozenset(match[1] for match in _LITERAL.finditer(inner))
    return Cell(values, other=negated is not None)
