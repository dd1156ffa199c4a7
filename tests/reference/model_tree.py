"""A process file as a tree that can be changed in one place and is still a file afterwards."""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
for prefix, uri in {
    "bpmn": BPMN,
    "bpmndi": DI,
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "spiffworkflow": SPIFF,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}.items():
    ET.register_namespace(prefix, uri)
B, D, S = (f"{{{uri}}}" for uri in (BPMN, DI, SPIFF))
#: What may stand between the flows of a process.
NODES = ("Task", "Gateway", "Event", "subProcess")


class Tree:
    """One process; every method works on its ids."""

    def __init__(self, xml: bytes) -> None:
        self.root = ET.fromstring(xml)
        (self.process,) = self.root.iter(f"{B}process")
        self.shapes = {s.get("bpmnElement", ""): s for s in self.root.iter(f"{D}BPMNShape")}

    # -- reading ---------------------------------------------------------------------------------

    def nodes(self) -> dict[str, ET.Element]:
        return {
            e.get("id", ""): e
            for e in self.process.iter()
            if e.tag.startswith(B) and e.get("id") and e.tag.endswith(NODES)
        }

    def flows(self) -> dict[str, ET.Element]:
        return {e.get("id", ""): e for e in self.process.iter(f"{B}sequenceFlow")}

    def kind(self, name: str) -> str:
        return self.nodes()[name].tag.removeprefix(B)

    def scope_of(self, name: str) -> ET.Element:
        return next(p for p in self.process.iter() if any(c.get("id") == name for c in p))

    def out(self, name: str) -> list[str]:
        return [f for f, e in self.flows().items() if e.get("sourceRef") == name]

    def into(self, name: str) -> list[str]:
        return [f for f, e in self.flows().items() if e.get("targetRef") == name]

    def words(self, name: str, key: str) -> list[str]:
        prop = self._property(name, key)
        return [] if prop is None else (prop.get("value") or "").split()

    def condition(self, flow: str) -> str | None:
        return self.flows()[flow].findtext(f"{B}conditionExpression")

    def _property(self, name: str, key: str) -> ET.Element | None:
        own = self.nodes()[name].find(f"{B}extensionElements")
        found = [] if own is None else own.iter(f"{S}property")
        return next((p for p in found if p.get("name") == key), None)

    # -- changing --------------------------------------------------------------------------------

    def set_words(self, name: str, key: str, words: Iterable[str]) -> None:
        value = " ".join(words)
        prop = self._property(name, key)
        if prop is not None and value:
            prop.set("value", value)
        elif prop is not None:
            for parent in self.nodes()[name].iter(f"{S}properties"):
                if prop in parent:
                    parent.remove(prop)
        elif value:
            (into,) = self.nodes()[name].iter(f"{S}properties")
            ET.SubElement(into, f"{S}property", {"name": key, "value": value})

    def set_condition(self, flow: str, text: str | None) -> None:
        edge = self.flows()[flow]
        for old in edge.findall(f"{B}conditionExpression"):
            edge.remove(old)
        if text is not None:
            made = ET.SubElement(edge, f"{B}conditionExpression")
            made.set("{http://www.w3.org/2001/XMLSchema-instance}type", "bpmn:tFormalExpression")
            made.text = text

    def aim(self, flow: str, target: str) -> None:
        self.flows()[flow].set("targetRef", target)

    def drop(self, *names: str) -> None:
        """Take elements or flows away, and the flows at the elements."""
        gone = set(names)
        for flow, edge in self.flows().items():
            if {edge.get("sourceRef"), edge.get("targetRef")} & gone:
                gone.add(flow)
        for parent in list(self.process.iter()):
            for child in list(parent):
                if child.get("id") in gone and child.tag.startswith(B):
                    parent.remove(child)
            if parent.get("default") in gone:
                del parent.attrib["default"]

    def insert_before(self, target: str, name: str, kind: str, words: Mapping[str, str]) -> None:
        """A new element that everything on the way to the target passes."""
        scope = self.scope_of(target)
        made = ET.SubElement(scope, f"{B}{kind}", {"id": name, "name": name})
        properties = ET.SubElement(ET.SubElement(made, f"{B}extensionElements"), f"{S}properties")
        for key, value in words.items():
            ET.SubElement(properties, f"{S}property", {"name": key, "value": value})
        (first, *_) = self.into(target)
        self.aim(first, name)
        self._connect(scope, name, target)

    def add_timer(self, host: str, name: str, target: str, *, interrupting: bool) -> None:
        """A timer on the edge of a task, with a way to the target."""
        scope = self.scope_of(host)
        made = ET.SubElement(
            scope,
            f"{B}boundaryEvent",
            {"id": name, "attachedToRef": host, "cancelActivity": str(interrupting).lower()},
        )
        timer = ET.SubElement(made, f"{B}timerEventDefinition", {"id": f"{name}_after"})
        after = ET.SubElement(timer, f"{B}timeDuration")
        after.set("{http://www.w3.org/2001/XMLSchema-instance}type", "bpmn:tFormalExpression")
        after.text = "PT24H"
        self._connect(scope, name, target)

    def _connect(self, scope: ET.Element, source: str, target: str) -> None:
        flow = f"{source}__{target}"
        ET.SubElement(
            scope, f"{B}sequenceFlow", {"id": flow, "sourceRef": source, "targetRef": target}
        )

    # -- what is left ----------------------------------------------------------------------------

    def prune(self) -> None:
        """Take away whatever no token can come to, and what speaks of it."""
        while unreached := set(self.nodes()) - self._reached():
            self.drop(*unreached)
        names = set(self.nodes())
        for name in names:
            for key in ("voids",):
                kept = [word for word in self.words(name, key) if word in names]
                if kept != self.words(name, key):
                    self.set_words(name, key, kept)

    def _reached(self) -> set[str]:
        nodes = self.nodes()
        after: dict[str, list[str]] = {name: [] for name in nodes}
        for edge in self.flows().values():
            after[edge.get("sourceRef", "")].append(edge.get("targetRef", ""))
        for name, node in nodes.items():
            if host := node.get("attachedToRef"):
                after.setdefault(host, []).append(name)
            if node.tag == f"{B}subProcess":
                after[name] += [c.get("id", "") for c in node if c.tag == f"{B}startEvent"]
        todo = [c.get("id", "") for c in self.process if c.tag == f"{B}startEvent"]
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += after.get(name, [])
        return seen

    def xml(self) -> bytes:
        """The file, with the ends of flows and the drawing put in order."""
        flows, nodes = self.flows(), self.nodes()
        for name, node in nodes.items():
            for tag in ("incoming", "outgoing"):
                for old in node.findall(f"{B}{tag}"):
                    node.remove(old)
            at = 1 if node.find(f"{B}extensionElements") is not None else 0
            ends = [("outgoing", "sourceRef"), ("incoming", "targetRef")]
            for tag, end in ends:
                for flow in reversed([f for f, e in flows.items() if e.get(end) == name]):
                    made = ET.Element(f"{B}{tag}")
                    made.text = flow
                    node.insert(at, made)
        self._draw({**nodes, **flows})
        return ET.tostring(self.root, encoding="utf-8", xml_declaration=True)

    def _draw(self, known: Mapping[str, ET.Element]) -> None:
        for plane in self.root.iter(f"{D}BPMNPlane"):
            for shape in list(plane):
                about = shape.get("bpmnElement", "")
                if about not in known and shape.tag in (f"{D}BPMNShape", f"{D}BPMNEdge"):
                    plane.remove(shape)
            drawn = {shape.get("bpmnElement") for shape in plane}
            for name, element in known.items():
                if name in drawn:
                    continue
                if element.tag == f"{B}sequenceFlow":
                    made = ET.SubElement(plane, f"{D}BPMNEdge", {"bpmnElement": name})
                    for x in ("0", "10"):
                        way = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
                        ET.SubElement(made, way, {"x": x, "y": "0"})
                else:
                    made = ET.SubElement(plane, f"{D}BPMNShape", {"bpmnElement": name})
                    size = {"x": "0", "y": "0", "width": "100", "height": "80"}
                    bounds = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
                    ET.SubElement(made, bounds, size)
                made.set("id", f"{name}_drawn")


def without_literals(text: str, gone: set[tuple[str, str]]) -> str | None:
    """A condition from which comparisons that can no longer hold are taken; None if none is left."""
    left = _without(ast.parse(text.strip(), mode="eval").body, gone)
    return None if left is None else ast.unparse(left)


def _without(node: ast.expr, gone: set[tuple[str, str]]) -> ast.expr | None:
    if isinstance(node, ast.BoolOp):
        parts = [left for value in node.values if (left := _without(value, gone)) is not None]
        if not parts or (isinstance(node.op, ast.And) and len(parts) < len(node.values)):
            return None
        return parts[0] if len(parts) == 1 else ast.BoolOp(node.op, parts)
    assert isinstance(node, ast.Compare)
    assert isinstance(node.left, ast.Name)
    name, right = node.left.id, node.comparators[0]
    if isinstance(node.ops[0], ast.In):
        assert isinstance(right, ast.List | ast.Tuple)
        kept = [e for e in right.elts if (name, ast.literal_eval(e)) not in gone]
        return ast.Compare(node.left, node.ops, [ast.List(kept)]) if kept else None
    return None if (name, ast.literal_eval(right)) in gone else node
