"""The drawing of each chain is one that a person would hang on the wall: measured, so that it stays so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from lxml import etree

from tests import shipped
from tests.bpmn import geometry as g
from webapp.diagram_source import MODEL, Picture, Shape, read

NODES = ("Task", "Event", "Gateway", "subProcess", "textAnnotation")

#: How many crossings each flow cannot do without: returns and what is set aside leave every row.
CROSSINGS = {"publishing": 11, "interleaved": 22, "small_office": 22, "repost": 9, "emergency": 15}


@dataclass(frozen=True)
class Drawn:
    """A chain with every shared part in its place."""

    root: Any
    picture: Picture
    shapes: dict[str, Shape]
    hosts: dict[str, str]


@cache
def drawn(key: str) -> Drawn:
    root = etree.fromstring(shipped.xml(key))
    picture = read(shipped.xml(key))
    hosts = {e.get("id"): e.get("attachedToRef") for e in root.iter(f"{MODEL}boundaryEvent")}
    return Drawn(root, picture, {shape.id: shape for shape in picture.shapes}, hosts)


@pytest.fixture(params=shipped.KEYS)
def sheet(request: pytest.FixtureRequest) -> Drawn:
    return drawn(request.param)


def test_every_node_is_drawn_once_and_every_flow_too(sheet: Drawn) -> None:
    tags = {
        e.get("id"): etree.QName(e).localname for e in sheet.root.iter(f"{MODEL}*") if e.get("id")
    }
    nodes = sorted(i for i, tag in tags.items() if tag.endswith(NODES))
    flows = sorted(i for i, tag in tags.items() if tag == "sequenceFlow")
    assert sorted(shape.id for shape in sheet.picture.shapes) == nodes
    assert sorted(edge.id for edge in sheet.picture.edges) == flows


def test_lines_are_upright_or_level_and_touch_what_they_join(sheet: Drawn) -> None:
    for edge in sheet.picture.edges:
        for (ax, ay), (bx, by) in g.segments(edge):
            assert (ax == bx) != (ay == by), edge.id
        assert g.on_border(edge.points[0], sheet.shapes[edge.source].box), edge.id
        assert g.on_border(edge.points[-1], sheet.shapes[edge.target].box), edge.id


def test_shapes_keep_apart(sheet: Drawn) -> None:
    for one, other in combinations(sheet.picture.shapes, 2):
        if one.contains_others and g.inside(other.box, one.box):
            continue
        if other.contains_others and g.inside(one.box, other.box):
            continue
        if "boundaryEvent" in (one.kind, other.kind) and _host(sheet, one.id, other.id):
            continue
        assert not g.overlap(one.box, other.box), (one.id, other.id)


def test_no_line_runs_through_a_shape(sheet: Drawn) -> None:
    for edge in sheet.picture.edges:
        for shape in sheet.picture.shapes:
            if shape.id in (edge.source, edge.target) or _around(sheet, shape.id, edge.source):
                continue
            for segment in g.segments(edge):
                assert not g.through(segment, shape.box), (edge.id, shape.id)


def test_words_lie_on_clear_paper(sheet: Drawn) -> None:
    found = g.words(sheet.picture)
    clashes = [
        (one, other) for (one, a), (other, b) in combinations(found, 2) if g.overlap(a, b, 1)
    ]
    for name, box in found:
        clashes += [(name, s.id) for s in g.leaves(sheet.picture) if g.overlap(box, s.box, 2)]
        clashes += [
            (name, edge.id)
            for edge in sheet.picture.edges
            for segment in g.segments(edge)
            if g.through(segment, box, 1)
        ]
    assert clashes == []


def test_lines_cross_only_where_they_must(sheet: Drawn) -> None:
    key = next(key for key in shipped.KEYS if drawn(key) is sheet)
    assert len(g.crossings(sheet.picture)) <= CROSSINGS[key]


def test_the_sheet_is_landscape_and_small_enough_to_print(sheet: Drawn) -> None:
    frame = sheet.picture.frame()
    assert 1.0 < frame.width / frame.height < 1.6
    assert frame.width < 2600


def _host(sheet: Drawn, one: str, other: str) -> bool:
    return sheet.hosts.get(one) == other or sheet.hosts.get(other) == one


def _around(sheet: Drawn, container: str, node: str) -> bool:
    shape = sheet.shapes[container]
    return shape.contains_others and g.inside(sheet.shapes[node].box, shape.box)
