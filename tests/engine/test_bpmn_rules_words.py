"""What a modeller writes around and beside the elements: notes that mean nothing to the process work, and what
would mean something that the engine does not do is refused instead of being left out of account."""

from __future__ import annotations

import re

import pytest

from engine import bpmn_rules, cases, definitions
from engine.errors import DefinitionRefused
from tests.conftest import OpenUow
from tests.engine.test_bpmn_rules import approval, problems
from tests.engine.test_decisions import WHO_SIGNS, choosing
from tests.reference.drawing import Drawing

PLACES = ["<bpmn:process ", "<bpmn:startEvent ", "<bpmndi:BPMNPlane ", "</bpmn:definitions>"]


@pytest.mark.parametrize("note", ["<!-- exported -->", "<?exported by='a tool' id='review'?>"])
@pytest.mark.parametrize("place", PLACES)
def test_notes_between_the_elements_change_nothing(uow: OpenUow, note: str, place: str) -> None:
    xml = approval().xml().decode().replace(place, note + place, 1).encode()
    with uow() as work:
        definitions.deploy(work, xml, "approval.bpmn")
        case = cases.start(work, "approval", "2026-000001")
        assert definitions.load(work, case.definition_id).ends == {"approved": "approved"}


# -- what would mean something else ----------------------------------------------------------------


def everything() -> Drawing:
    """`approval`, and after it every event that an attribute or a detail can turn into something else."""
    drawing = approval()
    drawing.elements[""] = [part for part in drawing.elements[""] if 'id="approved"' not in part]
    drawing.shapes.remove("approved")
    drawing.race("first")
    drawing.receive("answered")
    drawing.catch("late", "timer")
    drawing.user("panel", "agree", several=2)
    drawing.edge("told", "panel", "message")
    drawing.end("note_taken")
    drawing.event_sub("withdrawn", "asked_back", "message", "checks")
    drawing.user("look", "seen", "withdrawn")
    drawing.end("looked", "withdrawn", "terminate")
    drawing.chain("asked_back", "look", "looked", scope="withdrawn")
    drawing.xor("approved")
    drawing.end("over")
    drawing.chain("approved", "first", "answered", "panel", "over")
    drawing.chain("first", "late", "over")
    drawing.chain("told", "note_taken")
    return drawing


def told(xml: str) -> list[tuple[str, str, str]]:
    found = problems(xml.encode())
    assert all(p.file == "approval.bpmn" and p.sentence.zh.endswith("。") for p in found)
    for problem in found:
        assert f'id="{problem.element_id}"' in xml.splitlines()[problem.line - 1]
    return [(p.element_id, p.sentence.zh, p.sentence.en) for p in found]


#: element, attribute, what to write instead in both languages
MEANS_SOMETHING_ELSE = [
    ("review", 'startQuantity="2"', "请用 parallelGateway 汇合", "write 1; to wait"),
    ("review", 'completionQuantity="2"', "请用 parallelGateway 分出", "write 1; to go on"),
    ("review", 'isForCompensation="true"', "流程里的任务", "as tasks of the process"),
    ("right", 'isForCompensation="true"', "流程里的任务", "as tasks of the process"),
    ("checks", 'startQuantity="2"', "请用 parallelGateway 汇合", "write 1; to wait"),
    ("answered", 'instantiate="true"', "startEvent", "write false; a case begins"),
    ("first", 'instantiate="true"', "startEvent", "write false; a case begins"),
    ("first", 'eventGatewayType="Parallel"', "请写 Exclusive", "write Exclusive"),
    ("late", 'parallelMultiple="true"', "各画一个", "draw one event for each trigger"),
    ("told", 'cancelActivity="0"', "请写 true、false", "write true or false"),
    ("asked_back", 'isInterrupting="0"', "请写 true、false", "write true or false"),
    ("checks", 'triggeredByEvent="1"', "请写 true、false", "write true or false"),
    ("review", 'implementation="java"', "请写 ##unspecified", "write ##unspecified"),
    ("fork", 'gatewayDirection="Up"', "请写 Unspecified", "write Unspecified"),
    ("flow_4", 'isImmediate="false"', "请写 true", "write true"),
    ("review", 'outcomes="pass"', "请删去", "remove it, or use a property"),
    ("review", 'added="true"', "请删去", "remove it, or use a property"),
    ("checks", 'added="true"', "请删去", "remove it, or use a property"),
    ("checks", 'from="revision"', "请删去", "remove it, or use a property"),
    ("flow_4", 'added="true"', "请删去", "remove it, or use a property"),
    ("flow_4", 'xmlns:c="urn:c" c:when="x"', "请删去", "remove it, or use a property"),
    ("approval", 'async="true"', "请删去", "remove it, or use a property"),
]


@pytest.mark.parametrize(("element", "attribute", "zh", "en"), MEANS_SOMETHING_ELSE)
def test_an_attribute_that_means_something_else_is_refused_with_what_to_write(
    element: str, attribute: str, zh: str, en: str
) -> None:
    xml = everything().xml().decode()
    mark = f' id="{element}"'
    assert xml.count(mark) == 1
    name = attribute.split()[-1].partition("=")[0].rpartition(":")[2]
    xml = re.sub(rf'(<[^<]*{mark}[^>]*?) {name}="[^"]*"', r"\1", xml)
    found = told(xml.replace(mark, f" {attribute}{mark}"))
    assert any(e == element and name in z and zh in z and en in s for e, z, s in found), found


USUAL = [
    ("review", 'isForCompensation="false" startQuantity="1" completionQuantity="1"'),
    ("review", 'implementation="##unspecified"'),
    ("checks", 'triggeredByEvent="false"'),
    ("answered", 'instantiate="false"'),
    ("first", 'instantiate="false" eventGatewayType="Exclusive" gatewayDirection="Diverging"'),
    ("late", 'parallelMultiple="false"'),
    ("submitted", 'isInterrupting="true"'),
    ("flow_4", 'isImmediate="true"'),
    ("approval", 'isClosed="false" processType="None" xmlns:c="urn:c" c:versionTag="1"'),
    ("drawing", 'exporter="Camunda Modeler" exporterVersion="5.30.0"'),
    ("drawing", 'xmlns:modeler="urn:m" modeler:executionPlatform="Camunda Platform"'),
    ("drawing", 'expressionLanguage="http://www.w3.org/1999/XPath"'),
]


@pytest.mark.parametrize(("element", "attributes"), USUAL)
def test_what_modellers_write_of_themselves_is_taken(element: str, attributes: str) -> None:
    xml = everything().xml().decode()
    plain = bpmn_rules.parse(xml.encode())
    mark = f' id="{element}"'
    changed = bpmn_rules.parse(xml.replace(mark, f" {attributes}{mark}", 1).encode())
    assert (changed.tasks, changed.ends) == (plain.tasks, plain.ends)


DURATION = "</bpmn:timeDuration>"
FLOW = 'sourceRef="decided" targetRef="entry">'
PROPERTY = '<spiffworkflow:property name="voids" value="review"/>'
EXTENSION = (
    "<bpmn:extensionElements><spiffworkflow:properties>"
    f"{PROPERTY}</spiffworkflow:properties></bpmn:extensionElements>"
)
#: what stands in the file, what stands after it instead, the element, what to do in both languages
MORE_THAN_IS_READ = [
    ("cycle", DURATION, "<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>", "late", "只响一次", "fires once"),
    ("date", DURATION, "<bpmn:timeDate>2027-01-01</bpmn:timeDate>", "late", "开始等待", "counted from"),
    ("two durations", DURATION, "<bpmn:timeDuration>P9D</bpmn:timeDuration>", "late", "只留一个", "keep one"),
    ("two events", "</bpmn:timerEventDefinition>", "<bpmn:messageEventDefinition/>", "late",
     "各画一个事件", "draw one event for each"),
    ("two ends", "<bpmn:terminateEventDefinition/>", "<bpmn:terminateEventDefinition/>", "looked",
     "各画一个事件", "draw one event for each"),
    ("two conditions", "</bpmn:conditionExpression>",
     "<bpmn:conditionExpression>review == 'pass'</bpmn:conditionExpression>", "flow_4", "只留一个", "keep one"),
    ("a property of a flow", FLOW, EXTENSION, "flow_4", "不认识属性“voids”", "Unknown property “voids”"),
    ("an extension of a flow", FLOW, "<bpmn:extensionElements><x xmlns='urn:x'/></bpmn:extensionElements>",
     "flow_4", "请删去", "remove it"),
    ("an element of a flow", FLOW, "<bpmn:monitoring/>", "flow_4", "不支持 monitoring", "monitoring is not"),
    ("a property of a timer", "<bpmn:timerEventDefinition>", EXTENSION, "late", "不认识属性", "Unknown property"),
    ("properties twice", "</bpmn:extensionElements>", EXTENSION, "review", "只留一个", "keep one"),
    ("a condition cut in two", "review == 'return'", "<!-- or -->or review == 'pass'", "flow_4",
     "移到文字之外", "out of the text"),
    ("a duration cut in two", ">P3D", "<!-- days --> ", "", "", ""),
    ("two numbers", "</bpmn:loopCardinality>", "<bpmn:loopCardinality>3</bpmn:loopCardinality>", "panel",
     "只留一个", "keep one"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "more", "element", "zh", "en"),
    [case[1:] for case in MORE_THAN_IS_READ],
    ids=[case[0] for case in MORE_THAN_IS_READ],
)
def test_what_stands_beside_what_is_read_is_refused(
    old: str, more: str, element: str, zh: str, en: str
) -> None:
    xml = everything().xml().decode()
    assert old in xml
    changed = xml.replace(old, old + more, 1)
    if not element:  # a note after the text cuts nothing
        assert bpmn_rules.parse(changed.encode()).timers["late"].duration == "P3D"
        return
    found = told(changed)
    assert any(e == element and zh in z and en in s for e, z, s in found), found


def test_a_timer_that_only_repeats_is_told_what_it_needs() -> None:
    xml = everything().xml().decode().replace("timeDuration", "timeCycle")
    found = told(xml)
    assert any(e == "late" and "timeCycle" in s and "fires once" in s for e, _, s in found)
    assert any(e == "late" and "needs a timeDuration" in s for e, _, s in found)


def test_a_cell_of_a_table_that_a_note_cuts_in_two_is_refused() -> None:
    cut = WHO_SIGNS.replace(b'"a","b"', b'"a"<!-- and -->,"b"', 1)
    assert cut != WHO_SIGNS
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(choosing().xml(), file="choosing.bpmn", library={"who_signs": cut})
    found = [p for p in refusal.value.problems if p.file == "who_signs.dmn"]
    assert [p.line for p in found] == [cut[: cut.index(b"<!-- and")].count(b"\n") + 1]
    assert "移到文字之外" in found[0].sentence.zh
    assert "out of the text" in found[0].sentence.en
