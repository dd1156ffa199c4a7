"""Whether the flow of a process definition can be followed: every element reachable and leading on,
gateways decided, events attached where they can happen, conditions about values that exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import bpmn_blocks, bpmn_concurrency, bpmn_events, conditions
from engine.bpmn_report import Report
from engine.bpmn_xml import Flow, Graph, Node
from engine.elements import TaskRule

CHOICES = ("exclusiveGateway", "inclusiveGateway")
#: Where a token rests until something happens from outside.
RESTS = ("userTask", "serviceTask", "sendTask", "receiveTask", "intermediateCatchEvent")

#: Beyond this one step could be deeper than the interpreter looks.
MAX_NODES = 300


def check(
    graph: Graph, tasks: Mapping[str, TaskRule], report: Report, asking: frozenset[str]
) -> None:
    """Note everything wrong with the flow; later checks are left out where earlier ones failed.

    `asking` names the called processes that never end without a task having been done.
    """
    before = len(report.problems)
    if len(graph.nodes) > MAX_NODES:
        report.add(
            Flow(graph.key, "", "", graph.line, None),
            f"流程有 {len(graph.nodes)} 个元素，最多 {MAX_NODES} 个；请拆成几个流程。",
            f"The process has {len(graph.nodes)} elements, the most is {MAX_NODES}; split it.",
        )
        return
    _check_flows(graph, report)
    for scope in (graph.key, *(node.id for node in graph.nodes.values() if _is_scope(node))):
        _check_scope(graph, scope, report)
    for node in graph.nodes.values():
        _check_node(graph, node, report)
    for flow in graph.flows:
        _check_condition(graph, flow, tasks, report)
    if len(report.problems) == before:
        _check_reachable(graph, report)
        _check_rests(graph, report, asking)
        bpmn_concurrency.check(graph, tasks, report)
        bpmn_blocks.check(graph, report)


def _is_scope(node: Node) -> bool:
    return node.tag == "subProcess"


def _check_flows(graph: Graph, report: Report) -> None:
    seen: set[tuple[str, str]] = set()
    for flow in graph.flows:
        source, target = graph.nodes.get(flow.source), graph.nodes.get(flow.target)
        if source is None or target is None:
            report.add(
                flow,
                f"连线的一端不存在（{flow.source} → {flow.target}）；请重画。",
                f"The flow ends at an element that does not exist ({flow.source} → {flow.target}).",
            )
        elif source.scope != target.scope:
            report.add(
                flow,
                "连线不能穿过子流程的边框；请在子流程上设边界事件。",
                "A flow cannot cross the border of a sub-process; use a boundary event on it.",
            )
        if (flow.source, flow.target) in seen:
            report.add(
                flow,
                "两个元素之间只能有一条连线；请合并条件。",
                "Two elements can have one flow between them; join the conditions.",
            )
        seen.add((flow.source, flow.target))


def _check_scope(graph: Graph, scope: str, report: Report) -> None:
    inside = graph.inside(scope)
    starts = [node for node in inside if node.tag == "startEvent"]
    drawn = graph.nodes[scope].scope if scope in graph.added else scope
    place: Node | Flow = graph.nodes.get(drawn) or Flow(drawn, "", "", graph.line, None)
    if len(starts) != 1:
        report.add(
            place,
            f"要有且只有一个开始事件（现有 {len(starts)} 个）。",
            f"There must be exactly one start event (there are {len(starts)}).",
        )
    if not any(node.tag == "endEvent" for node in inside):
        report.add(place, "没有结束事件。", "There is no end event.")


def _check_node(graph: Graph, node: Node, report: Report) -> None:
    incoming, outgoing = graph.incoming(node.id), graph.outgoing(node.id)
    if node.tag in ("startEvent", "boundaryEvent"):
        if incoming:
            report.add(node, "事件不能有进入的连线。", "The event cannot have incoming flows.")
    elif not incoming:
        report.add(node, "没有进入的连线，永远到不了。", "No flow leads here; it is never reached.")
    if node.tag == "endEvent":
        if outgoing:
            report.add(
                node, "结束事件不能有离开的连线。", "An end event cannot have outgoing flows."
            )
    elif not outgoing:
        report.add(
            node, "没有离开的连线，会停在这里。", "No flow leaves it; the case would stop here."
        )
    elif len(outgoing) > 1 and not node.tag.endswith("Gateway"):
        report.add(
            node,
            "有多条离开的连线；请用网关写明是选一条还是并行。",
            "Several flows leave it; say with a gateway whether one is chosen or all are taken.",
        )
    if node.tag in CHOICES:
        _check_choice(node, outgoing, report)
    bpmn_events.check(graph, node, report)


def _check_choice(node: Node, outgoing: list[Flow], report: Report) -> None:
    default = node.attributes.get("default")
    if default is not None and default not in {flow.id for flow in outgoing}:
        report.add(
            node,
            f"默认连线“{default}”不从这里离开。",
            f"The default flow “{default}” does not leave from here.",
        )
    if len(outgoing) > 1 and default is None:
        report.add(
            node,
            "没有默认连线；都不成立时流程会停住，请设一条。",
            "There is no default flow; the case would stop if no condition holds.",
        )
    for flow in outgoing:
        if flow.id == default and flow.condition is not None:
            report.add(flow, "默认连线不能带条件。", "The default flow cannot have a condition.")
        if len(outgoing) > 1 and flow.id != default and flow.condition is None:
            report.add(flow, "连线没有条件。", "The flow has no condition.")
        if len(outgoing) == 1 and flow.condition is not None:
            report.add(
                flow,
                "只有一条离开的连线时不能带条件；请再画一条默认连线。",
                "The only flow that leaves cannot have a condition; draw a default flow beside it.",
            )


def _check_condition(
    graph: Graph, flow: Flow, tasks: Mapping[str, TaskRule], report: Report
) -> None:
    if flow.condition is None:
        return
    source = graph.nodes.get(flow.source)
    if source is not None and source.tag not in CHOICES:
        report.add(
            flow,
            "条件只能写在 exclusiveGateway 或 inclusiveGateway 之后的连线上。",
            "A condition belongs on a flow that leaves an exclusiveGateway or an inclusiveGateway.",
        )
    try:
        condition = conditions.parse(flow.condition)
    except conditions.ConditionRefused as error:
        report.add_sentence(flow, error.sentence)
        return
    for name, literal in condition.comparisons:
        rule = tasks.get(name)
        if rule is None:
            report.add(
                flow,
                f"条件里的变量“{name}”不是本流程任务的 id。",
                f"The variable “{name}” in the condition is no task id of this process.",
            )
        elif rule.kind == "call" and not rule.outcomes:
            continue  # the called process was not found, which is said where it is called
        elif literal is not None and literal not in rule.outcomes:
            report.add(
                flow,
                f"任务“{name}”没有“{literal}”这一结论；可选：{'、'.join(rule.outcomes)}。",
                f"The task “{name}” has no outcome “{literal}”; it has: {', '.join(rule.outcomes)}.",
            )


def following(graph: Graph, node: Node) -> list[str]:
    """Where a token at the node can go next, through the borders of sub-processes."""
    if node.tag == "subProcess":
        return [graph.start_of(node.id).id, *(event.id for event in graph.boundary(node.id))]
    if node.tag == "endEvent":
        host = graph.nodes.get(node.scope)
        if host is None:
            return []
        if node.event == "error":
            return [event.id for event in graph.boundary(host.id) if event.event == "error"]
        return [flow.target for flow in graph.outgoing(host.id)]
    own = [flow.target for flow in graph.outgoing(node.id)]
    return own + [event.id for event in graph.boundary(node.id)]


def _check_reachable(graph: Graph, report: Report) -> None:
    reached: set[str] = set()
    todo = [graph.start_of(graph.key).id]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(following(graph, graph.nodes[name]))
    for node in graph.nodes.values():
        if node.id not in reached:
            report.add(node, "从开始事件到不了这里。", "It cannot be reached from the start event.")


def _passing(graph: Graph, asking: frozenset[str]) -> set[str]:
    """Elements through which a token may pass without a task being done."""
    return {
        node.id
        for node in graph.nodes.values()
        if not bpmn_events.is_thrown(node)
        and node.tag not in RESTS
        and node.attributes.get("calledElement") not in asking
    }


def always_asks(graph: Graph, asking: frozenset[str]) -> bool:
    """Whether the process cannot end without a task having been done; nothing stands when it begins."""
    passing = _passing(graph, asking)
    reached: set[str] = set()
    todo = [graph.start_of(graph.key).id]
    while todo:
        name = todo.pop()
        if name in passing and name not in reached:
            reached.add(name)
            todo.extend(following(graph, graph.nodes[name]))
    ends = {node.id for node in graph.inside(graph.key) if node.tag == "endEvent"}
    return not reached & ends


def _check_rests(graph: Graph, report: Report, asking: frozenset[str]) -> None:
    """A loop of gateways alone would turn for ever within one step."""
    passing = _passing(graph, asking)
    following_passing = {
        name: [target for target in following(graph, graph.nodes[name]) if target in passing]
        for name in passing
    }
    for name in _in_cycles(following_passing):
        report.add(
            graph.nodes[name],
            "这一圈只有网关，没有任务，会一直转下去；请在圈里放一个任务。",
            "This loop consists of gateways only and would turn for ever; put a task into it.",
        )


def _in_cycles(edges: Mapping[str, Iterable[str]]) -> list[str]:
    def returns(name: str) -> bool:
        seen: set[str] = set()
        todo = list(edges[name])
        while todo:
            current = todo.pop()
            if current == name:
                return True
            if current not in seen:
                seen.add(current)
                todo.extend(edges[current])
        return False

    return sorted(name for name in edges if returns(name))
