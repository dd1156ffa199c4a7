"""The house changes: units and people move, somebody answers for it, and the sheet says who did (domain:A1.12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM
from engine.models import UserTask
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from tests.workflows.test_importing import csv
from workflows import accountability, evidence_sheet, importing, organisation, people, units
from workflows.errors import NotPermitted, Refused
from workflows.models import Unit

TODAY = date(2026, 6, 8)


def changed(
    open_uow: OpenUow, county: County, unit: str, by: str = "sysadmin", **given: object
) -> None:
    with open_uow(county.actor(by)) as work:
        row = units.get_unit(work, county.units[unit])
        now = {
            "name": row.name,
            "kind": row.kind,
            "parent_id": row.parent_id,
            "public_entity": row.public_entity,
        }
        organisation.change_unit(work, row.id, **{**now, **given})  # type: ignore[arg-type]
        work.commit()


def test_a_unit_is_renamed_and_marked_as_a_public_entity(uow: OpenUow, county: County) -> None:
    changed(uow, county, "works", name="  清平县住房和城乡建设局 ", public_entity=True)
    with uow() as work:
        row = units.get_unit(work, county.units["works"])
        assert (row.name, row.public_entity) == ("清平县住房和城乡建设局", True)


def test_what_makes_no_tree_is_refused_with_every_reason(uow: OpenUow, county: County) -> None:
    with pytest.raises(Refused, match="不能是本单位或它的下级"):
        changed(uow, county, "county", parent_id=county.units["works"])
    with pytest.raises(Refused, match="不能是本单位"):
        changed(uow, county, "works", parent_id=county.units["works"])
    with pytest.raises(Refused) as refused:
        changed(uow, county, "works", name=" ", kind="court")
    assert len(refused.value.reasons) == 2


def test_what_opens_after_a_unit_moved_goes_along_its_new_line(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county).submit()
    with uow(SYSTEM) as work:
        other = units.create_unit(work, code="new", name="清平新区管委会", kind="government").id
        work.commit()
    changed(uow, county, "works", parent_id=other)
    chain.decide("attribute_review")  # what was open stays with those who have it

    def group() -> str:
        query = sa.select(UserTask.candidate_group).where(UserTask.status == "open")
        with chain.read() as work:
            return work.session.scalars(query).one()

    assert group() == "nobody:confidentiality_reviewer"  # nobody of the new line holds the role
    changed(uow, county, "works", parent_id=county.units["county"])
    assert group() == f"confidentiality_reviewer:{county.units['county']}"


@pytest.mark.parametrize("login", ["secadmin", "ogi", "inspector", "drafter"])
def test_only_the_system_administrator_changes_units_and_people(
    uow: OpenUow, county: County, login: str
) -> None:
    with pytest.raises(NotPermitted):
        changed(uow, county, "works", by=login, name="别名")
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        organisation.close_unit(work, county.units["town"])
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        organisation.change_person(
            work, county.people["first"], name="某", post="", unit_id=county.units["works"]
        )


def test_a_unit_closes_when_nothing_is_left_in_it(uow: OpenUow, county: County) -> None:
    Chain(uow, county).submit()
    with uow(county.actor("sysadmin")) as work:
        with pytest.raises(Refused) as refused:
            organisation.close_unit(work, county.units["works"])
        assert "5 名在用人员" in refused.value.reasons[0].zh
        assert "1 件稿件在办理中" in refused.value.reasons[1].zh
        with pytest.raises(Refused, match="3 个下级单位"):
            organisation.close_unit(work, county.units["county"])
        organisation.close_unit(work, county.units["town"])
        with pytest.raises(Refused, match="已经撤销"):
            organisation.close_unit(work, county.units["town"])
        with pytest.raises(Refused, match="这个单位已撤销"):
            organisation.change_person(
                work, county.people["first"], name="初明", post="", unit_id=county.units["town"]
            )
        organisation.reopen_unit(work, county.units["town"])
        work.commit()
        assert units.get_unit(work, county.units["town"]).active


def test_somebody_is_promoted_and_moves_and_keeps_the_roles(uow: OpenUow, county: County) -> None:
    with uow(county.actor("sysadmin")) as work:
        organisation.change_person(
            work, county.people["first"], name="初明", post="科长", unit_id=county.units["office"]
        )
        work.commit()
        person = people.get_person(work, county.people["first"])
        assert (person.post, person.unit_id) == ("科长", county.units["office"])
        assert [held.role for held in people.roles_of(work, person.id)] == ["first_reviewer"]
        with pytest.raises(Refused) as refused:
            organisation.change_person(
                work, person.id, name="", post="职" * 61, unit_id=county.units["office"]
            )
        assert len(refused.value.reasons) == 2


def test_public_entities_come_in_by_table(uow: OpenUow, county: County) -> None:
    table = csv(
        ("单位代码", "单位名称", "类别", "上级单位代码"),
        ("H1", "清平县人民医院", "公共企事业单位", "county"),
    )
    with uow(county.actor("sysadmin")) as work:
        rows = importing.read("units", "表.csv", table)
        importing.import_all(work, "units", rows)
        work.commit()
        row = work.session.scalars(sa.select(Unit).where(Unit.code == "H1")).one()
        assert (row.kind, row.public_entity) == ("department", True)


# --- who answers for it ---


def named(open_uow: OpenUow, county: County, unit: str, **holders: str | None) -> None:
    with open_uow(county.actor("secadmin")) as work:
        chosen = {label: county.people[who] if who else None for label, who in holders.items()}
        accountability.set_accountable(work, county.units[unit], chosen)
        work.commit()


def answering(open_uow: OpenUow, county: County, unit: str, days: int = 0) -> dict[str, str]:
    with open_uow(now=MONDAY + timedelta(days=days)) as work:
        found = accountability.accountable(work, county.units[unit])
        return {label: row.person.name for label, row in found.items()}


def test_a_units_own_people_answer_else_those_above(uow: OpenUow, county: County) -> None:
    named(uow, county, "county", first="principal", main="final")
    named(uow, county, "works", direct="head")
    assert answering(uow, county, "works") == {"first": "柳主", "main": "钟定", "direct": "杜科"}
    assert answering(uow, county, "town") == {"first": "柳主", "main": "钟定"}
    named(uow, county, "works", main="first")
    assert answering(uow, county, "works")["main"] == "初明"


def test_one_takes_over_from_another_from_a_day_on(uow: OpenUow, county: County) -> None:
    named(uow, county, "works", direct="head")
    with uow(county.actor("secadmin")) as work:
        chosen = {"direct": county.people["first"]}
        later = TODAY + timedelta(days=7)
        accountability.set_accountable(work, county.units["works"], chosen, since=later)
        work.commit()
    assert answering(uow, county, "works", 6) == {"direct": "杜科"}
    assert answering(uow, county, "works", 7) == {"direct": "初明"}
    named(uow, county, "works", direct=None)
    assert answering(uow, county, "works", 7) == {}


def test_bad_choices_are_refused(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work:
        with pytest.raises(Refused) as refused:
            accountability.set_accountable(
                work, county.units["works"], {"boss": 99999}, since=TODAY - timedelta(days=1)
            )
        assert len(refused.value.reasons) == 3
    with uow(county.actor("sysadmin")) as work, pytest.raises(NotPermitted):
        accountability.set_accountable(work, county.units["works"], {})


def test_the_sheet_names_who_answered_when_it_was_handed_in(uow: OpenUow, county: County) -> None:
    named(uow, county, "county", first="principal")
    chain = Chain(uow, county).submit()
    named(uow, county, "county", first="final")
    with chain.read() as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
    assert [(one.label.zh, one.value.zh) for one in sheet.accountable] == [("第一责任人", "柳主")]
