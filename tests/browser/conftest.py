"""A live server on the loopback, a county in it, and headless Chromium with one window per person."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import waitress
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

import config
from engine.database import SYSTEM, Actor, UnitOfWork
from tests import factories
from tests.answering import answering
from tests.chain import Chain
from tests.conftest import MONDAY
from webapp import create_app, database
from webapp.transaction import Store
from workflows.handlers import DOMAIN

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
#: A machine that is busy with other tests is slow, not wrong.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@dataclass
class House:
    """The running server and the means to prepare cases in its database."""

    address: str
    store: Store
    county: factories.County

    def chain(self) -> Chain:
        """A driver for a new package."""
        return Chain(self.open, self.county)

    def open(self, actor: Actor, now: object = MONDAY) -> UnitOfWork:
        return UnitOfWork(self.store.sessions(), actor, MONDAY, DOMAIN)


@contextmanager
def serving(
    home: Path, found: Callable[[UnitOfWork], factories.County] = factories.found
) -> Iterator[House]:
    """A server on the loopback, with the people whom `found` hires and the shipped process."""
    settings = config.load(
        {}, mode="test", home=home, secret_key="browser-tests", site_name="清平县人民政府",
        argon2_cheap=True, sweep_seconds=0,
    )  # fmt: skip
    store = database.open_store(settings)
    database.migrate(store)
    with store.open(SYSTEM) as work:
        work.now = MONDAY
        county = found(work)
        factories.deploy(work)
        work.commit()
    server = waitress.create_server(
        create_app(settings, engine=store.engine), host="127.0.0.1", port=0, threads=4
    )
    with answering(server):
        yield House(f"http://127.0.0.1:{server.effective_port}", store, county)
    store.engine.dispose()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all browser tests; every test brings its own package."""
    with serving(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium; under CI it must be there."""
    if not Path(CHROMIUM).exists():
        reason = f"Chromium is not installed ({CHROMIUM})"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
    yield browser
    browser.close()


OpenWindow = Callable[..., Page]


@pytest.fixture
def window(house: House, chromium: Browser) -> Iterator[OpenWindow]:
    """`window("first")` is a page in which this person is logged in; closed after the test."""
    contexts = []

    def open_one(
        login: str | None = None, *, size: dict[str, int] = DESKTOP, scripts: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=house.address,
            viewport=size,  # type: ignore[arg-type]
            locale="zh-CN",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if login is not None:
            page.goto("/login")
            page.get_by_label("登录名").fill(login)
            page.get_by_label("密码").fill(factories.PASSWORD)
            page.locator("main form button").first.click()
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield open_one
    for context in contexts:
        context.close()
