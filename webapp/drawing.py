"""Diagrams for pages: the definition by its row, the words by the vocabulary, the position by the case."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from engine import definitions
from engine.database import UnitOfWork
from webapp import diagram, i18n
from workflows import bpmn_files

#: What the states mean on the drawing of a story.
WAY: Mapping[str, Mapping[diagram.State, str]] = {
    "zh": {**diagram.WORDS["zh"], "active": "经过", "waiting": "未经过"},
    "en": {**diagram.WORDS["en"], "active": "on the way", "waiting": "not on the way"},
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """The picture, and the same as a list for those who do not see it."""

    svg: Markup
    stages: tuple[diagram.Listed, ...]


def of_case(
    uow: UnitOfWork,
    definition_id: int | None,
    *,
    active: Collection[str] = (),
    done: Collection[str] = (),
    title: str = "",
) -> Drawn | None:
    """The definition that carries a case, with where it stands; None before there is a case."""
    if definition_id is None:
        return None
    return _draw(definitions.load(uow, definition_id).xml, active, done, title)


def of_definition(uow: UnitOfWork, key: str) -> tuple[Drawn, str, int]:
    """The newest version of a definition: picture, name and version."""
    row = definitions.latest(uow, key)
    definition = definitions.load(uow, row.id)
    name = i18n.say(bpmn_files.called(definition.name))
    return _draw(definition.xml, (), (), name), name, row.version


def of_story(xml: bytes, elements: Sequence[str], language: str | None = None) -> Markup:
    """A definition with the way of a story on it: each element carries the numbers of its steps."""
    steps: dict[str, list[str]] = {}
    for number, element in enumerate(elements, start=1):
        steps.setdefault(element, []).append(str(number))
    badges = {element: "·".join(numbers) for element, numbers in steps.items()}
    language = language or i18n.current()
    names = diagram.translated(xml, bpmn_files.english()) if language == "en" else diagram.NOTHING
    svg = diagram.render(xml, active=badges, language=language, names=names, words=WAY[language])
    return Markup(svg)  # noqa: S704 — built by lxml, as below


def standalone(svg: Markup) -> str:
    """The drawing as a file of its own, with its style sheet in it."""
    sheet = (Path(__file__).parent / "static/diagram.css").read_text(encoding="utf-8")
    return str(svg).replace(">", f"><style>{sheet}</style>", 1)


def _draw(xml: bytes, active: Collection[str], done: Collection[str], title: str) -> Drawn:
    where = dict.fromkeys(active, "")
    language = i18n.current()
    names = diagram.translated(xml, bpmn_files.english()) if language == "en" else diagram.NOTHING
    passed = frozenset(done)
    svg = diagram.render(
        xml, active=where, done=passed, language=language, title=title, names=names
    )
    listed = diagram.as_list(xml, active=where, done=passed, language=language, names=names)
    # The SVG is built by lxml from our own definitions, so its text is escaped already.
    return Drawn(Markup(svg), tuple(listed))  # noqa: S704
