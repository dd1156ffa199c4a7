"""Urging and remarks: by whom they may be made, that they are on record, and that they decide nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import NotAllowed
from tests import factories
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import drafting, notices, oversight, remarks
from workflows.errors import NotFound, Refused


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_review")


def urge(chain: Chain, by: str, after: timedelta = timedelta()) -> None:
    with chain.uow(chain.person(by), MONDAY + after) as work:
        remarks.nudge(work, chain.task("first_review"), "请今天办结")
        work.commit()


def told(chain: Chain, login: str) -> list[str]:
    with chain.read(login) as work:
        return [row.text.zh for row in notices.list_mine(work)]


def test_the_drafter_urges_and_whoever_can_act_is_told(chain: Chain) -> None:
    title = factories.METADATA.title
    task_id = chain.task("first_review")
    with chain.read("drafter") as work:
        assert remarks.nudgeable(work, chain.package_id) == {task_id}
    urge(chain, "drafter")
    assert f"《{title}》的初审请尽快办理。" in told(chain, "first")
    with chain.read("drafter") as work:
        assert remarks.nudgeable(work, chain.package_id) == frozenset()
        trail = [line.sentence.zh for line in oversight.trail(work, chain.package_id)]
    assert any("催办“初审”" in line or "催办初审" in line for line in trail), trail
    with pytest.raises(NotAllowed):
        urge(chain, "ogi")
    urge(chain, "ogi", timedelta(days=1))
    assert chain.open() == ["first_review"]


def test_not_everybody_urges(chain: Chain) -> None:
    for login in ("first", "proof1"):
        with chain.read(login) as work:
            try:
                assert remarks.nudgeable(work, chain.package_id) == frozenset()
            except NotFound:
                continue
        with pytest.raises(NotAllowed):
            urge(chain, login)
    for login in ("sysadmin", "secadmin", "auditadmin"):
        with pytest.raises(NotFound):
            urge(chain, login)


def test_a_remark_stays_in_the_trail(chain: Chain) -> None:
    with chain.read("first") as work:
        remarks.comment(work, chain.package_id, "附件二的表格请核对合计数。")
        work.commit()
    with chain.read("drafter") as work:
        trail = [line.sentence.zh for line in oversight.trail(work, chain.package_id)]
    assert any("留言：附件二的表格请核对合计数。" in line for line in trail)
    assert chain.open() == ["first_review"]


@pytest.mark.parametrize(("text", "said"), [(" ", "请填写内容。"), ("字" * 5_000, "最多")])
def test_an_empty_or_endless_remark_is_refused(chain: Chain, text: str, said: str) -> None:
    with chain.read("first") as work, pytest.raises(Refused) as refused:
        remarks.comment(work, chain.package_id, text)
    assert said in refused.value.reasons[0].zh


def test_who_may_not_see_the_item_says_nothing_about_it(chain: Chain) -> None:
    for login in ("sysadmin", "secadmin", "auditadmin"):
        with chain.read(login) as work, pytest.raises(NotFound):
            remarks.comment(work, chain.package_id, "我来看看")


def test_a_draft_has_no_trail_to_remark_in(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        draft = drafting.create(work, factories.DRAFT)
        with pytest.raises(Refused):
            remarks.comment(work, draft.id, "先说一句")
