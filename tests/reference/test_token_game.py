"""The engine and an independent reading of BPMN agree, step by step, on random processes and stories."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import event as noted
from hypothesis import strategies as st

from engine import bpmn_family, bpmn_rules, stepping
from engine.bpmn_xml import FLOW_NODES
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.freezing import NeverRests
from engine.stepping import Event, Occurrence
from tests.reference.generator import processes
from tests.reference.token_game import EndlessLoop, Game


def tokens(definition: Definition, items: list[dict[str, Any]], scope: str) -> list[str]:
    """A state's tokens in the notation of the token game, with what may trigger something beside them."""
    # beside event sub-processes the main flow stands in a sub-process that nobody drew
    work = [item for item in items if item["at"] == f"{scope}__work"]
    listening = [start for one in work for start in one.get("timers", ())]
    found = [f"~{start}" for start in listening if not start.startswith(f"{scope}__")]
    items = [item for item in items if item not in work]
    for item in [*items, *(one for main in work for one in main["inside"])]:
        text = item["at"] + (f"<{item['from']}" if "from" in item else "")
        if item["at"] in definition.tasks and (several := definition.tasks[item["at"]].several):
            left = item.get("items", range(several.number))
            text += "".join(f"#{number}" for number in left)
        text += "".join(f"+{timer}" for timer in item.get("timers", ()))
        if "inside" in item:
            call = definition.calls.get(item["at"])
            inner = tokens(definition, item["inside"], call.calls if call else item["at"])
            told = "".join(one for one in inner if one.startswith("~"))
            text += told + "(" + ",".join(one for one in inner if not one.startswith("~")) + ")"
        found.append(text)
    return sorted(found)


def decisions(items: list[dict[str, Any]], path: str = "") -> dict[str, dict[str, str]]:
    """The values of called processes in a state, by call path."""
    found: dict[str, dict[str, str]] = {}
    for item in items:
        within = path
        if "variables" in item:
            within = f"{path}{item['at']}/"
            found[within] = item["variables"]
        found |= decisions(item.get("inside", []), within)
    return found


def item_of(offer: Occurrence) -> str:
    return "" if offer.item is None else f"#{offer.item}"


def outcomes_of(definition: Definition, element: str) -> tuple[str | None, ...]:
    task = definition.tasks.get(element)
    return (None,) if task is None else task.outcomes or (None,)


def assert_agree(game: Game, definition: Definition, state: str) -> None:
    content = json.loads(state)
    assert tokens(definition, content["tokens"], definition.key) == game.tokens()
    assert content["ended"] == game.ended
    assert content["variables"].items() <= game.values.items()
    inner = decisions(content["tokens"])
    assert inner.keys() == game.decisions().keys()
    for path, values in game.decisions().items():
        assert inner[path].items() <= values.items()
    offers = sorted(
        (
            (offer.kind, "/".join((*offer.path, offer.element)) + item_of(offer), outcome)
            for offer in stepping.enabled(definition, state)
            for outcome in outcomes_of(definition, offer.element)
        ),
        key=repr,
    )
    assert offers == game.offers()


def walk(xml: bytes, definition: Definition, choices: list[int]) -> None:
    """Play one story on both sides; a model that never rests must never rest on either."""
    try:
        game = Game(xml)
    except EndlessLoop:
        return
    state = stepping.start(definition).state
    assert_agree(game, definition, state)
    for choice in choices:
        offers = game.offers()
        if not offers:
            break
        kind, element, outcome = offers[choice % len(offers)]
        *path, name = element.split("/")
        name, _, item = name.partition("#")
        event = Event(kind, name, tuple(path), int(item) if item else None, outcome)
        try:
            game.play(kind, element, outcome)
        except EndlessLoop:
            try:
                stepping.advance(definition, state, event)
            except NeverRests:
                return
            raise AssertionError("only the token game never rests") from None
        state = stepping.advance(definition, state, event).state
        assert_agree(game, definition, state)


#: A failing example is large; what failed must not be hidden by a warning about how it prints.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
#: Three stories of each process: which of the offers is taken, by number.
STORIES = st.lists(
    st.lists(st.integers(0, 10_000), min_size=5, max_size=40), min_size=3, max_size=3
)
SAMPLE = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SAMPLE
@given(processes(), STORIES)
def test_engine_agrees_with_the_token_game(xml: bytes, stories: list[list[int]]) -> None:
    compare(xml, stories)


@pytest.mark.slow
@settings(SAMPLE, max_examples=2_000)
@given(processes(), STORIES)
def test_engine_agrees_with_the_token_game_on_many(xml: bytes, stories: list[list[int]]) -> None:
    compare(xml, stories)


def compare(xml: bytes, stories: list[list[int]]) -> None:
    """Walk the stories on both sides, if the process is one that the engine takes."""
    try:
        definition = bpmn_rules.parse(xml)
    except DefinitionRefused:  # a random model may let two branches touch one decision
        assume(False)
        raise
    for shown in shown_by(definition):
        noted(shown)  # counted by --hypothesis-show-statistics
    for choices in stories:
        walk(xml, definition, choices)


def shown_by(definition: Definition) -> set[str]:
    """What there is to be seen in a process, in words."""
    graphs = bpmn_family.graphs(definition.xml)
    beside = {"event sub-process beside a process" for g in graphs if f"{g.key}__work" in g.nodes}
    tags = {node.tag for graph in graphs for node in graph.nodes.values()} & FLOW_NODES
    edges = {
        f"{n.event} on an edge"
        for g in graphs
        for n in g.nodes.values()
        if n.tag == "boundaryEvent"
    }
    several = {"several people" for rule in definition.tasks.values() if rule.several}
    called = [rule.calls for rule in definition.calls.values()]
    twice = {"one process called twice" for key in called if called.count(key) > 1}
    return beside | tags | edges | several | twice
