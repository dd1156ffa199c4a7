"""What a process definition may contain. A file outside the subset is refused with every problem at once,
each naming file, line and element and what to write instead; nothing is ever silently ignored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine import bpmn_flow, bpmn_vocabulary, bpmn_xml
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, DI, Flow, Graph, Node
from engine.elements import Definition, TaskRule, TimerRule
from engine.errors import DefinitionRefused

WORD = re.compile(r"[a-z][a-z0-9_]*")
DURATION = re.compile(r"P(?=[0-9T])(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=[0-9])(\d+H)?(\d+M)?(\d+S)?)?)")


def parse(xml: bytes, *, file: str = "") -> Definition:
    """Check a BPMN file and read what the engine needs; raises DefinitionRefused with all problems."""
    root = bpmn_xml.read(xml, file)
    report = Report(file)
    process = _only_process(root, report)
    if process is None:
        raise DefinitionRefused(*report.problems)
    bpmn_vocabulary.check(root, process, report)
    graph = bpmn_xml.graph_of(root, process)
    tasks = {
        node.id: _task(node, graph, report)
        for node in graph.nodes.values()
        if node.tag in ("userTask", "serviceTask")
    }
    timers = {
        node.id: _timer(node, report) for node in graph.nodes.values() if node.event == "timer"
    }
    bpmn_flow.check(graph, tasks, report)
    _check_drawing(root, graph, report)
    if report.problems:
        raise DefinitionRefused(*sorted(set(report.problems)))
    return _definition(xml, graph, tasks, timers)


def _definition(
    xml: bytes, graph: Graph, tasks: dict[str, TaskRule], timers: dict[str, TimerRule]
) -> Definition:
    names = {node.id: node.name for node in graph.nodes.values()}
    ends = {node.id: node.name for node in graph.inside(graph.key) if node.tag == "endEvent"}
    return Definition(
        key=graph.key,
        name=graph.name or graph.key,
        digest=hashlib.sha256(xml).hexdigest(),
        xml=xml,
        tasks=MappingProxyType(tasks),
        timers=MappingProxyType(timers),
        ends=MappingProxyType(ends),
        names=MappingProxyType(names),
    )


def _only_process(root: Any, report: Report) -> Any | None:
    executable = [
        process
        for process in root.iterfind(f"{{{BPMN}}}process")
        if process.get("isExecutable") == "true"
    ]
    for other in root.iterfind(f"{{{BPMN}}}process"):
        if other not in executable:
            report.add(
                other,
                '流程没有标为可执行；请写 isExecutable="true" 或删去它。',
                'The process is not executable; write isExecutable="true" or remove it.',
            )
    if len(executable) > 1:
        for extra in executable[1:]:
            report.add(
                extra,
                "一个文件只放一个可执行流程；请另存一个文件。",
                "One file holds one executable process; move this one to its own file.",
            )
    if not executable:
        report.add(
            root,
            '文件里没有可执行的流程；请在 process 上写 isExecutable="true"。',
            'The file has no executable process; write isExecutable="true" on the process.',
        )
        return None
    return executable[0]


# -- tasks and timers ----------------------------------------------------------------------------


def _task(node: Node, graph: Graph, report: Report) -> TaskRule:
    properties = node.properties
    outcomes = tuple(properties.get("outcomes", "").split())
    rule = TaskRule(
        id=node.id,
        name=node.name,
        kind="user" if node.tag == "userTask" else "service",
        outcomes=outcomes,
        standing=frozenset(properties.get("standing", "").split()),
        voids=tuple(properties.get("voids", "").split()),
        candidate_role=properties.get("candidate_role") or None,
        handler=properties.get("handler") or None,
        due_in=_positive(node, "due_in", report),
    )
    _check_task(node, rule, graph, report)
    return rule


def _check_task(node: Node, rule: TaskRule, graph: Graph, report: Report) -> None:
    if not rule.outcomes:
        report.add(node, "任务没有写 outcomes（结论）。", "The task declares no `outcomes`.")
    if len(set(rule.outcomes)) < len(rule.outcomes):
        report.add(node, "outcomes 里有重复。", "The `outcomes` repeat one another.")
    for outcome in rule.outcomes:
        if not WORD.fullmatch(outcome):
            report.add(
                node,
                f"结论“{outcome}”要用小写英文、数字和下划线。",
                f"The outcome “{outcome}” must be lower-case letters, digits and underscores.",
            )
    if rule.kind == "user" and rule.candidate_role is None:
        report.add(node, "没有写 candidate_role（由谁办理）。", "The task has no `candidate_role`.")
    if rule.kind == "service" and rule.handler is None:
        report.add(node, "没有写 handler（处理函数）。", "The service task has no `handler`.")
    for outcome in sorted(rule.standing - frozenset(rule.outcomes)):
        report.add(
            node,
            f"standing 中的“{outcome}”不在本任务的 outcomes 里。",
            f"“{outcome}” in `standing` is none of the task's outcomes.",
        )
    for name in rule.voids:
        target = graph.nodes.get(name)
        if target is None or target.tag not in ("userTask", "serviceTask"):
            report.add(
                node,
                f"voids 中的“{name}”不是本流程的任务。",
                f"“{name}” in `voids` is no task of this process.",
            )


def _timer(node: Node, report: Report) -> TimerRule:
    if node.detail is None or not DURATION.fullmatch(node.detail):
        report.add(
            node,
            "定时器要写 timeDuration，用 ISO 8601 时长，例如 P3D 或 PT24H。",
            "The timer needs a timeDuration, an ISO 8601 duration such as P3D or PT24H.",
        )
    return TimerRule(
        id=node.id,
        name=node.name,
        attached_to=node.attributes.get("attachedToRef", ""),
        interrupting=node.attributes.get("cancelActivity", "true") != "false",
        duration=node.detail or "",
        working_days=_positive(node, "working_days", report),
    )


def _positive(node: Node, name: str, report: Report) -> int | None:
    text = node.properties.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and 0 < int(text) < 1000:
        return int(text)
    report.add(
        node,
        f"{name}“{text}”要写成 1 到 999 的整数（工作日）。",
        f"`{name}` is “{text}”; write a whole number of working days from 1 to 999.",
    )
    return None


# -- drawing -------------------------------------------------------------------------------------


def _check_drawing(root: Any, graph: Graph, report: Report) -> None:
    drawn: Mapping[str, Any] = {
        item.get("bpmnElement"): item
        for item in root.iter(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge")
    }
    parts: list[Node | Flow] = [*graph.nodes.values(), *graph.flows]
    missing = [item for item in parts if item.id not in drawn]
    for item in missing:
        report.add(
            item,
            "图上没有画出这个元素；请在建模工具中打开并保存，补上图形信息。",
            "The element is not on the diagram; open the file in a modeller and save it with its "
            "layout.",
        )
