"""The inspector's pages: every case, its trail, whether it is intact, and what was refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import BytesIO, StringIO

import openpyxl
import pytest
import sqlalchemy as sa

from engine.models import AuditEntry
from tests import factories
from tests.chain import Chain, body, more
from tests.conftest import Database
from tests.webapp.conftest import Browser
from workflows import registers
from workflows.models import Package

AtDesk = Callable[[str], Browser]
TITLE = factories.METADATA.title


@pytest.fixture
def returned_once(chain: Chain) -> Chain:
    chain.submit().until("second_review").decide("second_review", "return")
    chain.revise("t3", more("路灯在晚上十一点以后减半照明。"))
    return chain.until("second_review")


def test_the_list_is_narrowed_by_chips(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit()
    browser = at_desk("inspector")
    assert TITLE in browser.get("/inspection/").text
    found = browser.get("/inspection/?stage=attribute_review&text=路灯").text
    assert TITLE in found
    assert "正在公开属性审查" in found
    assert "含有“路灯”" in found
    empty = browser.get("/inspection/?status=published").text
    assert TITLE not in empty
    assert "没有符合条件的稿件。" in empty


def test_reasons_of_returns_stand_by_unit(returned_once: Chain, at_desk: AtDesk) -> None:
    page = at_desk("inspector").get("/inspection/figures?from=2026-01-01&until=2026-12-31").text
    table = page.partition('id="reasons-by-unit"')[2]
    assert "各单位的退回原因" in table
    assert "清平县城市建设局" in table
    assert '<td data-label="事实、数据错误">1</td>' in table


def test_a_case_shows_its_rounds_and_what_was_voided(returned_once: Chain, at_desk: AtDesk) -> None:
    page = at_desk("inspector").get(f"/inspection/{returned_once.package_id}").text
    for words in ("审校流转单", "各环节决定", "已作废", "办理轨迹", "内容指纹", "请核实后修改。"):
        assert words in page
    assert "<del>" in page


def test_verifying_says_how_many_entries_and_the_last_digest(
    returned_once: Chain, at_desk: AtDesk
) -> None:
    browser, path = at_desk("inspector"), f"/inspection/{returned_once.package_id}"
    answer = browser.post(f"{path}/verify", page=path)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "条记录，末条指纹" in page
    assert "say done" in page


def test_a_forged_entry_is_found(
    returned_once: Chain, at_desk: AtDesk, web_database: Database
) -> None:
    with web_database.session() as session:
        for trigger in session.execute(
            sa.text(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_entry'"
            )
        ).scalars():
            session.execute(sa.text(f'DROP TRIGGER "{trigger}"'))
        session.execute(
            sa.text("UPDATE audit_entry SET payload = replace(payload, '傅审', '别人')"
                    " WHERE case_seq = 8")
        )  # fmt: skip
        session.execute(
            sa.text("UPDATE audit_entry SET payload = payload || ' ' WHERE case_seq = 9")
        )
        session.commit()
    browser, path = at_desk("inspector"), f"/inspection/{returned_once.package_id}"
    page = browser.get(browser.post(f"{path}/verify", page=path).location).text
    assert "say refused" in page


@pytest.mark.parametrize("login", ["drafter", "first", "sysadmin"])
def test_only_inspectors_inspect(chain: Chain, at_desk: AtDesk, login: str) -> None:
    chain.submit()
    browser = at_desk(login)
    assert browser.get("/inspection/").status_code == 404
    hidden = browser.get(f"/inspection/{chain.package_id}")
    assert hidden.status_code == 404
    assert TITLE not in hidden.text


def test_the_inspector_may_look_and_may_not_act(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    browser = at_desk("inspector")
    assert browser.get(f"/packages/{chain.package_id}").status_code == 200
    answer = browser.post(f"/tasks/{task}/claim", page=f"/inspection/{chain.package_id}")
    assert answer.status_code in (403, 404)
    assert chain.open() == ["attribute_review"]


def test_a_refused_act_is_in_the_inspectors_list(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    refused = at_desk("drafter").post(f"/tasks/{task}/claim", page=f"/packages/{chain.package_id}")
    assert refused.status_code == 403
    page = at_desk("inspector").get("/inspection/refusals").text
    assert "秦笔" in page
    of_item = at_desk("inspector").get(f"/inspection/{chain.package_id}").text
    assert "秦笔：认领任务被拒绝" in of_item


def test_opening_a_case_is_on_record(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit()
    browser = at_desk("inspector")
    browser.get(f"/inspection/{chain.package_id}")
    assert "简察" in browser.get(f"/inspection/{chain.package_id}").text


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_register_is_taken_out_as_a_table_and_that_is_on_record(
    chain: Chain, at_desk: Callable[[str], Browser], form: str
) -> None:
    chain.submit().until("first_review")
    browser = at_desk("inspector")
    assert "在办件" in browser.get("/inspection/registers/in_progress").text
    assert "初审" in browser.get("/inspection/registers/in_progress").text
    answer = browser.get(f"/inspection/registers/in_progress/{form}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    if form == "csv":
        table = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    else:
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
        table = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert table[0][:4] == ["流转单号", "标题", "单位", "环节"]
    assert (len(table), table[1][3]) == (2, "初审")
    with chain.read() as work:
        entry = sa.select(AuditEntry).where(AuditEntry.action == "register.exported")
        assert work.session.scalars(entry).one().actor_id == chain.person("inspector").id
    for login in ("drafter", "sysadmin", "first"):
        for path in ("in_progress", f"in_progress/{form}"):
            assert at_desk(login).get(f"/inspection/registers/{path}").status_code == 404
    assert browser.get("/inspection/registers/everything").status_code == 404
    assert browser.get("/inspection/registers/in_progress/exe").status_code == 404


def test_half_a_register_is_never_taken_out(
    chain: Chain, at_desk: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.submit()
    Chain(chain.uow, chain.county).submit()
    browser = at_desk("inspector")
    monkeypatch.setattr(registers, "MOST", 2)
    assert browser.get("/inspection/registers/in_progress/csv").status_code == 200
    monkeypatch.setattr(registers, "MOST", 1)
    refused = browser.get("/inspection/registers/in_progress/csv")
    assert refused.status_code == 422
    assert "请先按单位、环节或者天数缩小范围" in refused.text


def test_a_register_is_narrowed_on_its_page_and_in_its_table(
    chain: Chain, at_desk: Callable[[str], Browser]
) -> None:
    chain.submit().until("first_review").decide("first_review", "return", reason_codes=("R12",))
    browser = at_desk("inspector")
    page = browser.get("/inspection/registers/in_progress?stage=first_review").text
    assert "没有符合条件的记录。" in page
    assert "按环节和在办天数" in page
    for reason, rows in (("R12", 1), ("R01", 0)):
        shown = browser.get(f"/inspection/registers/returned?reason={reason}&days=x&unit=y")
        assert shown.status_code == 200
        assert ("请核实后修改。" in shown.text) == bool(rows)
        answer = browser.get(f"/inspection/registers/returned/csv?reason={reason}")
        assert len(list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))) == 1 + rows
    assert "reason=R12" in browser.get("/inspection/registers/returned?reason=R12").text


def test_every_register_has_its_page(chain: Chain, at_desk: Callable[[str], Browser]) -> None:
    chain.submit().until("second_review")
    chain.decide("second_review", "return")
    chain.revise("t2", body("360", "380"))
    for register in registers.registers():
        page = at_desk("inspector").get(f"/inspection/registers/{register.code}")
        assert page.status_code == 200
        assert register.about.zh in page.text


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_was_stored_long_ago_keeps_no_table_from_being_made(
    chain: Chain, at_desk: AtDesk, web_database: Database, form: str
) -> None:
    """Texts were not always cleaned when they were typed, and rows on record are never changed."""
    chain.submit()
    with web_database.session() as session:
        session.get_one(Package, chain.package_id).title = "路灯\x0b通知\x01\ufffe"
        session.commit()
    answer = at_desk("inspector").get(f"/inspection/registers/in_progress/{form}")
    assert answer.status_code == 200
    if form == "csv":
        table = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline="")))
    else:
        sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
        table = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert table[1][1] == "路灯\n通知"
