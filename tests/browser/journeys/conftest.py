"""Whole journeys: a server for each module, and a window for each person, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import sqlalchemy as sa

from engine.clock import local_date, now
from engine.database import SYSTEM, UnitOfWork
from tests import factories
from tests.browser.conftest import House, OpenWindow, serving
from tests.browser.journeys.drafter import Document, Drafter
from tests.browser.journeys.person import Person
from tests.browser.journeys.reading import Inspector, Reader
from tests.browser.journeys.words import Words
from tests.chain import AT, POSITIVE, record
from workflows import models
from workflows.decision_form import BY_PARTS

P = TypeVar("P", bound=Person)
Found = Callable[[UnitOfWork], factories.County]


@dataclass
class Office:
    """The people of a journey, each at a screen; whoever was called once stays logged in."""

    house: House
    window: OpenWindow
    words: Words
    written: set[str]
    people: dict[str, Person] = field(default_factory=dict)
    #: Who decides at which stage.
    at: dict[str, str] = field(default_factory=lambda: dict(AT))

    def person(self, login: str) -> Person:
        return self._call(login, Person)

    def drafter(self, login: str = "drafter") -> Drafter:
        return self._call(login, Drafter)

    def inspector(self, login: str = "inspector") -> Inspector:
        return self._call(login, Inspector)

    def _call(self, login: str, kind: type[P]) -> P:
        if login not in self.people:
            newcomer = kind(self.window(), self.words, self.written, login)
            newcomer.logs_in(login)
            self.people[login] = newcomer
        found = self.people[login]
        assert isinstance(found, kind)
        return found

    def reader(self) -> Reader:
        """Somebody from outside, who has no account."""
        return Reader(self.window(), self.words, self.written, "reader of the portal")

    def walks(self, title: str, *stages: str, then: str) -> None:
        """Each stage in turn, decided as one does who finds nothing to object to; `then` comes next, or nothing."""
        for stage, following in zip(stages, (*stages[1:], then), strict=True):
            person = self.person(self.at[stage])
            person.takes(title, stage)
            outcome = POSITIVE.get(stage, "pass")
            person.decides(
                stage,
                outcome,
                verdict="clear" if stage in BY_PARTS else "",
                record=record(stage, outcome),
            )
            if following:
                person.is_told_next(following)
            else:
                person.is_told(self.words.pick("办结：", "Closed: "))

    def document(self, title: str, issuer: str = factories.METADATA.issuer) -> Document:
        """A notice, dated today; the two languages share a house, so each has a title of its own."""
        day = local_date(now())
        titles = [f"{issuer}关于{where}{title}的通知" for where in ("城东", "城西")]
        self.written |= set(titles)
        return Document(self.words.pick(*titles), f"{day.year}年{day.month}月{day.day}日")


@pytest.fixture(scope="module")
def founded() -> Found:
    """Who is in the house; a journey in another kind of office overrides this."""
    return factories.found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, founded: Found) -> Iterator[House]:
    """A house of their own: lists hold what the journey put there and nothing else."""
    with serving(tmp_path_factory.mktemp("journeys"), founded) as house:
        yield house


@pytest.fixture(params=["zh", "en"])
def office(request: pytest.FixtureRequest, house: House, window: OpenWindow) -> Office:
    with house.open(SYSTEM) as work:
        names = {
            *work.session.scalars(sa.select(models.Person.name)),
            *work.session.scalars(sa.select(models.Unit.name)),
        }
    matters = {text for entry in factories.MATTERS for text in (entry.name, entry.code)}
    return Office(house, window, Words(request.param), names | matters)
