"""What would follow from an outcome, said before the press: the pure step, with questions answered.

Nothing is written. Service tasks that ask are asked; those that act are taken as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine import openings, stepping
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.models import ProcessInstance, UserTask
from engine.stepping import Event, Occurrence
from engine.text import Sentence
from workflows import trail_sentences
from workflows.handlers import HANDLERS, QUESTIONS, void_decisions
from workflows.open_tasks import stage_name
from workflows.vocabulary import CHANGE_CLASSES, STAGES

#: More automatic tasks in a row than any sound model has.
MOST_SERVICES = 100
#: In a preview nobody has changed anything yet.
_ANSWERS = {"metadata_change": "none"}


@dataclass(slots=True)
class Preview:
    """Where an outcome would lead."""

    opened: list[Occurrence] = field(default_factory=list)
    closed: list[Occurrence] = field(default_factory=list)
    ended: str | None = None
    services: list[str] = field(default_factory=list)


def after(
    uow: UnitOfWork,
    case: ProcessInstance,
    position: tuple[Definition, str],
    task: UserTask,
    outcome: str,
) -> Preview:
    """Take the step in thought."""
    definition, state = position
    preview = Preview()
    step = stepping.advance(definition, state, Event.of(openings.occurrence_of(task), outcome))
    while True:
        _take(preview, step)
        waiting = [o for o in stepping.enabled(definition, step.state) if o.kind == "service"]
        if not waiting or len(preview.services) >= MOST_SERVICES:
            return preview
        rule = definition.tasks[waiting[0].element]
        preview.services.append(rule.id)
        answer = _ANSWERS.get(rule.id)
        if answer is None and rule.id in QUESTIONS:
            answer = QUESTIONS[rule.id](uow, case, rule)
        if answer is None and rule.outcomes:
            answer = rule.outcomes[0]
        step = stepping.advance(definition, step.state, Event.of(waiting[0], answer))


def _take(preview: Preview, step: stepping.Step) -> None:
    for occurrence in step.closed:
        if occurrence in preview.opened:
            preview.opened.remove(occurrence)
        else:
            preview.closed.append(occurrence)
    preview.opened.extend(step.opened)
    preview.ended = step.ended


def consequences(
    preview: Preview,
    definition: Definition,
    task: UserTask,
    outcome: str,
    standing: Iterable[str],
    drafter: str,
    opens: Sequence[Sentence],
) -> tuple[Sentence, ...]:
    """The preview as sentences. `standing` are the stages with a decision that holds now, `opens` the tasks
    that would open, in words."""
    holds = [stage for stage in STAGES if stage in set(standing)]
    struck = voided(preview, definition, task, holds)
    said = [
        _ending(preview),
        _released(preview),
        _next(preview, drafter, opens),
        _withdrawn(preview, task),
        _struck(struck),
        *_if_changed(preview, definition, [stage for stage in holds if stage not in struck]),
    ]
    return tuple(sentence for sentence in said if sentence is not None)


def voided(
    preview: Preview, definition: Definition, task: UserTask, holds: Sequence[str]
) -> list[str]:
    """The stages whose standing decision would be struck.

    A service that only takes note voids a word in the process, not the decision (handler `noted`).
    """
    services = [definition.tasks[service] for service in preview.services]
    acting = [
        definition.tasks[task.element_id],
        *(rule for rule in services if HANDLERS.get(rule.handler or "") is void_decisions),
    ]
    struck = {stage for rule in acting for stage in rule.voids}
    return [stage for stage in holds if stage in struck and stage != task.element_id]


def _ending(preview: Preview) -> Sentence | None:
    if preview.ended is None:
        return None
    return trail_sentences.ending(preview.ended)


def _released(preview: Preview) -> Sentence | None:
    if "publish" not in preview.services:
        return None
    return Sentence(
        "文件与解读同时公开，发布时间以服务器为准",
        "document and interpretation become public together, at the server's time",
        "publish",
    )


def _users(occurrences: Iterable[Occurrence]) -> list[Sentence]:
    return [stage_name(o.element, o.element) for o in occurrences if o.kind == "user"]


def _joined(names: Sequence[Sentence]) -> tuple[str, str]:
    return "、".join(name.zh for name in names), ", ".join(name.en for name in names)


def _next(preview: Preview, drafter: str, opens: Sequence[Sentence]) -> Sentence | None:
    if not opens:
        return None
    if any(occurrence.element == "revise" for occurrence in preview.opened):
        return Sentence(f"回到拟稿人{drafter}修改", f"goes back to the drafter {drafter}", "revise")
    zh, en = _joined(opens)
    return Sentence(f"接下来：{zh}", f"next: {en}", "next")


def _withdrawn(preview: Preview, task: UserTask) -> Sentence | None:
    names = _users(o for o in preview.closed if o.element != task.element_id)
    if not names:
        return None
    zh, en = _joined(names)
    return Sentence(f"同时收回：{zh}", f"also withdrawn: {en}", "withdrawn")


def _struck(voided: Sequence[str]) -> Sentence | None:
    if not voided:
        return None
    zh, en = _joined([STAGES[stage].sentence for stage in voided])
    return Sentence(f"{zh}的意见将作废", f"decisions voided: {en}", "voided")


def _if_changed(preview: Preview, definition: Definition, holds: Sequence[str]) -> list[Sentence]:
    """After a return the drafter's change decides what must be done again (domain:C5)."""
    if not any(occurrence.element == "revise" for occurrence in preview.opened):
        return []
    found: Mapping[str, list[str]] = {
        change: [s for s in holds if s in definition.tasks[f"change_{change}"].voids]
        for change in ("t2", "t3")
        if f"change_{change}" in definition.tasks
    }
    said = []
    for change, stages in found.items():
        if stages:
            zh, en = _joined([STAGES[stage].sentence for stage in stages])
            name = CHANGE_CLASSES[change]
            said.append(
                Sentence(f"若为{name.zh}，须重新办理：{zh}", f"if {name.en}: {en} again", change)
            )
    return said
