"""To whom the tasks would go that an outcome opens, and until when: asked of the same functions as the act itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from engine import working_days
from engine.clock import local_date
from engine.database import Candidates, UnitOfWork
from engine.elements import Definition, TaskRule
from engine.models import UserTask
from engine.stepping import Occurrence
from engine.text import Sentence
from engine.working_days import Calendar, DueDate
from workflows.models import Package, Person, Unit
from workflows.open_tasks import NOBODY as NOBODY_ELIGIBLE
from workflows.open_tasks import stage_name
from workflows.routing import NOBODY, Done, Router
from workflows.vocabulary import ROLES, label


@dataclass(frozen=True, slots=True)
class Opening:
    """A task that would open: at which occurrence, for whom, until when."""

    occurrence: Occurrence
    candidates: Candidates
    due: datetime | None

    @property
    def element(self) -> str:
        return self.occurrence.element


@dataclass
class Outlooks:
    """All outlooks of one page; routes and calendar are read once."""

    uow: UnitOfWork
    package: Package
    definition: Definition
    _router: Router = field(init=False)
    _calendar: Calendar | None = None

    def __post_init__(self) -> None:
        self._router = Router(self.uow, self.package)

    def after(
        self, task: UserTask, outcome: str, opened: Iterable[Occurrence]
    ) -> tuple[Opening, ...]:
        """The tasks among what would open, as if the actor had decided so."""
        me = self.uow.actor
        acting_for = int(me.acting_for) if me.acting_for and me.acting_for.isdecimal() else None
        person = int(me.id) if me.id.isdecimal() else 0
        router = self._router.supposing(Done(task.element_id, outcome, person, acting_for))
        tasks = [one for one in opened if one.kind == "user"]
        rules = {one: self.definition.tasks[one.element] for one in tasks}
        return tuple(self._opening(one, router.route(rules[one]), rules[one]) for one in tasks)

    def _opening(self, one: Occurrence, found: Candidates, rule: TaskRule) -> Opening:
        due = None if found.due_at else self._due(rule.due_in)
        return Opening(one, found, due.at() if due else found.due_at)

    def _due(self, number: int | None) -> DueDate | None:
        if number is None:
            return None
        self._calendar = self._calendar or working_days.load(self.uow)
        return working_days.add_working_days(self._calendar, local_date(self.uow.now), number)

    def told(self, opening: Opening) -> Sentence:
        """`复审（县政府办公室复审人，6月12日前）`."""
        stage = stage_name(opening.element, self._name(opening.element))
        who = self._who(opening.candidates)
        if opening.due is None:
            return Sentence(f"{stage.zh}（{who.zh}）", f"{stage.en} ({who.en})", opening.element)
        due = local_date(opening.due)
        return Sentence(
            f"{stage.zh}（{who.zh}，{due.month}月{due.day}日前）",
            f"{stage.en} ({who.en}, by {due:%Y-%m-%d})",
            opening.element,
        )

    def _name(self, element: str) -> str:
        return self.definition.names.get(element) or element

    def _who(self, found: Candidates) -> Sentence:
        if found.group.startswith(NOBODY):
            return NOBODY_ELIGIBLE
        if found.assignee_id is not None:
            person = self.uow.session.get(Person, int(found.assignee_id))
            name = person.name if person else found.assignee_id
            return Sentence(name, name)
        role, _, unit_id = found.group.partition(":")
        unit = self.uow.session.get(Unit, int(unit_id)) if unit_id.isdecimal() else None
        where = unit.name if unit else ""
        zh, en = label(ROLES, role).partition("（")[0], label(ROLES, role, "en").partition(" (")[0]
        return Sentence(where + zh, f"{en}, {where}" if where else en, role)
