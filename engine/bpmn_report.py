"""Collects what is wrong with a process definition, so that its author reads everything at once."""

from __future__ import annotations

from typing import Any

from engine.bpmn_xml import Flow, Node
from engine.errors import Problem
from engine.text import Sentence


class Report:
    """The problems found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        #: What was put in from other files: id → file.
        self.elsewhere: dict[str, str] = {}

    def add(self, place: Any, zh: str, en: str) -> None:
        """Note a problem at a node, a flow or an XML element."""
        self.add_sentence(place, Sentence(zh, en))

    def add_sentence(self, place: Any, sentence: Sentence) -> None:
        """The same with a ready sentence."""
        if isinstance(place, Node | Flow):
            line, name = place.line, place.id
        else:
            line, name = place.sourceline or 1, place.get("id", "")
        self.problems.append(Problem(self.elsewhere.get(name, self.file), line, name, sentence))
