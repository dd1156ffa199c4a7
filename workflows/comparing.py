"""What changed between two versions, character by character, in stretches that a person can read.

Compared is the text that a reader sees (tags become paragraph breaks), not the markup; the result is
plain text in stretches, so a page that escapes it can never be made to run what somebody pasted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser

from diff_match_patch import diff_match_patch

from engine.text import Sentence
from workflows.read_models import Change, ComparedPart

#: Seconds that the exact algorithm may take before it settles for a coarser, still correct, result.
TIME_LIMIT = 1.0

_KINDS = {0: "same", 1: "added", -1: "removed"}
_BLOCKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "table", "tr", "br", "hr",
     "blockquote", "section", "article", "header", "footer", "pre", "caption"}
)  # fmt: skip
_SPACES = re.compile(r"[ \t\r\f\v]+")


class _Text(HTMLParser):
    """Collects visible text; every block element begins a line and cells are set apart by a tab stop."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("　")
        elif tag == "img":
            source = dict(attrs).get("src") or ""
            self.parts.append(f"［图片 {dict(attrs).get('alt') or source}］")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))


def text_of(body_html: str) -> str:
    """The visible text, one paragraph a line, without empty lines."""
    reader = _Text()
    reader.feed(body_html)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip(" ") for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line.strip())


def paragraphs(body_html: str) -> list[str]:
    return text_of(body_html).split("\n") if text_of(body_html) else []


def differences(old: str, new: str) -> list[Change]:
    """Stretches of `old` against `new`, tidied so that they begin and end where words do."""
    matcher = diff_match_patch()
    matcher.Diff_Timeout = TIME_LIMIT
    stretches = matcher.diff_main(old, new)
    matcher.diff_cleanupSemantic(stretches)
    return [Change(_KINDS[kind], text) for kind, text in stretches if text]


def by_paragraph(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """The stretches cut at line ends, so that a page can show paragraphs."""
    done: list[tuple[Change, ...]] = []
    current: list[Change] = []
    for change in changes:
        first, *rest = change.text.split("\n")
        if first:
            current.append(Change(change.kind, first))
        for line in rest:
            if change.kind != "same" and line == "" and not current:
                current.append(Change(change.kind, "¶"))
            done.append(tuple(current))
            current = [Change(change.kind, line)] if line else []
    done.append(tuple(current))
    return tuple(paragraph for paragraph in done if paragraph)


def part(code: str, label: Sentence, old: str, new: str) -> ComparedPart | None:
    """The comparison of one part, given as text; None if nothing differs."""
    if old == new:
        return None
    return ComparedPart(code, label, by_paragraph(differences(old, new)))


def as_html(paragraphs: Sequence[Sequence[Change]]) -> str:
    """The stretches as escaped HTML with <ins> and <del>, for pages and for the evidence sheet."""
    tags = {"added": "ins", "removed": "del"}

    def stretch(change: Change) -> str:
        tag = tags.get(change.kind)
        text = html.escape(change.text)
        return f"<{tag}>{text}</{tag}>" if tag else text

    return "".join(f"<p>{''.join(map(stretch, paragraph))}</p>" for paragraph in paragraphs)
