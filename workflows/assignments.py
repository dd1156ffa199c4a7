"""Who may take which task: routing when it opens, eligibility at claim and again at completion.

The engine asks `refusals` under the case's lock and `candidates` when a task opens; pages ask the same
two, so that what a page promises is what the verb will do (domain:C1, C7).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from engine import moves, user_tasks
from engine.database import Actor, Candidates, UnitOfWork
from engine.elements import TaskRule
from engine.models import AuditEntry, ProcessInstance, UserTask
from engine.text import Sentence
from workflows import draft_limits, notices, permissions, separation, units
from workflows.errors import Refused
from workflows.lifecycle import package_of
from workflows.models import Decision, Package, Person, RoleHolding, Unit
from workflows.vocabulary import OUTSIDE_THE_CHAIN, PROOFREADING_STAGES, ROLES, STAGES, label

#: Queue of tasks that nobody may take: 无合格人员. Never relaxed, shown to those who grant roles.
NOBODY = "nobody:"
#: These come back to one person; another may hold them only by reassignment.
PERSONAL = frozenset({"revise", "sign_confirmation"})
#: Signing is done at one of these; the confirmation goes to whoever did it.
SIGNING = ("final_review", "principal_review")
#: domain:C1: these roles of the item's unit may hand a task of others on.
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
    found = eligible_members(uow, task, package_of(uow, task))
    return [one for one in found if str(one) != task.assignee_id]


def why_not(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Every reason against the actor taking or deciding this task now."""
    verb: user_tasks.Verb = "complete" if task.assignee_id == uow.actor.id else "claim"
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
    received = actor.id != uow.actor.id or task.assignee_id == actor.id
    return ineligible(uow, task, package, actor, received=received)


def ineligible(
    uow: UnitOfWork, task: UserTask, package: Package, actor: Actor, *, received: bool = False
) -> list[Sentence]:
    """Role, separation of duties and personal tasks; `received` means handed to the actor by somebody."""
    person_id = int(actor.id)
    person = uow.session.get(Person, person_id)
    if person is None or not person.active:
        return [Sentence("该账号已停用。", "This account is deactivated.", "inactive")]
    held = permissions.holdings(uow, person_id)
    reasons = [
        *separation.outside_the_chain({holding.role for holding in held}),
        *_without_role(task, held),
        *_conflicts(uow, package, task.element_id, person_id, actor.acting_for),
    ]
    if task.element_id in PERSONAL and not received:
        reasons.extend(_not_theirs(uow, task, package, person_id))
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


def _conflicts(
    uow: UnitOfWork, package: Package, stage: str, person_id: int, acting_for: str | None
) -> list[Sentence]:
    if stage not in separation.KIND_OF:
        return []
    return separation.conflicts(
        setting(uow, package),
        stage,
        acts(uow, package),
        person_id,
        acting_for=int(acting_for) if acting_for and acting_for.isdecimal() else None,
    )


def setting(uow: UnitOfWork, package: Package) -> str:
    """The separation matrix of the package's unit."""
    unit = uow.session.get(Unit, package.unit_id)
    return unit.separation if unit else "default"


def acts(uow: UnitOfWork, package: Package) -> list[separation.Act]:
    """The drafting and every decision so far, voided ones too: who has seen a text has seen it. Who
    co-signed or gave an opinion on a stage counts like who decided it."""
    rows = uow.session.execute(
        sa.select(Decision.stage, Decision.person_id, Decision.acting_for_id)
        .where(Decision.package_id == package.id)
        .order_by(Decision.id)
    )
    done = [(stage, person, for_whom) for stage, person, for_whom in rows]
    return [("draft", package.drafter_id, None), *done, *given_inside(uow, package)]


def given_inside(uow: UnitOfWork, package: Package) -> list[separation.Act]:
    """Signatures and opinions given inside tasks, by whoever gave them, for whomever; from the trail, which
    alone knows both (domain:C7, C8)."""
    if package.case_id is None:
        return []
    wanted = sa.select(AuditEntry.actor_id, AuditEntry.acting_for, AuditEntry.payload).where(
        AuditEntry.case_id == package.case_id, AuditEntry.action.in_(moves.INSIDE)
    )
    rows = uow.session.execute(wanted.order_by(AuditEntry.case_seq))
    return [
        (json.loads(payload)["data"]["element"], int(who), int(for_whom) if for_whom else None)
        for who, for_whom, payload in rows
    ]


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


def _not_theirs(
    uow: UnitOfWork, task: UserTask, package: Package, person_id: int
) -> list[Sentence]:
    """Only its owner may claim a personal task, as long as there is one who can still do it."""
    owner = _owner(uow, package, task.element_id)
    if owner in (None, person_id) or owner not in members(uow, task.candidate_group):
        return []
    return _personal(task, "由他人认领", "claimed by others")


def _owner(uow: UnitOfWork, package: Package, stage: str) -> int | None:
    """Whose task this is: the drafter's (or who revised last in their stead), the signer's."""
    done = _last(uow, package.id, SIGNING if stage == "sign_confirmation" else (stage,))
    if done is not None:
        return done.person_id
    return package.drafter_id if stage == "revise" else None


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


# -- routing ----------------------------------------------------------------------------------------


def candidates(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> Candidates:
    """Where a task goes when it opens; nobody eligible means the queue 无合格人员, never a relaxed rule."""
    package = package_of(uow, case)
    if rule.id == "revise":
        return _to_drafter(uow, package)
    if rule.id == "sign_confirmation":
        return _to_signer(uow, package, rule)
    group, members = group_near(uow, package.unit_id, rule.candidate_role or "")
    free = _eligible(uow, package, rule.id, members)
    if not free:
        return Candidates(f"{NOBODY}{rule.candidate_role}")
    if rule.id in PROOFREADING_STAGES:
        corrector = _last(uow, package.id, (rule.id,))
        if corrector and corrector.outcome == "corrected" and corrector.person_id in free:
            return Candidates(group, str(corrector.person_id))
    return Candidates(group)


def _to_drafter(uow: UnitOfWork, package: Package) -> Candidates:
    """Back to who drafted or revised it; if they left, to the drafters of the unit who may still."""
    group, owner = f"drafter:{package.unit_id}", _owner(uow, package, "revise")
    free = _eligible(uow, package, "revise", members(uow, group))
    if not free:
        return Candidates(f"{NOBODY}drafter")
    return Candidates(group, str(owner) if owner in free else None)


def _to_signer(uow: UnitOfWork, package: Package, rule: TaskRule) -> Candidates:
    """Whoever signed confirms; if they can no longer, whoever holds the role they signed in."""
    signed = _last(uow, package.id, SIGNING)
    role = "principal" if signed and signed.stage == "principal_review" else rule.candidate_role
    group, members = group_near(uow, package.unit_id, role or "")
    free = _eligible(uow, package, rule.id, members)
    if signed and signed.person_id in free:
        return Candidates(group, str(signed.person_id))
    return Candidates(group) if free else Candidates(f"{NOBODY}{role}")


def _last(uow: UnitOfWork, package_id: int, stages: Iterable[str]) -> Decision | None:
    return uow.session.scalar(
        sa.select(Decision)
        .where(Decision.package_id == package_id, Decision.stage.in_(list(stages)))
        .order_by(Decision.id.desc())
        .limit(1)
    )


def group_near(uow: UnitOfWork, unit_id: int, role: str) -> tuple[str, list[int]]:
    """The group of `role` at the unit or the nearest unit above that has anybody in it today."""
    line = [unit.id for unit in units.line_upwards(uow, unit_id)]
    found: dict[int, list[int]] = {}
    query = (
        sa.select(RoleHolding.unit_id, RoleHolding.person_id)
        .where(RoleHolding.role == role, RoleHolding.unit_id.in_(line), permissions.holds_now(uow))
        .order_by(RoleHolding.person_id)
    )
    for at, person_id in uow.session.execute(query):
        found.setdefault(at, []).append(person_id)
    nearest = next((unit for unit in line if unit in found), unit_id)
    return f"{role}:{nearest}", list(dict.fromkeys(found.get(nearest, ())))


def holders_near(uow: UnitOfWork, unit_id: int, role: str) -> list[int]:
    """The people of that group."""
    return group_near(uow, unit_id, role)[1]


def members(uow: UnitOfWork, group: str) -> list[int]:
    """Who is in a group today; the queue of nobody has no members."""
    role, _, unit = group.partition(":")
    if not unit.isdecimal():
        return []
    query = sa.select(RoleHolding.person_id).where(
        RoleHolding.role == role, RoleHolding.unit_id == int(unit), permissions.holds_now(uow)
    )
    return sorted(set(uow.session.scalars(query)))


def _eligible(uow: UnitOfWork, package: Package, stage: str, people_ids: Sequence[int]) -> set[int]:
    """Those of `people_ids` whom neither separation nor a role outside the chain keeps from `stage`."""
    if not people_ids:
        return set()
    outside = uow.session.scalars(
        sa.select(RoleHolding.person_id).where(
            RoleHolding.person_id.in_(people_ids),
            RoleHolding.role.in_(sorted(OUTSIDE_THE_CHAIN)),
            permissions.holds_now(uow),
        )
    )
    inside = set(people_ids) - set(outside)
    done, how = acts(uow, package), setting(uow, package)
    return {one for one in inside if not separation.conflicts(how, stage, done, one)}


def eligible_members(uow: UnitOfWork, task: UserTask, package: Package) -> list[int]:
    """Those of a task's group who could do it today."""
    found = members(uow, task.candidate_group)
    return sorted(_eligible(uow, package, task.element_id, found))
