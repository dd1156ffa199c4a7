"""Which profile an item goes by: chosen when it is handed in, and read from its case ever after."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import ProcessDefinition, ProcessInstance
from workflows import parameters, profiles, repost_sources, units
from workflows.content import Content
from workflows.models import Package
from workflows.profiles import Choice, Profile


def profile_of(uow: UnitOfWork, case: ProcessInstance) -> Profile:
    """The profile that a case was begun with."""
    wanted = ProcessDefinition.id == case.definition_id
    key = uow.session.scalar(sa.select(ProcessDefinition.key).where(wanted))
    return profiles.profile(key or "")


def choose(uow: UnitOfWork, package: Package, content: Content) -> Choice:
    """The way that the item would go if it were handed in now."""
    return profiles.choose(
        content,
        separation=units.get_unit(uow, package.unit_id).separation,
        interleaved=bool(parameters.rules(uow, package.unit_id).number(parameters.INTERLEAVED)),
        sources=sources(uow, package, content),
    )


def current(uow: UnitOfWork, package: Package, content: Content) -> Profile:
    """The profile of the item's case, or the one it would get."""
    case = uow.session.get(ProcessInstance, package.case_id) if package.case_id else None
    return profile_of(uow, case) if case else choose(uow, package, content).profile


def sources(
    uow: UnitOfWork, package: Package, content: Content, at: datetime | None = None
) -> frozenset[str]:
    """Where the item may be reposted from besides the government's websites, now or at an instant before."""
    if content.metadata.source != "repost":
        return frozenset()
    return repost_sources.hosts(uow, package.unit_id, at)
