"""What a process definition may contain. A file outside the subset is refused with every problem at once,
each naming file, line and element and what to write instead; nothing is ever silently ignored."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine import bpmn_flow, bpmn_xml
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, DI, Flow, Graph, Node, elements, local, namespace
from engine.elements import Definition, TaskRule, TimerRule
from engine.errors import DefinitionRefused

#: Names that the interpreter keeps for itself; a start event called "Start" never starts.
RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WORD = re.compile(r"[a-z][a-z0-9_]*")
DURATION = re.compile(r"P(?=[0-9T])(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=[0-9])(\d+H)?(\d+M)?(\d+S)?)?)")

#: Elements without a token: notes and lanes say who and why, never how the case moves.
NOTES = frozenset(
    {
        "sequenceFlow",
        "extensionElements",
        "documentation",
        "incoming",
        "outgoing",
        "laneSet",
        "textAnnotation",
        "association",
        "group",
    }
)
DETAILS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"errorEventDefinition", "terminateEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "errorEventDefinition"}),
}
TOP = frozenset(
    {"process", "error", "collaboration", "category", "extensionElements", "documentation"}
)

_INSTEAD = {
    "scriptTask": (
        "流程文件里不写代码；请改用 serviceTask，并用 handler 指明处理函数",
        "models hold no code; use a serviceTask whose `handler` names the function",
    ),
    "businessRuleTask": (
        "请改用 serviceTask，由处理函数给出结论",
        "use a serviceTask whose handler returns the outcome",
    ),
    "task": ("请写明 userTask 或 serviceTask", "say userTask or serviceTask"),
    "manualTask": ("请改用 userTask", "use a userTask"),
    "sendTask": ("请改用 serviceTask", "use a serviceTask"),
    "receiveTask": (
        "请改用 userTask 登记收到的结果",
        "use a userTask in which somebody records what was received",
    ),
    "complexGateway": (
        "请改用 exclusiveGateway 或 parallelGateway",
        "use an exclusiveGateway or a parallelGateway",
    ),
    "inclusiveGateway": (
        "请改用 parallelGateway，各分支内先用 exclusiveGateway 判断是否需要",
        "use a parallelGateway whose branches begin with an exclusiveGateway",
    ),
    "eventBasedGateway": (
        "请改用带边界定时器的 userTask",
        "use a userTask with boundary timers",
    ),
    "intermediateCatchEvent": (
        "请改用带边界定时器的 userTask",
        "use a userTask with a boundary timer",
    ),
    "intermediateThrowEvent": ("请改用 serviceTask", "use a serviceTask"),
    "callActivity": ("请改用内嵌子流程 subProcess", "use an embedded subProcess"),
    "transaction": ("请改用内嵌子流程 subProcess", "use an embedded subProcess"),
    "adHocSubProcess": ("请改用内嵌子流程 subProcess", "use an embedded subProcess"),
    "standardLoopCharacteristics": (
        "请用 exclusiveGateway 画出循环",
        "draw the loop with an exclusiveGateway",
    ),
    "multiInstanceLoopCharacteristics": (
        "会签请在一个 userTask 内办理，或画成并行分支",
        "let co-signers act inside one userTask, or draw parallel branches",
    ),
}


def parse(xml: bytes, *, file: str = "") -> Definition:
    """Check a BPMN file and read what the engine needs; raises DefinitionRefused with all problems."""
    root = bpmn_xml.read(xml, file)
    report = Report(file)
    process = _only_process(root, report)
    if process is None:
        raise DefinitionRefused(*report.problems)
    _check_vocabulary(root, process, report)
    _check_ids(root, report)
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


# -- vocabulary ----------------------------------------------------------------------------------


def _check_vocabulary(root: Any, process: Any, report: Report) -> None:
    for element in elements(root):
        if namespace(element) == BPMN and local(element) not in TOP:
            _refuse_element(element, report)
    _check_scope(process, report)


def _check_scope(scope: Any, report: Report) -> None:
    for element in elements(scope):
        tag = local(element)
        if namespace(element) != BPMN:
            _refuse_foreign(element, tag, report)
        elif tag in bpmn_xml.FLOW_NODES:
            _check_node(element, tag, report)
        elif tag not in NOTES:
            _refuse_element(element, report)
        elif tag == "extensionElements":
            _check_extensions(element, report, allowed=frozenset())


def _check_node(element: Any, tag: str, report: Report) -> None:
    for attribute in element.attrib:
        if attribute.startswith("{"):
            _refuse_foreign(element, attribute.rpartition("}")[2], report)
    if tag == "subProcess":
        if element.get("triggeredByEvent") == "true":
            report.add(
                element,
                "暂不支持事件子流程；请改用带边界事件的内嵌子流程。",
                "Event sub-processes are not supported; use an embedded sub-process with "
                "boundary events.",
            )
        for extensions in element.iterfind(f"{{{BPMN}}}extensionElements"):
            _check_extensions(extensions, report, allowed=frozenset())
        _check_scope(element, report)
        return
    for child in elements(element):
        kind = local(child)
        if kind == "extensionElements":
            _check_extensions(child, report, allowed=_PROPERTIES.get(tag, frozenset()))
        elif kind in DETAILS.get(tag, frozenset()):
            continue
        elif kind not in ("documentation", "incoming", "outgoing"):
            _refuse_element(child, report, owner=element)


_PROPERTIES = {
    "userTask": frozenset({"candidate_role", "outcomes", "standing", "voids", "due_in"}),
    "serviceTask": frozenset({"handler", "outcomes", "voids"}),
    "boundaryEvent": frozenset({"working_days"}),
}


def _check_extensions(extensions: Any, report: Report, *, allowed: frozenset[str]) -> None:
    owner = extensions.getparent()
    for child in elements(extensions):
        if namespace(child) != bpmn_xml.EXTENSION or local(child) != "properties":
            _refuse_foreign(owner, local(child), report)
            continue
        names = [item.get("name", "") for item in elements(child)]
        for name in names:
            if name not in allowed:
                report.add(
                    owner,
                    f"不认识属性“{name}”；这里可用：{'、'.join(sorted(allowed)) or '无'}。",
                    f"Unknown property “{name}”; allowed here: {', '.join(sorted(allowed)) or 'none'}.",
                )
        for name, count in Counter(names).items():
            if count > 1:
                report.add(
                    owner,
                    f"属性“{name}”写了 {count} 次；只留一个。",
                    f"The property “{name}” is given {count} times; keep one.",
                )


def _refuse_element(element: Any, report: Report, owner: Any | None = None) -> None:
    tag = local(element)
    zh, en = _INSTEAD.get(tag, ("请改用受支持的元素", "use one of the supported elements"))
    report.add(
        element if element.get("id") or owner is None else owner,
        f"不支持 {tag}：{zh}。",
        f"{tag} is not supported: {en}.",
    )


def _refuse_foreign(element: Any, name: str, report: Report) -> None:
    report.add(
        element,
        f"不认识扩展“{name}”，它不会起作用；请删去，或改用 spiffworkflow:properties 中的属性。",
        f"The extension “{name}” is unknown and would have no effect; remove it, or use a property "
        "in spiffworkflow:properties.",
    )


def _check_ids(root: Any, report: Report) -> None:
    counts = Counter(element.get("id") for element in root.iter() if isinstance(element.tag, str))
    for element in root.iter():
        if not isinstance(element.tag, str) or namespace(element) != BPMN:
            continue
        name = element.get("id", "")
        if name and counts[name] > 1:
            report.add(
                element,
                f"id“{name}”用了 {counts[name]} 次；每个元素要有自己的 id。",
                f"The id “{name}” is used {counts[name]} times; give each element its own.",
            )
        if local(element) in bpmn_xml.FLOW_NODES | {"process"}:
            _check_id(element, name, report)


def _check_id(element: Any, name: str, report: Report) -> None:
    if name in RESERVED:
        report.add(
            element,
            f"id“{name}”是保留字；请改名，例如 {name.lower()}_event。",
            f"The id “{name}” is reserved; rename it, for example {name.lower()}_event.",
        )
    elif not IDENTIFIER.fullmatch(name):
        report.add(
            element,
            f"id“{name}”要由英文字母、数字和下划线组成，且不以数字开头。",
            f"The id “{name}” must consist of ASCII letters, digits and underscores and not begin "
            "with a digit.",
        )


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
