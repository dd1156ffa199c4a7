"""What the sheet says of the way an item went: along which chain, why, and which posts were shared.

From the trail alone. An item handed in before there were profiles says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.models import AuditEntry
from engine.text import Sentence
from workflows.read_models import Labelled
from workflows.separation import KIND_OF
from workflows.vocabulary import STAGES


def lines(
    submitted: Mapping[str, Any], decisions: Sequence[tuple[AuditEntry, Mapping[str, Any]]]
) -> Iterator[Labelled]:
    """The chain with its reason; of a small office who held which posts."""
    if not submitted.get("chain"):
        return
    chain, chain_en = submitted["chain"], submitted["chain_en"]
    why, why_en = submitted.get("why", ""), submitted.get("why_en", "")
    yield Labelled(
        "chain",
        Sentence("办理流程", "Chain", "chain"),
        Sentence(f"{chain}（{why}）", f"{chain_en} ({why_en})"),
    )
    if submitted.get("profile") == "small_office":
        yield from _shared(decisions)


def _shared(decisions: Sequence[tuple[AuditEntry, Mapping[str, Any]]]) -> Iterator[Labelled]:
    """domain:C3, C7: the reduced separation is printed, person by person."""
    held: dict[str, dict[str, None]] = {}
    for entry, data in decisions:
        stage = str(data.get("element"))
        person = (data["data"].get("person") or {}).get("name") or entry.actor_name
        if KIND_OF.get(stage) not in (None, "drafter", "publish"):
            held.setdefault(str(person), {})[stage] = None
    shared = {name: list(stages) for name, stages in held.items() if len(stages) > 1}
    if not shared:
        return
    zh = "；".join(
        f"{n}：{'、'.join(STAGES[s].zh for s in stages)}" for n, stages in shared.items()
    )
    en = "; ".join(
        f"{n}: {', '.join(STAGES[s].en for s in stages)}" for n, stages in shared.items()
    )
    yield Labelled(
        "shared", Sentence("岗位合并（小单位）", "Posts shared (small office)"), Sentence(zh, en)
    )
