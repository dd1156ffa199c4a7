"""Whatever happens to an item, what stands is what domain:C5 says, and the final gate agrees (domain:C4).

Random lives over the real verbs and rows, each judged after every act by an independent reading of the tables
(tests/reference/content_binding.py). `SANSHEN_HISTORIES=300` tells how many lives to try on each database.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from tests.workflows.random_acts import Life

#: A sample for everybody; how many to try when somebody looks for faults.
HISTORIES = int(os.environ.get("SANSHEN_HISTORIES", "12"))
SEEDS = st.integers(0, 1_000_000)


@pytest.mark.slow
@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize="SANSHEN_HISTORIES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(seed=SEEDS, steps=st.lists(SEEDS, min_size=5, max_size=40))
def test_what_stands_is_what_the_table_says(
    uow: OpenUow, county: County, seed: int, steps: list[int]
) -> None:
    life = Life(Chain(uow, county))
    life.begin(seed)
    for step in steps:
        life.step(step)
    life.finish()
