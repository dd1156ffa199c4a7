"""The drafter hears of it when an item is set aside, ended without a release, or taken up again (domain:C6)."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from engine.models import OutboxItem
from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from workflows import mail, notices, taking_back
from workflows.notices import NoticeRow

WHY = "灯具还没有招标，先放一放。"


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    chain = Chain(uow, county).submit().until("final_review")
    with chain.read("drafter") as work:
        mail.choose(work, "drafter@qingping.example", "all")
        work.commit()
    return chain


def messages(chain: Chain, kind: str) -> list[NoticeRow]:
    """The drafter's messages about what became of the item."""
    with chain.read("drafter") as work:
        return [one for one in notices.list_mine(work) if one.text.code == kind]


def letters(chain: Chain) -> list[str]:
    """What the letters that wait to be sent are about."""
    with chain.read("drafter") as work:
        waiting = work.session.scalars(sa.select(OutboxItem.payload).order_by(OutboxItem.id))
        return [json.loads(one)["about"] for one in waiting]


def test_on_hold_and_taken_up_again(chain: Chain) -> None:
    chain.decide("final_review", "hold", opinion=WHY, reason_codes=("R22",))
    (held,) = messages(chain, "on_hold")
    title = factories.METADATA.title
    assert held.text.zh.startswith(f"《{title}》列为待用，暂不发布（终审，钟定）。原因：")
    assert held.text.zh.endswith(f"意见：{WHY}")
    assert f"“{title}” is on hold (Final review, 钟定). Reason: " in held.text.en
    assert held.link == f"/packages/{chain.package_id}"
    chain.decide("on_hold", "resume", opinion="已经招标。")
    (again,) = messages(chain, "in_review")
    assert again.text.zh == f"《{title}》恢复办理（待用，钟定）。意见：已经招标。"
    assert letters(chain) == ["on_hold", "goes_on"]


def test_rejected_from_hold(chain: Chain) -> None:
    chain.decide("final_review", "hold", opinion=WHY, reason_codes=("R22",))
    chain.decide("on_hold", "reject", opinion="项目取消。", reason_codes=("R22",))
    (ended,) = messages(chain, "rejected")
    assert "不予采用，已办结（待用，钟定）" in ended.text.zh
    assert ended.text.zh.endswith("意见：项目取消。")
    assert letters(chain) == ["on_hold", "ended"]


def test_a_hold_that_was_taken_back(chain: Chain) -> None:
    task = chain.task("final_review")
    chain.decide("final_review", "hold", opinion=WHY, reason_codes=("R22",))
    with chain.read("final") as work:
        taking_back.take_back(work, task, "点错了。")
        work.commit()
    (again,) = messages(chain, "in_review")
    assert again.text.zh.endswith("恢复办理：钟定撤回了先前的决定。")


@pytest.mark.parametrize(
    ("attribute", "said"),
    [("on_request", "确定为依申请公开，登记在册"), ("not_disclosed", "确定为不予公开，登记在册")],
)
def test_registered_instead_of_released(
    uow: OpenUow, county: County, attribute: str, said: str
) -> None:
    chain = Chain(uow, county, factories.kept_back(attribute)).submit()
    chain.decide("attribute_review", attribute, opinion="同意拟稿人的意见。")
    (ended,) = messages(chain, attribute)
    assert said in ended.text.zh
    assert "孟开" in ended.text.zh
    assert ended.text.zh.endswith("意见：同意拟稿人的意见。")


def test_nothing_is_told_of_what_goes_its_way(chain: Chain) -> None:
    chain.until("readback")
    assert letters(chain) == []
