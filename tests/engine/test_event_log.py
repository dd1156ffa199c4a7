"""Event logs: an independent tool reads them, finds honest ones to fit the process and doctored ones not to."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

import pm4py
import pytest

from engine import event_formats, event_log, timers, user_tasks
from engine.database import SYSTEM, UnitOfWork
from engine.event_log import Happening
from engine.models import ProcessInstance
from engine.take_back import take_back
from tests.conftest import ALICE, MONDAY, OpenUow
from tests.engine import office, petri
from tests.engine.office import act, begun

REVIEW = office.MODEL
#: A log with one event less or with two exchanged: what somebody might wish had happened.
Doctor = Callable[[list[Happening]], list[Happening]]


@cache
def net(file: Path) -> petri.Net:
    return petri.read(file.read_bytes())


def fitness(file: Path, log: Path) -> float:
    """What the tool says of the completed events of a log: 1.0 is a log that fits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tool recommends its add-ons
        frame = pm4py.read_xes(str(log), return_legacy_log_object=False)
        done = frame[frame["lifecycle:transition"] == "complete"]
        found = pm4py.fitness_alignments(done, *net(file))
    return float(found["average_trace_fitness"])


def written(tmp_path: Path, *cases: list[Happening]) -> Path:
    file = tmp_path / "log.xes"
    with file.open("wb") as out:
        assert event_formats.xes(cases, out) == sum(len(case) for case in cases)
    return file


def log_of(work: UnitOfWork, case_id: int) -> list[Happening]:
    return event_log.of_case(work, work.session.get_one(ProcessInstance, case_id))


def eventful(uow: OpenUow) -> int:
    """A case with a reminder, a return, a decision taken back, and an end."""
    case_id = begun(uow)
    late = MONDAY + timedelta(days=2)
    assert timers.sweep(lambda: uow(SYSTEM, late)).fired > 0
    with uow(ALICE, late) as work:
        act(work, case_id, "first_review", "pass")
        act(work, case_id, "second_review", "return")
        act(work, case_id, "revise", "again")
        act(work, case_id, "first_review", "return")
        returned = [t for t in user_tasks.for_case(work, case_id) if t.status == "done"][-1]
        take_back(work, returned.id)
        act(work, case_id, "first_review", "pass")
        act(work, case_id, "legality_review", "lawful")
        act(work, case_id, "second_review", "pass")
        work.commit()
    return case_id


def test_an_honest_log_fits_and_says_what_was_taken_back(uow: OpenUow, tmp_path: Path) -> None:
    case_id = eventful(uow)
    with uow() as work:
        log = log_of(work, case_id)
    aborted = [one for one in log if one.lifecycle == event_log.ABORTED]
    assert [(one.element, one.outcome) for one in aborted] == [("first_review", "return")]
    assert fitness(REVIEW, written(tmp_path, log)) == 1.0


def test_the_object_centric_log_is_read_by_the_tool_and_relates_events_to_what_they_concern(
    uow: OpenUow, tmp_path: Path
) -> None:
    case_id = eventful(uow)
    file = tmp_path / "log.json"
    with uow() as work, file.open("w", encoding="utf-8") as out:
        log = log_of(work, case_id)
        assert event_formats.ocel([log], out) == len(log)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = pm4py.read_ocel2_json(str(file))
    assert len(read.events) == len(log)
    assert len(set(read.events["ocel:eid"])) == len(log)
    kinds = read.objects.groupby("ocel:type").size()
    people = {one.who for one in log}
    tasks = {one.task for one in log if one.task is not None}
    assert (kinds["case"], kinds["person"], kinds["task"]) == (1, len(people), len(tasks))


def without(element: str) -> Doctor:
    return lambda log: [one for one in log if one.element != element]


def exchanged(first: str, second: str) -> Doctor:
    swap = {first: second, second: first}

    def doctor(log: list[Happening]) -> list[Happening]:
        by = {one.element: one for one in log if one.lifecycle == "complete"}
        assert swap.keys() <= by.keys()
        return [
            by[swap[one.element]] if one.element in swap and one.lifecycle == "complete" else one
            for one in log
        ]

    return doctor


@pytest.mark.parametrize(
    "doctor",
    [
        without("legality_review"),
        without("first_review"),
        without("revise"),
        exchanged("publish", "legality_review"),
    ],
)
def test_a_doctored_log_does_not_fit(uow: OpenUow, tmp_path: Path, doctor: Doctor) -> None:
    case_id = eventful(uow)
    with uow() as work:
        log = log_of(work, case_id)
    assert fitness(REVIEW, written(tmp_path, doctor(log))) < 1.0
