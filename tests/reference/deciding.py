"""Writes small DMN files for tests: rows in, XML out."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="tables" name="tables" namespace="https://example.org/sanshen/tests">'.replace(
    "https://www.omg.org", "http://www.omg.org"
)


def table(
    name: str,
    inputs: Sequence[str],
    rows: Sequence[tuple[Sequence[str], str]],
    *,
    policy: str = "UNIQUE",
    default: str = "",
) -> bytes:
    """A DMN file with one table; cells as the file has them, outputs as plain words."""
    columns = "".join(
        f"<input id={quoteattr(f'{name}_in_{n}')}><inputExpression><text>{escape(one)}</text></inputExpression></input>"
        for n, one in enumerate(inputs)
    )
    otherwise = (
        f'<defaultOutputEntry><text>"{default}"</text></defaultOutputEntry>' if default else ""
    )
    body = "\n".join(
        f"<rule id={quoteattr(f'{name}_row_{n}')}>"
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
        + f'<outputEntry><text>"{output}"</text></outputEntry></rule>'
        for n, (cells, output) in enumerate(rows)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}\n'
        f'<decision id="{name}" name="{name}"><decisionTable id="{name}_table" hitPolicy="{policy}">'
        f'{columns}<output id="{name}_out">{otherwise}</output>\n{body}\n'
        "</decisionTable></decision></definitions>\n"
    ).encode()
