"""Event sub-processes: what comes meanwhile is looked at inside the work it concerns, or beside the whole case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from engine import (
    bpmn_normal,
    bpmn_rules,
    bpmn_xml,
    cases,
    definitions,
    statespace,
    stepping,
    timers,
    verification,
)
from engine.bpmn_report import Report
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.stepping import Event, Occurrence
from tests.conftest import MONDAY, OpenUow
from tests.engine.test_events import open_now, parsed, refused, tell
from tests.reference.drawing import Drawing


def triggered(kind: str, *, interrupting: bool) -> Drawing:
    """A check with an event sub-process beside it: what comes meanwhile is looked at inside the check."""
    drawing = Drawing("triggered")
    drawing.start("begun")
    drawing.sub("checks")
    drawing.start("checks_begun", "checks")
    drawing.user("one", "ok bad", "checks")
    drawing.xor("asked", "checks")
    drawing.user("two", "ok", "checks")
    drawing.end("checked", "checks")
    drawing.chain("checks_begun", "one", "asked", scope="checks")
    if kind in ("error", "escalation"):
        drawing.end("raised", "checks", kind)
        drawing.flow("asked", "raised", "one == 'bad'", "checks")
    drawing.default("asked", drawing.flow("asked", "two", scope="checks"), "checks")
    drawing.chain("two", "checked", scope="checks")
    drawing.event_sub("look", "came", kind, "checks", interrupting=interrupting)
    drawing.user("see", "seen", "look")
    drawing.end("looked", "look")
    drawing.chain("came", "see", "looked", scope="look")
    drawing.user("after", "ok")
    drawing.end("done")
    drawing.chain("begun", "checks", "after", "done")
    return drawing


SEEN = Event("user", "see", outcome="seen")


@pytest.mark.parametrize("kind", ["message", "signal", "timer"])
def test_an_event_sub_process_that_interrupts_takes_the_place_of_the_work(kind: str) -> None:
    definition = parsed(triggered(kind, interrupting=True))
    step = tell(definition, Event(kind, "came"))  # type: ignore[arg-type]
    assert open_now(definition, step) == ["see"]
    assert Occurrence("user", "one") in step.closed
    step = stepping.advance(definition, step.state, SEEN)
    assert open_now(definition, step) == ["after"], (
        "the sub-process goes on as if it had ended itself"
    )


def test_an_event_sub_process_beside_the_work_is_waited_for() -> None:
    definition = parsed(triggered("message", interrupting=False))
    step = tell(definition, Event("message", "came"))
    assert set(open_now(definition, step)) == {"one", "see"}
    for outcome in ("one", "two"):
        step = stepping.advance(definition, step.state, Event("user", outcome, outcome="ok"))
    assert open_now(definition, step) == ["see"]
    assert open_now(definition, stepping.advance(definition, step.state, SEEN)) == ["after"]


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_what_is_thrown_inside_triggers_the_event_sub_process(kind: str) -> None:
    definition = parsed(triggered(kind, interrupting=True))
    step = tell(definition, Event("user", "one", outcome="bad"))
    assert open_now(definition, step) == ["see"]
    assert stepping.start(definition).opened == (Occurrence("user", "one"),)


def test_an_event_sub_process_is_proven_like_everything_else() -> None:
    for interrupting in (True, False):
        definition = parsed(triggered("message", interrupting=interrupting))
        assert verification.verify(definition).findings == ()


# -- beside the whole process ------------------------------------------------------------------------


def whole(kind: str, *, interrupting: bool, key: str = "whole") -> Drawing:
    """A case that may be objected to at any time, whatever is being done in it."""
    drawing = Drawing(key, f"{key}_flow")
    drawing.start("begun")
    drawing.user("one", "ok bad")
    drawing.xor("asked")
    drawing.user("two", "ok")
    drawing.end("done")
    drawing.chain("begun", "one", "asked")
    stopped = {"error": "error", "escalation": "escalation"}.get(kind, "terminate")
    drawing.end("stopped", kind=stopped)
    drawing.flow("asked", "stopped", "one == 'bad'")
    drawing.default("asked", drawing.flow("asked", "two"))
    drawing.chain("two", "done")
    drawing.event_sub("look", "came", kind, "", interrupting=interrupting)
    drawing.user("see", "seen", "look")
    drawing.end("looked", "look")
    drawing.chain("came", "see", "looked", scope="look")
    return drawing


def one(outcome: str) -> Event:
    return Event("user", "one", outcome=outcome)


TWO = Event("user", "two", outcome="ok")


@pytest.mark.parametrize("kind", ["message", "signal", "timer"])
def test_what_interrupts_the_process_takes_its_place_and_gives_it_its_end(kind: str) -> None:
    definition = parsed(whole(kind, interrupting=True))
    came = Event(kind, "came")  # type: ignore[arg-type]
    for before in ((), (one("ok"),)):
        step = tell(definition, *before, came)
        assert open_now(definition, step) == ["see"]
        assert stepping.advance(definition, step.state, SEEN).ended == "looked"


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_process_that_is_not_disturbed_ends_at_its_own_end_event(interrupting: bool) -> None:
    definition = parsed(whole("message", interrupting=interrupting))
    step = tell(definition, one("ok"), TWO)
    assert (step.ended, stepping.ended(step.state)) == ("done", "done")
    assert stepping.enabled(definition, step.state) == ()
    assert list(definition.ends) == ["done", "stopped", "looked"]


def test_what_comes_beside_the_process_is_waited_for_and_comes_once() -> None:
    definition = parsed(whole("message", interrupting=False))
    step = tell(definition, Event("message", "came"))
    assert set(open_now(definition, step)) == {"one", "see"}
    assert "came" not in open_now(definition, step)
    done = tell(definition, Event("message", "came"), one("ok"), TWO)
    assert (done.ended, open_now(definition, done)) == (None, ["see"])
    assert stepping.advance(definition, done.state, SEEN).ended == "looked"
    seen = tell(definition, Event("message", "came"), SEEN, one("ok"), TWO)
    assert seen.ended == "done", "the end that was reached last names the end of the case"


def test_a_terminate_end_ends_what_runs_beside_the_process() -> None:
    definition = parsed(whole("message", interrupting=False))
    step = tell(definition, Event("message", "came"), one("bad"))
    assert step.ended == "stopped"
    assert Occurrence("user", "see") in step.closed
    assert stepping.enabled(definition, step.state) == ()


def test_a_terminate_end_inside_a_sub_process_ends_what_runs_beside_it_alone() -> None:
    drawing = triggered("message", interrupting=False)
    drawing.end("stopped", "checks", "terminate")
    drawing.flow("asked", "stopped", "one == 'bad'", "checks")
    definition = parsed(drawing)
    step = tell(definition, Event("message", "came"), one("bad"))
    assert open_now(definition, step) == ["after"]
    assert Occurrence("user", "see") in step.closed


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_what_the_process_throws_is_looked_at_beside_it(kind: str) -> None:
    definition = parsed(whole(kind, interrupting=True))
    step = tell(definition, one("bad"))
    assert open_now(definition, step) == ["see"]
    assert stepping.advance(definition, step.state, SEEN).ended == "looked"


def test_who_calls_such_a_process_learns_which_end_it_reached() -> None:
    drawing = Drawing("caller")
    drawing.start("asked_for")
    drawing.call("office", "whole")
    drawing.xor("answered")
    drawing.user("mend", "ok")
    drawing.end("over")
    drawing.chain("asked_for", "office", "answered")
    drawing.flow("answered", "mend", "office == 'looked'")
    drawing.default("answered", drawing.flow("answered", "over"))
    drawing.chain("mend", "over")
    inner = whole("message", interrupting=True)
    definition = bpmn_rules.parse(drawing.xml(inner), file="caller.bpmn")
    assert definition.calls["office"].outcomes == ("done", "stopped", "looked")
    path = ("office",)
    step = tell(definition, Event("message", "came", path))
    step = stepping.advance(definition, step.state, Event("user", "see", path, outcome="seen"))
    assert open_now(definition, step) == ["mend"]
    beside = bpmn_rules.parse(
        drawing.xml(), file="caller.bpmn", library={"whole": inner.xml()}
    )  # the same from a file of its own, and from what is stored then
    assert b"triggeredByEvent" in beside.xml
    assert b"added=" not in beside.xml
    for stored in (beside, bpmn_rules.parse(beside.xml), bpmn_rules.read(as_once_stored(beside))):
        assert stored.calls["office"].outcomes == definition.calls["office"].outcomes
        ended = tell(stored, Event("user", "one", path, outcome="bad"))
        assert ended.ended == "over"


def as_once_stored(definition: Definition) -> bytes:
    """Before 2026-11-29 a called process from a file of its own was stored in plain terms, with the marks
    that only the engine may make: such a text is still read, and deployed no more."""
    root = bpmn_normal.normalise(bpmn_xml.read(definition.xml), Report(""))
    xml = bytes(etree.tostring(root))
    assert b'added="true"' in xml
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="caller.bpmn")
    assert any("“added”" in reason.en for reason in refusal.value.reasons)
    return xml


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_process_with_such_events_is_proven_like_every_other(interrupting: bool) -> None:
    definition = parsed(whole("message", interrupting=interrupting))
    assert verification.verify(definition).findings == ()
    assert set(statespace.explore(definition).ends.values()) == {"done", "stopped", "looked"}


def test_a_timer_beside_the_process_has_its_row_and_fires_once(uow: OpenUow) -> None:
    with uow() as work:
        definitions.deploy(work, whole("timer", interrupting=False).xml(), "whole.bpmn")
        case = cases.start(work, "whole", "2026-000001")
        (timer,) = timers.for_case(work, case.id)
        assert (timer.element_id, timer.due_at - timer.set_at) == ("came", timedelta(days=3))
        case_id = case.id
        work.commit()
    with uow(now=MONDAY + timedelta(days=3, minutes=1)) as work:
        cases.apply(work, cases.lock(work, case_id), Event("timer", "came"))
        assert timers.for_case(work, case_id) == []
        assert cases.apply(work, cases.lock(work, case_id), one("bad")).ended == "stopped"


# -- what is refused ---------------------------------------------------------------------------------


def test_event_sub_processes_agree_whether_they_interrupt() -> None:
    drawing = triggered("message", interrupting=True)
    drawing.event_sub("note", "noted", "signal", "checks", interrupting=False)
    drawing.user("write", "ok", "note")
    drawing.end("written", "note")
    drawing.chain("noted", "write", "written", scope="note")
    assert any("要么都中断，要么都不中断" in reason for reason in refused(drawing))


def test_no_flow_leads_to_an_event_sub_process() -> None:
    drawing = triggered("message", interrupting=True)
    drawing.flow("look", "two", scope="checks")
    assert any("不能有连线进出" in reason for reason in refused(drawing))


def test_an_event_sub_process_says_what_triggers_it() -> None:
    drawing = triggered("message", interrupting=True)
    xml = drawing.xml().replace(b"<bpmn:messageEventDefinition/>", b"")
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="x.bpmn")
    assert any("写明由什么触发" in reason.zh for reason in refusal.value.reasons)


def test_what_is_wrong_in_such_a_process_is_told_of_the_process_itself() -> None:
    drawing = whole("message", interrupting=True)
    drawing.start("begun_again")
    drawing.flow("begun_again", "two")
    with pytest.raises(DefinitionRefused) as refusal:
        parsed(drawing)
    problem = next(p for p in refusal.value.problems if "开始事件（现有 2 个）" in p.sentence.zh)
    assert (problem.file, problem.element_id) == ("whole.bpmn", "whole")
