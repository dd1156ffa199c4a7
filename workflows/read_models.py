"""What pages are given: frozen values, no rows, nothing lazy; whatever a page shows was computed here.
Everything a reader sees in words is a `Sentence`, so the page only picks the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from engine.text import Sentence
from workflows.compared import Comparison
from workflows.person_models import PersonView
from workflows.record_fields import RecordForm

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One screen of a list. `next` and `previous` are opaque keys for the neighbouring screens."""

    rows: tuple[Row, ...]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due, and how that reads: 还剩 2 个工作日. `state`: ok, today, soon, urgent, overdue."""

    at: datetime
    provisional: bool
    days_left: int
    state: str
    text: Sentence


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A line of a work list: what is asked of me, since when, until when."""

    task_id: int
    package_id: int
    package_number: str
    title: str  # empty where the reader may know of the task but not of the item
    element: str
    stage: Sentence
    asks: Sentence
    unit: str
    round: int
    status: str
    opened_at: datetime
    due: Due | None
    assignee: str | None
    outcome: Sentence | None = None
    closed_at: datetime | None = None
    role: Sentence | None = None  # the role that the task asks for


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A line of a list of packages: what I started, or what an inspector may look into."""

    package_id: int
    number: str
    title: str
    unit: str
    drafter: str
    status: str
    status_text: Sentence
    at_stages: tuple[Sentence, ...]
    created_at: datetime
    submitted_at: datetime | None
    case_id: int | None
    due: Due | None = None  # 应公开截止日, while it is on its way


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of a table of facts."""

    code: str
    label: Sentence
    value: Sentence


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment as listed; the bytes are fetched by digest through `files`."""

    digest: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MaterialView:
    """An interpretation material beside the text: a stored file (by digest) or a link."""

    form: Sentence
    title: str
    digest: str
    link: str


@dataclass(frozen=True, slots=True)
class InterpretationView:
    """The interpretation with its four elements as HTML that was cleaned when it came in."""

    title: str
    elements: tuple[tuple[Sentence, str], ...]  # (heading, html)
    plan: tuple[Labelled, ...]
    forms: tuple[Sentence, ...]
    materials: tuple[MaterialView, ...] = ()
    points: tuple[Labelled, ...] = ()  # domain:A2.8, for reviewers; the portal does not show them


@dataclass(frozen=True, slots=True)
class ContentView:
    """A version as it is shown, read and decided on."""

    version_id: int
    version_number: int
    digest: str
    title: str
    body_html: str
    facts: tuple[Labelled, ...]
    interpretation: InterpretationView | None
    attachments: tuple[AttachmentView, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to look at in a stage; the ticks are stored with the decision."""

    code: str
    text: Sentence


@dataclass(frozen=True, slots=True)
class PartView:
    """A part that the confidentiality review judges by itself; `code` is what a verdict names."""

    code: str
    label: Sentence


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A card of the decision form: the act, what follows from it, and what forbids it now."""

    code: str
    label: Sentence
    returning: bool
    consequences: tuple[Sentence, ...]
    refusals: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision of this or an earlier round, standing or voided."""

    id: int
    stage_code: str
    stage: Sentence
    outcome_code: str
    outcome: Sentence
    person: PersonView
    round: int
    at: datetime
    opinion: str
    reasons: tuple[Sentence, ...]
    locations: str
    version_number: int
    digest: str
    voided_at: datetime | None
    voided_because: Sentence | None
    parts: tuple[Labelled, ...] = ()  # the verdict on each part, where parts were judged
    deadline: date | None = None  # 整改期限 given with a return
    changed: tuple[int, int] | None = None  # the versions between which it changed the text
    below: Sentence | None = None  # its class is lower than what was proposed, and why that was
    redactions: tuple[Labelled, ...] = ()  # what has to be treated, part by part
    record: tuple[Labelled, ...] = ()  # letters, organs, days, numbers (workflows.record_fields)
    scan: AttachmentView | None = None  # the paper behind the record
    lap: int = 1  # of the item: one more after every return


@dataclass(frozen=True, slots=True)
class StageView:
    """A bead of the ribbon: `state` is done, current, waiting, voided, skipped or returned."""

    element: str
    name: Sentence
    state: str
    state_text: Sentence
    person: Sentence | None = None
    at: datetime | None = None
    round: int = 0
    reason: Sentence | None = None
    earlier: tuple[StageRound, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRound:
    """An earlier decision of the same stage: who, when, with what result, and why it no longer counts."""

    round: int
    outcome: Sentence
    person: Sentence
    at: datetime
    voided: bool
    reason: Sentence | None


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One act as a sentence; `seq` is its number in the chain of the case, None outside the chain."""

    entry_id: int
    seq: int | None
    at: datetime
    action: str
    sentence: Sentence
    details: tuple[Labelled, ...] = ()
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as shown: `status` is passed, failed or not_checked, never a guess."""

    code: str
    title: Sentence
    status: str
    status_text: Sentence
    reasons: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Work that is open on a package now, and with whom it lies."""

    task_id: int
    element: str
    stage: Sentence
    round: int
    with_whom: Sentence
    opened_at: datetime
    due: Due | None


@dataclass(frozen=True, slots=True)
class PackageHead:
    """What every page about a package says at the top."""

    package_id: int
    number: str
    title: str
    status: str
    status_text: Sentence
    unit: str
    drafter: PersonView
    info_class: Sentence
    attribute: Sentence
    case_id: int | None
    created_at: datetime
    submitted_at: datetime | None
    slug: str | None = None
    published_at: datetime | None = None
    due: Due | None = None  # 应公开截止日, while it is on its way
    review_on: date | None = None  # 复查日期 of a registered item (domain:D2)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything of the task page: read | know | decide (look.md)."""

    task_id: int
    row_version: int
    element: str
    stage: Sentence
    asks: Sentence
    round: int
    status: str
    due: Due | None
    assignee: PersonView | None
    is_mine: bool
    package: PackageHead
    chain: Sentence  # the way that the item goes
    content: ContentView
    changes: Comparison | None  # since my last look; None on the first look
    confirming: Comparison | None  # what sign or delta confirmation is asked to confirm
    checklist: tuple[ChecklistItem, ...]
    outcomes: tuple[OutcomeView, ...]
    parts: tuple[PartView, ...]  # filled for the confidentiality stages only
    reason_codes: tuple[Sentence, ...]  # Sentence.code is the code
    grounds: tuple[Sentence, ...]
    may_claim: bool
    may_unclaim: bool
    may_decide: bool
    why_not: tuple[Sentence, ...]  # all reasons against claiming or deciding
    opinions: tuple[DecisionView, ...]
    ribbon: tuple[StageView, ...]
    trail: tuple[TrailLine, ...]
    opinion_draft: str
    open_elements: tuple[str, ...]
    passed_elements: tuple[str, ...]
    gates: tuple[GateView, ...] = ()  # filled at release
    definition_id: int | None = None  # for the diagram
    receivers: tuple[PersonView, ...] = ()  # whom the reader may hand this task to (转办)
    record: RecordForm | None = None  # what the stage puts on record beside its outcome


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version in the list of versions."""

    version_id: int
    number: int
    digest: str
    change_class: Sentence
    created_at: datetime
    created_by: str
    note: str


@dataclass(frozen=True, slots=True)
class ReturnNoticeView:
    """A formal return (退文) with its number."""

    number: str
    at: datetime
    items: tuple[Sentence, ...]
    text: str


@dataclass(frozen=True, slots=True)
class PackagePage:
    """Everything of the package page; also the inspector's page of a case."""

    package: PackageHead
    content: ContentView
    changes: Comparison | None  # since the version that the reader saw or decided on last
    versions: tuple[VersionView, ...]
    ribbon: tuple[StageView, ...]
    chain: Sentence  # the way that the item goes, or would go if handed in now
    chain_why: Sentence  # empty once it is on its way: then the trail tells
    decisions: tuple[DecisionView, ...]
    open_tasks: tuple[OpenTask, ...]
    gates: tuple[GateView, ...]
    trail: tuple[TrailLine, ...]
    return_notices: tuple[ReturnNoticeView, ...]
    open_elements: tuple[str, ...]  # for the diagram
    passed_elements: tuple[str, ...]
    definition_id: int | None
    may_edit: bool
    may_cancel: bool
    why_not_cancel: tuple[Sentence, ...] = ()
