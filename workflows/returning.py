"""What a return brings with it: the numbered notice of a formal 退文, and word to those who lead (domain:C6)."""

from __future__ import annotations

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import events, notices, numbers, parameters, routing
from workflows.models import Decision, Package, ReturnNotice
from workflows.vocabulary import FORMAL_RETURN_REASONS, RETURN_REASONS, SENT_BACK


def after(
    uow: UnitOfWork, package: Package, case: ProcessInstance, decision: Decision
) -> ReturnNotice | None:
    """Whatever follows from `decision` being a return; None and nothing if it is none."""
    if decision.outcome not in SENT_BACK:
        return None
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


def _tell_those_who_lead(uow: UnitOfWork, package: Package) -> None:
    returns = uow.session.scalar(
        sa.select(sa.func.count()).where(
            Decision.package_id == package.id, Decision.outcome.in_(sorted(SENT_BACK))
        )
    )
    rules = parameters.rules(uow, package.unit_id)
    consult = rules.number("returns.consult")
    if returns not in (rules.number("returns.tell_head"), consult):
        return
    heads = routing.holders_near(uow, package.unit_id, "unit_head")
    if returns == consult:
        text = Sentence(
            f"《{package.title}》已被退回{returns}次，请组织会商。",
            f"“{package.title}” was returned {returns} times; hold a consultation.",
            "returns",
        )
    else:
        text = Sentence(
            f"《{package.title}》已被退回{returns}次。",
            f"“{package.title}” was returned {returns} times.",
            "returns",
        )
    notices.tell(uow, heads, "returns", text, link=f"/packages/{package.id}")
