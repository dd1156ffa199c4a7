"""What the rest of the engine knows of a process definition: its tasks, timers, ends and names.

Plain immutable values read from the BPMN file by `bpmn_rules`; the flow itself stays in the XML
and is interpreted in `stepping` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.decision_tables import Table

TaskKind = Literal["user", "service", "receive", "signal", "rule", "call"]
CatchKind = Literal["message", "signal", "escalation"]


@dataclass(frozen=True, slots=True)
class Several:
    """A task that `number` people have, at once or `in_order`. The first outcome in `until` decides it
    and withdraws the rest; otherwise it is decided when the last one is done."""

    number: int
    in_order: bool
    until: frozenset[str]


@dataclass(frozen=True, slots=True)
class TaskRule:
    """One task of a process: who may decide it, how, and which decisions it unsets.

    A call activity is one too: it is decided by how the process it `calls` ended, so its outcomes are
    the end events of that process.
    """

    id: str
    name: str
    kind: TaskKind
    outcomes: tuple[str, ...]
    standing: frozenset[str] = frozenset()
    voids: tuple[str, ...] = ()
    candidate_role: str | None = None
    handler: str | None = None
    due_in: int | None = None
    calls: str | None = None
    several: Several | None = None
    asks: Table | None = None  # of a business rule task: answered at once, never waited for


@dataclass(frozen=True, slots=True)
class TimerRule:
    """A timer on the edge of a task, or one that is itself waited for (`attached_to` is its own id then).
    `working_days`, when given, is what the calendar counts; otherwise `duration` (ISO 8601) is clock time.
    """

    id: str
    name: str
    attached_to: str
    interrupting: bool
    duration: str
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class CatchRule:
    """A message, signal or escalation caught on the edge of a task, once each time the task is open."""

    id: str
    name: str
    kind: CatchKind
    attached_to: str
    interrupting: bool


@dataclass(frozen=True, eq=False)
class Definition:
    """One version of a process. Two definitions are equal when their bytes are.

    `xml`, and so the digest, holds every process that is called. Ids are unique across all of them;
    `ends` are those of the process itself.
    """

    key: str
    name: str
    digest: str
    xml: bytes = field(repr=False)
    tasks: Mapping[str, TaskRule] = field(repr=False)
    calls: Mapping[str, TaskRule] = field(repr=False)
    timers: Mapping[str, TimerRule] = field(repr=False)
    catches: Mapping[str, CatchRule] = field(repr=False)
    #: Event-based gateways: what may happen there, of which the first to come is taken.
    races: Mapping[str, tuple[str, ...]] = field(repr=False)
    ends: Mapping[str, str] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Definition) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)
