"""Whatever happens to an item, what stands is what domain:C5 says, and the final gate agrees (domain:C4).

Random lives over the real verbs and rows, along each of the five ways of domain:C3, judged after every act by an
independent reading of the tables (tests/reference/content_binding.py). `SANSHEN_HISTORIES=300` tells how many lives
to try for each way and database.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import OpenUow
from tests.factories import County
from tests.reference.content_binding import (
    LETS_PASS,
    WAYS,
    Act,
    Item,
    Way,
    lacking,
    signing_stages,
    standing,
)
from tests.workflows import random_items
from tests.workflows.random_acts import Life, otherwise
from tests.workflows.random_items import rendered
from tests.workflows.test_final_gate import WHO, Case
from workflows import showing
from workflows.content import AttachmentRef
from workflows.parameters import EMERGENCY
from workflows.profiles import PROFILES
from workflows.vocabulary import STAGES

#: A sample for everybody, two lives for each way; how many to try when somebody looks for faults.
HISTORIES = int(os.environ.get("SANSHEN_HISTORIES", "2"))
SEEDS = st.integers(0, 1_000_000)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(uow: OpenUow, county: County, way: str) -> County:
    """The county, with what makes its items go this way."""
    random_items.settle(uow, county, way)
    return county


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
    uow: OpenUow, house: County, way: str, seed: int, steps: list[int]
) -> None:
    life = Life(random_items.chain(uow, house, way), way)
    life.begin(seed)
    for step in steps:
        life.step(step)
    life.finish(seed)


# -- rows that no process would make: the gate does not believe the process -------------------------


FILES = tuple(
    AttachmentRef("sha256:" + str(n) * 64, f"附件{n}.txt", "text/plain", 1) for n in (1, 2)
)


def decide(case: Case, acts: list[Act], asks: Way, stage: str, outcome: str) -> None:
    """A decision on the last version, by whoever may; cleared part by part if it clears."""
    signs = stage == "sign_confirmation"
    person = WHO[signing_stages(acts, Item(), asks)[-1] if signs else stage]
    verdicts = dict.fromkeys(showing.parts_of(case.shown), "clear")
    case.decide(stage, outcome, person_id=person, parts={"verdicts": verdicts})
    acts.append(Act(stage, outcome, frozenset({"t1"} if outcome == "corrected" else ())))


@settings(
    max_examples=max(20, HISTORIES), deadline=None, derandomize=True, print_blob=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.lists(SEEDS, min_size=15, max_size=60))
def test_gate_judges_rows_in_whatever_order(way: str, seeds: list[int]) -> None:
    item, acts, asks = Item(), list[Act](), WAYS[way]
    values = random_items.values(way)
    case = Case(rendered(item, FILES, way), profile=PROFILES[way], allowed={EMERGENCY.key: 1})
    case.version()
    for seed in seeds:
        rng = Random(seed)  # noqa: S311 — repeatable
        stand = {acts[number].stage for number in standing(acts)}
        asked = sorted(lacking(acts, item, asks) - stand)
        if rng.random() < 0.12:
            name = rng.choice(sorted(values))
            new = replace(item, **{name: rng.choice(values[name])})
            rows = item.to(new, asks)
            text = next((row for row in ("t3", "t2", "t1") if row in rows), "unchanged")
            item = new
            case.version(rendered(item, FILES, way))
            case.decide("revise", text)
            acts.append(Act("revise", text, frozenset(rows)))
        elif asked:
            stage = rng.choice(asked)
            lets = sorted(LETS_PASS[stage] - ({"raise_level"} if asks.principal else set()))
            outcomes = [*lets * 3, *otherwise(way, stage), "return"]
            outcome = rng.choice(outcomes)
            decide(case, acts, asks, stage, outcome)
            if outcome == "corrected":
                item = replace(item, punctuation=1 - item.punctuation)
                case.version(rendered(item, FILES, way), change_class="t1")
        found = {reason for reasons in case.failed().values() for reason in reasons}
        told = [(act.stage, act.outcome, sorted(act.changed)) for act in acts]
        assert found & set(STAGES) == lacking(acts, item, asks), told
        assert (not found) == (not lacking(acts, item, asks)), (found, told)
