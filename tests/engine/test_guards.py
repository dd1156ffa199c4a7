"""The rules a version was proven under are asked again in every act, whatever came past the proof."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import audit, cases, conformance, definitions, guards, take_back, user_tasks
from engine.conformance import DoesNotConform
from engine.database import UnitOfWork
from engine.guards import RuleBroken
from engine.models import ProcessInstance
from tests.conftest import ALICE, OpenUow
from tests.engine import office

RULES = """
[[rule]]
id = "reviewed_first"
zh = "未经复审通过，不得发布。"
en = "Nothing is published before it has passed the second review."
source = ["domain:A1.8"]
strength = "mandatory"
template = "precedence"
of = ["handler:publish"]
needs = ["second_review=pass"]
since = ["first_review=return"]

[[rule]]
id = "lawful_first"
zh = "未经合法性审核，不得发布。"
en = "Nothing is published before it was found lawful."
source = ["domain:C4"]
strength = "mandatory"
template = "precedence"
of = ["handler:publish"]
needs = ["legality_review=lawful"]
""".encode()

#: A rule that the process can break: it stands for a definition that came past the proof.
IMPOSSIBLE = """
[[rule]]
id = "never_passes"
zh = "初审不得通过。"
en = "The first review never passes."
source = ["domain:C3"]
strength = "mandatory"
template = "absence"
never = ["first_review=pass"]

[[rule]]
id = "never_at_once"
zh = "未经修改，初审不得通过。"
en = "The first review never passes what was not revised."
source = ["domain:C3"]
strength = "mandatory"
template = "precedence"
of = ["first_review=pass"]
needs = ["revise"]
""".encode()


def begun(work: UnitOfWork, rules: bytes = RULES) -> ProcessInstance:
    definitions.deploy(work, office.MODEL.read_bytes(), office.MODEL.name, rules=rules)
    return cases.start(work, "review", "2026-000001")


def stand(work: UnitOfWork, case: ProcessInstance) -> set[str]:
    """The rules that stand blocked."""
    held = guards.of(work, case.definition_id)
    return set(held.monitors.names(int(case.monitors or "0", 16)))


def test_the_rules_are_stepped_with_every_act_and_are_on_record(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work)
        seen = [stand(work, case)]
        for element, outcome in (("first_review", "pass"), ("second_review", "pass")):
            office.act(work, case.id, element, outcome)
            seen.append(stand(work, case))
        work.commit()
        on_record = [entry.payload.count('"monitors":') for entry in audit.entries(work, case.id)]
        assert seen == [
            {"reviewed_first", "lawful_first"},
            {"reviewed_first", "lawful_first"},
            {"lawful_first"},
        ]
        assert on_record == [1, 0, 1, 0, 1]
        assert conformance.check(work, case).fits


def test_an_act_that_would_break_rules_is_refused_with_all_of_them(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case_id = begun(work, IMPOSSIBLE).id
        found = office.task(work, case_id, "first_review").id
        user_tasks.claim(work, found)
        work.commit()
    with uow(ALICE) as work:
        with pytest.raises(RuleBroken) as refused:
            user_tasks.complete(work, found, "pass")
        assert [reason.code for reason in refused.value.reasons] == [
            "never_passes",
            "never_at_once",
        ]
        assert "domain:C3" in refused.value.reasons[0].zh
    with uow(ALICE) as work:
        assert office.open_tasks(work, case_id) == ["first_review"]
        assert len(audit.entries(work, case_id)) == 2
        user_tasks.complete(work, found, "return")


def test_a_row_changed_by_hand_gets_nothing_past_the_rules(uow: OpenUow) -> None:
    """Somebody with the database's password moves the case behind its reviews; the act ends there."""
    with uow(ALICE) as work:
        case = begun(work)
        case_id = case.id
        office.act(work, case_id, "first_review", "pass")
        office.act(work, case_id, "legality_review", "lawful")
        found = office.task(work, case_id, "second_review").id
        user_tasks.claim(work, found)
        work.commit()
        work.session.execute(sa.text("UPDATE process_instance SET monitors = NULL"))
        work.session.execute(
            sa.text(
                "UPDATE process_instance SET state_digest = (SELECT min(digest) FROM process_state)"
            )
        )
        work.commit()
    with uow(ALICE) as work, pytest.raises((DoesNotConform, RuleBroken)):
        user_tasks.complete(work, found, "pass")


def test_a_case_from_before_is_worked_out_from_its_trail(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work)
        case_id = case.id
        office.act(work, case_id, "first_review", "pass")
        expected = case.monitors
        work.session.execute(sa.text("UPDATE process_instance SET monitors = NULL"))
        work.commit()
    with uow(ALICE) as work:
        case = work.session.get_one(ProcessInstance, case_id)
        assert conformance.stand(work, case) == expected
        office.act(work, case_id, "second_review", "pass")
        assert stand(work, case) == {"lawful_first"}


def test_a_decision_taken_back_counts_no_more(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work)
        office.act(work, case.id, "first_review", "pass")
        office.act(work, case.id, "legality_review", "lawful")
        task = office.act(work, case.id, "second_review", "return").opened[0]
        assert task.element_id == "revise"
        done = user_tasks.for_case(work, case.id)
        mine = next(t for t in done if t.element_id == "second_review" and t.status == "done")
        take_back.take_back(work, mine.id)
        assert case.monitors is None
        office.act(work, case.id, "second_review", "pass")
        assert (case.status, case.ended_as) == ("ended", "published")
        assert conformance.check(work, case).fits
