"""Tables that offices hand in, .xlsx or .csv, as rows with their number and the cells under their headings."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from engine.text import Sentence
from workflows import typed
from workflows.errors import Refused

#: A county has a few hundred people; a longer table is a mistake, or an attack.
MOST_ROWS = 5_000
MOST_BYTES = 4_000_000
#: What a workbook may hold when it is unpacked, and how wide a table is read.
MOST_UNPACKED = 100_000_000
MOST_COLUMNS = 50


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number as the spreadsheet shows it, and its cells by heading, all as text."""

    number: int
    cells: Mapping[str, str]


def read(name: str, content: bytes, headings: Mapping[str, str]) -> list[TableRow]:
    """Rows with their cells by code; `headings` maps what may stand above a column to its code.

    The first row that holds a known heading is the head; unknown columns and empty rows are passed over.
    Raises Refused with what is wrong with the file as a whole.
    """
    if len(content) > MOST_BYTES:
        raise Refused(_file("文件超过 4 MB。", "The file is larger than 4 MB."))
    lines = _xlsx(content) if content[:2] == b"PK" else _csv(content)
    rows: list[TableRow] = []
    columns: dict[int, str] = {}
    for number, cells in enumerate(lines, start=1):
        if not columns:
            columns = {n: headings[text] for n, text in enumerate(cells) if text in headings}
            continue
        told = {code: cells[n] for n, code in columns.items() if n < len(cells)}
        if any(told.values()):
            rows.append(TableRow(number, told))
        if number > MOST_ROWS + 1:
            raise Refused(
                _file(
                    f"超过 {MOST_ROWS} 行，请分几次导入。", f"More than {MOST_ROWS} rows; split it."
                )
            )
    if not columns:
        wanted = "、".join(dict.fromkeys(h for h in headings if not h.isascii()))
        raise Refused(
            _file(
                f"“{name}”里没有找到表头。表头可以是：{wanted}。",
                f"“{name}” has no row of headings. Headings may be: {', '.join(headings)}.",
            )
        )
    if not rows:
        raise Refused(_file("表头下面没有内容。", "There is nothing below the headings."))
    return rows


def sheets(content: bytes) -> Iterator[list[str]]:
    """Every row of every sheet of a workbook as text; before each sheet its name."""
    book = _book(content)
    try:
        for sheet in book.worksheets:
            yield [sheet.title]
            for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
                yield [_text(cell) for cell in row]
    finally:
        book.close()


def _xlsx(content: bytes) -> Iterator[list[str]]:
    book = _book(content)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS):
            yield [_text(cell) for cell in row]
    finally:
        book.close()


def _book(content: bytes) -> Any:
    try:
        with ZipFile(BytesIO(content)) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise ValueError(f"{unpacked} octets")
        return openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise Refused(
            _file(
                "文件打不开，请另存为 .xlsx 或 .csv 再试。",
                "The file cannot be opened; save it anew.",
            )
        ) from None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a code of digits that the spreadsheet took for a number
    return typed.clean(str(cell)).strip()


def _csv(content: bytes) -> Iterator[list[str]]:
    """UTF-8, or GB 18030 as spreadsheets in Chinese save it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        for row in csv.reader(StringIO(text)):
            yield [typed.clean(cell).strip() for cell in row]
        return
    raise Refused(
        _file(
            "文件不是 .xlsx，也不是 UTF-8 或 GB18030 编码的 .csv。",
            "The file is neither .xlsx nor .csv in UTF-8 or GB 18030.",
        )
    )


def _file(zh: str, en: str) -> Sentence:
    return Sentence(zh, en, "file")
