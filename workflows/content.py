"""What a version consists of, its canonical text and digest, and how two versions differ.

Decisions are bound to the digest of exactly this (domain:C2, C5). Nothing here knows a database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, get_type_hints

from workflows.vocabulary import ELEMENTS

#: What the field 发文字号 holds for a document that has none (domain:C2).
NO_NUMBER = "无"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Every field that domain:C2 asks for. Empty text or None means: not filled in."""

    title: str = ""
    info_type: str = "official"  # vocabulary.INFO_TYPES
    document_kind: str = ""  # vocabulary.DOCUMENT_KINDS
    issuer: str = ""
    document_number: str = ""  # 发文字号, or NO_NUMBER
    dated_on: date | None = None  # 成文日期
    unit: str = ""  # 承办单位, written by the server
    drafter: str = ""  # 拟稿人, written by the server
    attribute: str = ""  # vocabulary.ATTRIBUTES
    grounds: tuple[str, ...] = ()  # vocabulary.GROUNDS
    reason: str = ""  # why on request, or why not disclosed
    scope: str = ""  # vocabulary.SCOPES
    scope_note: str = ""  # which area or group
    period: str = ""  # vocabulary.PERIODS
    period_until: date | None = None
    catalogue_item: str = ""  # 目录事项: its code in the catalogue
    catalogue_name: str = ""  # its name there, written by the server
    catalogue_edition: int | None = None  # of which edition, written by the server
    catalogue_period: str = ""  # 所属期: for which month, quarter, year or event
    outside_catalogue: bool = False  # 目录外
    outside_reason: str = ""
    column: str = ""  # 栏目
    topics: tuple[str, ...] = ()  # vocabulary.TOPICS
    info_class: str = ""  # A, B, C
    normative: bool = False  # 行政规范性文件
    registration_number: str = ""
    effective_on: date | None = None
    valid_until: date | None = None
    validity: str = ""  # vocabulary.VALIDITIES
    interpretation_required: bool = True
    no_interpretation_reason: str = ""
    affects_public: bool = False  # 影响公众权益
    affects_enterprise: bool = False  # 涉企
    concerns_services: bool = False  # 涉办事
    concerns_third_party: bool = False  # 涉及第三方
    concerns_other_agencies: bool = False  # 涉及其他机关
    major_decision: bool = False  # 重大行政决策
    legality_required: bool = False  # 其他需要合法性审核的
    opinion_plan: str = ""  # 舆情应对预案, of a sensitive item (domain:C8); never released
    emergency: bool = False  # 突发事件, 请求按应急流程办理
    emergency_reason: str = ""
    source: str = "original"  # vocabulary.SOURCES
    source_link: str = ""
    source_text: str = ""  # 原文: kept beside a repost, to be compared with it; never released
    channels: tuple[str, ...] = ()  # vocabulary.CHANNELS
    disclosure_due: date | None = None  # 应公开截止日, computed by the server


@dataclass(frozen=True, slots=True)
class Plan:
    """解读方案: what is going to be said, in which forms, where, when and by whom (domain:A2.2)."""

    outline: str = ""
    forms: tuple[str, ...] = ()  # vocabulary.INTERPRETATION_FORMS
    channel: str = ""
    on: date | None = None
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """One interpretation material beside the text: a stored file or a link."""

    form: str = ""
    title: str = ""
    file: str = ""  # digest of a stored file
    link: str = ""
    channel: str = ""  # domain:A2.11: where, when and by whom this one is given
    on: date | None = None
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class Elements:
    """The text material in its four parts (domain:A2.7)."""

    background: str = ""
    basis: str = ""
    purpose: str = ""
    measures: str = ""

    @property
    def text(self) -> str:
        return "\n".join(getattr(self, code) for code in ELEMENTS)


@dataclass(frozen=True, slots=True)
class Points:
    """The six points of domain:A2.8: where each is covered, or why it does not apply."""

    concepts: str = ""
    differences: str = ""
    reach: str = ""
    standards: str = ""
    benefits: str = ""
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """解读: plan and materials; it travels, is signed and is released with its document."""

    plan: Plan = field(default_factory=Plan)
    elements: Elements = field(default_factory=Elements)
    points: Points = field(default_factory=Points)
    materials: tuple[Material, ...] = ()
    by_unit: str = ""  # 解读责任单位; empty = the responsible unit itself (谁起草、谁解读)
    by_unit_reason: str = ""  # why another unit interprets
    interpreter_kind: str = ""  # vocabulary.INTERPRETERS
    interpreter: str = ""
    fewer_forms_reason: str = ""  # domain:A2.10 原则上: fewer forms at county level, and why
    similarity_reason: str = ""  # why much of the document's own wording is repeated

    @property
    def forms(self) -> frozenset[str]:
        """The distinct forms planned or attached; the four-part text is one of them."""
        planned = {*self.plan.forms, *(material.form for material in self.materials)}
        if any(getattr(self.elements, code).strip() for code in ELEMENTS):
            planned.add("text")
        return frozenset(planned - {""})


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """An attachment by the digest of its bytes; the name is what readers see."""

    digest: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version is: what was on the screen, what is digested, what is released."""

    metadata: Metadata = field(default_factory=Metadata)
    body_html: str = ""
    interpretation: Interpretation = field(default_factory=Interpretation)
    attachments: tuple[AttachmentRef, ...] = ()


def canonical(content: Content) -> str:
    """The one text of a content: sorted keys, no spaces, Chinese as itself, dates as YYYY-MM-DD."""
    return json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: Content | str) -> str:
    """`sha256:<hex>` of the canonical text; the algorithm is part of the value."""
    text = content if isinstance(content, str) else canonical(content)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parse(text: str) -> Content:
    """The content a canonical text stands for; fields that did not exist yet get their defaults."""
    content: Content = _built(Content, json.loads(text))
    return content


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


_TUPLES: dict[tuple[type, str], type] = {
    (Interpretation, "materials"): Material,
    (Content, "attachments"): AttachmentRef,
}


#: Reading the types of a class compiles each annotation: nine tenths of the time that `parse` took.
_hints = cache(get_type_hints)


def _built(kind: Any, data: dict[str, Any]) -> Any:
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for name, value in data.items():
        hint = hints[name]  # a key of no field is a damaged row: let it be seen
        if is_dataclass(hint):
            values[name] = _built(hint, value)
        elif (kind, name) in _TUPLES:
            values[name] = tuple(_built(_TUPLES[kind, name], item) for item in value)
        elif isinstance(value, list):
            values[name] = tuple(value)
        elif hint == date | None:
            values[name] = date.fromisoformat(value) if value else None
        else:
            values[name] = value
    return kind(**values)
