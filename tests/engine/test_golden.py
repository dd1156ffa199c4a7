"""States that a release stored load for ever, offer the same, and reach the same end by the same acts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine import bpmn_rules, stepping
from engine.stepping import Event
from tests.conftest import ROOT

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(path.stem for path in GOLDEN.glob("*.json"))


def stories(version: str) -> list[dict[str, Any]]:
    told = json.loads((GOLDEN / f"{version}.json").read_text(encoding="utf-8"))
    assert told["version"] == version
    return list(told["stories"])


def events(told: dict[str, Any]) -> list[Event]:
    return [
        Event(kind, name, (), *item, outcome=outcome)
        for kind, name, outcome, *item in told["events"]
    ]


def test_every_release_is_on_record() -> None:
    """`python -m tests.engine.golden.record` makes what is missing, before the release."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d\S+)", changes, re.MULTILINE)
    assert "0.1.0" in released
    assert {*released, *(f"{version}-elements" for version in released)} == set(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_stored_states_load_and_finish_as_they_did(version: str) -> None:
    definition = bpmn_rules.parse((GOLDEN / f"{version}.bpmn").read_bytes())
    for told in stories(version):
        for first, state in enumerate(told["states"]):
            here = state
            for event in events(told)[first:]:
                assert event.occurrence in stepping.enabled(definition, here)
                here = stepping.advance(definition, here, event).state
            assert stepping.ended(here) == told["ends"]


@pytest.mark.parametrize("version", VERSIONS)
def test_stored_states_keep_their_text(version: str) -> None:
    """A state's digest is its name in the trail, so a step must go on writing the very same text."""
    definition = bpmn_rules.parse((GOLDEN / f"{version}.bpmn").read_bytes())
    for told in stories(version):
        here = stepping.start(definition).state
        for state, event in zip(told["states"], events(told), strict=True):
            assert here == state
            here = stepping.advance(definition, here, event).state
