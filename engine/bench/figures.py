"""Figures with their spread: medians over interleaved rounds, and ratios taken round by round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """From at least one value."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


def seconds(act: Callable[[], object]) -> float:
    """How long it took."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def interleaved(
    contestants: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    """Every contestant's figure in every round; they take turns, in another order each round."""
    chance = random.Random(1)  # noqa: S311 - an order, not a secret
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        order = list(contestants)
        chance.shuffle(order)
        for name in order:
            found[name].append(contestants[name]())
    return found


def ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    """How many times the other, round by round."""
    return Spread.of([a / b for a, b in zip(one, other, strict=True)])


def interval(
    one: Sequence[float], other: Sequence[float], draws: int = 2_000
) -> tuple[float, float]:
    """The 95 % interval of the ratio of medians, by drawing the rounds again with replacement."""
    chance = random.Random(2)  # noqa: S311 - an estimate, not a secret
    numbers = range(len(one))
    found = []
    for _ in range(draws):
        drawn = chance.choices(numbers, k=len(one))
        found.append(median([one[n] for n in drawn]) / median([other[n] for n in drawn]))
    found.sort()
    return found[int(draws * 0.025)], found[int(draws * 0.975)]
