"""Whatever happens to an item, what stands is what domain:C5 says, and the final gate agrees (domain:C4).

Random lives over the real verbs and rows, each judged after every act by an independent reading of the tables
(tests/reference/content_binding.py). `SANSHEN_HISTORIES=300` tells how many lives to try on each database.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import County
from tests.reference.content_binding import LETS_PASS, Act, Item, lacking, signing_stages, standing
from tests.workflows.random_acts import OTHERWISE, VALUES, Life, rendered
from tests.workflows.test_final_gate import WHO, Case
from workflows import showing
from workflows.content import AttachmentRef
from workflows.vocabulary import STAGES

#: A sample for everybody; how many to try when somebody looks for faults.
HISTORIES = int(os.environ.get("SANSHEN_HISTORIES", "10"))
SEEDS = st.integers(0, 1_000_000)


@pytest.mark.slow
@settings(
    max_examples=HISTORIES,
    deadline=None,
    derandomize="SANSHEN_HISTORIES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(seed=SEEDS, steps=st.lists(SEEDS, min_size=5, max_size=30))
def test_what_stands_is_what_the_table_says(
    uow: OpenUow, county: County, seed: int, steps: list[int]
) -> None:
    life = Life(Chain(uow, county))
    life.begin(seed)
    for step in steps:
        life.step(step)
    life.finish()


# -- rows that no process would make: the gate does not believe the process -------------------------


FILES = tuple(
    AttachmentRef("sha256:" + str(n) * 64, f"附件{n}.txt", "text/plain", 1) for n in (1, 2)
)


def decide(case: Case, acts: list[Act], stage: str, outcome: str) -> None:
    """A decision on the last version, by whoever may; cleared part by part if it clears."""
    person = WHO[signing_stages(acts, Item())[-1] if stage == "sign_confirmation" else stage]
    verdicts = dict.fromkeys(showing.parts_of(case.shown), "clear")
    case.decide(stage, outcome, person_id=person, parts={"verdicts": verdicts})
    acts.append(Act(stage, outcome, frozenset({"t1"} if outcome == "corrected" else ())))


@settings(
    max_examples=max(60, HISTORIES), deadline=None, derandomize=True, print_blob=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.lists(SEEDS, min_size=15, max_size=60))
def test_gate_judges_rows_in_whatever_order(seeds: list[int]) -> None:
    item, acts = Item(), list[Act]()
    case = Case(rendered(item, FILES))
    case.version()
    for seed in seeds:
        rng = Random(seed)  # noqa: S311 — repeatable
        stand = {acts[number].stage for number in standing(acts)}
        asked = sorted(lacking(acts, item) - stand)
        if rng.random() < 0.12:
            name = rng.choice(sorted(VALUES))
            new = replace(item, **{name: rng.choice(VALUES[name])})
            rows = item.to(new)
            text = next((row for row in ("t3", "t2", "t1") if row in rows), "unchanged")
            item = new
            case.version(rendered(item, FILES))
            case.decide("revise", text)
            acts.append(Act("revise", text, frozenset(rows)))
        elif asked:
            stage = rng.choice(asked)
            outcomes = [*sorted(LETS_PASS[stage]) * 3, *OTHERWISE.get(stage, ()), "return"]
            outcome = rng.choice(outcomes)
            decide(case, acts, stage, outcome)
            if outcome == "corrected":
                item = replace(item, wording=(item.wording + 1) % 3)
                case.version(rendered(item, FILES), change_class="t1")
        found = {reason for reasons in case.failed().values() for reason in reasons}
        told = [(act.stage, act.outcome, sorted(act.changed)) for act in acts]
        assert found & set(STAGES) == lacking(acts, item), told
        assert (not found) == (not lacking(acts, item)), (found, told)
