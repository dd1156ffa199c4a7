"""Refusals about tasks are wholly English for an English reader: stages have names in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engine import cases, stepping, user_tasks
from engine.errors import EngineError, UnknownEvent
from engine.models import UserTask
from engine.stepping import Event
from tests import shipped
from tests.conftest import OpenUow
from tests.factories import County
from tests.workflows.test_drafting import returned, submitted
from workflows import bpmn_files
from workflows.models import Package

HAN = re.compile(r"[\u4e00-\u9fff]")


def open_task(uow: OpenUow, county: County, package_id: int) -> int:
    with uow(county.actor("ogi")) as work:
        (task,) = user_tasks.for_case(work, work.session.get_one(Package, package_id).case_id or 0)
        return task.id


Act = Callable[..., object]
ACTS: list[tuple[str, Act]] = [
    ("Claim “Attribute review” first", lambda w, t: user_tasks.complete(w, t, "return")),
    ("“Attribute review” has no outcome", lambda w, t: _claimed(w, t, "nonsense", None)),
    ("“Attribute review” changed after", lambda w, t: _claimed(w, t, "return", 99)),
]


def _claimed(work: object, task_id: int, outcome: str, seen: int | None) -> None:
    user_tasks.claim(work, task_id)  # type: ignore[arg-type]
    user_tasks.complete(work, task_id, outcome, seen_version=seen)  # type: ignore[arg-type]


@pytest.mark.parametrize(("said", "act"), ACTS)
def test_a_refusal_names_the_stage_in_english(
    uow: OpenUow, county: County, said: str, act: Act
) -> None:
    task_id = open_task(uow, county, submitted(uow, county))
    with uow(county.actor("ogi")) as work, pytest.raises(EngineError) as refusal:
        act(work, task_id)
    english = [reason.en for reason in refusal.value.reasons]
    assert any(said in each for each in english)
    assert not [each for each in english if HAN.search(each)]


def test_who_finds_a_task_done_or_withdrawn_is_told_in_english(
    uow: OpenUow, county: County
) -> None:
    _, revision = returned(uow, county)
    with uow(county.actor("ogi")) as work:
        done, withdrawn = (work.session.get_one(UserTask, id_) for id_ in (revision - 1, revision))
        done.closed_by_name = "M. Kai"
        work.commit()
    with uow(county.actor("drafter")) as work:
        withdrawn = work.session.get_one(UserTask, revision)
        cases.cancel(work, withdrawn.instance_id, reason="No longer needed")
        withdrawn.closed_by, withdrawn.closed_by_name = "system", "系统"
        work.commit()
    told = []
    with uow(county.actor("ogi")) as work:
        for task_id in (revision - 1, revision):
            with pytest.raises(EngineError) as refusal:
                user_tasks.claim(work, task_id)
            told += [reason.en for reason in refusal.value.reasons]
    assert told[0].startswith("“Attribute review” was completed by M. Kai at ")
    assert "the system): The case was ended: No longer needed" in told[1]
    assert not [each for each in told if HAN.search(each)]


def test_the_process_names_elements_by_their_id_in_english() -> None:
    definition = shipped.definition()
    state = stepping.start(definition).state
    for event in (
        Event("user", "first_review", outcome="pass"),
        Event("user", "attribute_review", outcome="nonsense"),
    ):
        with pytest.raises(UnknownEvent) as refusal:
            stepping.advance(definition, state, event)
        assert not HAN.search(refusal.value.reasons[0].en)


@pytest.mark.parametrize(
    ("element", "name", "english"),
    [
        ("first_review", "初审", "First review"),
        ("third_party_overdue", "没有这个名字", "third party overdue"),
        (
            "x",
            "信息发布三审三校（默认）",
            "Publishing: three reviews and three proofreads (default)",
        ),
    ],
)
def test_names_of_elements(element: str, name: str, english: str) -> None:
    found = bpmn_files.name_of(element, name)
    assert (found.zh, found.en) == (name, english)
