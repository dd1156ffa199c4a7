"""Receive tasks: wait for a message, with or without a result, or for a deadline before it."""

from __future__ import annotations

import pytest

from engine import bpmn_rules, cases, definitions, statespace, stepping
from engine.elements import Definition
from engine.errors import DefinitionRefused, UnknownEvent
from engine.stepping import Event, Occurrence
from tests.conftest import OpenUow
from tests.reference.drawing import Drawing


def consulting(outcomes: str = "") -> Drawing:
    """Ask another office; its answer or the deadline, whichever is first."""
    drawing = Drawing("consulting")
    drawing.start("submitted")
    drawing.receive("reply", outcomes)
    drawing.timer("too_late", "reply", interrupting=True)
    drawing.user("decide_alone", "done")
    drawing.xor("agreed")
    drawing.end("published")
    drawing.end("dropped")
    drawing.chain("submitted", "reply", "agreed")
    drawing.chain("too_late", "decide_alone", "published")
    drawing.flow("agreed", "dropped", "reply == 'no'" if outcomes else "decide_alone == None")
    drawing.default("agreed", drawing.flow("agreed", "published"))
    return drawing


def parsed(outcomes: str = "") -> Definition:
    return bpmn_rules.parse(consulting(outcomes).xml())


def test_a_message_lets_the_case_go_on() -> None:
    definition = parsed()
    first = stepping.start(definition)
    assert first.opened == (Occurrence("message", "reply"), Occurrence("timer", "too_late"))
    step = stepping.advance(definition, first.state, Event("message", "reply"))
    assert step.ended == "dropped"
    assert Occurrence("timer", "too_late") in step.closed


@pytest.mark.parametrize(("answer", "end"), [("yes", "published"), ("no", "dropped")])
def test_a_message_may_carry_a_result(answer: str, end: str) -> None:
    definition = parsed("yes no")
    state = stepping.start(definition).state
    step = stepping.advance(definition, state, Event("message", "reply", outcome=answer))
    assert step.ended == end


def test_after_the_deadline_the_message_comes_too_late() -> None:
    definition = parsed()
    state = stepping.start(definition).state
    step = stepping.advance(definition, state, Event("timer", "too_late"))
    assert step.opened == (Occurrence("user", "decide_alone"),)
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, step.state, Event("message", "reply"))


@pytest.mark.parametrize(
    ("outcomes", "event"),
    [
        ("", Event("message", "reply", outcome="yes")),
        ("yes no", Event("message", "reply")),
        ("yes no", Event("message", "reply", outcome="maybe")),
        ("yes no", Event("user", "reply", outcome="yes")),
        ("yes no", Event("message", "decide_alone", outcome="done")),
    ],
)
def test_another_message_is_refused(outcomes: str, event: Event) -> None:
    definition = parsed(outcomes)
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, stepping.start(definition).state, event)


def test_every_message_is_explored() -> None:
    assert set(statespace.explore(parsed("yes no")).ends.values()) == {"published", "dropped"}
    assert set(statespace.explore(parsed()).ends.values()) == {"published", "dropped"}


def test_a_condition_about_a_message_without_result_is_refused() -> None:
    xml = consulting().xml().replace(b"decide_alone == None", b"reply == 'yes'")
    with pytest.raises(DefinitionRefused, match="没有“yes”这一结论"):
        bpmn_rules.parse(xml)


def test_a_message_that_is_not_defined_is_refused() -> None:
    xml = (
        consulting().xml().replace(b"<bpmn:receiveTask id", b'<bpmn:receiveTask messageRef="m" id')
    )
    with pytest.raises(DefinitionRefused, match="messageRef"):
        bpmn_rules.parse(xml)
    message = b'<bpmn:message id="m" name="m"/><bpmn:process'
    assert bpmn_rules.parse(xml.replace(b"<bpmn:process", message)).tasks["reply"].kind == "receive"


def test_a_case_is_told_that_the_message_came(uow: OpenUow) -> None:
    with uow() as work:
        definitions.deploy(work, consulting("yes no").xml())
        case = cases.start(work, "consulting", "2026-000001")
        assert cases.open_elements(work, case.id) == ["reply"]
        applied = cases.apply(work, case, Event("message", "reply", outcome="yes"))
        assert (applied.ended, case.status) == ("published", "ended")
