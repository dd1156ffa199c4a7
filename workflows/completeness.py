"""G0 (domain:C2, C4): is everything there that a package must say, readable and meant seriously?

Codes are checked against the vocabulary, so forged input is answered like a missing field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from engine.text import Sentence
from workflows.content import Content, Material, Metadata
from workflows.draft_limits import YEARS, is_plausible
from workflows.intake.hidden import Finding
from workflows.intake.markup import images, is_web_address, paragraphs, text_of
from workflows.vocabulary import (
    CHANNELS,
    DOCUMENT_KINDS,
    INFO_CLASSES,
    INFO_TYPES,
    INTERPRETATION_FORMS,
    INTERPRETERS,
    PERIODS,
    SCOPES,
    SOURCES,
    TOPICS,
    VALIDITIES,
    Term,
    label,
    unknown,
)

#: Words left from a template. Masked names and numbers (李××, 137××××1234) are not placeholders.
_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z0-9\u4e00-\u9fff])[XxＸｘ×✕]{3,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[XＸ]{2,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])[XxＸ×]+(?=[年月日县市区镇乡局委])"
    r"|[〔\[][^〕\]]{0,6}[XxＸ×][^〕\]]{0,6}[〕\]]"
    r"|此处填写|请在此处?填写|请填写|待补充|待填写|（待定）|TODO"
)


def g0(content: Content, *, today: date, known_files: Collection[str]) -> list[Sentence]:
    """domain:C4 G0: every mandatory field of C2, attachments readable, no placeholder left."""
    return [
        *_missing(content.metadata),
        *_unknown_codes(content),
        *_conditional(content.metadata, today),
        *_dates(content),
        *_links(content),
        *_unreadable(content, known_files),
        *_placeholders(content),
    ]


def g0_hidden(content: Content, hidden: Mapping[str, Sequence[Finding]]) -> list[Sentence]:
    """domain:P23, P27: whoever downloads a file can read what is hidden in it, so it goes before submission."""
    return [
        Sentence(
            f"{zh}中有看不见的内容，请去掉后重新上传——{found.sentence.zh}。",
            f"{en} carries something unseen; take it out and upload it again — {found.sentence.en}.",
            "P27",
        )
        for zh, en, digest in _cited(content)
        for found in hidden.get(digest, ())
        if found.blocks
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
        *_about_the_public(facts),
        (facts.topics, "主题分类", "topic"),
        (facts.info_class, "信息分级（A、B、C）", "information class (A, B, C)"),
        (facts.source, "信息来源", "source"),
    )
    return [
        Sentence(f"缺{zh}。", f"Missing: {en}.", "G0")
        for value, zh, en in wanted
        if not value or (isinstance(value, str) and not value.strip())
    ]


def _about_the_public(facts: Metadata) -> tuple[tuple[object, str, str], ...]:
    """Whom, how long and where: not asked of what nobody will be shown (domain:A1.5, A1.6)."""
    if facts.attribute in ("on_request", "not_disclosed"):
        return ()
    return (
        (facts.scope, "公开范围", "scope of disclosure"),
        (facts.period, "公开期限", "period of disclosure"),
        (facts.channels, "拟发布渠道", "channels"),
    )


def _unknown_codes(content: Content) -> list[Sentence]:
    facts = content.metadata
    used: tuple[tuple[Mapping[str, Term], Iterable[str], str, str], ...] = (
        (INFO_TYPES, [facts.info_type], "信息类型", "Type of information"),
        (DOCUMENT_KINDS, [facts.document_kind], "文种", "Kind of document"),
        (SCOPES, [facts.scope], "公开范围", "Scope of disclosure"),
        (PERIODS, [facts.period], "公开期限", "Period of disclosure"),
        (TOPICS, facts.topics, "主题分类", "Topics"),
        (INFO_CLASSES, [facts.info_class], "信息分级", "Information class"),
        (SOURCES, [facts.source], "信息来源", "Source"),
        (CHANNELS, facts.channels, "发布渠道", "Channels"),
        (VALIDITIES, [facts.validity], "有效性", "Validity"),
        (INTERPRETERS, [content.interpretation.interpreter_kind], "解读人类别", "Interpreter"),
    )
    return [
        Sentence(f"{zh}中没有“{code}”。", f"{en}: “{code}” is not in the list.", "G0")
        for table, codes, zh, en in used
        for code in unknown(table, filter(None, codes))
    ]


def _conditional(facts: Metadata, today: date) -> list[Sentence]:
    """Fields that are mandatory because of what another one says."""
    checks = (*_terms_of_disclosure(facts, today), *_kind_of_document(facts))
    return [Sentence(zh, en, "G0") for applies, zh, en in checks if applies]


_Check = tuple[bool, str, str]


def _terms_of_disclosure(facts: Metadata, today: date) -> tuple[_Check, ...]:
    return (
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
            facts.source == "repost" and not facts.source_link,
            "转载的信息请填写原文链接（http:// 或 https:// 开头）。",
            "Give the address of the original of a repost (http:// or https://).",
        ),
    )


def _kind_of_document(facts: Metadata) -> tuple[_Check, ...]:
    return (
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
            facts.info_class == "C" and not facts.opinion_plan.strip(),
            "敏感、可能引发炒作的信息（C）请填写舆情应对预案。",
            "Sensitive information (C) needs a plan for how the public may react.",
        ),
        (
            (facts.normative or facts.major_decision) and facts.info_class == "A",
            "规范性文件和重大行政决策的信息分级至少为 B。",
            "Normative documents and major decisions are of class B at least.",
        ),
    )


def _dates(content: Content) -> list[Sentence]:
    """A year that no document can bear is a slip of the keyboard, and no deadline can be counted by it."""
    facts = content.metadata
    named = (
        (facts.dated_on, "成文日期", "Date of the document"),
        (facts.period_until, "公开期限的截止日", "Last day of disclosure"),
        (facts.effective_on, "施行日期", "In force from"),
        (facts.valid_until, "有效期至", "Valid until"),
        (content.interpretation.plan.on, "解读时间", "Date of the interpretation"),
    )
    first, last = YEARS
    return [
        Sentence(
            f"{zh}是 {day.year} 年，请核对（应在 {first} 年至 {last} 年之间）。",
            f"{en}: the year {day.year} is not between {first} and {last}.",
            "G0",
        )
        for day, zh, en in named
        if day is not None and not is_plausible(day)
    ]


def _links(content: Content) -> Iterator[Sentence]:
    """What a reader can press leads to a web page; any other scheme may run something."""
    link = content.metadata.source_link
    if link and not is_web_address(link):
        yield Sentence(
            f"原文链接“{link[:40]}”不是网址，应以 http:// 或 https:// 开头。",
            f"The link to the original “{link[:40]}” is no address (http:// or https://).",
            "G0",
        )
    for material in content.interpretation.materials:
        if material.link and not is_web_address(material.link):
            zh, en = _material_names(material)
            yield Sentence(
                f"解读材料“{zh}”的链接“{material.link[:40]}”不是网址，应以 http:// 或 https:// 开头。",
                f"The link “{material.link[:40]}” of the interpretation material “{en}” is no address "
                "(http:// or https://).",
                "G0",
            )


def _material_names(material: Material) -> tuple[str, str]:
    """How a material is called in both languages: by its title, or else by its form."""
    title = material.title
    return (
        title or label(INTERPRETATION_FORMS, material.form),
        title or label(INTERPRETATION_FORMS, material.form, "en"),
    )


def _unreadable(content: Content, known_files: Collection[str]) -> list[Sentence]:
    return [
        Sentence(f"{zh}无法读取，请重新上传。", f"{en} cannot be read; upload it again.", "R17")
        for zh, en, digest in _cited(content)
        if digest not in known_files
    ]


def _cited(content: Content) -> list[tuple[str, str, str]]:
    """Every file of the item as it is called in both languages, with its digest."""
    named = [
        (f"附件“{item.name}”", f"The attachment “{item.name}”", item.digest)
        for item in content.attachments
    ]
    for material in content.interpretation.materials:
        if material.file:
            zh, en = _material_names(material)
            named.append((f"解读材料“{zh}”", f"The interpretation material “{en}”", material.file))
    for number, (digest, alt) in enumerate(images(content.body_html).items(), start=1):
        what = f"“{alt}”" if alt else ""
        named.append((f"正文图片{number}{what}", f"Picture {number} of the text{what}", digest))
    return named


def _placeholders(content: Content) -> list[Sentence]:
    if not paragraphs(content.body_html):
        return [Sentence("缺正文。", "The text is missing.", "G0")]
    plan = content.interpretation.plan
    places = (
        ("标题", "Title", content.metadata.title),
        ("发文字号", "Document number", content.metadata.document_number),
        ("正文", "Body", text_of(content.body_html)),
        ("解读", "Interpretation", f"{content.interpretation.elements.text}\n{plan.outline}"),
    )
    reasons = []
    for zh, en, text in places:
        if found := _PLACEHOLDER.search(text):
            near = text[max(0, found.start() - 8) : found.end() + 8].replace("\n", " ")
            reasons.append(
                Sentence(
                    f"{zh}中留有占位文字：“…{near}…”。",
                    f"{en}: placeholder text is left: “…{near}…”.",
                    "G0",
                )
            )
    return reasons
