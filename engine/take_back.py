"""Take-back 撤回: one's own decision is undone as if it had not been made, and nobody else's ever is.

The acts since are followed again without it, from the state before it. Where that cannot be done, the
act that stands in the way is named. A page asks `take_back_refusals`, the verb asks the same again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine import audit, cases, clock, moves, openings, retrace, rows, states, user_tasks
from engine.cases import Applied
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import CannotTakeBack
from engine.locks import lock_case_of_task
from engine.models import ProcessInstance, SigningRule, UserTask
from engine.moves import Since
from engine.openings import Going, name_of
from engine.restoring import Restored, bring_back
from engine.retrace import Act, DependsOnIt, NotFollowed, Retraced
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class _Plan:
    """A take-back that is possible: where it leads, and the trail that shows it."""

    definition: Definition
    since: Since
    act: Act
    course: Retraced


def take_back_refusals(uow: UnitOfWork, task_id: int) -> list[Sentence]:
    """Why the actor may not take back the decision made in this task; empty if it can be."""
    task = user_tasks.get(uow, task_id)
    case = uow.session.get_one(ProcessInstance, task.instance_id)
    try:
        _plan(uow, case, task)
    except CannotTakeBack as refusal:
        return list(refusal.reasons)
    return []


def take_back(uow: UnitOfWork, task_id: int, reason: str = "") -> Applied:
    """Undo the actor's own decision; its task is the actor's again, with the deadline it had."""
    case = lock_case_of_task(uow, task_id)
    task = user_tasks.get(uow, task_id)
    if case is None:
        raise LookupError(f"task {task_id} belongs to no case")
    uow.session.refresh(task)
    plan = _plan(uow, case, task)
    why = openings.because_taken_back(task, uow.actor.name)
    rows.change(uow, task, status="closed", closed_reason=why)
    real, without = plan.course.real.since, plan.course.without.since
    kept = {o for o, number in real.items() if without.get(o) == number}
    before = case.state_digest
    going = [o for o in real if o not in kept]
    gone = openings.close(uow, case, Going(going, going), why)
    wanted = {o: number for o, number in without.items() if o not in kept}
    _recount_rounds(uow, case, plan.course)
    back = bring_back(uow, case, plan.definition, plan.since, wanted)
    after = states.intern(uow, plan.definition, plan.course.without.state)
    # without the act, the rules stand otherwise: the next act works it out from the trail
    rows.change(uow, case, state_digest=after, monitors=None)
    applied = Applied(
        tuple(back.tasks),
        tuple(gone.tasks),
        None,
        (),
        before,
        after,
        None,
        tuple(gone.timers),
    )
    _record(uow, case, task, plan, applied, back, reason)
    return applied


def _record(
    uow: UnitOfWork,
    case: ProcessInstance,
    task: UserTask,
    plan: _Plan,
    applied: Applied,
    back: Restored,
    reason: str,
) -> None:
    data: dict[str, Any] = {
        **applied.told(),
        **cases.short(task),
        "outcome": task.outcome,
        "act": plan.act.number,
        "reason": reason,
        "opened": [cases.short(one) | back.owed[one.id] for one in back.tasks],
    }
    audit.append(uow, moves.TAKEN_BACK, case=case, subject=case.business_key, data=data)
    rows.flush(uow)


def _recount_rounds(uow: UnitOfWork, case: ProcessInstance, course: Retraced) -> None:
    """The rounds that were opened only because of the act were never reached."""
    rounds = dict(case.rounds)
    for sign, place in ((-1, course.real), (1, course.without)):
        for occurrence, number in place.opened.items():
            name = name_of(occurrence)
            rounds[name] = rounds.get(name, 0) + sign * number
    left = {name: number for name, number in rounds.items() if number}
    rows.change(uow, case, rounds=left)


# -- may it be? --------------------------------------------------------------------------------------


def _plan(uow: UnitOfWork, case: ProcessInstance, task: UserTask) -> _Plan:
    """The take-back worked out; raises CannotTakeBack with every reason known."""
    reasons = _about_the_task(uow, case, task)
    if reasons:
        raise CannotTakeBack(*reasons)
    told = uow.domain.refusals(uow, task, uow.actor, "take_back")
    if told:
        raise CannotTakeBack(*told)
    since = moves.since(uow, case, task.id)
    index = since.index_of(task.id) if since else None
    if since is None or index is None or since.barrier:
        raise CannotTakeBack(_moved_by_hand(uow, task))
    definition, state = states.position(uow, case)
    _refuse_handlers(uow, definition, task, since.acts[index:])
    course = _course(uow, definition, since, index, task)
    if course.real.state != state:
        raise CannotTakeBack(_moved_by_hand(uow, task))
    _refuse_answers_inside(uow, task, since, course)
    return _Plan(definition, since, since.acts[index], course)


def _about_the_task(uow: UnitOfWork, case: ProcessInstance, task: UserTask) -> list[Sentence]:
    name = openings.named(uow, task)
    if case.status != "running":
        return [
            Sentence(
                f"该件已办结或已终止，“{name.zh}”不能撤回。",
                f"The case has ended; “{name.en}” cannot be taken back.",
            )
        ]
    if case.suspended_at is not None:
        return [user_tasks.suspended(case)]
    if task.status == "open":
        return [
            Sentence(
                f"“{name.zh}”尚未办结，没有可撤回的决定。",
                f"“{name.en}” is still open; there is no decision to take back.",
            )
        ]
    if task.status != "done":
        why = openings.why_closed(uow, task)
        return [
            Sentence(
                f"“{name.zh}”没有有效的决定可撤回：{why.zh if why else ''}。",
                f"“{name.en}” holds no decision to take back: {why.en if why else ''}.",
            )
        ]
    if uow.session.get(SigningRule, task.id) is not None:
        return [
            Sentence(
                f"“{name.zh}”的结论由会签产生，任何一人不能撤回。",
                f"“{name.en}” was decided by co-signing; no single person can take it back.",
            )
        ]
    if task.closed_by != uow.actor.id:
        return [
            Sentence(
                f"“{name.zh}”由{task.closed_by_name}办结，只能由本人撤回。",
                f"“{name.en}” was decided by {task.closed_by_name}; nobody else can take it back.",
            )
        ]
    return []


def _refuse_handlers(
    uow: UnitOfWork, definition: Definition, task: UserTask, acts: list[Act]
) -> None:
    """What a handler did is not undone, so a handler that does more than read bars the way."""
    name = openings.named(uow, task)
    ran = [definition.tasks[element] for act in acts for element, _ in act.answers]
    wrote = [rule for rule in ran if (rule.handler or rule.id) not in uow.domain.pure]
    if wrote:
        did = list(dict.fromkeys(uow.domain.name_of(rule.id, rule.name) for rule in wrote))
        zh, en = "”“".join(one.zh for one in did), ", ".join(f"“{one.en}”" for one in did)
        raise CannotTakeBack(
            Sentence(
                f"“{name.zh}”办结后，系统已执行“{zh}”，不能撤回。",
                f"After “{name.en}” the system carried out {en}; it cannot be taken back.",
            )
        )


def _course(
    uow: UnitOfWork, definition: Definition, since: Since, index: int, task: UserTask
) -> Retraced:
    try:
        start = retrace.begin(definition, states.stored(uow, since.state))
        return retrace.without(definition, start, since.acts, index)
    except DependsOnIt as found:
        raise CannotTakeBack(_depends(uow, definition, task, found.act)) from found
    except NotFollowed:
        raise CannotTakeBack(_moved_by_hand(uow, task)) from None


def _refuse_answers_inside(uow: UnitOfWork, task: UserTask, since: Since, course: Retraced) -> None:
    """An opinion given inside a task that would go is somebody's act as well."""
    real, without = course.real.since, course.without.since
    going = {name_of(o) for o, number in real.items() if without.get(o) != number}
    answered: dict[int, str] = {}
    for told in since.told:
        if told.entry.action in moves.INSIDE:
            answered[told.data["task"]] = told.entry.actor_name
        for row in told.data.get("opened", ()):
            if row.get("instead_of") in answered:
                answered[row["task"]] = answered[row["instead_of"]]
    for task_id, who in answered.items():
        found = since.rows.get(task_id)
        if found is not None and found.status == "open" and found.occurrence in going:
            raise CannotTakeBack(_inside(uow, task, found, who))


def _depends(uow: UnitOfWork, definition: Definition, task: UserTask, act: Act) -> Sentence:
    name = openings.named(uow, task)
    element = act.event.element
    other = uow.domain.name_of(element, definition.names.get(element) or element)
    when = act.at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    return Sentence(
        f"{act.by}于{when}办理的“{other.zh}”是在您的“{name.zh}”之上作出的，不能撤回。",
        f"“{other.en}”, done by {act.by} at {when} (China time), stands on your “{name.en}”; "
        "it cannot be taken back.",
    )


def _inside(uow: UnitOfWork, task: UserTask, row: UserTask, who: str) -> Sentence:
    name, other = openings.named(uow, task), openings.named(uow, row)
    return Sentence(
        f"{who}已在“{other.zh}”中发表意见，“{name.zh}”不能撤回。",
        f"{who} has answered in “{other.en}”; “{name.en}” cannot be taken back.",
    )


def _moved_by_hand(uow: UnitOfWork, task: UserTask) -> Sentence:
    name = openings.named(uow, task)
    return Sentence(
        f"“{name.zh}”办结后，该件被迁移或修正过，不能撤回。",
        f"After “{name.en}” the case was migrated or repaired; it cannot be taken back.",
    )
