"""domain:C5, C3 and C4 read once more: which decisions stand, and whether the item may go out.

Written from the tables of the domain study alone. It shares no code with `workflows/changes.py`, the final gate
or the process: there a state is carried along, here each decision is asked whether anything later undid it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

REVIEWS_FROM_THE_SECOND = {"second_review", "final_review", "principal_review"}
PROOFS = {"first_proofreading", "second_proofreading", "third_proofreading", "read_aloud"}
#: C3, parallel checks: T1 opens none of them again, T3 and changes of the attribute all.
CHECKS = {
    *("confidentiality_review", "confidentiality_referral", "delta_confirmation"),
    *("third_party_opinion", "inter_agency_confirmation", "legality_review"),
}
SIGNED = {"final_review", "principal_review", "sign_confirmation"}

#: The rows of C5. Who confirms a difference confirms it again after the next one.
STRIKES = {
    "t1": {"sign_confirmation"},
    "t2": {"delta_confirmation", *REVIEWS_FROM_THE_SECOND, *PROOFS, "sign_confirmation"},
    "t3": {*CHECKS, "first_review", *REVIEWS_FROM_THE_SECOND, *PROOFS, "sign_confirmation"},
    "attribute": {"attribute_review", *CHECKS, *SIGNED},
    "placement": {"third_proofreading"},
}

#: With which results a stage lets the item pass.
LETS_PASS = {
    "attribute_review": {"proactive"},
    "confidentiality_review": {"clear", "refer"},
    "confidentiality_referral": {"clear"},
    "third_party_opinion": {"agree", "public_interest"},
    "inter_agency_confirmation": {"consistent"},
    "legality_review": {"lawful"},
    "delta_confirmation": {"confirm"},
    "first_review": {"pass", "raise_level"},
    "second_review": {"pass", "raise_level"},
    "final_review": {"pass", "raise_level"},
    "principal_review": {"pass"},
    "first_proofreading": {"pass"},
    "second_proofreading": {"pass"},
    "third_proofreading": {"pass"},
    "read_aloud": {"pass"},
    "sign_confirmation": {"confirm"},
}


@dataclass(frozen=True)
class Item:
    """What a version says, as far as C5 and C3 speak of it; each field is of one row of C5."""

    wording: int = 0  # T1
    explanation: int = 0  # T1, in the interpretation
    figure: int = 0  # T2
    explained_figure: int = 0  # T2, in the interpretation
    address: int = 0  # T2: where a link leads
    paragraphs: int = 0  # T3
    attachments: int = 0  # T3
    scope: int = 0  # attribute, scope, ground
    class_: str = "A"
    third_party: bool = False
    other_agencies: bool = False
    legality: bool = False
    column: int = 0  # column, topic, schedule, channels
    topic: int = 0

    def to(self, new: Item) -> set[str]:
        """Which rows of C5 the step from this version to the next is about, by the highest class of text."""
        rows = {
            "t1": ("wording", "explanation"),
            "t2": ("figure", "explained_figure", "address"),
            "t3": ("paragraphs", "attachments"),
            "attribute": ("scope", "class_", "third_party", "other_agencies", "legality"),
            "placement": ("column", "topic"),
        }
        touched = {
            row
            for row, names in rows.items()
            if any(getattr(self, n) != getattr(new, n) for n in names)
        }
        text = [row for row in ("t3", "t2", "t1") if row in touched]
        return (touched - set(text)) | set(text[:1])


@dataclass
class Act:
    """One decision, and the rows of C5 that it brought about: a resubmission, a proofreader's correction."""

    stage: str
    outcome: str
    changed: frozenset[str] = frozenset()
    taken_back: bool = False


def undoes(later: Act, earlier: Act) -> bool:
    """Whether the later act leaves the earlier decision without what it was about."""
    if later.taken_back:
        return False
    stage = earlier.stage
    return (
        any(stage in STRIKES[row] for row in later.changed)
        or later.stage == stage
        # C3: 不予公开 goes back to the attribute, and what was cleared is not
        or (
            later.outcome == "withhold"
            and stage in {"attribute_review", "confidentiality_review", "confidentiality_referral"}
        )
        # a whole review answers what was referred or confirmed before it; a signature is of the text as it is
        or (
            later.stage == "confidentiality_review"
            and stage in {"confidentiality_referral", "delta_confirmation"}
        )
        or (later.stage == "final_review" and stage in {"principal_review", "sign_confirmation"})
        or (later.stage == "principal_review" and stage == "sign_confirmation")
    )


def standing(acts: Sequence[Act]) -> list[int]:
    """The numbers of the acts that stand."""
    return [
        number
        for number, act in enumerate(acts)
        if not act.taken_back
        and act.outcome in LETS_PASS.get(act.stage, set())
        and not any(undoes(later, act) for later in acts[number + 1 :])
    ]


def lacking(acts: Sequence[Act], item: Item) -> set[str]:
    """C4, GF (1) and (2): the stages that have to let the item pass and do not; none: it may go out."""
    stands = {acts[number].stage: number for number in standing(acts)}
    return {stage for stage in _asked(acts, item, stands) if stage not in stands}


def _asked(acts: Sequence[Act], item: Item, stands: dict[str, int]) -> Iterator[str]:
    yield from ("attribute_review", "confidentiality_review", "first_review", "second_review")
    yield from ("first_proofreading", "second_proofreading", "third_proofreading")
    cleared = stands.get("confidentiality_review")
    if cleared is not None and acts[cleared].outcome == "refer":
        yield "confidentiality_referral"
    if cleared is not None and _since(acts, cleared, "t2"):
        yield "delta_confirmation"
    for stage, asked in (
        ("third_party_opinion", item.third_party),
        # C8: what is sensitive has the opinion of 网信 and 宣传
        ("inter_agency_confirmation", item.other_agencies or item.class_ == "C"),
        ("legality_review", item.legality),
        ("read_aloud", item.class_ in "BC"),  # C8
    ):
        if asked:
            yield stage
    signing = signing_stages(acts, item)
    yield from signing
    if all(stage in stands for stage in signing) and _since(acts, stands[signing[-1]], "t1"):
        yield "sign_confirmation"


def signing_stages(acts: Sequence[Act], item: Item) -> list[str]:
    """C8: class B is signed by both, class C and what a standing review raised (提级) by the principal."""
    if item.class_ == "B":
        return ["final_review", "principal_review"]
    raised = any(acts[number].outcome == "raise_level" for number in standing(acts))
    return ["principal_review" if item.class_ == "C" or raised else "final_review"]


def _since(acts: Sequence[Act], number: int, row: str) -> bool:
    return any(row in act.changed for act in acts[number + 1 :])
