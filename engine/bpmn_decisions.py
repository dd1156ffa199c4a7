"""Business rule tasks: which decision table each asks, and whether it has an answer for every situation."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from engine import bpmn_attributes, bpmn_xml, decision_files
from engine.bpmn_report import Report
from engine.bpmn_xml import Graph, Node
from engine.conditions import Value
from engine.decision_tables import Table
from engine.elements import TaskRule

#: More situations than these are not counted out; a table for people stays far below.
MAX_SITUATIONS = 20_000


class Shelf:
    """The decisions that a deployment can use: those in its file, else those given beside it."""

    def __init__(self, root: Any, report: Report, library: Mapping[str, bytes]) -> None:
        self._root = root
        self._report = report
        self._library = library
        self._found: dict[str, Any] = dict(decision_files.decisions(root))
        self._tables: dict[str, Table | None] = {}
        self._foreign: dict[str, Any] = {}
        self.reports: list[Report] = []

    def table(self, decision: str) -> Table | None:
        """The table of a decision; None if there is none, or if it cannot be used, which is noted."""
        if decision not in self._tables:
            self._tables[decision] = self._read(decision)
        return self._tables[decision]

    def has(self, decision: str) -> bool:
        """Whether the decision is there at all."""
        return decision in self._found or decision in self._library

    def _read(self, decision: str) -> Table | None:
        if decision in self._found:
            return decision_files.table_of(self._found[decision], self._report)
        if decision not in self._library:
            return None
        report = Report(f"{decision}.dmn")
        self.reports.append(report)
        root = decision_files.read(self._library[decision], report.file)
        bpmn_attributes.check_texts(root, report)
        element = decision_files.decisions(root).get(decision)
        if element is None:
            report.add(
                root,
                f"文件里没有决策“{decision}”。",
                f"The file holds no decision “{decision}”.",
            )
            return None
        self._foreign[decision] = element
        return decision_files.table_of(element, report)

    def put_into(self, whole: Any) -> None:
        """Add what came from elsewhere to the file, so that its digest covers every table it asks."""
        for decision in sorted(self._foreign):
            element = self._foreign[decision]
            around = element.makeelement(element.getparent().tag, nsmap=element.nsmap)
            around.append(deepcopy(element))
            whole.append(around)

    @property
    def is_whole(self) -> bool:
        """Whether nothing came from elsewhere."""
        return not self._foreign


def rule_of(node: Node, shelf: Shelf, report: Report) -> TaskRule:
    """The task with the words of its table as outcomes."""
    decision = node.properties.get("decision", "")
    table = shelf.table(decision) if decision else None
    if not decision:
        report.add(
            node,
            "业务规则任务要写 decision（决策的 id）。",
            "The business rule task does not say which `decision` it asks.",
        )
    elif not shelf.has(decision):
        report.add(
            node,
            f"决策“{decision}”不在本文件，也没有一并给出；请把 .dmn 文件放在流程旁边。",
            f"The decision “{decision}” is neither in this file nor given with it; put its .dmn file "
            "beside the process.",
        )
    return TaskRule(node.id, node.name, "rule", table.outputs if table else (), asks=table)


def check(graph: Graph, tasks: Mapping[str, TaskRule], report: Report) -> None:
    """Note every business rule task whose table speaks of what is not there, or is silent, or says two things."""
    for name, rule in tasks.items():
        if rule.asks is not None and name in graph.nodes:
            _check_table(graph.nodes[name], rule.asks, tasks, report)


def _check_table(node: Node, table: Table, tasks: Mapping[str, TaskRule], report: Report) -> None:
    for name in dict.fromkeys(table.inputs):
        if name not in tasks or name == node.id:
            report.add(
                node,
                f"决策表“{table.id}”的输入“{name}”不是本流程别的任务的 id。",
                f"The input “{name}” of the table “{table.id}” is no id of another task of this process.",
            )
            return
    wrong = [
        (name, value)
        for name, value in table.comparisons
        if value is not None and value not in tasks[name].outcomes
    ]
    for name, value in dict.fromkeys(wrong):
        report.add(
            node,
            f"决策表“{table.id}”：任务“{name}”没有“{value}”这一结论；可选："
            f"{'、'.join(tasks[name].outcomes)}。",
            f"In the table “{table.id}”, the task “{name}” has no outcome “{value}”; it has: "
            f"{', '.join(tasks[name].outcomes)}.",
        )
    if not wrong:
        _check_whole(node, table, {name: tasks[name].outcomes for name in table.inputs}, report)


def _check_whole(
    node: Node, table: Table, domains: Mapping[str, tuple[str, ...]], report: Report
) -> None:
    if table.size(domains) > MAX_SITUATIONS:
        report.add(
            node,
            f"决策表“{table.id}”有 {table.size(domains)} 种情形，最多 {MAX_SITUATIONS} 种；请分成几张表。",
            f"The table “{table.id}” has {table.size(domains)} situations, the most is "
            f"{MAX_SITUATIONS}; split it.",
        )
        return
    gap = next(table.gaps(domains), None)
    if gap is not None:
        report.add(
            node,
            f"决策表“{table.id}”没有说{_zh(gap)}时怎么办；请补一行，或设默认输出。",
            f"The table “{table.id}” is silent when {_en(gap)}; add a row or a default output.",
        )
    overlap = next(table.overlaps(domains), None)
    if overlap is not None:
        one, other, values = overlap
        report.add(
            node,
            f"决策表“{table.id}”第 {one.line} 行和第 {other.line} 行在{_zh(values)}时都成立；"
            "请改其中一行，或用 FIRST。",
            f"Both rows at lines {one.line} and {other.line} of the table “{table.id}” fit when "
            f"{_en(values)}; change one of them or use FIRST.",
        )


def _zh(values: Mapping[str, Value]) -> str:
    return "、".join(f"{name}＝{value or '未办'}" for name, value in values.items())


def _en(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} is {value or 'not decided'}" for name, value in values.items())


@lru_cache(maxsize=256)
def tables(xml: bytes) -> Mapping[str, Table]:
    """The tables asked by each business rule task of a file that was accepted, by task id."""
    root = bpmn_xml.read(xml)
    shelf = Shelf(root, Report(""), {})
    found = {}
    for task in root.iter(f"{{{bpmn_xml.BPMN}}}businessRuleTask"):
        decision = bpmn_xml.properties_of(task).get("decision", "")
        table = shelf.table(decision)
        if table is not None:
            found[task.get("id", "")] = table
    return found
