"""What changed since I last looked: per person, whatever role they have here now (domain:C5).

A person knows a version if they opened it, decided on it or saved it. Who stands in for somebody has eyes of
their own, so what counts is who sat there, not in whose name.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.database import UnitOfWork
from workflows import showing
from workflows.compared import Comparison
from workflows.models import Decision, Package, PackageVersion, ReadMark


def since(uow: UnitOfWork, package: Package, version: PackageVersion) -> Comparison | None:
    """Against the latest earlier version that the actor knows; None if they know none or made this one."""
    if not uow.actor.id.isdecimal() or version.created_by == int(uow.actor.id):
        return None
    me = int(uow.actor.id)
    opened = sa.select(ReadMark.version_id).where(
        ReadMark.person_id == me, ReadMark.package_id == package.id
    )
    decided = sa.select(Decision.version_id).where(
        Decision.person_id == me, Decision.package_id == package.id
    )
    known = sa.or_(
        PackageVersion.id.in_(sa.union_all(opened, decided)), PackageVersion.created_by == me
    )
    seen = uow.session.scalar(
        sa.select(PackageVersion)
        .where(
            PackageVersion.package_id == package.id,
            PackageVersion.number < version.number,
            known,
        )
        .order_by(PackageVersion.number.desc())
        .limit(1)
    )
    return showing.compare(seen, version) if seen else None
