"""The tree of units: a government, its office and departments, its towns."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, permissions, typed
from workflows.errors import NotFound, Refused
from workflows.models import Unit
from workflows.models.people import UNIT_KINDS


def get_unit(uow: UnitOfWork, unit_id: int) -> Unit:
    """The unit, or NotFound."""
    unit = uow.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound()
    return unit


def list_units(uow: UnitOfWork) -> list[Unit]:
    """All units, parents before their children, names in order."""
    found = list(uow.session.scalars(sa.select(Unit).order_by(Unit.name, Unit.id)))
    ordered: list[Unit] = []

    def add_under(parent_id: int | None) -> None:
        for unit in found:
            if unit.parent_id == parent_id:
                ordered.append(unit)
                add_under(unit.id)

    add_under(None)
    return ordered


def line_upwards(uow: UnitOfWork, unit_id: int) -> list[Unit]:
    """The unit itself, then each unit above it, the nearest first."""
    line: list[Unit] = []
    unit: Unit | None = get_unit(uow, unit_id)
    while unit is not None and unit not in line:
        line.append(unit)
        unit = uow.session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    return line


def upwards(uow: UnitOfWork, unit_id: int) -> list[int]:
    """The ids of that line, the nearest first."""
    return [unit.id for unit in line_upwards(uow, unit_id)]


def subtree(uow: UnitOfWork, roots: Sequence[int]) -> set[int]:
    """The ids of these units and everything under them."""
    pairs = uow.session.execute(sa.select(Unit.id, Unit.parent_id)).all()
    inside = set(roots)
    while grown := {id_ for id_, parent in pairs if parent in inside} - inside:
        inside |= grown
    return inside


def create_unit(
    uow: UnitOfWork,
    *,
    code: str,
    name: str,
    kind: str,
    parent_id: int | None = None,
    public_entity: bool = False,
) -> Unit:
    """A new unit. Only the system administrator."""
    permissions.ensure(permissions.accounts_refusals(uow))
    code, name, reasons = typed.line(code), typed.line(name), []
    if kind not in UNIT_KINDS:
        reasons.append(Sentence(f"没有“{kind}”这类单位。", f"Unknown kind of unit: {kind}."))
    if not code or not name:
        reasons.append(Sentence("单位代码和名称不能为空。", "A unit needs a code and a name."))
    if uow.session.scalar(sa.select(Unit.id).where(Unit.code == code)) is not None:
        reasons.append(Sentence(f"单位代码“{code}”已被使用。", f"Unit code “{code}” is taken."))
    if reasons:
        raise Refused(*reasons)
    if parent_id is not None:
        get_unit(uow, parent_id)
    unit = Unit(
        code=code,
        name=name,
        kind=kind,
        parent_id=parent_id,
        public_entity=public_entity,
        created_at=uow.now,
    )
    uow.session.add(unit)
    uow.session.flush()
    events.record(uow, "unit.created", subject=f"unit:{unit.id}", data={"name": unit.name})
    return unit
