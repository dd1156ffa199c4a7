"""A sample of the mutants of the shipped chain; `make mutants` judges them all and writes docs/mutants.md."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.conftest import ROOT
from tests.reference import judging, mutants, narrowing
from tests.reference.judging import RULES, XML
from tests.reference.model_tree import Tree
from tests.reference.mutants import Mutant

WORLDS = {name: narrowing.narrowed(XML, left) for name, left in narrowing.WORLDS.items()}


@pytest.fixture(scope="module")
def everything() -> list[Mutant]:
    return mutants.all_of(XML)


@pytest.mark.parametrize("world", WORLDS)
def test_both_find_nothing_wrong_with_the_shipped_chain(world: str) -> None:
    by_verifier = judging.by_verifier(WORLDS[world])
    assert by_verifier is not None
    assert by_verifier.harmless
    assert judging.by_force(WORLDS[world]).harmless


def test_every_element_outcome_and_rule_is_in_a_world() -> None:
    whole = Tree(XML)
    for name in whole.nodes():
        trees = [tree for tree in map(Tree, WORLDS.values()) if name in tree.nodes()]
        assert trees, name
        said = {word for tree in trees for word in tree.words(name, "outcomes")}
        assert said == set(whole.words(name, "outcomes")), name
    static = {r["id"] for r in tomllib.loads(RULES.decode())["rule"] if "template" in r}
    kept = [
        tomllib.loads(narrowing.rules_for(RULES, xml).decode())["rule"] for xml in WORLDS.values()
    ]
    assert static == {rule["id"] for rules in kept for rule in rules}


@pytest.mark.slow
def test_verifier_and_brute_force_agree_on_a_sample(everything: list[Mutant]) -> None:
    """No violating mutant passes, no harmless one is refused, and the rules found broken are the same."""
    found = [judging.judged(mutant) for mutant in everything[7::36]]
    assert [one for one in found if one.disagreements] == []
    assert {"violating", "harmless"} <= {one.verdict for one in found}


def test_the_table_in_the_docs_is_of_these_mutants(everything: list[Mutant]) -> None:
    """Whoever changes the chain or the kinds of mutants runs `make mutants`; the two agree on every one."""
    text = (ROOT / "docs/mutants.md").read_text(encoding="utf-8")
    share = re.search(r"^Judged here: (\d+) of (\d+) mutants, every (\w+)", text, re.MULTILINE)
    row = re.search(r"^\| \*\*all\*\* \| (\d+) \|.*\| (\d+) of (\d+) \|$", text, re.MULTILINE)
    assert share is not None
    assert row is not None
    assert int(share[2]) == len(everything)
    assert row[1] == share[1]
    assert row[2] == row[3]
    assert int(row[3]) >= 90
