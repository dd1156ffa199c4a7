"""What the sheet says of an emergency: who approved it and when, and how the passes after the release stand.

From the trail alone (domain:C3, C4, C10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.clock import CHINA
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import requirements
from workflows.content import Metadata
from workflows.profiles import LATER_WITHIN, PROFILES
from workflows.read_models import Labelled
from workflows.sheet_models import Release
from workflows.vocabulary import OUTCOMES, STAGES, label

Decisions = Sequence[tuple[AuditEntry, Mapping[str, Any]]]
_NOT_YET = Sentence("未办", "not done")


def lines(
    submitted: Mapping[str, Any], standing: Decisions, release: Release | None, facts: Metadata
) -> Iterator[Labelled]:
    """Nothing of an item that goes another way. `standing` has no decision that was voided or taken back."""
    if submitted.get("profile") != "emergency":
        return
    if submitted.get("approved_by"):
        yield Labelled("approved", Sentence("应急批准", "Approved by"), _approval(submitted))
    if release is not None:
        yield Labelled(
            "later",
            Sentence("发布后补办", "To follow the release"),
            _later(standing, release, facts),
        )


def _approval(submitted: Mapping[str, Any]) -> Sentence:
    who, opinion = submitted["approved_by"], submitted.get("approved_opinion", "")
    at = submitted.get("approved_at")
    if at is None:
        return Sentence(f"{who}：{opinion}", f"{who}: {opinion}")
    day = moment(datetime.fromisoformat(str(at)))
    return Sentence(f"{who}，{day.zh}：{opinion}", f"{who}, {day.en}: {opinion}")


def _later(standing: Decisions, release: Release, facts: Metadata) -> Sentence:
    """Each pass with its last outcome; until when, as long as one is open."""
    zh, en, open_ = [], [], False
    for stage in PROFILES["emergency"].later:
        if stage == "read_aloud" and not requirements.read_aloud(facts):
            continue
        how, done = _how(standing, stage)
        open_ = open_ or not done
        zh.append(f"{label(STAGES, stage)}{how.zh}")
        en.append(f"{label(STAGES, stage, 'en')}: {how.en}")
    if not open_:
        return Sentence("；".join(zh), "; ".join(en))
    due = moment(release.at + LATER_WITHIN)
    return Sentence(
        f"{'；'.join(zh)}；限{due.zh}前办完", f"{'; '.join(en)}; to be done by {due.en}"
    )


def _how(standing: Decisions, stage: str) -> tuple[Sentence, bool]:
    for entry, data in reversed(standing):
        if data.get("element") == stage:
            outcome, at = str(data.get("outcome")), moment(entry.at)
            word = Sentence(label(OUTCOMES, outcome), label(OUTCOMES, outcome, "en"))
            return Sentence(f"{word.zh}（{at.zh}）", f"{word.en} ({at.en})"), outcome == "pass"
    return _NOT_YET, False


def moment(at: datetime) -> Sentence:
    """An instant as the sheet tells it within a sentence."""
    here = at.astimezone(CHINA)
    return Sentence(f"{here:%Y年%m月%d日 %H:%M}", f"{here:%Y-%m-%d %H:%M}")
