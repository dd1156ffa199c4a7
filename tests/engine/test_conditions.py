"""Conditions compare task variables with literals; everything else is refused and nothing is evaluated."""

from __future__ import annotations

import pytest

from engine import conditions

VALUES = {"first_review": "pass", "second_review": "hold"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("first_review == 'pass'", True),
        ("first_review != 'pass'", False),
        ("first_review in ('return', 'pass')", True),
        ("first_review in ['return']", False),
        ("final_review == None", True),
        ("final_review != None", False),
        ("final_review == 'pass'", False),
        ("first_review == 'pass' and second_review == 'pass'", False),
        ("first_review == 'pass' or second_review == 'pass'", True),
        ("not (first_review == 'pass' or second_review == 'pass')", False),
        ("first_review == 'return' or not second_review != 'hold'", True),
        ("  first_review == 'pass'\n", True),
    ],
)
def test_condition_answers(text: str, holds: bool) -> None:
    assert conditions.parse(text).holds(VALUES) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "first_review",
        "True",
        "first_review = 'pass'",
        "first_review == 1",
        "first_review == second_review",
        "'pass' == first_review",
        "first_review < 'pass'",
        "first_review is None",
        "first_review not in ('pass',)",
        "first_review in ()",
        "first_review in 'pass'",
        "first_review in (second_review,)",
        "first_review == 'a' == 'b'",
        "first_review.upper() == 'PASS'",
        "__import__('os').getpid() > 0",
        "[x for x in (1,)]",
        "(lambda: True)()",
        "first_review == f'{1}'",
        "first_review == b'pass'",
        "a if first_review == 'pass' else b",
        "(" * 500 + "a == 'b'" + ")" * 500,
        "a == 'b'\x00",
        "not " * 600 + "a == 'b'",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(conditions.ConditionRefused) as refusal:
        conditions.parse(text)
    assert "first_review == 'return'" in refusal.value.sentence.en
    assert "first_review == 'return'" in refusal.value.sentence.zh


def test_condition_names_what_it_reads() -> None:
    condition = conditions.parse("a == 'x' and (b in ('y', 'z') or not c != None)")
    assert condition.names == {"a", "b", "c"}
    assert set(condition.comparisons) == {("a", "x"), ("b", "y"), ("b", "z"), ("c", None)}
