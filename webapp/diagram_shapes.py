"""Draws single BPMN shapes, lines and labels as SVG elements; colours and fonts are left to diagram.css.

Sizes of type here are those of diagram.css: the text is broken into lines before the browser sees it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from lxml import etree

from webapp.diagram_source import Box, Edge, Shape

SVG = "http://www.w3.org/2000/svg"
NAME_SIZE, LABEL_SIZE = 14.0, 12.0
LEADING = 1.3
#: How far a label may run over its place before it is broken; Chinese names never do.
SPILL = 1.45
#: Marks that may not begin a line of Chinese text, and those that may not end one.
NOT_FIRST, NOT_LAST = "，。、；：？！）》」』〕%", "（《「『〔"


def put(parent: Any, tag: str, text: str | None = None, /, **attributes: object) -> Any:
    """A child element; `class_` and `data_x` become class and data-x, numbers lose needless zeros."""
    element = etree.SubElement(parent, f"{{{SVG}}}{tag}")
    for key, value in attributes.items():
        name = key.rstrip("_").replace("_", "-")
        element.set(name, number(value) if isinstance(value, float) else str(value))
    if text is not None:
        element.text = text
    return element


def number(value: float) -> str:
    """One decimal at most: a drawing needs no more, and pages stay small."""
    return f"{value:.1f}".removesuffix(".0")


def points(*pairs: tuple[float, float]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


# ---------------------------------------------------------------- text


def advance(text: str, size: float) -> float:
    """How wide the text runs: a Chinese character is as wide as it is high, others about half."""
    return sum(size if ord(ch) > 0x2E7F else size * 0.56 for ch in text)


def lines(text: str, width: float, size: float) -> list[str]:
    """The text broken into the fewest lines that fit, of even length; words are kept whole."""
    count = max(1, math.ceil(advance(text, size) / width))
    while True:
        broken = _break(text, advance(text, size) / count + size * 0.5, width, size)
        if len(broken) <= count:
            return broken
        count += 1


def _break(text: str, aim: float, width: float, size: float) -> list[str]:
    broken, line = [], ""
    for word in _words(text):
        room = min(max(aim, advance(word.strip(), size)), max(width, size))
        if line and advance((line + word).rstrip(), size) > room and word not in NOT_FIRST:
            broken.append(line.strip())
            line = ""
            if broken[-1] and broken[-1][-1] in NOT_LAST:
                line, broken[-1] = broken[-1][-1], broken[-1][:-1]
        line += word
    return [*broken, line.strip()] if line.strip() else broken or [""]


def _words(text: str) -> list[str]:
    words: list[str] = []
    for ch in text:
        latin = ord(ch) <= 0x2E7F
        if latin and words and ord(words[-1][-1]) <= 0x2E7F and words[-1][-1] != " ":
            words[-1] += ch
        else:
            words.append(ch)
    return words


def write(
    parent: Any, text: str, at: tuple[float, float], width: float, size: float, cls: str
) -> None:
    """Text centred on a point, in as many lines as it needs."""
    broken = lines(text, width, size)
    x, y = at
    first = y - (len(broken) - 1) * size * LEADING / 2 + size * 0.36
    element = put(parent, "text", class_=cls)
    for row, line in enumerate(broken):
        put(element, "tspan", line, x=x, y=first + row * size * LEADING)


def write_label(parent: Any, text: str, box: Box, side: str, cls: str) -> None:
    """Text in the place the drawing keeps for it. A translation that is longer than the place grows
    away from its shape (`side` is where the text lies: left, right or below), and breaks only then."""
    x, y = box.centre
    wide = advance(text, LABEL_SIZE)
    if wide > box.width:
        cls += {"right": " from-left", "left": " from-right"}.get(side, "")
        x = {"right": box.x, "left": box.right}.get(side, x)
    room = max(box.width * SPILL, LABEL_SIZE * 4.5)
    if side == "below":  # the first line keeps its distance from the shape
        grown = len(lines(text, room, LABEL_SIZE)) * LABEL_SIZE - box.height
        y += max(grown, 0.0) * LEADING / 2
    write(parent, text, (x, y), room, LABEL_SIZE, cls)


# ---------------------------------------------------------------- shapes


def draw_shape(group: Any, shape: Shape, name: str) -> None:
    """The outline, the marks inside it, and the name where BPMN puts it."""
    if shape.kind.endswith("Event"):
        _event(group, shape)
    elif shape.kind.endswith("Gateway"):
        _gateway(group, shape)
    elif shape.kind == "textAnnotation":
        _annotation(group, shape, name)
        return
    else:
        _activity(group, shape, name)
        return
    if name:
        box = shape.label or _label_below(shape.box, name)
        middle = shape.box.centre[0]
        side = "right" if box.x > middle else "left" if box.right < middle else "below"
        write_label(group, name, box, side, "label")


def _label_below(box: Box, name: str) -> Box:
    width = min(advance(name, LABEL_SIZE), 90.0)
    height = LABEL_SIZE * LEADING * len(lines(name, width, LABEL_SIZE))
    return Box(box.centre[0] - width / 2, box.bottom + 4, width, height)


def _activity(group: Any, shape: Shape, name: str) -> None:
    box = shape.box
    outline = "outline thick" if shape.kind == "callActivity" else "outline"
    radius = 2.0 if shape.contains_others else 8.0
    size = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    put(group, "rect", class_=outline, rx=radius, **size)
    if shape.contains_others:
        at = (box.centre[0], box.y + NAME_SIZE)
        write(group, name, at, box.width - 16, NAME_SIZE, "name heading")
        return
    if len(lines(name, box.width - 20, NAME_SIZE)) > 2:
        at = (box.centre[0], box.centre[1] + 4)  # below the mark in the corner
        write(group, name, at, box.width - 16, LABEL_SIZE, "name small")
    else:
        write(group, name, box.centre, box.width - 20, NAME_SIZE, "name")
    if shape.kind in ("userTask", "manualTask"):
        _person(group, box.x + 6, box.y + 5)
    elif shape.kind in ("serviceTask", "scriptTask", "businessRuleTask"):
        _gear(group, box.x + 12, box.y + 12)
    elif shape.kind in ("receiveTask", "sendTask"):
        _envelope(group, box.x + 6, box.y + 6)
    elif shape.kind == "subProcess":
        x, y = box.centre[0] - 6, box.bottom - 13
        put(group, "rect", class_="mark", x=x, y=y, width=12, height=12)
        put(group, "path", class_="mark", d=f"M{number(x + 6)} {number(y + 3)}v6m-3 -3h6")


def _person(group: Any, x: float, y: float) -> None:
    put(group, "circle", class_="mark", cx=x + 6, cy=y + 3.5, r=3.2)
    put(group, "path", class_="mark", d=f"M{number(x)} {number(y + 13)}c0 -7 12 -7 12 0z")


def _gear(group: Any, x: float, y: float) -> None:
    spokes = []
    for eighth in range(8):
        dx, dy = math.cos(eighth * math.pi / 4), math.sin(eighth * math.pi / 4)
        spokes.append(
            f"M{number(x + 4 * dx)} {number(y + 4 * dy)}L{number(x + 6.5 * dx)} {number(y + 6.5 * dy)}"
        )
    put(group, "circle", class_="mark", cx=x, cy=y, r=4.2)
    put(group, "circle", class_="mark", cx=x, cy=y, r=1.4)
    put(group, "path", class_="mark", d="".join(spokes))


def _envelope(group: Any, x: float, y: float) -> None:
    put(group, "rect", class_="mark", x=x, y=y, width=14, height=10)
    put(group, "path", class_="mark", d=f"M{number(x)} {number(y)}l7 5.5l7 -5.5")


def _annotation(group: Any, shape: Shape, name: str) -> None:
    box = shape.box
    bracket = points(
        (box.x + 8, box.y), (box.x, box.y), (box.x, box.bottom), (box.x + 8, box.bottom)
    )
    put(group, "polyline", class_="bracket", points=bracket)
    y = box.centre[1] + NAME_SIZE * 0.36
    put(group, "text", name, class_="name note", x=box.x + 10, y=y)


def _event(group: Any, shape: Shape) -> None:
    x, y = shape.box.centre
    radius = shape.box.width / 2
    outline = "outline thick" if shape.kind == "endEvent" else "outline"
    if not shape.interrupting:
        outline += " dashed"
    put(group, "circle", class_=outline, cx=x, cy=y, r=radius)
    if shape.kind in ("boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent"):
        put(group, "circle", class_=outline + " inner", cx=x, cy=y, r=radius - 3)
    mark = "mark solid" if shape.kind in ("endEvent", "intermediateThrowEvent") else "mark"
    if shape.trigger == "timer":
        put(group, "circle", class_="mark", cx=x, cy=y, r=radius * 0.55)
        hands = f"M{number(x + 1)} {number(y - radius * 0.42)}L{number(x)} {number(y)}L{number(x + radius * 0.3)} {number(y)}"
        put(group, "path", class_="mark", d=hands)
    elif shape.trigger == "message":
        _envelope(group, x - 7, y - 5)
    elif shape.trigger == "terminate":
        put(group, "circle", class_="mark solid", cx=x, cy=y, r=radius * 0.6)
    elif shape.trigger in _GLYPHS:
        corners = ((x + dx * radius, y + dy * radius) for dx, dy in _GLYPHS[shape.trigger])
        put(group, "polygon", class_=mark, points=points(*corners))


#: Outlines of the event marks in units of the radius.
_GLYPHS: dict[str, tuple[tuple[float, float], ...]] = {
    "error": ((-0.5, 0.5), (-0.2, -0.4), (0.15, 0.1), (0.5, -0.5), (0.2, 0.4), (-0.15, -0.1)),
    "signal": ((0.0, -0.5), (0.5, 0.35), (-0.5, 0.35)),
    "escalation": ((0.0, -0.55), (0.4, 0.5), (0.0, 0.1), (-0.4, 0.5)),
}


def _gateway(group: Any, shape: Shape) -> None:
    x, y = shape.box.centre
    half = shape.box.width / 2
    diamond = points((x, y - half), (x + half, y), (x, y + half), (x - half, y))
    put(group, "polygon", class_="outline", points=diamond)
    arm = half * 0.36
    if shape.kind == "exclusiveGateway":
        path = f"M{number(x - arm)} {number(y - arm)}L{number(x + arm)} {number(y + arm)}M{number(x + arm)} {number(y - arm)}L{number(x - arm)} {number(y + arm)}"
        put(group, "path", class_="mark bold", d=path)
    elif shape.kind == "parallelGateway":
        arm = half * 0.5
        path = f"M{number(x - arm)} {number(y)}H{number(x + arm)}M{number(x)} {number(y - arm)}V{number(y + arm)}"
        put(group, "path", class_="mark bold", d=path)
    else:
        put(group, "circle", class_="mark bold", cx=x, cy=y, r=half * 0.48)


# ---------------------------------------------------------------- lines


def draw_lines(group: Any, edges: Iterable[Edge]) -> None:
    """All lines in one path (the dashed ones in another): where many run together into one target
    they are stroked once, and look like one line at every scale."""
    for cls, solid in (("line", True), ("line dashed", False)):
        runs = [_run(edge) for edge in edges if (edge.kind == "sequenceFlow") is solid]
        if runs:
            put(group, "path", class_=cls, d="".join(f"M{points(*run)}" for run in runs))


def _run(edge: Edge) -> tuple[tuple[float, float], ...]:
    """The points of the line, ending where an arrowhead begins."""
    return (*edge.points[:-1], _neck(edge)) if edge.kind == "sequenceFlow" else edge.points


def _neck(edge: Edge) -> tuple[float, float]:
    (bx, by), (ex, ey) = edge.points[-2:]
    turn = math.atan2(ey - by, ex - bx)
    return ex - 8 * math.cos(turn), ey - 8 * math.sin(turn)


def draw_edge(group: Any, edge: Edge, name: str) -> None:
    """What a line carries: arrowhead, the stroke across a gateway's default flow, the name."""
    if edge.kind == "sequenceFlow":
        (ex, ey), (nx, ny) = edge.points[-1], _neck(edge)
        wing = ((ey - ny) * 0.45, (nx - ex) * 0.45)
        head = points((ex, ey), (nx + wing[0], ny + wing[1]), (nx - wing[0], ny - wing[1]))
        put(group, "polygon", class_="head", points=head)
    if edge.default:
        (sx, sy), (nx, ny) = edge.points[:2]
        along = math.atan2(ny - sy, nx - sx)
        mx, my = sx + 11 * math.cos(along), sy + 11 * math.sin(along)
        slant = (5 * math.cos(along + 1.05), 5 * math.sin(along + 1.05))
        stroke = points((mx - slant[0], my - slant[1]), (mx + slant[0], my + slant[1]))
        put(group, "polyline", class_="line", points=stroke)
    if name and edge.label:
        side = "left" if edge.points[1][0] < edge.points[0][0] else "right"
        write_label(group, name, edge.label, side, "label flow")
