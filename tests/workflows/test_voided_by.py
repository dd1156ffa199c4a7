"""The table of domain:C5 in `changes` and the `voids` of the shipped process say the same."""

from __future__ import annotations

import pytest

from tests import shipped
from workflows.changes import VOIDED_BY


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ("t1", "change_t1"),
        ("t2", "change_t2"),
        ("t3", "change_t3"),
        ("attribute", "change_attribute"),
        ("metadata", "change_metadata"),
    ],
)
@pytest.mark.parametrize("key", shipped.KEYS)
def test_process_voids_what_the_table_says(key: str, change: str, element: str) -> None:
    """Of what its profile has: not every way has every stage."""
    tasks = shipped.definition(key).tasks
    decisions = {name for name in tasks[element].voids if not name.startswith("change_")}
    assert decisions == VOIDED_BY[change] & set(tasks)
