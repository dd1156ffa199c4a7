"""The publishing chain behaves as its stories say, told twice: automatic steps in either order."""

from __future__ import annotations

import pytest

from tests import shipped
from workflows import bpmn_files
from workflows.stories import Story, Telling, load

COLLECTIONS = {key: load(bpmn_files.FOLDER / f"{key}.stories.toml") for key in shipped.KEYS}
TOLD = [(key, story) for key, collection in COLLECTIONS.items() for story in collection.stories]


@pytest.mark.parametrize("backwards", [False, True], ids=["in_order", "backwards"])
@pytest.mark.parametrize(
    ("key", "story"), TOLD, ids=[f"{key}-{story.title}" for key, story in TOLD]
)
def test_every_story_comes_true(key: str, story: Story, backwards: bool) -> None:
    telling = Telling(shipped.definition(key), COLLECTIONS[key], backwards)
    for number, (sentence, promised, happened) in enumerate(telling.tell(story), 1):
        assert happened == promised, f"{story.title}, step {number}: {sentence}"


def test_the_stories_use_every_task_every_outcome_and_both_timers() -> None:
    """A branch that no story takes is a branch that nobody has looked at."""
    definition, collection = shipped.definition(), COLLECTIONS["publishing"]
    told = _told("publishing")
    defaults = {(name, collection.words[word]) for name, word in collection.answers.items()}
    missing = {
        f"{rule.name}：{outcome}"
        for rule in definition.tasks.values()
        for outcome in rule.outcomes
        if outcome != "done" and (rule.name, outcome) not in told | defaults
    }
    timers = {timer.name for timer in definition.timers.values()}
    assert missing == set()
    assert timers <= {subject for subject, _ in told}


@pytest.mark.parametrize("key", shipped.KEYS)
def test_the_stories_of_every_profile_use_what_is_its_own(key: str) -> None:
    """What the default chain has as well is told there; every other task is met, with every outcome."""
    definition, default = shipped.definition(key), shipped.definition()
    told = _told(key)
    own = {
        (rule.name, outcome)
        for name, rule in definition.tasks.items()
        for outcome in rule.outcomes
        if outcome != "done" and outcome not in getattr(default.tasks.get(name), "outcomes", ())
    }
    answers = {
        (name, COLLECTIONS[key].words[word]) for name, word in COLLECTIONS[key].answers.items()
    }
    assert own <= told | answers


def _told(key: str) -> set[tuple[str, str]]:
    collection = COLLECTIONS[key]
    told: set[tuple[str, str]] = set()
    for story in collection.stories:
        for sentence in story.steps:
            subject, _, word = sentence.split(" →")[0].replace("＝", "：").partition("：")
            if subject in ("已知", "到时"):
                subject, _, word = word.partition("：")
            told.add((subject, collection.words.get(word, word)))
    return told
