"""Pages at two sizes of the same county: what they ask of the database does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from engine import schema
from engine.database import Actor, UnitOfWork, make_engine
from tests.webapp.conftest import Browser
from webapp import create_app
from workflows.demo import loading
from workflows.demo.county import PASSWORD
from workflows.handlers import DOMAIN

pytestmark = pytest.mark.slow

#: Who opens what; every list of the house.
PAGES = (
    ("first_reviewer", "/tasks"),
    ("first_reviewer", "/tasks/available"),
    ("first_reviewer", "/tasks/done"),
    ("first_reviewer", "/messages/"),
    ("drafter", "/packages/"),
    ("ogi_officer", "/duties/"),
    ("ogi_officer", "/catalogue/"),
    ("inspector", "/inspection/"),
    ("inspector", "/inspection/registers/in_progress"),
    ("inspector", "/inspection/registers/returned"),
    ("inspector", "/inspection/registers/not_published"),
    ("inspector", "/inspection/figures"),
    ("sys_admin", "/people"),
    ("sys_admin", "/units"),
    ("sec_admin", "/rules/"),
    ("sec_admin", "/rules/sources"),
    ("audit_admin", "/entries"),
    ("", "/public/"),
)


def county(folder: Path, documents: int) -> Flask:
    """The large demo with so many documents, loaded through the real verbs."""
    settings = config.load(
        {},
        mode="test",
        home=folder,
        database_url=f"sqlite:///{folder / 'sanshen.db'}",
        secret_key="only-for-tests",
        site_name="云岚县人民政府",
        argon2_cheap=True,
    )
    engine = make_engine(settings.database_url)
    schema.upgrade(engine, version_locations=[Path("workflows/migrations/versions").absolute()])
    sessions = sa.orm.sessionmaker(engine)

    def do(actor: Actor, at: datetime, act: Callable[[UnitOfWork], object]) -> object:
        with UnitOfWork(sessions(), actor, at, DOMAIN) as work:
            answer = act(work)
            work.commit()
            return answer

    now = datetime.now(UTC)
    loading.load(do, now, lambda _told: None, loading.large(now, documents))  # type: ignore[arg-type]
    return create_app(settings, engine=engine)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    sent: list[str] = []
    engine = app.extensions["sanshen"].engine

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def costs(app: Flask) -> dict[str, int]:
    """Statements of each page, the second time it is opened."""
    found = {}
    for login, path in PAGES:
        browser = Browser(app.test_client())
        if login:
            assert browser.log_in(login, PASSWORD).status_code == 303
        assert browser.get(path).status_code == 200, path
        with counted(app) as sent:
            browser.get(path)
        found[path] = len(sent)
    return found


def test_no_list_asks_more_of_a_larger_county(tmp_path: Path) -> None:
    few, many = (tmp_path / name for name in ("few", "many"))
    few.mkdir()
    many.mkdir()
    small, large = costs(county(few, 40)), costs(county(many, 140))
    grown = {path: (small[path], large[path]) for path in small if large[path] > small[path] + 1}
    assert grown == {}
    assert max(large.values()) < 60
