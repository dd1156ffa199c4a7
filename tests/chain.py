"""Drives one package through the chain in tests: each act in a unit of work of its own, committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.database import SYSTEM, Actor, UnitOfWork
from engine.models import UserTask
from tests import factories
from tests.conftest import OpenUow
from tests.factories import DRAFT, County
from workflows import assignments, consultations, content, drafting, pages, reviewing
from workflows.content import Content
from workflows.decision_form import BY_PARTS, DecisionInput
from workflows.models import Decision, Package
from workflows.record_fields import FORMS
from workflows.reviewing import Decided
from workflows.vocabulary import NEEDS_REASON

#: Who does what in the county of tests.factories.
AT = {
    "attribute_review": "ogi",
    "confidentiality_review": "secrecy",
    "confidentiality_referral": "secrecy",
    "delta_confirmation": "secrecy",
    "third_party_opinion": "ogi",
    "inter_agency_confirmation": "ogi",
    "legality_review": "legal",
    "first_review": "first",
    "second_review": "second",
    "final_review": "final",
    "principal_review": "principal",
    "first_proofreading": "proof1",
    "second_proofreading": "proof2",
    "third_proofreading": "proof3",
    "read_aloud": "reader",
    "sign_confirmation": "final",
    "release": "publisher",
    "readback": "publisher",
    "rectification": "publisher",
    "on_hold": "final",
}
POSITIVE = {
    "attribute_review": "proactive",
    "confidentiality_review": "clear",
    "confidentiality_referral": "clear",
    "delta_confirmation": "confirm",
    "third_party_opinion": "agree",
    "inter_agency_confirmation": "consistent",
    "legality_review": "lawful",
    "sign_confirmation": "confirm",
    "release": "publish",
    "readback": "ok",
}
Change = Callable[[Content], Content]
#: What the records of decisions say unless a test says otherwise: nothing that is not so on MONDAY.
RECORD = {
    "concern": "work_secret",
    "organ_kind": "secrecy",
    "organ": "清平县国家保密局",
    "letter_number": "清建函〔2026〕3号",
    "letter_on": "2026-05-06",
    "received_on": "2026-05-07",
    "answer": "agrees",
    "answered_on": "2026-05-11",
    "third_party": "清平照明有限公司",
    "document_number": "清保函〔2026〕9号",
    "document_on": "2026-05-20",
    "basis": "所述事项不属于国家秘密和工作秘密。",
    "their_reason": "涉及成本。",
    "agency": "清平县财政局",
    "agency_opinion": "无意见。",
    "conclusion": "amend",
    "errors_found": "1",
    "errors_corrected": "1",
    "reader": "宋读",
    "follower": "易校",
}


def record(stage: str, outcome: str, **changes: str) -> dict[str, str]:
    """The record that a decision needs; a third party that is overruled did not answer in time."""
    form = FORMS.get(stage)
    values = RECORD | ({"answer": "silent"} if outcome == "public_interest" else {}) | changes
    wanted = form.of(outcome) if form else ()
    return {
        one.code: values[one.code]
        for one in wanted
        if one.code in values and (one.where is None or values.get(one.where[0]) in one.where[1])
    }


@dataclass
class Chain:
    """One package and the people around it."""

    uow: OpenUow
    county: County
    draft: Content = DRAFT
    package_id: int = 0
    at: dict[str, str] = field(default_factory=lambda: dict(AT))
    hired: dict[str, Actor] = field(default_factory=dict)

    def submit(self) -> Chain:
        return self.create().hand_in()

    def create(self) -> Chain:
        with self.uow(self.county.actor("drafter")) as work:
            self.package_id = drafting.create(work, self.draft).id
            work.commit()
        return self

    def hand_in(self) -> Chain:
        with self.uow(self.county.actor("drafter")) as work:
            digest = factories.current(work, self.package_id).digest
            drafting.submit(work, self.package_id, digest=digest)
            work.commit()
        return self

    def read(self, login: str | None = None) -> UnitOfWork:
        """A unit of work for looking, in somebody's name or the system's."""
        return self.uow(self.person(login) if login else SYSTEM)

    def person(self, login: str) -> Actor:
        return self.hired.get(login) or self.county.actor(login)

    def hire(self, login: str, name: str, role: str, unit: str) -> int:
        """One more person, known to this chain only."""
        with self.read() as work:
            person_id = factories.hire(work, login, name, self.county.units[unit], role)
            work.commit()
        self.hired[login] = Actor(str(person_id), name, role=role)
        return person_id

    def open(self) -> list[str]:
        with self.read() as work:
            return [task.element_id for task in self._open(work)]

    def task(self, stage: str) -> int:
        with self.read() as work:
            return next(task.id for task in self._open(work) if task.element_id == stage)

    def _open(self, work: UnitOfWork) -> list[UserTask]:
        package = work.session.get_one(Package, self.package_id)
        query = sa.select(UserTask).where(
            UserTask.instance_id == package.case_id, UserTask.status == "open"
        )
        return list(work.session.scalars(query.order_by(UserTask.id)))

    def actor(self, stage: str) -> Actor:
        return self.person(self.at[stage])

    def decide(self, stage: str, outcome: str | None = None, **given: Any) -> Decided:
        """Claim and decide, with what the outcome needs filled in unless given."""
        task_id = self.task(stage)
        with self.uow(self.actor(stage)) as work:
            assignments.claim(work, task_id)
            filled = self.form(work, task_id, outcome, **given)
            decided = reviewing.decide(work, task_id, filled)
            work.commit()
        return decided

    def form(
        self, work: UnitOfWork, task_id: int, outcome: str | None = None, **given: Any
    ) -> DecisionInput:
        stage = work.session.get_one(UserTask, task_id).element_id
        outcome = outcome or POSITIVE.get(stage, "pass")
        values: dict[str, Any] = {
            "outcome": outcome,
            "digest": factories.current(work, self.package_id).digest,
        }
        if outcome in NEEDS_REASON:
            values |= {"opinion": "请核实后修改。", "reason_codes": ("R12",), "locations": "第二段"}
        if outcome in {"withhold", "not_disclosed"}:
            values["ground_codes"] = ("A14-1",)
        if stage in BY_PARTS:
            page = pages.task_page(work, task_id)
            worst = outcome if outcome in {"treat", "withhold", "refer"} else "clear"
            values["parts"] = {p.code: worst if p.code == "body" else "clear" for p in page.parts}
            values["redactions"] = {"body": "删去第二段的住址。"} if outcome == "treat" else {}
            if outcome == "refer":
                values["opinion"] = "拿不准是否涉密。"
        values["record"] = record(stage, outcome)
        return DecisionInput(**{**values, **given})

    def revise(self, change: str, edit: Change | None = None, note: str = "已按意见办理。") -> None:
        task_id = self.task("revise")
        self.consult()
        with self.uow(self.county.actor("drafter")) as work:
            before = factories.current(work, self.package_id)
            if edit is not None:
                edited = edit(content.parse(before.content))
                drafting.save(work, self.package_id, edited, base_version=before.number)
            digest = factories.current(work, self.package_id).digest
            drafting.resubmit(work, task_id, change_class=change, digest=digest, note=note)
            work.commit()

    def consult(self) -> None:
        """会商, where the item was returned so often that it waits for one."""
        with self.uow(self.county.actor("head")) as work:
            if consultations.state(work, self.package_id).wanted:
                consultations.record(
                    work,
                    self.package_id,
                    held_on=work.now.date(),
                    participants="杜科、孟开",
                    conclusion="补齐依据后重报。",
                )
                work.commit()

    def until(self, stage: str) -> Chain:
        """Pass whatever is open, in order, until `stage` is open (or nothing is)."""
        for _ in range(40):
            waiting = self.open()
            if not waiting or stage in waiting:
                return self
            self.decide(waiting[0])
        raise AssertionError(f"{stage} was never reached")

    def decisions(self, stage: str | None = None) -> list[Decision]:
        with self.read() as work:
            query = sa.select(Decision).where(Decision.package_id == self.package_id)
            if stage:
                query = query.where(Decision.stage == stage)
            rows = list(work.session.scalars(query.order_by(Decision.id)))
            work.session.expunge_all()
            return rows

    def status(self) -> str:
        with self.read() as work:
            return work.session.get_one(Package, self.package_id).status


def body(old: str, new: str) -> Change:
    """An edit of the body."""
    return lambda shown: factories.with_body(old, new, shown)


def more(paragraph: str) -> Change:
    """An edit that adds a paragraph: T3 by its nature."""
    return lambda shown: factories.with_body("<p>施工期间", f"<p>{paragraph}</p><p>施工期间", shown)
