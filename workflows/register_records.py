"""Registers of what decisions put on record: confidentiality, the errors of proofreading, consultations (domain:B7, C6, C11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import consultations, decision_records, permissions
from workflows.decision_form import BY_PARTS
from workflows.models import Decision, Package, Unit
from workflows.paging import AnySelect, Order
from workflows.register_sources import (
    BY_DECISION,
    DECIDED,
    ITEM,
    NARROWED_DECISIONS,
    STANDING,
    Cell,
    Register,
    Source,
    columns,
    decision_cells,
    decisions,
    standing,
)
from workflows.vocabulary import GROUNDS, OUTCOMES, PROOFREADING_STAGES, label


def _judged(uow: UnitOfWork) -> AnySelect:
    return decisions(uow).where(
        Decision.stage.in_(sorted({*BY_PARTS, "delta_confirmation", "third_party_opinion"}))
    )


def _judged_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision = row[0]
    verdicts = decision.parts.get("verdicts") or {}
    counts = {
        code: list(verdicts.values()).count(code) for code in dict.fromkeys(verdicts.values())
    }
    grounds = [code for code in decision.reason_codes if code in GROUNDS]
    record = {
        line.code: line.value for line in decision_records.told(decision.stage, decision.parts)
    }
    organ = record.get("organ") or record.get("third_party")
    number = record.get("document_number") or record.get("letter_number")
    return (
        *decision_cells(uow, row),
        Sentence(
            "、".join(f"{label(OUTCOMES, code)}{n}项" for code, n in counts.items()),
            ", ".join(f"{label(OUTCOMES, code, 'en')}: {n}" for code, n in counts.items()),
        ),
        Sentence(
            "、".join(label(GROUNDS, code) for code in grounds),
            ", ".join(label(GROUNDS, code, "en") for code in grounds),
        ),
        organ,
        number,
        standing(decision),
    )


def _proofread(uow: UnitOfWork) -> AnySelect:
    return decisions(uow).where(Decision.stage.in_(PROOFREADING_STAGES))


def _proofread_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    found, mended = decision_records.numbers(row[0].parts) or (None, None)
    return (*decision_cells(uow, row), found, mended, standing(row[0]))


def _consulted(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(AuditEntry, Package, Unit.name)
        .join(Package, Package.case_id == AuditEntry.case_id)
        .join(Unit, Unit.id == Package.unit_id)
        .where(AuditEntry.action == consultations.HELD, permissions.visible(uow))
    )


def _consulted_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    entry, package, unit = row
    (said,) = consultations.told([entry])
    return (
        *(package.number, package.title, unit, said.after, said.held_on),
        *(said.participants, said.conclusion, said.by, said.at),
    )


SOURCES: Mapping[str, Source] = {
    source.register.code: source
    for source in (
        Source(
            Register(
                "confidentiality",
                Sentence("保密审查台账", "Confidentiality reviews"),
                Sentence(
                    "每一次保密审查、报请确定和征求第三方意见：逐项结论、依据、机关和文号。",
                    "Every confidentiality review, determination and third-party opinion: verdicts, grounds, organ, number.",
                ),
                columns(*DECIDED, ("逐项结论", "Verdicts"), ("法定情形", "Grounds"), ("机关或第三方", "Organ or third party"),
                        ("文号", "Number"), STANDING),
            ),
            _judged, *BY_DECISION, _judged_cells, *NARROWED_DECISIONS,
        ),
        Source(
            Register(
                "proofreading",
                Sentence("校对差错登记", "Errors of proofreading"),
                Sentence("每一次校对发现和改正的差错数。", "How many errors each proofreading found and corrected."),
                columns(*DECIDED, ("差错数", "Found"), ("改正数", "Corrected"), STANDING),
            ),
            _proofread, *BY_DECISION, _proofread_cells, NARROWED_DECISIONS[0],
        ),
        Source(
            Register(
                "consultations",
                Sentence("会商登记", "Consultations"),
                Sentence("多次退回后的会商：谁参加，什么结论。", "Consultations after many returns: who took part, and the conclusion."),
                columns(*ITEM[:3], ("已退回次数", "Returns"), ("会商日期", "Held on"), ("参加人员", "Took part"),
                        ("结论", "Conclusion"), ("记录人", "By"), ("记录时间", "At")),
            ),
            _consulted,
            Order(AuditEntry.at.expression, AuditEntry.id.expression, newest_first=True),
            lambda row: (row[0].at, row[0].id),
            _consulted_cells,
        ),
    )
}  # fmt: skip
