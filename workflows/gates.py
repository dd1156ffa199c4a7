"""The gates before circulation (domain:C4): completeness, attribute, interpretation. All reasons, always.

G0 is in `completeness`, the substance of G2 in `interpretation`; G1 is here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.text import Sentence
from workflows import interpretation, profiles
from workflows.catalogue import Entry
from workflows.completeness import g0, g0_hidden
from workflows.content import Content, Metadata
from workflows.intake.hidden import Finding
from workflows.intake.markup import text_of
from workflows.intake.recognise import disclosure_attributes
from workflows.parameters import SHIPPED, Rules
from workflows.profiles import Profile
from workflows.time_limits import end_of
from workflows.vocabulary import ATTRIBUTES, GROUNDS, unknown

__all__ = ["Gate", "g0", "g1", "g2", "gate", "submission"]

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
    "G3": Sentence("办理流程", "The chain it goes along", "G3"),
}


def submission(
    content: Content,
    *,
    today: date,
    known_files: Collection[str],
    matter: Entry | None = None,
    rules: Rules = SHIPPED,
    allowed: Mapping[str, int] | None = None,
    hidden: Mapping[str, Sequence[Finding]] | None = None,
    profile: Profile = profiles.DEFAULT,
    sources: Collection[str] = (),
) -> list[Gate]:
    """G0 to G3 of what is about to be submitted. `known_files`: digests that can be read; `matter`:
    what the catalogue in force says under the code that the metadata name; `rules` and `allowed`: the
    numbers that hold for the unit, and the exceptions that were allowed for this item; `hidden`: what the
    files carry unseen, by digest; `profile`: the way that it goes; `sources`: hosts of reposts.
    """
    found = {
        "G0": [
            *g0(content, today=today, known_files=known_files),
            *g0_hidden(content, hidden or {}),
        ],
        "G1": g1(content, matter),
        "G2": g2(content, rules, allowed),
        "G3": profiles.refusals(profile, content, allowed or {}, sources),
    }
    return [gate(code, TITLES[code], reasons) for code, reasons in found.items()]


def gate(code: str, title: Sentence, reasons: Iterable[Sentence]) -> Gate:
    """A gate that was checked: passed if there is no reason against."""
    listed = tuple(dict.fromkeys(reasons))
    return Gate(code, title, FAILED if listed else PASSED, listed)


def g1(content: Content, matter: Entry | None = None) -> list[Sentence]:
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
        *(_in_catalogue(facts, matter) if facts.attribute == "proactive" else ()),
        *_disagreement(content),
    ]


def _in_catalogue(facts: Metadata, matter: Entry | None) -> list[Sentence]:
    """domain:A4.1, A4.4: every item falls under a matter in force, or says why under none; and they agree."""
    code = facts.catalogue_item.strip()
    if facts.outside_catalogue and not facts.outside_reason.strip():
        return [
            Sentence("目录外事项请写明理由。", "Say why the item is outside the catalogue.", "R16")
        ]
    if facts.outside_catalogue and code:
        return [
            Sentence(
                "选了目录事项，又勾了“目录外”，请只留一样。",
                "A catalogue item is named and “outside the catalogue” is ticked; keep one.",
                "R16",
            )
        ]
    if facts.outside_catalogue:
        return []
    if not code:
        return [
            Sentence(
                "主动公开请选择目录事项，不在目录内的请选“目录外”并写明理由。",
                "Name the catalogue item, or mark it as outside the catalogue and say why.",
                "R16",
            )
        ]
    if matter is None:
        return [
            Sentence(
                f"现行主动公开事项目录中没有“{code}”，请重新选择；不在目录内的请选“目录外”并写明理由。",
                f"The catalogue in force has no “{code}”; choose again, or mark the item as outside "
                "the catalogue and say why.",
                "R16",
            )
        ]
    return _agrees(facts, matter)


def _agrees(facts: Metadata, matter: Entry) -> list[Sentence]:
    reasons = []
    if matter.column and facts.column.strip() and facts.column.strip() != matter.column:
        reasons.append(
            Sentence(
                f"目录规定“{matter.name}”放在栏目“{matter.column}”，现填“{facts.column.strip()}”。",
                f"The catalogue puts “{matter.name}” into the column “{matter.column}”, "
                f"not “{facts.column.strip()}”.",
                "R16",
            )
        )
    if matter.limit.recurs and end_of(matter.limit.trigger, facts.catalogue_period) is None:
        shape = {"monthly": "2026-10", "quarterly": "2026-Q3"}.get(matter.limit.trigger, "2026")
        reasons.append(
            Sentence(
                f"“{matter.name}”定期公开，请选择所属期（如 {shape}）。",
                f"“{matter.name}” is disclosed regularly; name the period (like {shape}).",
                "R16",
            )
        )
    return reasons


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


def g2(
    content: Content, rules: Rules = SHIPPED, allowed: Mapping[str, int] | None = None
) -> list[Sentence]:
    """domain:A2.1, A2.4: an interpretation where one is due, and up to the mark."""
    facts = content.metadata
    if facts.interpretation_required:
        return interpretation.refusals(content, rules, allowed)
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
