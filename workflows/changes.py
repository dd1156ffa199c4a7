"""What a change voids (domain:C5), which class a change must at least have, and which decisions stand.

The process voids decisions as it runs; `standing` computes the same from the rows alone, so that the
final gate does not have to believe the process.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Protocol

from workflows import showing
from workflows.content import Content, Metadata, parse
from workflows.intake.markup import images, links, paragraphs, text_of
from workflows.vocabulary import SIX_POINTS

_PROOFREADINGS = ("first_proofreading", "second_proofreading", "third_proofreading")
_PARALLEL = (
    "confidentiality_review",
    "confidentiality_referral",
    "third_party_opinion",
    "inter_agency_confirmation",
    "legality_review",
)

_TERMS = frozenset(
    {
        *("attribute_review", *_PARALLEL, "delta_confirmation"),
        *("final_review", "principal_review", "sign_confirmation"),
    }
)
_PLACEMENT = frozenset({"third_proofreading"})

#: domain:C5. Keys: the class of a text change, or the kind of a metadata change.
VOIDED_BY: Mapping[str, frozenset[str]] = {
    "none": frozenset(),
    "unchanged": frozenset(),
    "t1": frozenset({"sign_confirmation"}),
    "t2": frozenset(
        {
            *("delta_confirmation", "second_review", "final_review", "principal_review"),
            *_PROOFREADINGS,
            *("read_aloud", "sign_confirmation"),
        }
    ),
    "t3": frozenset(
        {
            *_PARALLEL,
            *("delta_confirmation", "first_review", "second_review", "final_review"),
            *("principal_review", *_PROOFREADINGS, "read_aloud", "sign_confirmation"),
        }
    ),
    "attribute": _TERMS,
    "metadata": _PLACEMENT,
    "both": _TERMS | _PLACEMENT,
}

#: A fresh decision at the key makes these earlier ones meaningless.
RESET_BY: Mapping[str, frozenset[str]] = {
    "confidentiality_review": frozenset({"delta_confirmation", "confidentiality_referral"}),
    "final_review": frozenset({"principal_review", "sign_confirmation"}),
    "principal_review": frozenset({"sign_confirmation"}),
}

#: Changing one of these changes on what terms the item is disclosed, or which checks it needs.
ATTRIBUTE_FIELDS = frozenset(
    {
        *("attribute", "grounds", "reason", "scope", "scope_note", "period", "period_until"),
        *("info_class", "normative", "interpretation_required", "no_interpretation_reason"),
        *("affects_public", "affects_enterprise", "concerns_services", "concerns_third_party"),
        *("concerns_other_agencies", "major_decision", "legality_required"),
        *("opinion_plan", "emergency", "emergency_reason"),
    }
)
#: What it is, who issued it, under which number, and where the original is: facts like a figure or a link.
FACTUAL_FIELDS = (
    *("info_type", "document_kind", "issuer", "unit", "document_number", "registration_number"),
    *("source_link", "source_text"),
)
#: Changing one of these changes only where and how the item is shown.
PLACEMENT_FIELDS = frozenset(
    {
        *("column", "topics", "channels", "catalogue_item", "outside_catalogue"),
        *("catalogue_name", "catalogue_edition", "catalogue_period"),
        *("outside_reason", "disclosure_due", "validity"),
    }
)

CLASS_ORDER = ("unchanged", "t1", "t2", "t3")


def metadata_change(old: Metadata, new: Metadata) -> str:
    """`none`, `metadata` (placement only), `attribute` or `both`; title, number and dates count as text."""
    changed = {name for name in _names() if getattr(old, name) != getattr(new, name)}
    if changed & ATTRIBUTE_FIELDS:
        return "both" if changed & PLACEMENT_FIELDS else "attribute"
    return "metadata" if changed & PLACEMENT_FIELDS else "none"


def text_changed(old: Content, new: Content) -> bool:
    """True if anything but terms of disclosure and placement differs: body, facts, files, 解读."""
    facts = _names() - ATTRIBUTE_FIELDS - PLACEMENT_FIELDS
    return (
        old.body_html != new.body_html
        or old.interpretation != new.interpretation
        or old.attachments != new.attachments
        or any(getattr(old.metadata, name) != getattr(new.metadata, name) for name in facts)
    )


def least_class(old: Content, new: Content) -> str:
    """The lowest class this change may be given: what is plain to a machine is not left to opinion.

    domain:C5: paragraphs or attachments added or removed are T3; numbers, link targets, and who issued
    what under which number are T2.
    """
    if not text_changed(old, new):
        return "unchanged"
    if _files(old) != _files(new) or _parts(old) != _parts(new) or _paragraphs_moved(old, new):
        return "t3"
    return "t2" if _facts_changed(old, new) else "t1"


def _facts_changed(old: Content, new: Content) -> bool:
    return (
        _figures(old) != _figures(new)
        or links(old.body_html) != links(new.body_html)
        or any(
            getattr(old.metadata, name) != getattr(new.metadata, name) for name in FACTUAL_FIELDS
        )
    )


def _names() -> frozenset[str]:
    return frozenset(Metadata.__dataclass_fields__)


def _files(content: Content) -> tuple[object, ...]:
    return (
        tuple((item.digest, item.name) for item in content.attachments),
        content.interpretation.materials,
        tuple(images(content.body_html)),
    )


def _parts(content: Content) -> set[str]:
    """What the confidentiality review judges one by one (domain:A1.3): nobody has cleared a new part yet."""
    return set(showing.parts_of(content))


def _paragraphs_moved(old: Content, new: Content) -> bool:
    """Whether title or paragraphs came, went or became others, in the body or the 解读 text."""
    pairs = (
        ([old.metadata.title], [new.metadata.title]),
        (paragraphs(old.body_html), paragraphs(new.body_html)),
        (_lines(old), _lines(new)),
    )
    return any(_came_or_went(before, after) for before, after in pairs)


def _lines(content: Content) -> list[str]:
    return [line for line in content.interpretation.elements.text.splitlines() if line.strip()]


def points(content: Content) -> list[str]:
    """What is said to each of the six points (domain:A2.8)."""
    return [getattr(content.interpretation.points, code) for code in SIX_POINTS]


def _came_or_went(before: list[str], after: list[str]) -> bool:
    if len(before) != len(after):
        return True
    return any(_exchanged(a, b) for a, b in zip(before, after, strict=True))


#: Comparing is quadratic in the length, so long paragraphs are compared piece by piece, to the end.
_PIECE = 1500


def _exchanged(a: str, b: str) -> bool:
    """Whether some piece of a paragraph became another one: less than half of it is still there."""
    number = -(-max(len(a), len(b)) // _PIECE)
    return any(
        before != after and not _alike(before, after)
        for before, after in zip(_pieces(a, number), _pieces(b, number), strict=True)
    )


def _pieces(text: str, number: int) -> list[str]:
    """Equal shares, so that what was inserted early moves the later pieces little."""
    ends = [len(text) * index // number for index in range(number + 1)] if number else []
    return [text[start:end] for start, end in pairwise(ends)]


def _alike(a: str, b: str) -> bool:
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.quick_ratio() >= 0.5 and matcher.ratio() >= 0.5


_HAN = "〇零一二三四五六七八九十百千万亿两"
_UNIT = (
    "[年月日天时分秒周岁期届号条款项章节编级类个名人户家件份次处所台辆套座栋间只张元角万亿亩吨斤克升米里度倍成%‰"
    "公平厘毫千]"
)
#: One Han numeral alone is often no number (一些, 统一); before a unit or in a fraction it is one.
FIGURE = re.compile(rf"\d+(?:[.,]\d+)*|[{_HAN}]{{2,}}|[{_HAN}](?={_UNIT})|(?<=分之)[{_HAN}]")


def _figures(content: Content) -> list[str]:
    """Every number in what people read; full and half width are the same number."""
    facts, told = content.metadata, content.interpretation
    text = "\n".join(
        (
            *(facts.title, facts.document_number, str(facts.dated_on), str(facts.effective_on)),
            *(str(facts.valid_until), text_of(content.body_html)),
            *(told.elements.text, *points(content), told.plan.outline, str(told.plan.on)),
        )
    )
    return FIGURE.findall(unicodedata.normalize("NFKC", text))


class DecisionFacts(Protocol):
    """What `standing` reads of a decision row."""

    @property
    def id(self) -> int: ...
    @property
    def stage(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def version_id(self) -> int: ...


class VersionFacts(Protocol):
    """What `standing` reads of a version row."""

    @property
    def id(self) -> int: ...
    @property
    def content(self) -> str: ...


@dataclass(slots=True)
class Standing:
    """The decisions that still hold, by stage, and the confirmations that a later change made due."""

    decisions: dict[str, DecisionFacts] = field(default_factory=dict)
    delta_due: bool = False  # a T2 change since the last confidentiality review
    sign_due: bool = False  # a T1 change since the final review
    attribute_doubted: bool = False  # or changed; a person decides it from then on

    def void(self, change: str) -> None:
        for stage in VOIDED_BY[change]:
            self.decisions.pop(stage, None)
        if change == "t1":
            self.sign_due = True
        elif change == "t2":
            self.delta_due = True
        elif change in ("t3", "attribute", "both"):  # the whole confidentiality review is made anew
            self.delta_due = False
        if change in ("attribute", "both"):
            self.attribute_doubted = True

    def take(self, decision: DecisionFacts) -> None:
        for stage in RESET_BY.get(decision.stage, ()):
            self.decisions.pop(stage, None)
        if decision.stage == "confidentiality_review":
            self.delta_due = False
        if decision.stage in ("final_review", "principal_review"):
            self.sign_due = False
        if decision.outcome == "withhold":  # domain:C3: back to the attribute with a proposal
            self.attribute_doubted = True
            for stage in ("attribute_review", "confidentiality_review", "confidentiality_referral"):
                self.decisions.pop(stage, None)
        else:
            self.decisions[decision.stage] = decision
        if decision.outcome == "corrected":  # a proofreader's own T1 change
            self.void("t1")


def standing(decisions: Sequence[DecisionFacts], versions: Sequence[VersionFacts]) -> Standing:
    """What holds for the last version, from the rows alone and in the order in which they were made.

    A resubmission is a decision at stage `revise` whose outcome is the class of its change.
    """
    by_id = {version.id: version for version in versions}
    result, before = Standing(), None
    for decision in sorted(decisions, key=lambda d: d.id):
        version = by_id[decision.version_id]
        if decision.stage != "revise":
            result.take(decision)
        elif decision.outcome in CLASS_ORDER:
            result.void(decision.outcome)
            if before is not None:
                old, new = parse(before.content).metadata, parse(version.content).metadata
                result.void(metadata_change(old, new))
        before = version
    return result
