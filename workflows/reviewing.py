"""A decision: guard, record it on the text that was seen, advance, strike what it replaces, tell.

One verb for every stage of the chain but the drafter's own revision. The caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from engine import clock, states, user_tasks
from engine.database import UnitOfWork
from engine.elements import TaskRule
from engine.errors import TaskNotFound
from engine.locks import lock_case_of_task
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import (
    content,
    decision_form,
    decision_records,
    disputes,
    drafter_told,
    drafting,
    files,
    lifecycle,
    open_tasks,
    permissions,
    publishing,
    returning,
    revising,
    showing,
    standing_in,
    touched,
    typed,
    voiding,
)
from workflows.content import Metadata
from workflows.decision_form import DecisionInput
from workflows.decision_records import Known
from workflows.errors import DocumentChanged, NotFound, Refused
from workflows.models import Decision, OpinionDraft, Package, PackageVersion, Person, Unit
from workflows.read_models import OpenTask
from workflows.record_fields import FORMS
from workflows.routing import Router
from workflows.vocabulary import ATTRIBUTES, NEEDS_REASON, OUTCOMES

#: The drafter's answer to a return is a resubmission with its own page.
NOT_DECIDED_HERE = frozenset({"revise"})


@dataclass(frozen=True, slots=True)
class Decided:
    """What happened: shown to the person who decided, with who has the item now."""

    task_id: int
    package_id: int
    outcome: str
    next: tuple[OpenTask, ...]
    ended: str | None
    sentence: Sentence


def decide(uow: UnitOfWork, task_id: int, given: DecisionInput) -> Decided:
    """Decide a task that the actor holds; every reason against it is given at once."""
    given = typed.cleaned(given)
    task, case, package = _locked(uow, task_id)
    rule = states.position(uow, case)[0].tasks[task.element_id]
    if user_tasks.refusals(uow, task, "complete"):
        # the engine knows which refusal this is (closed, somebody else's, not eligible) and raises it
        user_tasks.complete(uow, task_id, given.outcome, seen_version=given.seen_version)
    version = lifecycle.current_version(uow, package)
    _ensure_same_text(uow, version, given)
    known = _known(uow, task, package, version)
    _ensure_complete(uow, rule, package, version, given, known)
    corrected = _correct(uow, package, given)
    parts = _parts(task.element_id, given, known) | _touched(version, corrected)
    decision = _write(uow, task, case, package, version, given, parts)
    data = _evidence(uow, decision, version, given, corrected)
    _before(uow, rule, package, given)
    applied = user_tasks.complete(
        uow, task_id, given.outcome, seen_version=given.seen_version, data=data
    )
    voiding.void(uow, package, case, {*rule.voids, rule.id}, by=rule.id, spare=decision.id)
    before = package.status
    lifecycle.settle(uow, package, case)
    drafter_told.after(uow, package, decision, before)
    revising.tell_if_low(uow, package, case, decision, given.note)
    returning.after(uow, package, case, decision)
    open_tasks.tell_withdrawn(uow, package, decision, applied.closed)
    open_tasks.tell_next(uow, package, applied.opened)
    _forget_draft(uow, task_id)
    uow.session.flush()
    return Decided(
        task_id=task_id,
        package_id=package.id,
        outcome=given.outcome,
        next=open_tasks.views(uow, applied.opened),
        ended=applied.ended,
        sentence=_told(task, given.outcome),
    )


# -- guard ------------------------------------------------------------------------------------------


def _locked(uow: UnitOfWork, task_id: int) -> tuple[UserTask, ProcessInstance, Package]:
    """The case first, so that of two who decide at once the second reads what the first did."""
    case = lock_case_of_task(uow, task_id)
    task = uow.session.get(UserTask, task_id, populate_existing=True)
    if case is None or task is None:
        raise TaskNotFound(Sentence("没有这项任务。", "There is no such task."))
    package = permissions.get_package(uow, lifecycle.package_id_of(case.business_key))
    uow.session.refresh(package)
    return task, case, package


def _ensure_same_text(uow: UnitOfWork, version: PackageVersion, given: DecisionInput) -> None:
    """A decision is about the text that was on the screen, or it is no decision."""
    if given.digest == version.digest:
        return
    author = uow.session.get(Person, version.created_by)
    name = author.name if author else "—"
    at = version.created_at.astimezone(clock.CHINA)
    raise DocumentChanged(
        Sentence(
            f"{name}于{at:%Y年%m月%d日 %H:%M}改成了第{version.number}版；您看到的是之前的版本，"
            "请先查看修改再作决定。",
            f"{name} made version {version.number} at {at:%Y-%m-%d %H:%M} (China time); you saw an "
            "earlier one. Look at the changes, then decide.",
            "digest",
        )
    )


def _ensure_complete(
    uow: UnitOfWork,
    rule: TaskRule,
    package: Package,
    version: PackageVersion,
    given: DecisionInput,
    known: Known,
) -> None:
    if rule.id in NOT_DECIDED_HERE:
        raise Refused(
            Sentence("请在修改页面重报。", "Resubmit from the page of the revision.", "revise")
        )
    shown = content.parse(version.content)
    reasons = decision_form.missing(
        rule.id,
        rule.outcomes,
        given,
        showing.parts_of(shown),
        proposed=shown.metadata.attribute if rule.id == "attribute_review" else "",
        withheld=disputes.withheld(uow, package.id),
        disputed=disputes.dissent(uow, package.id) is not None,
        known=known,
    )
    if given.scan is not None and not files.is_stored(uow, given.scan):
        reasons.append(Sentence("没有这份扫描件，请重新选择。", "Choose the scan again.", "scan"))
    if rule.id == "readback" and given.outcome == "ok":
        reasons.extend(publishing.readback(uow, package))
    if rule.id == "release" and given.outcome == "publish":
        reasons.extend(_late_without_reason(uow, shown.metadata, given))
    if given.deadline and given.deadline < clock.local_date(uow.now):
        reasons.append(
            Sentence("整改期限已经过去。", "The date to be mended by has passed.", "deadline")
        )
    if reasons:
        raise Refused(*reasons)


def _known(uow: UnitOfWork, task: UserTask, package: Package, version: PackageVersion) -> Known:
    """What the record of this decision is judged by; a determination answers the question that was put upward."""
    asked = None
    if task.element_id == "confidentiality_referral":
        asked = uow.session.scalar(
            sa.select(Decision)
            .where(Decision.package_id == package.id, Decision.outcome == "refer")
            .order_by(Decision.id.desc())
            .limit(1)
        )
    metadata = content.parse(version.content).metadata
    return decision_records.known(uow, task, package, metadata, asked)


def _late_without_reason(
    uow: UnitOfWork, metadata: Metadata, given: DecisionInput
) -> list[Sentence]:
    """domain:C9: what is overdue is published all the same, with the reason."""
    if given.opinion.strip() or not publishing.is_late(uow, metadata):
        return []
    return [
        Sentence(
            f"已超过应公开截止日（{metadata.disclosure_due}），请在意见中写明超期的理由。",
            f"It was due on {metadata.disclosure_due}; say in the opinion why it is late.",
            "late",
        )
    ]


# -- change -----------------------------------------------------------------------------------------


def _correct(uow: UnitOfWork, package: Package, given: DecisionInput) -> PackageVersion | None:
    """domain:C5: a proofreader's own correction is a T1 version, or it is refused."""
    if given.outcome != "corrected" or given.corrected_body_html is None:
        return None
    return drafting.correct(
        uow, package, given.corrected_body_html, note=given.note, opinion=given.opinion
    )


def _write(
    uow: UnitOfWork,
    task: UserTask,
    case: ProcessInstance,
    package: Package,
    version: PackageVersion,
    given: DecisionInput,
    parts: dict[str, object],
) -> Decision:
    person = uow.session.get(Person, int(uow.actor.id))
    if person is None:
        raise NotFound
    acting_for = uow.actor.acting_for
    decision = Decision(
        package_id=package.id,
        case_id=case.id,
        task_id=task.id,
        stage=task.element_id,
        outcome=given.outcome,
        person_id=person.id,
        person_name=person.name,
        post=person.post,
        role=task.candidate_group.partition(":")[0],
        acting_for_id=int(acting_for) if acting_for else None,
        round=task.round,
        version_id=version.id,
        digest=version.digest,
        opinion=given.opinion.strip(),
        reason_codes=[*given.reason_codes, *given.ground_codes],
        locations=given.locations.strip(),
        checklist=dict.fromkeys(given.checklist, True),
        parts=parts,
        deadline=returning.mended_by(uow, case, given.outcome, given.deadline),
        separation=Router(uow, package).setting(),
        at=uow.now,
    )
    uow.session.add(decision)
    uow.session.flush()
    return decision


def _parts(stage: str, given: DecisionInput, known: Known) -> dict[str, object]:
    """What was found of each part, on which grounds; the stage's record; what the office holds right instead."""
    parts: dict[str, object] = {}
    if given.parts or given.ground_codes:
        parts = {"verdicts": dict(given.parts), "grounds": list(given.ground_codes)}
    redactions = {
        code: text.strip()
        for code, text in given.redactions.items()
        if text.strip() and given.parts.get(code) in ("treat", "withhold")
    }
    record = decision_records.kept(stage, given.outcome, given.record, known)
    form = FORMS.get(stage)
    scan = given.scan if form is not None and given.outcome in form.scan else None
    kept = {
        "redactions": redactions,
        "record": record,
        "scan": asdict(scan) if scan else None,
        "dissent": given.dissent,
    }
    return parts | {name: value for name, value in kept.items() if value}


def _touched(version: PackageVersion, corrected: PackageVersion | None) -> dict[str, object]:
    """domain:C5: a correction is T1 because its maker says so; whoever inspects sees what it touches."""
    if corrected is None:
        return {}
    old, new = content.parse(version.content), content.parse(corrected.content)
    return touched.as_kept(touched.proposal(old, new))


def _evidence(
    uow: UnitOfWork,
    decision: Decision,
    version: PackageVersion,
    given: DecisionInput,
    corrected: PackageVersion | None,
) -> Mapping[str, Any]:
    """What the trail keeps of the decision: enough to tell it without our tables."""
    unit = uow.session.scalar(
        sa.select(Unit.name)
        .join(Person, Person.unit_id == Unit.id)
        .where(Person.id == decision.person_id)
    )
    told: dict[str, Any] = {
        "decision": decision.id,
        "person": {
            "id": decision.person_id,
            "name": decision.person_name,
            "post": decision.post,
            "unit": unit or "",
            "role": decision.role,
        },
        "version": version.number,
        "digest": version.digest,
        "opinion": decision.opinion,
        "reason_codes": decision.reason_codes,
        "locations": decision.locations,
        "checklist": sorted(given.checklist),
        "parts": decision.parts,
        "deadline": decision.deadline,
    }
    told |= standing_in.both_names(uow, decision)
    if corrected is not None:
        told["corrected_to"] = corrected.number
        told["corrected_digest"] = corrected.digest
    return told


def _before(uow: UnitOfWork, rule: TaskRule, package: Package, given: DecisionInput) -> None:
    """What the handlers of this very act must already find."""
    if rule.id == "attribute_review" and given.outcome in ATTRIBUTES:
        package.attribute = given.outcome
    if rule.id == "readback" and given.outcome == "ok":
        publishing.confirm_readback(uow, package)
    uow.session.flush()


# -- tell -------------------------------------------------------------------------------------------


def _told(task: UserTask, outcome: str) -> Sentence:
    stage = open_tasks.stage_name(task.element_id, task.name)
    label = OUTCOMES[outcome].sentence
    if outcome in NEEDS_REASON:
        return Sentence(
            f"{stage.zh}已办结：{label.zh}。", f"{stage.en} is done: {label.en}.", outcome
        )
    return Sentence(f"{stage.zh}：{label.zh}。", f"{stage.en}: {label.en}.", outcome)


# -- drafts of opinions -----------------------------------------------------------------------------


def save_draft(uow: UnitOfWork, task_id: int, text: str) -> None:
    """Keep what has been typed; only for who may see the item, and never longer than an opinion."""
    task = user_tasks.get(uow, task_id)
    permissions.get_package(uow, lifecycle.package_id_of(task.business_key))
    if len(text) > decision_form.MAX_OPINION:
        raise Refused(
            Sentence(
                f"意见最多{decision_form.MAX_OPINION}字。",
                f"An opinion has at most {decision_form.MAX_OPINION} characters.",
                "too_long",
            )
        )
    key = (int(uow.actor.id), task_id)
    draft = uow.session.get(OpinionDraft, key)
    if draft is None:
        draft = OpinionDraft(person_id=key[0], task_id=task_id)
        uow.session.add(draft)
    draft.text, draft.saved_at = typed.clean(text), uow.now


def draft(uow: UnitOfWork, task_id: int) -> str:
    """What the actor typed earlier at this task."""
    kept = uow.session.get(OpinionDraft, (int(uow.actor.id), task_id))
    return kept.text if kept else ""


def _forget_draft(uow: UnitOfWork, task_id: int) -> None:
    kept = uow.session.get(OpinionDraft, (int(uow.actor.id), task_id))
    if kept is not None:
        uow.session.delete(kept)
