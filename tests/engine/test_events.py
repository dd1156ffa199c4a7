"""Events on the way and on edges: what comes first wins, what is thrown is caught, what is over is refused."""

from __future__ import annotations

import pytest

from engine import bpmn_rules, cases, definitions, statespace, stepping, timers
from engine.elements import Definition
from engine.errors import DefinitionRefused, UnknownEvent
from engine.stepping import Event, Occurrence, Step
from tests.conftest import OpenUow
from tests.reference.drawing import Drawing


def asking() -> Drawing:
    """Another office answers, refuses with a reason, or lets the time pass."""
    drawing = Drawing("asking")
    drawing.start("begun")
    drawing.send("letter")
    drawing.race("answer")
    drawing.catch("agreed", "message")
    drawing.receive("objected", "formal on_merits")
    drawing.catch("late", "timer")
    drawing.xor("objection")
    drawing.user("decide", "ok")
    drawing.user("mend", "ok")
    drawing.xor("settled")
    drawing.end("done")
    drawing.chain("begun", "letter", "answer")
    drawing.chain("answer", "agreed", "settled")
    drawing.chain("answer", "objected", "objection")
    drawing.chain("answer", "late", "decide", "settled")
    drawing.flow("objection", "mend", "objected == 'formal'")
    drawing.default("objection", drawing.flow("objection", "decide"))
    drawing.chain("mend", "settled")
    drawing.chain("settled", "done")
    return drawing


def parsed(drawing: Drawing) -> Definition:
    return bpmn_rules.parse(drawing.xml(), file=f"{drawing.key}.bpmn")


def tell(definition: Definition, *events: Event) -> Step:
    step = stepping.start(definition)
    for event in events:
        step = stepping.advance(definition, step.state, event)
    return step


def open_now(definition: Definition, step: Step) -> list[str]:
    return [offer.element for offer in stepping.enabled(definition, step.state)]


LETTER = Event("service", "letter", outcome="done")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (Event("message", "agreed"), None),
        (Event("message", "objected", outcome="formal"), "mend"),
        (Event("message", "objected", outcome="on_merits"), "decide"),
        (Event("timer", "late"), "decide"),
    ],
)
def test_the_first_event_decides_the_way_and_ends_the_others(
    first: Event, then: str | None
) -> None:
    definition = parsed(asking())
    waiting = tell(definition, LETTER)
    assert open_now(definition, waiting) == ["agreed", "objected", "late"]
    step = stepping.advance(definition, waiting.state, first)
    assert {offer.element for offer in step.closed} == {"agreed", "objected", "late"}
    assert open_now(definition, step) == ([then] if then else [])
    assert step.ended == (None if then else "done")
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, step.state, Event("timer", "late"))


def test_what_another_event_carries_is_refused_with_a_sentence() -> None:
    definition = parsed(asking())
    waiting = tell(definition, LETTER)
    for wrong in (
        Event("message", "agreed", outcome="formal"),
        Event("message", "objected"),
        Event("signal", "agreed"),
        Event("user", "answer"),
    ):
        with pytest.raises(UnknownEvent) as refused:
            stepping.advance(definition, waiting.state, wrong)
        assert refused.value.reasons[0].zh.endswith("。")


def on_the_edge(*, interrupting: bool) -> Drawing:
    drawing = Drawing("edge")
    drawing.start("begun")
    drawing.user("review", "pass")
    drawing.user("note", "read")
    drawing.end("done")
    drawing.end("noted")
    drawing.chain("begun", "review", "done")
    drawing.edge("complaint", "review", "message", interrupting=interrupting)
    drawing.edge("called_off", "review", "signal", interrupting=True)
    drawing.end("off")
    drawing.chain("complaint", "note", "noted")
    drawing.chain("called_off", "off")
    return drawing


def test_a_message_beside_the_work_leaves_it_open_and_comes_once() -> None:
    definition = parsed(on_the_edge(interrupting=False))
    step = tell(definition, Event("message", "complaint"))
    assert set(open_now(definition, step)) == {"called_off", "note", "review"}
    assert step.closed == (Occurrence("message", "complaint"),)
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, step.state, Event("message", "complaint"))
    reviewed = stepping.advance(definition, step.state, Event("user", "review", outcome="pass"))
    assert reviewed.ended is None
    assert open_now(definition, reviewed) == ["note"]


def test_a_message_that_interrupts_withdraws_the_work() -> None:
    definition = parsed(on_the_edge(interrupting=True))
    step = tell(definition, Event("message", "complaint"))
    assert open_now(definition, step) == ["note"]
    assert Occurrence("user", "review") in step.closed


def test_a_signal_ends_what_it_interrupts() -> None:
    step = tell(parsed(on_the_edge(interrupting=False)), Event("signal", "called_off"))
    assert step.ended == "off"


def escalating(*, interrupting: bool, at_end: bool = False) -> Definition:
    """A doubt inside the checks is told to somebody above, with or without stopping the checks."""
    drawing = Drawing("escalating")
    drawing.start("begun")
    drawing.sub("checks")
    drawing.start("checks_begun", "checks")
    drawing.par("fork", "checks")
    drawing.user("one", "ok doubt", "checks")
    drawing.user("other", "ok", "checks")
    drawing.xor("asked", "checks")
    drawing.xor("clear", "checks")
    drawing.par("join", "checks")
    drawing.end("checked", "checks")
    drawing.chain("checks_begun", "fork", "one", "asked", scope="checks")
    drawing.chain("fork", "other", "join", scope="checks")
    if at_end:
        drawing.end("doubted", "checks", "escalation")
        drawing.flow("asked", "doubted", "one == 'doubt'", "checks")
    else:
        drawing.throw("doubted", "escalation", "checks")
        drawing.flow("asked", "doubted", "one == 'doubt'", "checks")
        drawing.chain("doubted", "clear", scope="checks")
    drawing.default("asked", drawing.flow("asked", "clear", scope="checks"), "checks")
    drawing.chain("clear", "join", "checked", scope="checks")
    drawing.user("look", "seen")
    drawing.end("done")
    drawing.end("seen")
    drawing.chain("begun", "checks", "done")
    drawing.edge("told_above", "checks", "escalation", interrupting=interrupting)
    drawing.chain("told_above", "look", "seen")
    return parsed(drawing)


DOUBT = Event("user", "one", outcome="doubt")


def test_an_escalation_asks_somebody_above_while_the_work_goes_on() -> None:
    definition = escalating(interrupting=False)
    step = tell(definition, DOUBT)
    assert set(open_now(definition, step)) == {"look", "other"}
    done = stepping.advance(definition, step.state, Event("user", "other", outcome="ok"))
    assert done.ended is None
    assert open_now(definition, done) == ["look"]


@pytest.mark.parametrize("at_end", [False, True])
def test_an_escalation_that_interrupts_stops_the_work(at_end: bool) -> None:
    definition = escalating(interrupting=True, at_end=at_end)
    step = tell(definition, DOUBT)
    assert open_now(definition, step) == ["look"]
    assert Occurrence("user", "other") in step.closed


def test_an_escalation_cannot_be_brought_from_outside() -> None:
    definition = escalating(interrupting=False)
    assert "told_above" not in open_now(definition, stepping.start(definition))
    with pytest.raises(UnknownEvent):
        tell(definition, Event("message", "told_above"))


def stopping(kind: str, key: str = "stopping") -> Drawing:
    """Two checks at once; the first may stop the whole."""
    drawing = Drawing(key, f"{key}_flow")
    drawing.start("begun")
    drawing.par("fork")
    drawing.user("one", "ok bad")
    drawing.user("other", "ok")
    drawing.xor("asked")
    drawing.par("join")
    drawing.end("done")
    drawing.end("stopped", kind=kind)
    drawing.chain("begun", "fork", "one", "asked")
    drawing.chain("fork", "other", "join", "done")
    drawing.flow("asked", "stopped", "one == 'bad'")
    drawing.default("asked", drawing.flow("asked", "join"))
    return drawing


BAD = Event("user", "one", outcome="bad")


def test_a_terminate_end_ends_the_process_and_what_is_open_in_it() -> None:
    definition = parsed(stopping("terminate"))
    step = tell(definition, BAD)
    assert step.ended == "stopped"
    assert Occurrence("user", "other") in step.closed
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, step.state, Event("user", "other", outcome="ok"))
    plain = parsed(stopping(""))
    assert open_now(plain, tell(plain, BAD)) == ["other"], "a plain end ends its own branch alone"


def test_a_terminate_end_of_a_called_process_ends_that_call_alone() -> None:
    drawing = Drawing("calling")
    drawing.start("asked_for")
    drawing.par("split")
    drawing.call("office_a", "stopping")
    drawing.call("office_b", "stopping")
    drawing.par("both")
    drawing.end("over")
    drawing.chain("asked_for", "split", "office_a", "both", "over")
    drawing.chain("split", "office_b", "both")
    definition = bpmn_rules.parse(drawing.xml(stopping("terminate")), file="calling.bpmn")
    step = tell(definition, Event("user", "one", ("office_a",), outcome="bad"))
    left = {(offer.path, offer.element) for offer in stepping.enabled(definition, step.state)}
    assert left == {(("office_b",), "one"), (("office_b",), "other")}


def test_every_event_is_explored() -> None:
    happened = {edge.event.element for edge in statespace.explore(parsed(asking())).edges}
    assert happened == {"letter", "agreed", "objected", "late", "decide", "mend"}


def test_a_case_has_a_timer_row_for_the_time_it_waits(uow: OpenUow) -> None:
    drawing = Drawing("pausing")
    drawing.start("begun")
    drawing.race("waiting")
    drawing.catch("called", "message")
    drawing.catch("three_days", "timer")
    drawing.xor("go_on")
    drawing.user("act", "ok")
    drawing.end("done")
    drawing.chain("begun", "waiting", "called", "go_on", "act", "done")
    drawing.chain("waiting", "three_days", "go_on")
    with uow() as work:
        definitions.deploy(work, drawing.xml())
        case = cases.start(work, "pausing", "2026-000001")
        (timer,) = timers.for_case(work, case.id)
        assert (timer.element_id, (timer.due_at - timer.set_at).days) == ("three_days", 3)
        cases.apply(work, case, Event("message", "called"))
        assert timers.for_case(work, case.id) == []


# -- what is refused ---------------------------------------------------------------------------------


def refused(drawing: Drawing) -> list[str]:
    with pytest.raises(DefinitionRefused) as refusal:
        parsed(drawing)
    return [reason.zh for reason in refusal.value.reasons]


def base() -> Drawing:
    drawing = Drawing("wrong")
    drawing.start("begun")
    drawing.user("review", "pass")
    drawing.end("done")
    return drawing


def test_a_gateway_of_events_leads_to_events_alone() -> None:
    drawing = base()
    drawing.race("first")
    drawing.catch("called", "message")
    drawing.xor("merge")
    drawing.chain("begun", "first", "called", "merge", "done")
    drawing.chain("first", "review", "merge")
    assert any("review：事件网关之后只能是等待事件" in reason for reason in refused(drawing))


def test_a_gateway_of_events_gives_a_choice() -> None:
    drawing = base()
    drawing.race("first")
    drawing.catch("called", "message")
    drawing.chain("begun", "first", "called", "review", "done")
    assert any("至少要有两个可能发生的事件" in reason for reason in refused(drawing))


def test_an_event_after_the_gateway_has_no_other_way_in() -> None:
    drawing = base()
    drawing.race("first")
    drawing.catch("called", "message")
    drawing.catch("late", "timer")
    drawing.xor("split")
    drawing.chain("begun", "first", "called", "review", "split")
    drawing.flow("split", "called", "review == 'pass'")
    drawing.default("split", drawing.flow("split", "done"))
    drawing.chain("first", "late", "done")
    assert any("不能再有别的连线进入" in reason for reason in refused(drawing))


def test_an_event_says_what_is_waited_for() -> None:
    drawing = base()
    drawing.put("intermediateCatchEvent", "something")
    drawing.chain("begun", "something", "review", "done")
    assert any("没有写等什么" in reason for reason in refused(drawing))


def test_what_is_thrown_is_caught() -> None:
    drawing = base()
    drawing.throw("raised", "escalation")
    drawing.chain("begun", "raised", "review", "done")
    assert any("升级事件要由直接包着它的子流程" in reason for reason in refused(drawing))


def test_a_message_belongs_on_what_takes_time() -> None:
    drawing = base()
    drawing.service("work")
    drawing.chain("begun", "work", "review", "done")
    drawing.edge("called", "work", "message", interrupting=True)
    drawing.end("off")
    drawing.chain("called", "off")
    assert any("服务任务立即完成" in reason for reason in refused(drawing))


def test_a_thrown_message_says_who_passes_it_on() -> None:
    drawing = base()
    drawing.put("intermediateThrowEvent", "told", inside="<bpmn:messageEventDefinition/>")
    drawing.chain("begun", "told", "review", "done")
    assert any("handler" in reason for reason in refused(drawing))


def test_a_reference_is_declared() -> None:
    drawing = base()
    drawing.put(
        "intermediateCatchEvent", "called", inside='<bpmn:signalEventDefinition signalRef="gone"/>'
    )
    drawing.chain("begun", "called", "review", "done")
    assert any("signalRef“gone”没有定义" in reason for reason in refused(drawing))
