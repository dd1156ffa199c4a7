"""Where the process definitions that ship with the program are, in a checkout and in a wheel alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.text import Sentence
from workflows.vocabulary import STAGES

#: `bpmn/` stands beside this package in both.
FOLDER = Path(__file__).resolve().parent.parent / "bpmn"
#: What the shipped processes share; no case runs by one of them alone.
PARTS = FOLDER / "parts"


def shipped() -> list[Path]:
    """Every definition to deploy at the start, in order of name."""
    return sorted(FOLDER.glob("*.bpmn"))


def library_of(file: Path) -> dict[str, bytes]:
    """What a definition may call or ask, by id: other processes and decision tables in its folder, and the
    parts that processes share, in its folder `parts`; a part that is not there is the one that is shipped.

    A neighbour that cannot be read is left out; if it is needed, it is told as missing.
    """
    found: dict[str, bytes] = {}
    for part in sorted(PARTS.glob("*.bpmn")):
        found[part.stem] = part.read_bytes()
    folder, kinds = file.parent, ("*.bpmn", "*.dmn", "parts/*.bpmn")
    for beside in sorted(one for kind in kinds for one in folder.glob(kind)):
        if beside == file:
            continue
        content = beside.read_bytes()
        found.update(dict.fromkeys(_ids(content, beside.suffix), content))
    return found


def _ids(content: bytes, suffix: str) -> list[str]:
    wanted = rb"decision" if suffix == ".dmn" else rb"process"
    tags = re.findall(rb"<(?:\w+:)?" + wanted + rb"\s[^>]*>", content)
    ids = [re.search(rb"\sid=[\"']([A-Za-z0-9_]+)[\"']", tag) for tag in tags]
    return [one[1].decode() for one in ids if one]


def rules_of(file: Path) -> Path | None:
    """The compliance rules beside a definition: `NAME.rules.toml` beside `NAME.bpmn`."""
    beside = file.with_name(f"{file.stem}.rules.toml")
    return beside if beside.is_file() else None


def stories_of(file: Path) -> Path | None:
    """The stories beside a definition: `NAME.stories.toml` beside `NAME.bpmn`."""
    beside = file.with_name(f"{file.stem}.stories.toml")
    return beside if beside.is_file() else None


@cache
def english() -> Mapping[str, str]:
    """English for every name that stands in the definitions, by the Chinese name."""
    return tomllib.loads((FOLDER / "words.en.toml").read_text(encoding="utf-8"))


def called(name: str) -> Sentence:
    """A process by its name; one that somebody drew themselves is called the same in both languages."""
    return Sentence(name, english().get(name, name))


def name_of(element: str, name: str) -> Sentence:
    """An element of a diagram in both languages: the vocabulary's word for a stage, else the list's.

    What somebody drew themselves has no English yet; its id is at least in Latin letters.
    """
    term = STAGES.get(element)
    if term is not None:
        return Sentence(name or term.zh, term.en, element)
    return Sentence(name, english().get(name) or element.replace("_", " "), element)
