"""Decision tables (DMN): rows of comparisons with literals, read once and answered without running anything.

A table asks the decisions of the process and gives one word. Because every variable can have only the
outcomes that are declared for it, all its situations can be counted out before it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from engine.conditions import Value

Policy = Literal["UNIQUE", "FIRST"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the values, or with `other` any but these. An empty cell of the file is None in a row."""

    values: frozenset[Value]
    other: bool = False

    def fits(self, value: Value) -> bool:
        """Whether the cell speaks of this value; a decision that was not taken is None."""
        return (value in self.values) is not self.other


@dataclass(frozen=True, slots=True)
class Row:
    """What must hold, input by input, and the word that follows."""

    cells: tuple[Cell | None, ...]
    output: str
    line: int = field(default=0, compare=False)

    def fits(self, values: Sequence[Value]) -> bool:
        """Whether every cell that says something agrees."""
        pairs = zip(self.cells, values, strict=True)
        return all(cell is None or cell.fits(value) for cell, value in pairs)


@dataclass(frozen=True, slots=True)
class Table:
    """A decision: `inputs` are task ids, `default` is the word if no row fits."""

    id: str
    name: str
    policy: Policy
    inputs: tuple[str, ...]
    rows: tuple[Row, ...]
    default: str | None = None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every word the table can give, in the order of the file."""
        words = [row.output for row in self.rows]
        return tuple(dict.fromkeys([*words, *([self.default] if self.default else [])]))

    @property
    def comparisons(self) -> tuple[tuple[str, Value], ...]:
        """Every (variable, literal) pair the table speaks of."""
        return tuple(
            (name, value)
            for row in self.rows
            for name, cell in zip(self.inputs, row.cells, strict=True)
            if cell is not None
            for value in sorted(cell.values, key=str)
        )

    def answer(self, decisions: Mapping[str, str]) -> str:
        """The word for these decisions. A table that was checked has one for every situation."""
        values = [decisions.get(name) for name in self.inputs]
        word = next((row.output for row in self.rows if row.fits(values)), self.default)
        if word is None:
            raise LookupError(f"the table {self.id} says nothing of {values}")
        return word

    def size(self, domains: Mapping[str, Sequence[str]]) -> int:
        """How many situations there are; `domains` are the outcomes each input can have."""
        number = 1
        for name in self.inputs:
            number *= len(domains[name]) + 1
        return number

    def gaps(self, domains: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Value]]:
        """Situations for which no row has a word."""
        if self.default is None:
            for values in self._situations(domains):
                if not any(row.fits(values) for row in self.rows):
                    yield dict(zip(self.inputs, values, strict=True))

    def overlaps(
        self, domains: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[Row, Row, dict[str, Value]]]:
        """Of a UNIQUE table, situations for which two rows fit."""
        if self.policy == "UNIQUE":
            for values in self._situations(domains):
                fitting = [row for row in self.rows if row.fits(values)]
                if len(fitting) > 1:
                    yield fitting[0], fitting[1], dict(zip(self.inputs, values, strict=True))

    def _situations(self, domains: Mapping[str, Sequence[str]]) -> Iterator[tuple[Value, ...]]:
        return product(*((*domains[name], None) for name in self.inputs))
