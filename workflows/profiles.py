"""The five ways an item may go (domain:C3): which rule chooses which, and what each asks for before release.

The choice is made when an item is handed in, is told in the trail with its reason, and holds for the whole
case. Only the emergency leaves a pass until after the release, and only with the principal's approval.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from engine.text import Sentence
from workflows import reposts
from workflows.content import Content
from workflows.parameters import EMERGENCY
from workflows.vocabulary import PROOFREADING_STAGES


@dataclass(frozen=True, slots=True)
class Profile:
    """A way through the house. `key` is the process; the passes are those that release waits for."""

    key: str
    zh: str
    en: str
    stages: tuple[str, ...]
    reviews: tuple[str, ...] = ("first_review", "second_review")
    proofreadings: tuple[str, ...] = PROOFREADING_STAGES
    #: Signed by the principal whatever its class.
    principal_only: bool = False
    #: Passes that follow the release within 24 hours.
    later: tuple[str, ...] = ()
    #: The source of a repost settles the attribute unless somebody doubts it.
    attribute_by_source: bool = False

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.zh, self.en, self.key)

    @property
    def reads_aloud_first(self) -> bool:
        """Whether what is important has to be read aloud before it goes out."""
        return "read_aloud" in self.stages and "read_aloud" not in self.later


_CHECKS = (
    *("attribute_review", "confidentiality_review", "confidentiality_referral"),
    *("third_party_opinion", "inter_agency_confirmation", "legality_review", "delta_confirmation"),
)
_SIGNING = ("final_review", "principal_review")
_RELEASE = ("sign_confirmation", "release", "readback", "rectification")
_TURNS = (
    *(*_CHECKS, "first_review", "first_proofreading", "second_review", "second_proofreading"),
    *(*_SIGNING, "third_proofreading", "read_aloud", *_RELEASE),
)

PROFILES: Mapping[str, Profile] = {
    one.key: one
    for one in (
        Profile(
            "publishing",
            "先审后校（默认）",
            "reviews, then proofreadings (default)",
            (
                *(*_CHECKS, "first_review", "second_review", *_SIGNING),
                *(*PROOFREADING_STAGES, "read_aloud", *_RELEASE),
            ),
        ),
        Profile("interleaved", "审校交替", "reviews and proofreadings take turns", _TURNS),
        Profile(
            "repost",
            "转载",
            "repost",
            (*_CHECKS, "first_review", *_SIGNING, "first_proofreading", *_RELEASE),
            reviews=("first_review",),
            proofreadings=("first_proofreading",),
            attribute_by_source=True,
        ),
        Profile(
            "emergency",
            "突发事件应急",
            "emergency",
            (
                *(*_CHECKS, "second_review", "first_proofreading", "principal_review"),
                *(*_RELEASE, "second_proofreading", "third_proofreading", "read_aloud"),
                "later_rectification",
            ),
            reviews=("second_review",),
            proofreadings=("first_proofreading",),
            principal_only=True,
            later=("second_proofreading", "third_proofreading", "read_aloud"),
        ),
        Profile("small_office", "小单位", "small office", _TURNS),
    )
}
DEFAULT = PROFILES["publishing"]

#: domain:C3: the passes that an emergency left out follow within a day; the process wakes the principal then.
LATER_WITHIN = timedelta(hours=24)


def profile(key: str) -> Profile:
    """The profile of a process; one that an office drew itself is held to what the default asks for."""
    return PROFILES.get(key, DEFAULT)


@dataclass(frozen=True, slots=True)
class Choice:
    """The way that an item goes, and by which rule."""

    profile: Profile
    why: Sentence


def choose(
    content: Content, *, separation: str, interleaved: bool, sources: Collection[str] = ()
) -> Choice:
    """By rule, never by taste. `separation`, `interleaved` and `sources` of reposts (hosts) are what the item's
    unit has laid down."""
    facts = content.metadata
    if facts.emergency:
        return _choice("emergency", "稿件标明属于突发事件", "the item is marked as an emergency")
    if facts.source == "repost":
        reasons = reposts.refusals(content, sources)
        if not reasons:
            return _choice(
                "repost",
                "转载自政府网站或者转载来源名单上的网站，与原文逐字一致",
                "it reposts a government website or a listed source, word for word",
            )
        return Choice(
            _of_unit(separation, interleaved).profile,
            Sentence(
                f"虽是转载，但{'；'.join(r.zh.rstrip('。') for r in reasons)}",
                "it is a repost, but " + "; ".join(_clause(r.en) for r in reasons),
            ),
        )
    return _of_unit(separation, interleaved)


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _of_unit(separation: str, interleaved: bool) -> Choice:
    if separation == "small_office":
        return _choice(
            "small_office", "本单位按小单位设置岗位", "its unit is set up as a small office"
        )
    if interleaved:
        return _choice("interleaved", "本单位规定审校交替", "its unit lets passes take turns")
    return _choice("publishing", "没有其他规定", "nothing else is laid down")


def _choice(key: str, zh: str, en: str) -> Choice:
    return Choice(PROFILES[key], Sentence(zh, en))


def refusals(
    chosen: Profile,
    content: Content,
    allowed: Mapping[str, int],
    sources: Collection[str] = (),
) -> list[Sentence]:
    """Why this item may not go, or go on, along this way; asked at every submission and at the release.

    `allowed`: exceptions that were allowed for the item, by rule; `sources`: as for `choose`.
    """
    facts = content.metadata
    if chosen.key == "emergency":
        return _no_emergency(content, allowed)
    reasons = []
    if facts.emergency:
        reasons.append(
            Sentence(
                "本件没有按应急流程报审，不能中途改为应急；确属突发事件的，请撤销后重新报审。",
                "The item was not handed in as an emergency and cannot become one on the way; if it is one, "
                "cancel it and hand it in anew.",
                "chain",
            )
        )
    if chosen.key == "repost":
        reasons += [
            Sentence(
                f"{one.zh.rstrip('。')}，不能按转载流程办理；请恢复原文，或者撤销后另行报审。",
                f"{one.en.rstrip('.')}: the repost chain is not for it; restore the original, or cancel the "
                "item and hand it in anew.",
                "chain",
            )
            for one in reposts.refusals(content, sources)
        ]
    return reasons


def _no_emergency(content: Content, allowed: Mapping[str, int]) -> list[Sentence]:
    reasons = []
    if not content.metadata.emergency:
        reasons.append(
            Sentence(
                "本件按应急流程报审，不能再取消应急；不属突发事件的，请撤销后重新报审。",
                "The item was handed in as an emergency; if it is none, cancel it and hand it in anew.",
                "chain",
            )
        )
    if not content.metadata.emergency_reason.strip():
        reasons.append(
            Sentence(
                "按应急流程办理的，请写明是什么突发事件、为何来不及按正常流程办理。",
                "Say which emergency it is, and why the normal chain takes too long.",
                "chain",
            )
        )
    if not allowed.get(EMERGENCY.key):
        reasons.append(
            Sentence(
                "应急流程须经主要负责人批准，请先保存并请求批准。",
                "The principal has to approve the emergency; save the item and ask for it.",
                "chain",
            )
        )
    return reasons
