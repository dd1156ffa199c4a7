"""Refuses models in which two tokens at once could write the same decision, or one could unset what the
other reads: the result would depend on who was faster.

Structural and careful: it looks at which elements two branches share a time with, not at which
conditions would keep them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine import conditions
from engine.bpmn_report import Report
from engine.bpmn_xml import Graph, Node
from engine.elements import TaskRule

FORKS = ("parallelGateway", "inclusiveGateway")


@dataclass(frozen=True)
class _Access:
    """What one branch does to the decisions: `changes` writes or unsets, `reads` decides by."""

    changes: frozenset[str]
    reads: frozenset[str]


def check(graph: Graph, tasks: Mapping[str, TaskRule], report: Report) -> None:
    """Note every fork and every boundary event whose branches disturb one another."""
    for node in graph.nodes.values():
        if node.tag in FORKS and len(graph.outgoing(node.id)) > 1:
            _check_fork(graph, node, tasks, report)
        if is_side(node):
            _check_side_path(graph, node, tasks, report)
            _check_side_calls(graph, node, report)


def _check_fork(graph: Graph, fork: Node, tasks: Mapping[str, TaskRule], report: Report) -> None:
    join = join_of(graph, fork)
    stops = () if join is None else (join,)
    branches = [
        _access(graph, reach(graph, flow.target, *stops), tasks) for flow in graph.outgoing(fork.id)
    ]
    disturbed: set[str] = set()
    for index, one in enumerate(branches):
        for other in branches[index + 1 :]:
            disturbed |= one.changes & (other.changes | other.reads)
            disturbed |= other.changes & one.reads
    for name in sorted(disturbed):
        report.add(
            fork,
            f"并行的分支会同时改写或清除“{name}”的结论；请让它只在一个分支里。",
            f"Parallel branches can write, unset or read the decision of “{name}” at the same time; "
            "keep it to one branch.",
        )


def _check_side_path(
    graph: Graph, timer: Node, tasks: Mapping[str, TaskRule], report: Report
) -> None:
    side = reach(graph, timer.id)
    main = reach(graph, timer.attributes["attachedToRef"], timer.id)
    shared = {name for name in side & main if graph.nodes[name].tag != "endEvent"}
    if shared:
        report.add(
            timer,
            f"不中断的边界事件之后又回到主流程（{'、'.join(sorted(shared))}），会多出一个令牌；"
            "请让这条支线自己结束。",
            "The path after the non-interrupting boundary event flows back into the main flow "
            f"({', '.join(sorted(shared))}) and would double it; let that path end by itself.",
        )
        return
    one, other = _access(graph, side, tasks), _access(graph, main, tasks)
    for name in sorted(one.changes & (other.changes | other.reads)):
        report.add(
            timer,
            f"边界事件之后的支线会改写或清除主流程的结论“{name}”。",
            f"The path after the boundary event can change the decision “{name}” of the main flow.",
        )


def _check_side_calls(graph: Graph, timer: Node, report: Report) -> None:
    """A side path may be under way twice, and what happens in a call is named by its call path."""
    for name in sorted(with_insides(graph, reach(graph, timer.id))):
        if graph.nodes[name].tag == "callActivity":
            report.add(
                graph.nodes[name],
                "不中断的边界事件之后不能调用流程：这条支线可能同时走两遍；请改用内嵌子流程。",
                "A path after a non-interrupting boundary event cannot call a process, since it may be under "
                "way twice at a time; use an embedded subProcess.",
            )


def reach(graph: Graph, start: str, *stops: str) -> frozenset[str]:
    """Elements of the same scope from `start` on, not going past the stops."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen or name in stops:
            continue
        seen.add(name)
        todo.extend(flow.target for flow in graph.outgoing(name))
        todo.extend(event.id for event in graph.boundary(name))
    return frozenset(seen)


def join_of(graph: Graph, fork: Node) -> str | None:
    """The nearest join of its kind that every main way from the fork to a normal end passes.

    Side paths of non-interrupting boundary events end by themselves and are no main way.
    """
    sides = [node.id for node in graph.nodes.values() if is_side(node)]
    ways = reach(graph, fork.id, *sides)
    exits = {
        name
        for name in ways
        if graph.nodes[name].tag == "endEvent" and graph.nodes[name].event in (None, "escalation")
    }
    candidates = [
        name
        for name in ways
        if name != fork.id
        and graph.nodes[name].tag == fork.tag
        and len(graph.incoming(name)) > 1
        and exits
        and not exits & reach(graph, fork.id, name, *sides)
    ]
    return min(candidates, key=lambda name: (len(reach(graph, fork.id, name)), name), default=None)


def is_side(node: Node) -> bool:
    """Whether the node is a boundary event that does not interrupt."""
    return node.tag == "boundaryEvent" and node.attributes.get("cancelActivity") == "false"


def _access(graph: Graph, region: Iterable[str], tasks: Mapping[str, TaskRule]) -> _Access:
    changes: set[str] = set()
    reads: set[str] = set()
    for name in with_insides(graph, region):
        rule = tasks.get(name)
        if rule is not None:
            changes.update((name, *rule.voids))
            if rule.asks is not None:
                reads |= set(rule.asks.inputs)
        for flow in graph.outgoing(name):
            if flow.condition is not None:
                reads |= conditions.parse(flow.condition).names
    return _Access(frozenset(changes), frozenset(reads))


def with_insides(graph: Graph, region: Iterable[str]) -> set[str]:
    """The elements, and all that is inside sub-processes among them."""
    todo, found = list(region), set[str]()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(node.id for node in graph.inside(name))
    return found
