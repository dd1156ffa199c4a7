"""Why a task lies with me, and candidates by the matter of the catalogue (domain:C1)."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM
from engine.models import UserTask
from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from tests.workflows.test_catalogue import HEAD, ROW
from tests.workflows.test_importing import csv
from workflows import catalogue_in, eligibility, people
from workflows.catalogue import Entry


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """The catalogue names two people of the disclosure office for the matter."""
    chain = Chain(uow, county)
    second = chain.hire("ogi2", "孟二", "ogi_officer", "county")
    handlers = (second, county.people["ogi"])
    with uow(SYSTEM) as work:
        matter = Entry("城乡建设", "城乡建设管理", handlers=handlers)
        factories.adopt_catalogue(work, county.units["county"], [matter], date(2026, 2, 1))
        work.commit()
    return chain.submit()


def assignee(chain: Chain) -> str | None:
    with chain.read() as work:
        query = sa.select(UserTask.assignee_name, UserTask.assignee_id)
        row = work.session.execute(query.where(UserTask.status == "open")).one()
        return str(row.assignee_id) if row.assignee_id else None


def whys(chain: Chain, login: str, stage: str) -> list[str]:
    task_id = chain.task(stage)
    with chain.read(login) as work:
        return [one.zh for one in eligibility.why_me(work, task_id)]


def test_the_matter_decides_who_of_the_office_has_it(chain: Chain) -> None:
    assert assignee(chain) == chain.hired["ogi2"].id
    assert whys(chain, "ogi2", "attribute_review") == [
        "您在清平县人民政府担任政务公开经办人，“公开属性审查”由这一角色办理。",
        "清平县城市建设局没有人担任政务公开经办人，由上级清平县人民政府办理。",
        "目录规定这一事项由您经办。",
    ]
    assert whys(chain, "first", "attribute_review") == []


def test_whoever_left_is_passed_over(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county)
    gone = chain.hire("ogi2", "孟二", "ogi_officer", "county")
    with uow(SYSTEM) as work:
        matter = Entry("城乡建设", "城乡建设管理", handlers=(gone, county.people["ogi"]))
        factories.adopt_catalogue(work, county.units["county"], [matter], date(2026, 2, 1))
        people.deactivate(work, gone, "调离")
        work.commit()
    chain.submit()
    assert assignee(chain) == str(county.people["ogi"])


def test_without_a_name_in_the_catalogue_the_group_has_it(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    assert assignee(chain) is None
    assert len(whys(chain, "ogi", "attribute_review")) == 2


def test_why_a_revision_is_the_drafters_and_a_review_the_units_own(chain: Chain) -> None:
    chain.at["attribute_review"] = "ogi2"
    chain.until("first_review")
    assert whys(chain, "first", "first_review") == [
        "您在清平县城市建设局担任初审人，“初审”由这一角色办理。"
    ]
    chain.decide("first_review", "return")
    assert "本件由您拟稿或签发，回到您手上。" in whys(chain, "drafter", "revise")
    assert whys(chain, "drafter2", "revise") == []


def test_tables_name_people_by_their_login(uow: OpenUow, county: County) -> None:
    head = (*HEAD, "经办人（登录名）")
    row = (*ROW[:8], "政府网站", "是")
    with uow(county.actor("ogi")) as work:
        read = catalogue_in.read("目录.csv", csv(head, (*row, "ogi；nobody")))
        (line,) = catalogue_in.judge(work, county.units["county"], read).wrong
        assert "经办人“nobody”不是在用的登录名" in line.reasons[0].zh
        read = catalogue_in.read("目录.csv", csv(head, (*row, "ogi；final")))
        (entry,) = catalogue_in.judge(work, county.units["county"], read).entries
        assert entry.handlers == (county.people["ogi"], county.people["final"])
