"""Faults of the library: each still there on the bare library, and mended or refused by the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import bpmn_rules, stepping
from engine.errors import DefinitionRefused
from engine.stepping import Event

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "docs" / "faults"


class Bare:
    """The library as its own examples use it."""

    def __init__(self, key: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring((FAULTS / f"{key}.bpmn").read_bytes()))
        self.workflow = BpmnWorkflow(parser.get_spec(key), parser.get_subprocess_specs(key))
        self.workflow.do_engine_steps()

    def waiting(self) -> list[Any]:
        return self.workflow.get_tasks(state=TaskState.READY, manual=True)

    def play(self, *acts: str) -> list[str]:
        for text in acts:
            name, _, outcome = text.partition("=")
            task = next(task for task in self.waiting() if task.task_spec.name == name)
            task.data[name] = outcome
            task.run()
            self.workflow.do_engine_steps()
        return sorted(task.task_spec.name for task in self.waiting())


def ours(key: str, *acts: str) -> list[str]:
    definition = bpmn_rules.parse((FAULTS / f"{key}.bpmn").read_bytes())
    state = stepping.start(definition).state
    for text in acts:
        name, _, outcome = text.partition("=")
        state = stepping.advance(definition, state, Event("user", name, outcome=outcome)).state
    return [offer.element for offer in stepping.enabled(definition, state)]


ROUND = ("law_check=ok", "text_check=ok", "review=return")


@pytest.mark.parametrize(
    ("key", "acts", "theirs", "right"),
    [
        (
            "early_join",
            (*ROUND, "text_check=ok"),
            ["law_check", "review"],
            ["law_check"],
        ),
        (
            "inclusive_loop",
            ("sort=both", *ROUND, "sort=both", "law_check=ok"),
            ["review", "text_check"],
            ["text_check"],
        ),
        (
            "neighbour_error",
            ("law_check=bad",),
            ["law_revise", "text_revise"],
            ["law_revise", "text_check"],
        ),
        ("drawn_order", ("review=pass",), ["second"], ["first"]),
    ],
)
def test_a_mended_fault(
    key: str, acts: tuple[str, ...], theirs: list[str], right: list[str]
) -> None:
    assert Bare(key).play(*acts) == theirs, "mended in the library? then say so in docs"
    assert ours(key, *acts) == right


def test_their_tree_grows_with_every_return_and_our_state_does_not() -> None:
    bare = Bare("early_join")
    sizes = []
    for _ in range(4):
        bare.play(*ROUND)
        sizes.append(len(bare.workflow.get_tasks()))
    assert sizes == sorted(set(sizes)), "every round is kept"
    definition = bpmn_rules.parse((FAULTS / "early_join.bpmn").read_bytes())
    state = first = stepping.start(definition).state
    for text in ROUND * 4:
        name, _, outcome = text.partition("=")
        state = stepping.advance(definition, state, Event("user", name, outcome=outcome)).state
    assert state == first


def test_a_reserved_id_is_refused() -> None:
    with pytest.raises(WorkflowException):
        Bare("reserved_id")
    with pytest.raises(DefinitionRefused, match="保留字"):
        ours("reserved_id")


def test_every_process_has_its_line_in_the_document() -> None:
    text = (ROOT / "docs" / "spiffworkflow-faults.md").read_text(encoding="utf-8")
    for path in FAULTS.glob("*.bpmn"):
        assert f"(faults/{path.name})" in text
