"""The gates before circulation (domain:C4): completeness, attribute, interpretation. All reasons, always.

Codes are checked against the vocabulary, so forged input is answered like a missing field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.text import Sentence
from workflows import interpretation
from workflows.content import Content, Metadata
from workflows.intake.markup import paragraphs, text_of
from workflows.intake.recognise import disclosure_attributes
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANNELS,
    DOCUMENT_KINDS,
    GROUNDS,
    INFO_CLASSES,
    INFO_TYPES,
    INTERPRETERS,
    PERIODS,
    SCOPES,
    SOURCES,
    TOPICS,
    VALIDITIES,
    Term,
    unknown,
)

PASSED, FAILED, NOT_CHECKED = "passed", "failed", "not_checked"


@dataclass(frozen=True, slots=True)
class Gate:
    """What one gate found. `not_checked` is shown as 尚未检查 and never as passed."""

    code: str
    title: Sentence
    status: str
    reasons: tuple[Sentence, ...] = ()


TITLES: Mapping[str, Sentence] = {
    "G0": Sentence("要素完整性", "Completeness", "G0"),
    "G1": Sentence("公开属性", "Disclosure attribute", "G1"),
    "G2": Sentence("政策解读", "Interpretation", "G2"),
}

#: Words left from a template. Masked names and numbers (李××, 137××××1234) are not placeholders.
_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z0-9\u4e00-\u9fff])[XxＸｘ×✕]{3,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[XＸ]{2,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[XxＸ×]+(?=[年月日县市区镇乡局委])"
    r"|[〔\[][^〕\]]{0,6}[XxＸ×][^〕\]]{0,6}[〕\]]"
    r"|此处填写|请在此处?填写|请填写|待补充|待填写|（待定）|TODO"
)


def submission(content: Content, *, today: date, known_files: Collection[str]) -> list[Gate]:
    """G0, G1 and G2 of what is about to be submitted. `known_files`: digests that can be read."""
    found = {
        "G0": g0(content, today=today, known_files=known_files),
        "G1": g1(content),
        "G2": g2(content),
    }
    return [gate(code, TITLES[code], reasons) for code, reasons in found.items()]


def gate(code: str, title: Sentence, reasons: Iterable[Sentence]) -> Gate:
    """A gate that was checked: passed if there is no reason against."""
    listed = tuple(dict.fromkeys(reasons))
    return Gate(code, title, FAILED if listed else PASSED, listed)


def g0(content: Content, *, today: date, known_files: Collection[str]) -> list[Sentence]:
    """domain:C4 G0: every mandatory field of C2, attachments readable, no placeholder left."""
    return [
        *_missing(content.metadata),
        *_unknown_codes(content),
        *_conditional(content.metadata, today),
        *_unreadable(content, known_files),
        *_placeholders(content),
    ]


def _missing(facts: Metadata) -> list[Sentence]:
    wanted: tuple[tuple[object, str, str], ...] = (
        (facts.title, "标题", "title"),
        (facts.info_type, "信息类型", "type of information"),
        (facts.document_kind, "文种", "kind of document"),
        (facts.issuer, "发文机关", "issuer"),
        (facts.document_number, "发文字号（没有的填“无”）", "document number (or 无)"),
        (facts.dated_on, "成文日期", "date of the document"),
        (facts.unit, "承办单位", "responsible unit"),
        (facts.drafter, "拟稿人", "drafter"),
        (facts.scope, "公开范围", "scope of disclosure"),
        (facts.period, "公开期限", "period of disclosure"),
        (facts.topics, "主题分类", "topic"),
        (facts.info_class, "信息分级（A、B、C）", "information class (A, B, C)"),
        (facts.source, "信息来源", "source"),
        (facts.channels, "拟发布渠道", "channels"),
    )
    return [
        Sentence(f"缺{zh}。", f"Missing: {en}.", "G0")
        for value, zh, en in wanted
        if not value or (isinstance(value, str) and not value.strip())
    ]


def _unknown_codes(content: Content) -> list[Sentence]:
    facts = content.metadata
    used: tuple[tuple[Mapping[str, Term], Iterable[str], str], ...] = (
        (INFO_TYPES, [facts.info_type], "信息类型"),
        (DOCUMENT_KINDS, [facts.document_kind], "文种"),
        (SCOPES, [facts.scope], "公开范围"),
        (PERIODS, [facts.period], "公开期限"),
        (TOPICS, facts.topics, "主题分类"),
        (INFO_CLASSES, [facts.info_class], "信息分级"),
        (SOURCES, [facts.source], "信息来源"),
        (CHANNELS, facts.channels, "发布渠道"),
        (VALIDITIES, [facts.validity], "有效性"),
        (INTERPRETERS, [content.interpretation.interpreter_kind], "解读人类别"),
    )
    return [
        Sentence(f"{field}中没有“{code}”。", f"{field}: “{code}” is not in the list.", "G0")
        for table, codes, field in used
        for code in unknown(table, filter(None, codes))
    ]


def _conditional(facts: Metadata, today: date) -> list[Sentence]:
    """Fields that are mandatory because of what another one says."""
    checks: tuple[tuple[bool, str, str], ...] = (
        (
            facts.scope in ("area", "group") and not facts.scope_note.strip(),
            "公开范围限于特定区域或人群的，请写明是哪个区域或人群。",
            "Say which area or group the disclosure is limited to.",
        ),
        (
            facts.period in ("until", "notice") and facts.period_until is None,
            "请填写公开期限的截止日。",
            "Give the last day of the period of disclosure.",
        ),
        (
            facts.period_until is not None and facts.period_until <= today,
            "公开期限的截止日已过。",
            "The period of disclosure is over already.",
        ),
        (
            facts.source == "repost" and not re.match(r"https?://\S+$", facts.source_link),
            "转载的信息请填写原文链接（http:// 或 https:// 开头）。",
            "Give the address of the original of a repost (http:// or https://).",
        ),
        (
            facts.normative
            and not (
                facts.registration_number.strip()
                and facts.effective_on
                and facts.valid_until
                and facts.validity
            ),
            "规范性文件请填写登记号、施行日期、有效期至和有效性。",
            "A normative document needs its registration number, dates of effect and validity.",
        ),
        (
            facts.effective_on is not None
            and facts.valid_until is not None
            and facts.valid_until <= facts.effective_on,
            "有效期至早于施行日期。",
            "The validity ends before it begins.",
        ),
        (
            (facts.normative or facts.major_decision) and facts.info_class == "A",
            "规范性文件和重大行政决策的信息分级至少为 B。",
            "Normative documents and major decisions are of class B at least.",
        ),
    )
    return [Sentence(zh, en, "G0") for applies, zh, en in checks if applies]


def _unreadable(content: Content, known_files: Collection[str]) -> list[Sentence]:
    cited = [(item.name, item.digest) for item in content.attachments]
    cited += [(m.title or m.form, m.file) for m in content.interpretation.materials if m.file]
    return [
        Sentence(
            f"附件“{name}”无法读取，请重新上传。",
            f"The attachment “{name}” cannot be read; upload it again.",
            "R17",
        )
        for name, digest in cited
        if digest not in known_files
    ]


def _placeholders(content: Content) -> list[Sentence]:
    if not paragraphs(content.body_html):
        return [Sentence("缺正文。", "The text is missing.", "G0")]
    plan = content.interpretation.plan
    places = (
        ("标题", content.metadata.title),
        ("发文字号", content.metadata.document_number),
        ("正文", text_of(content.body_html)),
        ("解读", f"{content.interpretation.elements.text}\n{plan.outline}"),
    )
    reasons = []
    for place, text in places:
        if found := _PLACEHOLDER.search(text):
            near = text[max(0, found.start() - 8) : found.end() + 8].replace("\n", " ")
            reasons.append(
                Sentence(
                    f"{place}中留有占位文字：“…{near}…”。",
                    f"{place}: placeholder text is left: “…{near}…”.",
                    "G0",
                )
            )
    return reasons


def g1(content: Content) -> list[Sentence]:
    """domain:A1.1, A1.2, A1.14: attribute set, justified, and the same as the document says itself."""
    facts = content.metadata
    if not facts.attribute:
        return [Sentence("缺公开属性。", "The disclosure attribute is missing.", "R01")]
    if facts.attribute not in ATTRIBUTES:
        return [
            Sentence(
                f"没有“{facts.attribute}”这种公开属性。",
                f"Unknown disclosure attribute: {facts.attribute}.",
                "R01",
            )
        ]
    by_attribute = {"proactive": _proactive, "on_request": _on_request}
    return [
        *by_attribute.get(facts.attribute, _not_disclosed)(facts),
        *_disagreement(content),
    ]


def _proactive(facts: Metadata) -> list[Sentence]:
    reasons = []
    if facts.grounds:
        reasons.append(
            Sentence(
                "主动公开的信息不应有不予公开的法定情形。",
                "What is disclosed proactively has no ground of non-disclosure.",
                "R02",
            )
        )
    if not facts.column.strip():
        reasons.append(Sentence("主动公开请填写栏目。", "Name the site column.", "R16"))
    if facts.outside_catalogue and not facts.outside_reason.strip():
        reasons.append(
            Sentence("目录外事项请写明理由。", "Say why the item is outside the catalogue.", "R16")
        )
    if not facts.outside_catalogue and not facts.catalogue_item.strip():
        reasons.append(
            Sentence(
                "主动公开请填写目录事项，不在目录内的请选“目录外”并写明理由。",
                "Name the catalogue item, or mark it as outside the catalogue and say why.",
                "R16",
            )
        )
    if facts.channels and "website" not in facts.channels:
        reasons.append(
            Sentence(
                "主动公开的信息须在政府网站发布。",
                "Proactive disclosure includes the government website.",
                "domain:A1.16",
            )
        )
    return reasons


def _on_request(facts: Metadata) -> list[Sentence]:
    if facts.reason.strip():
        return []
    return [Sentence("依申请公开请写明理由。", "Say why it is disclosed on request only.", "R01")]


def _not_disclosed(facts: Metadata) -> list[Sentence]:
    reasons = [
        Sentence(f"没有“{code}”这一法定情形。", f"Unknown ground of non-disclosure: {code}.", "R02")
        for code in unknown(GROUNDS, facts.grounds)
    ]
    if not facts.grounds:
        reasons.append(
            Sentence(
                "不予公开须注明法定情形（条例第十四、十五、十六条）。",
                "Non-disclosure needs its statutory ground (arts. 14 to 16).",
                "R02",
            )
        )
    if not facts.reason.strip():
        reasons.append(Sentence("不予公开须写明理由。", "Say why it is not disclosed.", "R02"))
    return reasons


def _disagreement(content: Content) -> list[Sentence]:
    chosen = ATTRIBUTES[content.metadata.attribute]
    said = dict.fromkeys(disclosure_attributes(text_of(content.body_html)))
    return [
        Sentence(
            f"公开属性是“{chosen.zh}”，正文附注却写明“{ATTRIBUTES[code].zh}”，请统一。",
            f"The attribute is “{chosen.en}”, the document itself says “{ATTRIBUTES[code].en}”.",
            "domain:A1.14",
        )
        for code in said
        if code != content.metadata.attribute
    ]


def interpretation_gaps(content: Content) -> list[Sentence]:
    """G2 under its plain name, for the final gate."""
    return g2(content)


def g2(content: Content) -> list[Sentence]:
    """domain:A2.1, A2.4: an interpretation where one is due, and up to the mark."""
    facts = content.metadata
    if facts.interpretation_required:
        return interpretation.refusals(content)
    reasons = []
    if facts.normative or facts.affects_public:
        reasons.append(
            Sentence(
                "规范性文件和影响公众权益的政策文件必须解读。",
                "Normative documents and policies that affect the public must be interpreted.",
                "R04",
            )
        )
    if not facts.no_interpretation_reason.strip():
        reasons.append(
            Sentence("不解读的，请写明理由。", "Say why no interpretation is needed.", "R03")
        )
    return reasons
