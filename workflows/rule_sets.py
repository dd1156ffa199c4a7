"""The rules a process is held to: those beside it, and those of another process that hold here too.

    also = "publishing"          every rule of publishing.rules.toml holds here as well,
    [[except]]                   but for these, each with why in both languages,
    id = "signed_before_proofreading"
    zh = "…"                     and beside the rules of this file itself.
    en = "…"

What is proven and stored is one whole file, so that nobody has to know where a rule was written.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DefinitionRefused, Problem
from engine.text import Sentence
from workflows import bpmn_files

_HEAD = re.compile(r"^[ \t]*\[\[\s*(\w+)\s*\]\].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Exempted:
    """A rule of the other process that does not hold here, and why."""

    rule: str
    why: Sentence


def content(file: Path) -> bytes:
    """The rules of a rules file with those it takes over; raises DefinitionRefused with all problems."""
    text = file.read_text(encoding="utf-8", errors="replace")
    also, exempted, problems = _taken_over(text, file.name)
    if also is None:
        return file.read_bytes()
    other = _beside(file, also)
    theirs = _blocks(other.read_text(encoding="utf-8")) if other else {}
    if other is None:
        problems.append(
            _problem(file.name, f"没有“{also}”的规则文件。", f"There are no rules of “{also}”.")
        )
    for one in exempted:
        if other and one.rule not in theirs:
            problems.append(
                _problem(
                    file.name,
                    f"“{also}”没有规则“{one.rule}”，不必除外。",
                    f"“{also}” has no rule “{one.rule}” to except.",
                )
            )
    if problems:
        raise DefinitionRefused(*problems)
    left_out = {one.rule for one in exempted}
    taken = [block for name, block in theirs.items() if name not in left_out]
    return "".join([*taken, *_blocks(text).values()]).encode()


def exempted(file: Path) -> tuple[Exempted, ...]:
    """Which rules of the other process do not hold for this one, and why."""
    return tuple(_taken_over(file.read_text(encoding="utf-8"), file.name)[1])


def _taken_over(text: str, file: str) -> tuple[str | None, list[Exempted], list[Problem]]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None, [], []  # told by whoever reads the rules
    also, entries = data.get("also"), data.get("except", [])
    if also is None:
        return None, [], []
    wrong = [e for e in entries if set(e) != {"id", "zh", "en"} or not all(e.values())]
    problems = [
        _problem(
            file, "[[except]] 要写 id、zh、en，各一句。", "An [[except]] has `id`, `zh` and `en`."
        )
        for _ in wrong
    ]
    told = [
        Exempted(e["id"], Sentence(e["zh"], e["en"], e["id"])) for e in entries if e not in wrong
    ]
    return str(also), told, problems


def _beside(file: Path, key: str) -> Path | None:
    for folder in (file.parent, bpmn_files.FOLDER):
        found = folder / f"{key}.rules.toml"
        if re.fullmatch(r"\w+", key) and found.is_file() and found != file:
            return found
    return None


def _blocks(text: str) -> dict[str, str]:
    """The [[rule]] entries of a text as they are written, by id."""
    heads = [*_HEAD.finditer(text)]
    ends = [*(head.start() for head in heads[1:]), len(text)]
    found: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=True):
        block = text[head.start() : end]
        if head[1] == "rule":
            entry = tomllib.loads(block)["rule"][0]
            found[str(entry.get("id", len(found)))] = block.rstrip() + "\n\n"
    return found


def _problem(file: str, zh: str, en: str) -> Problem:
    return Problem(file, 1, "", Sentence(zh, en))
