"""Event sub-processes in plain terms: the work around them in a sub-process of its own, they on its edge.

    S { work ; E (triggered) }   reads   S { enter → S__work { work } → leave ; start of E on the edge
                                             of S__work → E → end }

S is an embedded sub-process or the whole process. So every check, the step and the proof know one way of
being interrupted. The event keeps the id of the start event it is drawn as; what is added here is marked,
since nobody drew it. A process still ends as its own end events say (`Graph.ends`), and a terminate end in
the work ends what runs beside it (`bpmn_behaviour.ClosingEnd`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, elements, local

#: Attribute of what stands in no file.
ADDED = "added"
_SUB, _START, _END = (f"{{{BPMN}}}{tag}" for tag in ("subProcess", "startEvent", "endEvent"))
_FLOW, _EDGE = f"{{{BPMN}}}sequenceFlow", f"{{{BPMN}}}boundaryEvent"
#: What belongs to the sub-process itself and does not move into its work.
_OWN = frozenset({"incoming", "outgoing", "extensionElements", "documentation", "laneSet"})


def normalise(root: Any, report: Report) -> Any:
    """Rewrite the tree in place; what cannot be rewritten is noted, and left as it is."""
    triggered = [sub for sub in root.iter(_SUB) if _is_triggered(sub)]
    named = (one for sub in triggered for one in (sub.getparent(), sub, *sub.iterchildren(_START)))
    if not all(one.get("id") for one in named):
        return root  # what has no id is told elsewhere
    for around in dict.fromkeys(sub.getparent() for sub in triggered):
        events = [sub for sub in around.iterchildren(_SUB) if _is_triggered(sub)]
        sound = [_is_sound(around, sub, report) for sub in events]
        if all(sound) and _agree(events, report):
            _rewrite(around, events)
    return root


def works(root: Any) -> frozenset[str]:
    """The sub-processes that were put around the work of others."""
    return frozenset(sub.get("id") for sub in root.iter(_SUB) if sub.get(ADDED) == "true")


def _is_triggered(sub: Any) -> bool:
    return bool(sub.get("triggeredByEvent") == "true")


def _start_of(sub: Any) -> Any:
    return next(iter(sub.iterchildren(_START)), None)


def _trigger(start: Any) -> Any:
    found = [one for one in elements(start) if local(one).endswith("EventDefinition")]
    return found[0] if len(found) == 1 else None


def _interrupts(sub: Any) -> bool:
    return bool(_start_of(sub).get("isInterrupting", "true") != "false")


def _is_sound(around: Any, sub: Any, report: Report) -> bool:
    before = len(report.problems)
    starts = list(sub.iterchildren(_START))
    if len(starts) != 1 or _trigger(starts[0]) is None:
        report.add(
            sub,
            "事件子流程要有且只有一个开始事件，并写明由什么触发（定时器、消息、信号、错误或升级）。",
            "An event sub-process has one start event that says what triggers it: a timer, a message, a "
            "signal, an error or an escalation.",
        )
    for flow in around.iterchildren(_FLOW):
        if sub.get("id") in (flow.get("sourceRef"), flow.get("targetRef")):
            report.add(
                flow,
                "事件子流程由事件触发，不能有连线进出。",
                "An event sub-process is triggered by its event; no flow leads to it or leaves it.",
            )
    return len(report.problems) == before


def _agree(events: list[Any], report: Report) -> bool:
    if len({_interrupts(sub) for sub in events}) == 1:
        return True
    report.add(
        events[0],
        "同一子流程里的事件子流程要么都中断，要么都不中断；请把其中一种放进里层的子流程。",
        "The event sub-processes of one sub-process either all interrupt or none does; put one kind into "
        "an inner sub-process.",
    )
    return False


def _rewrite(around: Any, events: list[Any]) -> None:
    name = around.get("id")
    work = _add(around, _SUB, f"{name}__work", name=around.get("name") or "")
    around.insert(around.index(events[0]), work)  # its ends come before theirs
    for child in list(elements(around)):
        if child is not work and child not in events and local(child) not in _OWN:
            work.append(child)
    enter, leave = (
        _add(around, tag, f"{name}__{w}") for tag, w in ((_START, "enter"), (_END, "leave"))
    )
    _join(around, enter, work)
    _join(around, work, leave)
    for sub in events:
        _put_on_the_edge(around, work, sub)
    for kind in ("error", "escalation"):
        if not any(local(_trigger(edge)).startswith(kind) for edge in _edges(around, work)):
            _pass_on(around, work, kind)


def _put_on_the_edge(around: Any, work: Any, sub: Any) -> None:
    start = _start_of(sub)
    begin = _add(sub, _START, f"{sub.get('id')}__begin")
    for flow in sub.iterchildren(_FLOW):
        if flow.get("sourceRef") == start.get("id"):
            flow.set("sourceRef", begin.get("id"))
    del sub.attrib["triggeredByEvent"]
    edge = around.makeelement(_EDGE, nsmap=around.nsmap)
    edge.attrib.update({key: start.get(key) for key in ("id", "name") if start.get(key)})
    edge.set("attachedToRef", work.get("id"))
    edge.set("cancelActivity", start.get("isInterrupting", "true"))
    edge.extend(
        [child for child in elements(start) if local(child) not in ("incoming", "outgoing")]
    )
    edge.sourceline = start.sourceline
    sub.remove(start)
    around.append(edge)
    _join(around, edge, sub)
    _join(around, sub, _add(around, _END, f"{sub.get('id')}__done"))


def _edges(around: Any, work: Any) -> Iterator[Any]:
    return (e for e in around.iterchildren(_EDGE) if e.get("attachedToRef") == work.get("id"))


def _pass_on(around: Any, work: Any, kind: str) -> None:
    """What is thrown in the work and meant for the edge of the sub-process itself still gets there."""
    definition = f"{{{BPMN}}}{kind}EventDefinition"
    thrown = [one for node in elements(work) for one in node.iterchildren(definition)]
    thrown = [one for one in thrown if one.getparent().tag != _EDGE]
    outer = around.getparent()
    catcher = next(
        (
            e
            for e in outer.iterchildren(_EDGE)
            if e.get("attachedToRef") == around.get("id") and e.find(definition) is not None
        ),
        None,
    )
    if not thrown or catcher is None:
        return
    name = around.get("id")
    edge = _add(around, _EDGE, f"{name}__{kind}", attachedToRef=work.get("id"))
    edge.set("cancelActivity", catcher.get("cancelActivity", "true"))
    edge.append(edge.makeelement(definition))
    again = _add(around, _END, f"{name}__{kind}_again")
    again.append(again.makeelement(definition, dict(thrown[0].attrib)))
    _join(around, edge, again)


def _add(parent: Any, tag: str, made_id: str, **attributes: str) -> Any:
    made = parent.makeelement(tag, {"id": made_id, **attributes, ADDED: "true"})
    made.sourceline = parent.sourceline
    parent.append(made)
    return made


def _join(parent: Any, source: Any, target: Any) -> None:
    one, other = source.get("id"), target.get("id")
    _add(parent, _FLOW, f"{one}___{other}", sourceRef=one, targetRef=other)
