"""What may this actor do with this case now, and why not the rest: pages and other programs ask here.

Every answer comes from the very check that the verb makes under the case's lock, so a button that is
offered fails only if something happened in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from engine import asides, messages, signing, suspension, take_back, user_tasks
from engine.database import UnitOfWork
from engine.errors import NotAllowed
from engine.models import ProcessInstance, UserTask
from engine.stepping import Occurrence
from engine.text import Sentence

Reasons = tuple[Sentence, ...]
_Check = Callable[[UnitOfWork, UserTask], list[Sentence]]

#: Verbs on open tasks. Those without a check of their own are checked by `user_tasks.objections`.
ON_TASKS: Mapping[str, _Check] = {
    **{
        verb: partial(user_tasks.refusals, verb=verb)
        for verb in ("claim", "unclaim", "complete", "reassign", "delegate", "cosign")
    },
    "answer": asides.answer_refusals,
    "recall": asides.recall_refusals,
    "sign": signing.sign_refusals,
    "withdraw_signature": signing.withdraw_refusals,
    "add_signers": signing.add_refusals,
    "remove_signers": signing.remove_refusals,
    "nudge": asides.nudge_refusals,
}
ON_CASES: Mapping[str, Callable[[ProcessInstance], list[Sentence]]] = {
    "suspend": suspension.suspend_refusals,
    "resume": suspension.resume_refusals,
    "terminate": suspension.terminate_refusals,
}


@dataclass(frozen=True, slots=True)
class OnTask:
    """One task with every verb there is for it; a verb without reasons against it is allowed."""

    task: UserTask
    verbs: Mapping[str, Reasons]

    def allowed(self) -> frozenset[str]:
        """The verbs that may be used now."""
        return frozenset(verb for verb, reasons in self.verbs.items() if not reasons)


@dataclass(frozen=True, slots=True)
class May:
    """The answer for a case: its open tasks, the actor's own decisions, the case itself, what it waits for."""

    tasks: tuple[OnTask, ...]
    decisions: tuple[OnTask, ...]
    case: Mapping[str, Reasons]
    #: Messages and signals that the case waits for, with the results one of which must be told.
    awaited: Mapping[Occurrence, tuple[str, ...]]


def may(uow: UnitOfWork, case_id: int) -> May:
    """Every verb with the reasons against it. Whether the actor may see the case is for the caller."""
    case = uow.session.get(ProcessInstance, case_id)
    if case is None:
        raise NotAllowed(Sentence("没有这一件。", "There is no such case."))
    rows = user_tasks.for_case(uow, case_id)
    waiting = [row for row in rows if row.status == "open"]
    latest = {
        row.occurrence: row
        for row in rows
        if row.status == "done" and row.closed_by == uow.actor.id
    }
    return May(
        tuple(OnTask(task, _verbs(uow, task)) for task in waiting),
        tuple(
            OnTask(task, {"take_back": tuple(take_back.take_back_refusals(uow, task.id))})
            for task in latest.values()
        ),
        {
            **{verb: tuple(check(case)) for verb, check in ON_CASES.items()},
            "receive": tuple(messages.receive_refusals(uow, case)),
        },
        messages.awaited(uow, case),
    )


def _verbs(uow: UnitOfWork, task: UserTask) -> dict[str, Reasons]:
    return {verb: tuple(check(uow, task)) for verb, check in ON_TASKS.items()}
