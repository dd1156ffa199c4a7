"""The task page and the package page, whole: everything a person needs to read, know and decide.

Reading writes nothing here; that somebody looked is recorded by `look`, which the door calls apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from engine import states, user_tasks, working_days
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from workflows import (
    assignments,
    checklists,
    content,
    deadlines,
    decision_form,
    events,
    file_texts,
    final_gate,
    open_tasks,
    outlooks,
    oversight,
    page_parts,
    permissions,
    previewing,
    queries,
    reviewing,
    ribbon,
    routes,
    seen,
    showing,
    voiding,
)
from workflows.compared import Comparison
from workflows.content import Content
from workflows.errors import NotFound
from workflows.gates import Gate
from workflows.lifecycle import current_version, package_id_of
from workflows.models import (
    Decision,
    Package,
    PackageVersion,
    ReadMark,
)
from workflows.person_models import PersonView
from workflows.profiles import Choice, Profile
from workflows.read_models import (
    Due,
    OpenTask,
    OutcomeView,
    PackagePage,
    PartView,
    StageView,
    TaskPage,
)
from workflows.record_fields import FORMS
from workflows.vocabulary import (
    GROUNDS,
    NEEDS_REASON,
    OUTCOMES,
    RETURN_REASONS,
)


@dataclass(frozen=True, slots=True)
class _Package:
    """What both pages read first."""

    package: Package
    version: PackageVersion
    content: Content
    decisions: Sequence[Decision]
    open_rows: Sequence[UserTask]
    open_tasks: tuple[OpenTask, ...]
    versions: dict[int, int]  # id -> number
    principals: dict[int, str]  # id -> name, of those in whose place somebody decided


def _gather(uow: UnitOfWork, package: Package) -> _Package:
    version = current_version(uow, package)
    decisions = uow.session.scalars(
        sa.select(Decision).where(Decision.package_id == package.id).order_by(Decision.id)
    ).all()
    numbers = uow.session.execute(
        sa.select(PackageVersion.id, PackageVersion.number).where(
            PackageVersion.package_id == package.id
        )
    )
    rows = open_tasks.of_case(uow, package.case_id)
    return _Package(
        package,
        version,
        content.parse(version.content),
        decisions,
        rows,
        open_tasks.views(uow, rows),
        {row.id: row.number for row in numbers},
        page_parts.principals(uow, decisions),
    )


# -- the task page ----------------------------------------------------------------------------------


def task_page(uow: UnitOfWork, task_id: int) -> TaskPage:
    """Everything of the page at which a task is read and decided."""
    task = user_tasks.get(uow, task_id)
    package = permissions.get_package(uow, package_id_of(task.business_key))
    case = uow.session.get(ProcessInstance, task.instance_id)
    if case is None:
        raise NotFound
    found = _gather(uow, package)
    position = states.position(uow, case)
    against = assignments.why_not(uow, task)
    mine = {str(one) for one in permissions.ids(uow)}
    is_mine = task.status == "open" and task.assignee_id in mine
    gates = _release_gates(uow, task, package, case)
    profile = routes.profile_of(uow, case)
    return TaskPage(
        task_id=task.id,
        row_version=task.row_version,
        element=task.element_id,
        stage=open_tasks.stage_name(task.element_id, task.name),
        asks=queries.asks(task.element_id, task.name),
        round=task.round,
        status=task.status,
        due=_due(uow, task),
        assignee=_assignee(uow, task),
        is_mine=is_mine,
        package=page_parts.head(uow, package, found.content),
        content=showing.content_view(found.version),
        changes=seen.since(uow, package, found.version),
        confirming=_confirming(uow, task, found),
        checklist=checklists.for_stage(task.element_id),
        outcomes=_outcomes(uow, task, case, position, found, gates),
        parts=_parts(task, found.content),
        reason_codes=page_parts.coded(RETURN_REASONS.values()),
        grounds=page_parts.coded(GROUNDS.values()),
        may_claim=not is_mine and not against,
        may_unclaim=is_mine and not user_tasks.refusals(uow, task, "unclaim"),
        may_decide=is_mine and not against,
        why_not=tuple(against),
        opinions=page_parts.decision_views(uow, found.decisions, found.versions, found.content),
        chain=profile.sentence,
        ribbon=_ribbon(found, case, profile),
        trail=tuple(oversight.trail(uow, package.id)),
        opinion_draft=reviewing.draft(uow, task_id),
        open_elements=tuple(sorted({row.element_id for row in found.open_rows})),
        passed_elements=_passed(uow, found.decisions, case),
        gates=tuple(page_parts.gate_view(gate) for gate in gates),
        definition_id=case.definition_id,
        receivers=_receivers(uow, task),
        record=FORMS.get(task.element_id),
    )


def _due(uow: UnitOfWork, task: UserTask) -> Due | None:
    if task.due_at is None or task.status != "open":
        return None
    working = working_days.load(uow).is_workday
    return deadlines.due(task.due_at, uow.now, task.due_provisional, working)


def _assignee(uow: UnitOfWork, task: UserTask) -> PersonView | None:
    return (
        page_parts.people(uow, {int(task.assignee_id)}).get(int(task.assignee_id))
        if task.assignee_id
        else None
    )


def _receivers(uow: UnitOfWork, task: UserTask) -> tuple[PersonView, ...]:
    found = assignments.receivers(uow, task)
    named = page_parts.people(uow, set(found))
    return tuple(named[one] for one in found)


def _parts(task: UserTask, shown: Content) -> tuple[PartView, ...]:
    if task.element_id not in decision_form.BY_PARTS:
        return ()
    return tuple(PartView(code, label) for code, label in showing.parts_of(shown).items())


def _outcomes(
    uow: UnitOfWork,
    task: UserTask,
    case: ProcessInstance,
    position: tuple[Definition, str],
    found: _Package,
    gates: Sequence[Gate],
) -> tuple[OutcomeView, ...]:
    if task.status != "open":
        return ()
    definition = position[0]
    holding = [row.stage for row in voiding.standing(uow, found.package, case)]
    drafter = found.content.metadata.drafter
    ahead = outlooks.Outlooks(uow, found.package, definition)
    views = []
    for outcome in definition.tasks[task.element_id].outcomes:
        preview = previewing.after(uow, case, position, task, outcome)
        opens = [ahead.told(one) for one in ahead.after(task, outcome, preview.opened)]
        said = previewing.consequences(preview, definition, task, outcome, holding, drafter, opens)
        against = final_gate.refusals(gates) if outcome == "publish" else []
        views.append(
            OutcomeView(
                outcome, OUTCOMES[outcome].sentence, outcome in NEEDS_REASON, said, tuple(against)
            )
        )
    return tuple(views)


#: What a confirmation confirms: everything since the last decision at one of these.
_CONFIRMS = {
    "sign_confirmation": ("final_review", "principal_review", "sign_confirmation"),
    "delta_confirmation": (
        "confidentiality_review",
        "confidentiality_referral",
        "delta_confirmation",
    ),
}


def _confirming(uow: UnitOfWork, task: UserTask, found: _Package) -> Comparison | None:
    """What changed since the text was last found good; what was taken back was found nothing."""
    stages = _CONFIRMS.get(task.element_id)
    if stages is None:
        return None
    positive = {"pass", "raise_level", "confirm", "clear", "refer"}
    earlier = [
        row
        for row in found.decisions
        if row.stage in stages and row.outcome in positive and not voiding.taken_back(row)
    ]
    before = uow.session.get(PackageVersion, earlier[-1].version_id) if earlier else None
    return showing.compare(before, found.version) if before else None


def _release_gates(
    uow: UnitOfWork, task: UserTask, package: Package, case: ProcessInstance
) -> list[Gate]:
    if task.element_id != "release" or task.status != "open":
        return []
    return final_gate.checks(uow, package, case)


def look(uow: UnitOfWork, package_id: int, version_id: int) -> None:
    """Remember that the actor opened a version; a first look at what is not public is evidence (C10)."""
    package = permissions.get_package(uow, package_id)
    version = uow.session.get(PackageVersion, version_id)
    if version is None or version.package_id != package.id:
        raise NotFound
    person = permissions.acting_person(uow)
    known = sa.select(ReadMark.id).where(
        ReadMark.person_id == person.id, ReadMark.version_id == version_id
    )
    if uow.session.scalar(known) is not None:
        return
    uow.session.add(
        ReadMark(person_id=person.id, package_id=package_id, version_id=version_id, at=uow.now)
    )
    events.record(
        uow,
        "package.read",
        subject=package.business_key,
        data={"version": version.number, "digest": version.digest},
    )


def look_at_file(uow: UnitOfWork, package_id: int, digest: str, name: str) -> None:
    """Remember that the actor took a file of an unpublished item away; every time, for it is a copy (C10)."""
    package = permissions.get_package(uow, package_id)
    data = {"name": name, "digest": digest}
    events.record(uow, "file.read", subject=package.business_key, data=data)


# -- the package page -------------------------------------------------------------------------------


def package_page(uow: UnitOfWork, package_id: int) -> PackagePage:
    """Everything about a package for those who may see it; the inspector's page of a case as well."""
    package = permissions.get_package(uow, package_id)
    case = uow.session.get(ProcessInstance, package.case_id) if package.case_id else None
    found = _gather(uow, package)
    going = case is not None and case.status == "running" and package.status != "published"
    gates = final_gate.checks(uow, package, case) if going and case is not None else []
    chain = _chain(uow, found, case)
    against = [
        *permissions.cancel_refusals(uow, package),
        *permissions.signed_already(uow, package),
    ]
    return PackagePage(
        package=page_parts.head(uow, package, found.content),
        content=showing.content_view(found.version),
        changes=seen.since(uow, package, found.version),
        versions=page_parts.versions(uow, package),
        ribbon=_ribbon(found, case, chain.profile),
        chain=chain.profile.sentence,
        chain_why=chain.why,
        decisions=page_parts.decision_views(uow, found.decisions, found.versions, found.content),
        open_tasks=found.open_tasks,
        gates=tuple(page_parts.gate_view(gate) for gate in gates),
        trail=tuple(oversight.trail(uow, package_id)),
        return_notices=page_parts.return_notices(uow, package),
        open_elements=tuple(sorted({row.element_id for row in found.open_rows})),
        passed_elements=_passed(uow, found.decisions, case),
        definition_id=case.definition_id if case else None,
        may_edit=not permissions.edit_refusals(uow, package),
        may_cancel=not against,
        why_not_cancel=tuple(against),
    )


def _chain(uow: UnitOfWork, found: _Package, case: ProcessInstance | None) -> Choice:
    """The way that the item goes, or would go; why is asked until it is handed in, then the trail tells."""
    if case is None:
        return routes.choose(uow, found.package, found.content)
    return Choice(routes.profile_of(uow, case), Sentence("", ""))


def _ribbon(
    found: _Package, case: ProcessInstance | None, profile: Profile
) -> tuple[StageView, ...]:
    ended = case is not None and case.status != "running"
    facts = found.content.metadata
    return ribbon.ribbon(
        ribbon.Situation(facts, found.decisions, found.open_tasks, ended, profile, found.principals)
    )


def _passed(
    uow: UnitOfWork, decisions: Sequence[Decision], case: ProcessInstance | None
) -> tuple[str, ...]:
    """Stages that let the item pass and still do; one that sent it back is not passed."""
    if case is None:
        return ()
    stands = voiding.standing_outcomes(uow, case)
    done = {
        row.stage
        for row in decisions
        if row.voided_at is None
        # what is never skipped (release, read-back) has no outcome that stands
        and (row.outcome in (stands.get(row.stage) or {row.outcome} - NEEDS_REASON))
    }
    return tuple(sorted(done))


def compare(uow: UnitOfWork, package_id: int, from_number: int, to_number: int) -> Comparison:
    """Any two versions of a package with the words of their files, for whoever may see it."""
    package = permissions.get_package(uow, package_id)
    rows = uow.session.scalars(
        sa.select(PackageVersion).where(
            PackageVersion.package_id == package.id,
            PackageVersion.number.in_([from_number, to_number]),
        )
    )
    by_number = {row.number: row for row in rows}
    if from_number not in by_number or to_number not in by_number:
        raise NotFound
    old, new = by_number[from_number], by_number[to_number]
    found = showing.compare(old, new)
    inside = file_texts.differences(uow, content.parse(old.content), content.parse(new.content))
    return replace(found, parts=(*found.parts, *inside))
