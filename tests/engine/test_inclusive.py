"""Inclusive gateways: every branch whose condition holds, and a join that waits for exactly those."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from engine import bpmn_rules, statespace, stepping
from engine.elements import Definition
from engine.errors import DefinitionRefused
from engine.stepping import Event, Step
from tests.reference.drawing import Drawing


def checks() -> Drawing:
    """What kind it is decides which checks are made; a bad one sends it round again."""
    drawing = Drawing("checks")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("sort", "law people both neither")
    drawing.inclusive("which")
    drawing.user("law_check", "ok bad")
    drawing.user("people_check", "ok bad")
    drawing.inclusive("checked")
    drawing.xor("all_well")
    drawing.end("published")
    drawing.chain("submitted", "entry", "sort", "which")
    drawing.flow("which", "law_check", "sort in ('law', 'both')")
    drawing.flow("which", "people_check", "sort in ('people', 'both')")
    drawing.default("which", drawing.flow("which", "checked"))
    drawing.chain("law_check", "checked", "all_well")
    drawing.chain("people_check", "checked")
    drawing.flow("all_well", "entry", "law_check == 'bad' or people_check == 'bad'")
    drawing.default("all_well", drawing.flow("all_well", "published"))
    return drawing


def act(definition: Definition, state: str, *acts: str) -> Step:
    step = Step(state, (), (), None)
    for text in acts:
        element, _, outcome = text.partition("=")
        step = stepping.advance(definition, step.state, Event("user", element, outcome=outcome))
    return step


def open_now(definition: Definition, state: str) -> set[str]:
    return {offer.element for offer in stepping.enabled(definition, state)}


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("law", {"law_check"}),
        ("people", {"people_check"}),
        ("both", {"law_check", "people_check"}),
        ("neither", set()),
    ],
)
def test_exactly_the_branches_that_hold_are_asked_and_waited_for(
    kind: str, asked: set[str]
) -> None:
    definition = bpmn_rules.parse(checks().xml())
    first = stepping.start(definition).state
    for order in itertools.permutations(sorted(asked)):
        state = act(definition, first, f"sort={kind}").state
        assert open_now(definition, state) == asked
        for count, name in enumerate(order):
            assert stepping.ended(state) is None, (order, count)
            state = act(definition, state, f"{name}=ok").state
        assert stepping.ended(state) == "published"


def test_the_join_is_right_in_every_round() -> None:
    definition = bpmn_rules.parse(checks().xml())
    state = stepping.start(definition).state
    rounds = [
        ("sort=both", "law_check=bad", "people_check=ok"),
        ("sort=both", "people_check=bad", "law_check=ok"),
        ("sort=both", "people_check=ok", "law_check=bad"),
    ]
    for acts in rounds * 3:
        state = act(definition, state, *acts[:2]).state
        assert len(open_now(definition, state)) == 1
        state = act(definition, state, acts[2]).state
        assert open_now(definition, state) == {"sort"}


def test_nothing_is_stuck_and_the_space_is_small() -> None:
    space = statespace.explore(bpmn_rules.parse(checks().xml()))
    assert set(space.ends.values()) == {"published"}
    assert all(offers or state in space.ends for state, offers in space.states.items())


# -- refusals ------------------------------------------------------------------------------------

Change = Callable[[Drawing], object]


def without_join(drawing: Drawing) -> None:
    parts = drawing.elements[""]
    parts[:] = [
        p.replace('inclusiveGateway id="checked"', 'exclusiveGateway id="checked"') for p in parts
    ]
    parts[:] = [
        p.replace("</bpmn:inclusiveGateway>", "</bpmn:exclusiveGateway>")
        if 'id="checked"' in p
        else p
        for p in parts
    ]


def back_into_the_block(drawing: Drawing) -> None:
    drawing.xor("once_more")
    drawing.elements[""] = [
        p.replace(
            'sourceRef="law_check" targetRef="checked"',
            'sourceRef="law_check" targetRef="once_more"',
        )
        for p in drawing.elements[""]
    ]
    drawing.flow("once_more", "entry", "law_check == 'bad'")
    drawing.default("once_more", drawing.flow("once_more", "checked"))


def branches_that_meet(drawing: Drawing) -> None:
    drawing.xor("meet")
    drawing.elements[""] = [
        p.replace('_check" targetRef="checked"', '_check" targetRef="meet"')
        for p in drawing.elements[""]
    ]
    drawing.flow("meet", "checked")


def fork_without_join(drawing: Drawing) -> None:
    drawing.par("fork")
    drawing.user("one")
    drawing.user("two")
    drawing.flow("which", "fork", "sort == 'neither'")
    drawing.chain("fork", "one", "checked")
    drawing.chain("fork", "two", "checked")


def after_a_reminder(drawing: Drawing) -> None:
    drawing.timer("late", "sort")
    drawing.user("nudge", "a b")
    drawing.inclusive("some")
    drawing.user("one")
    drawing.user("two")
    drawing.inclusive("all")
    drawing.end("nudged")
    drawing.chain("late", "nudge", "some")
    drawing.flow("some", "one", "nudge == 'a'")
    drawing.default("some", drawing.flow("some", "two"))
    drawing.chain("one", "all", "nudged")
    drawing.chain("two", "all")


def no_default(drawing: Drawing) -> None:
    drawing.elements[""] = [p.replace(' default="flow_6"', "") for p in drawing.elements[""]]


@pytest.mark.parametrize(
    ("change", "element", "words"),
    [
        (without_join, "which", "do not all meet"),
        (back_into_the_block, "which", "a flow enters its block, or leads back"),
        (branches_that_meet, "which", "meet before the join"),
        (fork_without_join, "fork", "before the join of the block"),
        (after_a_reminder, "some", "under way twice"),
        (no_default, "which", "no default flow"),
    ],
)
def test_what_is_no_block_is_refused(change: Change, element: str, words: str) -> None:
    drawing = checks()
    change(drawing)
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(drawing.xml())
    found = [(p.element_id, p.sentence.en) for p in refusal.value.problems]
    assert any(e == element and words in text for e, text in found), found


def test_a_join_without_a_split_is_refused() -> None:
    drawing = Drawing()
    drawing.start("submitted")
    drawing.user("sort", "a b")
    drawing.xor("split")
    drawing.user("one")
    drawing.inclusive("join")
    drawing.end("over")
    drawing.chain("submitted", "sort", "split")
    drawing.flow("split", "one", "sort == 'a'")
    drawing.default("split", drawing.flow("split", "join"))
    drawing.chain("one", "join", "over")
    with pytest.raises(DefinitionRefused, match="包容网关要成对"):
        bpmn_rules.parse(drawing.xml())
