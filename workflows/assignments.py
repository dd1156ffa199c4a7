"""Who may take which task: eligibility at claim and again at completion.

The engine asks `refusals` under the case's lock; pages ask the same, so that what a page promises is what the
verb will do (domain:C1, C7). Where a task goes when it opens is in `routing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import substitutes, user_tasks
from engine.database import Actor, UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import draft_limits, notices, permissions, routing, separation, units
from workflows.errors import Refused
from workflows.lifecycle import package_of
from workflows.models import Package, Person, RoleHolding
from workflows.routing import NOBODY, Router
from workflows.vocabulary import ROLES, STAGES, label

#: These come back to one person; another may hold them only by reassignment.
PERSONAL = frozenset({"revise", "sign_confirmation"})
#: domain:C1: these roles of the item's unit may hand a task of others on.
MAY_NUDGE = frozenset({"unit_head", "ogi_officer", "inspector"})
MAY_REASSIGN = frozenset({"unit_head", "ogi_officer"})


# -- verbs ------------------------------------------------------------------------------------------


def claim(uow: UnitOfWork, task_id: int, *, seen_version: int | None = None) -> UserTask:
    """认领: take a task from the group's list."""
    _visible_task(uow, task_id)
    return user_tasks.claim(uow, task_id, seen_version)


def unclaim(uow: UnitOfWork, task_id: int, *, seen_version: int | None = None) -> UserTask:
    """退签: give a task back to its group."""
    _visible_task(uow, task_id)
    return user_tasks.unclaim(uow, task_id, seen_version)


def reassign(uow: UnitOfWork, task_id: int, to_person_id: int, reason: str) -> UserTask:
    """转办: hand a task to another person who could claim it."""
    _visible_task(uow, task_id)
    person = uow.session.get(Person, to_person_id)
    problems, reason = [], draft_limits.reason(reason)
    if person is None or not person.active:
        problems.append(Sentence("没有这位经办人。", "There is no such person.", "person"))
    if not reason:
        problems.append(Sentence("转办须写明理由。", "Handing on needs a reason.", "reason"))
    if problems or person is None:
        raise Refused(*problems)
    task = user_tasks.reassign(uow, task_id, str(person.id), reason, to_name=person.name)
    _tell_receiver(uow, task, person)
    return task


def receivers(uow: UnitOfWork, task: UserTask) -> list[int]:
    """Whom the actor may hand the task to; nobody if the actor may not hand it on at all."""
    if task.status != "open" or user_tasks.refusals(uow, task, "reassign"):
        return []
    found = routing.eligible_members(uow, task, package_of(uow, task))
    return [one for one in found if str(one) != task.assignee_id]


def why_not(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Every reason against the actor taking or deciding this task now."""
    mine = task.assignee_id in {str(one) for one in permissions.ids(uow)}
    verb: user_tasks.Verb = "complete" if mine else "claim"
    return user_tasks.refusals(uow, task, verb)


def _tell_receiver(uow: UnitOfWork, task: UserTask, person: Person) -> None:
    title, stage = package_of(uow, task).title, STAGES[task.element_id].sentence
    text = Sentence(
        f"《{title}》的{stage.zh}转由您办理。",
        f"{stage.en} of “{title}” was handed to you.",
        "task",
    )
    notices.tell(uow, [person.id], "task", text, link=f"/tasks/{task.id}")


def _visible_task(uow: UnitOfWork, task_id: int) -> None:
    task = user_tasks.get(uow, task_id)
    permissions.get_package(uow, package_of(uow, task).id)


# -- eligibility ------------------------------------------------------------------------------------


def refusals(uow: UnitOfWork, task: UserTask, actor: Actor, verb: str) -> list[Sentence]:
    """All reasons why `actor` may not do `verb` with the task; the engine refuses on any."""
    if verb == "unclaim":
        return _personal(task, "退签", "given back") if task.element_id in PERSONAL else []
    if not actor.id.isdecimal():
        return [Sentence("只有人可以办理这项任务。", "Only a person can do this task.")]
    package = package_of(uow, task)
    if verb == "reassign":
        return _may_reassign(uow, task, package, int(actor.id))
    if verb == "nudge":
        return _may_nudge(uow, package, int(actor.id))
    received = actor.id != uow.actor.id or task.assignee_id == actor.id
    return ineligible(uow, task, package, actor, received=received)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor may act in today, whichever task it is about."""

    actor: Actor
    active: bool
    own: Sequence[RoleHolding]
    held: Sequence[RoleHolding]


def standing(uow: UnitOfWork, actor: Actor) -> Standing:
    """The actor's account and roles as they are now."""
    person = uow.session.get(Person, int(actor.id))
    if person is None or not person.active:
        return Standing(actor, False, (), ())
    own = permissions.own(uow, person.id)
    return Standing(actor, True, own, permissions.held_as(uow, actor) if actor.acting_for else own)


def ineligible(
    uow: UnitOfWork, task: UserTask, package: Package, actor: Actor, *, received: bool = False
) -> list[Sentence]:
    """Role, separation of duties and personal tasks; `received` means handed to the actor by somebody."""
    return against(task, Router(uow, package), standing(uow, actor), received=received)


def against(
    task: UserTask, router: Router, standing: Standing, *, received: bool = False
) -> list[Sentence]:
    """The same from what was read already: the router of the task's item, and where the actor stands."""
    if not standing.active:
        return [Sentence("该账号已停用。", "This account is deactivated.", "inactive")]
    actor, without = standing.actor, _without_role(task, standing.held)
    reasons = [
        *separation.outside_the_chain({holding.role for holding in standing.own}),
        *(without and _may_stand_in(router.uow, task, actor)),
        *without,
        *_conflicts(router, task.element_id, actor),
    ]
    if task.element_id in PERSONAL and not received:
        reasons.extend(_not_theirs(router, task, int(actor.id)))
    return reasons


def _without_role(task: UserTask, held: Sequence[RoleHolding]) -> list[Sentence]:
    group = task.candidate_group
    if group in {f"{holding.role}:{holding.unit_id}" for holding in held}:
        return []
    if group.startswith(NOBODY):
        return [
            Sentence(
                "目前没有符合条件的人员可以办理，请联系安全管理员授予角色。",
                "Nobody is eligible for this task now; ask the security administrator to grant the role.",
                "nobody",
            )
        ]
    role = group.partition(":")[0]
    return [
        Sentence(
            f"您今天在办理本件的单位没有“{label(ROLES, role)}”角色。",
            f"You do not hold the role “{label(ROLES, role, 'en')}” in the unit of this task today.",
            "domain:C1",
        )
    ]


def _may_stand_in(uow: UnitOfWork, task: UserTask, actor: Actor) -> list[Sentence]:
    """Whoever could do it for somebody is told to say so first."""
    if actor.acting_for is not None:
        return []
    for row in substitutes.in_force(uow, actor.id):
        if not _without_role(
            task, permissions.held_as(uow, replace(actor, acting_for=row.principal_id))
        ):
            return [
                Sentence(
                    f"您可以代理{row.principal_name}办理，请先在“外出与代理”中切换。",
                    f"You may do it for {row.principal_name}: change over under “Leave” first.",
                    "standing_in",
                )
            ]
    return []


def _conflicts(router: Router, stage: str, actor: Actor) -> list[Sentence]:
    if stage not in separation.KIND_OF:
        return []
    for_whom = actor.acting_for
    return separation.conflicts(
        router.setting(),
        stage,
        router.acts(),
        int(actor.id),
        acting_for=int(for_whom) if for_whom and for_whom.isdecimal() else None,
    )


def _personal(task: UserTask, zh: str, en: str) -> list[Sentence]:
    name = label(STAGES, task.element_id)
    return [
        Sentence(
            f"“{name}”由指定的人办理，不能{zh}；确需换人，请转办。",
            f"“{label(STAGES, task.element_id, 'en')}” belongs to one person and cannot be {en}; "
            "have it reassigned.",
            "personal",
        )
    ]


def _not_theirs(router: Router, task: UserTask, person_id: int) -> list[Sentence]:
    """Only its owner may claim a personal task, as long as there is one who can still do it."""
    owner = router.owner(task.element_id)
    if owner in (None, person_id) or owner not in router.members(task.candidate_group):
        return []
    return _personal(task, "由他人认领", "claimed by others")


def _may_reassign(
    uow: UnitOfWork, task: UserTask, package: Package, person_id: int
) -> list[Sentence]:
    """The holder, and whoever leads the unit's work or the disclosure office above it."""
    if task.assignee_id == str(person_id):
        return []
    line = {unit.id for unit in units.line_upwards(uow, package.unit_id)}
    held = permissions.holdings(uow, person_id)
    if any(item.role in MAY_REASSIGN and item.unit_id in line for item in held):
        return []
    return [
        Sentence(
            "只有办理人本人、承办科室负责人或政务公开经办人可以转办。",
            "Only the holder, the head of the section or the disclosure officer may reassign.",
            "domain:C1",
        )
    ]


def _may_nudge(uow: UnitOfWork, package: Package, person_id: int) -> list[Sentence]:
    """domain:C9: those who answer for the deadline urge: drafter, section, disclosure office, inspection."""
    held = {holding.role for holding in permissions.holdings(uow, person_id)}
    if package.drafter_id == person_id or held & MAY_NUDGE:
        return []
    return [
        Sentence(
            "催办由拟稿人、承办科室负责人、政务公开经办人或者监督检查员进行。",
            "The drafter, the head of the section, the disclosure officer and inspectors may urge.",
            "nudge",
        )
    ]
