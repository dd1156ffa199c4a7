"""What a decision puts on record beside its outcome, as data: letters, organs, days, numbers (domain:C4 "Records").

Pure. An organ outside the house has no account here (domain:C1 external_body): what it said is written down by
whoever received it, in these fields, and stands with that decision for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.text import Sentence
from workflows.vocabulary import Term


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field: for which outcomes the form has it, for which of them it must be filled in.

    `kind` is text, long, day, number or choice. `where` names another field and the values of it that
    make this one necessary, where it is not always.
    """

    code: str
    zh: str
    en: str
    kind: str
    outcomes: frozenset[str]
    needed: frozenset[str]
    choices: Mapping[str, Term] = field(default_factory=dict)
    where: tuple[str, frozenset[str]] | None = None
    note: str = ""
    note_en: str = ""

    @property
    def label(self) -> Sentence:
        return Sentence(self.zh, self.en, self.code)

    @property
    def help(self) -> Sentence:
        return Sentence(self.note, self.note_en, self.code)


@dataclass(frozen=True, slots=True)
class RecordForm:
    """The fields of a stage under one heading; `scan` if the paper itself may be added, for these outcomes."""

    name: Sentence
    fields: tuple[RecordField, ...]
    scan: frozenset[str] = frozenset()

    def of(self, outcome: str) -> tuple[RecordField, ...]:
        return tuple(one for one in self.fields if outcome in one.outcomes)


def _terms(*triples: tuple[str, str, str]) -> Mapping[str, Term]:
    return {code: Term(code, zh, en) for code, zh, en in triples}


# 保密法 arts 16, 25; domain:C1
ORGANS = _terms(
    ("competent", "有关主管部门", "competent department"),
    ("secrecy", "保密行政管理部门", "secrecy administration"),
)
# domain:C4 row 3
CONCERNS = _terms(
    ("state_secret", "国家秘密", "state secret"),
    ("work_secret", "工作秘密", "work secret"),
    ("sensitive", "敏感信息、三安全一稳定", "sensitive information, security and stability"),
    ("trade_secret", "商业秘密", "trade secret"),
    ("privacy", "个人隐私、个人信息", "privacy, personal information"),
    ("internal", "内部事务、过程性信息", "internal or deliberative information"),
    ("aggregate", "与已公开信息汇集后泄密", "revealing together with what is public"),
)
# 条例 art. 32: who does not answer has not agreed
ANSWERS = _terms(
    ("agrees", "同意公开", "agrees"),
    ("objects", "不同意公开", "objects"),
    ("silent", "逾期未答复", "did not answer in time"),
)
# domain:C4 row 6
CONCLUSIONS = _terms(
    ("amend", "应当修改", "must be amended"),
    ("unlawful", "不合法", "unlawful"),
)

_REFER = frozenset({"refer"})
_DETERMINED = frozenset({"clear", "treat", "withhold"})
_DISCLOSED = frozenset({"agree", "public_interest"})
_ASKED = _DISCLOSED | {"return"}
_CONSISTENT = frozenset({"consistent"})
_LAWFUL = frozenset({"lawful"})
_RETURNED = frozenset({"return"})
_CORRECTED = frozenset({"corrected"})
_PASSED = frozenset({"pass"})
_NO_NUMBER = ("没有文号的，写明答复方式和编号，如会签单、电话记录。", "If it has no number: how it was given, and the number of that record.")  # fmt: skip

#: domain:C3: what a later pass of an emergency finds on the page.
_PROBLEM = frozenset({"problem"})
_FOUND = _CORRECTED | _RETURNED | _PROBLEM

_PROOFREADING = RecordForm(
    Sentence("差错统计", "Errors", "errors"),
    (
        RecordField("errors_found", "差错数（处）", "Errors found", "number", _FOUND, _FOUND),
        RecordField("errors_corrected", "改正数（处）", "Errors corrected", "number", _CORRECTED, _CORRECTED),
    ),
)  # fmt: skip

FORMS: Mapping[str, RecordForm] = {
    "confidentiality_review": RecordForm(
        Sentence("报请情况", "The question put upward", "referral"),
        (
            RecordField("concern", "不能确定的是", "In doubt whether it is", "choice", _REFER, _REFER, CONCERNS),
            RecordField("organ_kind", "报请", "Put to the", "choice", _REFER, _REFER, ORGANS),
            RecordField("organ", "机关名称", "Name of the organ", "text", _REFER, _REFER),
            RecordField("letter_number", "报请文号", "Number of the letter", "text", _REFER, _REFER),
            RecordField("letter_on", "发出日期", "Sent on", "day", _REFER, _REFER),
        ),
    ),
    "confidentiality_referral": RecordForm(
        Sentence("确定结果", "The determination", "determination"),
        (
            RecordField("organ_kind", "作出确定的是", "Determined by the", "choice", _DETERMINED, _DETERMINED, ORGANS),
            RecordField("organ", "机关名称", "Name of the organ", "text", _DETERMINED, _DETERMINED),
            RecordField("document_number", "文号", "Number of the document", "text", _DETERMINED, _DETERMINED),
            RecordField("document_on", "成文日期", "Dated", "day", _DETERMINED, _DETERMINED),
            RecordField("basis", "确定的依据", "Basis", "long", _DETERMINED, _DETERMINED),
        ),
        _DETERMINED,
    ),
    "third_party_opinion": RecordForm(
        Sentence("征求意见情况", "Asking the third party", "third_party"),
        (
            RecordField("third_party", "第三方", "Third party", "text", _ASKED, _DISCLOSED),
            RecordField("letter_number", "征求意见函文号", "Number of the letter", "text", _ASKED, _DISCLOSED),
            RecordField("letter_on", "发出日期", "Sent on", "day", _ASKED, _DISCLOSED),
            RecordField("received_on", "第三方收到日期", "Received by them on", "day", _ASKED, _DISCLOSED,
                        note="十五个工作日的答复期从这一天起算。", note_en="Their fifteen working days begin on this day."),
            RecordField("answer", "答复", "Answer", "choice", _ASKED, _DISCLOSED, ANSWERS,
                        note="逾期未答复不等于同意。", note_en="Not answering is not agreeing."),
            RecordField("answered_on", "收到答复日期", "Answer received on", "day", _ASKED, _DISCLOSED,
                        where=("answer", frozenset({"agrees", "objects"}))),
            RecordField("their_reason", "第三方不同意的理由", "Their reasons", "long", _ASKED, _ASKED,
                        where=("answer", frozenset({"objects"}))),
            RecordField("told_on", "书面告知第三方的日期", "Third party told in writing on", "day", frozenset({"public_interest"}), frozenset(),
                        note="不顾反对而公开的，须书面告知决定的内容和理由（条例第三十二条）。",
                        note_en="Whoever objected is told in writing what is disclosed and why (art. 32)."),
        ),
        _ASKED,
    ),
    "inter_agency_confirmation": RecordForm(
        Sentence("协商情况", "What the agencies said", "agencies"),
        (
            RecordField("agency", "协商的机关", "Agencies asked", "text", _CONSISTENT | _RETURNED, _CONSISTENT),
            RecordField("agency_opinion", "机关意见", "Their opinion", "long", _CONSISTENT | _RETURNED, _CONSISTENT),
            RecordField("document_number", "意见文号", "Number of the opinion", "text", _CONSISTENT | _RETURNED, _CONSISTENT,
                        note=_NO_NUMBER[0], note_en=_NO_NUMBER[1]),
            RecordField("document_on", "意见日期", "Dated", "day", _CONSISTENT | _RETURNED, _CONSISTENT),
        ),
        _CONSISTENT | _RETURNED,
    ),
    "legality_review": RecordForm(
        Sentence("合法性审核意见", "The opinion on legality", "legality"),
        (
            RecordField("document_number", "审核意见文号", "Number of the opinion", "text", _LAWFUL | _RETURNED, _LAWFUL),
            RecordField("document_on", "意见日期", "Dated", "day", _LAWFUL | _RETURNED, _LAWFUL),
            RecordField("conclusion", "审核结论", "Conclusion", "choice", _RETURNED, _RETURNED, CONCLUSIONS),
        ),
        _LAWFUL | _RETURNED,
    ),
    "first_proofreading": _PROOFREADING,
    "second_proofreading": _PROOFREADING,
    "third_proofreading": _PROOFREADING,
    "read_aloud": RecordForm(
        Sentence("诵读人员", "Who read", "readers"),
        (
            RecordField("reader", "朗读人", "Read by", "text", _PASSED | _RETURNED, _PASSED),
            RecordField("follower", "核对人", "Followed by", "text", _PASSED | _RETURNED, _PASSED),
        ),
    ),
}  # fmt: skip

#: What stands in a record and is typed by nobody: how long the legality review had (713号 art. 26).
COUNTED = (
    RecordField("had_from", "收到送审材料", "Material received", "day", frozenset(), frozenset()),
    RecordField(
        "had_until", "预留审核时间至", "Time reserved until", "day", frozenset(), frozenset()
    ),
    RecordField(
        "had_days", "预留工作日", "Working days reserved", "number", frozenset(), frozenset()
    ),
)


def _every(element: str) -> tuple[RecordField, ...]:
    form = FORMS.get(element)
    return (*(form.fields if form else ()), *COUNTED)


def codes(element: str) -> dict[str, int]:
    """The fields of a stage's record with their places, also those that are counted and not typed."""
    return {one.code: place for place, one in enumerate(_every(element))}


def named(element: str, code: str) -> RecordField | None:
    """The field of this code."""
    return next((one for one in _every(element) if one.code == code), None)
