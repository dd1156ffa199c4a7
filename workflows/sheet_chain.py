"""What the sheet says of the way an item went: along which chain, why, and which posts were shared.

From the trail alone. An item handed in before there were profiles says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.models import AuditEntry
from engine.text import Sentence
from workflows.read_models import Labelled
from workflows.separation import KIND_OF, kept_apart
from workflows.vocabulary import STAGES

Decisions = Sequence[tuple[AuditEntry, Mapping[str, Any]]]
#: By whom: the id, and the name.
Who = tuple[str, str]
_DRAFTING = Sentence("拟稿", "drafting", "draft")


def lines(submitted: Mapping[str, Any], drafter: Who, decisions: Decisions) -> Iterator[Labelled]:
    """The chain with its reason, and who held several posts where an office is small."""
    if not submitted.get("chain"):
        return
    chain, chain_en = submitted["chain"], submitted["chain_en"]
    why, why_en = submitted.get("why", ""), submitted.get("why_en", "")
    yield Labelled(
        "chain",
        Sentence("办理流程", "Chain", "chain"),
        Sentence(f"{chain}（{why}）", f"{chain_en} ({why_en})"),
    )
    yield from _shared(submitted.get("profile") == "small_office", drafter, decisions)


def _shared(small_office: bool, drafter: Who, decisions: Decisions) -> Iterator[Labelled]:
    """domain:C3, C7: the reduced separation is printed, person by person, whichever way the item went: what the
    default matrix would have kept apart, and in the way of a small office every post that somebody shared."""
    names, held = dict([drafter]), {drafter[0]: ["draft"]}
    for entry, data in decisions:
        person = data["data"].get("person") or {}
        who, stage = str(person.get("id") or entry.actor_id), str(data.get("element"))
        names.setdefault(who, str(person.get("name") or entry.actor_name))
        stages = held.setdefault(who, [])
        if stage not in stages and KIND_OF.get(stage) not in (None, "drafter"):
            stages.append(stage)
    shared = {names[who]: _several(small_office, stages) for who, stages in held.items()}
    told = {name: [_said(stage) for stage in stages] for name, stages in shared.items() if stages}
    if not told:
        return
    zh = "；".join(f"{name}：{'、'.join(one.zh for one in posts)}" for name, posts in told.items())
    en = "; ".join(f"{name}: {', '.join(one.en for one in posts)}" for name, posts in told.items())
    yield Labelled(
        "shared", Sentence("岗位合并（小单位）", "Posts shared (small office)"), Sentence(zh, en)
    )


def _several(small_office: bool, stages: list[str]) -> list[str]:
    """Those of one person's stages that are more than one post."""
    posts = [one for one in stages if KIND_OF.get(one) not in ("drafter", "publish")]
    apart = {one for one in stages if any(kept_apart(one, other) for other in stages)}
    if small_office and len(posts) > 1:
        apart |= set(posts)
    return [one for one in stages if one in apart]


def _said(stage: str) -> Sentence:
    return _DRAFTING if stage == "draft" else STAGES[stage].sentence
