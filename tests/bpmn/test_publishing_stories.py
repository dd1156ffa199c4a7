"""The publishing chain behaves as its stories say, told twice: automatic steps in either order."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine.bpmn_rules import parse
from engine.elements import Definition
from workflows.stories import Story, Telling, load

FOLDER = Path(__file__).parents[2] / "bpmn"
COLLECTION = load(FOLDER / "publishing.stories.toml")


@cache
def definition() -> Definition:
    file = FOLDER / "publishing.bpmn"
    return parse(file.read_bytes(), file=file.name)


@pytest.mark.parametrize("backwards", [False, True], ids=["in_order", "backwards"])
@pytest.mark.parametrize("story", COLLECTION.stories, ids=lambda story: story.title)
def test_every_story_comes_true(story: Story, backwards: bool) -> None:
    telling = Telling(definition(), COLLECTION, backwards)
    for number, (sentence, promised, happened) in enumerate(telling.tell(story), 1):
        assert happened == promised, f"{story.title}, step {number}: {sentence}"


def test_the_stories_use_every_task_every_outcome_and_both_timers() -> None:
    """A branch that no story takes is a branch that nobody has looked at."""
    rules = definition().tasks
    told: set[tuple[str, str]] = set()
    for story in COLLECTION.stories:
        for sentence in story.steps:
            subject, _, word = sentence.split(" →")[0].replace("＝", "：").partition("：")
            if subject in ("已知", "到时"):
                subject, _, word = word.partition("：")
            told.add((subject, COLLECTION.words.get(word, word)))
    defaults = {(name, COLLECTION.words[word]) for name, word in COLLECTION.answers.items()}
    missing = {
        f"{rule.name}：{outcome}"
        for rule in rules.values()
        for outcome in rule.outcomes
        if outcome != "done" and (rule.name, outcome) not in told | defaults
    }
    timers = {timer.name for timer in definition().timers.values()}
    assert missing == set()
    assert timers <= {subject for subject, _ in told}
