"""A rules file is refused with every problem at once, each with its line and a sentence; nothing is ignored."""

from __future__ import annotations

import re

import pytest

from engine import bpmn_rules, rule_files
from engine.elements import Definition
from engine.errors import DefinitionRefused
from tests.reference.drawing import Drawing


def definition() -> Definition:
    drawing = Drawing("small")
    drawing.start("begun")
    drawing.user("review", "pass return")
    drawing.service("publish")
    drawing.end("out")
    drawing.timer("late", "review")
    drawing.service("remind")
    drawing.end("reminded")
    drawing.chain("begun", "review", "publish", "out")
    drawing.chain("late", "remind", "reminded")
    return bpmn_rules.parse(drawing.xml())


HEAD = '[[rule]]\nid = "one"\nzh = "一。"\nen = "One."\nsource = ["law"]\nstrength = "mandatory"\n'


def refused(text: str) -> list[str]:
    with pytest.raises(DefinitionRefused) as refusal:
        rule_files.read(definition(), text.encode(), "small.rules.toml")
    for reason in refusal.value.reasons:
        assert reason.zh.startswith("small.rules.toml:")
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
        assert reason.en
    return [reason.zh for reason in refusal.value.reasons]


def test_every_part_of_a_rule_is_read() -> None:
    text = (
        HEAD
        + 'template = "precedence"\nof = ["handler:publish", "end:out"]\nneeds = ["review=pass|return"]\n'
        + 'since = ["timer:late", "review"]\n'
        + HEAD.replace("one", "two")
        + 'enforced_by = ["workflows.gates:g1"]\ntested_by = ["tests/x.py::test_y"]\n'
    )
    first, second = rule_files.read(definition(), text.encode())
    assert first.is_static
    assert first.sentence.zh == "一。"
    assert first.sources == ("law",)
    (watch,) = first.watches
    assert watch.blocked
    assert watch.frees[0].outcomes == {"pass", "return"}
    assert [p.subject for p in (*watch.guarded, *watch.blocks)] == [
        "handler",
        "end",
        "timer",
        "element",
    ]
    assert not second.is_static
    assert second.enforced_by == ("workflows.gates:g1",)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[[rule]\n", 1, "不是合法的 TOML"),
        ("", 1, "至少一条"),
        ("rule = 3\n", 1, "至少一条"),
        (HEAD + 'template = "before"\n', 1, "没有“before”这种规则"),
        (HEAD + 'template = "absence"\nnever = ["nothing"]\n', 1, "“nothing”在流程里没有"),
        (HEAD + 'template = "absence"\nnever = ["review=maybe"]\n', 1, "“review=maybe”"),
        (HEAD + 'template = "absence"\nnever = ["handler:fly"]\n', 1, "“handler:fly”"),
        (HEAD + 'template = "absence"\nnever = ["timer:never"]\n', 1, "“timer:never”"),
        (HEAD + 'template = "absence"\nnever = ["end:never"]\n', 1, "“end:never”"),
        (HEAD + 'template = "absence"\nnever = ["role:clerk"]\n', 1, "“role:clerk”"),
        (HEAD + 'template = "absence"\nnever = []\n', 1, "never 是一组文字"),
        (HEAD + 'template = "precedence"\nof = ["publish"]\n', 1, "needs 是一组文字"),
        (HEAD + 'template = "absence"\nnever = ["review"]\nunless = 1\n', 1, "不能写 unless"),
        (HEAD + 'enforced_by = ["a:b"]\n', 1, "tested_by 是一组文字"),
        (HEAD.replace("mandatory", "soft") + 'enforced_by = ["a:b"]\n', 1, "strength 只能是"),
        (HEAD.replace('zh = "一。"\n', "") + 'enforced_by = ["a:b"]\n', 1, "缺 zh"),
        (HEAD.replace('"one"', '"One!"') + 'enforced_by = ["a:b"]\n', 1, "id 用小写"),
        ("# 说明\n\n" + HEAD + 'template = "absence"\nnever = ["nothing"]\n', 3, "“nothing”"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, what: str) -> None:
    told = refused(text)
    assert any(reason.startswith(f"small.rules.toml:{line}") and what in reason for reason in told)


def test_all_problems_are_told_at_once() -> None:
    broken = HEAD + 'template = "absence"\nnever = ["a", "b"]\n'
    told = refused(broken + broken.replace('"mandatory"', '"soft"'))
    assert len(told) == 5  # a, b in both, and the strength of the second


def test_an_id_is_given_once() -> None:
    rule = HEAD + 'template = "absence"\nnever = ["review=return"]\n'
    assert any("重复" in reason for reason in refused(rule + rule))
