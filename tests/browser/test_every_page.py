"""Every page of the work: axe finds nothing serious, and no width makes it scroll sideways."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from engine.clock import local_date
from tests import factories
from tests.browser.conftest import PHONE, House, OpenWindow
from tests.chain import Chain
from tests.workflows.test_deploying import REVIEWED, shortcut
from tests.workflows.test_overrides import county_draft
from workflows import catalogue, deploying, drafting, duties, overrides, proofs, repairs
from workflows.catalogue import Entry
from workflows.models import Package
from workflows.repairs import Found
from workflows.time_limits import Limit

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
    passed: Chain
    number: str
    proof: int
    repair: int
    edition: int
    excepted: int


def proven(house: House, folder: Path) -> int:
    """A proof that was refused, with its story."""
    file = shortcut(folder, rules=REVIEWED)
    given = {one.name: one.read_bytes() for one in (file, folder / "shortcut.rules.toml")}
    with house.open(house.county.actor("sysadmin")) as work:
        proof = proofs.ask(work, given)
        candidate = proofs.candidate_of(proof)
        proofs.finish(work, proof.id, candidate, deploying.judge(candidate))
        work.commit()
        return proof.id


def proposed(house: House, number: str) -> int:
    """A repair that waits for its second person."""
    with house.open(house.county.actor("sysadmin")) as work:
        row = repairs.propose(work, number, ["first_review"], "审得太急")
        found = Found(("first_review",), ("second_review",), (), ("first_review",))
        repairs.checked(work, row.id, "{}", found)
        work.commit()
        return row.id


def next_edition(house: House) -> int:
    """An edition of the catalogue that waits to be adopted, and a duty that nobody has answered."""
    monthly = Entry(
        "进度", "建设进度", content="任务量和完成量", column="城乡建设", limit=Limit("monthly", 10)
    )
    with house.open(house.county.actor("ogi")) as work:
        today = local_date(work.now)
        made = catalogue.propose(
            work, house.county.units["county"], [*factories.MATTERS, monthly], effective_on=today
        )
        duties.open_event(work, house.county.units["works"], "城乡建设", "柳溪桥竣工", today)
        work.commit()
        return made.id


def excepted(house: House) -> int:
    """A draft that asks for an exception."""
    chain = house.chain()
    chain.draft = county_draft()
    with house.open(house.county.actor("drafter")) as work:
        package = drafting.create(work, chain.draft)
        overrides.ask(work, package.id)
        work.commit()
        return package.id


@pytest.fixture(scope="module")
def cases(house: House, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    def travelled(stage: str) -> Chain:
        chain = house.chain()
        chain.draft = factories.with_metadata(title=LONG_TITLE)
        chain.submit().until("second_review").decide("second_review", "return")
        chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
        return chain.until(stage)

    draft = house.chain()
    with house.open(house.county.actor("drafter")) as work:
        draft.package_id = drafting.create(work, factories.DRAFT).id
        work.commit()
    returned = house.chain().submit().until("first_review")
    returned.decide("first_review", "return")
    passed = house.chain().submit().until("first_review")
    passed.decide("first_review")
    with house.open(house.county.actor("drafter")) as work:
        number = work.session.get_one(Package, passed.package_id).number
    return Cases(
        draft, travelled("second_review"), travelled("first_proofreading"), returned,
        travelled("release"), passed, number, proven(house, tmp_path_factory.mktemp("proof")),
        proposed(house, number), next_edition(house), excepted(house),
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
    ("inspector", "/packages/{package}/confidentiality"),
    ("inspector", "/inspection/registers/in_progress"),
    ("inspector", "/inspection/registers/voided"),
    ("inspector", "/inspection/figures"),
    ("first", "/definitions/publishing"),
    ("first", "/packages/{passed}"),
    ("first", "/messages/"),
    ("first", "/account/leave"),
    ("sysadmin", "/import/"),
    ("secadmin", "/import/"),
    ("sysadmin", "/proofs/"),
    ("sysadmin", "/proofs/{proof}"),
    ("sysadmin", "/repairs/?number={number}"),
    ("secadmin", "/repairs/{repair}"),
    ("ogi", "/catalogue/"),
    ("final", "/catalogue/editions/{edition}"),
    ("ogi", "/duties/"),
    ("drafter", "/duties/"),
    ("secadmin", "/rules/"),
    ("secadmin", "/rules/sources"),
    ("sysadmin", "/units/1"),
    ("secadmin", "/units/1"),
    ("sysadmin", "/people/1"),
    ("drafter", "/packages/{excepted}"),
    ("head", "/packages/{excepted}"),
]


def address(path: str, cases: Cases) -> str:
    return path.format(
        reviewed=cases.reviewed.task("second_review"),
        proofread=cases.proofread.task("first_proofreading"),
        released=cases.released.task("release"),
        returned=cases.returned.task("revise"),
        drafted=cases.drafted.package_id,
        package=cases.reviewed.package_id,
        passed=cases.passed.package_id,
        proof=cases.proof,
        number=cases.number,
        repair=cases.repair,
        edition=cases.edition,
        excepted=cases.excepted,
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


#: What people of these cases wrote; their words stay as they are in both languages.
TYPED = [
    LONG_TITLE,
    "请核实后修改。",
    "已按意见办理。",
    county_draft().interpretation.fewer_forms_reason,
]
TYPED += [
    text
    for part in (factories.INTERPRETATION.plan, factories.INTERPRETATION.points)
    for text in astuple(part)
    if isinstance(text, str) and text
]

#: Chinese signs that an English reader is shown, with what is around them, except in texts that are
#: marked as Chinese, in fields, and in what people wrote.
_CHINESE_SIGNS = """typed => {
  const signs = /[：（）、；，。！？]/u, found = [];
  const rest = text => typed.reduce((left, one) => left.replaceAll(one, ''), text ?? '');
  const chinese = node => node.closest('[lang="zh-CN"], textarea, script, style');
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (signs.test(rest(text.data)) && !chinese(text.parentElement)) found.push(text.data.trim());
  }
  for (const node of document.querySelectorAll('[title], [aria-label], [placeholder], [alt], [data-label]')) {
    if (chinese(node)) continue;
    for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'data-label'])
      if (signs.test(rest(node.getAttribute(name)))) found.push(node.getAttribute(name));
  }
  return found;
}"""


def test_english_pages_have_english_punctuation(
    cases: Cases, house: House, window: OpenWindow
) -> None:
    left = {}
    for login in sorted({login for login, _ in PAGES}):
        page = window(login)
        for path in [path for who, path in PAGES if who == login]:
            opened(page, path, cases)
            page.context.add_cookies([{"name": "language", "value": "en", "url": house.address}])
            page.reload()
            if signs := page.evaluate(_CHINESE_SIGNS, TYPED):
                left[path] = signs
            page.context.clear_cookies(name="language")
    assert left == {}


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
