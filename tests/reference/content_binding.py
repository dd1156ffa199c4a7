"""domain:C5, C3 and C4 read once more: which decisions stand, and whether the item may go out.

Written from the tables of the domain study alone. It shares no code with `workflows/changes.py`, the final gate
or the process: there a state is carried along, here each decision is asked whether anything later undid it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
class Way:
    """A profile, as far as C3 says that it asks for something else than the default does."""

    reviews: tuple[str, ...] = ("first_review", "second_review")
    proofs: tuple[str, ...] = ("first_proofreading", "second_proofreading", "third_proofreading")
    #: "REVIEW_3 by 主要负责人"
    principal: bool = False
    #: "PROOF_2/3 after publication"; what is read aloud is so after PROOF_3 (the drawing of C3)
    later: tuple[str, ...] = ()
    #: "ATTR(auto 主动公开)" and "source-identity check": the text is a citation, and so is a change of it
    of_a_source: bool = False


#: C3, "Alternative profiles (configuration, same tasks)", by the name of the process.
WAYS: Mapping[str, Way] = {
    # "先审后校，审校分离"
    "publishing": Way(),
    # "P-INTERLEAVED REVIEW_1→PROOF_1→REVIEW_2→PROOF_2→REVIEW_3→PROOF_3": the order is another, C5 the same
    "interleaved": Way(),
    # "P-REPOST ATTR(auto 主动公开)→CONFIDENTIALITY→REVIEW_1→REVIEW_3→PROOF_1→publish"
    "repost": Way(("first_review",), ("first_proofreading",), of_a_source=True),
    # "P-EMERGENCY parallel CONFIDENTIALITY + REVIEW_2 + PROOF_1, then REVIEW_3 by 主要负责人, PROOF_2/3 after
    # publication within 24 h"; its attribute is reviewed as ever: C3 leaves out what it names, A1.1 has no exemption
    "emergency": Way(
        ("second_review",),
        ("first_proofreading",),
        principal=True,
        later=("second_proofreading", "third_proofreading", "read_aloud"),
    ),
    # "P-SMALL: interleaved, minimum 3 different persons": fewer people, not fewer passes
    "small_office": Way(),
}
DEFAULT = WAYS["publishing"]


@dataclass(frozen=True)
class Item:
    """What a version says, as far as C5 and C3 speak of it; each field is of one row of C5."""

    wording: int = 0  # T1; of a repost T2, for the original is cited with it
    punctuation: int = 0  # T1
    explanation: int = 0  # T1, in the interpretation
    figure: int = 0  # T2
    explained_figure: int = 0  # T2, in the interpretation
    pointed_figure: int = 0  # T2, in one of its six points
    kind: int = 0  # T2: what kind of document it is, 文种
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

    def to(self, new: Item, way: Way = DEFAULT) -> set[str]:
        """Which rows of C5 the step from this version to the next is about, by the highest class of text."""
        cited = ("wording",) if way.of_a_source else ()
        rows = {
            "t1": ("wording", "punctuation", "explanation"),
            "t2": ("figure", "explained_figure", "pointed_figure", "kind", "address", *cited),
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


def lacking(acts: Sequence[Act], item: Item, way: Way = DEFAULT) -> set[str]:
    """C4, GF (1) and (2): the stages that have to let the item pass and do not; none: it may go out."""
    stands = {acts[number].stage: number for number in standing(acts)}
    return {stage for stage in _asked(acts, item, way, stands) if stage not in stands}


def lacking_afterwards(acts: Sequence[Act], item: Item, way: Way) -> set[str]:
    """What has to follow the release before the case ends: C3, READBACK of everything, the rest of an emergency."""
    passed = {act.stage for act in acts if act.outcome in ("pass", "ok")}
    asked = {stage for stage in way.later if stage != "read_aloud" or item.class_ in "BC"}
    return (asked | {"readback"}) - passed


def _asked(acts: Sequence[Act], item: Item, way: Way, stands: Mapping[str, int]) -> Iterator[str]:
    if not way.of_a_source or _doubted(acts):
        yield "attribute_review"
    yield from ("confidentiality_review", *way.reviews, *way.proofs)
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
        ("read_aloud", item.class_ in "BC" and "read_aloud" not in way.later),  # C8
    ):
        if asked:
            yield stage
    signing = signing_stages(acts, item, way)
    yield from signing
    if all(stage in stands for stage in signing) and _since(acts, stands[signing[-1]], "t1"):
        yield "sign_confirmation"


def _doubted(acts: Sequence[Act]) -> bool:
    """Whether the source no longer speaks for the attribute: C3 sends what is not to be disclosed back to the
    attribute, and C5 voids it when it, the scope or the ground changes; a person decides from then on."""
    return any(
        not act.taken_back and (act.outcome == "withhold" or "attribute" in act.changed)
        for act in acts
    )


def signing_stages(acts: Sequence[Act], item: Item, way: Way = DEFAULT) -> list[str]:
    """C8: class B is signed by both, class C and what a standing review raised (提级) by the principal; C3: an
    emergency by the principal whatever its class."""
    if item.class_ == "B" and not way.principal:
        return ["final_review", "principal_review"]
    raised = any(acts[number].outcome == "raise_level" for number in standing(acts))
    alone = way.principal or item.class_ == "C" or raised
    return ["principal_review" if alone else "final_review"]


def _since(acts: Sequence[Act], number: int, row: str) -> bool:
    return any(row in act.changed for act in acts[number + 1 :])
