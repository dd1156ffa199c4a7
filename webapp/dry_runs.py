"""The rows of a dry run, carried by its page to the confirmation: written out and read back in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable

from workflows.errors import NotFound
from workflows.tables_in import MOST_ROWS, TableRow


def written(rows: Iterable[TableRow]) -> str:
    """The rows as a form field holds them."""
    return json.dumps([[row.number, dict(row.cells)] for row in rows], ensure_ascii=False)


def read_back(text: str) -> list[TableRow]:
    """The rows as the page sent them back, to be judged anew in any case; NotFound if they were bent."""
    try:
        told = json.loads(text)
        rows = [
            TableRow(int(number), {str(name): str(cell) for name, cell in cells.items()})
            for number, cells in told
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        rows = []
    if not 0 < len(rows) <= MOST_ROWS:
        raise NotFound
    return rows
