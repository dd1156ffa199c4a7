"""Reads a rules file (TOML) that stands beside a process definition: every problem of it at once, with line.

One `[[rule]]` each: `id`, `zh`, `en`, `source`, `strength`, and either a `template` with its patterns
(decided on the graph) or `enforced_by` with `tested_by` (people, texts and time are not on the graph).
A pattern is `element`, `element=outcome`, `element=outcome|outcome`, `handler:NAME`, `timer:NAME` or
`end:NAME`; `*` stands for every timer or end.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from engine import rules
from engine.elements import Definition
from engine.errors import DefinitionRefused, Problem
from engine.rules import Pattern, Rule, Strength, Watch
from engine.text import Sentence

#: Template → its lists of patterns; those in the second tuple may be left out.
TEMPLATES: Mapping[str, tuple[Callable[..., tuple[Watch, ...]], tuple[str, ...], tuple[str, ...]]]
TEMPLATES = {
    "precedence": (rules.precedence, ("of", "needs"), ("since",)),
    "not_succession": (rules.not_succession, ("after", "never"), ("until",)),
    "response": (rules.response, ("after", "then", "by"), ()),
    "absence": (rules.absence, ("never",), ()),
    "not_coexistence": (rules.not_coexistence, ("these",), ()),
}
ALWAYS = ("id", "zh", "en", "source", "strength")
AT_RUN_TIME = ("enforced_by", "tested_by")
WORD = re.compile(r"[a-z][a-z0-9_]*")


def read(definition: Definition, content: bytes, file: str = "") -> tuple[Rule, ...]:
    """The rules of a file, for this definition; raises DefinitionRefused with all problems.

    A rule that names an element, handler, outcome or end which the process does not have is refused, so
    that nothing passes because a rule no longer speaks of it.
    """
    reader = _Reader(definition, content, file)
    found = tuple(reader.rules())
    if reader.problems:
        raise DefinitionRefused(*sorted(set(reader.problems)))
    return found


class _Reader:
    def __init__(self, definition: Definition, content: bytes, file: str) -> None:
        self.definition = definition
        self.text = content.decode("utf-8", "replace")
        self.file = file
        self.problems: list[Problem] = []
        heads = re.finditer(r"^[ \t]*\[\[\s*rule\s*\]\]", self.text, re.MULTILINE)
        self.lines = [self.text.count("\n", 0, head.start()) + 1 for head in heads]

    def add(self, line: int, rule: str, zh: str, en: str) -> None:
        self.problems.append(Problem(self.file, line, rule, Sentence(zh, en)))

    def rules(self) -> Iterable[Rule]:
        try:
            data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            told = re.search(r"line (\d+)", str(error))
            at = int(told[1]) if told else self.text.count("\n") + 1
            self.add(at, "", f"不是合法的 TOML：{error}", f"This is not valid TOML: {error}")
            return
        entries = data.get("rule", [])
        if not isinstance(entries, list) or not entries or set(data) - {"rule"}:
            self.add(
                1,
                "",
                "规则文件里只写 [[rule]]，至少一条。",
                "A rules file holds [[rule]] entries and nothing else, at least one.",
            )
            return
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            line = self.lines[number] if number < len(self.lines) else 1
            rule = self._rule(dict(entry), line)
            if rule is not None and rule.id in seen:
                self.add(line, rule.id, "规则编号重复。", "Two rules have this id.")
            elif rule is not None:
                seen.add(rule.id)
                yield rule

    def _rule(self, entry: dict[str, Any], line: int) -> Rule | None:
        before = len(self.problems)
        name = str(entry.get("id", ""))
        if not WORD.fullmatch(name):
            self.add(
                line,
                name,
                "id 用小写英文字母、数字和下划线。",
                "The id is lower-case letters, digits and underscores.",
            )
        for key in ("zh", "en"):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                self.add(line, name, f"缺 {key}（一句话）。", f"`{key}` (a sentence) is missing.")
        if entry.get("strength") not in get_args(Strength):
            self.add(
                line,
                name,
                "strength 只能是 mandatory（必须）、principle（原则上）、encouraged（鼓励）。",
                "The strength is mandatory, principle or encouraged.",
            )
        sources = self._texts(entry, "source", line, name)
        watches: tuple[Watch, ...] = ()
        enforced: tuple[str, ...] = ()
        tested: tuple[str, ...] = ()
        if "template" in entry:
            watches = self._watches(entry, line, name)
        else:
            enforced = self._texts(entry, "enforced_by", line, name)
            tested = self._texts(entry, "tested_by", line, name)
            self._nothing_else(entry, (*ALWAYS, *AT_RUN_TIME), line, name)
        if len(self.problems) > before:
            return None
        sentence = Sentence(entry["zh"], entry["en"], name)
        return Rule(name, sentence, sources, entry["strength"], watches, enforced, tested)

    def _watches(self, entry: dict[str, Any], line: int, name: str) -> tuple[Watch, ...]:
        template = entry["template"]
        if template not in TEMPLATES:
            listed = "、".join(TEMPLATES)
            self.add(
                line,
                name,
                f"没有“{template}”这种规则；可用：{listed}。",
                f"There is no template “{template}”; use one of: {', '.join(TEMPLATES)}.",
            )
            return ()
        make, needed, optional = TEMPLATES[template]
        self._nothing_else(entry, (*ALWAYS, "template", *needed, *optional), line, name)
        given = {
            key: self._patterns(entry, key, line, name)
            for key in (*needed, *(key for key in optional if key in entry))
        }
        return make(name, **given)

    def _patterns(
        self, entry: dict[str, Any], key: str, line: int, name: str
    ) -> tuple[Pattern, ...]:
        return tuple(
            pattern
            for text in self._texts(entry, key, line, name)
            if (pattern := self._pattern(text, line, name)) is not None
        )

    def _pattern(self, text: str, line: int, name: str) -> Pattern | None:
        head, _, said = text.partition("=")
        kind, colon, rest = head.partition(":")
        outcomes = frozenset(said.split("|")) if said else frozenset[str]()
        if not colon:
            pattern = Pattern("element", head, outcomes)
        elif kind in ("handler", "timer", "end"):
            pattern = Pattern(kind, rest, outcomes)  # type: ignore[arg-type]  # narrowed by the test above
        else:
            pattern = None
        if pattern is not None and self._exists(pattern):
            return pattern
        self.add(
            line,
            name,
            f"“{text}”在流程里没有：没有这一元素、处理、计时器、办结方式，或它没有这一结论。",
            f"The process has no “{text}”: no such task, handler, timer or end, or no such outcome.",
        )
        return None

    def _exists(self, pattern: Pattern) -> bool:
        definition = self.definition
        if pattern.subject == "timer":
            return not pattern.outcomes and pattern.name in {"*", *definition.timers}
        if pattern.subject == "end":
            return not pattern.outcomes and pattern.name in {"*", *definition.ends}
        tasks = [
            rule
            for rule in definition.tasks.values()
            if rule.kind != "rule"  # answered by a table: nothing happens that could be watched
            and pattern.name == (rule.handler if pattern.subject == "handler" else rule.id)
        ]
        return bool(tasks) and all(pattern.outcomes <= set(rule.outcomes) for rule in tasks)

    def _texts(self, entry: dict[str, Any], key: str, line: int, name: str) -> tuple[str, ...]:
        value = entry.get(key)
        if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value):
            return tuple(value)
        self.add(
            line,
            name,
            f"{key} 是一组文字，至少一个。",
            f"`{key}` is a list of texts, at least one.",
        )
        return ()

    def _nothing_else(
        self, entry: dict[str, Any], allowed: tuple[str, ...], line: int, name: str
    ) -> None:
        for key in sorted(set(entry) - set(allowed)):
            self.add(
                line,
                name,
                f"这里不能写 {key}；可写：{'、'.join(allowed)}。",
                f"`{key}` has no meaning here; allowed: {', '.join(allowed)}.",
            )
