"""Diagrams for pages: the definition by its row, the words by the vocabulary, the position by the case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from markupsafe import Markup

from engine import definitions
from engine.database import UnitOfWork
from webapp import diagram, i18n
from workflows import bpmn_files


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
    return _draw(definition.xml, (), (), definition.name), definition.name, row.version


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
