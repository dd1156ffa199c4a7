"""What the processes of one definition must be to one another: ids that name one element, and a size
that can be stepped through however often a process is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from engine.bpmn_family import Part
from engine.bpmn_flow import MAX_NODES
from engine.bpmn_xml import Flow, Graph
from engine.elements import TaskRule


def check(parts: Sequence[Part], graphs: Sequence[Graph], rules: Mapping[str, TaskRule]) -> None:
    """Note what is wrong between the processes; they come in the order called before calling."""
    counts = Counter(name for graph in graphs for name in (graph.key, *graph.nodes))
    sizes: dict[str, int] = {}
    for part, graph in zip(parts, graphs, strict=True):
        for name, node in graph.nodes.items():
            if counts[name] > 1:
                part.report.add(
                    node,
                    f"id“{name}”在被调用的流程里也有；相互调用的流程中每个元素要有自己的 id。",
                    f"The id “{name}” is used in a called process too; give each element of processes "
                    "that call one another its own.",
                )
        calls = [rules[name].calls or "" for name in graph.nodes if name in rules]
        sizes[graph.key] = len(graph.nodes) + sum(sizes.get(key, 0) for key in calls)
        if len(graph.nodes) <= MAX_NODES < sizes[graph.key]:
            part.report.add(
                Flow(graph.key, "", "", graph.line, None),
                f"流程连同它调用的流程有 {sizes[graph.key]} 个元素，最多 {MAX_NODES} 个；请减少调用。",
                f"With what it calls the process has {sizes[graph.key]} elements, the most is "
                f"{MAX_NODES}; call less.",
            )
