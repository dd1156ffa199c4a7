"""Whether the events of a process definition are where they can happen, and caught where they are thrown."""

from __future__ import annotations

from engine.bpmn_report import Report
from engine.bpmn_xml import REFERRING, Graph, Node

#: What goes on for a while, so that something can happen on its edge.
HOSTS = ("userTask", "receiveTask", "subProcess", "callActivity")
#: What comes from outside: told by the clock, by another office, by another process.
FROM_OUTSIDE = ("timer", "message", "signal")


def check(graph: Graph, node: Node, report: Report) -> None:
    """Note everything wrong with one event or event-based gateway; other nodes are left alone."""
    if node.tag == "boundaryEvent":
        _check_boundary(graph, node, report)
    elif node.tag == "intermediateCatchEvent" and node.event is None:
        report.add(
            node,
            "没有写等什么；请加定时器、消息或信号。",
            "It does not say what is waited for; add a timer, a message or a signal.",
        )
    elif node.tag == "eventBasedGateway":
        _check_race(graph, node, report)
    elif node.event in ("error", "escalation"):
        _check_thrown(graph, node, report)
    if node.event in REFERRING:
        _check_reference(graph, node, report)


def is_thrown(node: Node) -> bool:
    """Whether the node hands a message or signal to its handler, as a service task would."""
    return node.tag == "intermediateThrowEvent" and node.event in ("message", "signal")


def _check_boundary(graph: Graph, node: Node, report: Report) -> None:
    host = graph.nodes.get(node.attributes.get("attachedToRef", ""))
    if host is None or host.scope != node.scope:
        report.add(
            node, "边界事件没有附在任何任务上。", "The boundary event is attached to nothing."
        )
        return
    if node.event in FROM_OUTSIDE and host.tag not in HOSTS:
        report.add(
            node,
            "定时器、消息和信号要附在 userTask、receiveTask、subProcess 或 callActivity 上；服务任务立即完成，"
            "其间不会发生别的事。",
            "A timer, message or signal belongs on a userTask, receiveTask, subProcess or callActivity; a "
            "service task is answered at once.",
        )
    elif node.event in ("error", "escalation"):
        _check_catcher(graph, node, host, report)
    elif node.event not in FROM_OUTSIDE:
        report.add(
            node,
            "边界事件要写明是定时器、消息、信号，或（子流程上的）错误、升级。",
            "A boundary event is a timer, a message, a signal or, on a sub-process, an error or an "
            "escalation.",
        )


def _check_catcher(graph: Graph, node: Node, host: Node, report: Report) -> None:
    if host.tag != "subProcess":
        report.add(
            node,
            "错误和升级边界事件要附在 subProcess 上；任务的结果请用结论和网关表示。",
            "An error or escalation boundary event belongs on a subProcess; express a task's result by "
            "outcomes and a gateway.",
        )
    if node.event == "error" and node.attributes.get("cancelActivity", "true") == "false":
        report.add(
            node,
            "错误边界事件必须中断子流程。",
            "An error boundary event must interrupt its sub-process.",
        )
    others = [event for event in graph.boundary(host.id) if event.event == node.event]
    if others[0] is not node:
        report.add(
            node,
            "一个子流程只设一个错误边界事件、一个升级边界事件；请在其后用网关区分。",
            "A sub-process has one error boundary event and one for escalations; tell the cases apart by a "
            "gateway after it.",
        )


def _check_thrown(graph: Graph, node: Node, report: Report) -> None:
    catchers = [event for event in graph.boundary(node.scope) if event.event == node.event]
    if any(catcher.detail in (None, node.detail) for catcher in catchers):
        return
    if node.event == "error":
        report.add(
            node,
            "错误结束事件要由直接包着它的子流程上的错误边界事件接住。",
            "An error end event must be caught by an error boundary event on the sub-process "
            "directly around it.",
        )
    else:
        report.add(
            node,
            "升级事件要由直接包着它的子流程上的升级边界事件接住。",
            "An escalation must be caught by an escalation boundary event on the sub-process directly "
            "around it.",
        )


def _check_reference(graph: Graph, node: Node, report: Report) -> None:
    kind = node.event or ""
    if node.detail is None and (node.event != "error" or node.tag == "boundaryEvent"):
        return
    if node.detail not in graph.declared[kind]:
        report.add(
            node,
            f"{kind}Ref“{node.detail or ''}”没有定义；请在文件开头加 {kind} 元素。",
            f"The {kind}Ref “{node.detail or ''}” is not defined; add {_article(kind)} {kind} element to "
            "the file.",
        )


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _check_race(graph: Graph, gateway: Node, report: Report) -> None:
    flows = graph.outgoing(gateway.id)
    if len(flows) < 2:
        report.add(
            gateway,
            "事件网关之后至少要有两个可能发生的事件。",
            "At least two events must be possible after an event-based gateway.",
        )
    for flow in flows:
        target = graph.nodes.get(flow.target)
        if target is None:
            continue
        if target.tag not in ("intermediateCatchEvent", "receiveTask") or graph.boundary(target.id):
            report.add(
                target,
                "事件网关之后只能是等待事件 intermediateCatchEvent，或没有边界事件的 receiveTask。",
                "After an event-based gateway come intermediateCatchEvents, or receiveTasks without "
                "boundary events.",
            )
        elif len(graph.incoming(target.id)) > 1:
            report.add(
                target,
                "事件网关之后的事件不能再有别的连线进入。",
                "No other flow may lead to an event after an event-based gateway.",
            )
