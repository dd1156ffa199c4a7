"""A definition outside the subset is refused with every problem, its place and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import bpmn_rules, bpmn_xml
from engine.errors import DefinitionRefused, Problem
from tests.reference.drawing import Drawing
from workflows.bpmn_files import library_of

ROOT = Path(__file__).parents[2]


def approval() -> Drawing:
    """A sound process to break: one review with a return loop, a fork, a sub-process, a timer."""
    drawing = Drawing("approval")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("review", "pass return")
    drawing.xor("decided")
    drawing.sub("checks")
    drawing.start("checks_started", "checks")
    drawing.user("law_check", "ok bad", "checks")
    drawing.end("checks_done", "checks")
    drawing.par("fork")
    drawing.user("left", "done")
    drawing.service("right", "done")
    drawing.par("join")
    drawing.end("approved")
    drawing.chain("submitted", "entry", "review", "decided")
    drawing.flow("decided", "entry", "review == 'return'")
    drawing.default("decided", drawing.flow("decided", "checks"))
    drawing.chain("checks_started", "law_check", "checks_done", scope="checks")
    drawing.chain("checks", "fork", "left", "join", "approved")
    drawing.chain("fork", "right", "join")
    return drawing


def problems(xml: bytes) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="approval.bpmn")
    return refusal.value.problems


def test_a_sound_process_is_read() -> None:
    definition = bpmn_rules.parse(approval().xml())
    assert definition.key == "approval"
    assert set(definition.tasks) == {"review", "law_check", "left", "right"}
    assert definition.tasks["review"].outcomes == ("pass", "return")
    assert definition.tasks["review"].candidate_role == "clerk"
    assert definition.tasks["right"].handler == "right"
    assert definition.ends == {"approved": "approved"}
    assert definition.names["checks_done"] == "checks_done"
    assert definition == bpmn_rules.parse(approval().xml())
    assert hash(definition) == hash(bpmn_rules.parse(approval().xml()))


def test_timers_and_deadlines_are_read() -> None:
    drawing = approval()
    drawing.timer("overdue", "review", duration="PT24H")
    drawing.end("told")
    drawing.flow("overdue", "told")
    xml = drawing.xml().replace(
        b'value="pass return"/>',
        b'value="pass return"/><spiffworkflow:property name="due_in" value="3"/>',
        1,
    )
    definition = bpmn_rules.parse(xml)
    timer = definition.timers["overdue"]
    assert (timer.attached_to, timer.interrupting, timer.duration) == ("review", False, "PT24H")
    assert timer.working_days is None
    assert definition.tasks["review"].due_in == 3


# -- the table of refusals -----------------------------------------------------------------------


def extra(tag: str, **attributes: str) -> Callable[[Drawing], None]:
    """Put one more element between two others."""

    def change(drawing: Drawing) -> None:
        drawing.put(tag, "extra", **attributes)
        drawing.chain("entry", "extra")

    return change


def add(*steps: Callable[[Drawing], object]) -> Callable[[Drawing], None]:
    def change(drawing: Drawing) -> None:
        for step in steps:
            step(drawing)

    return change


UNSUPPORTED = [
    "scriptTask task manualTask complexGateway",
    "transaction adHocSubProcess dataObject ioSpecification",
]


@pytest.mark.parametrize("tag", " ".join(UNSUPPORTED).split())
def test_unsupported_elements_are_refused(tag: str) -> None:
    drawing = approval()
    drawing.put(tag, "extra")
    found = problems(drawing.xml())
    assert any(p.element_id == "extra" and tag in p.sentence.en for p in found)
    assert all(p.sentence.zh.endswith("。") and p.line > 0 for p in found)


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        assert old.encode() in xml
        return xml.replace(old.encode(), new.encode())

    return change


PROPERTY = '<spiffworkflow:property name="outcomes" value="pass return"/>'
TEXT_CHANGES = [
    ("a reserved id", replaced('"submitted"', '"Start"'), "Start", "reserved"),
    ("an id that is no name", replaced('"left"', '"left-hand"'), "left-hand", "ASCII letters"),
    ("an id used twice", replaced('"left"', '"right"'), "right", "is used"),
    (
        "a role left out",
        replaced("candidate_role", "candidate_group"),
        "review",
        "Unknown property",
    ),
    ("no role", replaced('value="clerk"', 'value=""'), "review", "no `candidate_role`"),
    (
        "no handler",
        replaced('name="handler" value="right"', 'name="handler" value=""'),
        "right",
        "no `handler`",
    ),
    ("no outcomes", replaced('value="pass return"', 'value=""'), "review", "no `outcomes`"),
    (
        "an outcome twice",
        replaced('value="pass return"', 'value="pass pass return"'),
        "review",
        "repeat",
    ),
    (
        "an outcome that is no word",
        replaced('value="pass return"', 'value="Pass return"'),
        "review",
        "lower-case",
    ),
    ("a property twice", replaced(PROPERTY, PROPERTY * 2), "review", "2 times"),
    (
        "standing for an unknown outcome",
        replaced(PROPERTY, PROPERTY + '<spiffworkflow:property name="standing" value="fine"/>'),
        "review",
        "“fine” in `standing`",
    ),
    (
        "voiding an unknown task",
        replaced(
            PROPERTY, PROPERTY + '<spiffworkflow:property name="voids" value="entry nothing"/>'
        ),
        "review",
        "“nothing” in `voids`",
    ),
    (
        "a deadline that is no number",
        replaced(PROPERTY, PROPERTY + '<spiffworkflow:property name="due_in" value="soon"/>'),
        "review",
        "whole number",
    ),
    (
        "a deadline of no days",
        replaced(PROPERTY, PROPERTY + '<spiffworkflow:property name="due_in" value="0"/>'),
        "review",
        "whole number",
    ),
    (
        "a script before the task",
        replaced(
            "</spiffworkflow:properties>",
            "</spiffworkflow:properties><spiffworkflow:preScript>x=1</spiffworkflow:preScript>",
        ),
        "review",
        "preScript",
    ),
    (
        "another engine's attribute",
        replaced(
            '<bpmn:userTask id="review"',
            '<bpmn:userTask xmlns:c="http://camunda.org/schema/1.0/bpmn" c:assignee="me" id="review"',
        ),
        "review",
        "assignee",
    ),
    (
        "a free expression",
        replaced("review == 'return'", "len(review) > 3"),
        "flow_4",
        "cannot be used",
    ),
    (
        "an unknown variable",
        replaced("review == 'return'", "amount == 'return'"),
        "flow_4",
        "“amount”",
    ),
    (
        "an outcome the task does not have",
        replaced("review == 'return'", "review == 'reject'"),
        "flow_4",
        "“reject”",
    ),
    ("no default flow", replaced(' default="flow_5"', ""), "decided", "no default flow"),
    (
        "a default from elsewhere",
        replaced(' default="flow_5"', ' default="flow_1"'),
        "decided",
        "does not leave",
    ),
    (
        "a conditional default",
        replaced(' default="flow_5"', ' default="flow_4"'),
        "flow_4",
        "default flow cannot",
    ),
    (
        "a flow to nowhere",
        replaced('targetRef="left"', 'targetRef="gone"'),
        "flow_9",
        "does not exist",
    ),
    (
        "a flow across a border",
        replaced('targetRef="law_check"', 'targetRef="left"'),
        "flow_6",
        "border",
    ),
    (
        "an element not drawn",
        replaced('bpmnElement="left"', 'bpmnElement="other"'),
        "left",
        "not on the diagram",
    ),
    (
        "a flow not drawn",
        replaced('bpmnElement="flow_3"', 'bpmnElement="other"'),
        "flow_3",
        "not on the diagram",
    ),
    (
        "a loop on a task",
        replaced(
            '<bpmn:userTask id="left" name="left">',
            '<bpmn:userTask id="left" name="left"><bpmn:standardLoopCharacteristics/>',
        ),
        "left",
        "standardLoop",
    ),
    (
        "several people, but not how many",
        replaced(
            '<bpmn:userTask id="left" name="left">',
            '<bpmn:userTask id="left" name="left"><bpmn:multiInstanceLoopCharacteristics/>',
        ),
        "left",
        "whole number from 2",
    ),
    (
        "a service task for several",
        replaced(
            '<bpmn:serviceTask id="right" name="right">',
            '<bpmn:serviceTask id="right" name="right"><bpmn:multiInstanceLoopCharacteristics/>',
        ),
        "right",
        "multiInstance",
    ),
    (
        "an event sub-process that nothing triggers",
        replaced(
            '<bpmn:subProcess id="checks"', '<bpmn:subProcess triggeredByEvent="true" id="checks"'
        ),
        "checks",
        "what triggers it",
    ),
    (
        "a process that cannot run",
        replaced('isExecutable="true"', 'isExecutable="false"'),
        "approval",
        "not executable",
    ),
    (
        "a message start",
        replaced('name="submitted">', 'name="submitted"><bpmn:messageEventDefinition/>'),
        "submitted",
        "messageEventDefinition",
    ),
]


@pytest.mark.parametrize(
    ("change", "element", "words"),
    [case[1:] for case in TEXT_CHANGES],
    ids=[case[0] for case in TEXT_CHANGES],
)
def test_a_change_of_the_text_is_refused(
    change: Callable[[bytes], bytes], element: str, words: str
) -> None:
    found = problems(change(approval().xml()))
    assert any(p.element_id == element and words in p.sentence.en for p in found), found
    assert all(p.file == "approval.bpmn" and p.sentence.zh != p.sentence.en for p in found)


Change = Callable[[Drawing], object]
DRAWN: list[tuple[str, Change, str, str]] = [
    (
        "nobody comes here",
        lambda d: (d.user("lost"), d.flow("lost", "approved")),
        "lost",
        "No flow leads here",
    ),
    (
        "nobody leaves",
        lambda d: (d.user("lost"), d.flow("fork", "lost")),
        "lost",
        "No flow leaves it",
    ),
    ("two ways out of a task", lambda d: d.flow("left", "approved"), "left", "Several flows leave"),
    ("two flows between two", lambda d: d.flow("left", "join"), "flow_14", "one flow between"),
    (
        "two starts",
        lambda d: (d.start("again"), d.flow("again", "entry")),
        "approval",
        "exactly one start",
    ),
    (
        "a way into the start",
        lambda d: d.flow("fork", "submitted"),
        "submitted",
        "cannot have incoming",
    ),
    (
        "a way out of the end",
        lambda d: d.flow("approved", "entry"),
        "approved",
        "cannot have outgoing",
    ),
    (
        "a sub-process without an end",
        lambda d: d.elements["checks"].pop(2),
        "checks",
        "no end event",
    ),
    (
        "a condition after a fork",
        lambda d: (
            d.user("third"),
            d.flow("fork", "third", "review == 'pass'"),
            d.flow("third", "join"),
        ),
        "flow_14",
        "leaves an exclusiveGateway",
    ),
    (
        "a condition on the only way",
        lambda d: (
            d.xor("only"),
            d.flow("fork", "only"),
            d.flow("only", "join", "review == 'pass'"),
        ),
        "flow_15",
        "only flow that leaves",
    ),
    (
        "an unconditional choice",
        lambda d: (d.user("third"), d.flow("decided", "third"), d.flow("third", "entry")),
        "flow_14",
        "has no condition",
    ),
    (
        "gateways in a circle",
        lambda d: (
            d.xor("one"),
            d.xor("two"),
            d.flow("fork", "one"),
            d.chain("one", "two"),
            d.flow("two", "one", "review == 'pass'"),
            d.default("two", d.flow("two", "join")),
        ),
        "one",
        "turn for ever",
    ),
    (
        "an island",
        lambda d: (d.user("one"), d.user("two"), d.chain("one", "two", "one")),
        "one",
        "cannot be reached",
    ),
    (
        "a timer on a service task",
        lambda d: (d.timer("late", "right"), d.end("told"), d.flow("late", "told")),
        "late",
        "service task is answered at once",
    ),
    (
        "a timer on nothing",
        lambda d: (d.timer("late", "gone"), d.end("told"), d.flow("late", "told")),
        "late",
        "attached to nothing",
    ),
    (
        "a timer without a duration",
        lambda d: (
            d.timer("late", "left", duration="tomorrow"),
            d.end("told"),
            d.flow("late", "told"),
        ),
        "late",
        "ISO 8601",
    ),
    (
        "a timer path that comes back",
        lambda d: (d.timer("late", "left"), d.flow("late", "entry")),
        "late",
        "flows back into the main flow",
    ),
    (
        "an error on a task",
        lambda d: (d.caught("failed", "left"), d.end("told"), d.flow("failed", "told")),
        "failed",
        "belongs on a subProcess",
    ),
    (
        "two error events",
        lambda d: [
            (d.caught(f"failed{i}", "checks"), d.end(f"told{i}"), d.flow(f"failed{i}", f"told{i}"))
            for i in (1, 2)
        ],
        "failed2",
        "one error boundary",
    ),
    (
        "an error that nobody catches",
        lambda d: (d.end("failed", "checks", "error"), d.xor("choose", "checks")),
        "failed",
        "must be caught",
    ),
    (
        "an error end at the top",
        lambda d: (d.end("failed", kind="error"), d.flow("fork", "failed")),
        "failed",
        "must be caught",
    ),
    (
        "two branches that void one decision",
        lambda d: (
            d.service("third", voids="left"),
            d.flow("fork", "third"),
            d.flow("third", "join"),
        ),
        "fork",
        "“left” at the same time",
    ),
    (
        "a branch that decides by another",
        lambda d: (
            d.user("third"),
            d.xor("split"),
            d.chain("fork", "third", "split"),
            d.flow("split", "join", "left == 'done'"),
            d.user("fourth"),
            d.default("split", d.flow("split", "fourth")),
            d.flow("fourth", "join"),
        ),
        "fork",
        "“left” at the same time",
    ),
    (
        "a timer path that voids a decision",
        lambda d: (
            d.timer("late", "review"),
            d.service("third", voids="law_check review"),
            d.end("told"),
            d.chain("late", "third", "told"),
        ),
        "late",
        "can change the decision “review”",
    ),
]


@pytest.mark.parametrize(
    ("change", "element", "words"),
    [case[1:] for case in DRAWN],
    ids=[case[0] for case in DRAWN],
)
def test_a_change_of_the_drawing_is_refused(change: Change, element: str, words: str) -> None:
    drawing = approval()
    change(drawing)
    found = problems(drawing.xml())
    assert any(p.element_id == element and words in p.sentence.en for p in found), found


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (b"", "well-formed"),
        (b"<a", "well-formed"),
        (b"<a/>", "definitions"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', "DOCTYPE"),
        (b"<a>" + b" " * bpmn_xml.MAX_BYTES + b"</a>", "larger than"),
        (
            b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
            "no executable process",
        ),
    ],
    ids=["empty", "cut off", "other root", "entity", "foreign dtd", "too large", "no process"],
)
def test_what_is_no_bpmn_file_is_refused(xml: bytes, words: str) -> None:
    assert words in problems(xml)[0].sentence.en


def test_entities_that_grow_are_never_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">' + b"".join(
        b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 10) for c in range(98, 110)
    )
    assert problems(bomb + b"]><a>&n;</a>")


def test_a_process_too_large_to_step_through_is_refused() -> None:
    drawing = approval()
    for number in range(301):
        drawing.user(f"extra_{number}")
    assert any("the most is 300" in p.sentence.en for p in problems(drawing.xml()))


def test_a_second_executable_process_is_refused() -> None:
    xml = (
        approval()
        .xml()
        .replace(
            b"<bpmndi:BPMNDiagram",
            b'<bpmn:process id="second" isExecutable="true"/><bpmndi:BPMNDiagram',
        )
    )
    assert any("one executable process" in p.sentence.en for p in problems(xml))


def test_all_problems_are_named_at_once() -> None:
    drawing = approval()
    drawing.put("scriptTask", "one")
    drawing.put("sendTask", "two")
    xml = drawing.xml().replace(b"review == 'return'", b"review > 'return'")
    assert {"one", "two", "flow_4"} <= {p.element_id for p in problems(xml)}


def test_a_problem_names_file_line_and_element() -> None:
    drawing = approval()
    drawing.put("scriptTask", "calculate")
    xml = drawing.xml()
    line = next(i for i, text in enumerate(xml.splitlines(), 1) if b'"calculate"' in text)
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="approval.bpmn")
    assert refusal.value.reasons[0].en.startswith(f"approval.bpmn:{line} calculate: scriptTask")


@pytest.mark.parametrize("path", sorted((ROOT / "bpmn").glob("*.bpmn")), ids=lambda p: p.name)
def test_the_definitions_we_deliver_are_accepted(path: Path) -> None:
    library = library_of(path)
    assert bpmn_rules.parse(path.read_bytes(), file=path.name, library=library).key == path.stem
