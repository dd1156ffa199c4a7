"""The catalogue: which edition holds, who proposes and who adopts it, and what a table must say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from engine.database import SYSTEM, UnitOfWork
from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from tests.statements import counted
from tests.workflows.test_importing import csv
from workflows import catalogue, catalogue_in, people
from workflows.catalogue import Entry
from workflows.content import parse
from workflows.errors import GateRefused, NotPermitted, Refused
from workflows.models import CatalogueEdition, Matter
from workflows.time_limits import Limit

TODAY = date(2026, 6, 8)
NEW = (
    Entry("城乡建设", "城乡建设管理", column="通知公告", limit=Limit("formed", 7)),
    Entry("处罚", "行政处罚", limit=Limit("decided", 7)),
)


def proposed(open_uow: OpenUow, county: County, on: date = TODAY) -> int:
    with open_uow(county.actor("ogi")) as work:
        made = catalogue.propose(work, county.units["county"], NEW, effective_on=on)
        work.commit()
        return made.id


def adopted(open_uow: OpenUow, county: County, on: date = TODAY) -> int:
    edition = proposed(open_uow, county, on)
    with open_uow(county.actor("final")) as work:
        catalogue.adopt(work, edition)
        work.commit()
    return edition


def codes(open_uow: OpenUow, unit: int, days: int = 0) -> list[str]:
    with open_uow(now=MONDAY + timedelta(days=days)) as work:
        return list(catalogue.in_force(work, unit))


def test_what_is_proposed_holds_only_when_another_has_adopted_it(
    uow: OpenUow, county: County
) -> None:
    edition = proposed(uow, county)
    works = county.units["works"]
    assert codes(uow, works) == ["城乡建设", "政策文件", "其他"]
    with uow(county.actor("final")) as work:
        assert catalogue.against_the_one_before(work, catalogue.edition(work, edition)) == (
            catalogue.Changes(("处罚",), ("城乡建设",), ("政策文件", "其他"))
        )
        catalogue.adopt(work, edition)
        work.commit()
    assert codes(uow, works) == ["城乡建设", "处罚"]


def test_it_holds_from_its_day_on_and_one_edition_alone(uow: OpenUow, county: County) -> None:
    adopted(uow, county, TODAY + timedelta(days=10))
    works = county.units["works"]
    assert "处罚" not in codes(uow, works, days=9)
    assert codes(uow, works, days=10) == ["城乡建设", "处罚"]


def test_adopted_late_it_holds_from_that_day(uow: OpenUow, county: County) -> None:
    edition = proposed(uow, county, TODAY)
    with uow(county.actor("final"), MONDAY + timedelta(days=5)) as work:
        assert catalogue.adopt(work, edition).effective_on == TODAY + timedelta(days=5)


def test_a_unit_reads_its_own_catalogue_before_the_countys(uow: OpenUow, county: County) -> None:
    own = replace(NEW[0], name="本局事项")
    with uow(SYSTEM) as work:
        factories.adopt_catalogue(work, county.units["works"], [own])
        work.commit()
        found = catalogue.in_force(work, county.units["works"])
        assert found["城乡建设"].name == "本局事项"
        assert list(found) == ["城乡建设", "政策文件", "其他"]
        assert catalogue.in_force(work, county.units["town"])["城乡建设"].name == "城乡建设管理"


def test_a_matter_of_one_unit_is_not_anothers(uow: OpenUow, county: County) -> None:
    mine = Entry("镇务", "镇务公开", owner_id=county.units["town"])
    with uow(SYSTEM) as work:
        factories.adopt_catalogue(work, county.units["county"], [mine], date(2026, 2, 1))
        work.commit()
    assert codes(uow, county.units["town"]) == ["镇务"]
    assert codes(uow, county.units["works"]) == []


@pytest.mark.parametrize("login", ["drafter", "first", "inspector", "sysadmin", "final"])
def test_only_the_disclosure_office_proposes(uow: OpenUow, county: County, login: str) -> None:
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        catalogue.propose(work, county.units["county"], NEW, effective_on=TODAY)


@pytest.mark.parametrize("login", ["ogi", "drafter", "second", "secadmin"])
def test_only_who_signs_for_the_unit_adopts(uow: OpenUow, county: County, login: str) -> None:
    edition = proposed(uow, county)
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        catalogue.adopt(work, edition)
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        catalogue.decline(work, edition, "不")


def test_nobody_adopts_what_they_proposed(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county)
    both = chain.hire("both", "双任", "ogi_officer", "county")
    with uow(SYSTEM) as work:
        people.set_roles(
            work,
            both,
            [
                people.RoleGrant(role, county.units["county"])
                for role in ("ogi_officer", "final_reviewer")
            ],
        )
        work.commit()
    with uow(chain.hired["both"]) as work:
        made = catalogue.propose(work, county.units["county"], NEW, effective_on=TODAY)
        work.commit()
        edition = made.id
        with pytest.raises(NotPermitted) as refused:
            catalogue.adopt(work, edition)
        assert "提出的人不能自己批准" in refused.value.reasons[0].zh
    with uow() as work, pytest.raises(IntegrityError):
        work.session.execute(
            sa.update(CatalogueEdition)
            .where(CatalogueEdition.id == edition)
            .values(status="adopted", decided_by=both, decided_at=work.now)
        )


def test_decided_once(uow: OpenUow, county: County) -> None:
    edition = proposed(uow, county)
    with uow(county.actor("principal")) as work:
        with pytest.raises(Refused, match="理由"):
            catalogue.decline(work, edition, " ")
        catalogue.decline(work, edition, "时限写错。")
        work.commit()
    with uow(county.actor("final")) as work, pytest.raises(Refused, match="已经有了结论"):
        catalogue.adopt(work, edition)


def test_what_was_adopted_cannot_be_changed_by_anybody(uow: OpenUow, county: County) -> None:
    with uow() as work, pytest.raises(DBAPIError, match="append-only"):
        work.session.execute(sa.update(Matter).values(name="改了"))


def test_bad_editions_are_refused_with_all_reasons(uow: OpenUow, county: County) -> None:
    with uow(county.actor("ogi")) as work, pytest.raises(Refused) as refused:
        catalogue.propose(work, county.units["county"], [], effective_on=TODAY - timedelta(days=1))
    assert len(refused.value.reasons) == 2


def test_an_item_takes_name_edition_and_day_from_the_catalogue(
    uow: OpenUow, county: County
) -> None:
    adopted(uow, county)
    chain = Chain(uow, county).submit()
    with chain.read() as work:
        shown = catalogue_facts(work, chain.package_id)
    assert shown == ("城乡建设管理", 2, date(2026, 6, 10))  # seven working days after 1 June


def catalogue_facts(work: UnitOfWork, package_id: int) -> tuple[object, ...]:
    facts = parse(factories.current(work, package_id).content).metadata
    return facts.catalogue_name, facts.catalogue_edition, facts.disclosure_due


def test_a_matter_that_is_gone_stops_the_item(uow: OpenUow, county: County) -> None:
    adopted(uow, county)
    chain = Chain(uow, county, factories.with_metadata(catalogue_item="政策文件"))
    with pytest.raises(GateRefused, match="目录中没有“政策文件”"):
        chain.submit()


def test_reading_the_catalogue_costs_the_same_however_long_it_is(
    uow: OpenUow, county: County
) -> None:
    def cost() -> int:
        with uow() as work, counted(work) as statements:
            catalogue.in_force(work, county.units["works"])
        return len(statements)

    few = cost()
    with uow(SYSTEM) as work:
        many = [Entry(f"M{n}", f"事项{n}") for n in range(200)]
        factories.adopt_catalogue(work, county.units["county"], many, date(2026, 3, 1))
        work.commit()
    assert cost() == few


# --- tables ---

HEAD = ("事项编码", "公开事项", "公开内容", "公开依据", "公开时限", "责任", "栏目", "公开主体", "公开渠道", "法定")  # fmt: skip
ROW = ("A1", "行政处罚", "决定书摘要", "条例第二十条", "处罚决定作出之日起7个工作日内", "法规科", "执法公示", "works", "政府网站、公示栏、公开专区", "是")  # fmt: skip


def judged(open_uow: OpenUow, county: County, *rows: tuple[str, ...]) -> catalogue_in.Draft:
    with open_uow(county.actor("ogi")) as work:
        read = catalogue_in.read("目录.csv", csv(HEAD, *rows))
        return catalogue_in.judge(work, county.units["county"], read)


def test_a_table_becomes_matters(uow: OpenUow, county: County) -> None:
    draft = judged(uow, county, (*ROW[:8], "政府公报", "否"))
    (entry,) = draft.entries
    assert entry == Entry(
        code="A1",
        name="行政处罚",
        content="决定书摘要",
        basis="条例第二十条",
        owner_id=county.units["works"],
        responsible="法规科",
        limit=Limit("decided", 7),
        channels=("website", "gazette"),
        column="执法公示",
        statutory=False,
    )
    assert draft.changes.added == ("A1",)


@pytest.mark.parametrize(
    ("column", "text", "part"),
    [
        ("事项编码", "", "缺“事项编码”"),
        ("公开内容", "", "缺“公开内容”"),
        ("公开依据", "", "缺“公开依据”"),
        ("栏目", "", "缺“栏目”"),
        ("责任", "", "缺“责任”"),
        ("公开时限", "尽快", "看不出从什么时候起算"),
        ("公开时限", "999个工作日内", "看不出从什么时候起算"),
        ("公开主体", "nobody", "不是本单位或下属单位"),
        ("公开时限", "每月后10个工作日内", "须写明公开主体"),
        ("公开渠道", "广播", "公开渠道“广播”不认识"),
        ("法定", "也许", "请写“是”或“否”"),
        ("公开事项", "长" * 201, "最多 200 字"),
    ],
)
def test_each_wrong_cell_is_told(
    uow: OpenUow, county: County, column: str, text: str, part: str
) -> None:
    row = list(ROW)
    row[8] = "政府网站"
    row[HEAD.index(column)] = text
    if part == "须写明公开主体":
        row[HEAD.index("公开主体")] = ""
    draft = judged(uow, county, tuple(row))
    assert draft.entries == ()
    assert part in "".join(reason.zh for reason in draft.wrong[0].reasons)


def test_all_reasons_of_a_row_and_codes_used_twice(uow: OpenUow, county: County) -> None:
    good = (*ROW[:8], "政府网站", "是")
    bad = ("A1", "", "", "", "尽快", "", "", "", "", "")
    draft = judged(uow, county, good, bad)
    assert [line.number for line in draft.wrong] == [2, 3]
    assert "出现了 2 次" in draft.wrong[0].reasons[0].zh
    assert len(draft.wrong[1].reasons) == 7
