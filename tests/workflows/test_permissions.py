"""Who sees a package: a table of people against the position of the item."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import user_tasks
from engine.database import Actor
from tests import factories
from tests.conftest import OpenUow
from tests.factories import DRAFT, STAFF, County
from workflows import drafting, permissions
from workflows.errors import NotFound, NotPermitted
from workflows.models import Package

#: Those with a role of the chain in the package's own unit, and the inspector above it.
ALWAYS = {"drafter", "drafter2", "head", "first", "second", "inspector"}


def seen_by(uow: OpenUow, county: County, package_id: int) -> set[str]:
    seen = set()
    for login in STAFF:
        with uow(county.actor(login)) as work:
            try:
                permissions.get_package(work, package_id)
                seen.add(login)
            except NotFound:
                continue
    return seen


def test_who_sees_a_package_at_each_position(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, DRAFT).id
        work.commit()
    assert seen_by(uow, county, package_id) == ALWAYS

    with uow(county.actor("drafter")) as work:
        digest = factories.current(work, package_id).digest
        case_id = drafting.submit(work, package_id, digest=digest).case_id or 0
        work.commit()
    assert seen_by(uow, county, package_id) == ALWAYS | {"ogi"}

    with uow(county.actor("ogi")) as work:
        task = user_tasks.for_case(work, case_id)[0]
        user_tasks.claim(work, task.id)
        user_tasks.complete(work, task.id, "proactive")
        work.commit()
    # who has done a task keeps seeing the item; who is asked next begins to
    assert seen_by(uow, county, package_id) == ALWAYS | {"ogi", "secrecy"}


def test_inspector_sees_their_own_part_of_the_tree_only(uow: OpenUow, county: County) -> None:
    with uow(Actor("system", "系统")) as work:
        town = factories.hire(work, "town.inspector", "乡察", county.units["town"], "inspector")
        work.commit()
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, DRAFT).id
        work.commit()
    with uow(Actor(str(town), "乡察")) as work, pytest.raises(NotFound):
        permissions.get_package(work, package_id)


def test_nobody_and_strangers_see_nothing(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        drafting.create(work, DRAFT)
        work.commit()
    for actor in (Actor("visitor", "访客"), Actor("999", "无此人"), Actor("", "")):
        with uow(actor) as work:
            found = work.session.scalars(sa.select(Package).where(permissions.visible(work)))
            assert list(found) == []
            with pytest.raises(NotPermitted):
                permissions.acting_person(work)


def test_role_in_another_unit_shows_nothing(uow: OpenUow, county: County) -> None:
    with uow(Actor("system", "系统")) as work:
        stranger = factories.hire(work, "elsewhere", "别处", county.units["town"], "drafter")
        work.commit()
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, DRAFT).id
        work.commit()
    with uow(Actor(str(stranger), "别处")) as work, pytest.raises(NotFound):
        permissions.get_package(work, package_id)
