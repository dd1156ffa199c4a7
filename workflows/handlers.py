"""What the domain gives to the engine: the service tasks' functions, eligibility, routing, reminders.

Handlers write our own database only; a refusal raised in one refuses the act that led to it.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from engine import clock
from engine.database import Domain, Handler, UnitOfWork
from engine.elements import TaskRule
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import (
    assignments,
    bpmn_files,
    changes,
    content,
    events,
    notices,
    open_tasks,
    parameters,
    permissions,
    profiles,
    publishing,
    reposts,
    requirements,
    rerouting,
    routes,
    routing,
    voiding,
)
from workflows.content import Metadata
from workflows.lifecycle import current_version, package_of
from workflows.models import Decision, Package, PackageVersion
from workflows.vocabulary import ATTRIBUTES


def metadata_of(uow: UnitOfWork, case: ProcessInstance) -> Metadata:
    """The metadata of the version that the case is about now."""
    return content.parse(current_version(uow, package_of(uow, case)).content).metadata


# -- questions: read only, so that a preview may ask them too ---------------------------------------


def _needed(requirement: Callable[[Metadata], bool]) -> Handler:
    def ask(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
        return "needed" if requirement(metadata_of(uow, case)) else "not_needed"

    return ask


def approver_level(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """domain:C8: who signs, by the class of the information."""
    facts = metadata_of(uow, case)
    if requirements.principal_review(facts):
        return "principal"
    return "cosigned" if requirements.cosigned(facts) else "regular"


def repost_attribute(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """domain:A1.9, C3: what a government website has made public, word for word, is public already."""
    package = package_of(uow, case)
    text = content.parse(current_version(uow, package).content)
    sources = routes.sources(uow, package, text, package.submitted_at)
    return "doubtful" if reposts.refusals(text, sources) else "proactive"


def metadata_change(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """What the revision did to the metadata, against the version that was last submitted."""
    package = package_of(uow, case)
    now = current_version(uow, package)
    before = _submitted_before(uow, package, now)
    if before is None:
        return "none"
    return changes.metadata_change(
        content.parse(before.content).metadata, content.parse(now.content).metadata
    )


def _submitted_before(
    uow: UnitOfWork, package: Package, now: PackageVersion
) -> PackageVersion | None:
    """The version that was decided on last, before the resubmission that is going on.

    The resubmission may itself be a decision already written, on the current version; the one before
    it returned the item, and was made on the version that had been submitted.
    """
    latest = (
        sa.select(Decision.version_id, Decision.stage)
        .where(Decision.package_id == package.id)
        .order_by(Decision.id.desc())
        .limit(2)
    )
    rows = list(uow.session.execute(latest))
    if rows and rows[0].stage == "revise" and rows[0].version_id == now.id:
        rows = rows[1:]
    return uow.session.get(PackageVersion, rows[0].version_id) if rows else None


QUESTIONS: dict[str, Handler] = {
    "third_party_needed": _needed(requirements.third_party_opinion),
    "inter_agency_needed": _needed(requirements.inter_agency_confirmation),
    "legality_needed": _needed(requirements.legality_review),
    "read_aloud_needed": _needed(requirements.read_aloud),
    "approver_level": approver_level,
    "metadata_change": metadata_change,
    "repost_attribute": repost_attribute,
}


# -- acts -------------------------------------------------------------------------------------------


def void_decisions(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """domain:C5: strike through the decisions that the model says depended on what changed."""
    voiding.void(uow, package_of(uow, case), case, rule.voids, by=rule.id)
    return "done"


def noted(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """Only the process takes note: a word that was acted on must not speak again. No decision is struck."""
    return "done"


def publish(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """The release; the final gate refuses the whole act if anything is missing."""
    publishing.publish(uow, package_of(uow, case), case)
    return "done"


def register(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """Enter the item into the register of its attribute, to be looked at again within the year (domain:D2)."""
    package = package_of(uow, case)
    kind = rule.id.removeprefix("register_")
    today = clock.local_date(uow.now)
    held = parameters.rules(uow, package.unit_id).number("attr.review_due")
    day = today.replace(month=held // 100, day=held % 100)
    package.review_on = day if day >= today else day.replace(year=day.year + 1)
    named = ATTRIBUTES[kind].sentence
    events.record(
        uow,
        "package.registered",
        case=case,
        subject=package.business_key,
        data={"register": named.zh, "register_en": named.en, "review_on": package.review_on},
    )
    return "done"


#: Whom an overdue timer concerns: the tasks it waits at, and the roles that follow them up.
_FOLLOWED_BY = {
    "remind_third_party": (("third_party_opinion",), ("ogi_officer",)),
    "escalate_readback": (("readback",), ("publisher", "inspector")),
    "escalate_later": (profiles.PROFILES["emergency"].later, ("principal", "inspector")),
}


def escalate(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> str:
    """A timer ran out: tell whoever has the task, and the roles that follow it up, if they may see it."""
    package = package_of(uow, case)
    text = Sentence(
        f"《{package.title}》（{package.number}）：{rule.name}。",
        f"“{package.title}” ({package.number}): {rule.id.replace('_', ' ')}.",
        rule.id,
    )
    elements, roles = _FOLLOWED_BY.get(rule.id, ((rule.id,), ("inspector",)))
    concerned = [
        person
        for task in open_tasks.of_case(uow, case.id)
        if task.element_id in elements
        for person in _with_whom(uow, task)
    ]
    for role in roles:
        concerned += routing.holders_near(uow, package.unit_id, role)
    told = permissions.viewers(uow, package, concerned)
    notices.tell(uow, told, "escalated", text, link=f"/packages/{package.id}")
    events.record(
        uow,
        "task.escalated",
        case=case,
        subject=package.business_key,
        data={"task": rule.name, "task_en": rule.id.replace("_", " "), "told": told},
    )
    return "done"


def _with_whom(uow: UnitOfWork, task: UserTask) -> list[int]:
    if task.assignee_id:
        return [int(task.assignee_id)]
    return routing.members(uow, task.candidate_group)


def remind(uow: UnitOfWork, task: UserTask) -> None:
    """A task's own deadline has passed, or somebody urges: tell whoever has it, or who can find somebody to have it."""
    package = package_of(uow, task)
    stage = open_tasks.stage_name(task.element_id, task.name)
    if task.candidate_group.startswith(routing.NOBODY):
        told = rerouting.tell_nobody(uow, task, package)
    else:
        told = _with_whom(uow, task)
        late = task.due_at is not None and task.due_at <= uow.now
        text = Sentence(
            f"《{package.title}》的{stage.zh}{'已到办理时限' if late else '请尽快办理'}。",
            f"{stage.en} of “{package.title}” "
            f"{'has reached its deadline' if late else 'is waited for; please see to it'}.",
            task.element_id,
        )
        notices.tell(uow, told, "reminder", text, link=f"/tasks/{task.id}")
    events.record(
        uow,
        "task.reminded",
        case=uow.session.get(ProcessInstance, task.instance_id),
        subject=f"task:{task.id}",
        data={"task": stage.zh, "task_en": stage.en, "told": sorted(told)},
    )


HANDLERS: dict[str, Handler] = {
    **QUESTIONS,
    "void_decisions": void_decisions,
    "noted": noted,
    "publish": publish,
    "register": register,
    "escalate": escalate,
}

DOMAIN = Domain(
    handlers=HANDLERS,
    refusals=assignments.refusals,
    candidates=routing.candidates,
    remind=remind,
    name_of=bpmn_files.name_of,
    pure=frozenset({*QUESTIONS, "noted"}),
)
