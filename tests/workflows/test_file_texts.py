"""Where two versions are compared, the words of a file that was replaced are compared as well."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import docx
import openpyxl
import pytest

from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from workflows import files, pages
from workflows.compared import ComparedPart
from workflows.content import Content


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


FILES: list[tuple[str, bytes, bytes, set[tuple[str, str]]]] = [
    ("说明.txt", "共12处。".encode(), "共13处。".encode("gb18030"), {("removed", "12"), ("added", "13")}),
    ("说明.docx", word("共12处。", "照旧。"), word("共13处。", "照旧。"), {("removed", "12"), ("added", "13")}),
    (
        "点位.xlsx",
        workbook([["小区", "盏数"]], [["城东", 12]]),
        workbook([["小区", "盏数"]], [["城东", 13]]),  # on the second sheet
        {("removed", "12"), ("added", "13")},
    ),
]  # fmt: skip


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county)


def replaced(chain: Chain, name: str, old: bytes, new: bytes) -> tuple[ComparedPart, ...]:
    """An attachment in the first version, another of the same name in the second; what is inside them."""
    with chain.uow(chain.county.actor("drafter")) as work:
        stored = [files.reference(files.store_file(work, name, data), name) for data in (old, new)]
        work.commit()

    def exchanged(shown: Content) -> Content:
        return replace(shown, attachments=(stored[1],))

    chain.draft = replace(chain.draft, attachments=(stored[0],))
    chain.submit().until("first_review").decide("first_review", "return")
    chain.revise("t3", exchanged)
    with chain.read("first") as work:
        found = pages.compare(work, chain.package_id, 1, 2)
    return tuple(part for part in found.parts if part.code == stored[1].digest)


@pytest.mark.parametrize(("name", "old", "new", "changed"), FILES, ids=[one[0] for one in FILES])
def test_words_inside_a_replaced_file_are_compared(
    chain: Chain, name: str, old: bytes, new: bytes, changed: set[tuple[str, str]]
) -> None:
    (part,) = replaced(chain, name, old, new)
    assert part.label.zh == f"附件内文：{name}"
    found = {(c.kind, c.text) for line in part.paragraphs for c in line}
    assert {one for one in found if one[0] in ("added", "removed")} == changed


def test_a_file_without_words_says_that_it_has_to_be_looked_at(chain: Chain) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    (part,) = replaced(chain, "点位图.png", picture, picture + b"\0")
    assert "读不出文字" in part.label.zh
