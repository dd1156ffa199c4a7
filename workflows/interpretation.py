"""Whether an interpretation is worth the name (domain:A2): elements, own words, enough forms."""

from __future__ import annotations

import re

from engine.text import Sentence
from workflows.content import Content, Interpretation
from workflows.intake.markup import text_of
from workflows.vocabulary import ELEMENTS, INTERPRETATION_FORMS, unknown

#: domain:A2.7: below this an element is a heading, not a statement.
LEAST_ELEMENT = 20
#: domain:A2.9: the share of the interpretation's text that may stand in the document word for word.
MOST_COPIED = 0.6
#: domain:A2.10: the first is 原则上 (a reason overrides it), the second is hard.
FORMS_COUNTY = 5
FORMS_DEPARTMENT = 2

_GRAM = 8
_LEAST_SENTENCE = 10
_TOWN = re.compile(r"[镇乡](?:人民政府|政府)?(?:办公室)?$|街道办事处(?:办公室)?$")
_COUNTY = re.compile(r"(?:人民政府|管理委员会|管委会)(?:办公室|办公厅)?$")
_HEADING = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d+)[）)]?[、.．]?.{0,40}$")


def is_county_level(issuer: str) -> bool:
    """In the name of a county's government or its office, as opposed to a department or a town."""
    return _COUNTY.search(issuer) is not None and _TOWN.search(issuer) is None


def similarity(content: Content) -> float:
    """The share of the four elements' text that was taken over from the document, 0 to 1."""
    source = _bare(text_of(content.body_html))
    grams = {source[i : i + _GRAM] for i in range(len(source) - _GRAM + 1)}
    copied = total = 0
    for sentence in re.split(r"[。！？；\n]", content.interpretation.elements.text):
        bare = _bare(sentence)
        if len(bare) < _LEAST_SENTENCE:
            continue
        total += len(bare)
        own = [bare[i : i + _GRAM] for i in range(len(bare) - _GRAM + 1)]
        if sum(gram in grams for gram in own) >= 0.8 * len(own):
            copied += len(bare)
    return copied / total if total else 0.0


def lists_headings_only(content: Content) -> bool:
    """domain:A2.9: the measures are nothing but a list of headings."""
    lines = [
        line.strip()
        for line in content.interpretation.elements.measures.splitlines()
        if line.strip()
    ]
    if len(lines) < 3:
        return False
    source = _bare(text_of(content.body_html))
    headings = sum(
        len(_bare(line)) <= 40
        and "。" not in line.rstrip("。")
        and (_HEADING.match(line) is not None or _bare(line) in source)
        for line in lines
    )
    return headings >= 0.8 * len(lines)


def refusals(content: Content) -> list[Sentence]:
    """Everything the interpretation lacks; [] = it may travel."""
    interpretation = content.interpretation
    return [
        *_plan(interpretation),
        *_elements(interpretation),
        *_forms(content),
        *_own_words(content),
    ]


def _plan(interpretation: Interpretation) -> list[Sentence]:
    plan = interpretation.plan
    wanted = (
        (plan.outline, "提纲", "outline"),
        (plan.forms, "形式", "forms"),
        (plan.channel, "渠道", "channel"),
        (plan.on, "时间", "date"),
        (plan.responsible, "责任人", "responsible person"),
    )
    missing = [(zh, en) for value, zh, en in wanted if not value]
    if len(missing) == len(wanted):
        return [Sentence("缺解读方案。", "The interpretation plan is missing.", "R03")]
    return [
        Sentence(f"解读方案缺{zh}。", f"The interpretation plan lacks its {en}.", "R03")
        for zh, en in missing
    ]


def _elements(interpretation: Interpretation) -> list[Sentence]:
    texts = {code: getattr(interpretation.elements, code).strip() for code in ELEMENTS}
    if not any(texts.values()):
        return [Sentence("缺解读材料（文字解读）。", "The interpretation text is missing.", "R04")]
    reasons = []
    for code, term in ELEMENTS.items():
        if not texts[code]:
            reasons.append(
                Sentence(f"解读缺“{term.zh}”。", f"The interpretation lacks “{term.en}”.", "R05")
            )
        elif len(_bare(texts[code])) < LEAST_ELEMENT:
            reasons.append(
                Sentence(
                    f"解读的“{term.zh}”不足 {LEAST_ELEMENT} 字，请写清楚。",
                    f"“{term.en}” of the interpretation has fewer than {LEAST_ELEMENT} characters.",
                    "R05",
                )
            )
    return reasons


def _forms(content: Content) -> list[Sentence]:
    interpretation, issuer = content.interpretation, content.metadata.issuer
    listed = [*interpretation.plan.forms, *(item.form for item in interpretation.materials)]
    reasons = [
        Sentence(f"没有“{code}”这种解读形式。", f"Unknown interpretation form: {code}.", "R06")
        for code in dict.fromkeys(unknown(INTERPRETATION_FORMS, listed))
    ]
    number = len(interpretation.forms.intersection(INTERPRETATION_FORMS))
    county = is_county_level(issuer)
    least = FORMS_COUNTY if county else FORMS_DEPARTMENT
    if number >= least or (county and interpretation.fewer_forms_reason.strip()):
        return reasons
    if county:
        reasons.append(
            Sentence(
                f"以县级政府（办公室）名义发文，解读形式原则上不少于 {least} 种，现有 {number} 种；"
                "确有原因的，请写明理由。",
                f"In the name of the county government at least {least} forms are expected, "
                f"there are {number}; if there is a reason for fewer, state it.",
                "R06",
            )
        )
    else:
        reasons.append(
            Sentence(
                f"解读形式不少于 {least} 种，现有 {number} 种。",
                f"At least {least} forms of interpretation are needed, there are {number}.",
                "R06",
            )
        )
    return reasons


def _own_words(content: Content) -> list[Sentence]:
    reasons = []
    share = similarity(content)
    if share > MOST_COPIED and not content.interpretation.similarity_reason.strip():
        reasons.append(
            Sentence(
                f"解读有 {share:.0%} 的文字照搬原文（上限 {MOST_COPIED:.0%}）；请用自己的话写，"
                "或者写明照用原文的理由。",
                f"{share:.0%} of the interpretation repeats the document (limit {MOST_COPIED:.0%}); "
                "use your own words or say why the wording is kept.",
                "R07",
            )
        )
    if lists_headings_only(content):
        reasons.append(
            Sentence(
                "解读的“重要举措”只罗列了小标题，没有内容。",
                "The main measures of the interpretation are a mere list of headings.",
                "R07",
            )
        )
    return reasons


def _bare(text: str) -> str:
    """Letters, digits and Han only: punctuation and spaces do not make a text one's own."""
    return re.sub(r"[\W_]+", "", text)
