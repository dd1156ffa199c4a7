"""Repairs: the system administrator proposes where a case should stand, the security administrator confirms.

Neither may see the item itself (domain:C1): they work with its number and its stages. Where a case may
stand at all is worked out by `engine.repairing`, in a worker, because the process is explored for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from engine import repairing, states
from engine.database import Actor, UnitOfWork
from engine.errors import CannotRepair
from engine.locks import lock_case
from engine.models import ProcessInstance, UserTask
from engine.text import Sentence
from engine.verification import Progress
from workflows import (
    draft_limits,
    events,
    lifecycle,
    notices,
    open_tasks,
    permissions,
    proofs,
    voiding,
)
from workflows.errors import NotFound, Refused
from workflows.models import Package, Person, Publication, Repair, RoleHolding
from workflows.open_tasks import stage_name
from workflows.revising import last_decided

#: Only among these a case moves once its item is public.
AFTER_RELEASE = frozenset({"readback", "rectification"})


@dataclass(frozen=True, slots=True)
class Found:
    """Stages by element that would open, close, stay and count no more; or all reasons against it."""

    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    reasons: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A case for whoever would repair it: its number, where it stands, and where it might."""

    number: str
    case_id: int
    open_now: tuple[Sentence, ...]
    stages: tuple[Sentence, ...]


def standing(uow: UnitOfWork, number: str) -> Standing:
    """The running case with this 流转单号; raises NotFound with a sentence."""
    permissions.ensure(permissions.processes_refusals(uow))
    case = _case_of(uow, number.strip())
    definition, state = states.position(uow, case)
    people = [name for name, rule in definition.tasks.items() if rule.kind == "user"]
    return Standing(
        number.strip(),
        case.id,
        named(repairing.user_stages(definition, state)),
        tuple(stage_name(name, definition.names.get(name) or name) for name in people),
    )


def propose(uow: UnitOfWork, number: str, stages: Collection[str], reason: str) -> Repair:
    """Put a repair on record and let it be checked; raises Refused with all reasons known at once."""
    permissions.ensure(permissions.processes_refusals(uow))
    person = permissions.acting_person(uow)
    case = _locked(uow, _case_of(uow, number.strip()).id)
    package = lifecycle.package_of(uow, case)
    reason = draft_limits.reason(reason)
    problems = _problems(uow, package, case, stages)
    if not reason:
        problems.append(Sentence("请写明修复的理由。", "Say why the case is repaired.", "reason"))
    if problems:
        raise Refused(*problems)
    row = Repair(
        case_id=case.id,
        number=package.number,
        stages=sorted(set(stages)),
        reason=reason,
        proposed_by=person.id,
        proposed_at=uow.now,
        status="checking",
        since=case.state_digest,
        answer="",
        states=0,
        waiting=0,
        beat_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    _record(uow, "repair.proposed", package, case, row, reason)
    return row


def get(uow: UnitOfWork, repair_id: int, *, lock: bool = False) -> Repair:
    """A repair that the actor may see."""
    permissions.ensure(permissions.repairs_refusals(uow))
    row = uow.session.get(Repair, repair_id, with_for_update=True if lock else None)
    if row is None:
        raise NotFound(Sentence(f"没有第{repair_id}号修复。", f"There is no repair {repair_id}."))
    return row


def latest(uow: UnitOfWork, limit: int = 30) -> list[Repair]:
    """The last repairs proposed, newest first."""
    permissions.ensure(permissions.repairs_refusals(uow))
    return list(uow.session.scalars(sa.select(Repair).order_by(Repair.id.desc()).limit(limit)))


def check(uow: UnitOfWork, repair_id: int, progress: Progress) -> tuple[str, Found]:
    """The worker's part, in a unit of work that only reads: the state to go to, or why there is none."""
    row = get(uow, repair_id)
    case = uow.session.get_one(ProcessInstance, row.case_id)
    try:
        plan = repairing.plan(uow, case, row.stages, progress)
    except CannotRepair as refused:
        return "", Found(reasons=refused.reasons)
    return plan.state, _told(plan)


def checked(uow: UnitOfWork, repair_id: int, state: str, found: Found) -> str:
    """Write down what the worker found, and tell who has to confirm; answers the status."""
    row = uow.session.get_one(Repair, repair_id, with_for_update=True)
    if row.status not in ("checking", "failed"):
        return row.status
    row.state, row.found, row.beat_at = state or None, asdict(found), uow.now
    row.status = "impossible" if found.reasons else "possible"
    link = f"/repairs/{row.id}"
    if found.reasons:
        text = Sentence(
            f"{row.number}的修复不能进行。", f"The repair of {row.number} cannot be done.", "repair"
        )
        notices.tell(uow, [row.proposed_by], "repair", text, link=link)
    else:
        text = Sentence(
            f"{row.number}的修复待您确认。", f"The repair of {row.number} waits for you.", "repair"
        )
        notices.tell(uow, _confirmers(uow), "repair", text, link=link)
    return row.status


def fail(uow: UnitOfWork, repair_id: int, reasons: tuple[Sentence, ...]) -> str:
    """The check came to no end: too large, or a fault of ours."""
    row = uow.session.get_one(Repair, repair_id)
    row.found, row.status, row.beat_at = asdict(Found(reasons=reasons)), "failed", uow.now
    return row.status


def again(uow: UnitOfWork, repair_id: int) -> Repair:
    """Let an interrupted check begin anew."""
    permissions.ensure(permissions.processes_refusals(uow))
    row = get(uow, repair_id, lock=True)
    if row.status != "failed" and not proofs.interrupted(uow, row):
        raise Refused(proofs.NOT_INTERRUPTED)
    row.status, row.states, row.waiting, row.beat_at = "checking", 0, 0, uow.now
    return row


def confirm(uow: UnitOfWork, repair_id: int) -> Repair:
    """The second person's yes: the case is moved, in one act. Raises Refused or CannotRepair with all reasons."""
    row, case, package, proposer = _to_decide(uow, repair_id)
    problems = _problems(uow, package, case, row.stages)
    if row.status != "possible" or row.state is None:
        problems.append(_not_open())
    if problems:
        raise Refused(*problems)
    plan, applied = repairing.repair(
        uow,
        case.id,
        row.state or "",
        since=row.since,
        reason=row.reason,
        proposed_by=Actor(str(proposer.id), proposer.name),
    )
    voiding.void(uow, package, case, plan.dropped, by="repair")
    lifecycle.settle(uow, package, case)
    open_tasks.tell_next(uow, package, applied.opened)
    _close(uow, row, "done", "")
    _tell(uow, row, applied.closed)
    return row


def decline(uow: UnitOfWork, repair_id: int, answer: str) -> Repair:
    """The second person's no, with a reason; nothing is moved."""
    row, case, package, _ = _to_decide(uow, repair_id)
    answer = draft_limits.reason(answer)
    problems = [] if row.status in ("possible", "checking") else [_not_open()]
    if not answer:
        problems.append(Sentence("请写明不同意的理由。", "Say why you decline.", "answer"))
    if problems:
        raise Refused(*problems)
    _close(uow, row, "declined", answer)
    _record(uow, "repair.declined", package, case, row, answer)
    _tell(uow, row, ())
    return row


def found(row: Repair) -> Found | None:
    """What was found, read back."""
    told = row.found
    if told is None:
        return None
    stages = {name: tuple(told[name]) for name in ("opens", "closes", "stays", "dropped")}
    return Found(**stages, reasons=tuple(Sentence(**one) for one in told["reasons"]))


def named(elements: Iterable[str]) -> tuple[Sentence, ...]:
    """Stages in words."""
    return tuple(stage_name(element, element) for element in elements)


def who(uow: UnitOfWork, row: Repair) -> tuple[str, str]:
    """Who proposed it, and who decided on it."""
    ids = [one for one in (row.proposed_by, row.decided_by) if one is not None]
    rows = uow.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    names = {one.id: one.name for one in rows}
    return names[row.proposed_by], names.get(row.decided_by or 0, "")


def may_decide(uow: UnitOfWork, row: Repair) -> bool:
    """Whether the page offers the decision to whoever looks at it."""
    return not permissions.confirm_refusals(uow, row.proposed_by) and row.status == "possible"


def _case_of(uow: UnitOfWork, number: str) -> ProcessInstance:
    case_id = uow.session.scalar(sa.select(Package.case_id).where(Package.number == number))
    case = uow.session.get(ProcessInstance, case_id) if case_id is not None else None
    if case is None or case.status != "running":
        raise Refused(
            Sentence(
                f"没有正在办理的“{number}”；请核对流转单号。",
                f"No item “{number}” is under way; check its number.",
                "number",
            )
        )
    return case


def _locked(uow: UnitOfWork, case_id: int) -> ProcessInstance:
    case = lock_case(uow, case_id)
    if case is None:
        raise NotFound
    return case


def _to_decide(uow: UnitOfWork, repair_id: int) -> tuple[Repair, ProcessInstance, Package, Person]:
    case = _locked(uow, get(uow, repair_id).case_id)
    row = get(uow, repair_id, lock=True)
    uow.session.refresh(row)
    permissions.ensure(permissions.confirm_refusals(uow, row.proposed_by))
    proposer = uow.session.get_one(Person, row.proposed_by)
    return row, case, lifecycle.package_of(uow, case), proposer


def _problems(
    uow: UnitOfWork, package: Package, case: ProcessInstance, stages: Collection[str]
) -> list[Sentence]:
    """What the process knows nothing of: a text that was changed and not handed in, and what is public."""
    problems = []
    if not stages:
        problems.append(Sentence("请选择要移到的环节。", "Choose the stages to move to.", "stages"))
    decided = last_decided(uow, package)
    definition, state = states.position(uow, case)
    leaves = "revise" in repairing.user_stages(definition, state) and "revise" not in stages
    if leaves and decided is not None and decided.id != package.current_version_id:
        problems.append(
            Sentence(
                "退回后稿件已有修改，须由拟稿人重报，已有的意见才能对得上新的内容。",
                "The text was changed after the return; its drafter has to hand it in, so that opinions "
                "and text agree.",
                "domain:C5",
            )
        )
    released = sa.select(Publication.id).where(Publication.package_id == package.id)
    if uow.session.scalar(released) is not None and not AFTER_RELEASE.issuperset(stages):
        problems.append(
            Sentence(
                "本件已经公开，只能移到回读或者整改环节。",
                "The item is public; it can only be moved to read-back or rectification.",
                "released",
            )
        )
    return problems


def _not_open() -> Sentence:
    return Sentence(
        "这项修复还没有查完，或者已经有了结果。",
        "This repair is still being checked, or was decided already.",
        "status",
    )


def _told(plan: repairing.Plan) -> Found:
    opens, closes, stays = (
        tuple(sorted({one.element for one in part if one.kind == "user"}))
        for part in (plan.opened, plan.closed, plan.kept)
    )
    tasks = plan.there.definition.tasks
    by_people = tuple(name for name in plan.dropped if name in tasks and tasks[name].kind == "user")
    return Found(opens, closes, stays, by_people)


def _close(uow: UnitOfWork, row: Repair, status: str, answer: str) -> None:
    row.status, row.answer = status, answer
    row.decided_by, row.decided_at = permissions.acting_person(uow).id, uow.now
    uow.session.flush()


def _tell(uow: UnitOfWork, row: Repair, closed: Iterable[UserTask]) -> None:
    done = row.status == "done"
    text = Sentence(
        f"{row.number}的修复{'已经完成' if done else '未获同意'}。",
        f"The repair of {row.number} was {'done' if done else 'declined'}.",
        "repair",
    )
    notices.tell(uow, [row.proposed_by], "repair", text, link=f"/repairs/{row.id}")
    holders = [int(task.assignee_id) for task in closed if task.assignee_id]
    gone = Sentence(
        f"{row.number}经管理员修复，已从您手上移到别的环节。",
        f"{row.number} was taken from your desk to another stage by an administrators' repair.",
        "repair",
    )
    notices.tell(uow, holders, "repair", gone)


def _record(
    uow: UnitOfWork,
    action: str,
    package: Package,
    case: ProcessInstance,
    row: Repair,
    reason: str,
) -> None:
    names = named(row.stages)
    events.record(
        uow,
        action,
        case=case,
        subject=package.business_key,
        data={
            "repair": row.id,
            "elements": list(row.stages),
            "stages": "、".join(f"“{name.zh}”" for name in names),
            "stages_en": ", ".join(f"“{name.en}”" for name in names),
            "reason": reason,
        },
    )


def _confirmers(uow: UnitOfWork) -> list[int]:
    held = sa.select(RoleHolding.person_id).where(
        RoleHolding.role == "sec_admin", permissions.holds_now(uow)
    )
    return sorted(set(uow.session.scalars(held)))
