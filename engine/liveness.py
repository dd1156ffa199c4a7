"""Which decisions can still be told apart: by a condition ahead, or by a task they may stand for.

A value that nothing ahead can tell from "not decided" before it is written again is left out of the
state, so a case that came back from ten returns is in the same state as one returned once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine import conditions
from engine.bpmn_xml import Graph, Node
from engine.conditions import Value
from engine.elements import TaskRule

#: Tests of a variable against a literal that may be made before the variable is written again.
Tests = frozenset[tuple[str, Value]]
NONE: Tests = frozenset()


class Liveness:
    """The answer for every element of one process, worked out once per definition."""

    def __init__(self, graph: Graph, tasks: Mapping[str, TaskRule]) -> None:
        self._graph = graph
        self._tasks = tasks
        self._outgoing = {node: graph.outgoing(node) for node in graph.nodes}
        self._boundary = {node: graph.boundary(node) for node in graph.nodes}
        self._arriving: dict[str, Tests] = dict.fromkeys(graph.nodes, NONE)
        changed = True
        while changed:
            changed = False
            for node in graph.nodes.values():
                tests = self._on_arrival(node)
                if tests != self._arriving[node.id]:
                    self._arriving[node.id] = tests
                    changed = True
        self._while_resting: dict[frozenset[str], Tests] = {}

    def relevant(self, resting: frozenset[str], values: Mapping[str, str]) -> dict[str, str]:
        """The values that matter while tokens rest at these elements."""
        tests = self._while_resting.get(resting)
        if tests is None:
            tests = union(self._waiting(element) for element in resting)
            self._while_resting[resting] = tests
        return {
            name: value
            for name, value in values.items()
            if (name, value) in tests or (name, None) in tests
        }

    def _waiting(self, element: str) -> Tests:
        node = self._graph.nodes[element]
        if node.tag in ("parallelGateway", "inclusiveGateway"):
            return self._arriving[element]
        if node.tag == "subProcess":  # what is inside it speaks for what comes after it
            return self._interrupted(node)
        if node.tag == "eventBasedGateway":
            return union(self._answered(flow.target) for flow in self._outgoing[element])
        return self._answered(element)

    def _answered(self, element: str) -> Tests:
        node, rule = self._graph.nodes[element], self._tasks.get(element)
        written = set() if rule is None else {element, *rule.voids}
        return _without(self._leaving(node), written) | self._interrupted(node)

    def _on_arrival(self, node: Node) -> Tests:
        if node.tag == "subProcess":
            start = self._graph.start_of(node.id).id
            return self._arriving[start] | self._interrupted(node)
        if node.tag == "endEvent":
            return self._on_end(node)
        rule = self._tasks.get(node.id)
        if node.tag == "eventBasedGateway":
            return self._waiting(node.id)
        if rule is None:
            return self._leaving(node)
        if rule.asks is not None:
            return _without(self._leaving(node), {node.id}) | frozenset(rule.asks.comparisons)
        tests = self._waiting(node.id)
        if rule.standing:  # if it stands, nothing is written or unset on the way through
            tests |= {(node.id, outcome) for outcome in rule.standing}
            tests |= _without(self._leaving(node), {node.id})
        return tests

    def _on_end(self, node: Node) -> Tests:
        host = self._graph.nodes.get(node.scope)
        if host is None:
            return NONE
        if node.event == "error":
            return self._interrupted(host)
        return self._leaving(host) | self._interrupted(host)

    def _leaving(self, node: Node) -> Tests:
        tests = NONE
        for flow in self._outgoing[node.id]:
            tests |= self._arriving[flow.target]
            if flow.condition is not None:
                tests |= frozenset(conditions.parse(flow.condition).comparisons)
        return tests

    def _interrupted(self, node: Node) -> Tests:
        return union(self._arriving[event.id] for event in self._boundary[node.id])


def _without(tests: Tests, names: set[str]) -> Tests:
    return frozenset(test for test in tests if test[0] not in names)


def union(parts: Iterable[Tests]) -> Tests:
    """All tests of all parts."""
    return NONE.union(*parts)
