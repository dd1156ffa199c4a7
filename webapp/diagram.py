"""A process drawn as SVG on the server, with where a case stands on it, and the same in words.

States are classes and marks with text, never a colour alone; there is no style attribute, because
the content security policy forbids it. The sheet is static/diagram.css.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from webapp.diagram_shapes import (
    LABEL_SIZE,
    SVG,
    advance,
    draw_edge,
    draw_lines,
    draw_shape,
    number,
    put,
)
from webapp.diagram_source import NoDiagram, Picture, Shape, read

__all__ = ["Listed", "NoDiagram", "State", "as_list", "read", "render", "translated"]

State = Literal["active", "done", "voided", "waiting"]

WORDS: Mapping[str, Mapping[State, str]] = {
    "zh": {"active": "正在办理", "done": "已完成", "voided": "已作废", "waiting": "未办理"},
    "en": {"active": "in progress", "done": "done", "voided": "voided", "waiting": "not reached"},
}
NOTHING: Mapping[str, str] = {}
NOBODY: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the text alternative: a stage, its state as a word, and the badge it carries."""

    element: str
    name: str
    state: State
    word: str
    badge: str = ""


def as_list(
    xml: bytes,
    *,
    active: Mapping[str, str] = NOTHING,
    done: Set[str] = NOBODY,
    voided: Set[str] = NOBODY,
    language: str = "zh",
    names: Mapping[str, str] = NOTHING,
) -> list[Listed]:
    """The stages in the order of the file, and after them the ends that were reached."""
    picture = read(xml)
    reached = [end for end in picture.ends if end[0] in done or end[0] in active]
    listed = []
    for element, name in (*picture.stages, *reached):
        state = _state(element, active, done, voided)
        word = _words(language)[state]
        listed.append(
            Listed(element, names.get(element, name), state, word, active.get(element, ""))
        )
    return listed


def render(
    xml: bytes,
    *,
    active: Mapping[str, str] = NOTHING,
    done: Set[str] = NOBODY,
    voided: Set[str] = NOBODY,
    language: str = "zh",
    title: str = "",
    names: Mapping[str, str] = NOTHING,
    words: Mapping[State, str] | None = None,
) -> str:
    """The drawing as one svg element. `active` maps an element to the text of its badge ("" for none);
    `names` replaces the model's own names, for a page in another language; `words` says the states where
    the drawing shows something else than a case."""
    picture = read(xml)
    words = words or _words(language)
    svg = _sheet(picture, title or picture.name)
    lines = put(svg, "g", class_="flows")
    behind, before = put(svg, "g", class_="containers"), put(svg, "g", class_="nodes")
    svg.insert(list(svg).index(lines), behind)
    draw_lines(lines, picture.edges)
    for edge in picture.edges:
        draw_edge(put(lines, "g", class_="flow"), edge, names.get(edge.id, edge.name))
    for shape in picture.shapes:
        state = _state(shape.id, active, done, voided)
        name = names.get(shape.id, shape.name)
        group = _group(behind if shape.contains_others else before, shape, state)
        _describe(group, shape, name, words[state], active.get(shape.id, ""), language)
        draw_shape(group, shape, name)
        _mark(group, shape, state, active.get(shape.id, ""), words)
    drawn: str = etree.tostring(svg, encoding="unicode")
    return drawn


def translated(xml: bytes, words: Mapping[str, str]) -> dict[str, str]:
    """The `names` for a page in another language: element ids to what `words` makes of their names."""
    picture = read(xml)
    found = [(shape.id, shape.name) for shape in picture.shapes]
    found += [(edge.id, edge.name) for edge in picture.edges]
    return {element: words[name] for element, name in found if name in words}


def _words(language: str) -> Mapping[State, str]:
    return WORDS["en" if language.startswith("en") else "zh"]


def _state(element: str, active: Mapping[str, str], done: Set[str], voided: Set[str]) -> State:
    if element in active:
        return "active"
    if element in voided:
        return "voided"
    return "done" if element in done else "waiting"


def _sheet(picture: Picture, title: str) -> Any:
    frame = picture.frame()
    svg = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
    svg.set("class", "bpmn-diagram")
    sides = (frame.x, frame.y, frame.width, frame.height)
    svg.set("viewBox", " ".join(number(side) for side in sides))
    svg.set("width", number(frame.width))
    svg.set("height", number(frame.height))
    svg.set("role", "img")
    svg.set("aria-label", title)
    put(svg, "title", title)
    return svg


def _group(parent: Any, shape: Shape, state: State) -> Any:
    family = next(
        (f for f in ("Event", "Gateway", "Annotation") if shape.kind.endswith(f)), "Activity"
    )
    return put(
        parent,
        "g",
        class_=f"node {family.lower()} is-{state}",
        data_element=shape.id,
        data_kind=shape.kind,
    )


def _describe(group: Any, shape: Shape, name: str, word: str, badge: str, language: str) -> None:
    if not name:
        return
    stateful = shape.kind.endswith("Task") or shape.kind in ("callActivity", "endEvent")
    colon, bracket = (": ", " ({})") if language.startswith("en") else ("：", "（{}）")
    text = name + colon + word if stateful else name
    text += bracket.format(badge) if badge else ""
    put(group, "title", text)


def _mark(group: Any, shape: Shape, state: State, badge: str, words: Mapping[State, str]) -> None:
    """What says the state without colour: a tick, a struck-out word, or a badge with text."""
    box = shape.box
    if state == "done" and shape.kind.endswith("Task"):
        tick = f"M{number(box.right - 17)} {number(box.y + 10)}l4 4l8 -8"
        put(group, "path", class_="tick", d=tick)
    text = badge if state == "active" else words["voided"] if state == "voided" else ""
    if not text:
        return
    width = advance(text, LABEL_SIZE) + 12
    x, y = box.centre[0] - width / 2, box.y - 10
    put(group, "rect", class_="badge", x=x, y=y, width=width, height=20, rx=3)
    put(group, "text", text, class_="badge-text", x=box.centre[0], y=y + 14.4)
