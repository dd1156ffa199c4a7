"""小单位: a town with three people; each level's reviewer proofreads that level, and all can see that posts are shared."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine.database import UnitOfWork
from tests import factories
from tests.browser.journeys.conftest import Found, Office
from workflows import organisation

pytestmark = pytest.mark.browser

#: Login → name and roles: three people for a whole town.
TOWN = {
    "town1": ("镇甲", ("drafter", "first_reviewer", "first_proofreader", "publisher")),
    "town2": ("镇乙", ("confidentiality_reviewer", "second_reviewer", "second_proofreader")),
    "town3": ("镇丙", ("final_reviewer", "third_proofreader")),
}


@pytest.fixture(scope="module")
def founded() -> Found:
    def found(work: UnitOfWork) -> factories.County:
        county = factories.found(work)
        town = county.units["town"]
        organisation.set_separation(work, town, "small_office")
        for login, (name, roles) in TOWN.items():
            factories.hire(work, login, name, town, *roles)
        return county

    return found


def test_three_people_of_a_town_publish_and_say_so(office: Office) -> None:
    town = "清平县柳溪镇人民政府"
    document = office.document("错峰浇水", town).but(issuer=town)
    title, drafter = document.title, office.drafter("town1")
    office.at |= {
        "confidentiality_review": "town2",
        "first_review": "town1",
        "first_proofreading": "town1",
        "second_review": "town2",
        "second_proofreading": "town2",
        "final_review": "town3",
        "third_proofreading": "town3",
        "release": "town1",
        "readback": "town1",
    }
    package = drafter.hands_in(document)
    drafter.opens(package)
    drafter.reads("小单位", "small office")
    office.walks(title, "attribute_review", then="confidentiality_review")
    for stage in (
        *("confidentiality_review", "first_review", "first_proofreading", "second_review"),
        *("second_proofreading", "final_review", "third_proofreading", "release", "readback"),
    ):
        person = (
            office.drafter("town1")
            if office.at[stage] == "town1"
            else office.person(office.at[stage])
        )
        person.takes(title, stage)
        person.decides(
            stage,
            {"confidentiality_review": "clear", "release": "publish", "readback": "ok"}.get(
                stage, "pass"
            ),
            verdict="clear" if stage == "confidentiality_review" else "",
        )
    inspector = office.inspector()
    inspector.opens_register(inspector.words.pick("小单位岗位合并", "Small-office separation"))
    expect(inspector.page.get_by_role("row").filter(has_text=title).first).to_be_visible()
    inspector.finds(title)
    inspector.verifies()
    inspector.opens_sheet()
    inspector.reads("岗位合并（小单位）", "Posts shared (small office)")
    for stage in ("second_review", "second_proofreading"):
        expect(inspector.sheet_rows(stage)).to_contain_text("镇乙")
    reader = office.reader()
    reader.opens(title)
    reader.reads_all([document.sentence])
