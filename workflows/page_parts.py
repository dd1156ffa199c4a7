"""Pieces that several pages show: the head of a package, people, decisions, versions, gates, choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from engine import working_days
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import decision_records, due_dates, open_tasks, showing, touched, voiding
from workflows.content import Content
from workflows.gates import Gate
from workflows.labelled_facts import value_of
from workflows.models import (
    Decision,
    Package,
    PackageVersion,
    Person,
    Publication,
    ReturnNotice,
    Unit,
)
from workflows.person_models import PersonView
from workflows.read_models import (
    AttachmentView,
    DecisionView,
    GateView,
    Labelled,
    PackageHead,
    ReturnNoticeView,
    VersionView,
)
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANGE_CLASSES,
    GROUNDS,
    INFO_CLASSES,
    OUTCOMES,
    PACKAGE_STATUSES,
    RETURN_REASONS,
    SENT_BACK,
    Term,
)

GATE_STATUS = {
    "passed": Sentence("通过", "Passed", "passed"),
    "failed": Sentence("未通过", "Failed", "failed"),
    "not_checked": Sentence("尚未检查", "Not checked yet", "not_checked"),
}


def people(uow: UnitOfWork, ids: set[int]) -> dict[int, PersonView]:
    rows = uow.session.execute(
        sa.select(Person.id, Person.name, Person.post, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id.in_(ids))
    )
    return {row.id: PersonView(row.id, row.name, row.post, row.unit) for row in rows}


def coded(terms: Iterable[Term]) -> tuple[Sentence, ...]:
    """Codes with their words, as choices: `code` is what the form sends back."""
    return tuple(Sentence(f"{t.code} {t.zh}", f"{t.code} {t.en}", t.code) for t in terms)


def head(uow: UnitOfWork, package: Package, shown: Content) -> PackageHead:
    """The top of every page about a package."""
    unit = uow.session.scalar(sa.select(Unit.name).where(Unit.id == package.unit_id))
    publication = uow.session.execute(
        sa.select(Publication.slug, Publication.published_at).where(
            Publication.package_id == package.id
        )
    ).one_or_none()
    attribute = ATTRIBUTES.get(package.attribute or shown.metadata.attribute)
    info_class = INFO_CLASSES.get(shown.metadata.info_class)
    unset = Sentence("未定", "not set")
    return PackageHead(
        package_id=package.id,
        number=package.number,
        title=package.title,
        status=package.status,
        status_text=PACKAGE_STATUSES[package.status].sentence,
        unit=unit or "",
        drafter=people(uow, {package.drafter_id})[package.drafter_id],
        info_class=info_class.sentence if info_class else unset,
        attribute=attribute.sentence if attribute else unset,
        case_id=package.case_id,
        created_at=package.created_at,
        submitted_at=package.submitted_at,
        slug=publication.slug if publication else None,
        published_at=publication.published_at if publication else None,
        due=due_dates.light(package, uow.now, working_days.load(uow)),
        review_on=package.review_on,
    )


def versions(uow: UnitOfWork, package: Package) -> tuple[VersionView, ...]:
    """Every version, the latest first, with the class of its change where one was decided on."""
    revised = _classes_of_revisions(uow, package)
    rows = uow.session.execute(
        sa.select(PackageVersion, Person.name)
        .join(Person, Person.id == PackageVersion.created_by)
        .where(PackageVersion.package_id == package.id)
        .order_by(PackageVersion.number.desc())
    )
    return tuple(
        VersionView(
            version_id=version.id,
            number=version.number,
            digest=version.digest,
            change_class=_class_of(version.change_class or revised.get(version.id, "")),
            created_at=version.created_at,
            created_by=name,
            note=version.note,
        )
        for version, name in rows
    )


def _classes_of_revisions(uow: UnitOfWork, package: Package) -> dict[int, str]:
    """domain:C5: the drafter's class is the outcome of the revision that sent the version on.

    Sent on again unchanged, it keeps the class that it was made with.
    """
    rows = uow.session.execute(
        sa.select(Decision.version_id, Decision.outcome).where(
            Decision.package_id == package.id,
            Decision.stage == "revise",
            Decision.outcome.in_(("t1", "t2", "t3")),
        )
    )
    return dict(rows.all())


def _class_of(code: str) -> Sentence:
    term = CHANGE_CLASSES.get(code)
    return term.sentence if term else Sentence("", "")


def return_notices(uow: UnitOfWork, package: Package) -> tuple[ReturnNoticeView, ...]:
    rows = uow.session.execute(
        sa.select(ReturnNotice, Decision.opinion)
        .join(Decision, Decision.id == ReturnNotice.decision_id)
        .where(ReturnNotice.package_id == package.id)
        .order_by(ReturnNotice.id)
    )
    return tuple(
        ReturnNoticeView(notice.number, notice.issued_at, reasons(notice.items), opinion)
        for notice, opinion in rows
    )


def decision_views(
    uow: UnitOfWork, decisions: Sequence[Decision], numbers: dict[int, int], shown: Content
) -> tuple[DecisionView, ...]:
    """Decisions as the pages show them, the latest first. `shown` names the parts that were judged."""
    names = showing.parts_of(shown)
    laps = _laps(decisions)
    persons = people(uow, {row.person_id for row in decisions})
    lent = principals(uow, decisions)
    changed = _changed(decisions, numbers)
    return tuple(
        DecisionView(
            id=row.id,
            stage_code=row.stage,
            stage=open_tasks.stage_name(row.stage, row.stage),
            outcome_code=row.outcome,
            outcome=OUTCOMES[row.outcome].sentence,
            person=PersonView(
                row.person_id,
                row.person_name,
                row.post,
                persons[row.person_id].unit,
                lent.get(row.acting_for_id or 0, ""),
            ),
            round=row.round,
            at=row.at,
            opinion=row.opinion,
            reasons=reasons(row.reason_codes),
            locations=row.locations,
            version_number=numbers[row.version_id],
            digest=row.digest,
            voided_at=row.voided_at,
            voided_because=voiding.because(row.voided_by) if row.voided_at else None,
            parts=_verdicts(row.parts, names),
            deadline=row.deadline,
            changed=changed.get(row.id),
            below=_below(row),
            redactions=redactions(row.parts, names),
            record=decision_records.told(row.stage, row.parts),
            scan=_scan(row.parts),
            lap=laps[row.id],
        )
        for row in reversed(decisions)
    )


def principals(uow: UnitOfWork, decisions: Iterable[Decision]) -> dict[int, str]:
    """The names of those in whose place somebody decided (domain:C7)."""
    ids = {row.acting_for_id for row in decisions if row.acting_for_id}
    return {id_: one.name for id_, one in people(uow, ids).items()} if ids else {}


def _changed(
    decisions: Sequence[Decision], numbers: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    """Which decisions changed the text, from which version to which: resubmissions and corrections."""
    found: dict[int, tuple[int, int]] = {}
    for index, row in enumerate(decisions):
        here = numbers[row.version_id]
        if row.outcome == "corrected":
            found[row.id] = (here, here + 1)
        elif row.stage == "revise" and index:
            before = decisions[index - 1]
            found[row.id] = (numbers[before.version_id] + (before.outcome == "corrected"), here)
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}


def _below(row: Decision) -> Sentence | None:
    """domain:C5: a class below the proposed one is told to everybody who may judge it."""
    proposed, kinds = str(row.parts.get("proposed", "")), row.parts.get("touched")
    if not touched.is_lower(row.outcome, proposed):
        return None
    why = touched.told([str(kind) for kind in kinds] if isinstance(kinds, list) else [])
    term = CHANGE_CLASSES[proposed]
    return Sentence(
        f"低于系统建议的{term.zh}（涉及{why.zh}）",
        f"lower than the proposed {term.en} (it touches {why.en})",
        proposed,
    )


def _laps(decisions: Sequence[Decision]) -> dict[int, int]:
    """domain:C6: a return ends a round of the item; what is decided afterwards belongs to the next."""
    lap, found = 1, {}
    for row in decisions:
        found[row.id] = lap
        lap += row.outcome in SENT_BACK and not voiding.taken_back(row)
    return found


def _verdicts(parts: Mapping[str, object], names: Mapping[str, Sentence]) -> tuple[Labelled, ...]:
    """What was found of each part, and what the office holds right instead."""
    lines = []
    if dissent := parts.get("dissent"):
        held = value_of(str(dissent), ATTRIBUTES)
        named = Sentence("保留意见，认为应为", "Dissents; holds right", "dissent")
        lines.append(Labelled("dissent", named, held or Sentence("", "")))
    given = parts.get("verdicts")
    if not isinstance(given, dict):
        return tuple(lines)
    for code, verdict in given.items():
        word = OUTCOMES[verdict].sentence if verdict in OUTCOMES else Sentence(verdict, verdict)
        lines.append(Labelled(code, part_name(code, names), word))
    return tuple(lines)


def part_name(code: str, names: Mapping[str, Sentence]) -> Sentence:
    """A part by its name; one that this version no longer has, by the start of its digest."""
    gone = Sentence(f"已移除的附件 {code[7:19]}", f"removed attachment {code[7:19]}", code)
    return names.get(code, gone)


def redactions(parts: Mapping[str, object], names: Mapping[str, Sentence]) -> tuple[Labelled, ...]:
    """处理要求: what has to be taken out of which part (domain:A1.3)."""
    given = parts.get("redactions")
    listed = given.items() if isinstance(given, Mapping) else ()
    return tuple(
        Labelled(code, part_name(code, names), Sentence(str(text), str(text)))
        for code, text in listed
    )


def _scan(parts: Mapping[str, object]) -> AttachmentView | None:
    given = parts.get("scan")
    if not isinstance(given, Mapping):
        return None
    return AttachmentView(
        str(given["digest"]), str(given["name"]), str(given["media_type"]), int(given["size"])
    )


def reasons(codes: Sequence[object]) -> tuple[Sentence, ...]:
    known = {**RETURN_REASONS, **GROUNDS}
    return coded(known[str(code)] for code in codes if str(code) in known)


def gate_view(gate: Gate) -> GateView:
    """A gate as pages show it."""
    return GateView(gate.code, gate.title, gate.status, GATE_STATUS[gate.status], gate.reasons)
