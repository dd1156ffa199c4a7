"""Co-signing 会签 inside one user task: its outcome is what its signing rows add up to.

The process knows nothing of it: the task stays one task, so returns and timers around it close the
rows like the task itself, with the reason. A signature that was given is never removed by another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from engine import openings, rows, states, substitutes, user_tasks
from engine.cases import Applied
from engine.database import Actor, UnitOfWork
from engine.errors import CaseSuspended, EngineError, NotAllowed, NotYourTask, TaskClosed
from engine.models import AuditEntry, ProcessInstance, Signing, SigningRule, UserTask
from engine.text import Sentence

Rule = Literal["all", "any", "ratio"]
Where = Literal["before", "with", "after"]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature (or the removal of a signer) led to: the task's completion, or nothing yet."""

    rows: tuple[Signing, ...]
    applied: Applied | None


@dataclass(slots=True)
class _Round:
    """A task under its lock, with its rule and the rows that count."""

    case: ProcessInstance
    task: UserTask
    rule: SigningRule
    rows: list[Signing]

    def of(self, *statuses: str) -> list[Signing]:
        return [row for row in self.rows if row.status in statuses]


def result(rule: str, percent: int, consent: str, rows: Sequence[Signing]) -> str | None:
    """The outcome that the rows add up to; None while it is open. Removed rows do not count."""
    counted = [row for row in rows if row.status != "removed"]
    signed = [row for row in counted if row.status == "signed"]
    agreed = sum(row.outcome == consent for row in signed)
    share = {"all": 100, "ratio": percent}.get(rule, 0)
    needed = max(1, -(-len(counted) * share // 100))
    if agreed >= needed:
        return consent
    if agreed + len(counted) - len(signed) >= needed:
        return None
    against = (row for row in signed if row.outcome != consent)
    first = min(against, key=lambda row: (row.signed_at, row.id), default=None)
    return first.outcome if first else None


def begin(
    uow: UnitOfWork,
    task_id: int,
    places: Sequence[Sequence[Actor]],
    *,
    consent: str,
    rule: Rule = "all",
    percent: int = 100,
) -> list[Signing]:
    """The holder asks others to sign. Those of one place sign side by side, the next place after them;
    one person at each place is signing in order."""
    case, task = user_tasks.locked(uow, task_id)
    user_tasks.refuse(user_tasks.objections(uow, task, "cosign"))
    definition, _ = states.position(uow, case)
    user_tasks.refuse(user_tasks.unknown_outcome(uow, definition, task, consent))
    if not 1 <= percent <= 100:
        raise NotAllowed(Sentence("比例须为1至100。", "The percentage must be from 1 to 100."))
    _refuse_signers(uow, task, [one for place in places for one in place], set())
    uow.session.merge(SigningRule(task_id=task.id, rule=rule, percent=percent, consent=consent))
    found = _Round(case, task, uow.session.get_one(SigningRule, task.id), [])
    for number, place in enumerate((place for place in places if place), start=1):
        _add(uow, found, place, number)
    _ask_next(found)
    rows.change(uow, task, inside="signing")
    told = {"rule": rule, "percent": percent, "consent": consent, "signers": _told(found.rows)}
    user_tasks.record(uow, "signing.begun", case, task, told)
    return found.rows


def sign_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor cannot sign this task now; the verb asks the same."""
    name = openings.named(uow, task)
    if task.status != "open" or task.inside != "signing":
        return [_not_signing(uow, task)]
    mine = [row for row in rows_of(uow, task.id) if row.signer_id == _signer(uow)]
    if not any(row.status == "asked" for row in mine):
        if any(row.status == "waiting" for row in mine):
            return [Sentence("尚未轮到您会签。", "It is not your turn to sign yet.")]
        return [
            Sentence(
                f"“{name.zh}”没有等待您的会签。",
                f"No signature of yours is wanted for “{name.en}”.",
            )
        ]
    told = uow.domain.refusals(uow, task, uow.actor, "sign")
    return [*_suspended(uow, task), *substitutes.refusals(uow, task), *told]


def sign(uow: UnitOfWork, task_id: int, outcome: str, opinion: str = "") -> Signed:
    """The actor's signature. The last one that is needed completes the task."""
    found = _locked(uow, task_id)
    _refuse(found, NotYourTask, sign_refusals(uow, found.task))
    definition, _ = states.position(uow, found.case)
    user_tasks.refuse(user_tasks.unknown_outcome(uow, definition, found.task, outcome))
    row = next(row for row in found.of("asked") if row.signer_id == _signer(uow))
    row.status, row.outcome, row.opinion, row.signed_at = "signed", outcome, opinion, uow.now
    told = {"signer": row.signer_id, "outcome": outcome, "opinion": opinion}
    user_tasks.record(uow, "signature.given", found.case, found.task, told)
    return _settle(uow, found)


def withdraw_signature(uow: UnitOfWork, task_id: int) -> Signing:
    """Take back one's own signature, as long as nobody of a later place has signed."""
    found = _locked(uow, task_id)
    _refuse(found, NotAllowed, withdraw_refusals(uow, found.task))
    row = _given(uow, found.task, found.of("signed"))[0]
    for one in found.of("asked"):
        one.status = "waiting"
    row.status, row.outcome, row.opinion, row.signed_at = "waiting", None, None, None
    _ask_next(found)
    user_tasks.record(uow, "signature.withdrawn", found.case, found.task, {"signer": row.signer_id})
    return row


def withdraw_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor has no signature to take back here, or not any more. What a substitute signed is the
    substitute's act, and what the principal signed the principal's: neither undoes the other's."""
    if task.status != "open" or task.inside != "signing":
        return [_not_signing(uow, task)]
    signed = [row for row in rows_of(uow, task.id) if row.status == "signed"]
    mine = _given(uow, task, signed)
    if not mine:
        return [Sentence("您没有可撤回的会签。", "You have no signature to take back.")]
    later = [
        Sentence(
            f"{row.signer_name}已在您之后会签，不能撤回。",
            f"{row.signer_name} signed after you; it cannot be taken back.",
        )
        for row in signed
        if row.place > mine[0].place
    ]
    return [*_suspended(uow, task), *substitutes.refusals(uow, task), *later]


def add_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why the actor may not add signers: that is for the holder, and for whoever is asked just now."""
    if task.status != "open" or task.inside != "signing":
        return [_not_signing(uow, task)]
    asked = {row.signer_id for row in rows_of(uow, task.id) if row.status == "asked"}
    if uow.actor.id in {task.assignee_id, *asked}:
        return _suspended(uow, task)
    return [
        Sentence(
            "只有承办人和正在会签的人可以加签。",
            "Only the holder and those asked to sign now may add signers.",
        )
    ]


def add(
    uow: UnitOfWork, task_id: int, signers: Sequence[Actor], where: Where, reason: str
) -> list[Signing]:
    """More signers 加签: before those who are asked now, together with them, or right after them."""
    found = _locked(uow, task_id)
    _refuse(found, NotYourTask, add_refusals(uow, found.task))
    present = {row.signer_id for row in found.of("waiting", "asked", "signed")}
    _refuse_signers(uow, found.task, signers, present)
    now = min((row.place for row in found.of("asked", "waiting")), default=1)
    first = now + 1 if where == "after" else now
    if where != "with":
        for row in found.of("asked", "waiting"):
            if row.place >= first:
                row.place, row.status = row.place + 1, "waiting"
    added = _add(uow, found, signers, first)
    _ask_next(found)
    told = {"signers": _told(added), "where": where, "reason": reason}
    user_tasks.record(uow, "signing.extended", found.case, found.task, told)
    return added


def remove_refusals(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    """Why there is no signer here whom the actor may remove."""
    if task.status != "open" or task.inside != "signing":
        return [_not_signing(uow, task)]
    wanted = [row for row in rows_of(uow, task.id) if row.status in ("asked", "waiting")]
    if uow.actor.id not in {task.assignee_id, *(row.added_by for row in wanted)}:
        return [_not_to_remove()]
    return _suspended(uow, task)


def remove(uow: UnitOfWork, task_id: int, signer_id: str, reason: str) -> Signed:
    """A signer less 减签; the others may add up to the outcome then. Nobody left: the holder decides."""
    found = _locked(uow, task_id)
    _refuse(found, NotYourTask, remove_refusals(uow, found.task))
    row = next((row for row in found.of("asked", "waiting") if row.signer_id == signer_id), None)
    if uow.actor.id not in (found.task.assignee_id, row.added_by if row else None):
        raise NotYourTask(_not_to_remove())
    if row is None:
        raise NotAllowed(
            Sentence(
                "该人员不在待会签之列；已作出的会签不能减去。",
                "This person is not waiting to sign; a signature that was given cannot be removed.",
            )
        )
    row.status, row.closed_at, row.closed_reason = "removed", uow.now, reason
    told = {"signers": _told([row]), "reason": reason}
    user_tasks.record(uow, "signing.reduced", found.case, found.task, told)
    return _settle(uow, found)


def hand_on(uow: UnitOfWork, task_id: int, from_id: str, to: Actor, reason: str) -> list[Signing]:
    """Another signs in the place of one who has left before signing; raises NotAllowed if that other may not."""
    found = _locked(uow, task_id)
    leaving = [row for row in found.of("asked", "waiting") if row.signer_id == from_id]
    present = {row.signer_id for row in found.of("waiting", "asked", "signed")}
    _refuse_signers(uow, found.task, [to], present)
    added: list[Signing] = []
    for row in leaving:
        added += _add(uow, found, [to], row.place)
        row.status, row.closed_at, row.closed_reason = "removed", uow.now, reason
    _ask_next(found)
    told = {"signers": _told(added), "where": "with", "reason": reason}
    user_tasks.record(uow, "signing.extended", found.case, found.task, told)
    gone = {"signers": _told(leaving), "reason": reason}
    user_tasks.record(uow, "signing.reduced", found.case, found.task, gone)
    return added


def rows_of(uow: UnitOfWork, task_id: int) -> list[Signing]:
    """The signing rows of a task that count or counted, in the order of signing."""
    chosen = sa.select(Signing).where(Signing.task_id == task_id, Signing.status != "removed")
    return list(uow.session.scalars(chosen.order_by(Signing.place, Signing.id)))


def asked_of(uow: UnitOfWork, actor_id: str, *, limit: int = 20) -> list[Signing]:
    """Signatures wanted of this person, the oldest first."""
    wanted = sa.select(Signing).where(
        Signing.signer_id == actor_id, Signing.status == "asked", Signing.closed_at.is_(None)
    )
    return list(uow.session.scalars(wanted.order_by(Signing.id).limit(limit)))


# -- inside ----------------------------------------------------------------------------------------


def _signer(uow: UnitOfWork) -> str:
    """Whose signature the actor gives: that of the person acted for, or one's own."""
    return uow.actor.acting_for or uow.actor.id


def _given(uow: UnitOfWork, task: UserTask, signed: Sequence[Signing]) -> list[Signing]:
    """That signature which the actor gave in the name in which the actor acts; the trail knows who did."""
    theirs = [row for row in signed if row.signer_id == _signer(uow)]
    if not theirs:
        return []
    given = sa.select(AuditEntry.actor_id, AuditEntry.payload).where(
        AuditEntry.case_id == task.instance_id, AuditEntry.action == "signature.given"
    )
    by: dict[str, str] = {}
    for who, payload in uow.session.execute(given.order_by(AuditEntry.case_seq)):
        told = json.loads(payload)["data"]
        if told["task"] == task.id:
            by[told["signer"]] = who
    return [row for row in theirs if by.get(row.signer_id) == uow.actor.id]


def _suspended(uow: UnitOfWork, task: UserTask) -> list[Sentence]:
    case = uow.session.get_one(ProcessInstance, task.instance_id)
    return [] if case.suspended_at is None else [user_tasks.suspended(case)]


def _not_to_remove() -> Sentence:
    return Sentence(
        "只有承办人和加签的人可以减签。",
        "Only the holder, and whoever added a signer, may remove that signer.",
    )


def _locked(uow: UnitOfWork, task_id: int) -> _Round:
    case, task = user_tasks.locked(uow, task_id)
    rule = uow.session.get(SigningRule, task_id)
    if task.status != "open":
        raise TaskClosed(*(sentence for _, sentence in user_tasks.objections(uow, task, "cosign")))
    if rule is None or task.inside != "signing":
        raise NotAllowed(_not_signing(uow, task))
    rows = sa.select(Signing).where(Signing.task_id == task_id, Signing.closed_at.is_(None))
    rows = rows.order_by(Signing.place, Signing.id).execution_options(populate_existing=True)
    return _Round(case, task, rule, list(uow.session.scalars(rows)))


def _refuse(found: _Round, kind: type[EngineError], reasons: Sequence[Sentence]) -> None:
    if reasons:
        raise (kind if found.case.suspended_at is None else CaseSuspended)(*reasons)


def _not_signing(uow: UnitOfWork, task: UserTask) -> Sentence:
    name = openings.named(uow, task)
    return Sentence(f"“{name.zh}”不在会签。", f"“{name.en}” is not being co-signed.")


def _settle(uow: UnitOfWork, found: _Round) -> Signed:
    _ask_next(found)
    rule, task = found.rule, found.task
    outcome = result(rule.rule, rule.percent, rule.consent, found.rows)
    live = found.of("waiting", "asked", "signed")
    if outcome is None and live:
        uow.session.flush()
        return Signed(tuple(found.rows), None)
    rows.change(uow, task, inside=None)
    if outcome is None:
        uow.session.delete(rule)
        uow.session.flush()
        return Signed(tuple(found.rows), None)
    for row in live:
        row.closed_at, row.closed_reason = uow.now, "settled"
    data = {"signing": {"rule": rule.rule, "percent": rule.percent, "rows": _told(live)}}
    return Signed(tuple(found.rows), user_tasks.finish(uow, found.case, task, outcome, data))


def _ask_next(found: _Round) -> None:
    """Whoever stands at the first place that is not through is asked; all others wait."""
    open_rows = found.of("asked", "waiting")
    first = min((row.place for row in open_rows), default=0)
    for row in open_rows:
        row.status = "asked" if row.place == first else "waiting"


def _add(uow: UnitOfWork, found: _Round, signers: Sequence[Actor], place: int) -> list[Signing]:
    rows = [
        Signing(
            task_id=found.task.id,
            signer_id=signer.id,
            signer_name=signer.name,
            place=place,
            status="waiting",
            added_by=uow.actor.id,
            added_at=uow.now,
        )
        for signer in signers
    ]
    uow.session.add_all(rows)
    uow.session.flush()
    found.rows += rows
    return rows


def _refuse_signers(
    uow: UnitOfWork, task: UserTask, signers: Sequence[Actor], present: set[str]
) -> None:
    """domain:C7 is asked for each of them: co-signing is no way around the separation of duties."""
    reasons = [] if signers else [Sentence("请至少选一人会签。", "Choose at least one signer.")]
    for signer in signers:
        if signer.id in present:
            reasons.append(
                Sentence(f"{signer.name}已在会签之列。", f"{signer.name} is a signer already.")
            )
        present = present | {signer.id}
        reasons += uow.domain.refusals(uow, task, signer, "sign")
    if reasons:
        raise NotAllowed(*reasons)


def _told(rows: Sequence[Signing]) -> list[dict[str, object]]:
    return [
        {"id": row.signer_id, "name": row.signer_name, "place": row.place, "outcome": row.outcome}
        for row in rows
    ]
