"""What has to be seen at a glance of an emergency: why, approved by whom and when, and which passes follow the
release until when (domain:C3, C4)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from engine import working_days
from engine.database import UnitOfWork
from workflows import deadlines, overrides
from workflows.models import Publication
from workflows.overrides import Allowed
from workflows.parameters import EMERGENCY
from workflows.profiles import LATER_WITHIN, PROFILES
from workflows.read_models import Due, PackagePage, StageView


@dataclass(frozen=True, slots=True)
class Emergency:
    """`later`: the passes after the release, each with where it is; `due`: once it is out, until all are done."""

    approved: Allowed | None
    later: tuple[StageView, ...]
    due: Due | None


def of(uow: UnitOfWork, page: PackagePage) -> Emergency | None:
    """None for an item that goes another way."""
    profile = PROFILES["emergency"]
    if page.chain.code != profile.key:
        return None
    package_id = page.package.package_id
    later = tuple(
        one for one in page.ribbon if one.element in profile.later and one.state != "skipped"
    )
    released = uow.session.scalar(
        sa.select(Publication.published_at).where(Publication.package_id == package_id)
    )
    due = None
    if released is not None and any(one.state != "done" for one in later):
        working = working_days.load(uow).is_workday
        due = deadlines.due(released + LATER_WITHIN, uow.now, False, working)
    return Emergency(overrides.latest(uow, package_id, EMERGENCY.key), later, due)
