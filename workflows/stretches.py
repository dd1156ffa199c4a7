"""One paragraph against another, in stretches that a person can read: same, added, removed.

By character, as Chinese is read, but a number or a word of Latin letters is one piece: 360 becomes 380, not
6 becomes 8. The cells of a row of a table are compared each by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from diff_match_patch import diff_match_patch

from workflows.compared import Change, Paragraph

#: Seconds one paragraph may cost before the algorithm settles for a coarser, still correct, result.
TIME_LIMIT = 0.5
#: Before each cell of a row, as `comparing.text_of` writes it.
CELL = "　"

_KINDS = {0: "same", 1: "added", -1: "removed"}
_PIECES = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|.", re.DOTALL)
#: Private characters that stand for pieces of several characters while two texts are compared.
_FIRST, _LAST = 0xF0000, 0xFFFFD


def differences(old: str, new: str) -> Paragraph:
    """Stretches of `old` against `new`, tidied so that they begin and end where a reader would."""
    if old.startswith(CELL) and new.startswith(CELL):
        return _merged(_by_cells(old.split(CELL), new.split(CELL)))
    return tuple(_compared(old, new))


def _compared(old: str, new: str) -> Iterator[Change]:
    pieces = _Pieces(old, new)
    matcher = diff_match_patch()
    matcher.Diff_Timeout = TIME_LIMIT
    stretches = matcher.diff_main(pieces.short(old), pieces.short(new))
    matcher.diff_cleanupSemantic(stretches)
    for kind, text in stretches:
        if text:
            yield Change(_KINDS[kind], pieces.long(text))


class _Pieces:
    """Numbers and words as one character each, and back; characters that the texts use stay their own."""

    def __init__(self, *texts: str) -> None:
        taken = set().union(*texts)
        free = (chr(code) for code in range(_FIRST, _LAST) if chr(code) not in taken)
        found = (piece for text in texts for piece in _PIECES.findall(text))
        several = dict.fromkeys(piece for piece in found if len(piece) > 1)
        self._short = dict(zip(several, free, strict=False))  # what finds no room stays as it is
        self._long = {one: piece for piece, one in self._short.items()}

    def short(self, text: str) -> str:
        return "".join(self._short.get(piece, piece) for piece in _PIECES.findall(text))

    def long(self, text: str) -> str:
        return "".join(self._long.get(one, one) for one in text)


def _by_cells(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Cells in the same place against each other; where a row has more or fewer, the like ones."""
    if len(old) == len(new):
        pairs: list[tuple[str | None, str | None]] = list(zip(old, new, strict=True))
    else:
        pairs = list(_aligned_cells(old, new))
    for index, (before, after) in enumerate(pairs):
        border = CELL if index else ""
        if before is None:
            yield Change("added", border + (after or ""))
        elif after is None:
            yield Change("removed", border + before)
        else:
            yield Change("same", border)
            yield from _compared(before, after)


def _aligned_cells(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[str | None, str | None]]:
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal" or b - a == d - c:
            yield from zip(old[a:b], new[c:d], strict=True)
        else:
            yield from ((cell, None) for cell in old[a:b])
            yield from ((None, cell) for cell in new[c:d])


def _merged(changes: Iterator[Change]) -> Paragraph:
    """Neighbours of one kind as one stretch."""
    found: list[Change] = []
    for change in changes:
        if found and found[-1].kind == change.kind:
            found[-1] = Change(change.kind, found[-1].text + change.text)
        elif change.text:
            found.append(change)
    return tuple(found)
