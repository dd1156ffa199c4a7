"""Who may not do what, having done what: the matrix of domain:C7 as data, in three settings.

`default` separates by kind and leaves reviewers free to proofread; `strict` keeps all six passes
apart; `small_office` is P-SMALL: at least three people, and the reduced separation is visible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from engine.text import Sentence
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES, STAGES

SETTINGS: Mapping[str, Sentence] = {
    "strict": Sentence("严格：六个环节各由不同的人担任", "Strict: six passes, six people", "strict"),
    "default": Sentence("默认：按类分离", "Default: separated by kind", "default"),
    "small_office": Sentence("小单位：至少三人", "Small office: at least three people", "small_office"),
}  # fmt: skip

#: Stages of the same kind may be done by the same person, again and again.
KIND_OF: Mapping[str, str] = {
    "draft": "drafter",
    "revise": "drafter",
    "attribute_review": "attr",
    "third_party_opinion": "attr",
    "inter_agency_confirmation": "attr",
    "confidentiality_review": "secrecy",
    "confidentiality_referral": "secrecy",
    "delta_confirmation": "secrecy",
    "legality_review": "legality",
    "first_review": "r1",
    "second_review": "r2",
    "final_review": "r3",
    "principal_review": "r3",
    "sign_confirmation": "r3",
    "on_hold": "r3",
    "first_proofreading": "p1",
    "second_proofreading": "p2",
    "third_proofreading": "p3",
    "read_aloud": "read",
    "release": "publish",
    "readback": "publish",
    "rectification": "publish",
    "later_rectification": "publish",
}

_REVIEWS = ("r1", "r2", "r3")
_PROOFS = ("p1", "p2", "p3")
_PASSES = (*_REVIEWS, *_PROOFS)
Pair = frozenset[str]


def _with(kind: str, others: Iterable[str]) -> set[Pair]:
    return {frozenset({kind, other}) for other in others}


def _within(kinds: Sequence[str]) -> set[Pair]:
    return {frozenset(pair) for pair in combinations(kinds, 2)}


_ALWAYS = _within(_REVIEWS) | _within(_PROOFS)

_DEFAULT = (
    _ALWAYS
    | _with("drafter", ("attr", "secrecy", "legality", *_PASSES, "read"))
    | _with("secrecy", _REVIEWS)
    | _with("r3", ("attr", *_PROOFS, "read", "publish"))
    | _with("read", _PROOFS)
)

_SMALL = (
    _ALWAYS
    | _with("drafter", ("attr", "secrecy", "legality", "r2", "r3", "p2", "p3", "read"))
    | _with("secrecy", ("r1",))
    | _with("r3", ("attr", "publish"))
    | {frozenset({r, p}) for r in _REVIEWS for p in _PROOFS if r[1] != p[1]}
)

#: Pairs of kinds that one person may not both hold on one item.
FORBIDDEN: Mapping[str, frozenset[Pair]] = {
    "strict": frozenset(_DEFAULT | _within(_PASSES)),
    "default": frozenset(_DEFAULT),
    "small_office": frozenset(_SMALL),
}

_RULES: tuple[tuple[set[Pair], Sentence], ...] = (
    (
        _with("drafter", ("attr", "secrecy", "legality", *_PASSES, "read")),
        Sentence("拟稿人不审校自己的稿件", "a drafter does not check their own document"),
    ),
    (_within(_REVIEWS), Sentence("三审由三人分别担任", "the three reviews are done by three people")),
    (_within(_PROOFS), Sentence("三校由三人分别担任", "the three proofreadings are done by three people")),
    (
        _with("secrecy", _REVIEWS),
        Sentence("保密审查与审稿分离", "confidentiality review is kept apart from the reviews"),
    ),
    (
        _with("r3", ("attr", *_PROOFS, "read", "publish")),
        Sentence("签发人不兼其他环节", "the signing officer does nothing else on the item"),
    ),
    (_with("read", _PROOFS), Sentence("诵读人不兼校对", "the reader is not one of the proofreaders")),
)  # fmt: skip
_OTHERWISE = Sentence(
    "任何两个环节不能同时由一人担任", "no two of the six passes are done by one person"
)

#: domain:C8: two signatures are two people's, in every setting.
_TWO_SIGNATURES = frozenset({"final_review", "principal_review"})

#: An act as the matrix sees it: stage, who did it, and for whom (substitution counts for both).
Act = tuple[str, int, int | None]


def conflicts(
    setting: str,
    stage: str,
    earlier: Iterable[Act],
    person_id: int,
    *,
    acting_for: int | None = None,
) -> list[Sentence]:
    """Why this person may not do `stage` after what they did on this item, in any round; [] = may.

    Enforced at claim and at completion (domain:C7). Give the drafting as ("draft", drafter_id, None).
    """
    kind = KIND_OF[stage]
    persons = {person_id} | ({acting_for} if acting_for is not None else set())
    reasons: dict[str, Sentence] = {}
    for done, who, for_whom in earlier:
        if not persons & {who, for_whom}:
            continue
        other = KIND_OF.get(done)
        pair = frozenset({kind, other or kind})
        if {done, stage} == _TWO_SIGNATURES or (len(pair) == 2 and pair in FORBIDDEN[setting]):
            reasons.setdefault(done, _reason(done, stage, pair))
    return list(reasons.values())


def kept_apart(stage: str, other: str) -> bool:
    """Whether an office that is not small keeps the two stages from one person."""
    return frozenset({KIND_OF.get(stage, ""), KIND_OF.get(other, "")}) in FORBIDDEN["default"]


def outside_the_chain(roles: Iterable[str]) -> list[Sentence]:
    """Inspector and the three administrators act nowhere in the chain, whatever else they hold."""
    return [
        Sentence(
            f"{ROLES[role].zh}不参与稿件的办理。",
            f"{ROLES[role].en}: takes no part in handling items.",
            "domain:C7",
        )
        for role in sorted(OUTSIDE_THE_CHAIN.intersection(roles))
    ]


def _reason(done: str, stage: str, pair: Pair) -> Sentence:
    if {done, stage} == _TWO_SIGNATURES:
        rule = Sentence("两道签发由两人分别签", "two signatures are given by two people")
    else:
        rule = next((sentence for pairs, sentence in _RULES if pair in pairs), _OTHERWISE)
    was, now = _stage(done), _stage(stage)
    return Sentence(
        f"您已在本件中办理过“{was.zh}”，不能再办理“{now.zh}”：{rule.zh}。",
        f"You have done “{was.en}” on this item and cannot do “{now.en}”: {rule.en}.",
        "domain:C7",
    )


def _stage(stage: str) -> Sentence:
    return Sentence("拟稿", "Drafting") if stage == "draft" else STAGES[stage].sentence
