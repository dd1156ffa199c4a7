"""Which variables can still matter: read later by a condition or by a decision that may stand.

A value that nobody can read before it is written again is dropped from the state, so that a case that
came back from a return is in the same state as one that was returned only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import conditions
from engine.bpmn_xml import Graph, Node
from engine.elements import TaskRule

Names = frozenset[str]
NONE: Names = frozenset()


class Liveness:
    """The answer for every element of one process, worked out once per definition."""

    def __init__(self, graph: Graph, tasks: Mapping[str, TaskRule]) -> None:
        self._graph = graph
        self._tasks = tasks
        self._outgoing = {node: graph.outgoing(node) for node in graph.nodes}
        self._boundary = {node: graph.boundary(node) for node in graph.nodes}
        self._arriving: dict[str, Names] = dict.fromkeys(graph.nodes, NONE)
        changed = True
        while changed:
            changed = False
            for node in graph.nodes.values():
                names = self._on_arrival(node)
                if names != self._arriving[node.id]:
                    self._arriving[node.id] = names
                    changed = True

    def waiting(self, element: str) -> Names:
        """What a token that rests at the element (task, sub-process or join) can still read."""
        node = self._graph.nodes[element]
        if node.tag == "parallelGateway":
            return self._arriving[element]
        if node.tag == "subProcess":  # what is inside it speaks for what comes after it
            return self._interrupted(node)
        rule = self._tasks.get(element)
        after = self._leaving(node)
        if rule is not None:
            after = after - {element} - frozenset(rule.voids)
        return after | self._interrupted(node)

    def _on_arrival(self, node: Node) -> Names:
        rule = self._tasks.get(node.id)
        if node.tag == "subProcess":
            start = self._graph.start_of(node.id).id
            return self._arriving[start] | self._interrupted(node)
        if node.tag == "endEvent":
            return self._on_end(node)
        if rule is None:
            return self._leaving(node)
        names = self.waiting(node.id)
        if rule.standing:  # skipped: its own value is read, and nothing is unset
            names = names | {node.id} | self._leaving(node)
        return names

    def _on_end(self, node: Node) -> Names:
        host = self._graph.nodes.get(node.scope)
        if host is None:
            return NONE
        if node.event == "error":
            return self._interrupted(host)
        return self._leaving(host) | self._interrupted(host)

    def _leaving(self, node: Node) -> Names:
        names = NONE
        for flow in self._outgoing[node.id]:
            names |= self._arriving[flow.target]
            if flow.condition is not None:
                names |= conditions.parse(flow.condition).names
        return names

    def _interrupted(self, node: Node) -> Names:
        return union(self._arriving[event.id] for event in self._boundary[node.id])


def union(parts: Iterable[Names]) -> Names:
    """All names of all parts."""
    return NONE.union(*parts)
