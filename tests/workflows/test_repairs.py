"""Repairs in the office: who may propose and confirm, what no longer counts, and what a repair may not do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import conformance
from engine.errors import CannotRepair
from engine.models import AuditEntry, ProcessInstance
from tests import factories
from tests.chain import Chain, body
from tests.conftest import OpenUow
from tests.factories import County
from workflows import drafting, notices, oversight, repairs
from workflows.content import parse
from workflows.errors import NotPermitted, Refused
from workflows.models import Package, Repair


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """A package that passed its reviews."""
    return Chain(uow, county).submit().until("first_proofreading")


@pytest.fixture
def returned(uow: OpenUow, county: County) -> Chain:
    """A package that lies with its drafter again."""
    chain = Chain(uow, county).submit().until("second_review")
    chain.decide("second_review", "return")
    return chain


def number(chain: Chain) -> str:
    with chain.read() as work:
        return work.session.get_one(Package, chain.package_id).number


def propose(chain: Chain, *stages: str, by: str = "sysadmin", reason: str = "审得太急") -> int:
    with chain.read(by) as work:
        row = repairs.propose(work, number(chain), stages, reason)
        work.commit()
        return row.id


def checked(chain: Chain, repair_id: int) -> str:
    with chain.read() as work:
        state, found = repairs.check(work, repair_id, lambda states, waiting: None)
    with chain.read() as work:
        status = repairs.checked(work, repair_id, state, found)
        work.commit()
    return status


def confirm(chain: Chain, repair_id: int, by: str = "secadmin") -> None:
    with chain.read(by) as work:
        repairs.confirm(work, repair_id)
        work.commit()


def fits(chain: Chain) -> bool:
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        return conformance.check(work, case).fits


def told(chain: Chain, login: str) -> list[str]:
    with chain.read(login) as work:
        return [row.text.zh for row in notices.list_mine(work)]


def test_an_item_goes_back_to_a_stage_and_is_released_from_there(chain: Chain) -> None:
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    assert f"{number(chain)}的修复待您确认。" in told(chain, "secadmin")
    confirm(chain, repair_id)
    assert (chain.open(), chain.status()) == (["second_review"], "in_review")
    assert f"{number(chain)}的修复已经完成。" in told(chain, "sysadmin")
    assert any("待复审" in text for text in told(chain, "second"))
    chain.until("nowhere")
    assert chain.status() == "published"
    assert fits(chain)
    with chain.read() as work:
        case_id = work.session.get_one(Package, chain.package_id).case_id
        wanted = sa.select(AuditEntry.action).where(AuditEntry.case_id == case_id)
        actions = list(work.session.scalars(wanted.order_by(AuditEntry.case_seq)))
        assert actions.index("repair.proposed") < actions.index("case.repaired")


def test_decisions_that_are_to_be_made_again_are_struck_out(chain: Chain) -> None:
    """A clearance that was given too quickly is given again, and only then counts."""
    repair_id = propose(chain, "confidentiality_review")
    assert checked(chain, repair_id) == "possible"
    (clearance,) = chain.decisions("confidentiality_review")
    assert clearance.voided_at is None
    confirm(chain, repair_id)
    (clearance,) = chain.decisions("confidentiality_review")
    assert clearance.voided_reason == "管理员修复，须重新作出"
    chain.until("nowhere")
    assert chain.status() == "published"
    assert fits(chain)


@pytest.mark.parametrize("stage", ["third_proofreading", "release", "readback"])
def test_no_gate_is_passed(chain: Chain, stage: str) -> None:
    repair_id = propose(chain, stage)
    assert checked(chain, repair_id) == "impossible"
    with chain.read("sysadmin") as work:
        found = repairs.found(repairs.get(work, repair_id))
        assert found is not None
        assert found.reasons
    with pytest.raises(Refused):
        confirm(chain, repair_id)
    assert chain.open() == ["first_proofreading"]


def test_a_return_is_answered_by_its_drafter_and_not_repaired_away(returned: Chain) -> None:
    repair_id = propose(returned, "second_review")
    assert checked(returned, repair_id) == "impossible"
    with returned.read("sysadmin") as work:
        found = repairs.found(repairs.get(work, repair_id))
        assert found is not None
        assert "退回的，拟稿人修改重报之前不得发布。" in found.reasons[0].zh
    assert returned.open() == ["revise"]


def test_a_text_changed_after_the_return_is_handed_in_first(returned: Chain) -> None:
    with returned.read("drafter") as work:
        version = factories.current(work, returned.package_id)
        edited = body("360", "380")(parse(version.content))
        drafting.save(work, returned.package_id, edited, base_version=version.number)
        work.commit()
    with pytest.raises(Refused) as refused:
        propose(returned, "second_review")
    assert "须由拟稿人重报" in refused.value.reasons[0].zh


def test_what_is_public_stays_behind_the_release(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit().until("readback")
    with pytest.raises(Refused) as refused:
        propose(chain, "release")
    assert "本件已经公开" in refused.value.reasons[0].zh


def test_all_reasons_are_told_at_once(chain: Chain) -> None:
    with pytest.raises(Refused) as refused:
        propose(chain, reason=" ")
    assert [reason.code for reason in refused.value.reasons] == ["stages", "reason"]
    with pytest.raises(Refused) as unknown, chain.read("sysadmin") as work:
        repairs.propose(work, "20269999", ["release"], "误点")
    assert "没有正在办理的“20269999”" in unknown.value.reasons[0].zh


@pytest.mark.parametrize("login", sorted(set(factories.STAFF) - {"sysadmin"}))
def test_nobody_else_proposes(chain: Chain, login: str) -> None:
    with pytest.raises(NotPermitted):
        propose(chain, "second_review", by=login)


Verb = Callable[[Chain, int, str], None]


def decline(chain: Chain, repair_id: int, by: str, answer: str = "不同意") -> None:
    with chain.read(by) as work:
        repairs.decline(work, repair_id, answer)
        work.commit()


@pytest.mark.parametrize("verb", [confirm, decline])
def test_nobody_but_the_security_administrator_decides(chain: Chain, verb: Verb) -> None:
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    for login in sorted(set(factories.STAFF) - {"secadmin"}):
        with pytest.raises(NotPermitted):
            verb(chain, repair_id, login)
    assert chain.open() == ["first_proofreading"]


def test_who_holds_both_roles_does_not_confirm_their_own(chain: Chain) -> None:
    """The separation of the administrators forbids it; the rule does not rely on that."""
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    with chain.read() as work:
        row = work.session.get_one(Repair, repair_id)
        row.proposed_by = chain.county.people["secadmin"]
        work.commit()
    with pytest.raises(NotPermitted) as refused:
        confirm(chain, repair_id)
    assert "提出的人不能自己确认" in refused.value.reasons[0].zh


def test_declining_says_why_and_moves_nothing(chain: Chain) -> None:
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    with pytest.raises(Refused):
        decline(chain, repair_id, "secadmin", " ")
    decline(chain, repair_id, "secadmin")
    assert chain.open() == ["first_proofreading"]
    assert f"{number(chain)}的修复未获同意。" in told(chain, "sysadmin")
    with pytest.raises(Refused):
        confirm(chain, repair_id)


def test_a_case_that_went_on_is_not_moved(chain: Chain) -> None:
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    chain.decide("first_proofreading")
    before = chain.open()
    with pytest.raises(CannotRepair) as refused:
        confirm(chain, repair_id)
    assert "请重新提出" in refused.value.reasons[0].zh
    assert chain.open() == before


def test_the_trail_tells_a_repair_in_words(chain: Chain) -> None:
    repair_id = propose(chain, "second_review")
    assert checked(chain, repair_id) == "possible"
    confirm(chain, repair_id)
    with chain.read("drafter") as work:
        lines = [line.sentence.zh for line in oversight.trail(work, chain.package_id)]
    assert any("提出修复，移到“复审”：审得太急" in line for line in lines)
    assert any("将本件移到“复审”，理由：审得太急" in line for line in lines)
