"""The words a process definition may use: elements, details, properties and ids.

What is not listed is refused with what to use instead, so that nothing in a file is silently ignored.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from engine import bpmn_xml
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, elements, local, namespace

#: Names that the interpreter keeps for itself; a start event called "Start" never starts.
RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

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
    "endEvent": frozenset(
        {"errorEventDefinition", "terminateEventDefinition", "escalationEventDefinition"}
    ),
    "boundaryEvent": frozenset(
        {
            *("timerEventDefinition", "messageEventDefinition", "signalEventDefinition"),
            *("errorEventDefinition", "escalationEventDefinition"),
        }
    ),
    "intermediateCatchEvent": frozenset(
        {"timerEventDefinition", "messageEventDefinition", "signalEventDefinition"}
    ),
    "intermediateThrowEvent": frozenset(
        {"messageEventDefinition", "signalEventDefinition", "escalationEventDefinition"}
    ),
}
#: What may stand in a flow and in an event definition.
INSIDE = {
    "sequenceFlow": frozenset({"conditionExpression"}),
    "timerEventDefinition": frozenset({"timeDuration"}),
}
#: What is read once.
ONCE = frozenset(
    {
        *("extensionElements", "properties", "conditionExpression", "timeDuration"),
        *("multiInstanceLoopCharacteristics", "loopCardinality", "completionCondition"),
    }
)
TOP = frozenset(
    {
        "process",
        "error",
        "message",
        "signal",
        "escalation",
        "collaboration",
        "category",
        "extensionElements",
        "documentation",
    }
)

_INSTEAD = {
    "scriptTask": (
        "流程文件里不写代码；请改用 serviceTask，并用 handler 指明处理函数",
        "models hold no code; use a serviceTask whose `handler` names the function",
    ),
    "task": ("请写明 userTask 或 serviceTask", "say userTask or serviceTask"),
    "manualTask": ("请改用 userTask", "use a userTask"),
    "complexGateway": (
        "请改用 exclusiveGateway 或 parallelGateway",
        "use an exclusiveGateway or a parallelGateway",
    ),
    "conditionalEventDefinition": (
        "请用 exclusiveGateway 判断，或等消息 messageEventDefinition",
        "ask with an exclusiveGateway, or wait for a message",
    ),
    "linkEventDefinition": ("请直接画连线", "draw the flow"),
    "compensateEventDefinition": (
        "请把补救办成流程里的任务",
        "draw what makes good again as tasks of the process",
    ),
    "timeCycle": (
        "定时器只响一次；请用 timeDuration，要提醒几次就画几个定时器",
        "a timer fires once; use a timeDuration, and draw a timer for each reminder",
    ),
    "timeDate": (
        "请用 timeDuration，从开始等待时算起",
        "use a timeDuration, counted from when the waiting begins",
    ),
    "transaction": ("请改用内嵌子流程 subProcess", "use an embedded subProcess"),
    "adHocSubProcess": ("请改用内嵌子流程 subProcess", "use an embedded subProcess"),
    "standardLoopCharacteristics": (
        "请用 exclusiveGateway 画出循环",
        "draw the loop with an exclusiveGateway",
    ),
    "multiInstanceLoopCharacteristics": (
        "只能用在 userTask 上，并写明 loopCardinality；子流程或调用要办几次的，请在两个 parallelGateway 之间"
        "画出几个 callActivity，各有自己的结论",
        "use it on a userTask, with a loopCardinality; for a sub-process or a call, draw one callActivity for "
        "each time between two parallelGateways, so that each has a decision of its own",
    ),
}


def check(root: Any, processes: list[Any], report: Report) -> None:
    """Note every word of the file that is not in the vocabulary."""
    for element in elements(root):
        if namespace(element) == BPMN and local(element) not in TOP:
            _refuse_element(element, report)
    for process in processes:
        _check_scope(process, report)
    _check_ids(root, report)


def _check_scope(scope: Any, report: Report) -> None:
    for element in elements(scope):
        tag = local(element)
        if namespace(element) != BPMN:
            _refuse_foreign(element, tag, report)
        elif tag in bpmn_xml.FLOW_NODES:
            check_node(element, tag, report)
        elif tag.endswith("LoopCharacteristics"):
            _refuse_element(element, report, owner=scope)
        elif tag not in NOTES:
            _refuse_element(element, report)
        elif tag == "extensionElements":
            _check_extensions(element, report, allowed=frozenset())
        elif tag == "sequenceFlow":
            _check_inside(element, element, report)


def check_node(element: Any, tag: str, report: Report) -> None:
    """Note every word of one flow element that is not in the vocabulary."""
    _check_once(element, report)
    if tag in ("receiveTask", "sendTask"):
        _check_message(element, report)
    if tag == "subProcess":
        for extensions in element.iterfind(f"{{{BPMN}}}extensionElements"):
            _check_extensions(extensions, report, allowed=frozenset())
        _check_scope(element, report)
        return
    for child in elements(element):
        kind = local(child) if namespace(child) == BPMN else ""
        if not kind:
            _refuse_foreign(element, local(child), report)
        elif kind == "multiInstanceLoopCharacteristics" and tag == "userTask":
            _check_several(child, element, report)
        elif kind == "extensionElements":
            _check_extensions(child, report, allowed=_PROPERTIES.get(tag, frozenset()))
        elif kind in DETAILS.get(tag, frozenset()):
            _check_inside(child, element, report)
        elif kind not in ("documentation", "incoming", "outgoing"):
            _refuse_element(child, report, owner=element)


def _check_inside(element: Any, owner: Any, report: Report) -> None:
    """A flow or an event definition: nothing in it that would not be read."""
    _check_once(element, report, owner)
    for child in elements(element):
        kind = local(child)
        if namespace(child) != BPMN:
            _refuse_foreign(owner, kind, report)
        elif kind == "extensionElements":
            _check_extensions(child, report, allowed=frozenset(), owner=owner)
        elif kind not in INSIDE.get(local(element), frozenset()) | {"documentation"}:
            _refuse_element(child, report, owner=owner)


def _check_once(element: Any, report: Report, owner: Any | None = None) -> None:
    """Of several only the first would be read."""
    place = element if owner is None else owner
    counts = Counter(local(child) for child in elements(element))
    for name in sorted(ONCE & counts.keys()):
        if counts[name] > 1:
            report.add(
                place,
                f"{name} 写了 {counts[name]} 次；只留一个。",
                f"{name} is given {counts[name]} times; keep one.",
            )
    if sum(count for name, count in counts.items() if name.endswith("EventDefinition")) > 1:
        report.add(
            place,
            "一个事件只写一样（定时器、消息、信号等）；请每样各画一个事件。",
            "An event has one trigger or result (a timer, a message, a signal …); draw one event for each.",
        )


def _check_message(task: Any, report: Report) -> None:
    message = task.get("messageRef")
    known = {item.get("id") for item in task.getroottree().iterfind(f"{{{BPMN}}}message")}
    if message is not None and message not in known:
        report.add(
            task,
            f"messageRef“{message}”没有定义；请在文件开头加 message 元素。",
            f"The messageRef “{message}” is not defined; add a message element to the file.",
        )


def _check_several(loop: Any, task: Any, report: Report) -> None:
    _check_once(loop, report, task)
    for child in elements(loop):
        if local(child) not in ("loopCardinality", "completionCondition", "documentation"):
            _refuse_element(child, report, owner=task)


_PROPERTIES = {
    "userTask": frozenset({"candidate_role", "outcomes", "standing", "voids", "due_in"}),
    "serviceTask": frozenset({"handler", "outcomes", "voids"}),
    "sendTask": frozenset({"handler", "outcomes", "voids"}),
    "receiveTask": frozenset({"outcomes"}),
    "businessRuleTask": frozenset({"decision"}),
    "callActivity": frozenset({"decisions"}),  # taken up by `bpmn_parts` before anything is read
    "boundaryEvent": frozenset({"working_days"}),
    "intermediateCatchEvent": frozenset({"working_days"}),
    "intermediateThrowEvent": frozenset({"handler"}),
}


def _check_extensions(
    extensions: Any, report: Report, *, allowed: frozenset[str], owner: Any | None = None
) -> None:
    owner = extensions.getparent() if owner is None else owner
    _check_once(extensions, report, owner)
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
    owns = owner is not None and (tag.endswith("LoopCharacteristics") or not element.get("id"))
    report.add(
        owner if owns else element,
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
