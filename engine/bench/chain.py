"""The process that is measured: twelve tasks in a row, and a way back from the last to the first."""

from __future__ import annotations

import itertools

from engine import cases, definitions
from engine.database import Actor, Domain, UnitOfWork
from engine.models import ProcessInstance

STEPS = 12
KEY = "bench_chain"
CLERK = Actor("bench", "测速员", role="clerk")
DOMAIN = Domain()

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:sw="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="bench" targetNamespace="https://example.org/bench">'
)


def step(number: int) -> str:
    """The id of a task of the chain."""
    return f"step_{number}"


LAST = step(STEPS)


def xml() -> bytes:
    """The chain as BPMN, with the smallest drawing that a definition needs."""
    nodes = [
        '<bpmn:startEvent id="begun"/>',
        '<bpmn:exclusiveGateway id="entry"/>',
        *(_task(step(number), "pass return") for number in range(1, STEPS + 1)),
        '<bpmn:exclusiveGateway id="decided" default="decided__done"/>',
        _task("revise", "again"),
        '<bpmn:endEvent id="done"/>',
    ]
    way = ["begun", "entry", *(step(number) for number in range(1, STEPS + 1)), "decided"]
    pairs = [*itertools.pairwise(way), ("decided", "done"), ("revise", "entry")]
    flows = [
        f'<bpmn:sequenceFlow id="{a}__{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs
    ]
    flows.append(
        '<bpmn:sequenceFlow id="decided__revise" sourceRef="decided" targetRef="revise">'
        f"<bpmn:conditionExpression>{LAST} == 'return'</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    ids = [*way, "revise", "done"]
    shapes = "".join(
        f'<bpmndi:BPMNShape id="s_{name}" bpmnElement="{name}"><dc:Bounds x="0" y="0" width="9"'
        ' height="9"/></bpmndi:BPMNShape>'
        for name in ids
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="e_{a}__{b}" bpmnElement="{a}__{b}"><di:waypoint x="0" y="0"/>'
        '<di:waypoint x="9" y="9"/></bpmndi:BPMNEdge>'
        for a, b in [*pairs, ("decided", "revise")]
    )
    return (
        f'{_HEAD}<bpmn:process id="{KEY}" name="测速" isExecutable="true">{"".join(nodes)}'
        f'{"".join(flows)}</bpmn:process><bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p"'
        f' bpmnElement="{KEY}">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
        "</bpmn:definitions>"
    ).encode()


def _task(name: str, outcomes: str) -> str:
    properties = f'<sw:property name="candidate_role" value="clerk"/><sw:property name="outcomes" value="{outcomes}"/>'
    return (
        f'<bpmn:userTask id="{name}" name="{name}"><bpmn:extensionElements><sw:properties>{properties}'
        "</sw:properties></bpmn:extensionElements></bpmn:userTask>"
    )


def outcome_at(element: str) -> str:
    """Round and round: pass everywhere, return at the last, again."""
    return {LAST: "return", "revise": "again"}.get(element, "pass")


def begin(uow: UnitOfWork, business_key: str) -> ProcessInstance:
    """Deploy the chain, if it is not there yet, and start a case."""
    definitions.deploy(uow, xml(), "bench.bpmn")
    return cases.start(uow, KEY, business_key)
