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

from engine.text import Sentence
from workflows.compared import Change, ComparedPart, Paragraph
from workflows.stretches import CELL, differences

__all__ = ["as_html", "compare", "differences", "paragraphs", "part", "text_of"]

#: Paragraphs less alike than this are shown as one removed and one added, not as a jumble.
ALIKE = 0.35
#: A paragraph found again elsewhere was moved: the same words, or so long and so much alike that it is the same.
_MOVED, _LONG, _SHORT = 0.8, 12, 4
#: How many paragraphs may stand against each other before they are simply paired in order.
_MOST = 60

_BLOCKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "table", "tr", "br", "hr",
     "blockquote", "section", "article", "header", "footer", "pre", "caption"}
)  # fmt: skip
_CELLS = frozenset({"td", "th"})
_TABLE = frozenset({"table", "tr", "caption"})
_SPACES = re.compile(r"[ \t\r\f\v]+")


class _Text(HTMLParser):
    """Collects visible text; every block element begins a line and cells are set apart by a tab stop."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.target = ""
        self.cells = 0  # inside how many

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._leave_link()
            target = dict(attrs).get("href") or ""
            self.target = "" if target.startswith("#") else target  # a footnote's own mark
        elif tag in _CELLS:
            self.cells += 1
            self.parts.append(CELL)
        elif tag in _BLOCKS:
            # Word writes a paragraph into every cell; a row stays one line all the same
            self.parts.append(" " if self.cells and tag not in _TABLE else "\n")
        elif tag == "img":
            source = dict(attrs).get("src") or ""
            self.parts.append(f"［图片 {dict(attrs).get('alt') or source}］")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._leave_link()
        elif tag in _CELLS:
            self.cells = max(0, self.cells - 1)
        elif tag in _BLOCKS:
            self.parts.append(" " if self.cells and tag not in _TABLE else "\n")

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
    lines = (_tidy(line) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _tidy(line: str) -> str:
    tidy = _SPACES.sub(" ", line).strip(" ")
    return re.sub(f" ?{CELL} ?", CELL, tidy)


def paragraphs(body_html: str) -> list[str]:
    return text_of(body_html).split("\n") if text_of(body_html) else []


def compare(old: Sequence[str], new: Sequence[str], *, context: int = 1) -> tuple[Paragraph, ...]:
    """Two lists of paragraphs; unchanged ones further than `context` from a change become a gap.

    A gap is a single stretch of kind `gap` whose text is the number of paragraphs left out.
    """
    aligned = _with_moves(list(_aligned(old, new)))
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
    """Paragraphs paired in order with what they became; what has no partner came or went."""
    for before, after in _partners(old, new):
        if before is not None and after is not None:
            yield differences(before, after)
        elif before is not None:
            yield (Change("removed", before),)
        elif after is not None:
            yield (Change("added", after),)


def _partners(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """In order, so that what stays together is as much alike as it can be."""
    if max(len(old), len(new)) > _MOST:
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            if before is None or after is None or _likeness(before, after) > ALIKE:
                yield before, after
            else:
                yield from ((before, None), (None, after))
        return
    best, like = _best(old, new)
    i = j = 0
    while i < len(old) or j < len(new):
        if (
            i < len(old)
            and j < len(new)
            and like[i][j] > ALIKE
            and (best[i][j] == like[i][j] + best[i + 1][j + 1])
        ):
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or best[i][j] == best[i + 1][j]):
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1


def _best(old: Sequence[str], new: Sequence[str]) -> tuple[list[list[float]], list[list[float]]]:
    """How much likeness can be kept from each place on, and how much alike each two are."""
    like = [[_likeness(before, after) for after in new] for before in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = like[i][j] + best[i + 1][j + 1] if like[i][j] > ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return best, like


def _likeness(old: str, new: str) -> float:
    return SequenceMatcher(a=old, b=new, autojunk=False).quick_ratio()


# -- moved ------------------------------------------------------------------------------------------


def _with_moves(aligned: list[Paragraph]) -> list[Paragraph]:
    """A paragraph that went here and came there was moved: shown whole where it was, with what changed in it
    where it is now."""
    gone = [index for index, one in enumerate(aligned) if _whole(one, "removed")]
    come = [index for index, one in enumerate(aligned) if _whole(one, "added")]
    if len(gone) * len(come) > _MOST * _MOST:
        return aligned
    moved = list(aligned)
    for there in come:
        after = aligned[there][0].text
        for here in gone:
            before = aligned[here][0].text
            if not _same_elsewhere(before, after):
                continue
            moved[here] = (Change("moved_away", before),)
            inner = differences(before, after) if before != after else (Change("same", after),)
            moved[there] = (Change("moved_here", ""), *inner)
            gone.remove(here)
            break
    return moved


def _whole(paragraph: Paragraph, kind: str) -> bool:
    return len(paragraph) == 1 and paragraph[0].kind == kind


def _same_elsewhere(before: str, after: str) -> bool:
    if before == after:
        return len(before) >= _SHORT
    if min(len(before), len(after)) < _LONG:
        return False
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    return matcher.quick_ratio() > _MOVED and matcher.ratio() > _MOVED  # the second is quadratic


# -- a part -----------------------------------------------------------------------------------------


def part(code: str, label: Sentence, old: str, new: str) -> ComparedPart | None:
    """The comparison of one part, given as text with one paragraph a line; None if nothing differs."""
    if old == new:
        return None
    return ComparedPart(code, label, compare(old.split("\n"), new.split("\n")))


def as_html(paragraphs: Sequence[Paragraph]) -> str:
    """The comparison as escaped HTML with <ins> and <del>."""
    tags = {"added": "ins", "removed": "del", "moved_away": "del"}

    def stretch(change: Change) -> str:
        if change.kind == "gap":
            return "……"
        tag = tags.get(change.kind)
        text = html.escape(change.text)
        return f"<{tag}>{text}</{tag}>" if tag else text

    return "".join(f"<p>{''.join(map(stretch, paragraph))}</p>" for paragraph in paragraphs)
