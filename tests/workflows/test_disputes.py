"""Drafter and office disagree about the attribute: it goes back, or the final review decides (domain:A1.1, C4)."""

from __future__ import annotations

import pytest

from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from workflows import pages, taking_back
from workflows.errors import Refused


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


@pytest.mark.parametrize("outcome", ["on_request", "not_disclosed"])
def test_the_office_does_not_narrow_the_drafters_proposal_by_itself(
    chain: Chain, outcome: str
) -> None:
    with pytest.raises(Refused, match="拟稿人提出的是“主动公开”。您认为不对的，请退回"):
        chain.decide("attribute_review", outcome, opinion="涉及内部事务。")
    assert chain.open() == ["attribute_review"]


def test_after_confidentiality_has_said_no_it_does(chain: Chain) -> None:
    chain.until("confidentiality_review").decide("confidentiality_review", "withhold")
    chain.decide("attribute_review", "not_disclosed", opinion="同意保密审查意见。")
    assert chain.status() == "not_disclosed"


def test_an_answer_that_was_taken_back_leaves_confidentialitys_no_in_force(chain: Chain) -> None:
    chain.until("confidentiality_review").decide("confidentiality_review", "withhold")
    chain.decide("attribute_review", dissent="on_request", opinion="依申请公开即可。")
    with chain.uow(chain.person("ogi")) as work:
        taking_back.take_back(work, chain.decisions()[-1].task_id, "点错了。")
        work.commit()
    chain.decide("attribute_review", "not_disclosed", opinion="同意保密审查意见。")
    assert chain.status() == "not_disclosed"


def test_what_both_hold_right_is_registered(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, factories.kept_back("not_disclosed")).submit()
    chain.decide("attribute_review", "not_disclosed")
    assert chain.status() == "not_disclosed"


def test_between_the_two_that_are_kept_back_it_goes_back_too(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, factories.kept_back("on_request")).submit()
    with pytest.raises(Refused, match="拟稿人提出的是“依申请公开”"):
        chain.decide("attribute_review", "not_disclosed", opinion="涉及内部事务。")


def disputed(chain: Chain) -> Chain:
    chain.decide("attribute_review", dissent="on_request", opinion="只涉及三户，依申请公开即可。")
    return chain.until("final_review")


def test_a_dissent_travels_to_the_final_review_which_says_why(chain: Chain) -> None:
    disputed(chain)
    with pytest.raises(Refused, match="公开属性有分歧，请在意见中写明裁定的理由"):
        chain.decide("final_review", opinion="")
    task = chain.task("final_review")
    with chain.uow(chain.actor("final_review")) as work:
        (review,) = [
            one
            for one in pages.task_page(work, task).opinions
            if one.stage_code == "attribute_review"
        ]
        assert [(part.code, part.value.zh) for part in review.parts] == [("dissent", "依申请公开")]
    chain.decide("final_review", opinion="群众普遍关心，应当主动公开。")
    chain.until("readback")
    assert chain.status() == "published"


def test_the_final_review_may_follow_the_office(chain: Chain) -> None:
    disputed(chain).decide("final_review", "return", opinion="按依申请公开办理。")
    assert chain.status() == "returned"


def test_a_raised_signature_decides_it_as_well(chain: Chain) -> None:
    disputed(chain).decide("final_review", "raise_level", opinion="请主要负责人裁定。")
    with pytest.raises(Refused, match="公开属性有分歧"):
        chain.decide("principal_review", opinion="")
    chain.decide("principal_review", opinion="主动公开。")


def test_a_later_agreement_ends_it(chain: Chain) -> None:
    disputed(chain).decide("final_review", "return", opinion="再议。")
    chain.revise(
        "unchanged", lambda shown: factories.with_metadata(shown, scope="area", scope_note="河东")
    )
    chain.until("attribute_review").decide("attribute_review")
    chain.until("final_review").decide("final_review", opinion="")
    assert "final_review" not in chain.open()


@pytest.mark.parametrize(
    ("stage", "outcome", "given", "sentence"),
    [
        ("attribute_review", "proactive", {"dissent": "on_request"}, "保留意见须写明理由"),
        (
            "attribute_review",
            "proactive",
            {"dissent": "secret", "opinion": "x"},
            "请选择您认为对的",
        ),
        ("attribute_review", "return", {"dissent": "on_request"}, "才能保留不同意见"),
        ("first_review", "pass", {"dissent": "on_request", "opinion": "x"}, "才能保留不同意见"),
    ],
)
def test_a_dissent_that_is_none_is_refused(
    chain: Chain, stage: str, outcome: str, given: dict[str, str], sentence: str
) -> None:
    chain.until(stage)
    with pytest.raises(Refused, match=sentence):
        chain.decide(stage, outcome, **given)
