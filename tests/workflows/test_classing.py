"""A class below the proposed one: possible, with its reason, and in sight of whoever inspects (domain:C5)."""

from __future__ import annotations

import pytest

from engine.models import ProcessInstance
from tests import factories
from tests.chain import Chain, body
from tests.conftest import OpenUow
from tests.factories import County
from workflows import content, oversight, pages, registers, revising
from workflows.errors import Refused
from workflows.models import Package

DUTY = body("请沿线单位", "应当由沿线单位")
PLACE = body("沿线单位", "柳溪镇单位")


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_proofreading")


def returned(chain: Chain) -> Chain:
    chain.decide("first_proofreading", "return")
    return chain


def reasons(refused: pytest.ExceptionInfo[Refused]) -> str:
    return "\n".join(reason.zh for reason in refused.value.reasons)


def test_below_the_proposal_needs_a_reason(chain: Chain) -> None:
    returned(chain)
    with pytest.raises(Refused) as refused:
        chain.revise("t1", DUTY, note="")
    assert "涉及应当、可以、不得等表述" in reasons(refused)
    assert "系统建议定为实质性修改" in reasons(refused)
    chain.revise("t3", DUTY, note="")  # the class that was proposed asks for no reason


def test_what_was_proposed_and_chosen_is_seen_by_the_inspector(chain: Chain) -> None:
    returned(chain).revise("t1", DUTY, note="口气改得更客气，意思不变。")
    with chain.read("inspector") as work:
        page = pages.package_page(work, chain.package_id)
        register, found = registers.page(work, "classed_low")
        told = [line.sentence.zh for line in oversight.trail(work, chain.package_id)]
    decision = next(one for one in page.decisions if one.stage_code == "revise")
    assert decision.below is not None
    assert "低于系统建议的实质性修改" in decision.below.zh
    assert decision.changed == (1, 2)
    (line,) = found.rows
    cells = dict(zip((column.zh for column in register.columns), line.cells, strict=True))
    assert cells["理由"] == "口气改得更客气，意思不变。"
    assert cells["涉及"].zh == "应当、可以、不得等表述"  # type: ignore[union-attr]
    assert any("低于系统建议" in one and "口气改得更客气" in one for one in told)


def test_the_proposed_class_is_nothing_to_report(chain: Chain) -> None:
    returned(chain).revise("t2", PLACE)
    with chain.read("inspector") as work:
        page = pages.package_page(work, chain.package_id)
        assert not registers.page(work, "classed_low")[1].rows
        told = [line.action for line in oversight.trail(work, chain.package_id)]
    assert next(one for one in page.decisions if one.stage_code == "revise").below is None
    assert "package.classed_low" not in told


def test_a_correction_that_touches_a_name_says_why_it_is_technical(chain: Chain) -> None:
    with chain.read() as work:
        shown = content.parse(factories.current(work, chain.package_id).content)
    mended = PLACE(shown).body_html
    with pytest.raises(Refused) as refused:
        chain.decide("first_proofreading", "corrected", corrected_body_html=mended)
    assert "涉及姓名、单位、地名" in reasons(refused)
    chain.decide(
        "first_proofreading",
        "corrected",
        corrected_body_html=mended,
        opinion="原件写的就是柳溪镇，是录入错误。",
    )
    with chain.read("inspector") as work:
        (decision,) = (
            one
            for one in pages.package_page(work, chain.package_id).decisions
            if one.outcome_code == "corrected"
        )
        assert registers.page(work, "classed_low")[1].rows
    assert decision.below is not None
    assert decision.changed == (1, 2)


def test_the_page_of_the_revision_proposes_what_was_saved(chain: Chain) -> None:
    def proposed() -> tuple[str, int]:
        with chain.read() as work:
            package = work.session.get_one(Package, chain.package_id)
            assert work.session.get_one(ProcessInstance, package.case_id).status == "running"
            found = revising.proposal(work, package)
        assert found is not None
        return found[0].change_class, found[1]

    returned(chain)
    assert proposed() == ("unchanged", 1)
    with pytest.raises(Refused):
        chain.revise("t9", PLACE)
    assert proposed() == ("unchanged", 1)  # the refused act left nothing
    chain.revise("t2", PLACE)
    returned(chain.until("first_proofreading"))
    assert proposed() == ("unchanged", 2)
