"""Taking a decision back in the office: by whoever made it, while nothing stands on it, and it stays on record."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import conformance
from engine.errors import CannotTakeBack
from engine.models import ProcessInstance, UserTask
from tests import factories
from tests.chain import Chain, body
from tests.conftest import OpenUow
from tests.factories import County
from workflows import drafting, notices, taking_back
from workflows.content import parse
from workflows.errors import NotFound
from workflows.models import Decision, Package


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_review")


def take_back(chain: Chain, stage: str, by: str | None = None) -> None:
    task_id = chain.decisions(stage)[-1].task_id
    with chain.read(by or chain.at[stage]) as work:
        taking_back.take_back(work, task_id, "看错了附件")
        work.commit()


def refused(chain: Chain, stage: str, by: str | None = None) -> str:
    before = chain.open()
    with pytest.raises(CannotTakeBack) as found:
        take_back(chain, stage, by)
    assert chain.open() == before
    return "\n".join(reason.zh for reason in found.value.reasons)


def offered(chain: Chain, login: str) -> taking_back.Offer | None:
    with chain.read(login) as work:
        return taking_back.offer(work, chain.package_id)


def test_a_pass_taken_back_is_decided_anew_and_both_stay_on_record(chain: Chain) -> None:
    chain.decide("first_review")
    found = offered(chain, "first")
    assert found is not None
    assert (found.stage.zh, found.reasons) == ("初审", ())
    take_back(chain, "first_review")
    assert chain.open() == ["first_review"]
    with chain.read() as work:
        task = work.session.get_one(UserTask, chain.task("first_review"))
        assert (task.assignee_id, task.round) == (str(chain.county.people["first"]), 1)
    assert offered(chain, "first") is None
    chain.decide("first_review", "return")
    assert chain.status() == "returned"
    one, other = chain.decisions("first_review")
    assert (one.outcome, one.voided_reason) == ("pass", "经办人撤回")
    assert (other.outcome, other.voided_at) == ("return", None)


def test_a_return_taken_back_brings_the_item_back_from_its_drafter(chain: Chain) -> None:
    chain.decide("first_review", "return")
    assert chain.status() == "returned"
    take_back(chain, "first_review")
    assert (chain.open(), chain.status()) == (["first_review"], "in_review")
    chain.until("nowhere")
    assert chain.status() == "published"
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        assert conformance.check(work, work.session.get_one(ProcessInstance, package.case_id)).fits


def test_what_somebody_built_on_it_is_named(chain: Chain) -> None:
    chain.decide("first_review")
    chain.decide("second_review")
    assert "办理的“复审”是在您的“初审”之上作出的，不能撤回。" in refused(chain, "first_review")
    found = offered(chain, "first")
    assert found is not None
    assert "“复审”" in found.reasons[0].zh


def test_nobody_takes_back_what_another_decided(chain: Chain) -> None:
    chain.decide("first_review")
    chain.hire("first3", "初三", "first_reviewer", "works")
    for login in ("first3", "drafter"):
        assert "只能由本人撤回" in refused(chain, "first_review", login)
    for login in ("sysadmin", "secadmin", "auditadmin"):
        with pytest.raises(NotFound):
            take_back(chain, "first_review", login)


def test_a_text_that_was_changed_since_bars_the_way(chain: Chain) -> None:
    chain.decide("first_review", "return")
    with chain.read("drafter") as work:
        version = factories.current(work, chain.package_id)
        edited = body("360", "380")(parse(version.content))
        drafting.save(work, chain.package_id, edited, base_version=version.number)
        work.commit()
    assert "稿件已有修改，不能撤回。" in refused(chain, "first_review")


def test_a_return_notice_that_was_issued_bars_the_way(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    chain.decide("attribute_review", "return", reason_codes=("R01",))
    with chain.read() as work:
        issued = sa.text("SELECT number FROM return_notice")
        number = work.session.execute(issued).scalar()
    assert number
    assert f"已发出退文通知{number}，不能撤回。" in refused(chain, "attribute_review")


def test_a_decision_that_voided_others_bars_the_way(chain: Chain) -> None:
    chain.decide("first_review")
    made = chain.decisions("first_review")[-1]
    with chain.read() as work:
        other = work.session.get_one(Decision, chain.decisions("attribute_review")[-1].id)
        other.voided_at, other.voided_by, other.voided_reason = made.at, "first_review", "示例"
        work.commit()
    assert "这个决定已使别的决定失效，不能撤回。" in refused(chain, "first_review")


def test_the_attribute_is_the_drafters_proposal_again(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    chain.decide("attribute_review")
    take_back(chain, "attribute_review")
    assert chain.open() == ["attribute_review"]
    with chain.read() as work:
        assert work.session.get_one(Package, chain.package_id).attribute == "proactive"
    chain.decide("attribute_review", "return")
    assert chain.status() == "returned"


def test_what_was_registered_or_released_is_not_taken_back(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit().until("readback")
    assert "已执行" in refused(chain, "release")
    assert offered(chain, "publisher") is None


def test_those_who_had_the_next_task_are_told_of_nothing_new(chain: Chain) -> None:
    chain.decide("first_review")
    take_back(chain, "first_review")
    with chain.read("second") as work:
        links = [row.link for row in notices.list_mine(work)]
    with chain.read() as work:
        open_now = {f"/tasks/{task.id}" for task in chain._open(work)}
    assert not open_now & set(links)
