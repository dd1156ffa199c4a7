"""Tables as files that spreadsheet programs open: .xlsx, or .csv in UTF-8 with its mark."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO, StringIO

import openpyxl

from workflows import typed

Cell = str | int | date
Row = Sequence[Cell]
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def write(form: str, title: str, head: Row, rows: Iterable[Row]) -> bytes:
    """The table as one file; `form` is a key of TYPES."""
    plain = ([_cell(value) for value in row] for row in (head, *rows))
    return _xlsx(title, plain) if form == "xlsx" else _csv(plain)


def _cell(value: Cell) -> Cell:
    """What was stored before texts were cleaned stands for good; it keeps no table from being made."""
    return typed.clean(value) if isinstance(value, str) else value


def _xlsx(title: str, rows: Iterable[Row]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _csv(rows: Iterable[Row]) -> bytes:
    kept = StringIO()
    writer = csv.writer(kept)
    writer.writerows(rows)
    return kept.getvalue().encode("utf-8-sig")
