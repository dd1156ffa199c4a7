"""Rules that a process takes over from another: all of them, but for those that are named with a reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from engine.errors import DefinitionRefused
from workflows import bpmn_files, rule_sets

OWN = """
[[rule]]
id = "own"
zh = "自己的规则。"
en = "A rule of its own."
source = ["domain:C3"]
strength = "mandatory"
template = "absence"
never = ["timer:*"]
"""
EXCEPT = """
[[except]]
id = "legality_before_release"
zh = "这里不办合法性审核。"
en = "There is no legality review here."
"""


def file(folder: Path, text: str) -> Path:
    made = folder / "mine.rules.toml"
    made.write_text(text, encoding="utf-8")
    return made


def ids(content: bytes) -> list[str]:
    return [rule["id"] for rule in tomllib.loads(content.decode())["rule"]]


def test_all_rules_but_the_excepted_are_taken_over_and_its_own_added(tmp_path: Path) -> None:
    theirs = ids((bpmn_files.FOLDER / "publishing.rules.toml").read_bytes())
    mine = file(tmp_path, 'also = "publishing"\n' + EXCEPT + OWN)
    expected = [rule for rule in theirs if rule != "legality_before_release"]
    assert ids(rule_sets.content(mine)) == [*expected, "own"]
    assert [(one.rule, one.why.en) for one in rule_sets.exempted(mine)] == [
        ("legality_before_release", "There is no legality review here.")
    ]


def test_a_file_that_takes_nothing_over_is_left_as_it_is(tmp_path: Path) -> None:
    mine = file(tmp_path, OWN)
    assert rule_sets.content(mine) == mine.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('also = "nobody"\n' + OWN, "没有“nobody”的规则文件"),
        ('also = "../publishing"\n' + OWN, "没有“../publishing”的规则文件"),
        ('also = "publishing"\n[[except]]\nid = "gone"\nzh = "无。"\nen = "No."\n' + OWN, "没有规则“gone”"),
        ('also = "publishing"\n[[except]]\nid = "held_stays_inside"\n' + OWN, "要写 id、zh、en"),
    ],
)  # fmt: skip
def test_an_exception_that_means_nothing_or_says_no_reason_is_refused(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        rule_sets.content(file(tmp_path, text))
    assert any(words in reason.zh for reason in refused.value.reasons)
