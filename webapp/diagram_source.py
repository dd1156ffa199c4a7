"""Reads the drawing that a BPMN file carries about itself: shapes, edges and labels of its diagram interchange.

Only the picture is read here; what the process means is the engine's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

#: What a person or a message decides: the places of the text alternative.
STAGES = ("userTask", "manualTask", "receiveTask")
CONTAINERS = ("participant", "lane", "subProcess", "transaction", "adHocSubProcess", "group")


class NoDiagram(ValueError):
    """The file is no BPMN, or carries no drawing."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the drawing; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """One drawn element. `kind` is its BPMN tag; `trigger` the event definition without its suffix."""

    id: str
    kind: str
    name: str
    box: Box
    label: Box | None = None
    expanded: bool = False
    trigger: str = ""
    interrupting: bool = True

    @property
    def contains_others(self) -> bool:
        return self.kind in CONTAINERS and (self.expanded or self.kind in ("participant", "lane"))


@dataclass(frozen=True, slots=True)
class Edge:
    """One drawn line. `default` marks the flow a gateway takes when no condition holds."""

    id: str
    kind: str
    name: str
    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    label: Box | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole drawing; shapes that contain others come first, `stages` in the order of the file."""

    name: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    stages: tuple[tuple[str, str], ...]
    ends: tuple[tuple[str, str], ...]

    def frame(self, margin: float = 24) -> Box:
        """The rectangle around everything drawn, with a margin."""
        boxes = [s.box for s in self.shapes] + [s.label for s in self.shapes if s.label]
        boxes += [e.label for e in self.edges if e.label]
        points = [p for e in self.edges for p in e.points]
        left = min([b.x for b in boxes] + [x for x, _ in points]) - margin
        top = min([b.y for b in boxes] + [y for _, y in points]) - margin
        right = max([b.right for b in boxes] + [x for x, _ in points]) + margin
        bottom = max([b.bottom for b in boxes] + [y for _, y in points]) + margin
        return Box(left, top, right - left, bottom - top)


@lru_cache(maxsize=32)
def read(xml: bytes) -> Picture:
    """The drawing in `xml`. Raises NoDiagram for a file that is no BPMN or has no drawn shape."""
    root = _parse(xml)
    elements: dict[str, Any] = {e.get("id"): e for e in root.iter(f"{MODEL}*") if e.get("id")}
    defaults = {e.get("default") for e in elements.values() if e.get("default")}
    shapes = [_shape(drawn, elements) for drawn in root.iter(f"{DI}BPMNShape")]
    edges = [_edge(drawn, elements, defaults) for drawn in root.iter(f"{DI}BPMNEdge")]
    found = [shape for shape in shapes if shape is not None]
    if not found:
        raise NoDiagram("the file carries no diagram interchange")
    found.sort(key=lambda s: -s.box.width * s.box.height if s.contains_others else 0)
    process = root.find(f"{MODEL}process")
    return Picture(
        name=process.get("name", "") if process is not None else "",
        shapes=tuple(found),
        edges=tuple(edge for edge in edges if edge is not None),
        stages=tuple(_named(root, STAGES)),
        ends=tuple(_named(root, ("endEvent",))),
    )


def _parse(xml: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise NoDiagram("the file is not well-formed XML") from error


def _named(root: Any, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for element in root.iter(*(MODEL + kind for kind in kinds)):
        yield element.get("id"), element.get("name") or element.get("id")


def _box(element: Any) -> Box | None:
    bounds = None if element is None else element.find(BOUNDS)
    if bounds is None:
        return None
    return Box(*(float(bounds.get(side)) for side in ("x", "y", "width", "height")))


def _words(element: Any) -> str:
    text = element.find(f"{MODEL}text")
    return (element.get("name") or (text.text if text is not None else "") or "").strip()


def _shape(drawn: Any, elements: Mapping[str, Any]) -> Shape | None:
    element, box = elements.get(drawn.get("bpmnElement")), _box(drawn)
    if element is None or box is None:
        return None
    kind = etree.QName(element).localname
    definitions = (etree.QName(child).localname for child in element.iterchildren(f"{MODEL}*"))
    suffix = "EventDefinition"
    trigger = next((d.removesuffix(suffix) for d in definitions if d.endswith(suffix)), "")
    return Shape(
        id=element.get("id"),
        kind=kind,
        name=_words(element),
        box=box,
        label=_box(drawn.find(f"{DI}BPMNLabel")),
        expanded=drawn.get("isExpanded") == "true",
        trigger=trigger,
        interrupting=element.get("cancelActivity") != "false",
    )


def _edge(drawn: Any, elements: Mapping[str, Any], defaults: set[str]) -> Edge | None:
    element = elements.get(drawn.get("bpmnElement"))
    points = tuple((float(p.get("x")), float(p.get("y"))) for p in drawn.findall(WAYPOINT))
    if element is None or len(points) < 2:
        return None
    return Edge(
        id=element.get("id"),
        kind=etree.QName(element).localname,
        name=_words(element),
        source=element.get("sourceRef", ""),
        target=element.get("targetRef", ""),
        points=points,
        label=_box(drawn.find(f"{DI}BPMNLabel")),
        default=element.get("id") in defaults,
    )
