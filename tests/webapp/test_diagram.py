"""The drawing is safe to put on a page, says states in words and marks, and reads well in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests import shipped
from webapp import diagram
from webapp.diagram_shapes import LABEL_SIZE, NAME_SIZE, advance, lines

ROOT = Path(__file__).parents[2]
XML = shipped.xml()
CSS = (ROOT / "webapp" / "static" / "diagram.css").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"

HEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">"""


def drawn(**states: Any) -> Any:
    return etree.fromstring(diagram.render(XML, **states))


def node(svg: Any, element: str) -> Any:
    return svg.find(f".//{SVG}g[@data-element='{element}']")


def said(svg: Any, element: str) -> str:
    """What is read out, and shown under the pointer, for one element."""
    return str(node(svg, element).find(f"{SVG}title").text)


def one_shape(tag: str, inside: str = "", attributes: str = "", name: str = "名称") -> bytes:
    """A file with a single drawn element."""
    text = (
        f"{HEAD}<process id='p'><{tag} id='it' name='{name}' {attributes}>{inside}</{tag}></process>"
        "<di:BPMNDiagram><di:BPMNPlane><di:BPMNShape bpmnElement='it'>"
        "<dc:Bounds x='10' y='10' width='36' height='36'/></di:BPMNShape></di:BPMNPlane>"
        "</di:BPMNDiagram></definitions>"
    )
    return text.encode()


def test_the_content_security_policy_has_nothing_to_refuse() -> None:
    svg = drawn(active={"first_review": "在办"}, done={"attribute_review"}, voided={"read_aloud"})
    tags = {etree.QName(e).localname for e in svg.iter(f"{SVG}*")}
    attributes = {name for e in svg.iter() for name in e.attrib}
    assert tags <= {
        "svg",
        "g",
        "title",
        "rect",
        "circle",
        "path",
        "polygon",
        "polyline",
        "text",
        "tspan",
    }
    assert not {a for a in attributes if a == "style" or a.startswith("on") or "href" in a}
    assert "id" not in attributes  # so that two drawings fit on one page


def test_names_cannot_break_out_of_the_drawing() -> None:
    text = diagram.render(
        XML,
        active={"first_review": "<script>alert(1)</script>"},
        title='"><script>',
        names={"first_review": "<b>&"},
    )
    assert "<script" not in text
    assert "<b>" not in text


def test_outside_entities_are_not_read() -> None:
    spiked = XML.replace(
        b'<?xml version="1.0" encoding="UTF-8"?>',
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ).replace("已报审".encode(), b"&x;")
    with pytest.raises(diagram.NoDiagram):
        diagram.render(spiked)


@pytest.mark.parametrize(
    "xml",
    [b"", b"not xml", b"<html/>", f"{HEAD}<process id='p'/></definitions>".encode()],
    ids=["empty", "text", "another format", "without drawing"],
)
def test_a_file_without_drawing_is_refused(xml: bytes) -> None:
    with pytest.raises(diagram.NoDiagram):
        diagram.render(xml)


def test_everything_of_the_chain_is_drawn_and_named_for_screen_readers() -> None:
    svg = drawn()
    elements = {g.get("data-element") for g in svg.iter(f"{SVG}g") if g.get("data-element")}
    assert {"first_review", "entry", "checks", "third_party_overdue", "published"} <= elements
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == svg.find(f"{SVG}title").text == "信息发布三审三校（默认）"
    assert said(svg, "first_review") == "初审：未办理"
    assert len(svg.findall(f".//{SVG}g[@class='flow']")) == XML.count(b"<bpmn:sequenceFlow ")


@pytest.mark.parametrize(
    ("states", "css", "words"),
    [
        ({}, "is-waiting", "初审：未办理"),
        ({"done": {"first_review"}}, "is-done", "初审：已完成"),
        ({"voided": {"first_review"}}, "is-voided", "初审：已作废"),
        ({"voided": {"first_review"}, "done": {"first_review"}}, "is-voided", "初审：已作废"),
        ({"active": {"first_review": ""}}, "is-active", "初审：正在办理"),
        ({"active": {"first_review": "李一鸣"}, "voided": {"first_review"}}, "is-active", "初审：正在办理（李一鸣）"),
        ({"done": {"first_review"}, "language": "en"}, "is-done", "初审: done"),
    ],
)  # fmt: skip
def test_each_state_has_a_class_and_a_word(states: dict[str, Any], css: str, words: str) -> None:
    svg = drawn(**states)
    assert css in node(svg, "first_review").get("class").split()
    assert said(svg, "first_review") == words


def test_no_state_is_told_by_colour_alone() -> None:
    svg = drawn(active={"first_review": "2 件"}, done={"attribute_review"}, voided={"read_aloud"})
    badge = f"{SVG}text[@class='badge-text']"
    assert node(svg, "first_review").find(badge).text == "2 件"
    assert node(svg, "attribute_review").find(f"{SVG}path[@class='tick']") is not None
    assert node(svg, "read_aloud").find(badge).text == "已作废"
    assert ".is-voided > .name { text-decoration: line-through; }" in CSS


def test_every_class_of_the_drawing_has_its_rule() -> None:
    svg = drawn(active={"first_review": "在办"}, done={"attribute_review"}, voided={"read_aloud"})
    used = {name for e in svg.iter() for name in e.get("class", "").split()}
    plain = {"node", "activity", "event", "gateway", "annotation", "flows", "nodes", "is-waiting"}
    assert {name for name in used - plain if f".{name}" not in CSS} == set()


def test_colours_come_from_the_tokens_and_work_without_them() -> None:
    screen = CSS.split("@media print")[0]
    assert not re.findall(r"(?:fill|stroke|color|background): #", screen)
    assert not re.findall(r"var\(--[a-z0-9-]+\)", screen)


def test_the_drawing_speaks_the_language_of_the_page() -> None:
    english = drawn(
        language="en", title="Publication chain", names={"first_review": "First review"}
    )
    assert english.get("aria-label") == "Publication chain"
    assert said(english, "first_review") == "First review: not reached"


def test_the_list_says_the_same_in_words() -> None:
    told = diagram.as_list(
        XML,
        active={"second_review": "王安 还剩1个工作日"},
        done={"first_review"},
        voided={"final_review"},
    )
    by_name = {line.name: (line.state, line.word, line.badge) for line in told}
    assert [line.name for line in told][:2] == ["公开属性审查", "保密审查"]
    assert by_name["初审"] == ("done", "已完成", "")
    assert by_name["复审"] == ("active", "正在办理", "王安 还剩1个工作日")
    assert by_name["终审"] == ("voided", "已作废", "")
    assert by_name["发布"] == ("waiting", "未办理", "")
    assert "已公开" not in by_name
    ended = diagram.as_list(
        XML, done={"published"}, language="en", names={"published": "Published"}
    )
    assert (ended[-1].name, ended[-1].word) == ("Published", "done")


@pytest.mark.parametrize(
    ("tag", "inside", "expected"),
    [
        ("startEvent", "", "outline"),
        ("endEvent", "", "outline thick"),
        ("endEvent", "<terminateEventDefinition/>", "mark solid"),
        ("endEvent", "<errorEventDefinition/>", "mark solid"),
        ("boundaryEvent", "<timerEventDefinition/>", "outline inner"),
        ("intermediateCatchEvent", "<messageEventDefinition/>", "mark"),
        ("intermediateThrowEvent", "<signalEventDefinition/>", "mark solid"),
        ("exclusiveGateway", "", "mark bold"),
        ("parallelGateway", "", "mark bold"),
        ("inclusiveGateway", "", "mark bold"),
        ("userTask", "", "mark"),
        ("serviceTask", "", "mark"),
        ("receiveTask", "", "mark"),
        ("subProcess", "", "mark"),
        ("callActivity", "", "outline thick"),
    ],
)
def test_each_kind_of_element_has_its_mark(tag: str, inside: str, expected: str) -> None:
    svg = etree.fromstring(diagram.render(one_shape(tag, inside)))
    assert expected in {e.get("class") for e in node(svg, "it")}


def test_a_boundary_event_that_does_not_interrupt_is_dashed() -> None:
    interrupting = one_shape("boundaryEvent", "<timerEventDefinition/>")
    other = one_shape("boundaryEvent", "<timerEventDefinition/>", "cancelActivity='false'")
    assert "dashed" not in diagram.render(interrupting)
    assert "dashed" in diagram.render(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("初审", ["初审"]),
        ("主要负责人审签", ["主要负责人审签"]),
        ("登记公开属性变更", ["登记公开", "属性变更"]),
        ("属性存疑，重新审定", ["属性存疑，", "重新审定"]),
        ("征集意见（第三方案）", ["征集意见", "（第三方案）"]),
        ("Third-party opinion", ["Third-party", "opinion"]),
        ("Internationalisation", ["Internationalisation"]),
        ("", [""]),
    ],
)
def test_long_names_break_into_even_lines_where_chinese_may_break(
    text: str, expected: list[str]
) -> None:
    assert lines(text, 100, NAME_SIZE) == expected


def test_names_fit_into_their_boxes() -> None:
    for shape in diagram.read(XML).shapes:
        if shape.kind.endswith("Task"):
            broken = lines(shape.name, shape.box.width - 20, NAME_SIZE)
            assert len(broken) <= 2, shape.name
            assert max(advance(line, NAME_SIZE) for line in broken) <= shape.box.width - 10
    assert LABEL_SIZE < NAME_SIZE


def test_a_longer_translation_grows_away_from_its_shape() -> None:
    names = {"cancelled": "Withdrawn by the office", "third_party_returned": "A much longer word"}
    svg = drawn(names=names)
    right = node(svg, "third_party_returned").find(f"{SVG}text")
    assert "from-left" in right.get("class")
    below = node(svg, "cancelled").findall(f"{SVG}text/{SVG}tspan")
    assert len(below) > 1
    assert (
        float(below[0].get("y")) > float(node(svg, "cancelled").find(f"{SVG}circle").get("cy")) + 20
    )


def test_translated_names_are_found_by_the_name_in_the_file() -> None:
    names = diagram.translated(XML, {"初审": "First review", "退回修改": "Return", "无此": "None"})
    assert names["first_review"] == "First review"
    assert names["sign_decided__not_passed"] == "Return"
    assert "None" not in names.values()
