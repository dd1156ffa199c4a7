"""A process definition as a Petri net for an independent conformance checker: this reading shares no code
with the engine. Every sequence flow is a place, every task one visible transition for each way out of it.

What gateways decide by is left out, so the net allows more than the process does: a log that does not fit
the net cannot fit the process.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import count
from typing import Any

from pm4py.objects.petri_net.obj import Marking, PetriNet
from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TASKS = {"userTask", "serviceTask", "receiveTask", "sendTask", "businessRuleTask"}
Net = tuple[PetriNet, Marking, Marking]


class _Reading:
    def __init__(self) -> None:
        self.net = PetriNet("process")
        self.places: dict[str, PetriNet.Place] = {}
        self.numbers = count()

    def place(self, name: str) -> PetriNet.Place:
        if name not in self.places:
            self.places[name] = PetriNet.Place(name)
            self.net.places.add(self.places[name])
        return self.places[name]

    def transition(self, label: str | None, takes: list[str], gives: list[str]) -> None:
        made = PetriNet.Transition(f"t{next(self.numbers)}", label)
        self.net.transitions.add(made)
        for name in takes:
            add_arc_from_to(self.place(name), made, self.net)
        for name in gives:
            add_arc_from_to(made, self.place(name), self.net)

    def scope(self, element: Any, begin: str, end: str) -> list[str]:
        """One process or sub-process between two places; answers the places within it."""
        nodes = {e.get("id"): e for e in element if e.get("id") and e.tag.startswith(BPMN)}
        flows = {i: e for i, e in nodes.items() if e.tag == f"{BPMN}sequenceFlow"}
        own: list[str] = list(flows)
        for id, node in nodes.items():
            kind = node.tag.removeprefix(BPMN)
            came = [i for i, f in flows.items() if f.get("targetRef") == id]
            goes = [i for i, f in flows.items() if f.get("sourceRef") == id]
            label = node.get("name") or id
            if kind == "startEvent":
                self.transition(None, [begin], goes)
            elif kind == "endEvent":
                raised = node.find(f"{BPMN}errorEventDefinition") is not None
                for one in came:
                    self.transition(None, [one], [f"{element.get('id')}!"] if raised else [end])
                    if not raised:  # a branch beside the main way, as a reminder is, just ends
                        self.transition(None, [one], [])
            elif kind in TASKS:
                at = [f"{id}@", *came]
                own.append(at[0])
                for one in came:
                    self.transition(None, [one], [at[0]])
                for one in goes:
                    self.transition(label, [at[0]], [one])
            elif kind == "subProcess":
                own += self.sub_process(node, came, goes)
            elif kind == "parallelGateway":
                self.transition(None, came, goes)
            elif kind == "exclusiveGateway":
                for one in came:
                    for other in goes:
                        self.transition(None, [one], [other])
            elif kind == "boundaryEvent":
                self.boundary(node, nodes[node.get("attachedToRef")], label, goes)
        return own

    def sub_process(self, node: Any, came: list[str], goes: list[str]) -> list[str]:
        id = node.get("id")
        begin, end, on = f"{id}(", f"{id})", f"{id}+"
        for one in came:
            self.transition(None, [one], [begin, on])
        inside = self.scope(node, begin, end)
        for one in goes:
            self.transition(None, [end, on], [one])
        # whatever is left inside when an error ends it is thrown away
        for name in (*inside, end):
            self.transition(None, [f"{id}x", name], [f"{id}x"])
        return [begin, end, on, *inside]

    def boundary(self, event: Any, host: Any, label: str, goes: list[str]) -> None:
        id = host.get("id")
        stays = event.get("cancelActivity") == "false"
        if event.find(f"{BPMN}errorEventDefinition") is not None:
            self.transition(None, [f"{id}!", f"{id}+"], [f"{id}x"])
            self.transition(None, [f"{id}x"], goes)
        elif host.tag == f"{BPMN}subProcess" and not stays:
            over = f"{event.get('id')}!"
            self.transition(label, [f"{id}+"], [f"{id}x", over])
            self.transition(None, [f"{id}x", over], goes)
        elif host.tag == f"{BPMN}subProcess":
            self.transition(label, [f"{id}+"], [f"{id}+", *goes])
        else:
            self.transition(label, [f"{id}@"], [f"{id}@", *goes] if stays else goes)


def read(xml: bytes) -> Net:
    """The net, and the markings in which it begins and ends."""
    reading = _Reading()
    process = ET.fromstring(xml).find(f"{BPMN}process")
    assert process is not None
    reading.scope(process, "begin", "end")
    return (
        reading.net,
        Marking({reading.place("begin"): 1}),
        Marking({reading.place("end"): 1}),
    )
