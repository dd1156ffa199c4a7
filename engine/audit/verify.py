"""Recomputes the chains from the stored bytes and names the first entry that does not fit.

What it proves: nothing of a case's trail was changed, removed, swapped or cut off since its last act.
What it cannot prove: that the whole database was not replaced; that takes a checkpoint kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.audit import event
from engine.database import UnitOfWork
from engine.models import AuditEntry, ProcessInstance
from engine.text import Sentence

#: Entries read at a time, so that a trail of any length is verified in constant memory.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """The finding on one case. `first_bad` is the place in the trail that does not fit."""

    case_id: int | None
    ok: bool
    length: int
    head: str | None
    first_bad: int | None
    sentence: Sentence


@dataclass(slots=True)
class VerifiedAll:
    """The finding on everything; `bad` holds only the cases (or, for None, the rest) that failed."""

    cases: int = 0
    entries: int = 0
    bad: list[Verified] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.bad


@dataclass(slots=True)
class _Walk:
    """How far a chain was followed, and the first thing wrong with it."""

    length: int = 0
    head: str | None = None
    wrong: Sentence | None = None

    def follow(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            self.wrong = _wrong_link(entry, self.length + 1, self.head) or wrong_inside(entry)
            if self.wrong:
                return
            self.length += 1
            self.head = entry.hash


def verify_case(uow: UnitOfWork, case_id: int) -> Verified:
    """Recompute one case's chain and compare its end with what the case says it is."""
    case = uow.session.get(ProcessInstance, case_id, populate_existing=True)
    if case is None:
        sentence = Sentence(f"没有编号为{case_id}的件。", f"There is no case {case_id}.")
        return Verified(case_id, False, 0, None, None, sentence)
    walk = _Walk()
    walk.follow(_trail(uow, case_id))
    return _finding(case, walk)


def verify_all(uow: UnitOfWork) -> VerifiedAll:
    """Verify every case, and of every entry outside cases that its columns say what its payload says."""
    result = VerifiedAll()
    for case_id in uow.session.scalars(sa.select(ProcessInstance.id).order_by(ProcessInstance.id)):
        finding = verify_case(uow, case_id)
        result.cases += 1
        result.entries += finding.length
        if not finding.ok:
            result.bad.append(finding)
    for entry in _trail(uow, None):
        wrong = wrong_inside(entry)
        result.entries += 1
        if wrong:
            result.bad.append(Verified(None, False, 0, None, entry.id, wrong))
    return result


def _trail(uow: UnitOfWork, case_id: int | None) -> Iterator[AuditEntry]:
    """A case's entries in order (or those of no case), read in batches as they are in the database."""
    place = AuditEntry.id if case_id is None else AuditEntry.case_seq
    chosen = sa.select(AuditEntry).where(AuditEntry.case_id == case_id).order_by(place)
    chosen = chosen.limit(BATCH).execution_options(populate_existing=True)
    last: int | None = None
    while True:
        batch = uow.session.scalars(chosen if last is None else chosen.where(place > last)).all()
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].id if case_id is None else batch[-1].case_seq


def _finding(case: ProcessInstance, walk: _Walk) -> Verified:
    wrong = walk.wrong or _wrong_end(case, walk)
    if wrong:
        return Verified(case.id, False, walk.length, walk.head, walk.length + 1, wrong)
    sentence = Sentence(
        f"{walk.length}条记录首尾相接，未见改动。",
        f"All {walk.length} entries follow from each other; no change was found.",
    )
    return Verified(case.id, True, walk.length, walk.head, None, sentence)


def _wrong_end(case: ProcessInstance, walk: _Walk) -> Sentence | None:
    if walk.length < case.trail_length:
        return Sentence(
            f"记录应有{case.trail_length}条，第{walk.length + 1}条起缺失。",
            f"The trail should have {case.trail_length} entries; from entry {walk.length + 1} on "
            "they are missing.",
        )
    if (walk.length, walk.head) != (case.trail_length, case.trail_head):
        return Sentence(
            f"记录有{walk.length}条，末条与件上登记的不符（登记{case.trail_length}条）。",
            f"The trail has {walk.length} entries and does not end as the case says "
            f"({case.trail_length} entries).",
        )
    return None


def _wrong_link(entry: AuditEntry, expected: int, head: str | None) -> Sentence | None:
    if entry.case_seq != expected:
        return Sentence(
            f"第{expected}条缺失：其位置上是第{entry.case_seq}条。",
            f"Entry {expected} is missing: entry {entry.case_seq} stands in its place.",
        )
    if entry.hash != event.digest(entry.payload):
        return Sentence(
            f"第{expected}条的内容与其摘要不符。",
            f"The content of entry {expected} does not match its hash.",
        )
    if entry.previous_hash != head:
        return Sentence(
            f"第{expected}条与前一条不相接。",
            f"Entry {expected} does not follow from the one before.",
        )
    return None


def _columns(entry: AuditEntry) -> dict[str, Any]:
    """What the columns say of an entry, under the names that the payload uses."""
    return {
        "action": entry.action,
        "acting_for": entry.acting_for,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "at": event.instant(entry.at),
        "case": entry.case_id,
        "previous": entry.previous_hash,
        "role": entry.role,
        "seq": entry.case_seq,
        "subject": entry.subject,
    }


def wrong_inside(entry: AuditEntry) -> Sentence | None:
    """Whether the columns, which queries and pages read, say what the payload says."""
    number = entry.case_seq or entry.id
    try:
        told = json.loads(entry.payload)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Sentence(f"第{number}条的内容无法读取。", f"Entry {number} cannot be read.")
    differing = sorted(k for k, v in _columns(entry).items() if k not in told or told[k] != v)
    if differing:
        names = ", ".join(differing)
        return Sentence(
            f"第{number}条的栏目（{names}）与其内容不符。",
            f"The columns of entry {number} ({names}) differ from its content.",
        )
    return None
