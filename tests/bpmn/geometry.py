"""Measures a drawing: what touches what, in the numbers of the diagram interchange."""

from __future__ import annotations

from itertools import combinations, pairwise, product

from webapp.diagram_shapes import LABEL_SIZE, LEADING, NAME_SIZE, advance, lines
from webapp.diagram_source import Box, Edge, Picture, Shape

Segment = tuple[tuple[float, float], tuple[float, float]]


def overlap(one: Box, other: Box, slack: float = 0) -> bool:
    return (
        one.x + slack < other.right
        and other.x + slack < one.right
        and one.y + slack < other.bottom
        and other.y + slack < one.bottom
    )


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and inner.right <= outer.right
        and outer.y <= inner.y
        and inner.bottom <= outer.bottom
    )


def through(segment: Segment, box: Box, slack: float = 0) -> bool:
    """Does the line pass through the inside of the box? Lines are upright or level."""
    (ax, ay), (bx, by) = segment
    return (
        min(ax, bx) < box.right - slack
        and max(ax, bx) > box.x + slack
        and min(ay, by) < box.bottom - slack
        and max(ay, by) > box.y + slack
    )


def on_border(point: tuple[float, float], box: Box) -> bool:
    x, y = point
    level = box.y <= y <= box.bottom and min(abs(x - box.x), abs(x - box.right)) <= 1
    upright = box.x <= x <= box.right and min(abs(y - box.y), abs(y - box.bottom)) <= 1
    return level or upright


def segments(edge: Edge) -> list[Segment]:
    return list(pairwise(edge.points))


def written(label: Box, text: str) -> Box:
    """The paper that the words really cover, centred in the label."""
    broken = lines(text, max(label.width, LABEL_SIZE), LABEL_SIZE)
    width = max(advance(line, LABEL_SIZE) for line in broken)
    height = LABEL_SIZE * (1 + LEADING * (len(broken) - 1))
    x, y = label.centre
    return Box(x - width / 2, y - height / 2, width, height)


def words(picture: Picture) -> list[tuple[str, Box]]:
    """Every label outside a shape, and the heading of every band."""
    found = [(s.id, written(s.label, s.name)) for s in picture.shapes if s.label and s.name]
    found += [(e.id, written(e.label, e.name)) for e in picture.edges if e.label and e.name]
    for shape in picture.shapes:
        if shape.kind == "textAnnotation":
            y = shape.box.centre[1]
            width = advance(shape.name, NAME_SIZE + 1)
            found.append((shape.id, Box(shape.box.x, y - 9, width + 10, 18)))
    return found


def crossings(picture: Picture) -> dict[tuple[float, float], set[str]]:
    """Where lines cross, and the targets of the lines that do; joining another line is no crossing."""
    places: dict[tuple[float, float], set[str]] = {}
    for one, other in combinations(picture.edges, 2):
        for a, b in product(segments(one), segments(other)):
            place = _cross(a, b)
            if place is not None:
                places.setdefault(place, set()).update({one.target, other.target})
    return places


def _cross(one: Segment, other: Segment) -> tuple[float, float] | None:
    (ax, ay), (bx, _) = one
    (cx, cy), (dx, dy) = other
    if (ax == bx) == (cx == dx):
        return None
    if ax == bx:
        return _cross(other, one)
    crossed = min(ax, bx) < cx < max(ax, bx) and min(cy, dy) < ay < max(cy, dy)
    return (cx, ay) if crossed else None


def leaves(picture: Picture) -> list[Shape]:
    return [s for s in picture.shapes if not s.contains_others and s.kind != "textAnnotation"]
