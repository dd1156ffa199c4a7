"""Tasks for several people (multi-instance): how many, in which order, and what decides them early.

However they are done, the result must be the same: so at most one outcome may be left that does not
decide at once, and it is what all of them said if nothing decided before.
"""

from __future__ import annotations

from engine import conditions
from engine.bpmn_report import Report
from engine.bpmn_xml import Node
from engine.elements import Several

#: More would multiply the states of a process beyond what can be looked through.
MOST = 12


def read(node: Node, outcomes: tuple[str, ...], report: Report) -> Several | None:
    """What the task says of several people; None if it is for one."""
    if node.several is None:
        return None
    number = node.several.number
    if not (number.isascii() and number.isdigit() and 2 <= int(number) <= MOST):
        report.add(
            node,
            f"loopCardinality“{number}”要写成 2 到 {MOST} 的整数。",
            f"The loopCardinality is “{number}”; write a whole number from 2 to {MOST}.",
        )
        number = "2"
    until = _until(node, outcomes, report)
    rest = [outcome for outcome in outcomes if outcome not in until]
    if len(rest) > 1:
        report.add(
            node,
            f"几个人的结论（{'、'.join(rest)}）不同时，结果取决于谁先办；"
            "请在 completionCondition 中写明哪些结论一出现就定，至多留一个。",
            f"If people decide differently ({', '.join(rest)}), the result depends on who is faster; "
            "name in the completionCondition the outcomes that decide at once, and leave one at most.",
        )
    return Several(int(number), node.several.in_order, until)


def _until(node: Node, outcomes: tuple[str, ...], report: Report) -> frozenset[str]:
    text = node.several.until if node.several else None
    if text is None:
        return frozenset()
    try:
        condition = conditions.parse(text)
    except conditions.ConditionRefused as error:
        report.add_sentence(node, error.sentence)
        return frozenset(outcomes)
    for name, literal in condition.comparisons:
        if name != node.id or literal not in outcomes:
            report.add(
                node,
                f"completionCondition 只能把“{node.id}”与本任务的结论比较。",
                f"A completionCondition compares “{node.id}” with outcomes of the task itself.",
            )
            return frozenset(outcomes)
    return frozenset(o for o in outcomes if condition.holds({node.id: o}))
