"""Business rule tasks: what a decision table says is the decision, and no situation is left without an answer."""

from __future__ import annotations

import re

import pytest

from engine import bpmn_rules, cases, definitions, statespace, stepping
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.stepping import Event
from tests.conftest import OpenUow
from tests.reference.deciding import table
from tests.reference.drawing import Drawing


def choosing() -> Drawing:
    """The class of an item and a reviewer's word decide who signs it."""
    drawing = Drawing("choosing")
    drawing.start("begun")
    drawing.user("classify", "a b c")
    drawing.user("review", "pass raise return")
    drawing.rule("level", "who_signs")
    drawing.xor("by_whom")
    drawing.user("deputy", "sign")
    drawing.user("principal", "sign")
    drawing.xor("signed")
    drawing.end("done")
    drawing.chain("begun", "classify", "review", "level", "by_whom")
    drawing.flow("by_whom", "principal", "level == 'principal'")
    drawing.default("by_whom", drawing.flow("by_whom", "deputy"))
    drawing.chain("deputy", "signed")
    drawing.chain("principal", "signed")
    drawing.chain("signed", "done")
    return drawing


ROWS = [
    (['"c"', "-"], "principal"),
    (['not("c")', '"raise"'], "principal"),
    (['"a","b"', '"pass", "return", null'], "deputy"),
    (["null", 'not("raise")'], "deputy"),
]
INPUTS = ["classify", "review"]
WHO_SIGNS = table("who_signs", INPUTS, ROWS)


def parsed(dmn: bytes = WHO_SIGNS, drawing: Drawing | None = None) -> Definition:
    xml = (drawing or choosing()).xml()
    return bpmn_rules.parse(xml, file="choosing.bpmn", library={"who_signs": dmn})


def refused(dmn: bytes, drawing: Drawing | None = None) -> list[str]:
    with pytest.raises(DefinitionRefused) as refusal:
        parsed(dmn, drawing)
    for reason in refusal.value.reasons:
        assert re.match(r"(choosing\.bpmn|who_signs\.dmn):\d+", reason.zh), reason.zh
        assert re.match(r"(choosing\.bpmn|who_signs\.dmn):\d+", reason.en), reason.en
    return [reason.zh for reason in refusal.value.reasons]


@pytest.mark.parametrize(
    ("item", "word", "who"),
    [
        ("a", "pass", "deputy"),
        ("b", "return", "deputy"),
        ("a", "raise", "principal"),
        ("c", "pass", "principal"),
    ],
)
def test_the_table_decides_who_is_asked(item: str, word: str, who: str) -> None:
    definition = parsed()
    step = stepping.start(definition)
    for element, outcome in (("classify", item), ("review", word)):
        step = stepping.advance(definition, step.state, Event("user", element, outcome=outcome))
    assert [offer.element for offer in step.opened] == [who]


def test_the_first_row_that_fits_counts_where_the_table_says_so() -> None:
    dmn = table(
        "who_signs", INPUTS, [(['"c"', "-"], "principal"), (["-", "-"], "deputy")], policy="FIRST"
    )
    definition = parsed(dmn)
    step = stepping.start(definition)
    for element, outcome in (("classify", "c"), ("review", "pass")):
        step = stepping.advance(definition, step.state, Event("user", element, outcome=outcome))
    assert [offer.element for offer in step.opened] == ["principal"]


def test_what_the_table_no_longer_asks_is_no_part_of_the_state() -> None:
    definition = parsed()
    ends = {
        edge.after
        for edge in statespace.explore(definition).edges
        if edge.event.element == "review" and edge.event.outcome != "raise"
    }
    assert {tuple(stepping.variables(state)) for state in ends} == {()}
    assert len(ends) == 2  # at the deputy's or at the principal's, whatever led there


def test_the_table_is_part_of_the_definition_and_its_digest() -> None:
    one = parsed()
    swapped = [(cells, "deputy" if word == "principal" else "principal") for cells, word in ROWS]
    other = parsed(table("who_signs", INPUTS, swapped))
    assert one.digest != other.digest
    again = bpmn_rules.parse(one.xml)
    assert again.digest == one.digest
    assert again.tasks["level"].asks == one.tasks["level"].asks


def test_a_deployed_table_is_asked_by_cases(uow: OpenUow) -> None:
    with uow() as work:
        definitions.deploy(work, choosing().xml(), library={"who_signs": WHO_SIGNS})
        case = cases.start(work, "choosing", "2026-000001")
        cases.apply(work, case, Event("user", "classify", outcome="c"))
        cases.apply(work, case, Event("user", "review", outcome="pass"))
        assert cases.open_elements(work, case.id) == ["principal"]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (ROWS[:-1], "没有说classify＝未办、review＝pass时怎么办"),
        ([*ROWS, (['"c"', '"pass"'], "deputy")], "都成立"),
        ([(['"d"', "-"], "principal"), (["-", "-"], "deputy")], "没有“d”这一结论"),
        ([(["1 + 1", "-"], "principal")], "格子“1 + 1”不能用"),
        ([(['"a" or "b"', "-"], "principal")], "不能用"),
        ([(["-"], "principal")], "格数与表头不符"),
        ([(["-", "-"], "Big Word")], '输出“"Big Word"”'),
        ([], "至少要有一列输入和一行"),
    ],
)
def test_a_table_that_cannot_answer_is_refused(
    rows: list[tuple[list[str], str]], what: str
) -> None:
    assert any(what in reason for reason in refused(table("who_signs", INPUTS, rows)))


def test_a_default_answers_what_no_row_speaks_of() -> None:
    dmn = table("who_signs", INPUTS, [(['"c"', "-"], "principal")], default="deputy")
    assert parsed(dmn).tasks["level"].outcomes == ("principal", "deputy")


@pytest.mark.parametrize("policy", ["COLLECT", "ANY", "PRIORITY", "RULE ORDER"])
def test_other_hit_policies_are_refused(policy: str) -> None:
    dmn = table("who_signs", INPUTS, [(["-", "-"], "deputy")], policy=policy)
    assert any(f"不支持命中策略 {policy}" in reason for reason in refused(dmn))


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        (["classify", "budget"], "输入“budget”不是本流程别的任务的 id"),
        (["classify", "level"], "输入“level”"),
        (["classify", "count(items)"], "要写成一个任务的 id"),
    ],
)
def test_inputs_are_tasks_of_the_process(inputs: list[str], what: str) -> None:
    assert any(what in reason for reason in refused(table("who_signs", inputs, ROWS)))


def test_a_decision_that_is_not_there_is_named() -> None:
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(choosing().xml(), file="choosing.bpmn")
    assert "决策“who_signs”不在本文件" in refusal.value.reasons[0].zh
    assert any("没有决策“who_signs”" in reason for reason in refused(table("other", INPUTS, ROWS)))


def test_two_branches_cannot_disturb_what_a_table_reads() -> None:
    drawing = Drawing("parallel")
    drawing.start("begun")
    drawing.par("fork")
    drawing.user("classify", "a b c")
    drawing.user("review", "pass raise return")
    drawing.rule("level", "who_signs")
    drawing.user("deputy", "sign")
    drawing.par("join")
    drawing.end("done")
    drawing.chain("begun", "fork", "classify", "join", "done")
    drawing.chain("fork", "review", "level", "deputy", "join")
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(drawing.xml(), file="x.bpmn", library={"who_signs": WHO_SIGNS})
    assert any(
        "classify" in reason.zh and "并行的分支" in reason.zh for reason in refusal.value.reasons
    )


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    b'<definitions xmlns="http://www.omg.org/spec/DMN/20191111/MODEL/" name="&b;"/>'
)


@pytest.mark.parametrize(
    ("dmn", "what"),
    [
        (b"", "不是格式正确的 XML"),
        (WHO_SIGNS[:200], "不是格式正确的 XML"),
        (BOMB, "DOCTYPE"),
        (b"<html/>", "根元素不是 DMN"),
        (WHO_SIGNS + b" " * 1_000_001, "字节"),
        (WHO_SIGNS.replace(b"decisionTable", b"literalExpression"), "不支持 literalExpression"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(dmn: bytes, what: str) -> None:
    assert any(what in reason for reason in refused(dmn))
