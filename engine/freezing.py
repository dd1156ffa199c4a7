"""Between a state (tokens, in BPMN terms) and the library's task tree: build one, run it, read it back.

A tree is built afresh for every step from nothing but the tokens, so whatever happened in earlier rounds
of a loop cannot disturb a join. SpiffWorkflow's classes are subclassed where BPMN asks for more; nothing
of the library is patched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import BoundaryEventParser, EndEventParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser, SubWorkflowParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    ParallelGateway,
    ServiceTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import DurationTimerEventDefinition
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import conditions
from engine.errors import EngineError
from engine.text import Sentence

#: Decisions do not change within a step, so a token that comes to an element again in the same step
#: will come again for ever; the slack is for several tokens that pass one element.
MAX_VISITS = 6


class NeverRests(EngineError):
    """A loop of the model passes no task that waits for anybody."""


@dataclass(slots=True)
class Token:
    """One token at rest: in a task, inside a sub-process, or arrived at a join that still waits."""

    at: str
    source: str | None = None  # joins only: the element it came from
    timers: tuple[str, ...] = ()  # timers on the element's edge that have not fired yet
    inside: list[Token] | None = None  # sub-processes only
    task: Any = field(default=None, compare=False, repr=False)


# -- what BPMN asks for beyond the library -------------------------------------------------------


class ToldTimer(DurationTimerEventDefinition):  # type: ignore[misc]
    """A timer without a clock: it fires when told."""

    def has_fired(self, my_task: Any) -> bool:
        """Only whether the step's event was this timer."""
        return bool(my_task._get_internal_data("event_fired", False))


class WaitingService(ServiceTask):  # type: ignore[misc]
    """A service task rests until the runtime brings its result."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True

    def _run_hook(self, my_task: Any) -> bool:
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


class ClosingEnd(EndEvent):  # type: ignore[misc]
    """An end event. An error end is caught by the sub-process directly around it, which closes at once.

    The library would look for a catcher by error code among everything that runs beside the
    sub-process, and would let the sub-process also end normally if this was its last token.
    """

    def _run_hook(self, my_task: Any) -> bool | None:
        if not isinstance(self.event_definition, ErrorEventDefinition):
            return bool(super()._run_hook(my_task))
        host = my_task.workflow.top_workflow.get_task_from_id(my_task.workflow.parent_task_id)
        for event in host.parent.children:
            if isinstance(event.task_spec, BoundaryEvent) and isinstance(
                event.task_spec.event_definition, ErrorEventDefinition
            ):
                fire(event)
        host.cancel()
        return None


class SubProcess(SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process that, once cancelled, stays so even if its last token ends."""

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task.state != TaskState.CANCELLED:
            my_task._set_state(TaskState.READY)


class ConditionEngine(PythonScriptEngine):  # type: ignore[misc]
    """Answers conditions by `engine.conditions`; there is nothing here that could run code."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__()
        self.variables = variables

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """Whether the flow's condition holds for the variables of this step."""
        return conditions.parse(expression).holds(self.variables)

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """Refuses: models hold no code."""
        raise AssertionError("a script reached the interpreter")


# -- reading the model ---------------------------------------------------------------------------


class _InFileOrder(ProcessParser):  # type: ignore[misc]
    """Flows are tried in the order of the file, not by where they were drawn."""

    def get_position(self, node_id: str) -> dict[str, float]:
        return {"x": 0.0, "y": 0.0}


class _Boundary(BoundaryEventParser):  # type: ignore[misc]
    def parse_timer_event(self, event: Any) -> ToldTimer:
        return ToldTimer(self.bpmn_id, "")


class _Parser(BpmnParser):  # type: ignore[misc]
    PROCESS_PARSER_CLASS = _InFileOrder
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("userTask"): (TaskParser, UserTask),
        full_tag("serviceTask"): (TaskParser, WaitingService),
        full_tag("parallelGateway"): (GatewayParser, CountingJoin),
        full_tag("endEvent"): (EndEventParser, ClosingEnd),
        full_tag("boundaryEvent"): (_Boundary, BoundaryEvent),
        full_tag("subProcess"): (SubWorkflowParser, SubProcess),
    }


@dataclass(frozen=True)
class Specs:
    """The library's reading of one process."""

    top: Any
    inner: Mapping[str, Any]


def read_specs(xml: bytes, key: str) -> Specs:
    """Parse a file that `bpmn_rules` has accepted."""
    parser = _Parser()
    parser.add_bpmn_xml(etree.fromstring(xml, etree.XMLParser(resolve_entities=False)))
    return Specs(parser.get_spec(key), parser.get_subprocess_specs(key))


# -- thaw ----------------------------------------------------------------------------------------


def begin(specs: Specs, variables: Mapping[str, str]) -> Any:
    """A fresh case, before its first engine step."""
    return BpmnWorkflow(specs.top, dict(specs.inner), ConditionEngine(variables))


def thaw(specs: Specs, tokens: list[Token], variables: Mapping[str, str]) -> Any:
    """The task tree in which exactly these tokens rest; fills in `Token.task`."""
    top = BpmnWorkflow(specs.top, dict(specs.inner), ConditionEngine(variables), deserializing=True)
    _plant(top, top, tokens)
    return top


def _plant(top: Any, workflow: Any, tokens: list[Token]) -> None:
    workflow.task_tree = Task(workflow, workflow.spec.start, None, state=TaskState.COMPLETED)
    for token in tokens:
        if token.source is not None:
            came = workflow.spec.task_specs[token.source]
            parent = Task(workflow, came, workflow.task_tree, state=TaskState.COMPLETED)
            token.task = _child(workflow, token.at, parent, TaskState.WAITING)
        elif token.inside is not None:
            token.task = _host(top, workflow, token, TaskState.STARTED)
            spec = top.subprocess_specs[token.task.task_spec.spec]
            inner = BpmnSubWorkflow(spec, token.task.id, top, deserializing=True)
            top.subprocesses[token.task.id] = inner
            inner.completed_event.connect(
                token.task.task_spec._on_subworkflow_completed, token.task
            )
            _plant(top, inner, token.inside)
        else:
            token.task = _host(top, workflow, token, TaskState.READY)


def _host(top: Any, workflow: Any, token: Token, state: int) -> Any:
    """A task at work, with the boundary events that still listen."""
    split = workflow.spec.task_specs.get(f"{token.at}.BoundaryEventSplit")
    if split is None:
        return expect(_child(workflow, token.at, workflow.task_tree, state))
    around = Task(workflow, split, workflow.task_tree, state=TaskState.COMPLETED)
    task = None
    for spec in split.outputs:
        if not isinstance(spec, BoundaryEvent):
            task = expect(_child(workflow, spec.name, around, state))
        elif not isinstance(spec.event_definition, ToldTimer) or spec.name in token.timers:
            event = expect(_child(workflow, spec.name, around, TaskState.WAITING))
            top.event_manager.add_task(event)
    return task


def _child(workflow: Any, name: str, parent: Any, state: int) -> Any:
    return Task(workflow, workflow.spec.task_specs[name], parent, state=state)


def expect(task: Any) -> Any:
    """Give a task the children that the library would have predicted for it."""
    if not task.children:
        task._sync_children(task.task_spec.outputs, TaskState.FUTURE)
        for child in task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    return task


# -- run and freeze ------------------------------------------------------------------------------


def run(workflow: Any, stands: Callable[[str], bool]) -> list[str]:
    """Engine steps until every token rests; returns the end events reached on the way.

    A user task whose decision still stands is passed through without being asked.
    """
    ends: list[Any] = []
    visits: Counter[str] = Counter()

    def note(task: Any) -> None:
        visits[task.task_spec.name] += 1
        if visits[task.task_spec.name] > MAX_VISITS:
            raise NeverRests(never_rests(task.task_spec.name))
        if isinstance(task.task_spec, ClosingEnd) and task.workflow is workflow:
            ends.append(task.task_spec)

    skipped = True
    while skipped:
        try:
            workflow.do_engine_steps(did_complete_task=note)
        except RecursionError:  # the same, in a loop longer than the interpreter's stack
            raise NeverRests(never_rests(visits.most_common(1)[0][0])) from None
        skipped = False
        for task in _live(workflow):
            if task.state == TaskState.READY and stands(task.task_spec.name):
                task.run()
                note(task)
                skipped = True
    terminating = [s for s in ends if isinstance(s.event_definition, TerminateEventDefinition)]
    return [spec.name for spec in terminating or ends]


def never_rests(element: str) -> Sentence:
    """What to say of a loop in which nobody is asked."""
    return Sentence(
        f"流程在“{element}”附近一直循环而不停在任何人的任务上；请修改流程定义。",
        f"The process keeps looping around “{element}” without resting at anybody's task; "
        "change the process definition.",
    )


def _live(workflow: Any) -> list[Any]:
    tasks = list(workflow.tasks.values())
    for inner in workflow.get_active_subprocesses():
        tasks.extend(inner.tasks.values())
    return [task for task in tasks if isinstance(task.task_spec, UserTask | WaitingService)]


def freeze(workflow: Any) -> list[Token]:
    """The tokens at rest in this (sub-)process."""
    if workflow.completed:
        return []
    timers = _timers(workflow)
    return [token for task in workflow.tasks.values() for token in _token(task, timers)]


def _token(task: Any, timers: Mapping[Any, tuple[str, ...]]) -> Iterator[Token]:
    spec = task.task_spec
    armed = timers.get(task._parent, ())
    if isinstance(spec, UserTask | WaitingService):
        if task.state == TaskState.READY:
            yield Token(spec.name, timers=armed, task=task)
    elif isinstance(spec, SubProcess):
        if task.state == TaskState.STARTED:
            inner = task.workflow.top_workflow.subprocesses[task.id]
            yield Token(spec.name, timers=armed, inside=freeze(inner), task=task)
    elif isinstance(spec, CountingJoin) and task.state == TaskState.WAITING:
        yield Token(spec.name, source=task.parent.task_spec.name, task=task)


def _timers(workflow: Any) -> dict[Any, tuple[str, ...]]:
    """Timers that still listen, by the split above their host."""
    found: defaultdict[Any, list[str]] = defaultdict(list)
    for task in workflow.tasks.values():
        if (
            task.state == TaskState.WAITING
            and isinstance(task.task_spec, BoundaryEvent)
            and isinstance(task.task_spec.event_definition, ToldTimer)
            and isinstance(task.parent.task_spec, BoundaryEventSplit)
        ):
            found[task._parent].append(task.task_spec.name)
    return {split: tuple(sorted(names)) for split, names in found.items()}


def boundary_task(token: Token, timer: str) -> Any:
    """The listening boundary event of a thawed token."""
    split = token.task.parent
    return next(child for child in split.children if child.task_spec.name == timer)


def fire(event: Any) -> None:
    """Tell a timer that its time has come."""
    event._set_internal_data(event_fired=True)
    event.task_spec._update(event)
