"""A state is all there is: whoever takes the next step, in whatever process, takes the same one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, assume, given, settings

from engine import bpmn_rules, stepping
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.freezing import NeverRests
from engine.stepping import Event
from tests import shipped
from tests.engine.stepper import Worker
from tests.reference.generator import processes
from tests.reference.test_token_game import STORIES, outcomes_of
from workflows import bpmn_files
from workflows.stories import Story, Telling, load


class Elsewhere(Telling):
    """A story of which every step is taken in a process that has never seen the definition."""

    worker: Worker
    xml: bytes

    def advance(self, kind: str, element: str, outcome: str | None) -> None:
        offers = stepping.enabled(self.definition, self.state)
        open_one = next(o for o in offers if (o.kind, o.element) == (kind, element))
        event = Event.of(open_one, outcome)
        self.state = self.worker.step(self.xml, self.state, event)["state"]
        self.seen.add(open_one)


@pytest.mark.slow
@pytest.mark.parametrize("key", shipped.KEYS)
def test_shipped_stories_come_true_in_a_fresh_interpreter_at_every_step(key: str) -> None:
    collection = load(bpmn_files.FOLDER / f"{key}.stories.toml")
    definition = shipped.definition(key)
    xml = definition.xml

    def tell(stories: Sequence[Story]) -> list[str]:
        with Worker("fresh") as worker:
            return [wrong for story in stories for wrong in _wrong(story, worker)]

    def _wrong(story: Story, worker: Worker) -> Iterator[str]:
        telling = Elsewhere(definition, collection)
        telling.worker, telling.xml = worker, xml
        for sentence, promised, happened in telling.tell(story):
            if happened != promised:
                yield f"{story.title}: {sentence}: {happened}"

    halves = (collection.stories[::2], collection.stories[1::2])  # a process each: they only wait
    with ThreadPoolExecutor(2) as pool:
        assert [wrong for part in pool.map(tell, halves) for wrong in part] == []


@pytest.fixture(scope="module")
def workers() -> Iterator[list[Worker]]:
    with Worker("warm") as one, Worker("warm") as other, Worker("fresh") as fresh:
        yield [one, other, fresh]


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(processes(), STORIES)
def test_walks_that_hop_between_workers_come_to_the_same_states(
    workers: list[Worker], xml: bytes, stories: list[list[int]]
) -> None:
    try:
        definition = bpmn_rules.parse(xml)
    except DefinitionRefused:
        assume(False)
        raise
    for choices in stories:
        _hop(workers, definition, xml, choices[:12])


def _hop(workers: list[Worker], definition: Definition, xml: bytes, choices: list[int]) -> None:
    try:
        here = stepping.start(definition)
        there = workers[0].start(xml)
        for number, choice in enumerate(choices):
            assert there["state"] == here.state
            assert there["opened"] == [repr(one) for one in here.opened]
            assert there["closed"] == [repr(one) for one in here.closed]
            events = [
                Event.of(offer, outcome)
                for offer in stepping.enabled(definition, here.state)
                for outcome in outcomes_of(definition, offer.element)
            ]
            if not events:
                break
            event = events[choice % len(events)]
            state, here = here.state, stepping.advance(definition, here.state, event)
            there = workers[number % len(workers)].step(xml, state, event)
    except NeverRests:
        return
