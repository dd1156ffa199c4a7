"""Parts that processes share: read as though they were drawn in place, and refused with what to do."""

from __future__ import annotations

import re

import pytest

from engine import bpmn_rules, bpmn_xml, stepping
from engine.errors import DefinitionRefused
from engine.stepping import Event
from tests import shipped
from workflows import bpmn_files
from workflows.bpmn_files import library_of

MAIN = shipped.PUBLISHING
LIBRARY = library_of(MAIN)


def parsed(text: str, **library: bytes) -> None:
    bpmn_rules.parse(text.encode(), file="main.bpmn", library={**LIBRARY, **library})


def refused(text: str, **library: bytes) -> list[str]:
    with pytest.raises(DefinitionRefused) as found:
        parsed(text, **library)
    problems = found.value.problems
    return [f"{one.file}:{one.line} {one.element_id}：{one.sentence.zh}" for one in problems]


def test_a_part_shares_the_decisions_of_its_process() -> None:
    """In a second round what stands inside the part is passed over, which a called process would not know."""
    definition = shipped.definition()
    state = stepping.start(definition).state
    for element, outcome in (
        ("attribute_review", "proactive"),
        *((f"{name}_needed", "not_needed") for name in ("inter_agency", "legality", "third_party")),
        ("confidentiality_review", "clear"),
        ("first_review", "return"),
        ("revise", "unchanged"),
        ("metadata_change", "none"),
        *((f"{name}_needed", "not_needed") for name in ("inter_agency", "legality", "third_party")),
    ):
        kind = definition.tasks[element].kind
        state = stepping.advance(definition, state, Event(kind, element, outcome=outcome)).state
    assert {offer.element for offer in stepping.enabled(definition, state)} == {"first_review"}


def test_what_is_stored_is_whole_and_reads_the_same_again() -> None:
    definition = shipped.definition()
    assert b"callActivity" not in definition.xml
    assert bpmn_rules.parse(definition.xml).digest == definition.digest


def test_the_same_part_stands_in_every_shipped_process() -> None:
    inside = set()
    for key in shipped.KEYS:
        root = bpmn_xml.read(shipped.xml(key))
        checks = next(e for e in root.iter() if e.get("id") == "checks")
        inside.add(frozenset(e.get("id") for e in checks.iter() if isinstance(e.tag, str)))
    assert len(inside) == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (" calledElement", ' startQuantity="2" calledElement', "不支持 startQuantity“2”"),
        (
            '<spiffworkflow:property name="decisions"',
            '<spiffworkflow:property name="voids" value="x"/><spiffworkflow:property name="decisions"',
            "不认识属性“voids”",
        ),
        (
            "<bpmn:extensionElements>",
            "<bpmn:standardLoopCharacteristics/><bpmn:extensionElements>",
            "不支持 standardLoopCharacteristics",
        ),
    ],
)
def test_what_a_call_of_a_part_says_besides_is_refused(old: str, new: str, words: str) -> None:
    text = MAIN.read_text(encoding="utf-8")
    at = text.index("<bpmn:callActivity")
    id_of = re.search(r'id="(\w+)"', text[at:])
    assert id_of is not None
    said = refused(text[:at] + text[at:].replace(old, new, 1))
    assert any(
        one.startswith("main.bpmn:") and f" {id_of[1]}：" in one and words in one for one in said
    ), said


def test_a_part_voids_what_its_process_has() -> None:
    assert "second_review" in shipped.definition().tasks["change_t2"].voids
    assert "second_review" not in shipped.definition("repost").tasks["change_t2"].voids


def test_a_part_that_is_not_there_is_refused_with_where_to_put_it() -> None:
    text = MAIN.read_text(encoding="utf-8").replace(
        'calledElement="revision"', 'calledElement="gone"'
    )
    (said,) = refused(text)
    assert said.startswith("main.bpmn:")
    assert "revision" in said
    assert "parts" in said


def test_a_part_that_uses_itself_is_refused() -> None:
    part = (bpmn_files.PARTS / "revision.bpmn").read_text(encoding="utf-8")
    call = (
        '<bpmn:callActivity id="again" calledElement="revision"><bpmn:extensionElements>'
        '<spiffworkflow:properties><spiffworkflow:property name="decisions" value="shared" />'
        "</spiffworkflow:properties></bpmn:extensionElements></bpmn:callActivity></bpmn:process>"
    )
    again = part.replace("</bpmn:process>", call).encode()
    assert any("绕回来用了自己" in one for one in refused(MAIN.read_text("utf-8"), revision=again))


def test_decisions_are_shared_or_not_and_nothing_else() -> None:
    text = MAIN.read_text(encoding="utf-8").replace('value="shared"', 'value="some"', 1)
    assert any("decisions 只能写 shared" in one for one in refused(text))


def test_a_frame_that_is_too_small_is_told_how_large_it_must_be() -> None:
    text = MAIN.read_text(encoding="utf-8")
    small = re.sub(r'width="1490" height="730"', 'width="200" height="100"', text)
    assert small != text
    assert any("放不下" in one and "1486 × 706" in one for one in refused(small))


def test_a_fault_in_a_part_names_the_file_of_the_part() -> None:
    part = (bpmn_files.PARTS / "revision.bpmn").read_text(encoding="utf-8")
    spoiled = part.replace('value="unchanged t1 t2 t3 cancel"', 'value="unchanged T1 t2 t3 cancel"')
    said = refused(MAIN.read_text(encoding="utf-8"), revision=spoiled.encode())
    assert any(one.startswith("revision.bpmn:") and "revise" in one for one in said)
