"""The facts of a package as labelled lines, in the order of the page: the words of every field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.text import Sentence
from workflows.content import Metadata
from workflows.read_models import Labelled
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANNELS,
    DOCUMENT_KINDS,
    GROUNDS,
    INFO_CLASSES,
    INFO_TYPES,
    PERIODS,
    SCOPES,
    SOURCES,
    TOPICS,
    VALIDITIES,
    Term,
    label,
)

_YES_NO = {True: Sentence("是", "Yes"), False: Sentence("否", "No")}

#: Every field of the metadata, in the order of the page: code, 中文, English, vocabulary if it has one.
_FIELDS: tuple[tuple[str, str, str, Mapping[str, Term] | None], ...] = (
    ("title", "标题", "Title", None),
    ("info_type", "信息类型", "Type of information", INFO_TYPES),
    ("document_kind", "文种", "Kind of document", DOCUMENT_KINDS),
    ("issuer", "发文机关", "Issuing organ", None),
    ("document_number", "发文字号", "Document number", None),
    ("dated_on", "成文日期", "Date of the document", None),
    ("unit", "承办单位", "Responsible unit", None),
    ("drafter", "拟稿人", "Drafter", None),
    ("attribute", "公开属性", "Disclosure attribute", ATTRIBUTES),
    ("grounds", "法定情形", "Statutory grounds", GROUNDS),
    ("reason", "理由", "Reason", None),
    ("scope", "公开范围", "Scope", SCOPES),
    ("scope_note", "范围说明", "Which area or group", None),
    ("period", "公开期限", "Period", PERIODS),
    ("period_until", "公开至", "Public until", None),
    ("catalogue_item", "目录事项", "Catalogue item", None),
    ("catalogue_name", "目录事项名称", "Name in the catalogue", None),
    ("catalogue_edition", "目录版本", "Edition of the catalogue", None),
    ("catalogue_period", "所属期", "Period or event", None),
    ("outside_catalogue", "目录外", "Outside the catalogue", None),
    ("outside_reason", "目录外理由", "Why outside the catalogue", None),
    ("column", "栏目", "Column", None),
    ("topics", "主题分类", "Topics", TOPICS),
    ("info_class", "信息分级", "Class of information", INFO_CLASSES),
    ("normative", "行政规范性文件", "Normative document", None),
    ("registration_number", "登记号", "Registration number", None),
    ("effective_on", "施行日期", "In force from", None),
    ("valid_until", "有效期至", "Valid until", None),
    ("validity", "有效性", "Validity", VALIDITIES),
    ("interpretation_required", "需要解读", "Interpretation required", None),
    ("no_interpretation_reason", "不作解读的理由", "Why no interpretation", None),
    ("affects_public", "影响公众权益", "Affects the public", None),
    ("affects_enterprise", "涉企", "Affects enterprises", None),
    ("concerns_services", "涉办事", "Concerns services", None),
    ("concerns_third_party", "涉及第三方", "Concerns a third party", None),
    ("concerns_other_agencies", "涉及其他机关", "Concerns other agencies", None),
    ("major_decision", "重大行政决策", "Major administrative decision", None),
    ("legality_required", "需合法性审核", "Legality review required", None),
    ("source", "来源", "Source", SOURCES),
    ("source_link", "原文链接", "Link to the original", None),
    ("source_text", "留存的原文", "Original text kept", None),
    ("opinion_plan", "舆情应对预案", "Plan for public reaction", None),
    ("emergency", "突发事件应急", "Emergency", None),
    ("emergency_reason", "应急理由", "Why an emergency", None),
    ("channels", "拟发布渠道", "Channels", CHANNELS),
    ("disclosure_due", "应公开截止日", "To be disclosed by", None),
)


def facts(metadata: Metadata) -> tuple[Labelled, ...]:
    """The filled-in fields, labelled, in the order of the page."""
    shown = []
    for code, zh, en, table in _FIELDS:
        value = value_of(getattr(metadata, code), table)
        if value is not None:
            shown.append(Labelled(code, Sentence(zh, en, code), value))
    return tuple(shown)


def value_of(value: object, table: Mapping[str, Term] | None = None) -> Sentence | None:
    """A value in words, None if nothing was filled in; codes are looked up in `table`."""
    if isinstance(value, bool):
        return _YES_NO[value]
    if isinstance(value, date):
        return Sentence(f"{value.year}年{value.month}月{value.day}日", value.isoformat())
    codes = list(value) if isinstance(value, tuple) else [str(value or "")]
    codes = [code for code in codes if code]
    if not codes:
        return None
    if table is None:
        return Sentence("、".join(codes), ", ".join(codes))
    return Sentence(
        "、".join(label(table, code) for code in codes),
        ", ".join(label(table, code, "en") for code in codes),
        codes[0] if len(codes) == 1 else "",
    )
