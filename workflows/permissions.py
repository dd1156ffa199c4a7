"""Who may see and do what, on one page. Each question answers with all reasons against; [] = may.

What a person may do at a task (claim, decide) is asked in `assignments`; which stages exclude each
other in `separation`. Whoever may not see an unpublished package is told that it does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from engine import substitutes
from engine.clock import local_date
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows.errors import NotFound, NotPermitted
from workflows.models import Decision, OverrideAsk, Package, Person, RoleHolding, Unit
from workflows.vocabulary import OUTSIDE_THE_CHAIN, PACKAGE_STATUSES, ROLES

CHAIN_ROLES = frozenset(ROLES) - OUTSIDE_THE_CHAIN

#: A package is edited only while it lies with its drafter.
EDITABLE = frozenset({"draft", "returned"})


def ensure(reasons: Sequence[Sentence]) -> None:
    """Raise NotPermitted with all reasons, if there are any."""
    if reasons:
        raise NotPermitted(*reasons)


# --- who is asking ---


def is_system(uow: UnitOfWork) -> bool:
    """Set-up and timers act in the system's name, which no person can."""
    return uow.actor.id == SYSTEM.id


def actor_id(uow: UnitOfWork) -> int:
    """The acting person's id, or -1: nobody, who may see and do nothing."""
    return int(uow.actor.id) if uow.actor.id.isdecimal() else -1


def acting_person(uow: UnitOfWork) -> Person:
    """The person who acts; the system and those without an active account draft and sign nothing."""
    person = uow.session.get(Person, actor_id(uow))
    if person is None or not person.active:
        raise NotPermitted(Sentence("请先登录。", "Log in first."))
    return person


def ids(uow: UnitOfWork) -> tuple[int, ...]:
    """The actor, and whoever the actor stands in for, while that is in force."""
    mine, principal = actor_id(uow), uow.actor.acting_for
    return (mine, int(principal)) if principal and _lent(uow, uow.actor) else (mine,)


def holdings(uow: UnitOfWork, person_id: int) -> list[RoleHolding]:
    """The roles this person holds today; of an actor who stands in for somebody, theirs as far as lent."""
    return held_as(uow, uow.actor) if person_id == actor_id(uow) else own(uow, person_id)


def held_as(uow: UnitOfWork, actor: Actor) -> list[RoleHolding]:
    """What this actor may act in: their own roles, or those of the principal that were lent (domain:C7)."""
    if actor.acting_for is None:
        return own(uow, int(actor.id)) if actor.id.isdecimal() else []
    lent = _lent(uow, actor)
    held = own(uow, int(actor.acting_for)) if lent else []
    return [h for h in held if h.role in CHAIN_ROLES and (None in lent or h.role in lent)]


def _lent(uow: UnitOfWork, actor: Actor) -> list[str | None]:
    """The roles that the principal has lent to this actor and that are in force; None for all of the chain."""
    return [
        row.role
        for row in substitutes.in_force(uow, actor.id)
        if row.principal_id == actor.acting_for and row.principal_id.isdecimal()
    ]


def own(uow: UnitOfWork, person_id: int) -> list[RoleHolding]:
    """The roles that this person holds today, whoever they act for."""
    wanted = sa.select(RoleHolding).where(RoleHolding.person_id == person_id, holds_now(uow))
    return list(uow.session.scalars(wanted.order_by(RoleHolding.id)))


def holds_now(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """SQL: the holding is in force on the day of the act."""
    today = local_date(uow.now)
    return sa.and_(
        RoleHolding.revoked_at.is_(None),
        RoleHolding.valid_from <= today,
        sa.or_(RoleHolding.valid_until.is_(None), RoleHolding.valid_until >= today),
        RoleHolding.person_id.in_(sa.select(Person.id).where(Person.active)),
    )


def roles(uow: UnitOfWork) -> frozenset[str]:
    """The acting person's roles today, in whatever unit."""
    return frozenset(held.role for held in holdings(uow, actor_id(uow)))


# --- administration (domain:C1: three different persons, none of them in the chain) ---


def accounts_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Accounts and units belong to the system administrator."""
    return _only(uow, "sys_admin")


def roles_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Roles and policies belong to the security administrator."""
    return _only(uow, "sec_admin")


def processes_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Processes are proven and deployed by the system administrator."""
    return _only(uow, "sys_admin")


def repairs_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Repairs are seen by those who propose and confirm them."""
    return _only(uow, "sys_admin", "sec_admin")


def confirm_refusals(uow: UnitOfWork, proposed_by: int) -> list[Sentence]:
    """A repair needs a second person: the security administrator, who is not the one who proposed it."""
    reasons = _only(uow, "sec_admin")
    if actor_id(uow) == proposed_by:
        reasons.append(
            Sentence(
                "修复须由另一人确认，提出的人不能自己确认。",
                "A repair is confirmed by a second person, not by whoever proposed it.",
                "second_person",
            )
        )
    return reasons


def catalogue_refusals(uow: UnitOfWork, line: Sequence[int]) -> list[Sentence]:
    """domain:D11: a catalogue is kept by the disclosure office of its unit, or of one above. `line`: those."""
    return _only_in(uow, line, "ogi_officer")


def duty_refusals(uow: UnitOfWork, unit_id: int, line: Sequence[int]) -> list[Sentence]:
    """That something happened is entered by whoever drafts in the unit, or keeps its catalogue."""
    if not create_refusals(uow, unit_id):
        return []
    return catalogue_refusals(uow, line)


def adopt_refusals(uow: UnitOfWork, line: Sequence[int], proposed_by: int | None) -> list[Sentence]:
    """domain:A4.5: what was proposed is adopted by somebody who signs for the unit, never by the same person."""
    reasons = _only_in(uow, line, "final_reviewer", "principal")
    if proposed_by is not None and actor_id(uow) == proposed_by:
        reasons.append(
            Sentence(
                "提出的人不能自己批准，请由另一人批准。",
                "Whoever proposed it cannot adopt it.",
                "second_person",
            )
        )
    return reasons


def senior_refusals(uow: UnitOfWork, line: Sequence[int], allowed: Sequence[str]) -> list[Sentence]:
    """Exceptions are allowed by these roles of the unit or of one above."""
    return _only_in(uow, line, *allowed)


def _only_in(uow: UnitOfWork, line: Sequence[int], *allowed: str) -> list[Sentence]:
    """Like `_only`, for a role held in one of these units."""
    if is_system(uow):
        return []
    held = {item.role for item in holdings(uow, actor_id(uow)) if item.unit_id in line}
    if held.intersection(allowed):
        return []
    zh = "、".join(ROLES[role].zh for role in allowed)
    en = ", ".join(ROLES[role].en for role in allowed)
    return [
        Sentence(
            f"只有本单位或上级单位的{zh}可以这样做。",
            f"Only for: {en}, of this unit or of one above.",
            "domain:C1",
        )
    ]


def logs_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Log-ins, refusals and changes of accounts are read by the audit administrator and inspectors."""
    return _only(uow, "audit_admin", "inspector")


def inspection_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Cases as evidence are the inspector's place (domain:C1)."""
    return _only(uow, "inspector")


def export_refusals(uow: UnitOfWork) -> list[Sentence]:
    """Inspectors; and whoever runs commands on the server's own machine, who could read the file itself."""
    return inspection_refusals(uow) if uow.actor.id.isdecimal() else []


def directory_refusals(uow: UnitOfWork) -> list[Sentence]:
    """The list of people and their roles."""
    return _only(uow, "sys_admin", "sec_admin", "audit_admin", "inspector")


def _only(uow: UnitOfWork, *allowed: str) -> list[Sentence]:
    if is_system(uow) or roles(uow).intersection(allowed):
        return []
    zh = "、".join(ROLES[role].zh for role in allowed)
    en = ", ".join(ROLES[role].en for role in allowed)
    return [Sentence(f"只有{zh}可以这样做。", f"Only for: {en}.", "domain:C1")]


# --- packages ---


def create_refusals(uow: UnitOfWork, unit_id: int) -> list[Sentence]:
    """A drafter drafts in their own unit."""
    held = {item.role for item in holdings(uow, actor_id(uow)) if item.unit_id == unit_id}
    if uow.actor.acting_for is not None:
        return [
            Sentence(
                "代理他人时只办理任务，不能新建稿件。",
                "Whoever stands in does tasks and starts nothing new.",
                "standing_in",
            )
        ]
    if "drafter" in held:
        return []
    return [
        Sentence(
            "您在这个单位没有拟稿人角色，不能新建稿件。",
            "You do not hold the role of drafter in this unit.",
            "domain:C1",
        )
    ]


def visible(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """SQL: the acting person may see this package inside the house.

    Its drafter; those with a role of the chain in its unit; those with an open or done task on it;
    inspectors of its unit or of one above; whoever was asked to allow an exception. Published material is public elsewhere.
    """
    if is_system(uow):
        return sa.true()
    me, held = ids(uow), holdings(uow, actor_id(uow))
    names = [str(one) for one in me]
    chain = [item for item in held if item.role in CHAIN_ROLES]
    groups = [f"{item.role}:{item.unit_id}" for item in chain]
    mine = sa.or_(
        UserTask.assignee_id.in_(names),
        UserTask.closed_by.in_(names),
        sa.and_(UserTask.status == "open", UserTask.candidate_group.in_(groups)),
    )
    inspected = under(item.unit_id for item in held if item.role == "inspector")
    return sa.or_(
        Package.drafter_id.in_(me),
        Package.unit_id.in_([item.unit_id for item in chain]),
        Package.case_id.in_(sa.select(UserTask.instance_id).where(mine)),
        Package.unit_id.in_(inspected),
        Package.id.in_(sa.select(OverrideAsk.package_id).where(OverrideAsk.person_id.in_(me))),
    )


def under(roots: Iterable[int]) -> sa.Select[tuple[int]]:
    """SQL: these units and all below them."""
    tree = sa.select(Unit.id).where(Unit.id.in_(list(roots))).cte(recursive=True)
    tree = tree.union(sa.select(Unit.id).where(Unit.parent_id == tree.c.id))
    return sa.select(tree.c.id)


def get_package(uow: UnitOfWork, package_id: int, *, lock: bool = False) -> Package:
    """The package if the acting person may see it; NotFound if not, as if there were none."""
    wanted = sa.select(Package).where(Package.id == package_id, visible(uow))
    if lock:
        wanted = wanted.with_for_update(of=Package).execution_options(populate_existing=True)
    package = uow.session.scalar(wanted)
    if package is None:
        raise NotFound()
    return package


def viewers(uow: UnitOfWork, package: Package, people: Iterable[int]) -> list[int]:
    """Those of these people who may see the package: nobody else is told its title."""
    return [
        person
        for person in sorted(set(people))
        if uow.session.scalar(
            sa.select(Package.id).where(Package.id == package.id, visible(_seen_by(uow, person)))
        )
    ]


def _seen_by(uow: UnitOfWork, person_id: int) -> UnitOfWork:
    """The same transaction in the eyes of somebody else; for questions only."""
    return UnitOfWork(uow.session, Actor(str(person_id), ""), uow.now, uow.domain)


def edit_refusals(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """Only its drafter, and only while it lies with the drafter."""
    reasons = _only_drafter(uow, package)
    if package.status not in EDITABLE:
        status = PACKAGE_STATUSES[package.status]
        reasons.append(
            Sentence(
                f"本件“{status.zh}”，现在不能修改。",
                f"The item is “{status.en}” and cannot be edited now.",
            )
        )
    return reasons


def submit_refusals(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """Who may edit may submit; what has been submitted is resubmitted through its revision task."""
    return edit_refusals(uow, package)


def cancel_refusals(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """domain:C3: its drafter, or the head of the section, and not once it has ended."""
    reasons: list[Sentence] = []
    heads = {h.unit_id for h in holdings(uow, actor_id(uow)) if h.role == "unit_head"}
    if package.drafter_id not in ids(uow) and package.unit_id not in heads:
        reasons.append(
            Sentence(
                "只有拟稿人或承办科室负责人可以撤销本件。",
                "Only the drafter or the head of the section may cancel the item.",
            )
        )
    if package.status not in ("draft", "in_review", "returned", "on_hold"):
        status = PACKAGE_STATUSES[package.status]
        reasons.append(
            Sentence(
                f"本件“{status.zh}”，不能撤销。",
                f"The item is “{status.en}” and cannot be cancelled.",
            )
        )
    return reasons


def signed_already(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """domain:C3: what has its final signature is not cancelled but sent back by a reviewer."""
    signed = sa.select(Decision.id).where(
        Decision.package_id == package.id,
        Decision.stage.in_(("final_review", "principal_review")),
        Decision.outcome == "pass",
        Decision.voided_at.is_(None),
    )
    if uow.session.scalar(signed.limit(1)) is None:
        return []
    return [
        Sentence(
            "本件已经终审签发，不能撤销；如需停止发布，请由审核人退回。",
            "The item has passed its final review and cannot be cancelled; a reviewer may return it.",
            "domain:C3",
        )
    ]


def _only_drafter(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """The drafter, or whoever was handed the revision when the drafter could not do it."""
    if package.drafter_id in ids(uow) or _revises(uow, package):
        return []
    return [Sentence("只有本件的拟稿人可以这样做。", "Only the drafter of this item may do this.")]


def _revises(uow: UnitOfWork, package: Package) -> bool:
    held = sa.select(UserTask.id).where(
        UserTask.instance_id == package.case_id,
        UserTask.element_id == "revise",
        UserTask.status == "open",
        UserTask.assignee_id.in_([str(one) for one in ids(uow)]),
    )
    return uow.session.scalar(held) is not None
