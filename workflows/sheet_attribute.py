"""Which attribute the sheet names: the one that was determined, with its ground, and the drafter's beside it
where that was another (domain:A1.1, C10). From the trail alone, as the rest of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.models import AuditEntry
from engine.text import Sentence
from workflows.read_models import Labelled
from workflows.vocabulary import ATTRIBUTES, GROUNDS, label

#: What the drafter proposed of the attribute: lines of the head of the sheet.
_PROPOSED = ("attribute", "grounds", "reason")
_GROUNDS = Sentence("法定情形", "Statutory grounds", "grounds")


def determined(
    head: Sequence[Labelled],
    standing: Sequence[tuple[AuditEntry, Mapping[str, Any]]],
) -> tuple[Labelled, ...]:
    """The head of the sheet with the attribute that holds; as it is where nobody has determined one."""
    given = _determination(standing)
    proposed = next((line.value for line in head if line.code == "attribute"), None)
    if given is None or proposed is None:
        return tuple(head)
    return tuple(
        told
        for line in head
        for told in (_instead(line, given, proposed) if line.code in _PROPOSED else (line,))
    )


def _determination(
    standing: Sequence[tuple[AuditEntry, Mapping[str, Any]]],
) -> Mapping[str, Any] | None:
    """The last attribute review that stands and named an attribute."""
    for _, data in reversed(standing):
        if data.get("element") == "attribute_review":
            return data if str(data.get("outcome")) in ATTRIBUTES else None
    return None


def _instead(line: Labelled, given: Mapping[str, Any], proposed: Sentence) -> Iterator[Labelled]:
    attribute = ATTRIBUTES[str(given["outcome"])].sentence
    same = proposed.zh == attribute.zh
    codes = (given["data"].get("parts") or {}).get("grounds")
    if line.code == "attribute":
        yield Labelled("attribute", line.label, attribute)
        if codes:
            yield Labelled("grounds", _GROUNDS, _listed(codes))
        if not same:
            yield Labelled(
                "proposed",
                Sentence("拟稿人建议的属性", "Attribute that the drafter proposed"),
                proposed,
            )
    elif same and not (codes and line.code == "grounds"):
        yield line


def _listed(codes: Sequence[object]) -> Sentence:
    return Sentence(
        "、".join(label(GROUNDS, str(code)) for code in codes),
        ", ".join(label(GROUNDS, str(code), "en") for code in codes),
    )
