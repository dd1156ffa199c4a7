"""The drawing of the chain is one that a person would hang on the wall: measured, so that it stays so."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from lxml import etree

from tests.bpmn import geometry as g
from webapp.diagram_source import MODEL, read

FILE = Path(__file__).parents[2] / "bpmn" / "publishing.bpmn"
PICTURE = read(FILE.read_bytes())
SHAPES = {shape.id: shape for shape in PICTURE.shapes}
ROOT = etree.fromstring(FILE.read_bytes())
HOSTS = {e.get("id"): e.get("attachedToRef") for e in ROOT.iter(f"{MODEL}boundaryEvent")}
NODES = ("Task", "Event", "Gateway", "subProcess", "textAnnotation")

#: The crossings that this flow cannot do without, as the pairs of places the lines lead to.
CROSSINGS = [
    {"entry", "not_passed"},  # the attribute is questioned; the attribute review returns
    {"first_proofreading", "t1_entry"},  # from band two to band three; a corrected slip
    {"not_passed", "signed"},  # no principal needed; the principal returns
    {"not_passed", "release"},  # from band three to band four; the publisher returns
    {"not_passed", "t1_entry"},  # proofreaders return; a corrected slip
    {"principal_entry", "set_aside"},  # straight to the principal; the final reviewer sets aside
]


def test_every_node_is_drawn_once_and_every_flow_too() -> None:
    tags = {e.get("id"): etree.QName(e).localname for e in ROOT.iter(f"{MODEL}*") if e.get("id")}
    nodes = sorted(i for i, tag in tags.items() if tag.endswith(NODES))
    flows = sorted(i for i, tag in tags.items() if tag == "sequenceFlow")
    assert sorted(shape.id for shape in PICTURE.shapes) == nodes
    assert sorted(edge.id for edge in PICTURE.edges) == flows


def test_lines_are_upright_or_level_and_touch_what_they_join() -> None:
    for edge in PICTURE.edges:
        for (ax, ay), (bx, by) in g.segments(edge):
            assert (ax == bx) != (ay == by), edge.id
        assert g.on_border(edge.points[0], SHAPES[edge.source].box), edge.id
        assert g.on_border(edge.points[-1], SHAPES[edge.target].box), edge.id


def test_shapes_keep_apart() -> None:
    for one, other in combinations(PICTURE.shapes, 2):
        if one.contains_others and g.inside(other.box, one.box):
            continue
        if "boundaryEvent" in (one.kind, other.kind) and _host(one.id, other.id):
            continue
        assert not g.overlap(one.box, other.box), (one.id, other.id)


def test_no_line_runs_through_a_shape() -> None:
    for edge in PICTURE.edges:
        for shape in PICTURE.shapes:
            if shape.id in (edge.source, edge.target) or _around(shape.id, edge.source):
                continue
            for segment in g.segments(edge):
                assert not g.through(segment, shape.box), (edge.id, shape.id)


def test_words_lie_on_clear_paper() -> None:
    found = g.words(PICTURE)
    clashes = [
        (one, other) for (one, a), (other, b) in combinations(found, 2) if g.overlap(a, b, 1)
    ]
    for name, box in found:
        clashes += [(name, s.id) for s in g.leaves(PICTURE) if g.overlap(box, s.box, 2)]
        clashes += [
            (name, edge.id)
            for edge in PICTURE.edges
            for segment in g.segments(edge)
            if g.through(segment, box, 1)
        ]
    assert clashes == []


def test_lines_cross_only_where_they_must() -> None:
    found = sorted(sorted(targets) for targets in g.crossings(PICTURE).values())
    assert found == sorted(sorted(targets) for targets in CROSSINGS)


def test_the_sheet_is_landscape_and_small_enough_to_print() -> None:
    frame = PICTURE.frame()
    assert 1.0 < frame.width / frame.height < 1.6
    assert frame.width < 2600


def _host(one: str, other: str) -> bool:
    return HOSTS.get(one) == other or HOSTS.get(other) == one


def _around(container: str, node: str) -> bool:
    shape = SHAPES[container]
    return shape.contains_others and g.inside(SHAPES[node].box, shape.box)
