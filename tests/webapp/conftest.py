"""The application on a migrated database, a small office in it, and browsers that are logged in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import config
from engine.database import SYSTEM, UnitOfWork
from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, Database
from webapp import create_app
from webapp.transaction import Store
from workflows import passwords, people, units
from workflows.handlers import DOMAIN
from workflows.people import RoleGrant

PASSWORD = "a-long-test-password"
#: Our own pages send this; a foreign page cannot.
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Office:
    """A unit and its people, by log-in."""

    unit_id: int
    ids: dict[str, int] = field(default_factory=dict)


class Browser:
    """A test client that finds the token on the page, as a browser would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)  # type: ignore[arg-type]

    def post(self, path: str, page: str | None = None, **fields: object) -> TestResponse:
        """Send a form to `path` with the token (and key) found on `page`."""
        hidden = self.hidden(page or path)
        return self.client.post(path, data={**hidden, **fields}, headers=OURS)

    def hidden(self, page: str) -> dict[str, str]:
        html = self.client.get(page).text
        found = dict(
            re.findall(
                r'<input type="hidden" name="(csrf_token|once|digest|seen_version|base_version)" value="([^"]+)"',
                html,
            )
        )
        assert "csrf_token" in found, f"no form on {page}"
        return found

    def log_in(self, login: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.post("/login", login=login, password=password, **fields)


@pytest.fixture
def settings(tmp_path: Path, web_database: Database) -> config.Settings:
    return config.load(
        {},
        mode="test",
        home=tmp_path,
        database_url=web_database.url,
        secret_key="only-for-tests",
        site_name="云岚县人民政府",
        site_id_code="3600000001",
        argon2_cheap=True,
    )


@pytest.fixture
def web_database(sqlite_database: Database) -> Database:
    """Pages are tested on one database; files where rows matter override this with both."""
    return sqlite_database


@pytest.fixture
def app(settings: config.Settings, web_database: Database) -> Flask:
    return create_app(settings, engine=web_database.engine)


@pytest.fixture
def open_uow(app: Flask) -> Callable[[], UnitOfWork]:
    """A unit of work in the system's name on the application's store."""
    store: Store = app.extensions["sanshen"]
    return lambda: store.open(SYSTEM)


@pytest.fixture
def office(open_uow: Callable[[], UnitOfWork]) -> Office:
    """Three administrators, an inspector, a drafter and a reviewer in one unit."""
    with open_uow() as work:
        unit = units.create_unit(work, code="YL-01", name="云岚县人民政府办公室", kind="office")
        made = Office(unit.id)
        for role in ("sys_admin", "sec_admin", "audit_admin", "inspector", "drafter"):
            _hire(work, made, role, role)
        _hire(work, made, "reviewer", "second_reviewer")
        work.commit()
    return made


def _hire(work: UnitOfWork, office: Office, login: str, role: str) -> None:
    person = people.create_person(
        work,
        login=login,
        name=f"郑{login}",
        post="科员",
        unit_id=office.unit_id,
        password=PASSWORD,
        must_change_password=False,
        hasher=passwords.CHEAP,
    )
    people.set_roles(work, person.id, [RoleGrant(role, office.unit_id)])
    office.ids[login] = person.id


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser in which nobody is logged in."""
    return Browser(app.test_client())


@pytest.fixture
def as_person(app: Flask, office: Office) -> Callable[[str], Browser]:
    """A browser in which this log-in of the office is logged in."""

    def log_in(login: str) -> Browser:
        browser = Browser(app.test_client())
        assert browser.log_in(login).status_code == 303
        return browser

    return log_in


# --- the work pages: a county with its process, and one package on its way ---


@pytest.fixture
def chain(app: Flask, web_database: Database) -> Chain:
    """Everybody of tests.factories, the process deployed, and a driver for one package."""
    with web_database.open(SYSTEM) as work:
        county = factories.found(work)
        factories.deploy(work)
        work.commit()
    return Chain(lambda actor, now=MONDAY: web_database.open(actor, now, DOMAIN), county)


@pytest.fixture
def at_desk(app: Flask, chain: Chain) -> Callable[[str], Browser]:
    """A browser in which this person of the county is logged in; one per person."""
    open_ones: dict[str, Browser] = {}

    def log_in(login: str) -> Browser:
        if login not in open_ones:
            open_ones[login] = Browser(app.test_client())
            assert open_ones[login].log_in(login, factories.PASSWORD).status_code == 303
        return open_ones[login]

    return log_in
