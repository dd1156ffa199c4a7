"""The catalogue, its duties, the rules and exceptions, on their pages: who sees what, and forged posts."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from engine.clock import local_date
from tests.chain import Chain
from tests.webapp.conftest import OURS, Browser
from tests.workflows.test_importing import xlsx
from tests.workflows.test_overrides import county_draft
from workflows import drafting
from workflows.models import CatalogueEdition, Duty, Override, Package, RepostSource, RuleSetting

AtDesk = Callable[[str], Browser]
HEAD = ("事项编码", "公开事项", "公开内容", "公开依据", "公开时限", "责任", "栏目")
ROW = ("城乡建设", "城乡建设管理", "规划和建设", "条例第二十条", "信息形成之日起10个工作日内", "建设局", "城乡建设")  # fmt: skip


def try_out(browser: Browser, *rows: tuple[str, ...]) -> TestResponse:
    given = {
        **browser.hidden("/catalogue/"),
        "unit": unit_of(browser),
        "file": (BytesIO(xlsx(HEAD, *rows)), "目录.xlsx"),
    }
    return browser.client.post("/catalogue/try", data=given, headers=OURS)


def unit_of(browser: Browser) -> str:
    found = re.search(r'name="unit" value="(\d+)"', browser.get("/catalogue/").text)
    return found[1] if found else "1"


def rows_of(page: TestResponse) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def today(chain: Chain) -> str:
    with chain.read() as work:
        return str(local_date(work.now))


def count(chain: Chain, table: type[object]) -> int:
    with chain.read() as work:
        return work.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def propose(browser: Browser, day: str, *rows: tuple[str, ...]) -> TestResponse:
    page = try_out(browser, *rows)
    assert page.status_code == 200, page.text
    return browser.post(
        "/catalogue/propose",
        page="/catalogue/",
        unit=unit_of(browser),
        rows=rows_of(page),
        effective_on=day,
        note="年度调整",
    )


def test_the_table_is_judged_then_proposed_then_adopted_by_another(
    chain: Chain, at_desk: AtDesk
) -> None:
    office, leader = at_desk("ogi"), at_desk("final")
    assert "城乡建设管理" in office.get("/catalogue/").text
    page = try_out(office, ROW)
    assert "修改：" in page.text
    assert "删去：" in page.text
    assert count(chain, CatalogueEdition) == 1
    made = propose(office, "2099-01-01", ROW)
    assert made.status_code == 303
    assert "待批准" in office.get(str(made.location)).text
    assert "批准第 2 版</button>" not in office.get(str(made.location)).text
    assert "批准第 2 版</button>" in leader.get(str(made.location)).text
    done = leader.post(f"{made.location}/adopt", page=str(made.location))
    assert done.status_code == 303
    again = leader.post(f"{made.location}/adopt", page="/catalogue/")
    assert again.status_code == 422
    assert "已经有了结论" in again.text


def test_bad_rows_are_told_and_cannot_be_forced(chain: Chain, at_desk: AtDesk) -> None:
    office = at_desk("ogi")
    bad = (*ROW[:4], "尽快", *ROW[5:])
    page = try_out(office, ROW, bad)
    assert page.status_code == 422
    assert "看不出从什么时候起算" in page.text
    assert "出现了 2 次" in page.text
    forged = '[[2, {"code": "A", "name": "x"}]]'
    sent = {"unit": unit_of(office), "rows": forged, "effective_on": "2099-01-01"}
    assert office.post("/catalogue/propose", page="/catalogue/", **sent).status_code == 422
    assert (
        office.post("/catalogue/propose", page="/catalogue/", **{**sent, "rows": "x"}).status_code
        == 404
    )
    deep = {**sent, "rows": "[" * 100_000}
    assert office.post("/catalogue/propose", page="/catalogue/", **deep).status_code == 404
    assert count(chain, CatalogueEdition) == 1


def test_declining_says_why(chain: Chain, at_desk: AtDesk) -> None:
    office, leader = at_desk("ogi"), at_desk("principal")
    made = str(propose(office, "2099-01-01", ROW).location)
    assert leader.post(f"{made}/decline", page=made, reason="").status_code == 422
    assert leader.post(f"{made}/decline", page=made, reason="时限写错").status_code == 303
    assert "时限写错" in office.get(made).text


def test_others_read_and_change_nothing(chain: Chain, at_desk: AtDesk) -> None:
    drafter = at_desk("drafter")
    assert drafter.get("/catalogue/").status_code == 200
    assert "试算</button>" not in drafter.get("/catalogue/").text
    assert try_out(drafter, ROW).status_code == 403
    sent = {"unit": "1", "rows": "[]", "effective_on": "2099-01-01"}
    assert drafter.post("/catalogue/propose", page="/packages/new", **sent).status_code == 403
    assert drafter.post("/catalogue/editions/1/adopt", page="/packages/new").status_code == 403


def test_what_is_taken_out_can_be_handed_in_again(chain: Chain, at_desk: AtDesk) -> None:
    office = at_desk("ogi")
    made = str(propose(office, "2099-01-01", ROW).location)
    answer = office.get(f"{made}/xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[1][:3] == ["城乡建设", "", "城乡建设管理"]
    given = {
        **office.hidden("/catalogue/"),
        "unit": unit_of(office),
        "file": (BytesIO(answer.data), "目录.xlsx"),
    }
    page = office.client.post("/catalogue/try", data=given, headers=OURS)
    assert "有问题 0 行" in page.text
    assert office.get(f"{made}/exe").status_code == 404


def test_something_happened_and_nothing_is_due(chain: Chain, at_desk: AtDesk) -> None:
    office = at_desk("ogi")
    works = chain.county.units["works"]
    sent = {"unit": works, "code": "城乡建设", "what": "柳溪桥竣工", "on": today(chain)}
    assert office.post("/duties/events", page="/duties/", **sent).status_code == 303
    assert "柳溪桥竣工" in at_desk("drafter").get("/duties/").text
    drafter = at_desk("drafter")
    elsewhere = {**sent, "unit": chain.county.units["town"], "what": "别处竣工"}
    assert drafter.post("/duties/events", page="/duties/", **elsewhere).status_code == 422
    wrong = office.post("/duties/events", page="/duties/", **{**sent, "on": "昨天"})
    assert wrong.status_code == 422
    assert "日期要写成" in wrong.text
    twice = office.post("/duties/events", page="/duties/", **sent)
    assert "已经登记过" in twice.text
    with chain.read() as work:
        duty = work.session.scalars(sa.select(Duty.id)).one()
    bare = office.post(f"/duties/{duty}/excuse", page="/duties/", reason="")
    assert bare.status_code == 422
    assert (
        office.post(f"/duties/{duty}/excuse", page="/duties/", reason="已在别处公开").status_code
        == 303
    )
    assert "已在别处公开" in office.get("/duties/?list=excused").text
    assert "柳溪桥" not in at_desk("sysadmin").get("/duties/?list=excused").text


def test_rules_are_laid_down_by_the_security_administrator_alone(
    chain: Chain, at_desk: AtDesk
) -> None:
    admin = at_desk("secadmin")
    unit = str(chain.county.units["county"])
    sent = {
        "unit": unit,
        "key": "interp.min_forms.county",
        "value": "6",
        "strength": "mandatory",
        "effective_on": "2099-01-01",
        "basis": "清政办发〔2026〕9号",
    }
    assert "系统默认" in admin.get(f"/rules/?unit={unit}").text
    done = admin.post("/rules/", page="/rules/", **sent)
    assert done.status_code == 303
    page = admin.get(str(done.location)).text
    assert "清政办发〔2026〕9号" in page
    for wrong in (
        {"value": "很多"},
        {"value": "99"},
        {"basis": ""},
        {"effective_on": "2020-01-01"},
    ):
        assert admin.post("/rules/", page="/rules/", **{**sent, **wrong}).status_code == 422
    office = at_desk("ogi")
    assert "作出规定</button>" not in office.get(f"/rules/?unit={unit}").text
    assert office.post("/rules/", page="/catalogue/", **sent).status_code == 403
    assert count(chain, RuleSetting) == 1


def test_the_order_of_passes_is_chosen_by_its_name(chain: Chain, at_desk: AtDesk) -> None:
    admin = at_desk("secadmin")
    unit = str(chain.county.units["county"])
    page = admin.get(f"/rules/?unit={unit}").text
    choices = re.findall(r'<input[^>]*name="chain-interleaved-value"[^>]*>', page)
    assert ['value="0"' in one or 'value="1"' in one for one in choices] == [True, True]
    assert "先审后校" in page
    assert "审校交替" in page
    assert '<option value="chain.interleaved">' not in page
    sent = {
        "chain-interleaved-strength": "principle",
        "chain-interleaved-effective_on": "2099-01-01",
        "chain-interleaved-basis": "清政办发〔2026〕10号",
        "unit": unit,
    }
    for wrong in ({}, {"chain-interleaved-value": "2"}, {"chain-interleaved-value": "x"}):
        answer = admin.post("/rules/", page="/rules/", **sent, **wrong)
        assert answer.status_code == 422
        assert answer.text.count("<details") == answer.text.count("<details class") == 2
        assert answer.text.count(" open>") == 1
    done = admin.post("/rules/", page="/rules/", **sent, **{"chain-interleaved-value": "1"})
    assert done.status_code == 303
    with chain.read() as work:
        row = work.session.scalars(sa.select(RuleSetting)).one()
        assert (row.key, row.value, row.strength) == ("chain.interleaved", 1, "principle")
    admin.client.set_cookie("language", "en")
    english = admin.get(str(done.location)).text
    assert "Order of reviews and proofreadings" in english
    assert "reviews and proofreadings in turns" in english


def test_the_list_of_sources_is_kept_by_the_security_administrator_alone(
    chain: Chain, at_desk: AtDesk
) -> None:
    admin, unit = at_desk("secadmin"), str(chain.county.units["county"])
    page = f"/rules/sources?unit={unit}"
    sent = {
        "unit": unit,
        "host": "https://www.example.com/a",
        "name": "清平日报",
        "basis": "清网信办〔2026〕2号",
    }
    off = {"unit": unit, "host": "www.example.com", "basis": "清网信办〔2026〕8号"}
    assert "名单是空的" in admin.get(page).text
    assert "/rules/sources" in admin.get("/rules/").text
    for wrong in ({"host": "cn"}, {"host": "www.gov.cn"}, {"name": ""}, {"basis": " "}):
        assert admin.post("/rules/sources", page=page, **{**sent, **wrong}).status_code == 422
    assert admin.post("/rules/sources", page=page, **sent).status_code == 303
    assert "www.example.com" in admin.get(page).text
    assert admin.post("/rules/sources", page=page, **sent).status_code == 422

    office = at_desk("ogi")
    assert "清平日报" in office.get(page).text
    assert "列入名单</button>" not in office.get(page).text
    assert office.post("/rules/sources", page="/catalogue/", **sent).status_code == 403
    assert office.post("/rules/sources/withdraw", page="/catalogue/", **off).status_code == 403
    assert count(chain, RepostSource) == 1

    told = admin.post("/rules/sources/withdraw", page=page, **{**off, "basis": ""})
    assert (told.status_code, "请写明依据的文件" in told.text) == (422, True)
    assert admin.post("/rules/sources/withdraw", page=page, **off).status_code == 303
    assert "名单是空的" in admin.get(page).text
    assert "清网信办〔2026〕8号" in admin.get(page).text


@pytest.fixture
def asking(chain: Chain) -> Chain:
    """A draft with a reason for fewer forms, not yet allowed."""
    with chain.read("drafter") as work:
        chain.package_id = drafting.create(work, county_draft()).id
        work.commit()
    return chain


def test_a_drafter_asks_and_a_senior_allows(asking: Chain, at_desk: AtDesk) -> None:
    path = f"/packages/{asking.package_id}"
    drafter, head = at_desk("drafter"), at_desk("head")
    assert "到稿件页请负责人同意" in drafter.get(f"{path}/edit").text
    assert "请负责人同意</button>" in drafter.get(path).text
    assert "同意这一例外" not in drafter.get(path).text
    assert drafter.post(f"{path}/ask", page=path).status_code == 303
    sent = {"key": "interp.min_forms.county", "opinion": "同意。"}
    assert drafter.post(f"{path}/allow", page=path, **sent).status_code == 403
    assert head.post(f"{path}/allow", page=path, **sent).status_code == 303
    assert "规定 5，实为 3" in drafter.get(path).text
    assert count(asking, Override) == 1


def test_a_picture_that_is_none_of_the_item_is_not_found(asking: Chain, at_desk: AtDesk) -> None:
    digest = "sha256:" + "a" * 64
    with asking.read() as work:
        number = work.session.get_one(Package, asking.package_id).number
    for item in (number, "2026-99999"):
        assert at_desk("drafter").get(f"/images/{item}/{digest}").status_code == 404


def test_a_unit_is_changed_closed_and_answered_for(chain: Chain, at_desk: AtDesk) -> None:
    admin, security = at_desk("sysadmin"), at_desk("secadmin")
    path = f"/units/{chain.county.units['town']}"
    sent = {
        "name": "清平县柳溪街道办事处",
        "kind": "town",
        "parent_id": chain.county.units["county"],
    }
    assert admin.post(f"{path}/change", page=path, **sent).status_code == 303
    assert "清平县柳溪街道办事处" in admin.get(path).text
    loop = admin.post(f"{path}/change", page=path, **{**sent, "parent_id": path.split("/")[-1]})
    assert loop.status_code == 422
    assert "不能是本单位" in loop.text
    assert admin.post(f"/units/{chain.county.units['works']}/close", page=path).status_code == 422
    assert admin.post(f"{path}/close", page=path).status_code == 303
    assert "已撤销" in admin.get(path).text
    assert admin.post(f"{path}/reopen", page=path).status_code == 303
    chosen = {"first": chain.county.people["principal"]}
    assert security.post(f"{path}/accountable", page=path, **chosen).status_code == 303
    assert "柳主" in security.get(path).text
    assert admin.post(f"{path}/accountable", page=path, **chosen).status_code == 403
    assert security.post(f"{path}/change", page=path, **sent).status_code == 403
    assert at_desk("drafter").get(path).status_code == 404


def test_a_person_is_changed(chain: Chain, at_desk: AtDesk) -> None:
    admin = at_desk("sysadmin")
    path = f"/people/{chain.county.people['first']}"
    sent = {"name": "初明", "post": "副科长", "unit_id": chain.county.units["office"]}
    assert admin.post(f"{path}/change", page=path, **sent).status_code == 303
    assert "副科长" in admin.get(path).text
    assert admin.post(f"{path}/change", page=path, **{**sent, "name": ""}).status_code == 422


def test_an_item_is_stopped_and_goes_on(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    path, head = f"/packages/{chain.package_id}", at_desk("head")
    assert head.post(f"{path}/suspend", page=path, reason="").status_code == 422
    assert head.post(f"{path}/suspend", page=path, reason="等待口径").status_code == 303
    assert "等待口径" in at_desk("drafter").get(path).text
    assert at_desk("drafter").post(f"{path}/resume", page=path).status_code == 403
    assert head.post(f"{path}/resume", page=path).status_code == 303
    assert "已暂停办理</h2>" not in head.get(path).text
