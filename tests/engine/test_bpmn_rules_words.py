"""What a modeller writes around and beside the elements: notes that mean nothing to the process work, and what
would mean something that the engine does not do is refused instead of being left out of account."""

from __future__ import annotations

import pytest

from engine import cases, definitions
from tests.conftest import OpenUow
from tests.engine.test_bpmn_rules import approval

PLACES = ["<bpmn:process ", "<bpmn:startEvent ", "<bpmndi:BPMNPlane ", "</bpmn:definitions>"]


@pytest.mark.parametrize("note", ["<!-- exported -->", "<?exported by='a tool' id='review'?>"])
@pytest.mark.parametrize("place", PLACES)
def test_notes_between_the_elements_change_nothing(uow: OpenUow, note: str, place: str) -> None:
    xml = approval().xml().decode().replace(place, note + place, 1).encode()
    with uow() as work:
        definitions.deploy(work, xml, "approval.bpmn")
        case = cases.start(work, "approval", "2026-000001")
        assert definitions.load(work, case.definition_id).ends == {"approved": "approved"}
