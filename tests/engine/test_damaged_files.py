"""Damaged and forged process files: whatever is done to a file, it is read as it stands or refused in sentences."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from pathlib import Path

import pytest

from engine import bpmn_rules, stepping
from engine.bpmn_xml import FLOW_NODES
from engine.elements import Definition
from engine.errors import DefinitionRefused, Problem
from engine.freezing import NeverRests
from engine.stepping import Event
from tests.engine.test_decisions import WHO_SIGNS
from tests.engine.test_event_sub_processes import triggered, whole
from tests.engine.test_events import asking
from tests.reference.drawing import Drawing

MODELS = Path(__file__).parent / "models"
WORDS = ["", "0", "-1", "中文", "a b", "true", "Start", "P1D", "x" * 300]
TEXTS = ["", "(", "a==", "x == 'y' and", "__import__('os')", "(" * 300 + "a" + ")" * 300]
PIECES = ["<", "&", "\x00", '"', ">", "</bpmn:process>", "&outside;", "<bpmn:subProcess id='zz'>"]


def cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def without_an_attribute(text: str, chance: random.Random) -> str:
    return one_of(r' \w+="[^"]*"', text, [""], chance)


def another_value(text: str, chance: random.Random) -> str:
    others = re.findall(r'="([^"]*)"', text)
    return one_of(r'="[^"]*"', text, [f'="{word}"' for word in (*WORDS, *others)], chance)


def another_element(text: str, chance: random.Random) -> str:
    one, other = chance.sample(sorted(FLOW_NODES), 2)
    return text.replace(f"bpmn:{one}", f"bpmn:{other}")


def another_event(text: str, chance: random.Random) -> str:
    kinds = ["message", "error", "escalation", "terminate", "timer", "signal", "link"]
    others = [f"<bpmn:{kind}EventDefinition/>" for kind in kinds]
    return one_of(r"<bpmn:\w+EventDefinition[^>]*/>", text, ["", *others], chance)


def without_a_flow(text: str, chance: random.Random) -> str:
    return one_of(r"(?s)<bpmn:sequenceFlow.*?</bpmn:sequenceFlow>", text, [""], chance)


def another_condition(text: str, chance: random.Random) -> str:
    return one_of(r">[^<>]*==[^<>]*<", text, [f">{said}<" for said in TEXTS], chance)


def a_piece_more(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(PIECES) + text[place:]


DAMAGES = (
    *(cut, without_an_attribute, another_value, another_element, another_event),
    *(without_a_flow, another_condition, a_piece_more),
)


def one_of(pattern: str, text: str, instead: list[str], chance: random.Random) -> str:
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    chosen = chance.choice(found)
    return text[: chosen.start()] + chance.choice(instead) + text[chosen.end() :]


def damaged(xml: bytes, chance: random.Random) -> bytes:
    text = xml.decode()
    for _ in range(chance.randint(1, 3)):
        text = chance.choice(DAMAGES)(text, chance)
    return text.encode()


def problems(xml: bytes, chance: random.Random) -> tuple[Problem, ...]:
    """What the file is refused for; if for nothing, a few steps are gone."""
    try:
        definition = bpmn_rules.parse(xml, file="damaged.bpmn")
    except DefinitionRefused as refused:
        return refused.problems
    with suppress(NeverRests):
        walk(definition, chance)
    return ()


def walk(definition: Definition, chance: random.Random) -> None:
    state = stepping.start(definition).state
    for _ in range(5):
        offers = stepping.enabled(definition, state)
        if not offers:
            return
        offer = chance.choice(offers)
        rule = definition.tasks.get(offer.element)
        outcome = chance.choice(rule.outcomes) if rule and rule.outcomes else None
        state = stepping.advance(definition, state, Event.of(offer, outcome)).state


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_refused_and_never_breaks_anything(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
    files = [path.read_bytes() for path in sorted(MODELS.glob("*.bpmn"))]
    files += [asking().xml(), whole("timer", interrupting=False).xml()]
    files += [triggered("error", interrupting=True).xml()]
    told = [problems(damaged(chance.choice(files), chance), chance) for _ in range(400)]
    assert all(p.file == "damaged.bpmn" and p.line > 0 for found in told for p in found)
    assert 250 < sum(map(bool, told)) < 400, "too mild or too rough to tell anything"


def plain() -> Drawing:
    drawing = Drawing("plain")
    drawing.start("begun")
    drawing.user("review", "pass")
    drawing.end("done")
    drawing.chain("begun", "review", "done")
    return drawing


def said(xml: bytes, **library: bytes) -> list[tuple[str, int, str, str]]:
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="plain.bpmn", library=library)
    return [(p.file, p.line, p.element_id, p.sentence.en) for p in refusal.value.problems]


def test_a_file_that_asks_for_another_file_is_refused_and_the_other_is_not_read(
    tmp_path: Path,
) -> None:
    """XXE: an entity that stands for a file of the server."""
    secret = tmp_path / "secret"
    secret.write_text("the word of the day", encoding="utf-8")
    head = f'<!DOCTYPE d [<!ENTITY outside SYSTEM "{secret.as_uri()}">]>\n'.encode()
    xml = plain().xml()
    forged = xml.replace(b"<bpmn:definitions", head + b"<bpmn:definitions", 1)
    forged = forged.replace(b'name="review"', b'name="&outside;"')
    for one in (forged, xml.replace(b"<bpmn:definitions", head + b"<bpmn:definitions", 1)):
        told = said(one)
        assert "the word of the day" not in str(told)
        assert told[0][0] == "plain.bpmn"
    table = WHO_SIGNS.replace(b"<definitions", head + b"<definitions", 1)
    drawing = plain()
    drawing.rule("level", "who_signs")
    drawing.flow("review", "level")
    told = said(drawing.xml(), who_signs=table)
    assert any("DOCTYPE" in problem[3] for problem in told)


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    head = f"<!DOCTYPE d [{''.join(lines)}]>\n".encode()
    xml = plain().xml().replace(b"<bpmn:definitions", head + b"<bpmn:definitions", 1)
    told = said(xml.replace(b"</bpmn:userTask>", b"&a9;</bpmn:userTask>"))
    assert [problem[0] for problem in told] == ["plain.bpmn"]


@pytest.mark.parametrize("number", ["", "wide", "nan", "1e400", "P1D"])
def test_a_layout_without_numbers_is_refused_at_its_element(number: str) -> None:
    xml = plain().xml()
    place = xml.index(b'bpmnElement="review"')
    xml = xml[:place] + xml[place:].replace(b'width="100"', f'width="{number}"'.encode(), 1)
    assert ("review", True) in [(p[2], "no number for width" in p[3]) for p in said(xml)]
    line = plain().xml().replace(b'<di:waypoint x="10"', f'<di:waypoint x="{number}"'.encode(), 1)
    assert ("flow_1", True) in [(p[2], "no number for x" in p[3]) for p in said(line)]


def test_a_shape_without_a_place_counts_as_not_drawn() -> None:
    xml = re.sub(rb'<bpmndi:BPMNShape id="shape_review"[^>]*>.*?</bpmndi:BPMNShape>',
                 b'<bpmndi:BPMNShape bpmnElement="review"/>', plain().xml())  # fmt: skip
    assert [p[2] for p in said(xml) if "not on the diagram" in p[3]] == ["review"]


LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics id="many">'
    "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
)


@pytest.mark.parametrize("tag", ["subProcess", "callActivity", "serviceTask", "receiveTask"])
def test_only_a_user_task_is_for_several_and_the_refusal_says_what_to_draw(tag: str) -> None:
    drawing = plain()
    drawing.put(tag, "panel", inside=LOOP)
    xml = drawing.xml()
    line = next(n for n, text in enumerate(xml.splitlines(), 1) if b'id="panel"' in text)
    told = [problem for problem in said(xml) if "multiInstance" in problem[3]]
    assert [problem[:3] for problem in told] == [("plain.bpmn", line, "panel")]
    assert "two parallelGateways" in told[0][3]
