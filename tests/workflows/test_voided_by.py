"""The table of domain:C5 in `changes` and the `voids` of the shipped process say the same."""

from __future__ import annotations

import pytest

from engine import bpmn_rules
from tests.factories import ROOT
from workflows.changes import VOIDED_BY

DEFINITION = bpmn_rules.parse((ROOT / "bpmn/publishing.bpmn").read_bytes())


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
def test_process_voids_what_the_table_says(change: str, element: str) -> None:
    decisions = {name for name in DEFINITION.tasks[element].voids if not name.startswith("change_")}
    assert decisions == VOIDED_BY[change]
