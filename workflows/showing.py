"""A version as people read it: labelled facts, the parts that are judged one by one, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

from engine.text import Sentence
from workflows import comparing
from workflows.content import Content, Interpretation, Material, Metadata, parse
from workflows.models import PackageVersion
from workflows.read_models import (
    AttachmentView,
    ComparedPart,
    Comparison,
    ContentView,
    InterpretationView,
    Labelled,
    MaterialView,
)
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANNELS,
    DOCUMENT_KINDS,
    ELEMENTS,
    GROUNDS,
    INFO_CLASSES,
    INFO_TYPES,
    INTERPRETATION_FORMS,
    INTERPRETERS,
    PERIODS,
    SCOPES,
    SIX_POINTS,
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
    ("channels", "拟发布渠道", "Channels", CHANNELS),
    ("disclosure_due", "应公开截止日", "To be disclosed by", None),
)

_PLAN = (
    ("outline", "解读提纲", "Outline"),
    ("channel", "解读渠道", "Channel"),
    ("on", "解读时间", "When"),
    ("responsible", "责任人", "Responsible"),
)

_FEWER = Sentence("形式少于规定数量的理由", "Why fewer forms than required")
_SIMILAR = Sentence("引用原文较多的理由", "Why much of the wording is repeated")

BODY = Sentence("正文", "Body", "body")
INTERPRETATION = Sentence("解读", "Interpretation", "interpretation")
METADATA = Sentence("元数据", "Metadata", "metadata")


def facts(metadata: Metadata) -> tuple[Labelled, ...]:
    """The filled-in fields, labelled, in the order of the page."""
    shown = []
    for code, zh, en, table in _FIELDS:
        value = _value(getattr(metadata, code), table)
        if value is not None:
            shown.append(Labelled(code, Sentence(zh, en, code), value))
    return tuple(shown)


def _value(value: object, table: Mapping[str, Term] | None) -> Sentence | None:
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


def has_interpretation(interpretation: Interpretation) -> bool:
    """Whether any of the four elements holds text."""
    return bool(interpretation.elements.text.strip())


def interpretation_view(content: Content) -> InterpretationView | None:
    """The interpretation in its four headings; None if nothing was written."""
    given = content.interpretation
    if not has_interpretation(given):
        return None
    elements = tuple(
        (term.sentence, _as_paragraphs(getattr(given.elements, code)))
        for code, term in ELEMENTS.items()
        if getattr(given.elements, code).strip()
    )
    plan = [
        Labelled(code, Sentence(zh, en, code), value)
        for code, zh, en in _PLAN
        if (value := _value(getattr(given.plan, code), None)) is not None
    ]
    who = _value((label(INTERPRETERS, given.interpreter_kind), given.interpreter), None)
    if given.interpreter and who is not None:
        plan.append(Labelled("interpreter", Sentence("解读人", "Interpreter"), who))
    forms = tuple(
        INTERPRETATION_FORMS[code].sentence for code in INTERPRETATION_FORMS if code in given.forms
    )
    return InterpretationView(
        f"关于《{content.metadata.title}》的解读",
        elements,
        tuple(plan),
        forms,
        tuple(_material(one) for one in given.materials),
        _points_and_reasons(given),
    )


def _points_and_reasons(given: Interpretation) -> tuple[Labelled, ...]:
    """domain:A2.8: where each of the six points is covered; and why a rule in principle was not kept."""
    lines = [
        *((code, term.sentence, getattr(given.points, code)) for code, term in SIX_POINTS.items()),
        ("fewer_forms_reason", _FEWER, given.fewer_forms_reason),
        ("similarity_reason", _SIMILAR, given.similarity_reason),
    ]
    return tuple(
        Labelled(code, name, value)
        for code, name, text in lines
        if (value := _value(text.strip(), None)) is not None
    )


def _material(material: Material) -> MaterialView:
    term = INTERPRETATION_FORMS.get(material.form)
    form = term.sentence if term else Sentence(material.form, material.form)
    return MaterialView(form, material.title or form.zh, material.file, material.link)


def _as_paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


def attachments(content: Content) -> tuple[AttachmentView, ...]:
    return tuple(
        AttachmentView(item.digest, item.name, item.media_type, item.size)
        for item in content.attachments
    )


def content_view(version: PackageVersion) -> ContentView:
    """The version for the task page and the package page."""
    content = parse(version.content)
    return ContentView(
        version_id=version.id,
        version_number=version.number,
        digest=version.digest,
        title=content.metadata.title,
        body_html=content.body_html,
        facts=facts(content.metadata),
        interpretation=interpretation_view(content),
        attachments=attachments(content),
        created_at=version.created_at,
    )


def parts_of(content: Content) -> dict[str, Sentence]:
    """What the confidentiality review judges one by one (domain:A1.3); codes go into the verdicts."""
    parts = {"body": BODY, "metadata": METADATA}
    if has_interpretation(content.interpretation) or content.interpretation.materials:
        parts["interpretation"] = INTERPRETATION
    for item in content.attachments:
        parts[item.digest] = Sentence(f"附件：{item.name}", f"Attachment: {item.name}", item.digest)
    for material in content.interpretation.materials:
        if material.file:
            name = material.title or label(INTERPRETATION_FORMS, material.form)
            parts[material.file] = Sentence(
                f"解读材料：{name}", f"Interpretation material: {name}", material.file
            )
    return parts


def compare(old: PackageVersion, new: PackageVersion) -> Comparison:
    """What differs between two versions, part by part, in the text that people read."""
    if old.digest == new.digest:
        return Comparison(old.number, new.number, ())
    before, after = _readable(parse(old.content)), _readable(parse(new.content))
    parts: list[ComparedPart] = []
    for code, (name, text) in after.items():
        part = comparing.part(code, name, before[code][1], text)
        if part is not None:
            parts.append(part)
    return Comparison(old.number, new.number, tuple(parts))


def _readable(content: Content) -> dict[str, tuple[Sentence, str]]:
    listed = "\n".join(f"{fact.label.zh}：{fact.value.zh}" for fact in facts(content.metadata))
    given = content.interpretation
    plan = [f"{zh}：{value}" for code, zh, _ in _PLAN if (value := getattr(given.plan, code))]
    texts = [f"{term.zh}\n{getattr(given.elements, code)}" for code, term in ELEMENTS.items()]
    points = [value for point in _points(given) if (value := point)]
    files = "\n".join(f"{item.name}（{item.digest[7:19]}）" for item in content.attachments)
    return {
        "body": (BODY, comparing.text_of(content.body_html)),
        "interpretation": (INTERPRETATION, "\n".join((*texts, *points, *plan))),
        "attachments": (Sentence("附件", "Attachments"), files),
        "metadata": (METADATA, listed),
    }


def _points(interpretation: Interpretation) -> tuple[str, ...]:
    points = interpretation.points
    return tuple(str(getattr(points, name)) for name in points.__dataclass_fields__)
