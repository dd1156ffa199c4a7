"""An item keeps the way that it was handed in by, and what that way asks for (domain:C3, C5), whatever is tried on it."""

from __future__ import annotations

import pytest

from engine.models import ProcessInstance
from tests.chain import Chain, body
from tests.conftest import OpenUow
from tests.factories import County, with_metadata
from tests.workflows.test_profiles import REPOST
from workflows import final_gate, taking_back
from workflows.errors import GateRefused, Refused
from workflows.models import Package


def missed(chain: Chain) -> set[str]:
    """What the final gate says is missing."""
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        return {one.code for one in final_gate.refusals(final_gate.checks(work, package, case))}


# -- repost ------------------------------------------------------------------------------------------


@pytest.fixture
def repost(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county, REPOST).submit()


def test_a_proofreader_makes_no_other_text_of_a_repost(repost: Chain) -> None:
    """domain:A1.9: it would go on as if it were the original, until the publisher is refused."""
    repost.until("first_proofreading")
    other = body("请遵照执行", "请认真执行")(repost.draft).body_html
    with pytest.raises(Refused, match="不能按转载流程办理"):
        repost.decide("first_proofreading", "corrected", corrected_body_html=other)
    same = body("出行，", "出行,")(repost.draft).body_html
    repost.decide("first_proofreading", "corrected", corrected_body_html=same)
    assert repost.until("nothing").status() == "published"


def test_a_repost_does_not_turn_original_on_the_way(repost: Chain) -> None:
    repost.until("first_review").decide("first_review", "return")
    with pytest.raises(GateRefused, match="信息来源不是转载"):
        repost.revise("t1", lambda shown: with_metadata(shown, source="original"))


@pytest.fixture
def doubted(repost: Chain) -> Chain:
    """The confidentiality reviewer would not disclose it; the office decides the attribute."""
    repost.decide("confidentiality_review", "withhold")
    assert repost.open() == ["attribute_review"]
    return repost


def test_the_gate_misses_an_attribute_review_that_returned_a_doubted_repost(doubted: Chain) -> None:
    doubted.decide("attribute_review", "return", reason_codes=("R15",))
    doubted.revise("unchanged")
    assert doubted.open() == ["attribute_review"]
    assert "attribute_review" in missed(doubted)


def test_the_gate_misses_an_attribute_review_that_was_taken_back(doubted: Chain) -> None:
    task_id = doubted.task("attribute_review")
    doubted.decide("attribute_review")
    assert "attribute_review" not in missed(doubted)
    with doubted.uow(doubted.person("ogi")) as work:
        taking_back.take_back(work, task_id, "看错了。")
        work.commit()
    assert doubted.open() == ["attribute_review"]
    assert "attribute_review" in missed(doubted)
