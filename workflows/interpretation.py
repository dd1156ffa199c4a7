"""Whether an interpretation is worth the name (domain:A2): elements, own words, enough forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.text import Sentence
from workflows.content import Content, Interpretation
from workflows.intake.markup import text_of
from workflows.parameters import SHIPPED, InForce, Rules
from workflows.vocabulary import ELEMENTS, INTERPRETATION_FORMS, SIX_POINTS, unknown

_GRAM = 8
_LEAST_SENTENCE = 10
_TOWN = re.compile(r"[镇乡](?:人民政府|政府)?(?:办公室)?$|街道办事处(?:办公室)?$")
_COUNTY = re.compile(r"(?:人民政府|管理委员会|管委会)(?:办公室|办公厅)?$")
_HEADING = re.compile(r"^[（(]?(?:[一二三四五六七八九十]+|\d+)[）)]?[、.．]?.{0,40}$")


def is_county_level(issuer: str) -> bool:
    """In the name of a county's government or its office, as opposed to a department or a town."""
    return _COUNTY.search(issuer) is not None and _TOWN.search(issuer) is None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of the four elements' text was taken over from the document, and which sentences."""

    share: float  # 0 to 1
    copied: tuple[str, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.share)


def likeness(content: Content) -> Likeness:
    """domain:A2.9: a sentence counts as copied if four fifths of its runs of eight characters are the
    document's own; short ones do not count.
    """
    source = _bare(text_of(content.body_html))
    grams = {source[i : i + _GRAM] for i in range(len(source) - _GRAM + 1)}
    copied: list[str] = []
    total = taken = 0
    for sentence in re.split(r"(?<=[。！？；])|\n", content.interpretation.elements.text):
        bare = _bare(sentence)
        if len(bare) < _LEAST_SENTENCE:
            continue
        total += len(bare)
        own = [bare[i : i + _GRAM] for i in range(len(bare) - _GRAM + 1)]
        if sum(gram in grams for gram in own) >= 0.8 * len(own):
            taken += len(bare)
            copied.append(sentence.strip())
    return Likeness(taken / total if total else 0.0, tuple(copied))


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


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A rule of 原则上 that the item does not keep, what it has instead, and the drafter's reason."""

    rule: InForce
    found: int
    reason: str

    @property
    def key(self) -> str:
        return self.rule.parameter.key


def exceeded(content: Content, rules: Rules = SHIPPED) -> list[Exceeded]:
    """The rules that are not kept, whatever their strength; encouraged ones bind nobody."""
    given = content.interpretation
    number = len(given.forms.intersection(INTERPRETATION_FORMS))
    forms = rules[_forms_rule(content)]
    copied, share = rules["interp.max_copied"], likeness(content).percent
    found = []
    if number < forms.value:
        found.append(Exceeded(forms, number, given.fewer_forms_reason.strip()))
    if share > copied.value:
        found.append(Exceeded(copied, share, given.similarity_reason.strip()))
    return [one for one in found if one.rule.strength != "encouraged"]


def covered(one: Exceeded, allowed: Mapping[str, int]) -> bool:
    """Whether an exception was allowed that reaches as far. `allowed`: by key, what was let pass."""
    let = allowed.get(one.key)
    return let is not None and not one.rule.parameter.stricter(let, one.found)


def refusals(
    content: Content, rules: Rules = SHIPPED, allowed: Mapping[str, int] | None = None
) -> list[Sentence]:
    """Everything the interpretation lacks; [] = it may travel. `allowed`: exceptions, as in `covered`."""
    interpretation = content.interpretation
    return [
        *_plan(interpretation),
        *_elements(interpretation, rules.number("interp.min_element")),
        *_points(interpretation),
        *_who(content),
        *_unknown_forms(interpretation),
        *(
            sentence
            for one in exceeded(content, rules)
            if (sentence := _unless_allowed(one, allowed or {})) is not None
        ),
        *_headings(content),
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


def _elements(interpretation: Interpretation, least: int) -> list[Sentence]:
    texts = {code: getattr(interpretation.elements, code).strip() for code in ELEMENTS}
    if not any(texts.values()):
        return [Sentence("缺解读材料（文字解读）。", "The interpretation text is missing.", "R04")]
    reasons = []
    for code, term in ELEMENTS.items():
        if not texts[code]:
            reasons.append(
                Sentence(f"解读缺“{term.zh}”。", f"The interpretation lacks “{term.en}”.", "R05")
            )
        elif len(_bare(texts[code])) < least:
            reasons.append(
                Sentence(
                    f"解读的“{term.zh}”不足 {least} 字，请写清楚。",
                    f"“{term.en}” of the interpretation has fewer than {least} characters.",
                    "R05",
                )
            )
    return reasons


def _points(interpretation: Interpretation) -> list[Sentence]:
    """domain:A2.8: of each point where it is covered, or why it does not apply."""
    missing = [
        term
        for code, term in SIX_POINTS.items()
        if not getattr(interpretation.points, code).strip()
    ]
    if not missing or not interpretation.elements.text.strip():
        return []
    return [
        Sentence(
            f"六项实质内容还没有写明（写在哪里，或者为什么不适用）：{'、'.join(t.zh for t in missing)}。",
            "The six points lack (where each is covered, or why it does not apply): "
            f"{', '.join(term.en for term in missing)}.",
            "R05",
        )
    ]


def _who(content: Content) -> list[Sentence]:
    """domain:A2.6: who drafts interprets; domain:A2.12: of what is major the principal speaks."""
    facts, given = content.metadata, content.interpretation
    reasons = []
    if given.by_unit.strip() not in ("", facts.unit) and not given.by_unit_reason.strip():
        reasons.append(
            Sentence(
                f"谁起草、谁解读：解读责任单位应为“{facts.unit}”，由“{given.by_unit.strip()}”解读的请写明理由。",
                f"Who drafts interprets: “{facts.unit}”; say why “{given.by_unit.strip()}” does.",
                "domain:A2.6",
            )
        )
    if facts.major_decision and given.interpreter_kind != "principal":
        reasons.append(
            Sentence(
                "重大行政决策须由部门主要负责人解读，请核对“解读人身份”。",
                "A major decision is explained by the head of the department; check the interpreter.",
                "domain:A2.12",
            )
        )
    return reasons


def _unknown_forms(interpretation: Interpretation) -> list[Sentence]:
    listed = [*interpretation.plan.forms, *(item.form for item in interpretation.materials)]
    return [
        Sentence(f"没有“{code}”这种解读形式。", f"Unknown interpretation form: {code}.", "R06")
        for code in dict.fromkeys(unknown(INTERPRETATION_FORMS, listed))
    ]


def _forms_rule(content: Content) -> str:
    county = is_county_level(content.metadata.issuer)
    return "interp.min_forms.county" if county else "interp.min_forms.dept"


def _unless_allowed(one: Exceeded, allowed: Mapping[str, int]) -> Sentence | None:
    """Why the item cannot travel for this rule; None if an exception covers it (domain:A9)."""
    if one.rule.strength == "principle" and one.reason and covered(one, allowed):
        return None
    said, code = sentence_of(one), "R07" if one.key == "interp.max_copied" else "R06"
    if one.rule.strength == "mandatory":
        return Sentence(f"{said.zh}。", f"{said.en}.", code)
    if not one.reason:
        return Sentence(
            f"{said.zh}；确有原因的，请写明理由。",
            f"{said.en}; if there is a reason, state it.",
            code,
        )
    return Sentence(
        f"{said.zh}；理由已写明，须经承办科室负责人或者签发领导同意。",
        f"{said.en}; the reason is stated and has to be accepted by the head of the section or whoever "
        "signs.",
        code,
    )


def sentence_of(one: Exceeded) -> Sentence:
    """What the rule asks for and what there is, without a full stop."""
    asked = one.rule.words
    in_principle = one.rule.strength == "principle"
    how, how_en = ("原则上", "In principle at") if in_principle else ("", "At")
    if one.key == "interp.max_copied":
        return Sentence(
            f"解读有 {one.found}% 的文字照搬原文，{how}不超过 {asked.zh}",
            f"{how_en} most {asked.en} of the interpretation may repeat the document; {one.found}% does",
        )
    whose = "以县级政府（办公室）名义发文，" if one.key == "interp.min_forms.county" else ""
    return Sentence(
        f"{whose}解读形式{how}不少于 {asked.zh} 种，现有 {one.found} 种",
        f"{how_en} least {asked.en} forms of interpretation are needed, there are {one.found}",
    )


def _headings(content: Content) -> list[Sentence]:
    if not lists_headings_only(content):
        return []
    return [
        Sentence(
            "解读的“重要举措”只罗列了小标题，没有内容。",
            "The main measures of the interpretation are a mere list of headings.",
            "R07",
        )
    ]


def _bare(text: str) -> str:
    """Letters, digits and Han only: punctuation and spaces do not make a text one's own."""
    return re.sub(r"[\W_]+", "", text)
