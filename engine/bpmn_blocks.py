"""Inclusive gateways as blocks: what splits is joined again, and in between nothing comes in or gets out.

BPMN lets an inclusive join wait for whatever may still arrive, which in a free drawing depends on paths
that nobody sees at a glance. In a block it is plain: the join waits until nothing is left in the block.
"""

from __future__ import annotations

from engine.bpmn_concurrency import is_side, join_of, reach, with_insides
from engine.bpmn_report import Report
from engine.bpmn_xml import Graph, Node


def blocks(graph: Graph) -> dict[str, frozenset[str]]:
    """For every inclusive join the elements between it and its split."""
    found = {}
    for node in graph.nodes.values():
        if _splits(graph, node) and (join := join_of(graph, node)) is not None:
            found[join] = _inside(graph, node, join)
    return found


def check(graph: Graph, report: Report) -> None:
    """Note every inclusive gateway that is no end of a block."""
    joined: list[str] = []
    for node in graph.nodes.values():
        if _splits(graph, node):
            join = join_of(graph, node)
            if join is None or len(graph.incoming(node.id)) > 1 or len(graph.outgoing(join)) > 1:
                _refuse(
                    node,
                    "分出的分支没有都汇合到同一个（只汇合的）包容网关",
                    "its branches do not all meet at one inclusive gateway that only joins",
                    report,
                )
                continue
            joined.append(join)
            _check_block(graph, node, join, report)
        if is_side(node):
            for name in sorted(with_insides(graph, reach(graph, node.id))):
                if graph.nodes[name].tag == "inclusiveGateway":
                    _refuse(
                        graph.nodes[name],
                        "不中断的边界事件之后的支线可能同时走两遍",
                        "the path after a non-interrupting boundary event may be under way twice",
                        report,
                    )
    for node in graph.nodes.values():
        joins = node.tag == "inclusiveGateway" and len(graph.incoming(node.id)) > 1
        if joins and joined.count(node.id) != 1:
            _refuse(node, "它汇合的不是一个包容网关的分支", "it does not join one split", report)


def _check_block(graph: Graph, split: Node, join: str, report: Report) -> None:
    inside = _inside(graph, split, join)
    around = inside | {split.id}
    comes_in = any(
        flow.source not in around for name in (*inside, join) for flow in graph.incoming(name)
    )
    if split.id in inside or comes_in:
        _refuse(
            split, "有连线从块外进入或绕回块内", "a flow enters its block, or leads back", report
        )
    branches = [_branch(graph, flow.target, join) for flow in graph.outgoing(split.id)]
    ends = {name for name in inside if graph.nodes[name].tag == "endEvent"}
    shared = {
        name
        for index, one in enumerate(branches)
        for other in branches[index + 1 :]
        for name in one & other
    }
    if shared - ends:
        _refuse(split, "分支在汇合之前就连在一起", "its branches meet before the join", report)
    for name in inside:
        forks = graph.nodes[name].tag in ("parallelGateway", "inclusiveGateway")
        if forks and len(graph.outgoing(name)) > 1:
            inner = join_of(graph, graph.nodes[name])
            if inner is None or inner not in inside:
                _refuse(
                    graph.nodes[name],
                    "它的分支要在外层的汇合之前先汇合",
                    "its branches must meet before the join of the block around it",
                    report,
                )


def _splits(graph: Graph, node: Node) -> bool:
    return node.tag == "inclusiveGateway" and len(graph.outgoing(node.id)) > 1


def _inside(graph: Graph, split: Node, join: str) -> frozenset[str]:
    return frozenset().union(
        *(_branch(graph, flow.target, join) for flow in graph.outgoing(split.id))
    )


def _branch(graph: Graph, start: str, join: str) -> frozenset[str]:
    """Elements of a branch; side paths of reminders end by themselves and are none of it."""
    sides = [node.id for node in graph.nodes.values() if is_side(node)]
    return reach(graph, start, join, *sides)


def _refuse(node: Node, zh: str, en: str, report: Report) -> None:
    report.add(
        node,
        f"包容网关要成对使用：{zh}；请成对画出，或改用 parallelGateway，分支内先判断。",
        f"Inclusive gateways come in pairs: {en}; draw a split and a join around whole branches, or "
        "use a parallelGateway whose branches begin with a decision.",
    )
