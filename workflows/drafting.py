"""What a drafter does: create, save, submit, answer a return, cancel. No verb here commits.

A version is made only when something changed; submitting runs the gates and begins the case. The
answer to a return is in `revising`.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine import cases, user_tasks
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import (
    accountability,
    draft_limits,
    duties,
    events,
    lifecycle,
    numbers,
    open_tasks,
    overrides,
    permissions,
    routes,
    versions,
)
from workflows.content import Content, Metadata, digest, parse
from workflows.errors import DocumentChanged, Refused
from workflows.files import store_file
from workflows.gates import Gate
from workflows.models import Package, PackageVersion, Person
from workflows.parameters import EMERGENCY
from workflows.profiles import Choice
from workflows.revising import correct, resubmit, withdraw

__all__ = [
    "Draft",
    "cancel",
    "correct",
    "create",
    "record_refusal",
    "resubmit",
    "save",
    "store_file",
    "submission_gates",
    "submit",
]

Draft = Content


def create(uow: UnitOfWork, draft: Draft, *, unit_id: int | None = None) -> Package:
    """A new package with its first version, in the drafter's own unit unless another is named."""
    person = permissions.acting_person(uow)
    unit_id = person.unit_id if unit_id is None else unit_id
    permissions.ensure(permissions.create_refusals(uow, unit_id))
    number = numbers.package_number(uow)
    content = versions.prepared(uow, draft, Metadata(), person, unit_id, number)
    package = Package(
        number=number,
        unit_id=unit_id,
        drafter_id=person.id,
        title=content.metadata.title,
        status="draft",
        attribute=versions.proposed_attribute(content),
        created_at=uow.now,
    )
    uow.session.add(package)
    uow.session.flush()
    versions.add_version(uow, package, content)
    events.record(
        uow,
        "package.created",
        subject=package.business_key,
        data={"title": package.title, "number": package.number},
    )
    return package


def save(
    uow: UnitOfWork,
    package_id: int,
    draft: Draft,
    *,
    base_version: int,
    note: str = "",
) -> PackageVersion:
    """A new version over the one numbered `base_version`; the same content makes no version.

    The class of the change is said at `resubmit`, of everything that was saved until then.
    """
    package, case = versions.locked(uow, package_id)
    permissions.ensure(permissions.edit_refusals(uow, package))
    current = lifecycle.current_version(uow, package)
    if current.number != base_version:
        raise DocumentChanged()
    old = parse(current.content)
    drafter = uow.session.get_one(Person, package.drafter_id)
    content = versions.prepared(uow, draft, old.metadata, drafter, package.unit_id, package.number)
    if digest(content) == current.digest:
        return current
    version = versions.add_version(uow, package, content, note=note)
    package.title, package.attribute = content.metadata.title, versions.proposed_attribute(content)
    events.record(
        uow,
        "package.saved",
        case=case,
        subject=package.business_key,
        data={"version": version.number, "digest": version.digest},
    )
    return version


def submission_gates(uow: UnitOfWork, package_id: int) -> list[Gate]:
    """What the gates say of the current version: the page asks before, the verbs ask again."""
    package = permissions.get_package(uow, package_id)
    return versions.gates_of(uow, parse(lifecycle.current_version(uow, package).content), package)


def submit(uow: UnitOfWork, package_id: int, *, digest: str) -> Package:
    """送审: the gates, then the case. `digest` is of the version that the page showed.

    Raises GateRefused with the whole list; the door then calls `record_refusal`.
    """
    package, _ = versions.locked(uow, package_id)
    permissions.ensure(permissions.submit_refusals(uow, package))
    if package.case_id is not None:
        raise Refused(
            Sentence(
                "本件已送审过，请在“修改重报”任务中重报。",
                "The item was submitted before; resubmit it through its revision task.",
            )
        )
    version = versions.same_text(uow, package, digest)
    content = parse(version.content)
    versions.ensure_gates(uow, content, package)
    choice = routes.choose(uow, package, content)
    case = cases.start(uow, choice.profile.key, package.business_key)
    package.case_id, package.submitted_at, package.status = case.id, uow.now, "in_review"
    events.record(
        uow,
        "package.submitted",
        case=case,
        subject=package.business_key,
        data={
            "version": version.number,
            "digest": version.digest,
            "title": package.title,
            "accountable": accountability.as_told(uow, package.unit_id),
            "profile": choice.profile.key,
            "chain": choice.profile.zh,
            "chain_en": choice.profile.en,
            "why": choice.why.zh,
            "why_en": choice.why.en,
            **_approval(uow, package, choice),
        },
    )
    duties.link(uow, package, content.metadata)
    lifecycle.settle(uow, package, case)
    tasks = user_tasks.for_case(uow, case.id)
    open_tasks.tell_next(uow, package, [task for task in tasks if task.status == "open"])
    return package


def _approval(uow: UnitOfWork, package: Package, choice: Choice) -> dict[str, object]:
    """domain:C4: the choice of the emergency is itself approved; by whom stands where the case begins."""
    if choice.profile.key != "emergency":
        return {}
    one = overrides.latest(uow, package.id, EMERGENCY.key)
    if one is None:
        return {}
    return {"approved_by": one.person, "approved_at": one.at, "approved_opinion": one.opinion}


def record_refusal(uow: UnitOfWork, package_id: int, reasons: Iterable[Sentence]) -> None:
    """domain:A2.4: a refusal at the gate is on record. Called by the door, in a transaction of its own."""
    package, case = versions.locked(uow, package_id)
    listed = [{"zh": reason.zh, "en": reason.en, "code": reason.code} for reason in reasons]
    events.record(
        uow,
        "package.refused_at_gate",
        case=case,
        subject=package.business_key,
        data={"count": len(listed), "reasons": listed},
    )


def cancel(uow: UnitOfWork, package_id: int, reason: str) -> Package:
    """撤销: by the drafter or the head of the section, before the final review, with a reason.

    Whoever holds the open revision ends the case through the model; anybody else who may cancel, and
    at any other stage, ends it from outside.
    """
    package, case = versions.locked(uow, package_id)
    permissions.ensure(permissions.cancel_refusals(uow, package))
    reason = draft_limits.reason(reason)
    reasons = permissions.signed_already(uow, package)
    if not reason:
        reasons.append(Sentence("请写明撤销的理由。", "Say why the item is cancelled.", "reason"))
    if reasons:
        raise Refused(*reasons)
    if case is None:
        package.status = "cancelled"
    else:
        if not withdraw(uow, package, reason):
            cases.cancel(uow, case.id, reason=reason)
        lifecycle.settle(uow, package, case)
    events.record(
        uow,
        "package.cancelled",
        case=case,
        subject=package.business_key,
        data={"reason": reason},
    )
    uow.session.flush()
    return package
