"""The attributes and texts that elements may carry, in the file as it was drawn.

BPMN gives many of them a meaning that the engine does not have. Their usual values stay, as modellers write
them; every other is refused with what to draw instead, so that nothing in a file is silently ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import decision_files
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, REFERRING, local, namespace

#: The values that an attribute may have; none stands for any text.
Values = tuple[str, ...]
ANY: Values = ()
_YES_OR_NO = ("true", "false")  # not "1" or "0", which nothing that reads the file would understand
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

_NAMED = {"id": ANY, "name": ANY}
_ACTIVITY = {
    **_NAMED,
    "default": ANY,
    "isForCompensation": ("false",),
    "startQuantity": ("1",),
    "completionQuantity": ("1",),
}
_TASK = {**_ACTIVITY, "implementation": ("##unspecified", "##WebService")}
_CATCHING = {**_NAMED, "parallelMultiple": ("false",)}
_DIRECTIONS = ("Unspecified", "Converging", "Diverging", "Mixed")
_GATEWAY = {**_NAMED, "gatewayDirection": _DIRECTIONS}
_TEXT = {"id": ANY, _TYPE: ANY}

_EVENTS = {f"{kind}EventDefinition": {"id": ANY, f"{kind}Ref": ANY} for kind in REFERRING}
_TEXTS = ("conditionExpression", "timeDuration", "loopCardinality", "completionCondition")
#: Parts of an element, which nobody sees on the diagram: what is wrong is told of the element.
_PARTS = frozenset(
    {*_EVENTS, *_TEXTS, "timerEventDefinition", "terminateEventDefinition"}
    | {"multiInstanceLoopCharacteristics"}
)
#: What other engines write on these says nothing about how a case moves.
_OPEN = frozenset({"definitions", "process", *REFERRING})

ATTRIBUTES: Mapping[str, Mapping[str, Values]] = {
    "definitions": {
        **_NAMED,
        **dict.fromkeys(("targetNamespace", "expressionLanguage", "typeLanguage"), ANY),
        **dict.fromkeys(("exporter", "exporterVersion"), ANY),
    },
    "process": {**_NAMED, "isExecutable": ANY, "isClosed": _YES_OR_NO, "processType": ANY},
    "message": _NAMED,
    "signal": _NAMED,
    "error": {**_NAMED, "errorCode": ANY},
    "escalation": {**_NAMED, "escalationCode": ANY},
    "startEvent": {**_CATCHING, "isInterrupting": _YES_OR_NO},
    "endEvent": _NAMED,
    "intermediateThrowEvent": _NAMED,
    "intermediateCatchEvent": _CATCHING,
    "boundaryEvent": {**_CATCHING, "attachedToRef": ANY, "cancelActivity": _YES_OR_NO},
    "userTask": _TASK,
    "serviceTask": _TASK,
    "businessRuleTask": _TASK,
    "sendTask": {**_TASK, "messageRef": ANY},
    "receiveTask": {**_TASK, "messageRef": ANY, "instantiate": ("false",)},
    "callActivity": {**_ACTIVITY, "calledElement": ANY},
    "subProcess": {**_ACTIVITY, "triggeredByEvent": _YES_OR_NO},
    "exclusiveGateway": {**_GATEWAY, "default": ANY},
    "inclusiveGateway": {**_GATEWAY, "default": ANY},
    "parallelGateway": _GATEWAY,
    "eventBasedGateway": {
        **_GATEWAY,
        "instantiate": ("false",),
        "eventGatewayType": ("Exclusive",),
    },
    "sequenceFlow": {**_NAMED, "sourceRef": ANY, "targetRef": ANY, "isImmediate": ("true",)},
    "multiInstanceLoopCharacteristics": {
        "id": ANY,
        "isSequential": _YES_OR_NO,
        "behavior": ("All",),
    },
    "timerEventDefinition": {"id": ANY},
    "terminateEventDefinition": {"id": ANY},
    **_EVENTS,
    **dict.fromkeys(_TEXTS, _TEXT),
}

_INSTEAD = {
    "isForCompensation": (
        "请写 false；把补救办成流程里的任务",
        "write false; draw what makes good again as tasks of the process",
    ),
    "startQuantity": (
        "请写 1；要等几路都到，请用 parallelGateway 汇合",
        "write 1; to wait for several branches, join them with a parallelGateway",
    ),
    "completionQuantity": (
        "请写 1；之后要分几路，请用 parallelGateway 分出",
        "write 1; to go on in several branches, fork with a parallelGateway",
    ),
    "instantiate": (
        "请写 false；流程从 startEvent 开始，不由消息开始",
        "write false; a case begins at the startEvent, no message begins it",
    ),
    "eventGatewayType": (
        "请写 Exclusive（先到的定）；几样都要等，请用 parallelGateway 分出几个 receiveTask",
        "write Exclusive (the first event decides); to wait for all, fork to receiveTasks with a "
        "parallelGateway",
    ),
    "parallelMultiple": (
        "请写 false；每样事件各画一个",
        "write false; draw one event for each trigger",
    ),
}


def check(root: Any, report: Report) -> None:
    """Note every attribute that is not known or says what the engine does not do, and every text of which
    only the beginning would be read. `root` is the file before anything in it is rewritten."""
    for element in root.iter(f"{{{BPMN}}}*"):
        known = ATTRIBUTES.get(local(element))
        if known is not None:
            _check_attributes(element, known, report)
    check_texts(root, report)


def check_texts(root: Any, report: Report) -> None:
    """Note every text that a comment or an element cuts in two; of a file of decision tables as well."""
    for element in root.iter("*"):
        bpmn = namespace(element) == BPMN and local(element) in _TEXTS
        if not bpmn and not (decision_files.is_dmn(element) and local(element) == "text"):
            continue
        if (element.text or "").strip() != str(element.xpath("string()")).strip():
            report.add(
                _owner(element),
                f"{local(element)} 的文字中间夹了注释或别的元素，只会读到前半；请移到文字之外。",
                f"A comment or an element cuts the text of {local(element)} in two, and only its beginning "
                "would be read; move it out of the text.",
            )


def _check_attributes(element: Any, known: Mapping[str, Values], report: Report) -> None:
    owner = _owner(element)
    for name, value in element.attrib.items():
        foreign = name.startswith("{")
        if name in known:
            if known[name] and value not in known[name]:
                _refuse_value(owner, name, value, known[name], report)
        elif not (foreign and local(element) in _OPEN):
            word = name.rpartition("}")[2]
            report.add(
                owner,
                f"{local(element)} 上的属性“{word}”不认识，不会起作用；请删去，或改用 spiffworkflow:properties "
                "中的属性。",
                f"The attribute “{word}” of {local(element)} is unknown and would have no effect; remove it, "
                "or use a property in spiffworkflow:properties.",
            )


def _refuse_value(
    owner: Any, name: str, value: str, allowed: Iterable[str], report: Report
) -> None:
    zh, en = _INSTEAD.get(name, (f"请写 {'、'.join(allowed)}", f"write {' or '.join(allowed)}"))
    report.add(
        owner, f"不支持 {name}“{value}”：{zh}。", f"{name}=“{value}” is not supported: {en}."
    )


def _owner(element: Any) -> Any:
    """The element that its author knows by id."""
    while element.getparent() is not None and (
        not element.get("id") or (namespace(element) == BPMN and local(element) in _PARTS)
    ):
        element = element.getparent()
    return element
