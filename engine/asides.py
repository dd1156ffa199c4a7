"""What people do beside deciding: ask somebody 委派, urge 催办, show for information 抄送, comment.

None of it moves the process. A delegated task stays its holder's: the delegate's answer comes back to
the holder, who decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from engine import audit, cases, openings, rows, states, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import NotAllowed, NotYourTask
from engine.locks import lock_case
from engine.models import AuditEntry, Delegation, InformationCopy, ProcessInstance, UserTask
from engine.text import Sentence

#: So that urging stays an exception: once in this time for each task, whoever does it.
BETWEEN_NUDGES = timedelta(hours=4)


# -- delegation ------------------------------------------------------------------------------------


def delegate(uow: UnitOfWork, task_id: int, to: Actor, question: str) -> Delegation:
    """Ask `to` about a task that the actor holds; until the answer the task waits."""
    case, task = user_tasks.locked(uow, task_id)
    user_tasks.refuse(user_tasks.objections(uow, task, "delegate"))
    told = uow.domain.refusals(uow, task, to, "answer")
    if to.id in (task.assignee_id, uow.actor.id):
        told = [Sentence("不能委派给自己。", "A task cannot be delegated to oneself."), *told]
    if told:
        raise NotYourTask(*told)
    row = Delegation(
        task_id=task.id,
        owner_id=uow.actor.id,
        owner_name=uow.actor.name,
        delegate_id=to.id,
        delegate_name=to.name,
        question=question,
        status="asked",
        asked_at=uow.now,
    )
    uow.session.add(row)
    rows.change(uow, task, inside="delegation")
    told_data = {"to": to.id, "to_name": to.name, "question": question}
    user_tasks.record(uow, "delegation.asked", case, task, told_data)
    return row


def answer(uow: UnitOfWork, task_id: int, text: str, *, outcome: str | None = None) -> Delegation:
    """The delegate's answer, with the outcome they would choose; the task is free to be decided again."""
    case, task, row = _asked(uow, task_id)
    reasons = answer_refusals(uow, task)
    if row is None or reasons:
        raise NotYourTask(*reasons)
    if outcome is not None:
        definition, _ = states.position(uow, case)
        user_tasks.refuse(user_tasks.unknown_outcome(uow, definition, task, outcome))
    row.status, row.answer, row.outcome, row.answered_at = "answered", text, outcome, uow.now
    rows.change(uow, task, inside=None)
    data = {"to": row.owner_id, "answer": text, "outcome": outcome}
    user_tasks.record(uow, "delegation.answered", case, task, data)
    return row


def recall(uow: UnitOfWork, task_id: int, reason: str) -> Delegation:
    """Take the question back; who holds the task decides without the answer."""
    case, task, row = _asked(uow, task_id)
    reasons = recall_refusals(uow, task)
    if row is None or reasons:
        raise NotYourTask(*reasons)
    row.status, row.closed_reason = "recalled", reason
    rows.change(uow, task, inside=None)
    data = {"to": row.delegate_id, "reason": reason}
    user_tasks.record(uow, "delegation.recalled", case, task, data)
    return row


def answer_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor has nothing to answer about the task, or may not."""
    name = openings.named(uow, task)
    row = _question(uow, task.id)
    if row is None or row.delegate_id != uow.actor.id:
        return [
            Sentence(
                f"“{name.zh}”没有等待您答复的委派。",
                f"Nothing about “{name.en}” is waiting for your answer.",
            )
        ]
    case = uow.session.get_one(ProcessInstance, task.instance_id)
    waiting = [] if case.suspended_at is None else [user_tasks.suspended(case)]
    return [*waiting, *uow.domain.refusals(uow, task, uow.actor, "answer")]


def recall_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor cannot take a question back."""
    name = openings.named(uow, task)
    row = _question(uow, task.id)
    if row is not None and uow.actor.id in (row.owner_id, task.assignee_id):
        return []
    return [
        Sentence(
            f"“{name.zh}”没有您可以收回的委派。",
            f"There is no question of yours about “{name.en}” to recall.",
        )
    ]


def asked_of(uow: UnitOfWork, actor_id: str, *, limit: int = 20) -> list[Delegation]:
    """Questions waiting for this person's answer, the oldest first."""
    waiting = sa.select(Delegation).where(Delegation.delegate_id == actor_id, *_waiting())
    return list(uow.session.scalars(waiting.order_by(Delegation.id).limit(limit)))


def delegations(uow: UnitOfWork, task_id: int) -> list[Delegation]:
    """All that was asked about a task, first first."""
    chosen = sa.select(Delegation).where(Delegation.task_id == task_id).order_by(Delegation.id)
    return list(uow.session.scalars(chosen))


def _asked(uow: UnitOfWork, task_id: int) -> tuple[ProcessInstance, UserTask, Delegation | None]:
    case, task = user_tasks.locked(uow, task_id)
    return case, task, _question(uow, task_id)


def _question(uow: UnitOfWork, task_id: int) -> Delegation | None:
    waiting = sa.select(Delegation).where(Delegation.task_id == task_id, *_waiting())
    return uow.session.scalars(waiting.execution_options(populate_existing=True)).one_or_none()


def _waiting() -> tuple[sa.ColumnElement[bool], ...]:
    return (Delegation.status == "asked", Delegation.closed_at.is_(None))


# -- nudge, copies, comments -----------------------------------------------------------------------


def nudge_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why nobody may be urged about the task now."""
    name = openings.named(uow, task)
    if task.status != "open":
        return [Sentence(f"“{name.zh}”已不在办理。", f"“{name.en}” is not open any more.")]
    if task.assignee_id is not None and task.assignee_id == uow.actor.id:
        return [Sentence("该任务由您本人承办。", "You hold this task yourself.")]
    last = sa.select(sa.func.max(AuditEntry.at)).where(
        AuditEntry.subject == f"task:{task.id}", AuditEntry.action == "task.nudged"
    )
    nudged = uow.session.scalar(last)
    if nudged is not None and uow.now - nudged < BETWEEN_NUDGES:
        hours = BETWEEN_NUDGES // timedelta(hours=1)
        return [
            Sentence(
                f"“{name.zh}”在{hours}小时内已催办过。",
                f"“{name.en}” was urged within the last {hours} hours.",
            )
        ]
    return uow.domain.refusals(uow, task, uow.actor, "nudge")


def nudge(uow: UnitOfWork, task_id: int, note: str = "") -> UserTask:
    """Remind who holds the task, or whoever could take it, through the domain's reminder."""
    case, task = user_tasks.locked(uow, task_id)
    reasons = nudge_refusals(uow, task)
    if reasons:
        raise NotAllowed(*reasons)
    uow.domain.remind(uow, task)
    told = {**cases.short(task), "note": note, "holder": task.assignee_id}
    audit.append(uow, "task.nudged", case=case, subject=f"task:{task.id}", data=told)
    uow.session.flush()
    return task


def copy_to(
    uow: UnitOfWork, case_id: int, readers: Sequence[Actor], note: str = ""
) -> list[InformationCopy]:
    """Show the case to these people for information; whoever has an unread copy gets no second one."""
    case = _case(uow, case_id)
    unread = sa.select(InformationCopy.reader_id).where(
        InformationCopy.instance_id == case_id, InformationCopy.read_at.is_(None)
    )
    waiting = set(uow.session.scalars(unread))
    chosen = {reader.id: reader for reader in readers if reader.id not in waiting}
    rows = [
        InformationCopy(
            instance_id=case_id,
            sender_id=uow.actor.id,
            sender_name=uow.actor.name,
            reader_id=reader.id,
            reader_name=reader.name,
            note=note,
            sent_at=uow.now,
        )
        for reader in chosen.values()
    ]
    uow.session.add_all(rows)
    if rows:
        to = [{"id": row.reader_id, "name": row.reader_name} for row in rows]
        data = {"to": to, "note": note}
        audit.append(uow, "case.copied", case=case, subject=case.business_key, data=data)
    uow.session.flush()
    return rows


def mark_read(uow: UnitOfWork, copy_id: int) -> InformationCopy:
    """The read receipt 已阅; reading again changes nothing. It is not part of the case's own trail."""
    row = uow.session.get(InformationCopy, copy_id, with_for_update=True, populate_existing=True)
    if row is None or row.reader_id != uow.actor.id:
        raise NotAllowed(Sentence("没有抄送给您的这一件。", "No such copy was sent to you."))
    if row.read_at is None:
        row.read_at = uow.now
        data = {"case": row.instance_id, "copy": row.id}
        audit.append(uow, "copy.read", case=None, subject=f"case:{row.instance_id}", data=data)
        uow.session.flush()
    return row


def unread(uow: UnitOfWork, reader_id: str, *, limit: int = 20) -> list[InformationCopy]:
    """Copies this person has not read, the newest first."""
    chosen = sa.select(InformationCopy).where(
        InformationCopy.reader_id == reader_id, InformationCopy.read_at.is_(None)
    )
    return list(uow.session.scalars(chosen.order_by(InformationCopy.id.desc()).limit(limit)))


def comment(uow: UnitOfWork, case_id: int, text: str, *, task_id: int | None = None) -> None:
    """A remark about the case, kept where it cannot be changed: in the trail."""
    if not text.strip():
        raise NotAllowed(Sentence("请填写内容。", "Write something first."))
    case = _case(uow, case_id)
    data = {"text": text.strip(), "about": task_id}
    audit.append(uow, "case.commented", case=case, subject=case.business_key, data=data)
    rows.flush(uow)


def _case(uow: UnitOfWork, case_id: int) -> ProcessInstance:
    case = lock_case(uow, case_id)
    if case is None:
        raise NotAllowed(Sentence("没有这一件。", "There is no such case."))
    return case
