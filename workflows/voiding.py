"""Decisions that no longer count: which they are, since when and why (domain:C5, C6).

A decision is never deleted or overwritten; it is struck through once, and the trail says by what.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from engine import definitions
from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import events
from workflows.models import Decision, Package
from workflows.vocabulary import STAGES, label

#: What stands in `Decision.voided_by` where whoever decided took it back.
TAKEN_BACK = "take_back"

#: Why, by the element of the process that voids.
BECAUSE: Mapping[str, Sentence] = {
    "change_t1": Sentence("签发后有技术性修改（T1）", "Technical change (T1) after the signature"),
    "change_t2": Sentence("事实性修改（T2）", "Factual change (T2)"),
    "change_t3": Sentence("实质性修改（T3）", "Substantive change (T3)"),
    "change_attribute": Sentence(
        "公开属性、范围或者法定情形改变", "Attribute, scope or ground changed"
    ),
    "change_metadata": Sentence("栏目、主题等元数据改变", "Column, topic or the like changed"),
    TAKEN_BACK: Sentence("经办人撤回", "Taken back by whoever made it"),
    "repair": Sentence("管理员修复，须重新作出", "An administrators' repair; to be made again"),
    "attribute_questioned": Sentence(
        "保密审查认为不应公开，属性重新审查", "Confidentiality review questions the attribute"
    ),
}


def because(element: str | None) -> Sentence:
    """The reason that belongs to a voiding element; a stage that was decided again says so."""
    if element is None:
        return Sentence("", "")
    known = BECAUSE.get(element)
    if known:
        return known
    stage = STAGES.get(element)
    if stage is None:
        return Sentence(element, element)
    return Sentence(f"{stage.zh}重新作出", f"{stage.en} was decided anew")


def taken_back(decision: Decision) -> bool:
    """Whether its maker undid it, as if it had not been made; what was voided otherwise did happen."""
    return decision.voided_by == TAKEN_BACK


def not_taken_back() -> sa.ColumnElement[bool]:
    """The same for a query: decisions that happened, whether they still count or not."""
    return Decision.voided_by.is_distinct_from(TAKEN_BACK)


def standing_outcomes(uow: UnitOfWork, case: ProcessInstance) -> Mapping[str, frozenset[str]]:
    """Per stage the outcomes that stand, as the case's own definition declares them."""
    tasks = definitions.load(uow, case.definition_id).tasks
    return {element: rule.standing for element, rule in tasks.items() if rule.kind == "user"}


def standing(
    uow: UnitOfWork, package: Package, case: ProcessInstance, stages: Collection[str] | None = None
) -> list[Decision]:
    """Decisions that still count, oldest first: not voided, and with an outcome that stands."""
    outcomes = standing_outcomes(uow, case)
    query = sa.select(Decision).where(
        Decision.package_id == package.id, Decision.voided_at.is_(None)
    )
    if stages is not None:
        query = query.where(Decision.stage.in_(list(stages)))
    rows = uow.session.scalars(query.order_by(Decision.id))
    return [row for row in rows if row.outcome in outcomes.get(row.stage, frozenset())]


def void(
    uow: UnitOfWork,
    package: Package,
    case: ProcessInstance,
    stages: Collection[str],
    *,
    by: str,
    spare: int | None = None,
) -> list[Decision]:
    """Strike through what stands at `stages`, because of element `by`; one entry names them all."""
    struck = [row for row in standing(uow, package, case, stages) if row.id != spare]
    if not struck:
        return []
    reason = because(by)
    for decision in struck:
        decision.voided_at = uow.now
        decision.voided_by = by
        decision.voided_reason = reason.zh
    named = list(dict.fromkeys(decision.stage for decision in struck))
    events.record(
        uow,
        "decision.voided",
        case=case,
        subject=package.business_key,
        data={
            "stage": "、".join(label(STAGES, stage) for stage in named),
            "stage_en": ", ".join(label(STAGES, stage, "en") for stage in named),
            "reason": reason.zh,
            "reason_en": reason.en,
            "by": by,
            "decisions": [decision.id for decision in struck],
        },
    )
    return struck
