"""Between a state (tokens, in BPMN terms) and the library's task tree: build one, run it, read it back.

A tree is built afresh for every step from nothing but the tokens, so whatever happened in earlier rounds
of a loop cannot disturb a join. What the library lacks is in `bpmn_behaviour`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, UserTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn_behaviour import (
    DECISIONS,
    ORDER,
    TABLES,
    WORKS,
    Call,
    ConditionEngine,
    CountingJoin,
    QuietJoin,
    Specs,
    SubProcess,
    Told,
    WaitingService,
    decisions_of,
    ended_as,
    expect,
)
from engine.errors import EngineError
from engine.text import Sentence

#: Within a step only tables and calls decide, so a token that keeps coming to an element in the same step
#: will come for ever; the slack is for what they change on the way. Branches that meet come once each.
MAX_ROUNDS = 6
#: More than anybody draws; forks that follow one another without a join would multiply tokens each time.
MAX_TOKENS = 100

#: Where a task of the library's tree keeps who has not done it.
ITEMS = "items"


class NeverRests(EngineError):
    """A loop of the model passes no task that waits for anybody, or its tokens multiply beyond measure."""


@dataclass(slots=True)
class Token:
    """One token at rest: in a task, inside a sub-process, or arrived at a join that still waits."""

    at: str
    source: str | None = None  # joins only: the element it came from
    timers: tuple[str, ...] = ()  # timers and other events on its edge that have not happened yet
    items: tuple[int, ...] | None = None  # tasks for several: who has not done it, if some have
    inside: list[Token] | None = None  # sub-processes and called processes only
    decisions: dict[str, str] | None = None  # called processes only: what was decided in it
    path: tuple[str, ...] = ()  # the call activities around it
    task: Any = field(default=None, compare=False, repr=False)


# -- thaw ----------------------------------------------------------------------------------------


def begin(specs: Specs, decisions: Any) -> Any:
    """A fresh case, before its first engine step."""
    return _workflow(specs, decisions)


def thaw(specs: Specs, tokens: list[Token], decisions: Any) -> Any:
    """The task tree in which exactly these tokens rest; fills in `Token.task`."""
    top = _workflow(specs, decisions, deserializing=True)
    _plant(top, top, tokens)
    return top


def _workflow(specs: Specs, decisions: Any, **manner: bool) -> Any:
    top = BpmnWorkflow(specs.top, dict(specs.inner), ConditionEngine(), **manner)
    top.data.update({DECISIONS: decisions, ORDER: specs.ends})
    top.data.update({TABLES: specs.tables, WORKS: specs.works})
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
            if token.decisions is not None:
                inner.data[DECISIONS] = dict(token.decisions)
            inner.completed_event.connect(
                token.task.task_spec._on_subworkflow_completed, token.task
            )
            _plant(top, inner, token.inside)
        else:
            token.task = _host(top, workflow, token, TaskState.READY)
            if token.items is not None:
                keep(token.task, token.items)


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
        elif not isinstance(spec.event_definition, Told) or spec.name in token.timers:
            event = expect(_child(workflow, spec.name, around, TaskState.WAITING))
            top.event_manager.add_task(event)
    return task


def _child(workflow: Any, name: str, parent: Any, state: int) -> Any:
    return Task(workflow, workflow.spec.task_specs[name], parent, state=state)


# -- run and freeze ------------------------------------------------------------------------------


def run(
    workflow: Any,
    standing: Callable[[str], Collection[str]],
    blocks: Mapping[str, frozenset[str]],
) -> str | None:
    """Engine steps until every token rests; returns the end event that ended the case, if one did.

    A user task whose decision is one of its `standing` ones is passed through without being asked.
    An inclusive join goes on when nothing moves and nothing is left in its block.
    """
    visits: Counter[tuple[Any, str]] = Counter()

    def note(task: Any) -> None:
        place = (task.workflow.parent_task_id, task.task_spec.name)
        visits[place] += 1
        if visits[place] > MAX_ROUNDS and _rounds(task) > MAX_ROUNDS:
            raise NeverRests(never_rests(task.task_spec.name))
        if visits[place] > MAX_TOKENS:
            raise NeverRests(_too_many(task.task_spec.name))

    skipped = True
    while skipped:
        try:
            workflow.do_engine_steps(did_complete_task=note)
        except RecursionError:  # the same, in a loop longer than the interpreter's stack
            raise NeverRests(never_rests(visits.most_common(1)[0][0][1])) from None
        skipped = False
        for task in _live(workflow):
            if task.state == TaskState.READY and _stands(task, standing(task.task_spec.name)):
                task.run()
                note(task)
                skipped = True
        skipped = skipped or _join_the_quiet(workflow, blocks)
    return ended_as(workflow)


def _join_the_quiet(workflow: Any, blocks: Mapping[str, frozenset[str]]) -> bool:
    joined = False
    for scope in (workflow, *workflow.get_active_subprocesses()):
        waiting: defaultdict[Any, list[Any]] = defaultdict(list)
        for task in scope.tasks.values():
            if isinstance(task.task_spec, QuietJoin) and task.state == TaskState.WAITING:
                waiting[task.task_spec].append(task)
        here = {token.at for token in freeze(scope)} if waiting else set()
        for spec, arrived in waiting.items():
            if not here & blocks[spec.name]:
                spec.fire(arrived)
                joined = True
    return joined


def _rounds(task: Any) -> int:
    """How often one and the same token has come to the element since the step began."""
    rounds, spec = 0, task.task_spec
    while task is not None:
        rounds += task.task_spec is spec
        task = task.parent
    return rounds


def _stands(task: Any, outcomes: Collection[str]) -> bool:
    return bool(outcomes) and decisions_of(task.workflow).get(task.task_spec.name) in outcomes


def never_rests(element: str) -> Sentence:
    """What to say of a loop in which nobody is asked."""
    return Sentence(
        f"流程在“{element}”附近一直循环而不停在任何人的任务上；请修改流程定义。",
        f"The process keeps looping around “{element}” without resting at anybody's task; "
        "change the process definition.",
    )


def _too_many(element: str) -> Sentence:
    return Sentence(
        f"到“{element}”的分支一次超过 {MAX_TOKENS} 路；请用 parallelGateway 先汇合，再分出。",
        f"More than {MAX_TOKENS} branches come to “{element}” at once; join them with a parallelGateway "
        "before they fork again.",
    )


def _live(workflow: Any) -> list[Any]:
    tasks = list(workflow.tasks.values())
    for inner in workflow.get_active_subprocesses():
        tasks.extend(inner.tasks.values())
    return [task for task in tasks if isinstance(task.task_spec, UserTask | WaitingService)]


def freeze(workflow: Any, path: tuple[str, ...] = ()) -> list[Token]:
    """The tokens at rest in this (sub-)process."""
    if workflow.completed:
        return []
    timers = _timers(workflow)
    return [token for task in workflow.tasks.values() for token in _token(task, path, timers)]


def _token(
    task: Any, path: tuple[str, ...], timers: Mapping[Any, tuple[str, ...]]
) -> Iterator[Token]:
    spec = task.task_spec
    armed = timers.get(task._parent, ())
    if isinstance(spec, UserTask | WaitingService):
        if task.state == TaskState.READY:
            items = task._get_internal_data(ITEMS)
            yield Token(spec.name, timers=armed, items=items, path=path, task=task)
    elif isinstance(spec, SubProcess | Call):
        if task.state == TaskState.STARTED:
            yield _frozen_inside(task, path, armed)
    elif isinstance(spec, CountingJoin | QuietJoin) and task.state == TaskState.WAITING:
        yield Token(spec.name, source=task.parent.task_spec.name, path=path, task=task)


def _frozen_inside(task: Any, path: tuple[str, ...], armed: tuple[str, ...]) -> Token:
    name = task.task_spec.name
    inner = task.workflow.top_workflow.subprocesses[task.id]
    called = isinstance(task.task_spec, Call)
    return Token(
        name,
        timers=armed,
        inside=freeze(inner, (*path, name) if called else path),
        decisions=dict(inner.data[DECISIONS]) if called else None,
        path=path,
        task=task,
    )


def _timers(workflow: Any) -> dict[Any, tuple[str, ...]]:
    """Events on edges that still listen, by the split above their host."""
    found: defaultdict[Any, list[str]] = defaultdict(list)
    for task in workflow.tasks.values():
        if (
            task.state == TaskState.WAITING
            and isinstance(task.task_spec, BoundaryEvent)
            and isinstance(task.task_spec.event_definition, Told)
            and isinstance(task.parent.task_spec, BoundaryEventSplit)
        ):
            found[task._parent].append(task.task_spec.name)
    return {split: tuple(sorted(names)) for split, names in found.items()}


def keep(task: Any, items: tuple[int, ...]) -> None:
    """Note who has not yet done a task for several."""
    task._set_internal_data(**{ITEMS: items})


def boundary_task(token: Token, timer: str) -> Any:
    """The listening boundary event of a thawed token."""
    split = token.task.parent
    return next(child for child in split.children if child.task_spec.name == timer)
