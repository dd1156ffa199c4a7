"""Two hands at the same moment: one case, one version, no number twice; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.errors import EngineError
from engine.models import ProcessInstance
from tests import factories
from tests.conftest import Database, OpenUow
from tests.factories import DRAFT, County, with_metadata
from workflows import drafting, people
from workflows.errors import WorkflowError
from workflows.handlers import DOMAIN
from workflows.models import Package, PackageVersion
from workflows.passwords import CHEAP


def at_once(
    database: Database,
    county: County,
    act: Callable[[UnitOfWork, int], object],
    times: int,
    login: str = "drafter",
) -> list[str]:
    """Run the act in as many threads; "ok" or the name of each refusal."""
    together = threading.Barrier(times)
    said: list[str] = []

    def run(number: int) -> None:
        together.wait()
        try:
            with database.open(county.actor(login), domain=DOMAIN) as work:
                act(work, number)
                work.commit()
            said.append("ok")
        except (WorkflowError, EngineError) as refusal:
            said.append(type(refusal).__name__ if refusal.reasons else "no reason")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(said)


def new_package(uow: OpenUow, county: County) -> tuple[int, str]:
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, DRAFT).id
        digest = factories.current(work, package_id).digest
        work.commit()
    return package_id, digest


def test_four_submissions_make_one_case(uow: OpenUow, database: Database, county: County) -> None:
    package_id, digest = new_package(uow, county)
    said = at_once(
        database, county, lambda work, _: drafting.submit(work, package_id, digest=digest), 4
    )
    assert said == ["NotPermitted"] * 3 + ["ok"]
    with uow(county.actor("drafter")) as work:
        assert work.session.scalar(sa.select(sa.func.count()).select_from(ProcessInstance)) == 1


def test_four_savers_make_one_version(uow: OpenUow, database: Database, county: County) -> None:
    package_id, _ = new_package(uow, county)

    def save(work: UnitOfWork, number: int) -> None:
        draft = with_metadata(column=f"栏目{number}")
        drafting.save(work, package_id, draft, base_version=1)

    assert at_once(database, county, save, 4) == ["DocumentChanged"] * 3 + ["ok"]
    with uow(county.actor("drafter")) as work:
        assert work.session.scalar(sa.select(sa.func.count()).select_from(PackageVersion)) == 2


def test_numbers_are_given_once(uow: OpenUow, database: Database, county: County) -> None:
    said = at_once(database, county, lambda work, _: drafting.create(work, DRAFT), 6)
    assert said == ["ok"] * 6
    with uow(county.actor("drafter")) as work:
        numbers = work.session.scalars(sa.select(Package.number).order_by(Package.number)).all()
    assert numbers == [f"2026-{number:06d}" for number in range(1, 7)]


def test_same_file_stored_twice_at_once_is_one_file(
    uow: OpenUow, database: Database, county: County
) -> None:
    said = at_once(
        database, county, lambda work, _: drafting.store_file(work, "甲.txt", b"same bytes"), 4
    )
    assert said == ["ok"] * 4


def test_one_login_is_created_once(uow: OpenUow, database: Database, county: County) -> None:
    def create(work: UnitOfWork, number: int) -> None:
        unit = county.units["works"]
        people.create_person(
            work, login="neu", name="新人", unit_id=unit, password=factories.PASSWORD, hasher=CHEAP
        )

    said = at_once(database, county, create, 3, login="sysadmin")
    assert said == ["Refused", "Refused", "ok"]
