"""What a return brings with it: a day to be mended by, the numbered notice of a formal 退文, and word to those
who lead (domain:C6)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from engine import clock, openings, states
from engine.database import UnitOfWork
from engine.models import ProcessInstance, Timer, UserTask
from engine.text import Sentence
from engine.working_days import CLOSING_TIME
from workflows import consultations, events, notices, numbers, parameters, routing
from workflows.models import Decision, Package, ReturnNotice
from workflows.vocabulary import FORMAL_RETURN_REASONS, RETURN_REASONS, SENT_BACK


def after(
    uow: UnitOfWork, package: Package, case: ProcessInstance, decision: Decision
) -> ReturnNotice | None:
    """Whatever follows from `decision` being a return; None and nothing if it is none."""
    if decision.outcome not in SENT_BACK:
        return None
    _due_then(uow, case, decision)
    _tell_those_who_lead(uow, package)
    formal = [code for code in decision.reason_codes if code in FORMAL_RETURN_REASONS]
    if decision.stage != "attribute_review" or not formal:
        return None
    notice = ReturnNotice(
        number=numbers.return_notice_number(uow),
        package_id=package.id,
        unit_id=package.unit_id,
        decision_id=decision.id,
        items=list(decision.reason_codes),
        issued_at=uow.now,
    )
    uow.session.add(notice)
    uow.session.flush()
    listed = [RETURN_REASONS[code] for code in decision.reason_codes if code in RETURN_REASONS]
    events.record(
        uow,
        "return_notice.issued",
        case=case,
        subject=package.business_key,
        data={
            "number": notice.number,
            "items": [term.code for term in listed],
            "items_zh": "、".join(term.zh for term in listed),
            "items_en": ", ".join(term.en for term in listed),
        },
    )
    return notice


def mended_by(
    uow: UnitOfWork, case: ProcessInstance, outcome: str, chosen: date | None
) -> date | None:
    """整改期限: the day that whoever returns it chose, or the time that the process gives for a revision."""
    if chosen is not None or outcome not in SENT_BACK:
        return chosen
    revision = states.position(uow, case)[0].tasks.get("revise")
    if revision is None or revision.due_in is None:
        return None
    return openings.deadline(uow, revision.due_in).on


def _due_then(uow: UnitOfWork, case: ProcessInstance, decision: Decision) -> None:
    """The drafter's task is due on that day, and is reminded of it then."""
    if decision.deadline is None:
        return
    due = datetime.combine(decision.deadline, CLOSING_TIME, clock.CHINA)
    revision = uow.session.scalar(
        sa.select(UserTask).where(
            UserTask.instance_id == case.id,
            UserTask.element_id == "revise",
            UserTask.status == "open",
        )
    )
    if revision is None or revision.due_at == due:
        return
    revision.due_at = revision.sort_at = due
    # a day that somebody chose is certain, and no calendar counted it or will count it again
    revision.due_provisional, revision.due_calendar = False, None
    of_task = sa.select(Timer).where(Timer.task_id == revision.id, Timer.kind == "reminder")
    for timer in uow.session.scalars(of_task):
        timer.due_at = timer.wake_at = due
        timer.due_provisional, timer.due_calendar = False, None


def _tell_those_who_lead(uow: UnitOfWork, package: Package) -> None:
    rules = parameters.rules(uow, package.unit_id)
    returns = consultations.returns(uow, package)
    due = consultations.wanted(uow, package, returns, rules.number("returns.consult"))
    if returns != rules.number("returns.tell_head") and not due:
        return
    heads = routing.holders_near(uow, package.unit_id, "unit_head")
    if due:
        text = Sentence(
            f"《{package.title}》已被退回{returns}次，请组织会商并记录结论；记录以前不能重报。",
            f"“{package.title}” was returned {returns} times; hold a consultation and put its conclusion on record. "
            "It cannot be resubmitted before.",
            "returns",
        )
    else:
        text = Sentence(
            f"《{package.title}》已被退回{returns}次。",
            f"“{package.title}” was returned {returns} times.",
            "returns",
        )
    notices.tell(uow, heads, "returns", text, link=f"/packages/{package.id}")
