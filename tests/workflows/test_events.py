"""The closed list of the domain's trail entries and their sentences."""

from __future__ import annotations

import re

import pytest

from engine.database import SYSTEM
from tests.conftest import OpenUow
from tests.factories import ROOT
from workflows import events


@pytest.mark.parametrize("kind", events.EVENTS.values(), ids=lambda kind: kind.action)
def test_name_and_sentences_follow_the_rule(kind: events.Kind) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.action)
    assert kind.zh
    assert kind.en
    assert not re.search(r"[\u4e00-\u9fff]", kind.en)


@pytest.mark.parametrize("action", events.EVENTS)
def test_sentence_prints_even_if_the_entry_lacks_a_value(action: str) -> None:
    told = events.sentence(action, {})
    assert told is not None
    assert "{" not in told.zh + told.en


def test_every_kind_is_written_somewhere() -> None:
    files = [p for folder in ("workflows", "webapp") for p in (ROOT / folder).rglob("*.py")]
    code = "".join(p.read_text(encoding="utf-8") for p in files if p.name != "events.py")
    assert [action for action in events.EVENTS if f'"{action}"' not in code] == []


def test_sentence_is_filled_from_the_entry() -> None:
    told = events.sentence("package.saved", {"version": 3})
    assert told is not None
    assert (told.zh, told.en) == ("保存第3版", "Saved version 3")


def test_actions_of_others_have_no_sentence_here() -> None:
    assert events.sentence("task.claimed", {}) is None


def test_unknown_action_is_not_recorded(uow: OpenUow) -> None:
    with uow(SYSTEM) as work, pytest.raises(KeyError):
        events.record(work, "package.vanished", subject="x")
