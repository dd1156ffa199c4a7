"""The compliance rules of the shipped processes: proven, traceable to a source, enforced and tested where they say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from engine.rules import Rule
from tests.conftest import ROOT
from workflows import bpmn_files, deploying, rule_sets

SHIPPED = bpmn_files.shipped()
DOMAIN = re.compile(r"domain:[A-Z]\d+(\.\d+)?")
#: What the law and the founding documents ask of a publishing process at least; a rule each.
AT_LEAST = {
    "attribute_first",
    "confidentiality_before_release",
    "facts_cleared",
    "first_review_stands",
    "second_review_stands",
    "final_review_stands",
    "first_proofreading_stands",
    "second_proofreading_stands",
    "third_proofreading_stands",
    "signer_confirms_corrections",
    "not_public_stays_inside",
    "released_by_a_person",
    "readback_follows_release",
    "separation_of_duties",
    "no_interpretation_no_circulation",
    "released_together",
    "returns_say_why",
}


def rules() -> list[Rule]:
    """Each once: most rules hold for every profile."""
    found = [rule for file in SHIPPED for rule in deploying.read(file).rules]
    return list({(rule.id, rule.sentence): rule for rule in found}.values())


#: domain:C3: what a profile leaves out, and the rule of its own that stands in its place.
INSTEAD = {
    "interleaved": {},
    "publishing": {},
    "small_office": {},
    "repost": {
        "attribute_first": "repost_attribute_first",
        "second_review_stands": "",  # the text is compared with the source: workflows.profiles
        "first_proofreading_stands": "repost_proofread",
        "second_proofreading_stands": "",
        "third_proofreading_stands": "",
        "signer_confirms_corrections": "repost_signer_confirms",
    },
    "emergency": {
        "attribute_first": "emergency_attribute_first",
        "first_review_stands": "",
        "second_review_stands": "emergency_second_review",
        "final_review_stands": "principal_signs",
        "first_proofreading_stands": "emergency_proofread",
        "second_proofreading_stands": "second_proofreading_follows",
        "third_proofreading_stands": "third_proofreading_follows",
        "signer_confirms_corrections": "emergency_signer_confirms",
    },
}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_process_has_what_the_law_asks_for(file: Path) -> None:
    instead = INSTEAD[file.stem]
    found = {rule.id for rule in deploying.read(file).rules}
    assert found >= {instead.get(rule, rule) for rule in AT_LEAST} - {""}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_whatever_does_not_hold_is_named_with_a_reason(file: Path) -> None:
    beside = bpmn_files.rules_of(file)
    assert beside is not None
    for one in rule_sets.exempted(beside):
        assert re.search(r"[\u4e00-\u9fff].*。$", one.why.zh)
        assert one.why.en.endswith(".")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_can_be_traced(rule: Rule) -> None:
    assert re.search(r"[\u4e00-\u9fff].*。$", rule.sentence.zh)
    assert rule.sentence.en.endswith(".")
    assert all(DOMAIN.fullmatch(source) for source in rule.sources)
    for place in rule.enforced_by:
        module, _, name = place.partition(":")
        assert callable(getattr(importlib.import_module(module), name)), place
    for place in rule.tested_by:
        file, _, name = place.partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_process_is_proven_and_its_certificate_says_the_truth(file: Path) -> None:
    candidate = deploying.read(file)
    kept = deploying.SHIPPED.find(candidate.definition, candidate.rules_content)
    verdict = deploying.judge(candidate, afresh=True)
    assert verdict.findings == ()
    assert kept is not None, "the certificate is out of date: make certify"
    assert kept.verdict == verdict
