"""审校流转单 (domain:C10): one item on one page, told from its trail and the versions that the trail cites.

No table of decisions is read: whoever holds the entries and the texts can make the same sheet again, and
what somebody changed in another table cannot get into it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from engine import audit, moves
from engine.database import UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import (
    comparing,
    consultations,
    content,
    decision_records,
    oversight,
    page_parts,
    permissions,
    sheet_attribute,
    sheet_chain,
    sheet_emergency,
    showing,
)
from workflows.content import Content, Metadata
from workflows.labelled_facts import facts
from workflows.models import Package, PackageVersion
from workflows.read_models import Labelled
from workflows.sheet_models import Pass, Release, Sheet
from workflows.vocabulary import (
    ACCOUNTABILITY,
    GROUNDS,
    OUTCOMES,
    RETURN_REASONS,
    SENT_BACK,
    STAGES,
    label,
)

#: domain:C10: what stands in the head of the sheet, in the order of the page.
HEAD = (
    *("document_number", "info_type", "document_kind", "issuer", "dated_on", "attribute"),
    *("grounds", "reason", "scope", "scope_note", "period", "period_until", "info_class"),
    *(
        "unit",
        "drafter",
        "catalogue_item",
        "catalogue_name",
        "catalogue_edition",
        "catalogue_period",
        "outside_catalogue",
        "outside_reason",
        "column",
    ),
    *("topics", "normative", "registration_number", "validity", "channels", "disclosure_due"),
)

#: The blocks of the sheet, each with its stages in the order of the chain.
BLOCKS: tuple[tuple[Sentence, tuple[str, ...]], ...] = (
    (
        Sentence("属性、保密和并行审查", "Attribute, confidentiality and side reviews", "checks"),
        (
            *("attribute_review", "confidentiality_review", "confidentiality_referral"),
            *("third_party_opinion", "inter_agency_confirmation", "legality_review"),
            "delta_confirmation",
        ),
    ),
    (
        Sentence("三审", "Three reviews", "reviews"),
        ("first_review", "second_review", "final_review", "principal_review", "on_hold"),
    ),
    (
        Sentence("三校", "Three proofreadings", "proofreadings"),
        ("first_proofreading", "second_proofreading", "third_proofreading", "read_aloud"),
    ),
    (
        Sentence("签发确认、发布、读网", "Signature, release, read-back", "release"),
        ("sign_confirmation", "release", "readback", "rectification", "later_rectification"),
    ),
    (Sentence("修改重报", "Revisions", "revisions"), ("revise",)),
)

#: domain:B5: who answers for an item, by the role in which they acted on it.
ACCOUNTABLE: Mapping[str, Sentence] = {
    "principal": Sentence("第一责任人", "first responsible", "principal"),
    "final_reviewer": Sentence("主要责任人", "mainly responsible", "final_reviewer"),
    "unit_head": Sentence("直接责任人", "directly responsible", "unit_head"),
    "first_reviewer": Sentence("直接责任人", "directly responsible", "first_reviewer"),
    "drafter": Sentence("直接责任人", "directly responsible", "drafter"),
}
_NOTHING = Sentence("", "")
#: Characters of the text on the confidentiality form.
_ABSTRACT = 120


@dataclass(slots=True)
class _Told:
    """What the entries say, sorted. `voided` says why, by the decision's number; of these, `taken_back` are
    those that their makers undid, as if they had not been made."""

    decisions: list[tuple[AuditEntry, Mapping[str, Any]]] = field(default_factory=list)
    voided: dict[int, Sentence] = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    accountable: tuple[Labelled, ...] = ()
    chain: Mapping[str, Any] = field(default_factory=dict)
    drafter: sheet_chain.Who = ("", "")
    late_reason: str = ""
    submitted_at: datetime | None = None
    release: Release | None = None
    ended: Sentence | None = None
    digest: str = ""

    def without(self, left_out: Container[int]) -> list[tuple[AuditEntry, Mapping[str, Any]]]:
        return [(e, data) for e, data in self.decisions if _number(data) not in left_out]

    def take_back(self, entry: AuditEntry, act: object) -> None:
        """The engine names the decision by its place in the trail; old trails tell it so as well."""
        at = sheet_emergency.moment(entry.at)
        reason = Sentence(
            f"{entry.actor_name}于{at.zh}撤回", f"taken back by {entry.actor_name}, {at.en}"
        )
        undone = [_number(data) for made, data in self.decisions if made.case_seq == act]
        self.taken_back.update(undone)
        self.voided.update(dict.fromkeys(undone, reason))


def sheet(uow: UnitOfWork, package_id: int) -> Sheet:
    """The sheet of an item that was submitted; NotFound for whoever may not see it."""
    package = permissions.get_package(uow, package_id)
    entries = [] if package.case_id is None else audit.entries(uow, package.case_id)
    told = _read(entries)
    standing = told.without(told.voided)
    versions = _versions(uow, package)
    shown = versions.get(told.digest) or content.parse(_newest(uow, package))
    return Sheet(
        package_id=package.id,
        number=package.number,
        title=shown.metadata.title,
        submitted_at=told.submitted_at,
        abstract=_abstract(shown),
        facts=(
            *sheet_attribute.determined(_head(shown.metadata), standing),
            *sheet_chain.lines(told.chain, told.drafter, told.without(told.taken_back)),
            *sheet_emergency.lines(told.chain, standing, told.release, shown.metadata),
        ),
        interpretation=_interpretation(shown),
        blocks=tuple(_blocks(told, versions, shown)),
        notices=tuple(told.notices),
        consultations=tuple(
            consultations.told(one for one in entries if one.action == consultations.HELD)
        ),
        accountable=told.accountable,
        late_reason=told.late_reason,
        release=told.release,
        ended=told.ended,
        entries=len(entries),
        head=entries[-1].hash or "" if entries else "",
        drawn_at=entries[-1].at if entries else package.created_at,
    )


# -- what the entries say ---------------------------------------------------------------------------


def _read(entries: Sequence[AuditEntry]) -> _Told:
    told = _Told()
    for entry in entries:
        data = oversight.told_by(entry)
        given = data.get("data")
        if entry.action == "task.completed" and isinstance(given, Mapping) and "digest" in given:
            told.decisions.append((entry, data))
            told.digest = str(given.get("corrected_digest") or given["digest"])
        elif entry.action == "decision.voided":
            reason = Sentence(str(data.get("reason", "")), str(data.get("reason_en", "")))
            told.voided.update(dict.fromkeys(data.get("decisions", ()), reason))
        elif entry.action == moves.TAKEN_BACK:
            told.take_back(entry, data.get("act"))
        elif entry.action == "package.submitted":
            told.submitted_at = told.submitted_at or entry.at
            told.digest = str(data.get("digest", ""))
            told.accountable = _accountable(data.get("accountable"))
            if not told.chain:
                told.chain, told.drafter = data, (entry.actor_id, entry.actor_name)
        elif entry.action == "publication.late":
            told.late_reason = str(data.get("reason", ""))
        elif entry.action == "return_notice.issued":
            told.notices.append(str(data.get("number", "")))
        elif entry.action == "publication.released":
            told.release = _release(entry, data)
        elif entry.action == "case.ended":
            told.ended = oversight.line(entry).sentence
    return told


def _accountable(said: object) -> tuple[Labelled, ...]:
    """Who answered for the unit when the item was handed in, as the entry told it."""
    lines = []
    for one in said if isinstance(said, list) else ():
        term = ACCOUNTABILITY.get(str(one.get("label")))
        if term is not None:
            named = f"{one.get('post', '')}{one.get('person', '')}"
            lines.append(Labelled(term.code, term.sentence, Sentence(named, named)))
    return tuple(lines)


def _release(entry: AuditEntry, data: Mapping[str, Any]) -> Release:
    return Release(
        at=entry.at,
        by=entry.actor_name,
        path=str(data.get("path", "")),
        late=bool(data.get("late")),
        due=str(data.get("due") or ""),
        fingerprint=_short(data.get("digest")),
        index_number=str(data.get("index_number") or ""),
    )


def _blocks(
    told: _Told, versions: Mapping[str, Content], shown: Content
) -> Iterator[tuple[Sentence, tuple[Pass, ...]]]:
    for title, stages in BLOCKS:
        chosen = [
            _pass(entry, data, told, versions, shown)
            for entry, data in told.decisions
            if data.get("element") in stages
        ]
        if chosen:
            yield title, tuple(chosen)


def _pass(
    entry: AuditEntry,
    data: Mapping[str, Any],
    told: _Told,
    versions: Mapping[str, Content],
    shown: Content,
) -> Pass:
    given = data["data"]
    # of the version that was judged: a part that was withheld is no longer in the one that is shown
    names = showing.parts_of(versions.get(str(given["digest"]), shown))
    person = given.get("person") or {}
    stage, outcome = str(data.get("element")), str(data.get("outcome"))
    judged = given.get("parts") or {}
    return Pass(
        code=stage,
        stage=STAGES[stage].sentence,
        outcome=OUTCOMES[outcome].sentence if outcome in OUTCOMES else Sentence(outcome, outcome),
        sent_back=outcome in SENT_BACK and _number(data) not in told.taken_back,
        person=str(person.get("name") or entry.actor_name),
        place=f"{person.get('unit', '')}{person.get('post', '')}",
        acting_for=str(given.get("acting_for") or ""),
        accountable=ACCOUNTABLE.get(str(person.get("role", "")), _NOTHING),
        at=entry.at,
        round=int(data.get("round", 1)),
        version=int(given.get("version", 0)),
        fingerprint=_short(given.get("digest")),
        opinion=str(given.get("opinion", "")),
        locations=str(given.get("locations", "")),
        reasons=tuple(_reasons(given.get("reason_codes", ()))),
        parts=tuple(_parts(judged, names)),
        redactions=page_parts.redactions(judged, names),
        record=tuple(
            line
            for line in decision_records.told(stage, judged)
            if not line.code.startswith("errors")
        ),
        deadline=str(given.get("deadline") or ""),
        errors=decision_records.numbers(judged),
        corrections=_corrections(given, versions),
        voided=told.voided.get(_number(data)),
    )


def _number(data: Mapping[str, Any]) -> int:
    return int(data["data"].get("decision", 0))


def _reasons(codes: Sequence[object]) -> Iterator[Sentence]:
    known = {**RETURN_REASONS, **GROUNDS}
    for code in codes:
        term = known.get(str(code))
        yield (
            Sentence(f"{code} {term.zh}", f"{code} {term.en}")
            if term
            else Sentence(str(code), str(code))
        )


def _parts(parts: Mapping[str, Any], names: Mapping[str, Sentence]) -> Iterator[Labelled]:
    """domain:A1.3: what confidentiality review found of each part."""
    for code, verdict in (parts.get("verdicts") or {}).items():
        name = page_parts.part_name(code, names)
        word = Sentence(label(OUTCOMES, str(verdict)), label(OUTCOMES, str(verdict), "en"))
        yield Labelled(code, name, word)


def _corrections(given: Mapping[str, Any], versions: Mapping[str, Content]) -> int | None:
    """domain:C10 改正数: the places in which the corrected text differs from the one that was read."""
    before, after = versions.get(given["digest"]), versions.get(given.get("corrected_digest", ""))
    if before is None or after is None:
        return None
    stretches = comparing.differences(
        comparing.text_of(before.body_html), comparing.text_of(after.body_html)
    )
    kinds = ["same", *(stretch.kind for stretch in stretches)]
    return sum(kind != "same" and earlier == "same" for earlier, kind in pairwise(kinds))


def _short(digest: object) -> str:
    """The first twelve figures of a fingerprint: enough to compare by eye."""
    return str(digest or "").partition(":")[2][:12]


# -- what the cited texts say -----------------------------------------------------------------------


def _versions(uow: UnitOfWork, package: Package) -> dict[str, Content]:
    """The versions of the package under the digest that their text really has."""
    texts = uow.session.scalars(
        sa.select(PackageVersion.content).where(PackageVersion.package_id == package.id)
    )
    return {content.digest(text): content.parse(text) for text in texts}


def _newest(uow: UnitOfWork, package: Package) -> str:
    """The text of a package whose trail cites none yet."""
    newest = sa.select(PackageVersion.content).where(PackageVersion.package_id == package.id)
    return uow.session.scalars(newest.order_by(PackageVersion.number.desc()).limit(1)).one()


def _abstract(shown: Content) -> str:
    """domain:B7: what the form says of the content; the text itself is cited by its fingerprint."""
    text = comparing.text_of(shown.body_html).replace("\n", "")
    return text if len(text) <= _ABSTRACT else f"{text[:_ABSTRACT]}……"


def _head(metadata: Metadata) -> tuple[Labelled, ...]:
    found = {fact.code: fact for fact in facts(metadata)}
    return tuple(found[code] for code in HEAD if code in found)


def _interpretation(shown: Content) -> tuple[Labelled, ...]:
    """需/否, the list of forms, and which of the four elements are there (domain:A2.7)."""
    found = {fact.code: fact for fact in facts(shown.metadata)}
    lines = [
        found[code]
        for code in ("interpretation_required", "no_interpretation_reason")
        if code in found
    ]
    view = showing.interpretation_view(shown)
    if view is None:
        return tuple(lines)
    forms = Sentence(
        "、".join(form.zh for form in view.forms), ", ".join(form.en for form in view.forms)
    )
    elements = Sentence(
        "、".join(name.zh for name, _ in view.elements),
        ", ".join(name.en for name, _ in view.elements),
    )
    lines.append(Labelled("forms", Sentence("解读形式", "Forms"), forms))
    lines.append(Labelled("elements", Sentence("已有要素", "Elements present"), elements))
    return tuple(lines)
