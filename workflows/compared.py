"""What a comparison of two texts or versions is made of; pages are given these and compute nothing."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of a comparison: same, added or removed; first in its paragraph also gap, moved_away, moved_here.

    `text` is plain, never HTML; of a gap it is how many paragraphs were left out.
    """

    kind: str
    text: str


Paragraph = tuple[Change, ...]


def sides(paragraph: Paragraph) -> tuple[Paragraph, Paragraph]:
    """What of a compared paragraph stood on the old side, and what stands on the new one."""
    first = paragraph[0].kind if paragraph else ""
    if first == "gap":
        return paragraph, paragraph
    old = tuple(change for change in paragraph if change.kind != "added")
    new = tuple(change for change in paragraph if change.kind != "removed")
    return (() if first == "moved_here" else old), (() if first == "moved_away" else new)


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """One part of the package in a comparison, as paragraphs of stretches."""

    code: str
    label: Sentence
    paragraphs: tuple[Paragraph, ...]

    @property
    def beside(self) -> tuple[tuple[Paragraph, Paragraph], ...]:
        """The same, the old text beside the new one."""
        return tuple(sides(paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions, part by part; parts without a difference are left out."""

    from_number: int
    to_number: int
    parts: tuple[ComparedPart, ...]

    @property
    def is_empty(self) -> bool:
        return not self.parts
