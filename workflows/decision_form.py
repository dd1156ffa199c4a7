"""What a decision must contain before it counts, as one list of reasons (domain:C4, C6).

Pure: no database. The page asks the same function, so it can say what is missing before the press.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.text import Sentence
from workflows import checklists, decision_parts, decision_records
from workflows.content import AttachmentRef
from workflows.decision_records import Known
from workflows.vocabulary import (
    ATTRIBUTES,
    GROUNDS,
    IN_THE_TEXT,
    NEEDS_REASON,
    OUTCOMES,
    RETURN_REASONS,
    SENT_BACK,
    label,
    unknown,
)

#: Longer than any real opinion; a longer one is a pasted document.
MAX_OPINION = 5_000
MAX_LOCATIONS = 2_000
#: A forged choice is told back only so far.
_SHOWN = 20

#: Stages that judge every part of the package by itself (domain:A1.3, C4 row 3).
BY_PARTS = frozenset({"confidentiality_review", "confidentiality_referral"})
#: Decisions that are no return and still need their reasons in words.
NEEDS_OPINION = frozenset(
    {"public_interest", "raise_level", "refer", "on_request", "not_disclosed"}
)
#: Whoever says that something must not be disclosed names the statutory ground (domain:A1.2).
NEEDS_GROUND = frozenset({"withhold", "not_disclosed"})


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A filled-in decision form. `digest` and `seen_version` are those of the page that was shown."""

    outcome: str
    digest: str
    seen_version: int | None = None
    opinion: str = ""
    reason_codes: tuple[str, ...] = ()
    locations: str = ""
    checklist: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    ground_codes: tuple[str, ...] = ()
    corrected_body_html: str | None = None
    deadline: date | None = None
    #: What the disclosure office holds right instead, where it lets the drafter's attribute go to the
    #: final review (domain:C4 row 2).
    dissent: str = ""
    note: str = ""
    #: What has to be taken out of or changed in a part, by the part's code (domain:B7 非密处理).
    redactions: Mapping[str, str] = field(default_factory=dict)
    #: The stage's own record (`workflows.record_fields`), as typed, and the paper behind it.
    record: Mapping[str, str] = field(default_factory=dict)
    scan: AttachmentRef | None = None


def missing(
    element: str,
    allowed: Collection[str],
    given: DecisionInput,
    parts: Mapping[str, Sentence],
    *,
    proposed: str = "",
    withheld: bool = False,
    disputed: bool = False,
    known: Known | None = None,
) -> list[Sentence]:
    """Everything that keeps this form from being a decision.

    `parts` are those of the version that was shown, `proposed` the attribute it proposes; `withheld`: the
    confidentiality review said that it must not be disclosed; `disputed`: the office holds another
    attribute right; `known`: what its record is judged by.
    """
    if given.outcome not in allowed:
        return [
            Sentence("这个环节没有这种处理结果。", "This stage has no such outcome.", "outcome")
        ]
    agrees = given.outcome == proposed
    return [
        *_about_words(given, agrees),
        *_about_codes(element, given, agrees),
        *(_about_attribute(given, proposed, withheld) if element == "attribute_review" else ()),
        *_about_dissent(element, given, disputed),
        *_about_fields(element, allowed, given),
        *(decision_parts.missing(element, given, parts) if element in BY_PARTS else ()),
        *decision_records.missing(
            element,
            given.outcome,
            given.record,
            known,
            scanned=given.scan is not None,
            opinion=given.opinion,
        ),
        *_about_correction(given),
    ]


def _about_fields(element: str, allowed: Collection[str], given: DecisionInput) -> list[Sentence]:
    """What the stage's form does not have is forged, and would stand in rows that are never changed."""
    returns, grounded = NEEDS_REASON.intersection(allowed), NEEDS_GROUND.intersection(allowed)
    strange = (
        (given.parts and element not in BY_PARTS, "逐项结论", "verdicts on parts", "parts"),
        (given.redactions and element not in BY_PARTS, "处理要求", "list of treatments", "parts"),
        (given.reason_codes and not returns, "退回原因", "reason codes", "reason_codes"),
        (given.locations.strip() and not returns, "问题位置", "list of places", "locations"),
        (given.deadline and not returns, "整改期限", "deadline", "deadline"),
        (given.ground_codes and not grounded, "法定情形", "statutory ground", "ground_codes"),
    )
    return [
        Sentence(f"这个环节没有“{zh}”这一栏。", f"This stage has no field “{en}”.", code)
        for is_there, zh, en, code in strange
        if is_there
    ]


def _about_words(given: DecisionInput, agrees: bool) -> list[Sentence]:
    reasons: list[Sentence] = []
    opinion = given.opinion.strip()
    label = OUTCOMES[given.outcome].sentence
    if given.outcome in NEEDS_REASON and not opinion:
        reasons.append(
            Sentence(
                f"“{label.zh}”须写明理由。", f"“{label.en}” needs a reason in words.", "opinion"
            )
        )
    elif given.outcome in NEEDS_OPINION and not opinion and not agrees:
        reasons.append(
            Sentence(f"“{label.zh}”须写明意见。", f"“{label.en}” needs an opinion.", "opinion")
        )
    for text, most, zh, en in (
        (given.opinion, MAX_OPINION, "意见", "opinion"),
        (given.locations, MAX_LOCATIONS, "问题位置", "list of places"),
    ):
        if len(text) > most:
            reasons.append(
                Sentence(
                    f"{zh}有{len(text)}字，最多{most}字。",
                    f"The {en} has {len(text)} characters; at most {most} fit.",
                    "too_long",
                )
            )
    return reasons


def _about_codes(element: str, given: DecisionInput, agrees: bool) -> list[Sentence]:
    reasons: list[Sentence] = []
    if given.outcome in NEEDS_REASON and not given.reason_codes:
        reasons.append(
            Sentence("请至少选择一项退回原因。", "Choose at least one reason code.", "reason_codes")
        )
    withholds = (given.outcome in NEEDS_GROUND and not agrees) or "withhold" in given.parts.values()
    if withholds and not given.ground_codes:
        reasons.append(
            Sentence(
                "不予公开须注明法定情形。",
                "Non-disclosure must name its statutory ground.",
                "ground_codes",
            )
        )
    placed = given.locations.strip() or given.outcome == "treat"  # which says it part by part
    if given.outcome in SENT_BACK and not placed and IN_THE_TEXT.intersection(given.reason_codes):
        reasons.append(
            Sentence("请写明问题在什么位置。", "Say where in the text it is.", "locations")
        )
    strange = [
        *unknown(RETURN_REASONS, given.reason_codes),
        *unknown(GROUNDS, given.ground_codes),
        *checklists.unknown_ticks(element, given.checklist),
    ]
    if any(
        len(set(codes)) < len(codes)
        for codes in (given.reason_codes, given.ground_codes, given.checklist)
    ):
        reasons.append(Sentence("同一选项重复出现。", "A choice is given more than once.", "codes"))
    if strange:
        listed = "、".join(code[:_SHOWN] for code in strange[:_SHOWN])
        reasons.append(
            Sentence(f"不认识的选项：{listed}。", f"Unknown choices: {listed}.", "codes")
        )
    return reasons


def _about_attribute(given: DecisionInput, proposed: str, withheld: bool) -> list[Sentence]:
    """The attribute is the drafter's proposal, confirmed; a disagreement goes back, or to the final review.

    domain:A1.1, C4 row 2. Only after confidentiality has said no is it narrowed here.
    """
    narrowed = given.outcome in ("on_request", "not_disclosed") and given.outcome != proposed
    if narrowed and proposed and not withheld:
        return [
            Sentence(
                f"拟稿人提出的是“{label(ATTRIBUTES, proposed)}”。您认为不对的，请退回并写明理由；拟稿人坚持主动公开的，"
                "请选“确认主动公开”并保留意见，由终审裁定。",
                f"The drafter proposed “{label(ATTRIBUTES, proposed, 'en')}”. Return the item with your reason; if "
                "the drafter insists on disclosure, confirm it with your dissent, and the final review decides.",
                "A1.1",
            )
        ]
    if given.outcome != "proactive" or proposed == "proactive":
        return []
    return [
        Sentence(
            "拟稿人提出的不是主动公开；应当主动公开的，请退回，由拟稿人改属性并补齐栏目、目录事项。",
            "The drafter did not propose proactive disclosure; return the item so that the drafter "
            "changes the attribute and fills in column and catalogue item.",
            "A1.1",
        )
    ]


def _about_dissent(element: str, given: DecisionInput, disputed: bool) -> list[Sentence]:
    """domain:C4: a dissent says why, and whoever signs says how it was decided."""
    reasons: list[Sentence] = []
    opinion = given.opinion.strip()
    if given.dissent and (element != "attribute_review" or given.outcome != "proactive"):
        reasons.append(
            Sentence(
                "只有公开属性审查确认主动公开时，才能保留不同意见。",
                "A dissent goes with confirming disclosure at the attribute review only.",
                "dissent",
            )
        )
    elif given.dissent and given.dissent not in ("on_request", "not_disclosed"):
        reasons.append(
            Sentence(
                "请选择您认为对的公开属性。", "Choose the attribute that you hold right.", "dissent"
            )
        )
    elif given.dissent and not opinion:
        reasons.append(Sentence("保留意见须写明理由。", "Say why you dissent.", "dissent"))
    signs = element in ("final_review", "principal_review")
    if disputed and signs and given.outcome in ("pass", "raise_level") and not opinion:
        reasons.append(
            Sentence(
                "公开属性有分歧，请在意见中写明裁定的理由。",
                "The attribute is disputed; say in the opinion why it is decided so.",
                "dissent",
            )
        )
    return reasons


def _about_correction(given: DecisionInput) -> list[Sentence]:
    has_text = given.corrected_body_html is not None
    if given.outcome == "corrected" and not has_text:
        return [
            Sentence("请在正文中改正后再提交。", "Correct the text before submitting.", "corrected")
        ]
    if given.outcome != "corrected" and has_text:
        return [
            Sentence(
                "只有“技术性改正”可以带改正后的正文。",
                "Only a technical correction may carry a corrected text.",
                "corrected",
            )
        ]
    return []
