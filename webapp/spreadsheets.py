"""Tables as files that spreadsheet programs open: .xlsx, or .csv in UTF-8 with its mark."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO, StringIO

import openpyxl

Row = Sequence[str | int | date]
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def write(form: str, title: str, head: Row, rows: Iterable[Row]) -> bytes:
    """The table as one file; `form` is a key of TYPES."""
    return _xlsx(title, head, rows) if form == "xlsx" else _csv(head, rows)


def _xlsx(title: str, head: Row, rows: Iterable[Row]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _csv(head: Row, rows: Iterable[Row]) -> bytes:
    kept = StringIO()
    writer = csv.writer(kept)
    writer.writerow(head)
    writer.writerows(rows)
    return kept.getvalue().encode("utf-8-sig")
