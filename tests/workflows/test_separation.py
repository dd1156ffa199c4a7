"""domain:C7 as tables: every pair of kinds in each setting."""

from __future__ import annotations

import pytest

from workflows import separation
from workflows.separation import conflicts
from workflows.vocabulary import OUTSIDE_THE_CHAIN, STAGES

KINDS = {
    "drafter": "draft",
    "attr": "attribute_review",
    "secrecy": "confidentiality_review",
    "r1": "first_review",
    "r2": "second_review",
    "r3": "final_review",
    "p1": "first_proofreading",
    "p2": "second_proofreading",
    "p3": "third_proofreading",
    "publish": "release",
}

#: Rows and columns in the order of KINDS; X forbidden, . allowed, s forbidden in strict only.
MATRIX = """
. X X X X X X X X .
X . . . . X . . . .
X . . X X X . . . .
X . X . X X s s s .
X . X X . X s s s .
X X X X X . X X X X
X . . s s X . X X .
X . . s s X X . X .
X . . s s X X X . .
. . . . . X . . . .
"""

CELLS = [
    (one, other, mark)
    for one, row in zip(KINDS, MATRIX.split("\n")[1:], strict=False)
    for other, mark in zip(KINDS, row.split(), strict=True)
]


@pytest.mark.parametrize(("one", "other", "mark"), CELLS, ids=lambda value: str(value))
def test_matrix_holds_cell_by_cell(one: str, other: str, mark: str) -> None:
    found = {
        setting: bool(conflicts(setting, KINDS[other], [(KINDS[one], 7, None)], 7))
        for setting in ("default", "strict")
    }
    assert found == {"default": mark == "X", "strict": mark in "Xs"}


@pytest.mark.parametrize("setting", separation.SETTINGS)
@pytest.mark.parametrize("stage", sorted({*STAGES, "draft"}))
def test_same_person_may_redo_the_same_stage(setting: str, stage: str) -> None:
    assert conflicts(setting, stage, [(stage, 7, None)], 7) == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_a_kind(stage: str) -> None:
    assert stage in separation.KIND_OF


@pytest.mark.parametrize(
    ("earlier", "stage", "setting", "forbidden"),
    [
        ("final_review", "sign_confirmation", "strict", False),
        ("principal_review", "sign_confirmation", "default", False),
        ("principal_review", "final_review", "default", True),
        ("second_review", "principal_review", "default", True),
        ("second_review", "sign_confirmation", "default", True),
        ("confidentiality_review", "delta_confirmation", "strict", False),
        ("delta_confirmation", "first_review", "default", True),
        ("confidentiality_referral", "final_review", "default", True),
        ("third_party_opinion", "final_review", "default", True),
        ("inter_agency_confirmation", "attribute_review", "default", False),
        ("draft", "legality_review", "default", True),
        ("legality_review", "final_review", "default", False),
        ("second_proofreading", "read_aloud", "default", True),
        ("first_review", "read_aloud", "default", False),
        ("draft", "read_aloud", "small_office", True),
        ("draft", "release", "strict", False),
        ("final_review", "release", "default", True),
        ("final_review", "release", "small_office", True),
        # P-SMALL: a level's reviewer may proofread that level, and the drafter may do the first
        ("draft", "first_review", "small_office", False),
        ("draft", "second_review", "small_office", True),
        ("draft", "final_review", "small_office", True),
        ("draft", "confidentiality_review", "small_office", True),
        ("first_review", "first_proofreading", "small_office", False),
        ("first_review", "second_proofreading", "small_office", True),
        ("second_review", "second_proofreading", "small_office", False),
        ("final_review", "third_proofreading", "small_office", False),
        ("confidentiality_review", "second_review", "small_office", False),
        ("confidentiality_review", "final_review", "small_office", False),
        ("confidentiality_review", "first_review", "small_office", True),
        ("first_review", "second_review", "small_office", True),
    ],
)
def test_stages_that_share_a_kind_and_the_small_office(
    earlier: str, stage: str, setting: str, forbidden: bool
) -> None:
    assert bool(conflicts(setting, stage, [(earlier, 7, None)], 7)) is forbidden


def test_reason_names_the_earlier_act_and_the_rule() -> None:
    (reason,) = conflicts("default", "second_review", [("first_review", 7, None)], 7)
    assert reason.zh == "您已在本件中办理过“初审”，不能再办理“复审”：三审由三人分别担任。"
    assert "First review" in reason.en
    assert reason.code == "domain:C7"


def test_all_conflicts_are_told_each_once() -> None:
    earlier = [("draft", 7, None), ("first_review", 7, None), ("first_review", 7, None)]
    assert len(conflicts("default", "final_review", earlier, 7)) == 2


def test_other_peoples_acts_do_not_count() -> None:
    assert conflicts("strict", "final_review", [("first_review", 8, None)], 7) == []


@pytest.mark.parametrize(
    ("act", "person", "acting_for"),
    [
        (("first_review", 8, 7), 7, None),  # somebody stood in for me
        (("first_review", 7, 8), 7, None),  # I stood in for somebody
        (("first_review", 8, None), 7, 8),  # I stand in for who did it
        (("first_review", 9, 8), 7, 8),
    ],
)
def test_substitution_counts_for_both(
    act: separation.Act, person: int, acting_for: int | None
) -> None:
    assert conflicts("default", "second_review", [act], person, acting_for=acting_for)


def test_inspector_and_administrators_are_outside() -> None:
    assert separation.outside_the_chain({"first_reviewer", "publisher"}) == []
    for role in OUTSIDE_THE_CHAIN:
        assert len(separation.outside_the_chain({"first_reviewer", role})) == 1
