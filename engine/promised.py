"""What was promised to whoever has a deadline: so many working days, counted from such a day (domain:B10).

A migration leaves a promise as it is (`migrating`), so the version on which the case runs now need not tell it:
it is read from the version that was in force when the task opened, or that set a deadline where there was none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import clock, definitions, moves, working_days
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.models import ProcessInstance
from engine.working_days import Calendar, DueDate


@dataclass(frozen=True, slots=True)
class Promise:
    """A number of working days, and the instant on whose day they begin to count."""

    since: datetime
    number: int

    def due(self, calendar: Calendar) -> DueDate:
        """The deadline as this calendar has it."""
        return working_days.add_working_days(calendar, clock.local_date(self.since), self.number)


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of the process, and since when the case has been running on it."""

    since: datetime
    definition: Definition


class Promises:
    """The promises of one case; its trail is read only if it was ever migrated."""

    def __init__(self, uow: UnitOfWork, case: ProcessInstance) -> None:
        self._versions: list[_Version] = []
        #: by task: how many versions came before the one under which it opened
        self._opened: dict[int, int] = {}
        told = moves.whole(uow, case) if moves.was_migrated(uow, case) else []
        since = case.started_at
        for one in told:
            if one.entry.action == moves.MIGRATED:
                self._versions.append(_Version(since, _named(uow, one.data["from"])))
                since = one.entry.at
            for row in one.data.get("opened", ()):
                before = len(self._versions)
                self._opened[row["task"]] = self._opened.get(row.get("instead_of", 0), before)
        now = definitions.load(uow, case.definition_id)
        self._versions.append(_Version(since, now))

    def of_task(self, task_id: int, element: str, opened_at: datetime) -> Promise | None:
        """What holds for a task; None if it has no deadline by its process."""
        found = None
        first = self._opened.get(task_id, 0)
        for number, version in enumerate(self._versions[first:]):
            rule = version.definition.tasks.get(element)
            if rule is None or rule.due_in is None:
                found = None
            elif found is None:
                found = Promise(version.since if number else opened_at, rule.due_in)
        return found

    def of_timer(self, element: str, set_at: datetime) -> Promise | None:
        """What holds for a timer of the process; None if it goes by the clock."""
        then = (one for one in reversed(self._versions) if one.since <= set_at)
        version = next(then, self._versions[0])
        rule = version.definition.timers.get(element)
        days = rule.working_days if rule else None
        return None if days is None else Promise(set_at, days)


def _named(uow: UnitOfWork, told: Mapping[str, Any]) -> Definition:
    row = definitions.version(uow, told["key"], told["version"])
    return definitions.load(uow, row.id)
