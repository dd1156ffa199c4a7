"""Uploads show how far they are, and a lost network loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from engine.clock import local_date
from engine.database import SYSTEM
from tests import factories
from tests.browser.conftest import House, OpenWindow
from workflows import catalogue, drafting
from workflows.catalogue import Entry
from workflows.models import Package

pytestmark = pytest.mark.browser


def drafted(house: House) -> int:
    with house.open(house.county.actor("drafter")) as work:
        package_id = drafting.create(work, factories.DRAFT).id
        work.commit()
        return package_id


def test_a_lost_network_keeps_words_and_files_and_the_second_try_saves_both(
    house: House, window: OpenWindow
) -> None:
    package_id = drafted(house)
    page = window("drafter")
    page.goto(f"/packages/{package_id}/edit")
    page.locator("#plan_responsible").fill("秦笔、许墨")
    table = {"name": "点位表.txt", "mimeType": "text/plain", "buffer": "一、河东".encode() * 1000}
    page.locator("#new_attachments").set_input_files(table)  # type: ignore[arg-type]
    broken = [True]

    def sometimes(route: Route) -> None:
        if route.request.method == "POST" and broken[0]:
            route.abort()
        else:
            route.continue_()

    page.route("**/edit", sometimes)
    page.get_by_role("button", name="保存草稿").click()
    lost = page.locator("[data-sending]")
    expect(lost).to_contain_text("没有丢")
    expect(page.get_by_role("button", name="再试一次")).to_be_focused()
    expect(page.locator("#plan_responsible")).to_have_value("秦笔、许墨")
    broken[0] = False
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".say.done")).to_contain_text("草稿已保存")
    expect(page.locator("main")).to_contain_text("点位表.txt")
    with house.open(house.county.actor("drafter")) as work:
        content = factories.current(work, package_id).content
        assert "秦笔、许墨" in content
        assert work.session.get_one(Package, package_id).status == "draft"


def test_what_was_typed_is_offered_again_after_a_crash(house: House, window: OpenWindow) -> None:
    page = window("drafter")
    path = f"/packages/{drafted(house)}/edit"
    page.goto(path)
    page.locator("#plan_outline").fill("新写的提纲")
    page.wait_for_timeout(700)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(path)
    expect(page.locator("#plan_outline")).not_to_have_value("新写的提纲")
    page.get_by_role("button", name="恢复那些内容").click()
    expect(page.locator("#plan_outline")).to_have_value("新写的提纲")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator(".say.done")).to_contain_text("草稿已保存")
    expect(page.locator("[data-restore]")).to_be_hidden()


def test_a_refusal_is_shown_with_everything_that_was_typed(
    house: House, window: OpenWindow
) -> None:
    page = window("drafter")
    page.goto(f"/packages/{drafted(house)}/edit")
    page.locator("#title").fill("")
    page.get_by_role("button", name="保存并送审").click()
    expect(page.locator(".say.refused")).to_contain_text("缺标题")
    expect(page.locator("#plan_responsible")).to_have_value("秦笔")


def test_a_matter_brings_its_column_along(house: House, window: OpenWindow) -> None:
    with house.open(house.county.actor("ogi")) as work:
        today = local_date(work.now)
        entries = [
            Entry("城乡建设", "城乡建设管理", column="城乡建设"),
            Entry("处罚", "行政处罚", column="执法公示"),
        ]
        edition = catalogue.propose(
            work, house.county.units["town"], entries, effective_on=today
        ).id
        work.commit()
    with house.open(house.county.actor("final")) as work:
        catalogue.adopt(work, edition)
        work.commit()
    with house.open(SYSTEM) as work:
        factories.hire(work, "town-drafter", "镇笔", house.county.units["town"], "drafter")
        work.commit()
    page = window()
    page.goto("/login")
    page.locator("input[name=login]").fill("town-drafter")
    page.locator("input[type=password]").fill(factories.PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/packages/new")
    page.get_by_label("或者把正文粘贴在这里").fill(
        "清平县柳溪镇人民政府\n关于做好秋收的通知\n请各村抓紧。"
    )
    page.get_by_role("button", name="读入正文").click()
    page.locator("#catalogue_item").select_option("处罚")
    expect(page.locator("#column")).to_have_value("执法公示")
    page.locator("#column").fill("别的栏目")
    page.locator("#catalogue_item").select_option("城乡建设")
    expect(page.locator("#column")).to_have_value("别的栏目")
