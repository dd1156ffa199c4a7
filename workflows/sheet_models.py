"""The shape of the 审校流转单 (domain:C10), as the page, the printer and the PDF show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.text import Sentence
from workflows.consultations import Consultation
from workflows.read_models import Labelled


@dataclass(frozen=True, slots=True)
class Pass:
    """One decision as the trail tells it. `corrections`: places that a proofreader put right; `sent_back`: and
    it was not taken back."""

    code: str  # of the stage
    stage: Sentence
    outcome: Sentence
    sent_back: bool
    person: str
    place: str
    acting_for: str
    accountable: Sentence
    at: datetime
    round: int
    version: int
    fingerprint: str
    opinion: str
    locations: str
    reasons: tuple[Sentence, ...]
    parts: tuple[Labelled, ...]
    redactions: tuple[Labelled, ...]
    record: tuple[Labelled, ...]
    deadline: str
    errors: tuple[int, int] | None  # 差错数, 改正数 as the proofreader counted them
    corrections: int | None
    voided: Sentence | None


@dataclass(frozen=True, slots=True)
class Release:
    """When and where it became public, by whom, and whether in time."""

    at: datetime
    by: str
    path: str
    late: bool
    due: str
    fingerprint: str
    index_number: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole page. `head` is the check code: the digest of the last entry of the trail."""

    package_id: int
    number: str
    title: str
    submitted_at: datetime | None
    abstract: str  # 内容摘要: how the text begins
    facts: tuple[Labelled, ...]
    interpretation: tuple[Labelled, ...]
    blocks: tuple[tuple[Sentence, tuple[Pass, ...]], ...]
    notices: tuple[str, ...]
    consultations: tuple[Consultation, ...]
    accountable: tuple[Labelled, ...]  # 责任标签, as of the day it was handed in
    late_reason: str
    release: Release | None
    ended: Sentence | None
    entries: int
    head: str
    drawn_at: datetime

    @property
    def returns(self) -> tuple[Pass, ...]:
        """Every decision after which the item went back to its drafter, in the order of time."""
        all_passes = (one for _, passes in self.blocks for one in passes if one.sent_back)
        return tuple(sorted(all_passes, key=lambda one: one.at))
