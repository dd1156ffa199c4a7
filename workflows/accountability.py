"""第一、主要、直接责任人: who answers for what a unit publishes, since when (domain:A1.12, B5, C1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, permissions, units
from workflows.errors import Refused
from workflows.models import Accountability, Person, Unit
from workflows.vocabulary import ACCOUNTABILITY


def accountable(uow: UnitOfWork, unit_id: int) -> dict[str, Accountability]:
    """By label who answers today for what a unit publishes: its own people, else those of the unit above."""
    line = units.upwards(uow, unit_id)
    today = local_date(uow.now)
    query = (
        sa.select(Accountability)
        .where(
            Accountability.unit_id.in_(line),
            Accountability.since <= today,
            sa.or_(Accountability.until.is_(None), Accountability.until >= today),
        )
        .options(joinedload(Accountability.person), joinedload(Accountability.unit))
        .order_by(Accountability.id)
    )
    rows = sorted(uow.session.scalars(query), key=lambda row: line.index(row.unit_id))
    found: dict[str, Accountability] = {}
    for label in ACCOUNTABILITY:
        row = next((row for row in rows if row.label == label), None)
        if row is not None:
            found[label] = row
    return found


def as_told(uow: UnitOfWork, unit_id: int) -> list[dict[str, str]]:
    """The same as the trail keeps it, for the sheet of an item (domain:C10)."""
    return [
        {"label": label, "person": row.person.name, "post": row.person.post}
        for label, row in accountable(uow, unit_id).items()
    ]


def set_accountable(
    uow: UnitOfWork, unit_id: int, holders: Mapping[str, int | None], since: date | None = None
) -> None:
    """Name who holds each label in a unit, or nobody; from today or a later day. Only the security administrator."""
    permissions.ensure(permissions.roles_refusals(uow))
    unit, today = units.get_unit(uow, unit_id), local_date(uow.now)
    first = since or today
    reasons = []
    if unknown := [label for label in holders if label not in ACCOUNTABILITY]:
        reasons.append(Sentence(f"没有“{unknown[0]}”这种责任。", f"Unknown label: {unknown[0]}."))
    if first < today:
        reasons.append(Sentence("不能从过去的日期起。", "It cannot begin in the past."))
    chosen = {label: one for label, one in holders.items() if one is not None}
    known = uow.session.scalars(
        sa.select(Person.id).where(Person.id.in_(chosen.values()), Person.active)
    )
    if set(chosen.values()) - set(known):
        reasons.append(Sentence("请选择在用的人员。", "Choose people with an active account."))
    if reasons:
        raise Refused(*reasons)
    for label, person_id in holders.items():
        _hand_over(uow, unit, label, person_id, first)


def _hand_over(uow: UnitOfWork, unit: Unit, label: str, person_id: int | None, first: date) -> None:
    running = uow.session.scalars(
        sa.select(Accountability).where(
            Accountability.unit_id == unit.id,
            Accountability.label == label,
            sa.or_(Accountability.until.is_(None), Accountability.until >= first),
        )
    ).all()
    if [row.person_id for row in running] == ([person_id] if person_id else []):
        return
    for row in running:
        if row.since >= first:
            uow.session.delete(row)
        else:
            row.until = first - timedelta(days=1)
    name = "—"
    if person_id is not None:
        name = uow.session.get_one(Person, person_id).name
        uow.session.add(
            Accountability(
                unit_id=unit.id,
                label=label,
                person_id=person_id,
                since=first,
                set_by=uow.actor.id,
                set_at=uow.now,
            )
        )
    uow.session.flush()
    events.record(
        uow,
        "unit.accountable_set",
        subject=f"unit:{unit.id}",
        data={
            "name": unit.name,
            "label": ACCOUNTABILITY[label].zh,
            "label_en": ACCOUNTABILITY[label].en,
            "person": name,
            "since": first,
        },
    )
