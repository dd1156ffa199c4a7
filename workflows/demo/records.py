"""The records that invented decisions need (`workflows.record_fields`): plain, of the day itself, and alike everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from workflows.record_fields import FORMS

_SAID: Mapping[str, str] = {
    "concern": "trade_secret",
    "organ_kind": "competent",
    "organ": "市教育局",
    "letter_number": "函〔2026〕31号",
    "document_number": "意见〔2026〕58号",
    "basis": "不属于不予公开的情形。",
    "third_party": "承建单位",
    "answer": "agrees",
    "agency": "县财政局",
    "agency_opinion": "内容属实，没有不同意见。",
    "conclusion": "amend",
    "errors_found": "1",
    "errors_corrected": "1",
    "reader": "诵读人",
    "follower": "校对人",
}


def invented(stage: str, outcome: str, today: date, **said: str) -> dict[str, str]:
    """What a decision with this outcome puts on record; `said` wins over what is invented."""
    form = FORMS.get(stage)
    words = {**_SAID, **said}
    return {
        one.code: today.isoformat() if one.kind == "day" else words[one.code]
        for one in (form.of(outcome) if form else ())
        if outcome in one.needed and (one.where is None or words.get(one.where[0]) in one.where[1])
    }
