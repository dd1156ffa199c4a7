"""The verifier and brute force asked about the same mutant, world by world; they have to say the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine import bpmn_rules, rule_files, verification
from engine.errors import DefinitionRefused
from engine.freezing import NeverRests
from engine.statespace import TooManyStates
from tests import shipped
from tests.reference import brute_force, narrowing
from tests.reference.brute_force import Opinion, TooLarge
from tests.reference.mutants import Mutant
from tests.reference.token_game import EndlessLoop

XML = shipped.xml()
RULES = shipped.candidate("publishing").rules_content
narrowing.learn(XML)

#: As in `brute_force.MOST`.
MOST_STATES = 20_000
Class = Literal["unreadable", "rule without subject", "violating", "harmless"]


@dataclass(frozen=True)
class Judged:
    """What became of a mutant. `disagreements` names each world in which the two differ, and how."""

    kind: str
    what: str
    verdict: Class
    rules: frozenset[str]
    disagreements: tuple[str, ...]


def judged(mutant: Mutant) -> Judged:
    """Refused at once, or looked at by both in every world."""
    try:
        definition = bpmn_rules.parse(mutant.xml, file="mutant.bpmn")
    except DefinitionRefused:
        return Judged(mutant.kind, mutant.what, "unreadable", frozenset(), ())
    try:
        rule_files.read(definition, RULES, "rules")
    except DefinitionRefused:
        return Judged(mutant.kind, mutant.what, "rule without subject", frozenset(), ())
    worlds = {name: narrowing.narrowed(mutant.xml, left) for name, left in narrowing.WORLDS.items()}
    differing = []
    harmless, broken, looked_at = True, frozenset[str](), 0
    for name, xml in worlds.items():
        one = by_verifier(xml)
        if one is None:  # narrowed, a condition or rule would speak of nothing
            continue
        other, looked_at = by_force(xml), looked_at + 1
        harmless = harmless and other.harmless
        broken |= other.broken
        both_walked = one.states and other.states
        if one.harmless != other.harmless or (both_walked and one.broken != other.broken):
            differing.append(
                f"{name}: the verifier found {sorted(one.broken | one.flaws) or 'nothing'}, "
                f"brute force {sorted(other.broken | other.flaws) or 'nothing'}"
            )
    verdict: Class = "harmless" if harmless else "violating"
    if not looked_at:
        verdict = "unreadable"
    return Judged(mutant.kind, mutant.what, verdict, broken, tuple(differing))


@lru_cache(maxsize=64)
def by_verifier(xml: bytes) -> Opinion | None:
    """What the engine's verifier says of a process that may be narrowed; None if it cannot be read."""
    try:
        definition = bpmn_rules.parse(xml, file="world.bpmn")
        rules = rule_files.read(definition, narrowing.rules_for(RULES, xml), "rules")
    except DefinitionRefused:
        return None
    try:
        verdict = verification.verify(definition, rules, limit=MOST_STATES)
    except (NeverRests, TooManyStates) as refused:
        return Opinion(frozenset(), frozenset({type(refused).__name__}), 0)
    mandatory = [finding for finding in verdict.findings if finding.mandatory]
    return Opinion(
        frozenset(f.about for f in mandatory if f.kind == "rule"),
        frozenset(f"{f.kind} {f.about}" for f in mandatory if f.kind != "rule"),
        verdict.states,
    )


@lru_cache(maxsize=64)
def by_force(xml: bytes) -> Opinion:
    """What brute force says of it."""
    try:
        return brute_force.judge(xml, narrowing.rules_for(RULES, xml))
    except EndlessLoop:
        return Opinion(frozenset(), frozenset({"never rests"}), 0)
    except TooLarge:
        return Opinion(frozenset(), frozenset({"grows for ever"}), 0)
