"""What the proof of a process found, as sentences and stories for those who have to mend the diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import definitions, rule_files
from engine import rules as compliance
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.rules import Rule
from engine.stepping import Event
from engine.text import Sentence
from engine.verification import Finding, Kind, Verdict
from workflows import bpmn_files
from workflows.vocabulary import OUTCOMES

#: What is wrong, by kind of finding; `{}` is the element.
SAYINGS: Mapping[Kind, tuple[str, str]] = {
    "twice": (
        "“{}”还在办理，又走到了这里：同一环节不能同时打开两次。请让支线先汇合，或者只提醒、不另开任务。",
        "“{}” is reached again while it is still open: a task cannot be open twice at once. Let the branches join "
        "first, or remind instead of opening a task.",
    ),
    "dead": (
        "走到这里就停住了：{}之后没有路可走，也没有办结。",
        "The case gets stuck: after {} nothing can happen and it has not ended.",
    ),
    "trapped": (
        "走到{}之后，无论怎么办都办结不了。",
        "From {} on, no way leads to an end.",
    ),
    "unreached": ("“{}”永远走不到。", "“{}” is never reached."),
    "unreached_end": ("永远不会以“{}”办结。", "The case never ends with “{}”."),
    "nobody": (
        "“{}”没有写由谁办理（candidate_role）。",
        "“{}” does not say who may do it (candidate_role).",
    ),
    "no_handler": (
        "“{}”没有写由哪个处理程序回答（handler）。",
        "“{}” does not say what answers it (handler).",
    ),
    "restless": (
        "“{}”会自己一遍又一遍地发生，没有人办理也停不下来。",
        "“{}” goes round for ever without anybody's doing.",
    ),
}


#: What the program itself answers; that a step without a choice is done goes without saying.
ANSWERS: Mapping[str, Sentence] = {
    "needed": Sentence("需要", "yes"),
    "not_needed": Sentence("不需要", "no"),
    "regular": Sentence("分管领导审签", "the leader in charge"),
    "cosigned": Sentence(
        "分管领导和主要负责人会签", "both, the leader in charge and the principal"
    ),
    "principal": Sentence("主要负责人审签", "the principal"),
    "doubtful": Sentence("存疑，须人工审定", "doubtful, to be decided by a person"),
    "none": Sentence("没有变化", "no change"),
    "metadata": Sentence("栏目、日期等有变", "column or dates changed"),
    "attribute": Sentence("公开属性有变", "the disclosure attribute changed"),
    "both": Sentence("公开属性和栏目都有变", "the disclosure attribute and the placement changed"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words: what is wrong, and a shortest story that leads there, numbered."""

    kind: Kind
    about: str
    mandatory: bool
    sentence: Sentence
    story: tuple[Sentence, ...]


STRENGTHS = {
    "mandatory": Sentence("必须", "Mandatory"),
    "principle": Sentence("原则上", "In principle"),
    "encouraged": Sentence("鼓励", "Encouraged"),
}
PROVEN = Sentence("部署前已逐一证明", "proven before deployment")
WATCHED = Sentence("办理时把关", "enforced at work")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as the page of a process lists it: what it says, from where, how strong, when it is looked at."""

    id: str
    sentence: Sentence
    sources: tuple[str, ...]
    strength: Sentence
    when: Sentence


def rule_lines(uow: UnitOfWork, key: str) -> tuple[RuleLine, ...]:
    """The rules that the newest version of a process was proven under, in the order of its file."""
    row = definitions.latest(uow, key)
    if not row.rules:
        return ()
    rules = rule_files.read(definitions.load(uow, row.id), row.rules, row.file)
    return tuple(
        RuleLine(
            rule.id,
            rule.sentence,
            rule.sources,
            STRENGTHS[rule.strength],
            PROVEN if rule.is_static else WATCHED,
        )
        for rule in rules
    )


def told(definition: Definition, rules: Sequence[Rule], verdict: Verdict) -> list[Told]:
    """Every finding of a verdict in words, in its order."""
    by_id = compliance.by_id(rules)
    return [
        Told(
            finding.kind,
            finding.about,
            finding.mandatory,
            _sentence(definition, by_id, finding),
            story(definition, finding.story),
        )
        for finding in verdict.findings
    ]


def story(definition: Definition, events: Sequence[Event]) -> tuple[Sentence, ...]:
    """The events one by one: `1 公开属性审查：确认主动公开`."""
    return tuple(
        _numbered(number, _told(definition, event)) for number, event in enumerate(events, start=1)
    )


def refusal(one: Told) -> Sentence:
    """A finding in one paragraph, with its story."""
    if not one.story:
        return one.sentence
    return Sentence(
        one.sentence.zh + "\n  " + "\n  ".join(step.zh for step in one.story),
        one.sentence.en + "\n  " + "\n  ".join(step.en for step in one.story),
        one.sentence.code,
    )


def _sentence(definition: Definition, rules: Mapping[str, Rule], finding: Finding) -> Sentence:
    if finding.kind == "rule":
        rule = rules[finding.about]
        sources = "、".join(rule.sources)
        return Sentence(
            f"违反规则“{rule.id}”：{rule.sentence.zh}（依据：{sources}）可以这样走到：",
            f"The rule “{rule.id}” can be broken: {rule.sentence.en} "
            f"(source: {', '.join(rule.sources)}) This is how:",
            rule.id,
        )
    names = [_name(definition, element) for element in finding.about.split(" ")]
    zh, en = SAYINGS[finding.kind]
    return Sentence(
        zh.format("、".join(name.zh for name in names)),
        en.format(", ".join(name.en for name in names)),
        finding.about,
    )


def _told(definition: Definition, event: Event) -> Sentence:
    name = _name(definition, event.element)
    if event.kind == "timer":
        return Sentence(f"到时：{name.zh}", f"Time runs out: {name.en}")
    if event.outcome is None or event.outcome == "done":
        return name
    said = OUTCOMES.get(event.outcome) or ANSWERS.get(event.outcome)
    said = said or Sentence(event.outcome, event.outcome)
    return Sentence(f"{name.zh}：{said.zh}", f"{name.en}: {said.en}")


def _name(definition: Definition, element: str) -> Sentence:
    return bpmn_files.name_of(element, definition.names.get(element, ""))


def _numbered(number: int, sentence: Sentence) -> Sentence:
    return Sentence(f"{number} {sentence.zh}", f"{number} {sentence.en}", sentence.code)
