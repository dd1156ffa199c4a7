"""Loads the county: people first, then every act of its last days in the order in which it happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import Protocol, TypeVar

from engine.clock import CHINA, local_date
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.text import Sentence
from workflows import (
    accountability,
    bpmn_files,
    catalogue,
    deploying,
    duties,
    founding,
    organisation,
    parameters,
    passwords,
    people,
    units,
)
from workflows.demo import crowd, hours, papers, region
from workflows.demo.acting import Desk
from workflows.demo.catalogue import MATTERS, RECURRING
from workflows.demo.county import PASSWORD, PEOPLE, UNITS, PersonPlan, UnitPlan
from workflows.demo.papers import Paper
from workflows.demo.story import EMERGENCY, STORIES, Act
from workflows.parameters import INTERLEAVED, PARAMETERS
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
#: An emergency goes so many times as fast.
HASTE = 8
#: When the last act of a story's last day is done, for the first story; the others are a little earlier.
LAST_ACT = time(17, 5)


@dataclass(frozen=True, slots=True, order=True)
class Appointment:
    """One act at its instant."""

    at: datetime
    paper: str
    number: int


@dataclass(frozen=True, slots=True)
class Programme:
    """What is loaded: units, people, and every document with its acts and the day of its last."""

    units: Sequence[UnitPlan]
    people: Sequence[PersonPlan]
    documents: Mapping[str, tuple[Paper | None, Sequence[Act], int]]

    @property
    def steps(self) -> int:
        """How many steps `load` tells, and the one before it."""
        return 3 + sum(len(acts) for _paper, acts, _ago in self.documents.values())


def small() -> Programme:
    """Yunlan alone: the fourteen documents whose stories are told."""
    told = {name: (None, acts, papers.days_ago(name)) for name, acts in STORIES.items()}
    return Programme(UNITS, PEOPLE, told)


def large(now: datetime, documents: int = 500, seed: int = 2026) -> Programme:
    """Three counties, two hundred people, and `documents` documents at every stage; the same for one seed."""
    random = Random(seed)  # noqa: S311 — for a crowd, not for a key
    units_, people_ = region.units(), region.people(random)
    yunlan = small()
    crowd_ = crowd.cases(random, documents - len(yunlan.documents), units_, people_, now)
    told = {one.paper.name: (one.paper, one.acts, one.days_ago) for one in crowd_}
    return Programme(units_, people_, {**yunlan.documents, **told})


def load(do: Do, now: datetime, tell: Tell, programme: Programme | None = None) -> None:
    """Everything, each act in a unit of work of its own, as in an office. `do` is the door."""
    plan = programme or small()
    today = local_date(now)
    first_day = hours.morning(hours.days_before(today, 60))
    number = len(plan.people)
    tell(Sentence(f"建立账号：{number} 人", f"accounts: {number} people"))
    do(SYSTEM, first_day, partial(_found, plan=plan))
    tell(Sentence("部署流程", "deploying the process"))
    do(SYSTEM, first_day, _deploy)
    diary = _diary(now, plan)
    begun = {one.paper: one.at for one in reversed(diary)}
    since = _two_months_before(today)
    if programme is not None:  # its documents go back further
        since = min(since, first_day.date())
    do(SYSTEM, first_day, partial(_adopt_catalogues, since=since, plan=plan))
    desks = {
        name: Desk(paper or papers.read(name, begun[name]), turn=turn)
        for turn, (name, (paper, _acts, _ago)) in enumerate(plan.documents.items())
    }
    for one in diary:
        desk, act = desks[one.paper], plan.documents[one.paper][1][one.number]
        tell(_label(desk.paper, act))
        actor = do(SYSTEM, one.at, partial(desk.actor, act=act))
        do(actor, one.at, partial(desk.carry_out, act=act))
    do(SYSTEM, now, duties.open_due)


def _two_months_before(today: date) -> date:
    """A month that has ended since then is late by now, and one is not."""
    last_month = today.replace(day=1) - timedelta(days=1)
    return (last_month.replace(day=1) - timedelta(days=1)).replace(day=1)


def _adopt_catalogues(uow: UnitOfWork, since: date, plan: Programme) -> None:
    """Set up with the house, as of a day that lies before its first document; one for each county."""
    ids = {unit.code: unit.id for unit in units.list_units(uow)}
    by_key = {unit.key: ids[unit.code] for unit in plan.units}
    for county in (unit for unit in plan.units if unit.kind == "government"):
        code = county.code[:2]
        entries = [replace(entry, code=f"{code}{entry.code[2:]}") for entry in MATTERS]
        if code == "YL":
            entries += [replace(entry, owner_id=by_key[key]) for entry, key in RECURRING]
        edition = catalogue.propose(uow, by_key[county.key], entries, effective_on=since)
        catalogue.adopt(uow, edition.id)


def _diary(now: datetime, plan: Programme) -> list[Appointment]:
    """Every act of every story, sorted by time; none lies in the future."""
    diary = []
    for number, (name, (_paper, acts, ago)) in enumerate(plan.documents.items()):
        day = hours.days_before(local_date(now), ago)
        last = datetime.combine(day, LAST_ACT, CHINA) - timedelta(minutes=13 * (number % 14))
        haste = HASTE if EMERGENCY in acts else 1
        paces = [
            pace // haste for pace in islice(cycle(PACES), number % 7, number % 7 + len(acts) - 1)
        ]
        instants = hours.leading_to(min(last, now), paces)
        diary += [Appointment(at, name, act) for act, at in enumerate(instants)]
    return sorted(diary)


def _deploy(uow: UnitOfWork) -> None:
    for file in bpmn_files.shipped():
        deploying.deploy(uow, file)


def _found(uow: UnitOfWork, plan: Programme) -> None:
    """Units, people and roles. The demo's mark comes first, so that nobody takes it for the real thing."""
    founding.found(uow, "demo")
    ids: dict[str, int] = {}
    for unit in plan.units:
        row = units.create_unit(
            uow,
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            parent_id=ids[unit.parent] if unit.parent else None,
        )
        ids[unit.key] = row.id
        organisation.set_separation(uow, row.id, unit.separation)
        if unit.takes_turns:
            _take_turns(uow, row.id, unit.takes_turns)
    for one in plan.people:
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
        _answers(uow, person.id, one, ids)


def _take_turns(uow: UnitOfWork, unit_id: int, basis: str) -> None:
    rule, today = PARAMETERS[INTERLEAVED], local_date(uow.now)
    parameters.lay_down(
        uow, unit_id, rule.key, value=1, strength=rule.strength, effective_on=today, basis=basis
    )


#: domain:B5: who leads answers first, who signs answers mainly, the head of the section directly.
_ANSWERS = {"principal": "first", "final_reviewer": "main", "unit_head": "direct"}


def _answers(uow: UnitOfWork, person_id: int, one: PersonPlan, ids: Mapping[str, int]) -> None:
    """Name the person by the label that goes with the role, unless somebody has it already."""
    label = next((_ANSWERS[role] for role in one.roles if role in _ANSWERS), None)
    if label is not None:
        held = accountability.accountable(uow, ids[one.at]).get(label)
        if held is None or held.unit_id != ids[one.at]:
            accountability.set_accountable(uow, ids[one.at], {label: person_id})


def _label(paper: Paper, act: Act) -> Sentence:
    title = paper.draft.metadata.title
    stage = Sentence("拟稿", "drafted") if act.stage == "draft" else Sentence("送审", "submitted")
    if act.stage in ("ask", "allow"):
        stage = Sentence("原则上的例外", "exception to a rule in principle")
    if act.stage in STAGES:
        done, outcome = STAGES[act.stage], OUTCOMES[act.outcome]
        stage = Sentence(f"{done.zh}，{outcome.zh}", f"{done.en}, {outcome.en}")
    return Sentence(f"《{title}》：{stage.zh}", f"“{title}”: {stage.en}")
