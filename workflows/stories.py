"""Stories beside a process (`NAME.stories.toml`): process unit tests as sentences an official can write.

How to write them stands at the head of `bpmn/publishing.stories.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import stepping
from engine.elements import Definition
from engine.stepping import Event, Occurrence
from engine.text import Sentence
from workflows.errors import WorkflowError

LINE = re.compile(r"(?P<left>[^→]+?)\s*→\s*(?P<open>[^；]+?)(?:；系统：(?P<services>.+))?$")
SETTING = re.compile(r"已知：(?P<name>.+?)＝(?P<word>.+)$")
START = "报审"


class Unreadable(WorkflowError):
    """A sentence of a story that nobody could act on."""


def _unreadable(zh: str, en: str) -> Unreadable:
    return Unreadable(Sentence(zh, en))


@dataclass(frozen=True)
class Story:
    """A title, and the sentences from the very beginning on."""

    title: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Collection:
    """All stories of a file, what their words mean, and how automatic tasks answer unless told."""

    stories: tuple[Story, ...]
    words: Mapping[str, str]
    answers: Mapping[str, str]


def load(file: Path) -> Collection:
    """All stories of a file, each with the steps of the story it follows put in front."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    told = {story["title"]: story for story in data["story"]}
    if len(told) != len(data["story"]):
        raise _unreadable("两个故事用了同一个题目。", "Two stories have one title.")

    def steps(title: str) -> tuple[str, ...]:
        story = told[title]
        before = steps(story["after"]) if "after" in story else ()
        return (*before, *story["steps"])

    stories = tuple(Story(title, steps(title)) for title in told)
    words, answers = dict(data.get("words", {})), dict(data.get("answers", {}))
    if also := data.get("words_of"):
        other = tomllib.loads(_beside(file, str(also)).read_text(encoding="utf-8"))
        words, answers = {**other["words"], **words}, {**other["answers"], **answers}
    return Collection(stories, words, answers)


def _beside(file: Path, key: str) -> Path:
    other = file.with_name(f"{key}.stories.toml")
    if not other.is_file():
        raise _unreadable(f"没有“{key}”的故事文件。", f"There are no stories of “{key}”.")
    return other


@dataclass(frozen=True)
class Broken:
    """Where a story and its process part: the sentence, what it promises, and what happened instead."""

    title: str
    sentence: str
    promised: str
    happened: str


def tell_all(definition: Definition, collection: Collection) -> list[Broken]:
    """Tell every story twice, automatic steps in either order; the first sentence of each that is not so."""
    broken = []
    for story in collection.stories:
        for backwards in (False, True):
            found = _first_broken(Telling(definition, collection, backwards), story)
            if found is not None:
                broken.append(found)
                break
    return broken


def _first_broken(telling: Telling, story: Story) -> Broken | None:
    for sentence, promised, happened in telling.tell(story):
        if promised != happened:
            return Broken(story.title, sentence, promised, happened)
    return None


@dataclass
class Telling:
    """One story being told against a definition; nothing but the state's text is carried on."""

    definition: Definition
    collection: Collection
    backwards: bool = False
    state: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    seen: set[Occurrence] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.answers = {
            self.element(name): self.outcome(word)
            for name, word in self.collection.answers.items()
            if name in self.definition.names.values()
        }

    def tell(self, story: Story) -> Iterator[tuple[str, str, str]]:
        """(sentence, what it promises, what happened) for each step that promises something."""
        for sentence in story.steps:
            if setting := SETTING.match(sentence):
                self.answers[self.element(setting["name"])] = self.outcome(setting["word"])
                continue
            line = LINE.match(sentence)
            if line is None:
                raise _unreadable(
                    f"看不懂这一句：{sentence}", f"This sentence cannot be read: {sentence}"
                )
            services = self.act(line["left"])
            yield sentence, _sorted(line["open"]), self.position()
            for name in (line["services"] or "").split("、") if line["services"] else ():
                yield sentence, f"系统：{name}", f"系统：{name if name in services else '没有办'}"

    def act(self, sentence: str) -> list[str]:
        """Does what the left side says, lets the services answer, and names those that did."""
        if sentence == START:
            self.state = stepping.start(self.definition).state
        else:
            subject, _, word = sentence.partition("：")
            if subject == "到时":
                self.advance("timer", self.element(word), None)
            else:
                self.advance("user", self.element(subject), self.outcome(word))
        return self.answer_services()

    def advance(self, kind: str, element: str, outcome: str | None) -> None:
        for open_one in stepping.enabled(self.definition, self.state):
            if open_one.kind == kind and open_one.element == element:
                event = Event(kind, element, open_one.path, open_one.item, outcome)
                self.state = stepping.advance(self.definition, self.state, event).state
                self.seen.add(open_one)
                return
        name = self.definition.names[element]
        raise _unreadable(f"此时“{name}”不在等人办。", f"“{name}” is not open then.")

    def answer_services(self) -> list[str]:
        done = []
        while waiting := self.waiting("service"):
            element = waiting[-1 if self.backwards else 0].element
            self.advance("service", element, self.answers.get(element, "done"))
            done.append(self.definition.names[element])
        return done

    def waiting(self, *kinds: str) -> list[Occurrence]:
        return [o for o in stepping.enabled(self.definition, self.state) if o.kind in kinds]

    def position(self) -> str:
        """The open tasks in words, or the end that was reached."""
        end = stepping.ended(self.state)
        if end is not None:
            return f"办结：{self.definition.ends[end]}"
        names = [self.definition.names[o.element] for o in self.waiting("user", "message")]
        return _sorted("、".join(names))

    def element(self, name: str) -> str:
        tasks = {*self.definition.tasks, *self.definition.timers}
        found = [i for i in tasks if self.definition.names[i] == name]
        if len(found) != 1:
            raise _unreadable(
                f"流程里叫“{name}”的环节有 {len(found)} 个，要有且只有一个。",
                f"The process has {len(found)} elements called “{name}”; there must be one.",
            )
        return found[0]

    def outcome(self, word: str) -> str:
        if word not in self.collection.words:
            raise _unreadable(
                f"“{word}”不在 [words] 列出的词里。", f"“{word}” is not among the words of [words]."
            )
        return self.collection.words[word]


def _sorted(names: str) -> str:
    return "、".join(sorted(names.split("、")))
