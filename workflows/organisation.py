"""The house changes: units are renamed, moved and closed, people move and are promoted.

What was decided under the old name keeps it: the trail and the decisions carry their own words.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, people, permissions, rerouting, typed, units
from workflows.errors import Refused
from workflows.models import Package, Person, Unit
from workflows.models.people import UNIT_KINDS
from workflows.separation import SETTINGS

#: A unit is not closed while one of its items is still on its way.
_UNDER_WAY = ("in_review", "returned", "on_hold")


def change_unit(
    uow: UnitOfWork,
    unit_id: int,
    *,
    name: str,
    kind: str,
    parent_id: int | None,
    public_entity: bool = False,
) -> Unit:
    """Another name, kind or place in the tree; its code stays. Only the system administrator.

    Open tasks stay with those who have them; what opens from now on goes along the new line, and so does
    what nobody could do.
    """
    permissions.ensure(permissions.accounts_refusals(uow))
    unit, plain = units.get_unit(uow, unit_id), typed.line(name)
    reasons = []
    if not 0 < len(plain) <= 100:
        reasons.append(
            Sentence(
                "请填写单位名称，100 字以内。", "A unit needs a name of 100 characters at most."
            )
        )
    if kind not in UNIT_KINDS:
        reasons.append(Sentence(f"没有“{kind}”这类单位。", f"Unknown kind of unit: {kind}."))
    if parent_id is not None and parent_id in units.subtree(uow, [unit_id]):
        reasons.append(
            Sentence(
                "上级单位不能是本单位或它的下级。",
                "A unit cannot stand under itself or under one of its own.",
            )
        )
    elif parent_id is not None and not units.get_unit(uow, parent_id).active:
        reasons.append(Sentence("上级单位已撤销。", "The unit above is closed."))
    if reasons:
        raise Refused(*reasons)
    before = (unit.name, unit.kind, unit.parent_id, unit.public_entity)
    if before == (plain, kind, parent_id, public_entity):
        return unit
    unit.name, unit.kind, unit.parent_id = plain, kind, parent_id
    unit.public_entity = public_entity
    events.record(
        uow,
        "unit.changed",
        subject=f"unit:{unit.id}",
        data={"name": plain, "before": before[0], "kind": kind, "parent": parent_id},
    )
    uow.session.flush()
    rerouting.review(uow, unit_ids=units.subtree(uow, [unit.id]))
    return unit


def set_separation(uow: UnitOfWork, unit_id: int, setting: str) -> None:
    """Choose the separation matrix of a unit's packages. Only the security administrator.

    Open tasks that their holders may not do by the new one go to others at once.
    """
    permissions.ensure(permissions.roles_refusals(uow))
    unit = units.get_unit(uow, unit_id)
    if setting not in SETTINGS:
        raise Refused(Sentence(f"没有“{setting}”这种设置。", f"Unknown setting: {setting}."))
    if unit.separation == setting:
        return
    before, unit.separation = unit.separation, setting
    events.record(
        uow,
        "unit.separation_set",
        subject=f"unit:{unit.id}",
        data={"name": unit.name, "before": before, "after": setting},
    )
    uow.session.flush()
    rerouting.review(uow, unit_ids=[unit.id])


def close_unit(uow: UnitOfWork, unit_id: int) -> None:
    """撤销单位: nobody works in it, nothing is under way in it, no open unit stands under it."""
    permissions.ensure(permissions.accounts_refusals(uow))
    unit = units.get_unit(uow, unit_id)
    here = (
        (Person.unit_id == unit_id, Person.active.is_(True)),
        (Unit.parent_id == unit_id, Unit.active.is_(True)),
        (Package.unit_id == unit_id, Package.status.in_(_UNDER_WAY)),
    )
    asked = [sa.select(sa.func.count()).where(*each).scalar_subquery() for each in here]
    staff, below, items = uow.session.execute(sa.select(*asked)).one()
    reasons = [
        Sentence(zh.format(n=number), en.format(n=number))
        for number, zh, en in (
            (
                staff,
                "还有 {n} 名在用人员，请先调到别的单位。",
                "{n} people work in it; move them first.",
            ),
            (below, "还有 {n} 个下级单位。", "{n} units stand under it."),
            (items, "还有 {n} 件稿件在办理中。", "{n} items are under way."),
        )
        if number
    ]
    if not unit.active:
        reasons.append(Sentence("这个单位已经撤销。", "The unit is closed already."))
    if reasons:
        raise Refused(*reasons)
    unit.active = False
    events.record(uow, "unit.closed", subject=f"unit:{unit.id}", data={"name": unit.name})
    uow.session.flush()


def reopen_unit(uow: UnitOfWork, unit_id: int) -> None:
    """恢复单位."""
    permissions.ensure(permissions.accounts_refusals(uow))
    unit = units.get_unit(uow, unit_id)
    if unit.active:
        return
    unit.active = True
    events.record(uow, "unit.reopened", subject=f"unit:{unit.id}", data={"name": unit.name})
    uow.session.flush()


def change_person(uow: UnitOfWork, person_id: int, *, name: str, post: str, unit_id: int) -> Person:
    """Another name, post or unit. Only the system administrator; roles are another's business (domain:C1)."""
    permissions.ensure(permissions.accounts_refusals(uow))
    person, unit = people.get_person(uow, person_id), units.get_unit(uow, unit_id)
    plain, office = typed.line(name), typed.line(post)
    reasons = []
    if not 0 < len(plain) <= 60:
        reasons.append(Sentence("请填写姓名，60 字以内。", "A name has 1 to 60 characters."))
    if len(office) > 60:
        reasons.append(Sentence("职务最多 60 字。", "A post has at most 60 characters."))
    if not unit.active:
        reasons.append(Sentence("这个单位已撤销。", "The unit is closed."))
    if reasons:
        raise Refused(*reasons)
    if (person.name, person.post, person.unit_id) == (plain, office, unit_id):
        return person
    before = f"{person.unit.name}{person.post}{person.name}"
    person.name, person.post, person.unit_id = plain, office, unit_id
    events.record(
        uow,
        "person.changed",
        subject=f"person:{person.id}",
        data={"before": before, "name": f"{unit.name}{office}{plain}"},
    )
    uow.session.flush()
    return person
