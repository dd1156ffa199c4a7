"""Writes small BPMN files for tests: elements and flows in, XML with a plain layout out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' id="drawing" targetNamespace="https://example.org/sanshen/tests">'
)


@dataclass
class Drawing:
    """A process under construction. Every method returns the new element's id."""

    key: str = "example"
    flow_word: str = "flow"
    elements: dict[str, list[str]] = field(default_factory=lambda: {"": []})
    shapes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    opening: dict[str, tuple[str, str]] = field(default_factory=dict)
    flow_count: int = 0
    tables: list[bytes] = field(default_factory=list)

    def put(
        self,
        tag: str,
        name: str,
        scope: str = "",
        *,
        inside: str = "",
        properties: dict[str, str] | None = None,
        **attributes: str,
    ) -> str:
        text = "".join(
            f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>"
            for k, v in (properties or {}).items()
        )
        if text:
            text = (
                "<bpmn:extensionElements><spiffworkflow:properties>"
                f"{text}</spiffworkflow:properties></bpmn:extensionElements>"
            )
        given = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items())
        opening = f"<bpmn:{tag} id={quoteattr(name)} name={quoteattr(name)}{given}>{text}{inside}"
        if tag == "subProcess":
            self.elements[name] = []
            self.opening[name] = (scope, opening)
        self.elements[scope].append(f"{opening}</bpmn:{tag}>" if tag != "subProcess" else name)
        self.shapes.append(name)
        return name

    def user(
        self,
        name: str,
        outcomes: str = "ok",
        scope: str = "",
        several: int = 0,
        until: str = "",
        in_order: bool = False,
        **properties: str,
    ) -> str:
        given = {"candidate_role": "clerk", "outcomes": outcomes, **properties}
        inside = ""
        if several:
            condition = escape(f"{name} {until}")
            inside = (
                f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(in_order).lower()}">'
                f"<bpmn:loopCardinality>{several}</bpmn:loopCardinality>"
                + (
                    f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"
                    * bool(until)
                )
                + "</bpmn:multiInstanceLoopCharacteristics>"
            )
        return self.put("userTask", name, scope, inside=inside, properties=given)

    def service(self, name: str, outcomes: str = "done", scope: str = "", **properties: str) -> str:
        given = {"handler": name, "outcomes": outcomes, **properties}
        return self.put("serviceTask", name, scope, properties=given)

    def receive(self, name: str, outcomes: str = "", scope: str = "") -> str:
        given = {"outcomes": outcomes} if outcomes else {}
        return self.put("receiveTask", name, scope, properties=given)

    def rule(self, name: str, decision: str, scope: str = "") -> str:
        return self.put("businessRuleTask", name, scope, properties={"decision": decision})

    def send(self, name: str, outcomes: str = "done", scope: str = "") -> str:
        return self.put("sendTask", name, scope, properties={"handler": name, "outcomes": outcomes})

    def catch(self, name: str, kind: str, scope: str = "") -> str:
        """An event that is waited for: `timer`, `message` or `signal`."""
        return self.put("intermediateCatchEvent", name, scope, inside=self._event(kind))

    def throw(self, name: str, kind: str = "", scope: str = "") -> str:
        """An event that is thrown: `message`, `signal`, `escalation`, or none."""
        properties = {"handler": name} if kind in ("message", "signal") else {}
        inside = self._event(kind) if kind else ""
        return self.put("intermediateThrowEvent", name, scope, inside=inside, properties=properties)

    def race(self, name: str, scope: str = "") -> str:
        return self.put("eventBasedGateway", name, scope)

    def event_sub(
        self, name: str, start: str, kind: str, scope: str, *, interrupting: bool = True
    ) -> str:
        """An event sub-process with the event that triggers it."""
        made = self.put("subProcess", name, scope, triggeredByEvent="true")
        cancel = str(interrupting).lower()
        self.put("startEvent", start, name, inside=self._event(kind), isInterrupting=cancel)
        return made

    def edge(
        self, name: str, host: str, kind: str, scope: str = "", *, interrupting: bool = False
    ) -> str:
        """A message, signal or escalation on the edge of something."""
        cancel = str(interrupting).lower()
        return self.put(
            "boundaryEvent",
            name,
            scope,
            inside=self._event(kind),
            attachedToRef=host,
            cancelActivity=cancel,
        )

    def _event(self, kind: str) -> str:
        if kind == "timer":
            return (
                '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D'
                "</bpmn:timeDuration></bpmn:timerEventDefinition>"
            )
        if kind == "error":
            return f'<bpmn:errorEventDefinition errorRef="{self._error()}"/>'
        return f"<bpmn:{kind}EventDefinition/>"

    def xor(self, name: str, scope: str = "", **attributes: str) -> str:
        return self.put("exclusiveGateway", name, scope, **attributes)

    def inclusive(self, name: str, scope: str = "") -> str:
        return self.put("inclusiveGateway", name, scope)

    def par(self, name: str, scope: str = "") -> str:
        return self.put("parallelGateway", name, scope)

    def sub(self, name: str, scope: str = "") -> str:
        return self.put("subProcess", name, scope)

    def call(self, name: str, process: str, scope: str = "") -> str:
        return self.put("callActivity", name, scope, calledElement=process)

    def start(self, name: str, scope: str = "") -> str:
        return self.put("startEvent", name, scope)

    def end(self, name: str, scope: str = "", kind: str = "") -> str:
        inside = f"<bpmn:{kind}EventDefinition/>" if kind == "terminate" else ""
        if kind == "escalation":
            inside = "<bpmn:escalationEventDefinition/>"
        if kind == "error":
            inside = f'<bpmn:errorEventDefinition errorRef="{self._error()}"/>'
        return self.put("endEvent", name, scope, inside=inside)

    def timer(
        self,
        name: str,
        host: str,
        scope: str = "",
        *,
        interrupting: bool = False,
        duration: str = "P3D",
        **properties: str,
    ) -> str:
        inside = (
            '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
            f"{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        )
        return self.put(
            "boundaryEvent",
            name,
            scope,
            inside=inside,
            properties=properties,
            attachedToRef=host,
            cancelActivity="true" if interrupting else "false",
        )

    def caught(self, name: str, host: str, scope: str = "") -> str:
        inside = f'<bpmn:errorEventDefinition errorRef="{self._error()}"/>'
        return self.put("boundaryEvent", name, scope, inside=inside, attachedToRef=host)

    def _error(self) -> str:
        self.errors = ['<bpmn:error id="returned" name="returned" errorCode="returned"/>']
        return "returned"

    def flow(self, source: str, target: str, condition: str = "", scope: str = "") -> str:
        self.flow_count += 1
        name = f"{self.flow_word}_{self.flow_count}"
        inside = (
            '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
            f"{escape(condition)}</bpmn:conditionExpression>"
            if condition
            else ""
        )
        self.elements[scope].append(
            f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</bpmn:sequenceFlow>"
        )
        self.edges.append(name)
        return name

    def chain(self, *names: str, scope: str = "") -> None:
        for source, target in pairwise(names):
            self.flow(source, target, scope=scope)

    def default(self, gateway: str, flow: str, scope: str = "") -> None:
        """Make the flow the gateway's default."""
        parts, mark = self.elements[scope], f"Gateway id={quoteattr(gateway)}"
        index = next(i for i, part in enumerate(parts) if mark in part)
        parts[index] = parts[index].replace(mark, f"{mark} default={quoteattr(flow)}", 1)

    def xml(self, *called: Drawing) -> bytes:
        """The file; drawings of called processes can be put into it."""
        everything = (self, *called)
        errors = next((drawing.errors for drawing in everything if drawing.errors), [])
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}\n'
            + "".join(errors)
            + "".join(drawing._process() for drawing in everything)
            + "".join(drawing._diagram() for drawing in everything)
            + "".join(
                table.decode().partition("?>")[2]
                for drawing in everything
                for table in drawing.tables
            )
            + "</bpmn:definitions>\n"
        ).encode()

    def _process(self) -> str:
        return (
            f'<bpmn:process id="{self.key}" name="{self.key}" isExecutable="true">\n'
            f"{self._body('')}\n</bpmn:process>\n"
        )

    def _diagram(self) -> str:
        shapes = "".join(
            f'<bpmndi:BPMNShape id="shape_{n}" bpmnElement="{n}">'
            f'<dc:Bounds x="{i % 12 * 150}" y="{i // 12 * 120}" width="100" height="80"/></bpmndi:BPMNShape>'
            for i, n in enumerate(self.shapes)
        )
        edges = "".join(
            f'<bpmndi:BPMNEdge id="edge_{n}" bpmnElement="{n}"><di:waypoint x="0" y="0"/>'
            '<di:waypoint x="10" y="10"/></bpmndi:BPMNEdge>'
            for n in self.edges
        )
        return (
            f'<bpmndi:BPMNDiagram id="{self.key}_diagram">'
            f'<bpmndi:BPMNPlane id="{self.key}_plane" bpmnElement="{self.key}">{shapes}{edges}'
            "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n"
        )

    def _body(self, scope: str) -> str:
        parts = []
        for part in self.elements[scope]:
            if part in self.opening:
                parts.append(f"{self.opening[part][1]}\n{self._body(part)}\n</bpmn:subProcess>")
            else:
                parts.append(part)
        return "\n".join(parts)
