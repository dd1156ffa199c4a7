"""Conditions on sequence flows: comparisons of task variables with literals, and nothing else.

They are read with `ast` and answered by walking the tree, so no text of a model is ever evaluated as code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.text import Sentence

Value = str | None

#: Longer texts could nest deeper than Python can walk.
MAX_LENGTH = 2_000


class ConditionRefused(ValueError):
    """The text is not a condition in the sense of this module."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. `comparisons` lists every (variable, literal) pair it speaks of."""

    text: str
    comparisons: tuple[tuple[str, Value], ...]
    _tree: ast.expr

    @property
    def names(self) -> frozenset[str]:
        """The variables whose values decide the answer."""
        return frozenset(name for name, _ in self.comparisons)

    def holds(self, variables: Mapping[str, str]) -> bool:
        """The answer for these values; a variable that is not set counts as None."""
        return _holds(self._tree, variables)


@lru_cache(maxsize=4096)
def parse(text: str) -> Condition:
    """Check a condition's text; raises ConditionRefused with what is wrong and what to write instead."""
    if len(text) > MAX_LENGTH:
        raise _refused(text[:80], f"超过 {MAX_LENGTH} 个字符", f"it is longer than {MAX_LENGTH}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(text, "不是一个表达式", "it is not an expression") from None
    comparisons: list[tuple[str, Value]] = []
    _check(tree, text, comparisons)
    return Condition(text.strip(), tuple(comparisons), tree)


def _check(node: ast.expr, text: str, found: list[tuple[str, Value]]) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text, found)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text, found)
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            found.append((name, _literal(right, text)))
        case ast.Compare(left=ast.Name(id=name), ops=[ast.In()], comparators=[right]):
            if not isinstance(right, ast.Tuple | ast.List | ast.Set) or not right.elts:
                raise _refused(text, "in 的右边要写一组文字", "`in` needs a list of literals")
            found.extend((name, _literal(element, text)) for element in right.elts)
        case _:
            part = ast.unparse(node)
            raise _refused(text, f"不接受“{part}”", f"`{part}` is not accepted")


def _literal(node: ast.expr, text: str) -> Value:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str)):
        return node.value
    part = ast.unparse(node)
    raise _refused(text, f"“{part}”不是带引号的文字", f"`{part}` is not a quoted text or None")


def _refused(text: str, zh: str, en: str) -> ConditionRefused:
    return ConditionRefused(
        Sentence(
            f"条件“{text.strip()}”不能用：{zh}。只能把任务的变量与带引号的文字比较"
            "（==、!=、in），用 and、or、not 连接，例如 first_review == 'return'。",
            f"The condition “{text.strip()}” cannot be used: {en}. Compare task variables with quoted "
            "literals (==, !=, in), joined by and, or, not; for example first_review == 'return'.",
        )
    )


def _holds(node: ast.expr, variables: Mapping[str, str]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, variables) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, variables) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, variables)
        case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[right]):
            value = variables.get(name)
            if isinstance(operator, ast.In) and isinstance(right, ast.Tuple | ast.List | ast.Set):
                return value in {_literal(element, "") for element in right.elts}
            return (value == _literal(right, "")) is isinstance(operator, ast.Eq)
    raise AssertionError("unchecked condition")
