"""States that a release stored load for ever, offer the same, and reach the same end by the same acts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import bpmn_rules, stepping
from engine.stepping import Event

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(path.stem for path in GOLDEN.glob("*.json"))


def stories(version: str) -> list[dict[str, Any]]:
    told = json.loads((GOLDEN / f"{version}.json").read_text(encoding="utf-8"))
    assert told["version"] == version
    return list(told["stories"])


def test_every_release_is_on_record() -> None:
    assert "0.1.0" in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_stored_states_load_and_finish_as_they_did(version: str) -> None:
    definition = bpmn_rules.parse((GOLDEN / f"{version}.bpmn").read_bytes())
    for told in stories(version):
        events = [Event(kind, name, outcome=outcome) for kind, name, outcome in told["events"]]
        for first, state in enumerate(told["states"]):
            here = state
            for event in events[first:]:
                assert event.occurrence in stepping.enabled(definition, here)
                here = stepping.advance(definition, here, event).state
            assert stepping.ended(here) == told["ends"]


@pytest.mark.parametrize("version", VERSIONS)
def test_stored_states_keep_their_text(version: str) -> None:
    """A state's digest is its name in the trail, so a step must go on writing the very same text."""
    definition = bpmn_rules.parse((GOLDEN / f"{version}.bpmn").read_bytes())
    for told in stories(version):
        here = stepping.start(definition).state
        for state, (kind, name, outcome) in zip(told["states"], told["events"], strict=True):
            assert here == state
            here = stepping.advance(definition, here, Event(kind, name, outcome=outcome)).state
