"""What changed between two versions, character by character, in stretches that a person can read.

Compared is the text that a reader sees (tags become paragraph breaks), not the markup; the result is
plain text in stretches, so a page that escapes it can never be made to run what somebody pasted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser

from diff_match_patch import diff_match_patch

from engine.text import Sentence
from workflows.read_models import Change, ComparedPart

#: Seconds one paragraph may cost before the algorithm settles for a coarser, still correct, result.
TIME_LIMIT = 0.5
#: Paragraphs less alike than this are shown as one removed and one added, not as a jumble.
ALIKE = 0.35

Paragraph = tuple[Change, ...]

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
        self.target = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._leave_link()
            target = dict(attrs).get("href") or ""
            self.target = "" if target.startswith("#") else target  # a footnote's own mark
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("　")
        elif tag == "img":
            source = dict(attrs).get("src") or ""
            self.parts.append(f"［图片 {dict(attrs).get('alt') or source}］")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._leave_link()
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data.replace("\n", " "))

    def close(self) -> None:
        super().close()
        self._leave_link()

    def _leave_link(self) -> None:
        """Where a link leads is part of what is signed, so it stands beside its words."""
        if self.target:
            self.parts.append(f"［链接 {self.target}］")
        self.target = ""


def text_of(body_html: str) -> str:
    """The visible text with the targets of links, one paragraph a line, without empty lines."""
    reader = _Text()
    reader.feed(body_html)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip(" ") for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line.strip())


def paragraphs(body_html: str) -> list[str]:
    return text_of(body_html).split("\n") if text_of(body_html) else []


def differences(old: str, new: str) -> Paragraph:
    """Stretches of `old` against `new`, tidied so that they begin and end where words do."""
    matcher = diff_match_patch()
    matcher.Diff_Timeout = TIME_LIMIT
    stretches = matcher.diff_main(old, new)
    matcher.diff_cleanupSemantic(stretches)
    return tuple(Change(_KINDS[kind], text) for kind, text in stretches if text)


def compare(old: Sequence[str], new: Sequence[str], *, context: int = 1) -> tuple[Paragraph, ...]:
    """Two lists of paragraphs; unchanged ones further than `context` from a change become a gap.

    A gap is a single stretch of kind `gap` whose text is the number of paragraphs left out.
    """
    aligned = list(_aligned(old, new))
    keep = {
        near
        for index, paragraph in enumerate(aligned)
        if _changed(paragraph)
        for near in range(index - context, index + context + 1)
    }
    return tuple(_folded(aligned, keep))


def _changed(paragraph: Paragraph) -> bool:
    return any(change.kind != "same" for change in paragraph)


def _folded(aligned: Sequence[Paragraph], keep: set[int]) -> Iterator[Paragraph]:
    left_out = 0
    for index, paragraph in enumerate(aligned):
        if index not in keep:
            left_out += 1
            continue
        if left_out:
            yield (Change("gap", str(left_out)),)
            left_out = 0
        yield paragraph
    if left_out:
        yield (Change("gap", str(left_out)),)


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for operation, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if operation == "equal":
            yield from ((Change("same", text),) for text in old[old_from:old_to])
        else:
            yield from _replaced(old[old_from:old_to], new[new_from:new_to])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    """Paragraphs paired in order while they are alike; what has no partner came or went."""
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        if before is not None and after is not None and _alike(before, after):
            yield differences(before, after)
            continue
        if before is not None:
            yield (Change("removed", before),)
        if after is not None:
            yield (Change("added", after),)


def _alike(old: str, new: str) -> bool:
    return SequenceMatcher(a=old, b=new, autojunk=False).quick_ratio() > ALIKE


def part(code: str, label: Sentence, old: str, new: str) -> ComparedPart | None:
    """The comparison of one part, given as text with one paragraph a line; None if nothing differs."""
    if old == new:
        return None
    return ComparedPart(code, label, compare(old.split("\n"), new.split("\n")))


def as_html(paragraphs: Sequence[Paragraph]) -> str:
    """The comparison as escaped HTML with <ins> and <del>."""
    tags = {"added": "ins", "removed": "del"}

    def stretch(change: Change) -> str:
        if change.kind == "gap":
            return "……"
        tag = tags.get(change.kind)
        text = html.escape(change.text)
        return f"<{tag}>{text}</{tag}>" if tag else text

    return "".join(f"<p>{''.join(map(stretch, paragraph))}</p>" for paragraph in paragraphs)
