"""Every entry of the trail as one sentence in each language, made from the entry's own data.

An entry of a kind or a shape that is not known here is named, never left out and never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.text import Sentence
from workflows import decision_records, events, verb_sentences
from workflows.person_models import both_names
from workflows.read_models import Labelled
from workflows.vocabulary import GROUNDS, OUTCOMES, RETURN_REASONS, STAGES, label

Told = Mapping[str, Any]

_ENDS = {
    "published": ("办结：已发布", "closed: released"),
    "on_request_registered": ("办结：登记为依申请公开", "closed: registered as on request"),
    "not_disclosed_registered": ("办结：登记为不予公开", "closed: registered as not disclosed"),
    "rejected": ("办结：不予采用", "closed: rejected"),
    "cancelled": ("办结：撤销", "closed: cancelled"),
}


def sentence(action: str, actor: str, told: Told) -> Sentence:
    """The act as a sentence that begins with who acted."""
    make = _ENGINE.get(action)
    said = make(told) if make else events.sentence(action, told)
    said = said or verb_sentences.sentence(action, told, _task(told))
    if said is None:
        said = Sentence(f"记录“{action}”", f"entry “{action}”")
    who_zh, who_en = _who(actor, told)
    return Sentence(f"{who_zh}：{said.zh}", f"{who_en}: {said.en}", action)


def _who(actor: str, told: Told) -> tuple[str, str]:
    """Name with post and unit where the entry knows them, and in whose place somebody acted (domain:C7)."""
    own = _mapping(told.get("data"))
    person = _mapping(own.get("person"))
    parts = [part for key in ("unit", "post") if (part := str(person.get(key, "")))]
    both = both_names(actor, str(own.get("acting_for") or ""))
    placed = f" ({', '.join(parts)})" if parts else ""
    return f"{''.join(parts)}{both.zh}", f"{both.en}{placed}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def stage(element: object) -> Sentence:
    term = STAGES.get(str(element))
    return term.sentence if term else Sentence(str(element), str(element))


def _task(told: Told) -> Sentence:
    """The stage, with its round from the second on."""
    name, number = stage(told.get("element")), told.get("round", 1)
    if number == 1:
        return name
    return Sentence(f"{name.zh}（第{number}轮）", f"{name.en} (round {number})")


def _names(items: object) -> Sentence | None:
    """The stages among tasks that an act opened or withdrew."""
    listed = (
        [stage(_mapping(item).get("element")) for item in items] if isinstance(items, list) else []
    )
    if not listed:
        return None
    return Sentence("、".join(s.zh for s in listed), ", ".join(s.en for s in listed))


def _started(told: Told) -> Sentence:
    first = _names(told.get("opened"))
    if first is None:
        return Sentence("开始办理", "the case began")
    return Sentence(f"开始办理，转{first.zh}", f"the case began; next: {first.en}")


def _completed(told: Told) -> Sentence:
    task = _task(told)
    outcome = str(told.get("outcome", ""))
    zh = f"{task.zh}，结论“{label(OUTCOMES, outcome)}”"
    en = f"{task.en}, “{label(OUTCOMES, outcome, 'en')}”"
    reasons = _mapping(told.get("data")).get("reason_codes") or []
    if reasons:
        zh += f"（{'、'.join(_reason(code) for code in reasons)}）"
        en += f" ({', '.join(_reason(code, 'en') for code in reasons)})"
    opened, closed = _names(told.get("opened")), _names(told.get("closed"))
    if closed:
        zh, en = f"{zh}；收回{closed.zh}", f"{en}; withdrawn: {closed.en}"
    if opened:
        zh, en = f"{zh}；转{opened.zh}", f"{en}; next: {opened.en}"
    return Sentence(zh, en)


def _reason(code: object, language: str = "zh") -> str:
    table = GROUNDS if str(code).startswith("A") else RETURN_REASONS
    return f"{code} {label(table, str(code), language)}"


def _claimed(told: Told) -> Sentence:
    task = _task(told)
    return Sentence(f"认领{task.zh}", f"claimed {task.en}")


def _unclaimed(told: Told) -> Sentence:
    task = _task(told)
    return Sentence(f"退签{task.zh}", f"gave back {task.en}")


def _reassigned(told: Told) -> Sentence:
    task, to = _task(told), told.get("to_name") or told.get("to")
    reason = told.get("reason") or "—"
    return Sentence(
        f"将{task.zh}转办给{to}，理由：{reason}", f"handed {task.en} to {to}; reason: {reason}"
    )


def _rerouted(told: Told) -> Sentence:
    name, held_by = _task(told), told.get("held_by")
    to_name = told.get("to_name")
    why = Sentence(
        f"{held_by}不再具备办理资格，" if held_by else "",
        f"{held_by} may no longer do it; " if held_by else "",
    )
    if str(told.get("to", "")).startswith("nobody:"):
        return Sentence(
            f"{name.zh}：{why.zh}现无合格人员可以办理",
            f"{name.en}: {why.en}nobody is eligible now",
        )
    if to_name:
        return Sentence(
            f"{name.zh}：{why.zh}改由{to_name}办理",
            f"{name.en}: {why.en}now with {to_name}",
        )
    return Sentence(
        f"{name.zh}：{why.zh}重新分派给可以办理的人员",
        f"{name.en}: {why.en}offered again to those who can do it",
    )


def _timer_fired(told: Told) -> Sentence:
    name = told.get("name") or told.get("timer") or told.get("element") or ""
    return Sentence(f"时限“{name}”已到", f"time limit “{name}” reached")


def _recounted(told: Told) -> Sentence:
    named = _names(told.get("moved")) or Sentence("时限", "deadlines")
    return Sentence(
        f"工作日历有变动，重新计算时限：{named.zh}",
        f"the calendar changed; deadlines counted again: {named.en}",
    )


def _timer_failed(told: Told) -> Sentence:
    name = told.get("name") or told.get("timer") or told.get("element") or ""
    return Sentence(
        f"时限“{name}”处理失败，将再试", f"time limit “{name}” failed; it will be tried again"
    )


def _cancelled(told: Told) -> Sentence:
    reason, closed = told.get("reason") or "—", _names(told.get("closed"))
    zh, en = f"终止本件，理由：{reason}", f"ended the case; reason: {reason}"
    if closed:
        zh, en = f"{zh}；收回{closed.zh}", f"{en}; withdrawn: {closed.en}"
    return Sentence(zh, en)


def _ended(told: Told) -> Sentence:
    return ending(str(told.get("as")))


def ending(end: str) -> Sentence:
    """How a case ended, by the id of its end event."""
    zh, en = _ENDS.get(end, ("办结", "closed"))
    return Sentence(zh, en, end)


def _deployed(told: Told) -> Sentence:
    version = told.get("version")
    return Sentence(f"部署流程定义第{version}版", f"deployed version {version} of the process")


def _sent_again(told: Told) -> Sentence:
    kind, number = told.get("kind"), told.get("attempts")
    return Sentence(
        f"重新发送“{kind}”（已试{number}次：{told.get('error')}）",
        f"sent “{kind}” again after {number} attempts: {told.get('error')}",
    )


_ENGINE: Mapping[str, Callable[[Told], Sentence]] = {
    "case.started": _started,
    "case.cancelled": _cancelled,
    "case.ended": _ended,
    "task.claimed": _claimed,
    "task.unclaimed": _unclaimed,
    "task.reassigned": _reassigned,
    "task.completed": _completed,
    "task.rerouted": _rerouted,
    "timer.fired": _timer_fired,
    "timer.failed": _timer_failed,
    "deadline.recounted": _recounted,
    "definition.deployed": _deployed,
    "outbox.retried": _sent_again,
}


def details(action: str, told: Told) -> tuple[Labelled, ...]:
    """What stands under the sentence: opinion, places, the text decided on, the digests before and after."""
    own = _mapping(told.get("data"))
    lines = [
        _line("opinion", "意见", "Opinion", own.get("opinion")),
        _line("locations", "问题位置", "Places", own.get("locations")),
        _line("deadline", "整改期限", "To be mended by", own.get("deadline")),
        _line("version", "版本", "Version", own.get("version")),
        _line("corrected_to", "改正后版本", "Corrected version", own.get("corrected_to")),
        _line("digest", "内容指纹", "Digest of the text", own.get("digest") or told.get("digest")),
    ]
    lines += decision_records.told(str(told.get("element")), _mapping(own.get("parts")))
    before, after = told.get("state_before"), told.get("state_after")
    if before and after:
        moved = f"{_short(before)} → {_short(after)}"
        lines.append(_line("state", "流程状态", "Process state", moved))
    return tuple(line for line in lines if line is not None)


def _line(code: str, zh: str, en: str, value: object) -> Labelled | None:
    if value is None or value == "":
        return None
    return Labelled(code, Sentence(zh, en, code), Sentence(str(value), str(value)))


def _short(digest: object) -> str:
    return str(digest).removeprefix("sha256:")[:12]
