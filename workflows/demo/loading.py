"""Loads the county: people first, then every act of its last days in the order in which it happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import cycle, islice
from typing import Protocol, TypeVar

from engine.clock import CHINA, local_date
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.text import Sentence
from workflows import bpmn_files, catalogue, deploying, duties, founding, passwords, people, units
from workflows.demo import hours, papers
from workflows.demo.acting import Desk
from workflows.demo.catalogue import MATTERS, RECURRING
from workflows.demo.county import PASSWORD, PEOPLE, UNITS
from workflows.demo.papers import Paper
from workflows.demo.story import STORIES, Act
from workflows.vocabulary import OUTCOMES, STAGES

Answer = TypeVar("Answer")
Tell = Callable[[Sentence], None]


class Do(Protocol):
    """The door: opens a unit of work for an actor at an instant, runs the act and commits it."""

    def __call__(
        self, actor: Actor, at: datetime, act: Callable[[UnitOfWork], Answer]
    ) -> Answer: ...


#: Minutes of office time between two acts on a document; uneven, because people are.
PACES = (25, 80, 55, 110, 40, 95, 70)
#: When the last act of a story's last day is done, for the first story; the others are a little earlier.
LAST_ACT = time(17, 5)


@dataclass(frozen=True, slots=True, order=True)
class Appointment:
    """One act at its instant."""

    at: datetime
    paper: str
    number: int


def count() -> int:
    """How many steps `load` tells, and the one before it."""
    return 3 + sum(len(acts) for acts in STORIES.values())


def load(do: Do, now: datetime, tell: Tell) -> None:
    """Everything, each act in a unit of work of its own, as in an office. `do` is the door."""
    today = local_date(now)
    first_day = hours.morning(hours.days_before(today, 20))
    tell(Sentence(f"建立账号：{len(PEOPLE)} 人", f"accounts: {len(PEOPLE)} people"))
    do(SYSTEM, first_day, _found)
    tell(Sentence("部署流程", "deploying the process"))
    do(SYSTEM, first_day, _deploy)
    diary = _diary(now)
    begun = {one.paper: one.at for one in reversed(diary)}
    do(SYSTEM, first_day, partial(_adopt_catalogue, since=_two_months_before(today)))
    desks = {name: Desk(papers.read(name, begun[name])) for name in STORIES}
    for one in diary:
        desk, act = desks[one.paper], STORIES[one.paper][one.number]
        tell(_label(desk.paper, act))
        actor = do(SYSTEM, one.at, partial(desk.actor, act=act))
        do(actor, one.at, partial(desk.carry_out, act=act))
    do(SYSTEM, now, duties.open_due)


def _two_months_before(today: date) -> date:
    """A month that has ended since then is late by now, and one is not."""
    last_month = today.replace(day=1) - timedelta(days=1)
    return (last_month.replace(day=1) - timedelta(days=1)).replace(day=1)


def _adopt_catalogue(uow: UnitOfWork, since: date) -> None:
    """Set up with the house, as of a day that lies before its first document."""
    ids = {unit.code: unit.id for unit in units.list_units(uow)}
    by_key = {unit.key: ids[unit.code] for unit in UNITS}
    owed = [replace(entry, owner_id=by_key[key]) for entry, key in RECURRING]
    edition = catalogue.propose(uow, by_key["county"], [*MATTERS, *owed], effective_on=since)
    catalogue.adopt(uow, edition.id)


def _diary(now: datetime) -> list[Appointment]:
    """Every act of every story, sorted by time; none lies in the future."""
    diary = []
    for number, (name, acts) in enumerate(STORIES.items()):
        day = hours.days_before(local_date(now), papers.days_ago(name))
        last = datetime.combine(day, LAST_ACT, CHINA) - timedelta(minutes=13 * number)
        paces = list(islice(cycle(PACES), number, number + len(acts) - 1))
        instants = hours.leading_to(last, paces)
        diary += [Appointment(at, name, act) for act, at in enumerate(instants)]
    return sorted(diary)


def _deploy(uow: UnitOfWork) -> None:
    for file in bpmn_files.shipped():
        deploying.deploy(uow, file)


def _found(uow: UnitOfWork) -> None:
    """Units, people and roles. The demo's mark comes first, so that nobody takes it for the real thing."""
    founding.found(uow, "demo")
    ids: dict[str, int] = {}
    for unit in UNITS:
        row = units.create_unit(
            uow,
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            parent_id=ids[unit.parent] if unit.parent else None,
        )
        ids[unit.key] = row.id
    for one in PEOPLE:
        person = people.create_person(
            uow,
            login=one.login,
            name=one.name,
            post=one.post,
            unit_id=ids[one.unit],
            password=PASSWORD,
            must_change_password=False,
            hasher=passwords.CHEAP,  # a password that is printed on the screen needs no protection
        )
        grants = [people.RoleGrant(role, ids[one.at]) for role in one.roles]
        people.set_roles(uow, person.id, grants)


def _label(paper: Paper, act: Act) -> Sentence:
    title = paper.draft.metadata.title
    stage = Sentence("拟稿", "drafted") if act.stage == "draft" else Sentence("送审", "submitted")
    if act.stage in ("ask", "allow"):
        stage = Sentence("原则上的例外", "exception to a rule in principle")
    if act.stage in STAGES:
        done, outcome = STAGES[act.stage], OUTCOMES[act.outcome]
        stage = Sentence(f"{done.zh}，{outcome.zh}", f"{done.en}, {outcome.en}")
    return Sentence(f"《{title}》：{stage.zh}", f"“{title}”: {stage.en}")
