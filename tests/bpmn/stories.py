"""Reads bpmn/*.stories.toml: process unit tests as sentences an official can write."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine import stepping
from engine.elements import Definition
from engine.stepping import Event, Occurrence

LINE = re.compile(r"(?P<left>[^→]+?)\s*→\s*(?P<open>[^；]+?)(?:；系统：(?P<services>.+))?$")
SETTING = re.compile(r"已知：(?P<name>.+?)＝(?P<word>.+)$")
START = "报审"


class Unreadable(ValueError):
    """A sentence of a story that nobody could act on."""


@dataclass(frozen=True)
class Story:
    title: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Collection:
    stories: tuple[Story, ...]
    words: Mapping[str, str]
    answers: Mapping[str, str]


def load(file: Path) -> Collection:
    """All stories of a file, each with the steps of the story it follows put in front."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    told = {story["title"]: story for story in data["story"]}
    if len(told) != len(data["story"]):
        raise Unreadable("two stories have one title")

    def steps(title: str) -> tuple[str, ...]:
        story = told[title]
        before = steps(story["after"]) if "after" in story else ()
        return (*before, *story["steps"])

    stories = tuple(Story(title, steps(title)) for title in told)
    return Collection(stories, data["words"], data["answers"])


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
            self.element(name): self.outcome(word) for name, word in self.collection.answers.items()
        }

    def tell(self, story: Story) -> Iterator[tuple[str, str, str]]:
        """(sentence, what it promises, what happened) for each step that promises something."""
        for sentence in story.steps:
            if setting := SETTING.match(sentence):
                self.answers[self.element(setting["name"])] = self.outcome(setting["word"])
                continue
            line = LINE.match(sentence)
            if line is None:
                raise Unreadable(sentence)
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
        raise Unreadable(f"{self.definition.names[element]} is not open")

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
            raise Unreadable(f"{name}: {len(found)} elements of that name")
        return found[0]

    def outcome(self, word: str) -> str:
        if word not in self.collection.words:
            raise Unreadable(f"{word} is not among the words of [words]")
        return self.collection.words[word]


def _sorted(names: str) -> str:
    return "、".join(sorted(names.split("、")))
