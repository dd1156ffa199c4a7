"""A content as lines of text for comparing: everything that is digested has its place in them.

Somebody who confirms a change signs for what these lines showed. So what the words do not tell, such as
bold print or the cells of a table, is compared as it is stored, under a heading that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from engine.text import Sentence
from workflows import comparing
from workflows.compared import ComparedPart
from workflows.content import Content, Interpretation, Material, canonical
from workflows.labelled_facts import facts, value_of
from workflows.read_models import Labelled
from workflows.vocabulary import ELEMENTS, INTERPRETATION_FORMS, INTERPRETERS, SIX_POINTS, label

BODY = Sentence("正文", "Body", "body")
INTERPRETATION = Sentence("解读", "Interpretation", "interpretation")
ATTACHMENTS = Sentence("附件", "Attachments", "attachments")
METADATA = Sentence("元数据", "Metadata", "metadata")

_PLAN = (
    ("outline", "解读提纲", "Outline"),
    ("channel", "解读渠道", "Channel"),
    ("on", "解读时间", "When"),
    ("responsible", "责任人", "Responsible"),
)
_FEWER = Sentence("形式少于规定数量的理由", "Why fewer forms than required")
_SIMILAR = Sentence("引用原文较多的理由", "Why much of the wording is repeated")


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of a content: what a reader reads of it, and all that is stored of it."""

    code: str
    name: Sentence
    words: str
    stored: str


def differences(old: Content, new: Content) -> tuple[ComparedPart, ...]:
    """The parts that differ, in words where words differ; at least one for two different contents."""
    parts: list[ComparedPart] = []
    for before, after in zip(_sections(old), _sections(new), strict=True):
        part = comparing.part(after.code, after.name, before.words, after.words)
        if part is None:
            part = comparing.part(after.code, _layout(after.name), before.stored, after.stored)
        if part is not None:
            parts.append(part)
    return tuple(parts)


def _layout(name: Sentence) -> Sentence:
    return Sentence(
        f"{name.zh}（文字没有差别，只有版式或标记改动）",
        f"{name.en} (the words are the same, only layout or markup changed)",
        "layout",
    )


def _sections(content: Content) -> Iterator[_Section]:
    stored = json.loads(canonical(content))
    yield _Section("body", BODY, comparing.text_of(content.body_html), content.body_html)
    for code, name, lines in (
        ("interpretation", INTERPRETATION, _interpretation_lines(content.interpretation)),
        (
            "attachments",
            ATTACHMENTS,
            (f"{a.name}（{a.digest[7:19]}）" for a in content.attachments),
        ),
        ("metadata", METADATA, (_line(fact) for fact in facts(content.metadata))),
    ):
        raw = json.dumps(stored[code], ensure_ascii=False, sort_keys=True, indent=0)
        yield _Section(code, name, "\n".join(lines), raw)


def _line(fact: Labelled) -> str:
    return f"{fact.label.zh}：{fact.value.zh}"


def _interpretation_lines(given: Interpretation) -> Iterator[str]:
    for code, term in ELEMENTS.items():
        yield term.zh
        yield getattr(given.elements, code)
    yield from (_line(fact) for fact in points_of(given))
    yield from (_line(fact) for fact in plan_of(given))
    if given.plan.forms:
        yield "解读形式：" + "、".join(
            label(INTERPRETATION_FORMS, code) for code in given.plan.forms
        )
    yield from (_material_line(material) for material in given.materials)


def _material_line(material: Material) -> str:
    where = f"（{material.file[7:19]}）" if material.file else ""
    link = f" {material.link}" if material.link else ""
    given = "".join(
        f" {one}" for one in (material.channel, material.on or "", material.responsible) if one
    )
    return f"解读材料：{label(INTERPRETATION_FORMS, material.form)} {material.title}{where}{link}{given}"


def plan_of(given: Interpretation) -> tuple[Labelled, ...]:
    """The plan as far as it was filled in, and who explains."""
    plan = [
        Labelled(code, Sentence(zh, en, code), value)
        for code, zh, en in _PLAN
        if (value := value_of(getattr(given.plan, code))) is not None
    ]
    if given.by_unit.strip():
        unit, why = given.by_unit.strip(), given.by_unit_reason.strip()
        named = Sentence(f"{unit}（{why}）", f"{unit} ({why})") if why else Sentence(unit, unit)
        plan.append(Labelled("by_unit", Sentence("解读责任单位", "Unit that interprets"), named))
    kind = INTERPRETERS.get(given.interpreter_kind)
    if given.interpreter.strip() or given.interpreter_kind:
        words = (kind.zh, kind.en) if kind else (given.interpreter_kind, given.interpreter_kind)
        zh, en = (" ".join(filter(None, (word, given.interpreter))) for word in words)
        plan.append(Labelled("interpreter", Sentence("解读人", "Interpreter"), Sentence(zh, en)))
    return tuple(plan)


def points_of(given: Interpretation) -> tuple[Labelled, ...]:
    """domain:A2.8: where each of the six points is covered; and why a rule in principle was not kept."""
    lines = [
        *((code, term.sentence, getattr(given.points, code)) for code, term in SIX_POINTS.items()),
        ("fewer_forms_reason", _FEWER, given.fewer_forms_reason),
        ("similarity_reason", _SIMILAR, given.similarity_reason),
    ]
    return tuple(
        Labelled(code, name, value)
        for code, name, text in lines
        if (value := value_of(text.strip())) is not None
    )
