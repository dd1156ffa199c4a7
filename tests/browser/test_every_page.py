"""Every page of the work: axe finds nothing serious, and no width makes it scroll sideways."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import factories
from tests.browser.conftest import PHONE, House, OpenWindow
from tests.chain import Chain

pytestmark = pytest.mark.browser

LONG_TITLE = "清平县人民政府办公室关于印发清平县城镇老旧小区夜间照明设施建设管护和电费分摊办法（试行）及其实施细则的通知"


@dataclass
class Cases:
    """Packages at places whose pages differ."""

    drafted: Chain
    reviewed: Chain
    proofread: Chain
    returned: Chain
    released: Chain


@pytest.fixture(scope="module")
def cases(house: House) -> Cases:
    def travelled(stage: str) -> Chain:
        chain = house.chain()
        chain.draft = factories.with_metadata(title=LONG_TITLE)
        chain.submit().until("second_review").decide("second_review", "return")
        chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
        return chain.until(stage)

    draft = house.chain()
    with house.open(house.county.actor("drafter")) as work:
        from workflows import drafting

        draft.package_id = drafting.create(work, factories.DRAFT).id
        work.commit()
    returned = house.chain().submit().until("first_review")
    returned.decide("first_review", "return")
    return Cases(
        draft, travelled("second_review"), travelled("first_proofreading"), returned,
        travelled("release"),
    )  # fmt: skip


#: What is opened, by whom; {x} is filled in from the cases.
PAGES = [
    ("ogi", "/tasks"),
    ("first", "/tasks/available"),
    ("ogi", "/tasks/done"),
    ("inspector", "/tasks/stuck"),
    ("second", "/tasks/{reviewed}"),
    ("proof1", "/tasks/{proofread}"),
    ("publisher", "/tasks/{released}"),
    ("drafter", "/tasks/{returned}/revise"),
    ("drafter", "/packages/"),
    ("drafter", "/packages/new"),
    ("drafter", "/packages/{drafted}/edit"),
    ("drafter", "/packages/{package}"),
    ("drafter", "/packages/{package}/versions?a=1&b=2"),
    ("inspector", "/inspection/"),
    ("inspector", "/inspection/{package}"),
    ("inspector", "/inspection/refusals"),
    ("inspector", "/packages/{package}/sheet"),
    ("first", "/definitions/publishing"),
]


def address(path: str, cases: Cases) -> str:
    return path.format(
        reviewed=cases.reviewed.task("second_review"),
        proofread=cases.proofread.task("first_proofreading"),
        released=cases.released.task("release"),
        returned=cases.returned.task("revise"),
        drafted=cases.drafted.package_id,
        package=cases.reviewed.package_id,
    )


def opened(page: Page, path: str, cases: Cases) -> None:
    answer = page.goto(address(path, cases))
    assert answer is not None
    assert answer.status == 200, path
    claim = page.get_by_role("button", name="认领这件")
    if claim.count():
        claim.click()


@pytest.mark.parametrize(("login", "path"), PAGES)
def test_axe_finds_nothing_serious(cases: Cases, window: OpenWindow, login: str, path: str) -> None:
    page = window(login)
    opened(page, path, cases)
    for card in page.locator(".outcome input:not([disabled])").all()[-1:]:
        card.check()
    found = Axe().run(page)
    serious = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("text", ["normal", "large"])
def test_no_page_scrolls_sideways_on_a_phone(
    cases: Cases, house: House, window: OpenWindow, text: str
) -> None:
    wide = []
    for login in sorted({login for login, _ in PAGES}):
        page = window(login, size=PHONE)
        page.context.add_cookies([{"name": "text", "value": text, "url": house.address}])
        for path in [path for who, path in PAGES if who == login]:
            opened(page, path, cases)
            over = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if over > 0:
                wide.append(f"{path}: {over} px")
    assert wide == []


def test_dark_pages_keep_their_contrast(cases: Cases, house: House, window: OpenWindow) -> None:
    page = window("second")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": house.address}])
    opened(page, "/tasks/{reviewed}", cases)
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert [violation["id"] for violation in found.response["violations"]] == []
