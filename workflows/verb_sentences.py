"""How the trail tells the engine's verbs beside deciding: asking, co-signing, taking back, suspending, copies.

Templates over the entry's own data. {task} is the stage with its round, {people} those whom an entry
names in a list; what an old entry lacks prints as a dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.text import Sentence
from workflows.vocabulary import OUTCOMES, STAGES, label

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "delegation.asked": (
        "就{task}委派{to_name}提出意见：{question}",
        "asked {to_name} about {task_en}: {question}",
    ),
    "delegation.answered": ("答复{task}的委派：{answer}", "answered about {task_en}: {answer}"),
    "delegation.recalled": (
        "收回{task}的委派，理由：{reason}",
        "recalled the question about {task_en}; reason: {reason}",
    ),
    "signing.begun": (
        "将{task}交{people}会签（{rule_zh}）",
        "put {task_en} up for co-signing by {people_en} ({rule_en})",
    ),
    "signing.extended": (
        "{task}加签{people}，理由：{reason}",
        "added {people_en} to the co-signers of {task_en}; reason: {reason}",
    ),
    "signing.reduced": (
        "{task}减签{people}，理由：{reason}",
        "removed {people_en} from the co-signers of {task_en}; reason: {reason}",
    ),
    "signature.given": (
        "会签{task}，意见“{outcome_zh}”：{opinion}",
        "co-signed {task_en}, “{outcome_en}”: {opinion}",
    ),
    "signature.withdrawn": ("撤回对{task}的会签", "took the signature on {task_en} back"),
    "task.taken_back": (
        "撤回{task}的办理，回到办理之前",
        "took the decision on {task_en} back; the case stands where it stood before",
    ),
    "task.nudged": ("催办{task}：{note}", "urged {task_en}: {note}"),
    "case.copied": ("抄送{people}：{note}", "sent a copy to {people_en}: {note}"),
    "copy.read": ("已阅抄送件", "read the copy"),
    "case.commented": ("留言：{text}", "commented: {text}"),
    "case.suspended": ("暂停办理，理由：{reason}", "suspended the case; reason: {reason}"),
    "case.resumed": ("恢复办理（{since}暂停）", "resumed the case (suspended {since})"),
    "case.migrated": (
        "改按流程第{to_version}版办理（原第{from_version}版），理由：{reason}",
        "went over to version {to_version} of the process (from {from_version}); reason: {reason}",
    ),
    "case.repaired": (
        "确认{proposer}提出的修复，将本件移到{stages}，理由：{reason}",
        "confirmed the repair that {proposer} proposed: the case was moved to {stages_en}; reason: {reason}",
    ),
    "message.received": ("收到“{name}”，结果“{outcome_zh}”", "“{name}” came; result: {outcome_en}"),
    "substitute.appointed": (
        "委托{substitute_name}自{begins_at}至{ends_at}代理{principal_name}",
        "appointed {substitute_name} to stand in for {principal_name} from {begins_at} to {ends_at}",
    ),
    "substitute.revoked": (
        "终止{substitute_name}对{principal_name}的代理",
        "ended {substitute_name}'s standing in for {principal_name}",
    ),
}  # fmt: skip
ACTIONS = frozenset(_SENTENCES)

_RULES = {
    "all": ("须全部同意", "all must agree"),
    "any": ("一人同意即可", "one who agrees is enough"),
    "ratio": ("同意达到{percent}%", "{percent}% must agree"),
}


class _Told(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def sentence(action: str, told: Mapping[str, Any], task: Sentence) -> Sentence | None:
    """The entry as a sentence, or None for another kind of entry."""
    if action not in _SENTENCES:
        return None
    zh, en = _SENTENCES[action]
    values = {name: value for name, value in told.items() if value not in (None, "")}
    told_also = {
        "task": task.zh,
        "task_en": task.en,
        **_outcome(values.get("outcome")),
        **_people(values),
        **_rule(values),
        **_versions(values),
        **_moved(values),
    }
    said = _Told(values | told_also)
    return Sentence(zh.format_map(said), en.format_map(said), action)


def _outcome(outcome: object) -> dict[str, str]:
    if outcome is None:
        return {}
    return {
        "outcome_zh": label(OUTCOMES, str(outcome)),
        "outcome_en": label(OUTCOMES, str(outcome), "en"),
    }


def _people(told: Mapping[str, Any]) -> dict[str, str]:
    listed = told.get("signers") or told.get("to")
    if not isinstance(listed, list):
        return {}
    names = [str(one.get("name") or one.get("id")) for one in listed]
    return {"people": "、".join(names), "people_en": ", ".join(names)}


def _versions(told: Mapping[str, Any]) -> dict[str, Any]:
    ends = ((name, told.get(name)) for name in ("from", "to"))
    return {f"{name}_version": end["version"] for name, end in ends if isinstance(end, dict)}


def _moved(told: Mapping[str, Any]) -> dict[str, str]:
    stages, by = told.get("stages"), told.get("proposed_by")
    if not isinstance(stages, list) or not isinstance(by, dict):
        return {}
    return {
        "proposer": str(by.get("name")),
        "stages": "、".join(f"“{label(STAGES, stage)}”" for stage in stages),
        "stages_en": ", ".join(f"“{label(STAGES, stage, 'en')}”" for stage in stages),
    }


def _rule(told: Mapping[str, Any]) -> dict[str, str]:
    if (rule := told.get("rule")) not in _RULES:
        return {}
    zh, en = (text.format_map(_Told(told)) for text in _RULES[str(rule)])
    return {"rule_zh": zh, "rule_en": en}
