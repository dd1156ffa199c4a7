"""The records of decisions: what is missing from one, what is kept of it, and how it is told afterwards.

Pure, but for one question: what the house itself knows when a record is judged (`known`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine import clock, working_days
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import record_fields
from workflows.content import Metadata
from workflows.models import Decision, Package
from workflows.read_models import Labelled
from workflows.record_fields import FORMS, RecordField
from workflows.vocabulary import PROOFREADING_STAGES

MOST = {"text": 200, "long": 5_000, "day": 10, "number": 3, "choice": 40}
#: 条例 art. 32: working days in which a third party answers, from the day on which it got the letter.
THIRD_PARTY_DAYS = 15
#: 713号 art. 26: working days that a major decision leaves for the review of its legality, as a rule.
LEGALITY_DAYS = 7
#: Of two days, the one that cannot be the later.
_IN_ORDER = (("letter_on", "received_on"), ("received_on", "answered_on"))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the form: today, the end of a third party's time, when the question was put upward,
    and how many working days the legality review of a major decision had (None: no such review).
    """

    today: date
    silent_after: Callable[[date], date]
    asked_on: date | None = None
    reserved: int | None = None
    counted: Mapping[str, str] = field(default_factory=dict)


def known(
    uow: UnitOfWork, task: UserTask, package: Package, metadata: Metadata, asked: Decision | None
) -> Known:
    """As of now, for a decision at this task; `asked` is the decision that put a question upward."""
    sent = _day(str(_record(asked.parts).get("letter_on", ""))) if asked is not None else None
    counted: dict[str, str] = {}
    reserved = None
    if task.element_id == "legality_review" and task.due_at is not None:
        since, until = clock.local_date(task.opened_at), clock.local_date(task.due_at)
        reserved = _workdays(working_days.load(uow), since, until)
        counted = {
            "had_from": since.isoformat(),
            "had_until": until.isoformat(),
            "had_days": str(reserved),
        }
    return Known(
        today=clock.local_date(uow.now),
        silent_after=lambda day: working_days.add_working_days(uow, day, THIRD_PARTY_DAYS).on,
        asked_on=sent,
        reserved=reserved if metadata.major_decision else None,
        counted=counted,
    )


def _workdays(calendar: working_days.Calendar, since: date, until: date) -> int:
    days = (date.fromordinal(n) for n in range(since.toordinal() + 1, until.toordinal() + 1))
    return sum(calendar.is_workday(day) for day in days)


# -- what is missing --------------------------------------------------------------------------------


def missing(
    element: str,
    outcome: str,
    given: Mapping[str, str],
    known: Known | None,
    *,
    scanned: bool = False,
    opinion: str = "",
) -> list[Sentence]:
    """Everything that is wrong with a record, each field once; a record of fields that are not the stage's is forged."""
    form = FORMS.get(element)
    mine = {one.code for one in form.fields} if form else set()
    reasons = []
    if set(given) - mine or (scanned and (form is None or not form.scan)):
        reasons.append(
            Sentence("这个环节没有所填的这些记录项。", "This stage keeps no such record.", "record")
        )
    if form is None:
        return reasons
    filled = {code: text.strip() for code, text in given.items()}
    wrong: set[str] = set()
    for one in form.of(outcome):
        found = _about(one, outcome, filled)
        if found:
            wrong.add(one.code)
            reasons.append(found)
    right = {one.code: filled.get(one.code, "") for one in form.of(outcome)}
    right = {code: text for code, text in right.items() if text and code not in wrong}
    if known is not None:
        reasons += _about_days(element, outcome, right, known)
        reasons += _about_answer(element, outcome, right, known)
        reasons += _about_time(element, outcome, known, opinion)
    return [*reasons, *_about_errors(element, outcome, right), *_about_readers(right)]


def _about(one: RecordField, outcome: str, given: Mapping[str, str]) -> Sentence | None:
    text = given.get(one.code, "")
    if not text:
        asked = one.where is None or given.get(one.where[0], "") in one.where[1]
        if outcome not in one.needed or not asked:
            return None
        return Sentence(f"请填写“{one.zh}”。", f"Fill in “{one.en}”.", one.code)
    fits = {
        "day": _day(text) is not None,
        "number": text.isascii() and text.isdecimal(),
        "choice": text in one.choices,
    }.get(one.kind, True)
    if fits and len(text) <= MOST[one.kind]:
        return None
    return Sentence(
        f"“{one.zh}”填写得不对，或者太长。", f"“{one.en}” is not right, or too long.", one.code
    )


def _about_days(
    element: str, outcome: str, given: Mapping[str, str], known: Known
) -> list[Sentence]:
    named = {one.code: one for one in FORMS[element].of(outcome)}
    days = {
        code: day
        for code, text in given.items()
        if named[code].kind == "day" and (day := _day(text)) is not None
    }
    reasons = [
        Sentence(f"“{named[code].zh}”还没有到。", f"“{named[code].en}” lies in the future.", code)
        for code, day in days.items()
        if day > known.today
    ]
    for first, then in _IN_ORDER:
        if first in days and then in days and days[then] < days[first]:
            reasons.append(
                Sentence(
                    f"“{named[then].zh}”早于“{named[first].zh}”。",
                    f"“{named[then].en}” is before “{named[first].en}”.",
                    then,
                )
            )
    determined = days.get("document_on")
    if (
        element == "confidentiality_referral"
        and known.asked_on
        and determined
        and determined < known.asked_on
    ):
        reasons.append(
            Sentence(
                f"确定的日期早于报请发出的日期（{known.asked_on}）。",
                f"The determination is dated before the question was sent ({known.asked_on}).",
                "document_on",
            )
        )
    return reasons


def _about_answer(
    element: str, outcome: str, given: Mapping[str, str], known: Known
) -> list[Sentence]:
    """条例 art. 32: an answer is what it is; silence counts after fifteen working days, and never as consent."""
    answer = given.get("answer")
    if element != "third_party_opinion" or answer is None:
        return []
    if outcome == "agree" and answer != "agrees":
        return [
            Sentence(
                "第三方没有表示同意；逾期未答复不等于同意。因公共利益决定公开的，请选那一项并写明理由；否则请退回。",
                "The third party did not agree, and silence is not consent. Disclose in the public interest, with "
                "the reason, or return the item.",
                "answer",
            )
        ]
    if outcome == "public_interest" and answer == "agrees":
        return [
            Sentence(
                "第三方已经同意，请选“第三方同意公开”。",
                "The third party agrees; choose that.",
                "answer",
            )
        ]
    received = _day(given.get("received_on", ""))
    if answer != "silent" or received is None:
        return []
    until = known.silent_after(received)
    if known.today > until:
        return []
    return [
        Sentence(
            f"第三方的答复期（{THIRD_PARTY_DAYS}个工作日）到{until}才满，现在还不能按逾期未答复处理。",
            f"The third party may answer until {until} ({THIRD_PARTY_DAYS} working days); it is not late yet.",
            "answer",
        )
    ]


def _about_time(element: str, outcome: str, known: Known, opinion: str) -> list[Sentence]:
    if element != "legality_review" or outcome != "lawful" or opinion.strip():
        return []
    if known.reserved is None or known.reserved >= LEGALITY_DAYS:
        return []
    return [
        Sentence(
            f"重大行政决策的合法性审查时间一般不少于{LEGALITY_DAYS}个工作日，本件只有{known.reserved}个，请在意见中写明原因。",
            f"A major decision leaves at least {LEGALITY_DAYS} working days for its legality review; this one left "
            f"{known.reserved}. Say why in the opinion.",
            "had_days",
        )
    ]


def _about_errors(element: str, outcome: str, given: Mapping[str, str]) -> list[Sentence]:
    if element not in PROOFREADING_STAGES or outcome != "corrected" or len(given) < 2:
        return []
    found, mended = int(given["errors_found"]), int(given["errors_corrected"])
    if 1 <= mended <= found:
        return []
    return [
        Sentence(
            "改正数至少为1，并且不超过差错数。",
            "At least one error is corrected, and not more than were found.",
            "errors_corrected",
        )
    ]


def _about_readers(given: Mapping[str, str]) -> list[Sentence]:
    """domain:C4 row 13: two persons read it aloud; one name is one person, however wide or spaced it is typed."""
    named = [_bare(given[code]) for code in ("reader", "follower") if code in given]
    if len(named) < 2 or named[0] != named[1]:
        return []
    return [
        Sentence(
            "诵读由两人进行：朗读人和核对人不能是同一人。",
            "Two persons read aloud: whoever reads and whoever follows cannot be the same.",
            "follower",
        )
    ]


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


# -- what is kept, and told -------------------------------------------------------------------------


def kept(element: str, outcome: str, given: Mapping[str, str], known: Known) -> dict[str, str]:
    """The fields that this outcome has, as typed; what was typed for another outcome before is left out."""
    form = FORMS.get(element)
    record = {
        one.code: text
        for one in (form.of(outcome) if form else ())
        if (text := given.get(one.code, "").strip())
    }
    if element in PROOFREADING_STAGES and outcome in ("pass", "corrected", "return"):
        # domain:C10: who passes a text found nothing in it
        record = {"errors_found": "0", "errors_corrected": "0"} | record
    return record | dict(known.counted)


def told(element: str, parts: Mapping[str, Any]) -> tuple[Labelled, ...]:
    """A record as labelled lines in the order of its form; a field that is not known any more, by its code."""
    lines, record = [], dict(_record(parts))
    order = record_fields.codes(element)
    for code in sorted(record, key=lambda code: order.get(code, len(order))):
        one = record_fields.named(element, code)
        label = one.label if one else Sentence(code, code)
        lines.append(Labelled(code, label, _words(one, str(record[code]))))
    if scan := parts.get("scan"):
        name = str(scan.get("name", ""))
        lines.append(Labelled("scan", Sentence("扫描件", "Scan"), Sentence(name, name)))
    return tuple(lines)


def _words(one: RecordField | None, value: str) -> Sentence:
    if one is not None and value in one.choices:
        return one.choices[value].sentence
    day = _day(value) if one is not None and one.kind == "day" else None
    if day is not None:
        return Sentence(f"{day.year}年{day.month}月{day.day}日", value)
    return Sentence(value, value)


def numbers(parts: Mapping[str, Any]) -> tuple[int, int] | None:
    """差错数 and 改正数 of a proofreading, if they were put on record (domain:C10)."""
    record = _record(parts)
    found, mended = record.get("errors_found"), record.get("errors_corrected", "0")
    if not (str(found).isdecimal() and str(mended).isdecimal()):
        return None
    return int(str(found)), int(str(mended))


def _record(parts: Mapping[str, Any]) -> Mapping[str, Any]:
    found = parts.get("record")
    return found if isinstance(found, Mapping) else {}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
