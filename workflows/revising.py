"""The answer to a return, and a proofreader's own correction: changes while a case is under way.

The person names the class of the change; what is plain to a machine cannot be classed lower, and
where the item resumes is decided inside the model from that class (domain:C5, C6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from engine import user_tasks
from engine.database import UnitOfWork
from engine.locks import lock_case_of_task
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import (
    changes,
    consultations,
    draft_limits,
    duties,
    events,
    lifecycle,
    open_tasks,
    permissions,
    standing_in,
    touched,
    versions,
)
from workflows.content import parse
from workflows.errors import NotFound, Refused
from workflows.intake import markup
from workflows.models import Decision, Package, PackageVersion
from workflows.units import get_unit
from workflows.vocabulary import CHANGE_CLASSES


def resubmit(
    uow: UnitOfWork,
    task_id: int,
    *,
    change_class: str,
    digest: str,
    note: str = "",
    seen_version: int | None = None,
) -> Package:
    """修改重报: complete the revision with the class of its change; the model decides where it resumes."""
    task, case, package = _revision(uow, task_id)
    permissions.ensure(permissions.edit_refusals(uow, package))
    note = draft_limits.reason(note)
    version = versions.same_text(uow, package, digest)
    now = parse(version.content)
    before = last_decided(uow, package)
    proposed = touched.proposal(parse(before.content) if before else now, now)
    reasons = _class_refusals(proposed, change_class, note)
    reasons += consultations.refusals(uow, package)
    if reasons:
        raise Refused(*reasons)
    versions.ensure_gates(uow, now, package)
    duties.link(uow, package, now.metadata)
    kept = touched.as_kept(proposed)
    decision = _decide(uow, task, package, version, change_class, note, kept)
    applied = user_tasks.complete(
        uow, task_id, change_class, seen_version=seen_version, data=_told(uow, decision, version)
    )
    term = CHANGE_CLASSES[change_class]
    events.record(
        uow,
        "package.resubmitted",
        case=case,
        subject=package.business_key,
        data={
            "version": version.number,
            "digest": version.digest,
            "class": change_class,
            "change": term.zh,
            "change_en": term.en,
            **kept,
            "note": note,
        },
    )
    tell_if_low(uow, package, case, decision)
    lifecycle.settle(uow, package, case)
    open_tasks.tell_next(uow, package, applied.opened)
    return package


def withdraw(uow: UnitOfWork, package: Package, reason: str) -> bool:
    """撤销 at an open revision: the model's own way out, for whom the revision lies with.

    False and nothing done if there is no open revision or it is not the actor's. Whoever calls has
    checked who may cancel; under the case's lock.
    """
    task = uow.session.scalar(
        sa.select(UserTask).where(
            UserTask.instance_id == package.case_id,
            UserTask.element_id == "revise",
            UserTask.status == "open",
        )
    )
    if task is None:
        return False
    if user_tasks.refusals(uow, task, "complete"):
        if user_tasks.refusals(uow, task, "claim"):
            return False
        user_tasks.claim(uow, task.id)
    version = lifecycle.current_version(uow, package)
    decision = _decide(uow, task, package, version, "cancel", reason)
    user_tasks.complete(uow, task.id, "cancel", data=_told(uow, decision, version))
    return True


def correct(
    uow: UnitOfWork, package: Package, body_html: str, *, note: str = "", opinion: str = ""
) -> PackageVersion:
    """A proofreader's own technical correction (T1). Whoever calls has checked who may; under the case's lock."""
    current = lifecycle.current_version(uow, package)
    old = parse(current.content)
    new = replace(old, body_html=markup.clean(body_html))
    draft_limits.ensure(new)
    least = changes.least_class(old, new)
    if least == "unchanged":
        raise Refused(
            Sentence(
                "正文没有任何改动；没有差错请选“通过”。",
                "Nothing was changed in the text; if it is right, choose “Pass”.",
                "unchanged",
            )
        )
    if least != "t1":
        raise Refused(
            Sentence(
                f"这处改动属于{CHANGE_CLASSES[least].zh}，不是技术性改正，请退回拟稿人修改。",
                f"This is a change of class {CHANGE_CLASSES[least].en}, not a technical correction; "
                "return the item to its drafter.",
                "domain:C5",
            )
        )
    # domain:A1.9: whoever proofreads a repost does not make another text of it
    reasons = versions.profile_refusals(uow, new, package)
    reasons += _unexplained(touched.proposal(old, new), "t1", note or opinion.strip())
    if reasons:
        raise Refused(*reasons)
    return versions.add_version(uow, package, new, change_class="t1", note=note)


def _revision(uow: UnitOfWork, task_id: int) -> tuple[UserTask, ProcessInstance, Package]:
    case = lock_case_of_task(uow, task_id)
    task = uow.session.get(UserTask, task_id, populate_existing=True)
    if case is None or task is None or task.element_id != "revise":
        raise NotFound
    package_id = lifecycle.package_id_of(case.business_key)
    package = permissions.get_package(uow, package_id, lock=True)
    if task.status != "open":
        # the engine tells who closed it and when
        user_tasks.complete(uow, task_id, "unchanged")
    return task, case, package


def last_decided(uow: UnitOfWork, package: Package) -> PackageVersion | None:
    """The version that circulated before this revision: what the last decision was about."""
    last = (
        sa.select(Decision.version_id)
        .where(Decision.package_id == package.id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    version_id = uow.session.scalar(last)
    return uow.session.get(PackageVersion, version_id) if version_id is not None else None


def proposal(uow: UnitOfWork, package: Package) -> tuple[touched.Proposal, int] | None:
    """What is proposed for the text as it is saved now, and the version that it is measured against."""
    before, now = last_decided(uow, package), lifecycle.current_version(uow, package)
    if before is None:
        return None
    return touched.proposal(parse(before.content), parse(now.content)), before.number


def tell_if_low(
    uow: UnitOfWork, package: Package, case: ProcessInstance, decision: Decision, note: str = ""
) -> None:
    """domain:C5: that somebody went below the proposed class is an entry of its own, with the reason."""
    proposed, kinds = decision.parts.get("proposed"), decision.parts.get("touched")
    if not touched.is_lower(decision.outcome, str(proposed)) or not isinstance(kinds, list):
        return
    chosen = CHANGE_CLASSES["t1" if decision.outcome == "corrected" else decision.outcome]
    term, why = CHANGE_CLASSES[str(proposed)], touched.told(kinds)
    events.record(
        uow,
        "package.classed_low",
        case=case,
        subject=package.business_key,
        data={
            "change": chosen.zh,
            "change_en": chosen.en,
            "proposal": term.zh,
            "proposal_en": term.en,
            "because": why.zh,
            "because_en": why.en,
            "reason": decision.opinion or note,
            "decision": decision.id,
        },
    )


def _class_refusals(found: touched.Proposal, chosen: str, note: str) -> list[Sentence]:
    if chosen not in changes.CLASS_ORDER:
        return [Sentence(f"没有“{chosen}”这种修改类别。", f"Unknown class of change: {chosen}.")]
    least = found.least
    reasons = []
    if chosen == "unchanged" and not note:
        reasons.append(
            Sentence("未作修改重报的，请写明理由。", "Say why nothing was changed.", "note")
        )
    if chosen == "unchanged" and least != "unchanged":
        reasons.append(
            Sentence(
                "稿件的文字、解读或附件已有改动，请选择修改类别。",
                "Text, interpretation or attachments have changed; choose the class of the change.",
                "domain:C5",
            )
        )
    elif chosen != "unchanged" and least == "unchanged":
        reasons.append(
            Sentence(
                "文字、解读和附件没有改动，请选“未作修改，说明后重报”。",
                "Text, interpretation and attachments are unchanged; choose “unchanged”.",
                "domain:C5",
            )
        )
    elif changes.CLASS_ORDER.index(chosen) < changes.CLASS_ORDER.index(least):
        reasons.append(
            Sentence(
                f"改动涉及{_WHY[least].zh}，至少应为{CHANGE_CLASSES[least].zh}。",
                f"The change touches {_WHY[least].en}: at least {CHANGE_CLASSES[least].en}.",
                "domain:C5",
            )
        )
    else:
        reasons.extend(_unexplained(found, chosen, note))
    return reasons


def _unexplained(found: touched.Proposal, chosen: str, note: str) -> list[Sentence]:
    """A class below the proposed one is allowed, with its reason; the proposal may be mistaken."""
    if note or not touched.is_lower(chosen, found.change_class):
        return []
    grave = [one.kind for one in found.touched if touched.is_lower(chosen, one.speaks_for)]
    why, proposed = touched.told(grave), CHANGE_CLASSES[found.change_class]
    return [
        Sentence(
            f"改动涉及{why.zh}，系统建议定为{proposed.zh}；低于建议定级的，请写明理由。",
            f"The change touches {why.en}; {proposed.en} is proposed. Say why it is less.",
            "domain:C5",
        )
    ]


_WHY = {
    "t1": Sentence("文字", "wording"),
    "t2": Sentence(
        "数字、日期、链接、文种、发文机关或文号",
        "numbers, dates, links, the kind of document, its issuer or number",
    ),
    "t3": Sentence("段落、附件或解读材料的增减", "paragraphs, attachments or materials"),
}


def _decide(
    uow: UnitOfWork,
    task: UserTask,
    package: Package,
    version: PackageVersion,
    outcome: str,
    note: str,
    parts: dict[str, object] | None = None,
) -> Decision:
    person = permissions.acting_person(uow)
    decision = Decision(
        package_id=package.id,
        case_id=task.instance_id,
        task_id=task.id,
        stage="revise",
        outcome=outcome,
        person_id=person.id,
        person_name=person.name,
        post=person.post,
        acting_for_id=int(uow.actor.acting_for) if uow.actor.acting_for else None,
        role="drafter",
        round=task.round,
        version_id=version.id,
        digest=version.digest,
        opinion=note,
        parts=parts or {},
        separation=get_unit(uow, package.unit_id).separation,
        at=uow.now,
    )
    uow.session.add(decision)
    uow.session.flush()
    return decision


def _told(uow: UnitOfWork, decision: Decision, version: PackageVersion) -> dict[str, Any]:
    return {
        "decision": decision.id,
        "person": {"id": decision.person_id, "name": decision.person_name, "role": decision.role},
        "version": version.number,
        "digest": version.digest,
        "opinion": decision.opinion,
        **standing_in.both_names(uow, decision),
    }
