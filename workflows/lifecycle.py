"""Which package a case is about, and what the case's position makes of the package's status.

The status is a cached word for lists; it is set here and nowhere else once a package is submitted.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import ProcessInstance, UserTask
from workflows.errors import NotFound
from workflows.models import Package, PackageVersion, Publication

#: End events of bpmn/publishing.bpmn and the status in which each leaves the package.
ENDED_AS = {
    "published": "published",
    "on_request_registered": "on_request",
    "not_disclosed_registered": "not_disclosed",
    "rejected": "rejected",
    "cancelled": "cancelled",
}


def package_id_of(business_key: str) -> int:
    """The package that a case is about; the inverse of `Package.business_key`."""
    kind, _, number = business_key.partition(":")
    if kind != "package" or not number.isdecimal():
        raise NotFound
    return int(number)


def package_of(uow: UnitOfWork, case: ProcessInstance | UserTask) -> Package:
    """The package of a case or of a task."""
    package = uow.session.get(Package, package_id_of(case.business_key))
    if package is None:
        raise NotFound
    return package


def current_version(uow: UnitOfWork, package: Package) -> PackageVersion:
    """The version that everything now is about."""
    version = uow.session.get(PackageVersion, package.current_version_id)
    if version is None:
        raise NotFound
    return version


def status_of(ended_as: str | None, cancelled: bool, open_at: Collection[str], out: bool) -> str:
    """The word for a position. A released package counts as published while read-back is open."""
    if cancelled:
        return "cancelled"
    if ended_as is not None:
        return ENDED_AS[ended_as]
    if out:
        return "published"
    if "revise" in open_at:
        return "returned"
    return "on_hold" if "on_hold" in open_at else "in_review"


def settle(uow: UnitOfWork, package: Package, case: ProcessInstance) -> str:
    """Set the package's status from where the case stands after an act."""
    uow.session.flush()
    open_at = uow.session.scalars(
        sa.select(UserTask.element_id).where(
            UserTask.instance_id == case.id, UserTask.status == "open"
        )
    ).all()
    out = uow.session.scalar(sa.select(sa.func.count()).where(Publication.package_id == package.id))
    package.status = status_of(case.ended_as, case.status == "cancelled", open_at, bool(out))
    return package.status
