"""One document's desk: who does the next act, and the act itself through the same verbs as in the web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from engine import user_tasks
from engine.clock import local_date
from engine.database import Actor, UnitOfWork
from engine.errors import SanshenError
from engine.models import UserTask
from engine.text import Sentence
from workflows import assignments, content, drafting, overrides, pages, reviewing, routing
from workflows.content import Content
from workflows.decision_form import BY_PARTS, DecisionInput
from workflows.demo import records
from workflows.demo.papers import Paper
from workflows.demo.story import Act
from workflows.drafting import Draft
from workflows.lifecycle import current_version
from workflows.models import Package, PackageVersion, Person

#: What the drafter does; everything else is a decision on somebody's task.
BY_DRAFTER = frozenset({"draft", "ask", "submit", "revise"})


@dataclass
class Desk:
    """A document of the demo on its way; `package_id` is known once it was drafted."""

    paper: Paper
    package_id: int = 0
    #: Who of a group comes first: each document begins with another, so that all have work.
    turn: int = 0

    def actor(self, uow: UnitOfWork, act: Act) -> Actor:
        """The drafter for what is the drafter's; else the holder, or the first of the group who may."""
        if act.stage in BY_DRAFTER:
            login = Person.login == self.paper.drafter
            return _actor(uow.session.scalars(sa.select(Person).where(login)).one(), "drafter")
        if act.stage == "allow":
            return self._senior(uow)
        task, package = self._task(uow, act.stage), self._package(uow)
        if task.assignee_id is not None:
            return _actor(_person(uow, int(task.assignee_id)), task.candidate_role)
        group = routing.members(uow, task.candidate_group)
        first = self.turn % len(group) if group else 0
        for person_id in (*group[first:], *group[:first]):
            actor = _actor(_person(uow, person_id), task.candidate_role)
            if not assignments.ineligible(uow, task, package, actor):
                return actor
        raise SanshenError(
            Sentence(
                f"演示数据《{package.title}》：没有人能办理“{task.name}”。",
                f"Demo data {self.paper.name}: nobody may do {act.stage}.",
            )
        )

    def carry_out(self, uow: UnitOfWork, act: Act) -> None:
        """The act, in the name of the unit of work's actor."""
        if act.stage == "draft":
            self.package_id = drafting.create(uow, self.paper.draft).id
        elif act.stage == "submit":
            drafting.submit(uow, self.package_id, digest=self._version(uow).digest)
        elif act.stage == "ask":
            overrides.ask(uow, self.package_id)
        elif act.stage == "allow":
            self._allow(uow, act)
        elif act.stage == "revise":
            self._revise(uow, act)
        else:
            self._decide(uow, act)

    def _senior(self, uow: UnitOfWork) -> Actor:
        """The nearest who may allow what is asked for this document."""
        package = self._package(uow)
        asked = [set(overrides.senior_for(one.key)) for one in overrides.asked(uow, package)]
        for role in (one for one in overrides.SENIOR if all(one in may for may in asked)):
            for person_id in routing.holders_near(uow, package.unit_id, role):
                return _actor(_person(uow, person_id), role)
        raise SanshenError(Sentence("演示数据：没有人能同意例外。", "Demo data: nobody is senior."))

    def _allow(self, uow: UnitOfWork, act: Act) -> None:
        for one in overrides.asked(uow, self._package(uow)):
            overrides.allow(
                uow,
                self.package_id,
                one.key,
                digest=self._version(uow).digest,
                opinion=act.opinion,
            )

    def _revise(self, uow: UnitOfWork, act: Act) -> None:
        task, before = self._task(uow, "revise"), self._version(uow)
        draft = _corrected(content.parse(before.content), act)
        drafting.save(uow, self.package_id, draft, base_version=before.number)
        drafting.resubmit(
            uow,
            task.id,
            change_class=act.outcome,
            digest=self._version(uow).digest,
            note=act.opinion,
        )

    def _decide(self, uow: UnitOfWork, act: Act) -> None:
        task = self._task(uow, act.stage)
        if task.assignee_id is None:
            assignments.claim(uow, task.id)
        version = self._version(uow)
        pages.look(uow, self.package_id, version.id)
        page = pages.task_page(uow, task.id)
        shown = content.parse(version.content)
        given = DecisionInput(
            outcome=act.outcome,
            digest=version.digest,
            opinion=act.opinion,
            reason_codes=act.reasons,
            locations=act.locations,
            checklist=tuple(item.code for item in page.checklist),
            parts={part.code: _verdict(act, part.code) for part in page.parts}
            if act.stage in BY_PARTS
            else {},
            ground_codes=act.grounds,
            redactions={"body": f"{act.locations}：{act.opinion}"}
            if act.outcome == "treat"
            else {},
            record=records.invented(
                act.stage, act.outcome, local_date(uow.now), **_counted(act.corrections)
            ),
            corrected_body_html=_corrected(shown, act).body_html
            if act.outcome == "corrected"
            else None,
        )
        reviewing.decide(uow, task.id, given)

    def _package(self, uow: UnitOfWork) -> Package:
        return uow.session.get_one(Package, self.package_id)

    def _version(self, uow: UnitOfWork) -> PackageVersion:
        return current_version(uow, self._package(uow))

    def _task(self, uow: UnitOfWork, stage: str) -> UserTask:
        case_id = self._package(uow).case_id
        if case_id is not None:
            for task in user_tasks.for_case(uow, case_id):
                if task.element_id == stage and task.status == "open":
                    return task
        raise SanshenError(
            Sentence(
                f"演示数据 {self.paper.name}：环节 {stage} 现在没有打开。",
                f"Demo data {self.paper.name}: stage {stage} is not open now.",
            )
        )


def _verdict(act: Act, part: str) -> str:
    """Every part as the whole, but what is to be treated, or in doubt, is in the body alone."""
    return "clear" if act.outcome == "clear" or part != "body" else act.outcome


def _counted(corrections: Sequence[tuple[str, str]]) -> dict[str, str]:
    found = str(len(corrections) or 1)
    return {"errors_found": found, "errors_corrected": found}


def _corrected(shown: Content, act: Act) -> Draft:
    """The content with the act's replacements, in the body and in the interpretation alike."""

    def mend(text: str) -> str:
        for wrong, right in act.corrections:
            text = text.replace(wrong, right)
        return text

    said = shown.interpretation.elements
    elements = replace(
        said,
        background=mend(said.background),
        basis=mend(said.basis),
        purpose=mend(said.purpose),
        measures=mend(said.measures),
    )
    return Draft(
        metadata=shown.metadata,
        body_html=mend(shown.body_html),
        interpretation=replace(shown.interpretation, elements=elements),
        attachments=shown.attachments,
    )


def _person(uow: UnitOfWork, person_id: int) -> Person:
    return uow.session.get_one(Person, person_id)


def _actor(person: Person, role: str | None) -> Actor:
    return Actor(str(person.id), person.name, role)
