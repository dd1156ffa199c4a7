"""A BPMN file as a plain graph: elements and flows with their line numbers, read without trusting the file.

No entity is resolved, nothing is fetched, and the size is capped. What the graph may contain is the
business of `bpmn_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.errors import DefinitionRefused, Problem
from engine.text import Sentence

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DRAWN = "http://www.omg.org/spec/DD/20100524"
EXTENSION = "http://spiffworkflow.org/bpmn/schema/1.0/core"
MAX_BYTES = 1_000_000

#: Elements that carry tokens; everything else in a process is a flow, a detail or a note.
FLOW_NODES = frozenset(
    {
        "startEvent",
        "endEvent",
        "userTask",
        "serviceTask",
        "receiveTask",
        "sendTask",
        "businessRuleTask",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "subProcess",
        "callActivity",
        "boundaryEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
    }
)


#: Events that refer to an element at the top of the file: `messageRef` to `message` and so on.
REFERRING = ("message", "signal", "error", "escalation")


@dataclass(frozen=True)
class Several:
    """That a task is given to several people, as the file says it."""

    number: str
    in_order: bool
    until: str | None


@dataclass(frozen=True)
class Node:
    """A flow element. `scope` is the id of the process or sub-process directly around it."""

    id: str
    tag: str
    name: str
    line: int
    scope: str
    attributes: Mapping[str, str]
    properties: Mapping[str, str]
    #: "timer", "message", "signal", "escalation", "error", "terminate"; None for a plain event
    event: str | None = None
    detail: str | None = None  # the timer's duration, or what the event refers to
    several: Several | None = None


@dataclass(frozen=True)
class Flow:
    """A sequence flow, in the order of the file."""

    id: str
    source: str
    target: str
    line: int
    condition: str | None


@dataclass
class Graph:
    """One executable process: nodes and flows of all its scopes."""

    key: str
    name: str
    line: int
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    #: what events may refer to, by kind of event
    declared: dict[str, frozenset[str]] = field(default_factory=dict)
    #: what stands in no file, so that nobody can have drawn it
    added: set[str] = field(default_factory=set)

    def outgoing(self, node_id: str) -> list[Flow]:
        """Flows that leave the node, in the order of the file."""
        return [flow for flow in self.flows if flow.source == node_id]

    def incoming(self, node_id: str) -> list[Flow]:
        """Flows that enter the node, in the order of the file."""
        return [flow for flow in self.flows if flow.target == node_id]

    def inside(self, scope: str) -> list[Node]:
        """Nodes directly inside the process or sub-process."""
        return [node for node in self.nodes.values() if node.scope == scope]

    def boundary(self, host: str) -> list[Node]:
        """Boundary events on the node."""
        return [
            node
            for node in self.nodes.values()
            if node.tag == "boundaryEvent" and node.attributes.get("attachedToRef") == host
        ]

    def start_of(self, scope: str) -> Node:
        """The start event of a scope; `bpmn_rules` has made sure there is exactly one."""
        return next(node for node in self.inside(scope) if node.tag == "startEvent")

    def ends(self, scope: str = "") -> list[Node]:
        """The end events that say how the process ended; beside event sub-processes, theirs too."""
        inside = self.inside(scope or self.key)
        if any(node.id in self.added and node.tag == "subProcess" for node in inside):
            subs = [node.id for node in inside if node.tag == "subProcess"]
            return [end for sub in subs for end in self.ends(sub)]
        return [node for node in inside if node.tag == "endEvent" and node.event != "error"]


def read(xml: bytes, file: str = "", expected: tuple[str, str] = (BPMN, "BPMN 2.0")) -> Any:
    """The root element of a BPMN file; raises DefinitionRefused if it is no safe, well-formed XML.

    `expected` is how the namespace of another kind of file begins, and what that kind is called.
    """
    if len(xml) > MAX_BYTES:
        raise _unreadable(
            file,
            1,
            f"文件超过 {MAX_BYTES} 字节；请把流程拆小。",
            f"The file is larger than {MAX_BYTES} bytes; make the process smaller.",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _unreadable(
            file, line, f"不是格式正确的 XML：{error}", f"It is not well-formed XML: {error}"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise _unreadable(
            file,
            1,
            "文件带有 DOCTYPE；请删去，流程文件不需要实体。",
            "The file has a DOCTYPE; remove it, a process file needs no entities.",
        )
    space, kind = expected
    if local(root) != "definitions" or not namespace(root).startswith(space):
        raise _unreadable(
            file,
            root.sourceline or 1,
            f"根元素不是 {kind} 的 definitions。",
            f"The root element is not a {kind} definitions element.",
        )
    return root


def _unreadable(file: str, line: int, zh: str, en: str) -> DefinitionRefused:
    return DefinitionRefused(Problem(file, line, "", Sentence(zh, en)))


def local(element: Any) -> str:
    """The tag without its namespace."""
    return str(etree.QName(element).localname)


def namespace(element: Any) -> str:
    """The tag's namespace, empty if it has none."""
    return str(etree.QName(element).namespace or "")


def elements(parent: Any) -> Iterator[Any]:
    """Child elements, without comments."""
    return (child for child in parent if isinstance(child.tag, str))


def graph_of(root: Any, process: Any) -> Graph:
    """The graph of one process element."""
    graph = Graph(process.get("id", ""), process.get("name", ""), process.sourceline or 1)
    for kind in REFERRING:
        found = root.iterfind(f"{{{BPMN}}}{kind}")
        graph.declared[kind] = frozenset(item.get("id", "") for item in found)
    _collect(process, graph)
    return graph


def _collect(scope: Any, graph: Graph) -> None:
    for element in elements(scope):
        tag = local(element)
        if namespace(element) != BPMN:
            continue
        if element.get("added") == "true":
            graph.added.add(element.get("id", ""))
        if tag == "sequenceFlow":
            graph.flows.append(_flow(element))
        elif tag in FLOW_NODES:
            node = _node(element, scope.get("id", ""))
            graph.nodes[node.id] = node
            if tag == "subProcess":
                _collect(element, graph)


def _flow(element: Any) -> Flow:
    condition = element.find(f"{{{BPMN}}}conditionExpression")
    return Flow(
        element.get("id", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        element.sourceline or 1,
        None if condition is None else (condition.text or ""),
    )


def _node(element: Any, scope: str) -> Node:
    event, detail = _event(element)
    return Node(
        id=element.get("id", ""),
        tag=local(element),
        name=element.get("name", ""),
        line=element.sourceline or 1,
        scope=scope,
        attributes=dict(element.attrib),
        properties=properties_of(element),
        event=event,
        detail=detail,
        several=_several(element),
    )


def _several(element: Any) -> Several | None:
    loop = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    return Several(
        (loop.findtext(f"{{{BPMN}}}loopCardinality") or "").strip(),
        loop.get("isSequential") == "true",
        loop.findtext(f"{{{BPMN}}}completionCondition"),
    )


def _event(element: Any) -> tuple[str | None, str | None]:
    for child in elements(element):
        tag = local(child)
        if tag == "timerEventDefinition":
            duration = child.find(f"{{{BPMN}}}timeDuration")
            return "timer", None if duration is None else (duration.text or "").strip().strip("\"'")
        kind = tag.removesuffix("EventDefinition")
        if kind in REFERRING:
            return kind, child.get(f"{kind}Ref")
        if tag == "terminateEventDefinition":
            return "terminate", None
    return None, None


def properties_of(element: Any) -> dict[str, str]:
    """Our own properties of an element."""
    found: dict[str, str] = {}
    path = f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}properties/{{{EXTENSION}}}property"
    for item in element.iterfind(path):
        found[item.get("name", "")] = item.get("value", "")
    return found
