"""Tasks for several people: all of them, or until an outcome decides; the order never matters."""

from __future__ import annotations

import itertools
import json

import pytest

from engine import audit, bpmn_rules, cases, definitions, statespace, stepping, user_tasks
from engine.elements import Definition, Several
from engine.errors import DefinitionRefused, UnknownEvent
from engine.stepping import Event, Occurrence, Step
from tests.conftest import OpenUow
from tests.reference.drawing import Drawing


def cosigning(
    until: str = "== 'object'", outcomes: str = "agree object", *, in_order: bool = False
) -> Drawing:
    """Three people sign; an objection goes back to the drafter."""
    drawing = Drawing("cosigning")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("cosign", outcomes, several=3, until=until, in_order=in_order)
    drawing.timer("overdue", "cosign", interrupting=True)
    drawing.xor("signed_by_all")
    drawing.user("revise", "done")
    drawing.end("published")
    drawing.chain("submitted", "entry", "cosign", "signed_by_all")
    drawing.flow("signed_by_all", "published", "cosign == 'agree'")
    drawing.default("signed_by_all", drawing.flow("signed_by_all", "revise"))
    drawing.chain("overdue", "revise", "entry")
    return drawing


def parsed(**manner: str) -> Definition:
    return bpmn_rules.parse(cosigning(**manner).xml())


def sign(definition: Definition, state: str, *acts: tuple[int, str]) -> Step:
    step = Step(state, (), (), None)
    for item, outcome in acts:
        event = Event("user", "cosign", item=item, outcome=outcome)
        step = stepping.advance(definition, step.state, event)
    return step


def open_items(definition: Definition, state: str) -> list[int | None]:
    return [o.item for o in stepping.enabled(definition, state) if o.element == "cosign"]


def test_everybody_has_a_task_of_their_own() -> None:
    definition = parsed()
    assert definition.tasks["cosign"].several == Several(3, False, frozenset({"object"}))
    step = stepping.start(definition)
    assert [o for o in step.opened if o.kind == "user"] == [
        Occurrence("user", "cosign", item=item) for item in range(3)
    ]
    step = sign(definition, step.state, (1, "agree"))
    assert step.closed == (Occurrence("user", "cosign", item=1),)
    assert step.opened == ()
    assert json.loads(step.state)["tokens"] == [
        {"at": "cosign", "items": [0, 2], "timers": ["overdue"]}
    ]


def test_all_agree_in_any_order() -> None:
    definition = parsed()
    first = stepping.start(definition).state
    for order in itertools.permutations(range(3)):
        step = sign(definition, first, *((item, "agree") for item in order))
        assert step.ended == "published"


def test_the_first_objection_decides_and_withdraws_the_rest() -> None:
    definition = parsed()
    step = sign(definition, stepping.start(definition).state, (2, "agree"), (0, "object"))
    assert set(step.closed) == {
        Occurrence("user", "cosign", item=0),
        Occurrence("user", "cosign", item=1),
        Occurrence("timer", "overdue"),
    }
    assert step.opened == (Occurrence("user", "revise"),)


def test_the_first_who_agrees_suffices() -> None:
    definition = parsed(until="== 'agree'")
    first = stepping.start(definition).state
    assert sign(definition, first, (1, "object"), (2, "agree")).ended == "published"
    step = sign(definition, first, *((item, "object") for item in range(3)))
    assert step.opened == (Occurrence("user", "revise"),)


def test_in_order_one_is_asked_after_the_other() -> None:
    definition = bpmn_rules.parse(cosigning(in_order=True).xml())
    state = stepping.start(definition).state
    for item in range(3):
        assert open_items(definition, state) == [item]
        step = sign(definition, state, (item, "agree"))
        state = step.state
        if item < 2:
            assert step.opened == (Occurrence("user", "cosign", item=item + 1),)
    assert step.ended == "published"


def test_a_new_round_asks_everybody_again() -> None:
    definition = parsed()
    first = stepping.start(definition).state
    state = sign(definition, first, (0, "agree"), (1, "object")).state
    state = stepping.advance(definition, state, Event("user", "revise", outcome="done")).state
    assert state == first


def test_a_timer_takes_it_from_all_who_are_left() -> None:
    definition = parsed()
    state = sign(definition, stepping.start(definition).state, (0, "agree")).state
    step = stepping.advance(definition, state, Event("timer", "overdue"))
    assert [o.item for o in step.closed if o.kind == "user"] == [1, 2]


@pytest.mark.parametrize("item", [None, 0, 3, -1])
def test_who_is_not_asked_or_has_done_it_cannot_act(item: int | None) -> None:
    definition = parsed()
    state = sign(definition, stepping.start(definition).state, (0, "agree")).state
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, state, Event("user", "cosign", item=item, outcome="agree"))


def test_the_states_are_the_sets_of_those_who_are_left() -> None:
    space = statespace.explore(parsed())
    # seven sets of people who are still asked, the drafter, the end
    assert len(space.states) == 7 + 1 + 1


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (cosigning("", "agree object"), "depends on who is faster"),
        (cosigning("== 'object'", "agree object abstain"), "(agree, abstain)"),
        (cosigning("== 'maybe'"), "compares “cosign” with outcomes"),
        (cosigning("== 'agree' or revise == 'done'"), "compares “cosign” with outcomes"),
        (cosigning("> 2"), "cannot be used"),
    ],
)
def test_a_result_that_depends_on_who_is_faster_is_refused(drawing: Drawing, words: str) -> None:
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(drawing.xml())
    assert any(p.element_id == "cosign" and words in p.sentence.en for p in refusal.value.problems)


@pytest.mark.parametrize("number", ["", "1", "0", "-1", "13", "n", "２"])
def test_how_many_must_be_a_number_that_can_be_looked_through(number: str) -> None:
    xml = cosigning().xml().decode()
    xml = xml.replace("loopCardinality>3<", f"loopCardinality>{number}<")
    with pytest.raises(DefinitionRefused, match="loopCardinality"):
        bpmn_rules.parse(xml.encode())


def test_everybody_has_a_row_and_the_rest_are_withdrawn(uow: OpenUow) -> None:
    with uow() as work:
        definitions.deploy(work, cosigning().xml())
        case = cases.start(work, "cosigning", "2026-000001")
        rows = user_tasks.for_case(work, case.id)
        assert sorted(row.item or 0 for row in rows) == [0, 1, 2]
        for row, outcome in zip(rows, ("agree", "object"), strict=False):
            user_tasks.claim(work, row.id)
            user_tasks.complete(work, row.id, outcome)
        found = user_tasks.for_case(work, case.id)
        assert sorted((r.element_id, r.status) for r in found) == [
            ("cosign", "closed"),
            ("cosign", "done"),
            ("cosign", "done"),
            ("revise", "open"),
        ]
        assert audit.verify_case(work, case.id).ok
