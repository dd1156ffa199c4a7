"""Registers: every row that an inspector may see is in its register, and nobody else sees any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.database import SYSTEM
from engine.text import Sentence
from tests import factories
from tests.chain import Chain, body
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from tests.statements import counted
from workflows import organisation, oversight, paging, registers, taking_back
from workflows.errors import NotFound, NotPermitted
from workflows.paging import Place
from workflows.register_sources import Cell
from workflows.registers import Narrow


def zh(cell: Cell) -> str:
    return cell.zh if isinstance(cell, Sentence) else str(cell)


def lines(
    chain: Chain, code: str, later: timedelta = timedelta(), **narrow: Any
) -> list[dict[str, str]]:
    """The rows of a register by the names of its columns, as the inspector sees them."""
    with chain.uow(chain.person("inspector"), MONDAY + later) as work:
        register, page = registers.page(work, code, narrow=Narrow(**narrow))
        _, every = registers.whole(work, code, Narrow(**narrow))
        assert list(page.rows) == every
        heads = [column.zh for column in register.columns]
        return [dict(zip(heads, map(zh, line.cells), strict=True)) for line in every]


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_review")


def test_what_is_under_way_and_what_is_late(chain: Chain) -> None:
    (line,) = lines(chain, "in_progress")
    assert (line["环节"], line["单位"], line["已过天数"]) == ("初审", "清平县城市建设局", "0")
    assert lines(chain, "overdue") == []
    (late,) = lines(chain, "overdue", timedelta(days=30))
    assert int(late["超期天数"]) > 20
    assert late["已过天数"] == "30"


def test_every_return_with_its_reasons(chain: Chain) -> None:
    chain.decide("first_review", "return", reason_codes=("R02",), opinion="第二条没有依据。")
    (line,) = lines(chain, "returned")
    assert (line["环节"], line["结论"], line["办理人"]) == (
        "初审",
        "退回修改",
        factories.STAFF["first"][0],
    )
    assert (line["退回原因"], line["意见"]) == ("不予公开理由不足", "第二条没有依据。")
    assert lines(chain, "return_notices") == []


def test_what_was_taken_back_stays_listed_and_is_marked(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        organisation.set_separation(work, county.units["works"], "small_office")
        work.commit()
    chain = Chain(uow, county).submit().until("first_proofreading")
    chain.decide("first_proofreading", "return", record={"errors_found": "4"})
    with chain.uow(chain.actor("first_proofreading")) as work:
        taking_back.take_back(work, chain.decisions()[-1].task_id, "点错了。")
        work.commit()
    chain.decide("first_proofreading", "return", record={"errors_found": "2"})
    for code in ("returned", "proofreading", "small_office"):
        found = [line["效力"] for line in lines(chain, code, stage="first_proofreading")]
        assert found == ["", "已撤回"], code


def test_a_confidentiality_review_that_was_taken_back_is_not_called_voided(chain: Chain) -> None:
    again = Chain(chain.uow, chain.county).submit()
    again.decide("attribute_review")
    again.decide("confidentiality_review")
    with chain.uow(chain.actor("confidentiality_review")) as work:
        taking_back.take_back(work, again.decisions()[-1].task_id, "看错了附件。")
        work.commit()
    assert [line["效力"] for line in lines(chain, "confidentiality")] == ["已撤回", ""]


def test_under_way_by_stage_and_days(chain: Chain) -> None:
    second = Chain(chain.uow, chain.county).submit()
    assert [line["环节"] for line in lines(chain, "in_progress", stage="first_review")] == ["初审"]
    assert len(lines(chain, "in_progress")) == 2
    assert lines(chain, "in_progress", timedelta(days=3), days=4) == []
    assert len(lines(chain, "in_progress", timedelta(days=4), days=4)) == 2
    with chain.uow(chain.person("inspector"), MONDAY + timedelta(days=4)) as work:
        told = [(stage.zh, counts) for stage, counts in registers.ages(work)]
    assert told == [("公开属性审查", (0, 0, 1, 0)), ("初审", (0, 0, 1, 0))]
    second.decide("attribute_review", "return", reason_codes=("R04",))
    assert [line["环节"] for line in lines(chain, "in_progress", stage="revise")] == ["修改重报"]


def test_returns_by_reason_and_unit(chain: Chain) -> None:
    chain.decide("first_review", "return", reason_codes=("R02", "R11"))
    chain.revise("unchanged")
    chain.decide("first_review", "return", reason_codes=("R12",))
    works, town = (chain.county.units[code] for code in ("works", "town"))
    assert len(lines(chain, "returned", unit_id=works)) == 2
    assert lines(chain, "returned", unit_id=town) == []
    for reason, number in (("R11", 1), ("R12", 1), ("R01", 0), ("R", 0), ("%", 0)):
        assert len(lines(chain, "returned", reason=reason)) == number, reason
    with chain.read("inspector") as work:
        assert registers.units(work) == [(works, "清平县城市建设局")]


def test_confidentiality_is_kept_with_organ_number_and_verdicts(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county).submit()
    chain.decide("attribute_review")
    chain.decide("confidentiality_review", "refer")
    chain.decide("confidentiality_referral")
    answer, question = lines(chain, "confidentiality")
    assert (question["结论"], question["文号"]) == ("不能确定，报请确定", "清建函〔2026〕3号")
    assert (answer["环节"], answer["文号"]) == ("报请确定", "清保函〔2026〕9号")
    assert answer["机关或第三方"] == "清平县国家保密局"
    assert answer["逐项结论"] == "可以公开3项"
    assert question["逐项结论"] == "不能确定，报请确定1项、可以公开2项"


def test_errors_of_proofreading_are_listed(chain: Chain) -> None:
    chain.until("first_proofreading")
    chain.decide("first_proofreading", "return", record={"errors_found": "4"})
    (line,) = lines(chain, "proofreading")
    assert (line["差错数"], line["改正数"]) == ("4", "0")


def test_consultations_are_listed(chain: Chain) -> None:
    for _ in range(5):
        chain.decide("first_review", "return")
        chain.revise("unchanged")
    (line,) = lines(chain, "consultations")
    assert (line["已退回次数"], line["参加人员"], line["记录人"]) == ("5", "杜科、孟开", "杜科")


def test_return_notices_carry_their_number(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    chain.decide("attribute_review", "return", reason_codes=("R03", "R04"))
    (line,) = lines(chain, "return_notices")
    assert line["退文编号"].startswith("退〔2026〕")
    assert line["缺项"] == "缺解读方案、缺解读材料"


def test_decisions_that_no_longer_count(chain: Chain) -> None:
    chain.decide("first_review")
    with chain.read("first") as work:
        taking_back.take_back(work, chain.decisions("first_review")[-1].task_id)
        work.commit()
    (line,) = lines(chain, "voided")
    assert (line["环节"], line["结论"], line["作废原因"]) == ("初审", "通过", "经办人撤回")
    chain.until("first_proofreading")
    chain.decide("first_proofreading", "return")
    chain.revise("t2", body("360", "380"))
    assert {row["作废原因"] for row in lines(chain, "voided")} == {"经办人撤回", "事实性修改（T2）"}
    with chain.read("inspector") as work:
        _, rows = registers.whole(work, "voided")
    reasons = [row.cells[-1] for row in rows]
    assert Sentence("事实性修改（T2）", "Factual change (T2)") in reasons


def test_registered_items_with_their_day_of_review(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, factories.kept_back("not_disclosed")).submit()
    chain.decide("attribute_review", "not_disclosed", opinion="属于内部事务信息。")
    with chain.read("inspector") as work:
        (told,) = [
            one.sentence
            for one in oversight.trail(work, chain.package_id)
            if one.action == "package.registered"
        ]
        assert told.zh == "孟开：登记为不予公开，2026-12-31前复查能否公开"
    (line,) = lines(chain, "not_published")
    assert line["登记为"] == "不予公开（已登记）"
    assert line["复查日期"] == "2026-12-31"
    assert lines(chain, "in_progress") == []


def test_small_office_is_listed_only_where_it_was_used(chain: Chain) -> None:
    assert lines(chain, "small_office") == []


def test_only_inspectors_and_only_what_is_under_them(chain: Chain) -> None:
    for login in sorted(set(factories.STAFF) - {"inspector"}):
        with chain.read(login) as work:
            for call in (registers.page, registers.whole):
                with pytest.raises(NotPermitted):
                    call(work, "in_progress")
            with pytest.raises(NotPermitted):
                registers.record_export(work, registers.registers()[0], "xlsx", 1)
    chain.hire("townwatch", "甄查", "inspector", "town")
    with chain.read("townwatch") as work:
        for register in registers.registers():
            assert registers.whole(work, register.code)[1] == []
    with chain.read("inspector") as work, pytest.raises(NotFound):
        registers.page(work, "everything")


def test_a_page_costs_the_same_however_long_the_register(uow: OpenUow, county: County) -> None:
    costs = []
    for _ in range(2):
        for _ in range(6):
            chain = Chain(uow, county).submit()
        with chain.read("inspector") as work, counted(work) as statements:
            _, page = registers.page(work, "in_progress", Place(limit=4))
            costs.append(len(statements))
            assert len(page.rows) == 4
    assert costs[0] == costs[1]
    seen: list[str] = []
    place = paging.FIRST
    while True:
        with chain.read("inspector") as work:
            _, page = registers.page(work, "in_progress", Place(after=place.after, limit=5))
        seen += [zh(line.cells[0]) for line in page.rows]
        if page.next is None:
            break
        place = Place(after=page.next)
    assert len(seen) == len(set(seen)) == 12


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    line = registers.Line(1, (text, Sentence(text, text), 3, None))
    assert list(registers.texts([line], lambda s: s.zh)) == [[f"'{text}", f"'{text}", 3, ""]]
