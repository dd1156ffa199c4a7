"""The verdicts of the confidentiality review on each part of an item, and which whole they fit (domain:B7, C4 row 3).

Pure. Asked by `decision_form.missing`, which lists everything else that a decision lacks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from engine.text import Sentence
from workflows.vocabulary import OUTCOMES

VERDICTS = ("clear", "treat", "withhold")
#: Without these nothing is left that could be disclosed; every other part can be taken out.
_INSEPARABLE = frozenset({"body", "metadata"})
#: What of an item is in doubt is said part by part as well; only the review itself may be in doubt.
DOUBT = "refer"
#: How much may be said of what has to be treated in a part.
MAX_TREATMENT = 2_000


class Judged(Protocol):
    """What of a filled-in form is about parts."""

    @property
    def outcome(self) -> str: ...
    @property
    def parts(self) -> Mapping[str, str]: ...
    @property
    def redactions(self) -> Mapping[str, str]: ...


def missing(element: str, given: Judged, parts: Mapping[str, Sentence]) -> list[Sentence]:
    """Every part has a verdict, and the whole is not milder than its strictest part allows.

    domain:B7 (条例 art. 37): what is secret in part is disclosed without that part. So an attachment that is
    withheld can be taken out of an item that is otherwise disclosed; its text and metadata cannot.
    """
    unjudged = [label for code, label in parts.items() if code not in given.parts]
    strangers = [code for code in (*given.parts, *given.redactions) if code not in parts]
    possible = (*VERDICTS, DOUBT) if element == "confidentiality_review" else VERDICTS
    reasons: list[Sentence] = []
    if given.outcome != "refer" and unjudged:
        reasons.append(
            Sentence(
                f"还有{len(unjudged)}项没有逐项结论：{'、'.join(part.zh for part in unjudged)}。",
                f"{len(unjudged)} parts have no verdict: {', '.join(p.en for p in unjudged)}.",
                "parts",
            )
        )
    if any(verdict not in possible for verdict in given.parts.values()):
        reasons.append(
            Sentence(
                "有的逐项结论不在可选之列。", "A verdict is none of the possible ones.", "parts"
            )
        )
    if strangers:
        reasons.append(
            Sentence(
                "结论中有这一版没有的部分。", "A verdict names a part this version lacks.", "parts"
            )
        )
    verdicts = {given.parts[code] for code in parts if code in given.parts}
    if given.outcome == "clear" and verdicts & {"treat", "withhold"}:
        reasons.append(
            Sentence(
                "有的部分不能公开或者须处理，整体结论不能是“可以公开”。",
                "Some part must be treated or withheld, so the whole cannot be cleared.",
                "parts",
            )
        )
    return [
        *reasons,
        *([] if unjudged else _about_whole(given, verdicts)),
        *_about_doubt(element, given, verdicts),
        *_about_redactions(given, parts),
    ]


def _about_whole(given: Judged, verdicts: Collection[str]) -> list[Sentence]:
    """What the whole says besides “clear” is said of some part, and “treat” leaves something to disclose."""
    label = OUTCOMES[given.outcome].sentence
    if given.outcome == "withhold" and "withhold" not in verdicts:
        return [
            Sentence(
                f"整体结论是“{label.zh}”，逐项结论中却没有一项如此。",
                f"The whole says “{label.en}”, but no part does.",
                "parts",
            )
        ]
    if given.outcome != "treat":
        return []
    if not {"treat", "withhold"}.intersection(verdicts):
        return [
            Sentence(
                f"整体结论是“{label.zh}”，逐项结论中却没有一项须处理或者不予公开。",
                f"The whole says “{label.en}”, but no part is to be treated or withheld.",
                "parts",
            )
        ]
    if any(given.parts.get(code) == "withhold" for code in _INSEPARABLE):
        return [
            Sentence(
                "正文或元数据不予公开的，整体就是“不予公开”；其中只有一部分不能公开的，这一项请选“区分处理后公开”。",
                "Where text or metadata must not be disclosed, the whole must not; if only some of it must not, judge "
                "that part “Disclose after treatment”.",
                "parts",
            )
        ]
    return []


def _about_doubt(element: str, given: Judged, verdicts: Collection[str]) -> list[Sentence]:
    """domain:C4 row 3: whoever refers says which parts; whoever does not leaves no part in doubt."""
    if given.outcome == "refer" and element == "confidentiality_review" and DOUBT not in verdicts:
        return [
            Sentence(
                "请指出不能确定的是哪些部分（逐项结论选“不能确定，报请确定”）。",
                "Say which parts are in doubt: judge them “Cannot decide, refer upward”.",
                "parts",
            )
        ]
    if given.outcome != "refer" and DOUBT in verdicts:
        return [
            Sentence(
                "有的部分不能确定，整体结论应当是“不能确定，报请确定”。",
                "Some part is in doubt, so the whole has to be referred upward.",
                "parts",
            )
        ]
    return []


def _about_redactions(given: Judged, parts: Mapping[str, Sentence]) -> list[Sentence]:
    """domain:A1.3, B7: what is disclosed after treatment says what has to be taken out, part by part."""
    untold = [
        label
        for code, label in parts.items()
        if given.parts.get(code) == "treat" and not given.redactions.get(code, "").strip()
    ]
    reasons = []
    if untold and given.outcome != "refer":
        reasons.append(
            Sentence(
                f"请写明须处理的内容和位置：{'、'.join(part.zh for part in untold)}。",
                f"Say what has to be treated, and where: {', '.join(p.en for p in untold)}.",
                "redactions",
            )
        )
    if any(len(text) > MAX_TREATMENT for text in given.redactions.values()):
        reasons.append(
            Sentence(
                f"每个部分的处理要求最多{MAX_TREATMENT}字。",
                f"What has to be treated in a part: at most {MAX_TREATMENT} characters.",
                "too_long",
            )
        )
    return reasons
