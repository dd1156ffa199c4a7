"""Receive tasks: wait for a message, with or without a result, or for a deadline before it."""

from __future__ import annotations

import threading

import pytest

from engine import (
    audit,
    bpmn_rules,
    cases,
    conformance,
    definitions,
    messages,
    statespace,
    stepping,
    suspension,
)
from engine.allowed import may
from engine.elements import Definition
from engine.errors import CaseNotRunning, CaseSuspended, DefinitionRefused, UnknownEvent
from engine.models import ProcessInstance
from engine.stepping import Event, Occurrence
from tests.conftest import ALICE, BOB, OpenUow
from tests.engine.office import begun
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


REPLY = Occurrence("message", "reply")


def waiting(uow: OpenUow, outcomes: str = "yes no") -> int:
    """A case that waits for the other office."""
    with uow() as work:
        definitions.deploy(work, consulting(outcomes).xml())
        case_id = cases.start(work, "consulting", "2026-000001").id
        work.commit()
        return case_id


def test_a_case_is_told_that_the_message_came(uow: OpenUow) -> None:
    case_id = waiting(uow)
    with uow() as work:
        assert cases.open_elements(work, case_id) == ["reply"]
        answer = may(work, case_id)
        assert (answer.awaited, answer.case["receive"]) == ({REPLY: ("yes", "no")}, ())
        applied = messages.receive(
            work, case_id, REPLY, outcome="yes", data={"number": "清发函〔2026〕3号"}
        )
        assert applied.ended == "published"
        work.commit()
    with uow() as work:
        case = work.session.get_one(ProcessInstance, case_id)
        entry = audit.entries(work, case_id)[-2]
        assert (entry.action, entry.actor_id) == ("message.received", ALICE.id)
        assert "清发函〔2026〕3号" in entry.payload
        assert audit.verify_case(work, case_id).ok
        assert conformance.check(work, case).fits
        assert may(work, case_id).case["receive"] == may(work, case_id).case["suspend"]


@pytest.mark.parametrize(
    ("occurrence", "outcome", "said"),
    [
        (REPLY, "perhaps", "没有“perhaps”这一结论"),
        (REPLY, None, "没有“None”这一结论"),
        (Occurrence("message", "comet"), "yes", "现在不在等待"),
        (Occurrence("signal", "reply"), "yes", "现在不在等待"),
    ],
)
def test_what_is_not_awaited_is_refused_and_nothing_is_lost(
    uow: OpenUow, occurrence: Occurrence, outcome: str | None, said: str
) -> None:
    case_id = waiting(uow)
    with uow() as work, pytest.raises(UnknownEvent, match=said):
        messages.receive(work, case_id, occurrence, outcome=outcome)
    with uow() as work:
        assert cases.open_elements(work, case_id) == ["reply"]


def test_a_suspended_case_hears_nothing_until_it_goes_on(uow: OpenUow) -> None:
    case_id = waiting(uow)
    with uow() as work:
        suspension.suspend(work, case_id, "等待上级答复")
        assert "等待上级答复" in may(work, case_id).case["receive"][0].zh
        with pytest.raises(CaseSuspended, match="等待上级答复"):
            messages.receive(work, case_id, REPLY, outcome="yes")
        suspension.resume(work, case_id)
        assert messages.receive(work, case_id, REPLY, outcome="no").ended == "dropped"


def test_of_two_who_bring_the_same_message_the_second_is_told(uow: OpenUow) -> None:
    case_id = waiting(uow)
    told: list[str] = []
    barrier = threading.Barrier(2)

    def bring(outcome: str) -> None:
        with uow(BOB) as work:
            barrier.wait()
            try:
                messages.receive(work, case_id, REPLY, outcome=outcome)
                work.commit()
                told.append("came")
            except CaseNotRunning:
                told.append("too late")

    both = [threading.Thread(target=bring, args=(outcome,)) for outcome in ("yes", "no")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["came", "too late"]


def test_a_case_that_waits_for_nothing_says_so(uow: OpenUow) -> None:
    case_id = begun(uow)
    with uow() as work:
        (reason,) = may(work, case_id).case["receive"]
        assert "没有在等外来消息" in reason.zh
