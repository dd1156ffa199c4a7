"""What changed in the words of a file that was replaced: Word, PDF, spreadsheet or plain text against its successor.

Only where somebody asks for the comparison of two versions: reading files takes time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import comparing, files, tables_in
from workflows.compared import ComparedPart
from workflows.content import Content
from workflows.errors import Refused
from workflows.intake import docx, pdf, text
from workflows.intake.sniff import MEDIA_TYPES
from workflows.models import StoredFile
from workflows.stretches import CELL

#: Longer texts are compared up to here, and the page says so.
MOST_LINES = 2_000


def differences(uow: UnitOfWork, old: Content, new: Content) -> tuple[ComparedPart, ...]:
    """One part for each replaced file whose words differ, or cannot be read."""
    return tuple(
        part
        for before, after, name in _replaced(files.cited(old), files.cited(new))
        if (part := _part(_lines(uow, before, name), _lines(uow, after, name), after, name))
    )


def _replaced(old: dict[str, str], new: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Old digest, new digest, name: files of one name, then those that are left, in order."""
    gone = {digest: name for digest, name in old.items() if digest not in new}
    come = {digest: name for digest, name in new.items() if digest not in old}
    for after, name in list(come.items()):
        before = next((one for one, called in gone.items() if called == name), None)
        if before is not None:
            del gone[before], come[after]
            yield before, after, name
    for (before, _), (after, name) in zip(gone.items(), come.items(), strict=False):
        yield before, after, name


def _lines(uow: UnitOfWork, digest: str, name: str) -> list[str] | None:
    """The words of a stored file, a paragraph or a row of a table a line; None if it has none to read."""
    found = uow.session.execute(
        sa.select(StoredFile.media_type, StoredFile.content).where(StoredFile.digest == digest)
    ).one_or_none()
    if found is None:
        return None
    kind = next((k for k, known in MEDIA_TYPES.items() if known == found.media_type), "")
    try:
        return _read(kind, name, found.content)
    except Refused:  # a scan, a damaged file: the page says that its words cannot be compared
        return None


def _read(kind: str, name: str, data: bytes) -> list[str] | None:
    if kind == "docx":
        return comparing.paragraphs(docx.read(name, data).html)
    if kind == "pdf":
        return _tidy(pdf.read(name, data)[0])
    if kind == "xlsx":
        rows = (CELL + CELL.join(row).rstrip() for row in tables_in.sheets(data))
        return list(islice((row for row in rows if row.strip()), MOST_LINES + 1))
    return _tidy(text.decode(name, data)) if kind == "txt" else None


def _tidy(plain: str) -> list[str]:
    return [line.strip() for line in plain.splitlines() if line.strip()]


def _part(
    old: list[str] | None, new: list[str] | None, digest: str, name: str
) -> ComparedPart | None:
    label = Sentence(f"附件内文：{name}", f"Words of the attachment: {name}", digest)
    if old is None or new is None:
        label = Sentence(
            f"{label.zh}（读不出文字，请下载两个文件核对）",
            f"{label.en} (no words could be read; compare the two files themselves)",
            digest,
        )
        return ComparedPart(digest, label, ())
    if max(len(old), len(new)) > MOST_LINES:
        label = Sentence(
            f"{label.zh}（只比较前{MOST_LINES}行）",
            f"{label.en} (the first {MOST_LINES} lines only)",
            digest,
        )
    before, after = old[:MOST_LINES], new[:MOST_LINES]
    return comparing.part(digest, label, "\n".join(before), "\n".join(after))
