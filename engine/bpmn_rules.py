"""What a process definition may contain. A file outside the subset is refused with every problem at once,
each naming file, line and element and what to write instead; nothing is ever silently ignored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from engine import (
    bpmn_attributes,
    bpmn_calls,
    bpmn_decisions,
    bpmn_family,
    bpmn_flow,
    bpmn_several,
    bpmn_vocabulary,
    bpmn_xml,
    durations,
)
from engine.bpmn_decisions import Shelf
from engine.bpmn_family import Family, Part
from engine.bpmn_report import Report
from engine.bpmn_xml import DI, DRAWN, Flow, Graph, Node
from engine.elements import CatchKind, CatchRule, Definition, TaskKind, TaskRule, TimerRule
from engine.errors import DefinitionRefused

KINDS: Mapping[str, TaskKind] = {
    "userTask": "user",
    "serviceTask": "service",
    "sendTask": "service",
    "receiveTask": "receive",
}
#: Events that are waited for or answered like a task.
EVENT_KINDS: Mapping[tuple[str, str | None], TaskKind] = {
    ("intermediateCatchEvent", "message"): "receive",
    ("intermediateCatchEvent", "signal"): "signal",
    ("intermediateThrowEvent", "message"): "service",
    ("intermediateThrowEvent", "signal"): "service",
}
#: What has a decision that was not told from outside: how a call ended, what a table says.
DECIDED = ("callActivity", "businessRuleTask")
#: How a thrown event is on record once its handler has passed it on.
THROWN = ("done",)
WORD = re.compile(r"[a-z][a-z0-9_]*")


def parse(
    xml: bytes, *, file: str = "", library: Mapping[str, bytes] = MappingProxyType({})
) -> Definition:
    """Check a BPMN file and read what the engine needs; raises DefinitionRefused with all problems.

    `library` gives the files of called processes that stand elsewhere, by process id.
    """
    family = _gathered(xml, file, library)
    files = {id(p.root): (p.root, p.report, p.drawn) for p in family.parts}
    for root, report, drawn in files.values():
        here = [part.process for part in family.parts if part.root is root]
        bpmn_attributes.check(drawn, report)
        bpmn_vocabulary.check(root, here, report)
        _check_places(root, report)
    said = _said(family, library)
    _check_flow(said)
    reports = [*family.reports, *(r for shelf in said.shelves.values() for r in shelf.reports)]
    problems = {problem for report in reports for problem in report.problems}
    if problems:
        raise DefinitionRefused(*sorted(problems))
    return _definition(bpmn_family.bundle(family, list(said.shelves.values())), said)


def read(xml: bytes, *, file: str = "") -> Definition:
    """What a stored definition says. It was checked when it was deployed, and is not held to rules that
    came later: cases that began with it go on to their end. What an element says that today's rules would
    refuse must therefore still be read as it was meant then."""
    return _definition(xml, _said(_gathered(xml, file, {}), {}))


@dataclass(frozen=True)
class _Said:
    """What the processes of one definition say, called ones before those that call them."""

    parts: list[Part]
    graphs: list[Graph]
    rules: list[dict[str, TaskRule]]  # by process
    timers: dict[str, TimerRule]
    shelves: Mapping[int, Shelf]


def _gathered(xml: bytes, file: str, library: Mapping[str, bytes]) -> Family:
    family = bpmn_family.gather(xml, file, library)
    if family.main is None:
        raise DefinitionRefused(*family.reports[0].problems)
    return family


def _said(family: Family, library: Mapping[str, bytes]) -> _Said:
    """Read every element; what one of them says that nobody understands is noted in its file's report."""
    graphs = [bpmn_xml.graph_of(part.root, part.process) for part in family.parts]
    shelves = {id(p.root): Shelf(p.root, p.report, library) for p in family.parts}
    said = _Said(family.parts, graphs, [], {}, shelves)
    ends: dict[str, tuple[str, ...]] = {}
    for part, graph in zip(family.parts, graphs, strict=True):
        own = {
            node.id: _task(node, graph, part.report)
            for node in graph.nodes.values()
            if kind_of(node) is not None
        }
        own |= {
            node.id: bpmn_decisions.rule_of(node, shelves[id(part.root)], part.report)
            for node in graph.nodes.values()
            if node.tag == "businessRuleTask"
        }
        own |= {
            node.id: _call(node, ends)
            for node in graph.nodes.values()
            if node.tag == "callActivity"
        }
        said.rules.append(own)
        said.timers.update(
            (node.id, _timer(node, part.report))
            for node in graph.nodes.values()
            if node.event == "timer"
        )
        ends[graph.key] = tuple(node.id for node in graph.ends())
    return said


def _check_flow(said: _Said) -> None:
    """Called processes come first, so that what is known of them is there where they are called."""
    always_asks: set[str] = set()
    for part, graph, own in zip(said.parts, said.graphs, said.rules, strict=True):
        bpmn_decisions.check(graph, own, part.report)
        bpmn_flow.check(graph, own, part.report, asking=frozenset(always_asks))
        _check_drawing(part.root, graph, part.report)
        if part.report.problems or bpmn_flow.always_asks(graph, frozenset(always_asks)):
            always_asks.add(graph.key)
    bpmn_calls.check(said.parts, said.graphs, _all_rules(said))


def _all_rules(said: _Said) -> dict[str, TaskRule]:
    return {name: rule for own in said.rules for name, rule in own.items()}


def _definition(xml: bytes, said: _Said) -> Definition:
    graphs, rules, timers = said.graphs, _all_rules(said), said.timers
    main = graphs[-1]
    names = {node.id: node.name for graph in graphs for node in graph.nodes.values()}
    ends = {node.id: node.name for node in main.ends()}
    tasks = {name: rule for name, rule in rules.items() if rule.kind != "call"}
    calls = {name: rule for name, rule in rules.items() if rule.kind == "call"}
    everything = [node for graph in graphs for node in graph.nodes.values()]
    return Definition(
        key=main.key,
        name=main.name or main.key,
        digest=hashlib.sha256(xml).hexdigest(),
        xml=xml,
        tasks=MappingProxyType(tasks),
        calls=MappingProxyType(calls),
        timers=MappingProxyType(timers),
        catches=MappingProxyType({n.id: _catch(n) for n in everything if _is_caught(n)}),
        races=MappingProxyType(
            {
                node.id: tuple(flow.target for flow in graph.outgoing(node.id))
                for graph in graphs
                for node in graph.nodes.values()
                if node.tag == "eventBasedGateway"
            }
        ),
        ends=MappingProxyType(ends),
        names=MappingProxyType(names),
    )


# -- tasks and timers ----------------------------------------------------------------------------


def kind_of(node: Node) -> TaskKind | None:
    """What kind of task the node is, if it is one."""
    return KINDS.get(node.tag) or EVENT_KINDS.get((node.tag, node.event))


def _is_caught(node: Node) -> bool:
    return node.tag == "boundaryEvent" and node.event in get_args(CatchKind)


def _catch(node: Node) -> CatchRule:
    return CatchRule(
        id=node.id,
        name=node.name,
        kind=node.event,  # type: ignore[arg-type]  # `_is_caught` has looked
        attached_to=node.attributes.get("attachedToRef", ""),
        interrupting=node.attributes.get("cancelActivity", "true") != "false",
    )


def _task(node: Node, graph: Graph, report: Report) -> TaskRule:
    properties = node.properties
    outcomes = tuple(properties.get("outcomes", "").split())
    if node.tag == "intermediateThrowEvent":
        outcomes = THROWN
    kind = kind_of(node)
    assert kind is not None
    rule = TaskRule(
        id=node.id,
        name=node.name,
        kind=kind,
        outcomes=outcomes,
        standing=frozenset(properties.get("standing", "").split()),
        voids=tuple(properties.get("voids", "").split()),
        candidate_role=properties.get("candidate_role") or None,
        handler=properties.get("handler") or None,
        due_in=_positive(node, "due_in", report),
        several=bpmn_several.read(node, outcomes, report),
    )
    _check_task(node, rule, graph, report)
    return rule


def _call(node: Node, ends: Mapping[str, tuple[str, ...]]) -> TaskRule:
    called = node.attributes.get("calledElement", "")
    return TaskRule(node.id, node.name, "call", ends.get(called, ()), calls=called)


def _check_task(node: Node, rule: TaskRule, graph: Graph, report: Report) -> None:
    if not rule.outcomes and rule.kind not in ("receive", "signal"):
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
        if target is None or (kind_of(target) is None and target.tag not in DECIDED):
            report.add(
                node,
                f"voids 中的“{name}”不是本流程的任务。",
                f"“{name}” in `voids` is no task of this process.",
            )


def _timer(node: Node, report: Report) -> TimerRule:
    length = durations.clock_time(node.detail or "")
    if length is None:
        report.add(
            node,
            "定时器要写 timeDuration，用 ISO 8601 时长，例如 P3D 或 PT24H；月、年长短不一，请写周（P4W）或天（P30D）。",
            "The timer needs a timeDuration, an ISO 8601 duration such as P3D or PT24H; months and years "
            "differ in length, so write weeks (P4W) or days (P30D).",
        )
    elif length > durations.LONGEST:
        report.add(
            node,
            f"定时器时长 {node.detail} 太长，最多 P{durations.LONGEST.days}D（约十年）；请写短些。",
            f"The duration {node.detail} of the timer is too long, the most is P{durations.LONGEST.days}D "
            "(about ten years); write a shorter one.",
        )
    return TimerRule(
        id=node.id,
        name=node.name,
        attached_to=node.attributes.get("attachedToRef", node.id),
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

_BOUNDS, _WAYPOINT = f"{{{DRAWN}/DC}}Bounds", f"{{{DRAWN}/DI}}waypoint"
#: What says where something is drawn, in which numbers.
_PLACES = {_BOUNDS: ("x", "y", "width", "height"), _WAYPOINT: ("x", "y")}
NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,20})?")


def _check_places(root: Any, report: Report) -> None:
    """Whoever draws the process, and the library, reads these as numbers."""
    for place in root.iter(*_PLACES):
        wrong = [side for side in _PLACES[place.tag] if not NUMBER.fullmatch(place.get(side) or "")]
        if wrong:
            shape = next(place.iterancestors(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge"), place)
            report.add(
                Flow(shape.get("bpmnElement") or "", "", "", place.sourceline or 1, None),
                f"图形的 {'、'.join(wrong)} 要写成数；请在建模工具中打开并保存。",
                f"Its layout has no number for {', '.join(wrong)}; open the file in a modeller and save it.",
            )


def _check_drawing(root: Any, graph: Graph, report: Report) -> None:
    drawn = {
        item.get("bpmnElement")
        for tag, place, least in (("BPMNShape", _BOUNDS, 1), ("BPMNEdge", _WAYPOINT, 2))
        for item in root.iter(f"{{{DI}}}{tag}")
        if len(item.findall(place)) >= least
    }
    parts: list[Node | Flow] = [*graph.nodes.values(), *graph.flows]
    missing = [item for item in parts if item.id not in drawn and item.id not in graph.added]
    for item in missing:
        report.add(
            item,
            "图上没有画出这个元素；请在建模工具中打开并保存，补上图形信息。",
            "The element is not on the diagram; open the file in a modeller and save it with its "
            "layout.",
        )
