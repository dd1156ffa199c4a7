"""Worlds: the shipped chain with some answers that never come, small enough to be walked by brute force.

A world takes outcomes away; ways that only they opened go with them, and so do the words of rules about
what is gone. Every element of the chain is in a world, and every outcome.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from tests.reference.model_tree import Tree, without_literals

NO_CHECKS = {
    "third_party_needed": "not_needed",
    "inter_agency_needed": "not_needed",
    "legality_needed": "not_needed",
}
REVIEWS = dict.fromkeys(("first_review", "second_review", "final_review"), "pass return")
PROOFREADINGS = dict.fromkeys(
    ("first_proofreading", "second_proofreading", "third_proofreading"), "pass return"
)
PLAIN = {"metadata_change": "none", "read_aloud_needed": "not_needed"}
REGULAR = {"approver_level": "regular", "principal_review": ""}

#: World → the outcomes that are left of a task; of all others everything is.
WORLDS: Mapping[str, Mapping[str, str]] = {
    "checks": {
        **REVIEWS, **PROOFREADINGS, **PLAIN, **REGULAR, "revise": "unchanged t3 cancel",
    },
    "levels": {**NO_CHECKS, **PROOFREADINGS, **PLAIN, "revise": "unchanged t2 t3 cancel"},
    "proofs": {
        **NO_CHECKS, **REVIEWS, **REGULAR, "metadata_change": "none metadata",
    },
    "attributes": {
        **NO_CHECKS, **REVIEWS, **REGULAR, "read_aloud_needed": "not_needed",
    },
}  # fmt: skip


def narrowed(xml: bytes, left: Mapping[str, str]) -> bytes:
    """The process without the outcomes that are not left, and without what only they led to."""
    tree = Tree(xml)
    gone: set[tuple[str, str]] = set()
    for task, outcomes in left.items():
        if task not in tree.nodes():
            continue
        kept = [word for word in tree.words(task, "outcomes") if word in outcomes.split()]
        gone |= {(task, word) for word in tree.words(task, "outcomes") if word not in kept}
        tree.set_words(task, "outcomes", kept)
        standing = [word for word in tree.words(task, "standing") if word in kept]
        tree.set_words(task, "standing", standing)
    _without(tree, gone)
    return tree.xml()


def _without(tree: Tree, gone: set[tuple[str, str]]) -> None:
    """Take away flows that can no longer be taken, and what is no longer reached, until nothing is left to."""
    while True:
        before = set(tree.nodes())
        for flow in list(tree.flows()):
            text = tree.condition(flow)
            if text is None:
                continue
            shorter = without_literals(text, gone)
            if shorter is None:
                tree.drop(flow)
            elif shorter != text:
                tree.set_condition(flow, shorter)
        tree.prune()
        lost = before - set(tree.nodes())
        if not lost:
            return
        # what is gone has no outcome any more
        gone |= {(name, word) for name in lost for word in _ANY}


#: Outcomes of tasks that went away are asked after by name; this is every word the chain knows.
_ANY: set[str] = set()


def learn(xml: bytes) -> None:
    """Note every outcome of the process."""
    tree = Tree(xml)
    for name in tree.nodes():
        _ANY.update(tree.words(name, "outcomes"))


def rules_for(content: bytes, xml: bytes) -> bytes:
    """The static mandatory rules with what the process still has; a rule that would say nothing is left out."""
    tree = Tree(xml)
    known = {name: set(tree.words(name, "outcomes")) for name in tree.nodes()}
    handlers = {word for name in known for word in tree.words(name, "handler")}
    handlers |= {name for name in known if tree.kind(name) == "serviceTask"}
    kept = []
    for rule in tomllib.loads(content.decode())["rule"]:
        if "template" not in rule:
            continue
        new = {
            key: [p for text in value if (p := _pattern(text, known, handlers))]
            if isinstance(value, list) and key != "source"
            else value
            for key, value in rule.items()
        }
        if all(new.get(key, True) for key in ("of", "after", "never", "by", "these")):
            kept.append({key: value for key, value in new.items() if value != []})
    return "\n".join(_toml(rule) for rule in kept).encode()


def _pattern(text: str, known: Mapping[str, set[str]], handlers: set[str]) -> str | None:
    head, _, said = text.partition("=")
    if head.startswith("handler:"):
        return text if head.removeprefix("handler:") in handlers else None
    if ":" in head:
        return text
    if head not in known:
        return None
    words = [word for word in said.split("|") if word in known[head]]
    if not said:
        return text
    return f"{head}={'|'.join(words)}" if words else None


def _toml(rule: Mapping[str, Any]) -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rule.items()]
    return "[[rule]]\n" + "\n".join(lines) + "\n"
