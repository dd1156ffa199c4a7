"""What BPMN asks for beyond the library: SpiffWorkflow's classes subclassed, and its reading of a file.

Nothing of the library is patched. Decisions are no task data: they live beside the (sub-)process that
owns them, so neither copies nor merges of the library's data can change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import BoundaryEventParser, EndEventParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    CallActivity,
    EndEvent,
    InclusiveGateway,
    ParallelGateway,
    ServiceTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import (
    NoneEventDefinition,
    TerminateEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import DurationTimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine import (
    bpmn_decisions,
    bpmn_family,
    bpmn_normal,
    bpmn_xml,
    conditions,
    decision_files,
)
from engine.bpmn_report import Report
from engine.decision_tables import Table

#: Keys of a (sub-)process' own data.
DECISIONS, ENDS, ORDER, TABLES = "decisions", "ends", "order", "tables"
#: The same: work beside event sub-processes, and that a terminate end has ended it.
WORKS, TERMINATED = "works", "terminated"
#: Key of a waiting inclusive join's own data.
QUIET = "quiet"
#: Key of an event-based gateway's own data: the event that came first.
CHOSEN = "chosen"


def decisions_of(workflow: Any) -> Any:
    """The decisions that a (sub-)process reads and writes: its own if it was called, else those around."""
    return _process_of(workflow).data[DECISIONS]


def _process_of(workflow: Any) -> Any:
    while DECISIONS not in workflow.data:
        workflow = workflow.parent_workflow
    return workflow


def ended_as(workflow: Any) -> str | None:
    """The end event that gives a process its end: a terminating one, else the first in the file."""
    reached = workflow.data.get(ENDS, ())
    terminating = [s for s in reached if isinstance(s.event_definition, TerminateEventDefinition)]
    return min(
        (spec.name for spec in terminating or reached),
        key=workflow.top_workflow.data[ORDER].index,
        default=None,
    )


class Told(DurationTimerEventDefinition):  # type: ignore[misc]
    """A timer without a clock, a message, signal or escalation on an edge: it happens when told."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name, "")
        self.kind = kind

    def has_fired(self, my_task: Any) -> bool:
        """Only whether the step's event was this one."""
        return bool(my_task._get_internal_data("event_fired", False))


class Escalation(NoneEventDefinition):  # type: ignore[misc]
    """What an end event escalates; who catches it is looked up at once, not by the library."""


class WaitingService(ServiceTask):  # type: ignore[misc]
    """A service or receive task rests until the runtime brings its result or the message."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True

    def _run_hook(self, my_task: Any) -> bool:
        return True


class Passed(ServiceTask):  # type: ignore[misc]
    """A thrown event that asks nobody; an escalation is told to the edge of the sub-process around it."""

    def __init__(self, wf_spec: Any, bpmn_id: str, *, escalates: bool, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.escalates = escalates

    def _run_hook(self, my_task: Any) -> bool | None:
        return None if self.escalates and escalate(my_task) else True


class AskedTable(ServiceTask):  # type: ignore[misc]
    """A business rule task: its table is asked at once, and its word is the decision."""

    def _run_hook(self, my_task: Any) -> bool:
        decisions = decisions_of(my_task.workflow)
        table = my_task.workflow.top_workflow.data[TABLES][self.name]
        decisions[self.name] = table.answer(decisions)
        return True


class Race(WaitingService):
    """An event-based gateway: rests until one of the events after it happens, and takes that way alone."""

    def _predict_hook(self, my_task: Any) -> None:
        my_task._sync_children(self.outputs, state=TaskState.MAYBE)

    def _run_hook(self, my_task: Any) -> bool:
        _expect_children(my_task, [my_task._get_internal_data(CHOSEN)])
        return True


class CountingJoin(ParallelGateway):  # type: ignore[misc]
    """A parallel gateway as BPMN has it: takes exactly one token from each incoming flow, whenever it came."""

    def _update_hook(self, my_task: Any) -> bool:
        arrived: dict[str, Any] = {my_task.parent.task_spec.name: my_task}
        for other in my_task.workflow.tasks.values():
            if (
                other is not my_task
                and other.task_spec is self
                and other.state == TaskState.WAITING
            ):
                arrived.setdefault(other.parent.task_spec.name, other)
        if len(arrived) < len(self.inputs):
            my_task._set_state(TaskState.WAITING)
            return False
        for other in arrived.values():
            if other is not my_task:
                other.cancel()
        expect(my_task)
        return True

    def _run_hook(self, my_task: Any) -> bool:
        return True


class QuietJoin(InclusiveGateway):  # type: ignore[misc]
    """An inclusive gateway; one that joins waits until it is told that its block is empty."""

    def _update_hook(self, my_task: Any) -> bool:
        if len(self.inputs) == 1 or my_task._get_internal_data(QUIET, False):
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        _expect_children(my_task, matches or defaults)
        return True

    def fire(self, arrived: list[Any]) -> None:
        """All that will come has come: one token goes on for all."""
        for other in arrived[1:]:
            other.cancel()
        arrived[0]._set_internal_data(**{QUIET: True})
        self._update(arrived[0])


class ClosingEnd(EndEvent):  # type: ignore[misc]
    """An end event. An error end is caught by the sub-process directly around it, which closes at once.
    A terminate end ends the event sub-processes beside it as well.

    The library would look for a catcher by error code among everything that runs beside the
    sub-process, and would let the sub-process also end normally if this was its last token.
    """

    def _run_hook(self, my_task: Any) -> bool | None:
        if isinstance(self.event_definition, Escalation) and escalate(my_task):
            return None
        if not isinstance(self.event_definition, ErrorEventDefinition):
            self._note(my_task.workflow)
            return bool(super()._run_hook(my_task))
        host = my_task.workflow.top_workflow.get_task_from_id(my_task.workflow.parent_task_id)
        for event in host.parent.children:
            if isinstance(event.task_spec, BoundaryEvent) and isinstance(
                event.task_spec.event_definition, ErrorEventDefinition
            ):
                fire(event)
        host.cancel()
        return None

    def _note(self, workflow: Any) -> None:
        top = workflow.top_workflow.data
        if self.name in top[ORDER]:
            _process_of(workflow).data.setdefault(ENDS, []).append(self)
        terminates = isinstance(self.event_definition, TerminateEventDefinition)
        if terminates and workflow.spec.name in top[WORKS]:
            workflow.parent_workflow.data[TERMINATED] = True

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        if my_task.workflow.data.pop(TERMINATED, False):
            for task in my_task.workflow.get_tasks(state=TaskState.NOT_FINISHED_MASK):
                task.cancel()
            my_task.workflow._mark_complete(my_task)


class SubProcess(SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process that, once cancelled, stays so even if its last token ends."""

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state != TaskState.CANCELLED:
            my_task._set_state(TaskState.READY)


class Call(CallActivity):  # type: ignore[misc]
    """A call activity: the called process decides for itself; the caller learns only how it ended."""

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        """Begins without decisions; nothing is handed in."""
        subworkflow.data[DECISIONS] = {}

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state != TaskState.CANCELLED:
            decisions_of(my_task.workflow)[self.name] = ended_as(subworkflow)
            my_task._set_state(TaskState.READY)


class ConditionEngine(PythonScriptEngine):  # type: ignore[misc]
    """Answers conditions by `engine.conditions`; there is nothing here that could run code."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """Whether the flow's condition holds for the decisions of the process it stands in."""
        return conditions.parse(expression).holds(decisions_of(task.workflow))

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """Refuses: models hold no code."""
        raise AssertionError("a script reached the interpreter")


# -- reading the model ---------------------------------------------------------------------------


class _InFileOrder(ProcessParser):  # type: ignore[misc]
    """Flows are tried in the order of the file, not by where they were drawn."""

    def get_position(self, node_id: str) -> dict[str, float]:
        return {"x": 0.0, "y": 0.0}


class _Boundary(BoundaryEventParser):  # type: ignore[misc]
    def parse_timer_event(self, event: Any) -> Told:
        return Told(self.bpmn_id, "timer")

    def parse_message_event(self, message_event: Any) -> Told:
        return Told(self.bpmn_id, "message")

    def parse_signal_event(self, signal_event: Any) -> Told:
        return Told(self.bpmn_id, "signal")

    def parse_escalation_event(self, escalation_event: Any) -> Told:
        return Told(self.bpmn_id, "escalation")


class _End(EndEventParser):  # type: ignore[misc]
    def parse_escalation_event(self, escalation_event: Any) -> Escalation:
        return Escalation()


class _Throw(TaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        if any(self.xpath(f"./bpmn:{kind}EventDefinition") for kind in ("message", "signal")):
            return WaitingService(self.spec, self.bpmn_id, **self.bpmn_attributes)
        escalates = bool(self.xpath("./bpmn:escalationEventDefinition"))
        return Passed(self.spec, self.bpmn_id, escalates=escalates, **self.bpmn_attributes)


class _Race(TaskParser):  # type: ignore[misc]
    def handles_multiple_outgoing(self) -> bool:
        return True


class _Parser(BpmnParser):  # type: ignore[misc]
    PROCESS_PARSER_CLASS = _InFileOrder
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("userTask"): (TaskParser, UserTask),
        full_tag("serviceTask"): (TaskParser, WaitingService),
        full_tag("sendTask"): (TaskParser, WaitingService),
        full_tag("businessRuleTask"): (TaskParser, AskedTable),
        full_tag("receiveTask"): (TaskParser, WaitingService),
        full_tag("intermediateCatchEvent"): (TaskParser, WaitingService),
        full_tag("intermediateThrowEvent"): (_Throw, Passed),
        full_tag("eventBasedGateway"): (_Race, Race),
        full_tag("parallelGateway"): (GatewayParser, CountingJoin),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, QuietJoin),
        full_tag("endEvent"): (_End, ClosingEnd),
        full_tag("boundaryEvent"): (_Boundary, BoundaryEvent),
        full_tag("subProcess"): (SubWorkflowParser, SubProcess),
        full_tag("callActivity"): (CallActivityParser, Call),
    }


@dataclass(frozen=True)
class Specs:
    """The library's reading of a process and of what it calls; `ends` are those of processes, in the
    order of the file."""

    top: Any
    inner: Mapping[str, Any]
    ends: tuple[str, ...]
    works: frozenset[str]
    tables: Mapping[str, Table]


def read_specs(xml: bytes, key: str) -> Specs:
    """Parse a file that `bpmn_rules` has accepted."""
    parser = _Parser()
    root = bpmn_xml.read(xml)
    for several in list(root.iter(f"{{{bpmn_xml.BPMN}}}multiInstanceLoopCharacteristics")):
        several.getparent().remove(several)  # who has done it and who not is kept with the token
    bpmn_normal.normalise(root, Report(""))
    ends = tuple(end.id for graph in bpmn_family.graphs(xml) for end in graph.ends())
    tables = bpmn_decisions.tables(xml)
    for decision in list(bpmn_xml.elements(root)):
        if decision_files.is_dmn(decision):
            root.remove(decision)  # the library would ask them in its own way
    parser.add_bpmn_xml(root)
    inner = parser.get_subprocess_specs(key)
    return Specs(parser.get_spec(key), inner, ends, bpmn_normal.works(root), tables)


def choose(task: Any, event: str) -> None:
    """Tell an event-based gateway what came first; the event itself is over with that."""
    chosen = next(spec for spec in task.task_spec.outputs if spec.name == event)
    task._set_internal_data(**{CHOSEN: chosen})
    task.run()
    task.children[0].run()


def escalate(task: Any) -> bool:
    """Tell the escalation event on the edge around the task, if it still listens; whether it interrupts."""
    host = task.workflow.top_workflow.get_task_from_id(task.workflow.parent_task_id)
    for event in host.parent.children:
        definition = getattr(event.task_spec, "event_definition", None)
        if isinstance(definition, Told) and definition.kind == "escalation":
            if event.state != TaskState.WAITING:
                continue
            fire(event)
            if event.task_spec.cancel_activity:
                host.cancel()
                return True
    return False


def fire(event: Any) -> None:
    """Tell an event on an edge that it has happened."""
    event._set_internal_data(event_fired=True)
    event.task_spec._update(event)


def expect(task: Any) -> Any:
    """Give a task the children that the library would have predicted for it."""
    if not task.children and not isinstance(task.task_spec, Race):
        _expect_children(task, task.task_spec.outputs)
    return task


def _expect_children(task: Any, specs: list[Any]) -> None:
    task._sync_children(specs, TaskState.FUTURE)
    for child in task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
