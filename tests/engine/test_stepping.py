"""A step is a pure function of state and event: joins, loops, timers, standing and voided decisions."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import bpmn_rules, statespace, stepping
from engine.elements import Definition
from engine.errors import UnknownEvent
from engine.freezing import NeverRests
from engine.stepping import Event, Occurrence, Step
from tests.reference.drawing import Drawing

MODELS = Path(__file__).parent / "models"


def load(name: str) -> Definition:
    path = MODELS / f"{name}.bpmn"
    return bpmn_rules.parse(path.read_bytes(), file=path.name)


def act(definition: Definition, state: str, *acts: str) -> Step:
    """Play acts written `element=outcome`, or `element` for a timer."""
    step = Step(state, (), (), None)
    for text in acts:
        element, _, outcome = text.partition("=")
        kind = definition.tasks[element].kind if outcome else "timer"
        assert kind in ("user", "service", "timer")
        step = stepping.advance(
            definition, step.state, Event(kind, element, outcome=outcome or None)
        )
    return step


def open_now(definition: Definition, state: str) -> set[str]:
    return {offer.element for offer in stepping.enabled(definition, state)}


def user(element: str) -> Occurrence:
    return Occurrence("user", element)


# -- joins in loops ------------------------------------------------------------------------------

ROUND = (
    ("document_written=ok", "document_review=pass"),
    (
        "interpretation_written=ok",
        "interpretation_review=pass",
    ),
)
ORDERS = [
    tuple(ROUND[which][turn] for which, turn in order)
    for order in (
        [(0, 0), (0, 1), (1, 0), (1, 1)],
        [(0, 0), (1, 0), (0, 1), (1, 1)],
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        [(1, 0), (1, 1), (0, 0), (0, 1)],
        [(1, 0), (0, 0), (1, 1), (0, 1)],
        [(1, 0), (0, 0), (0, 1), (1, 1)],
    )
]


def test_join_waits_for_both_branches_in_every_order_over_four_rounds() -> None:
    definition = load("fork_join_loop")
    first = stepping.start(definition).state
    for orders in itertools.product(ORDERS, repeat=4):
        state = first
        for turn, order in enumerate(orders):
            state = act(definition, state, "sort=ok").state
            for text in order:
                assert "final_review" not in open_now(definition, state), (orders, turn, text)
                state = act(definition, state, text).state
            assert open_now(definition, state) == {"final_review", "overdue"}
            state = act(definition, state, "final_review=return").state
        assert open_now(definition, state) == {"sort"}


def test_many_returns_lead_to_the_state_of_one_return() -> None:
    definition = load("fork_join_loop")
    state = stepping.start(definition).state
    seen = set()
    for _ in range(10):
        state = act(definition, state, "sort=ok", *ORDERS[0], "final_review=return").state
        seen.add(state)
    assert len(seen) == 1
    assert len(state) < 300


def test_a_state_reads_in_bpmn_terms() -> None:
    definition = load("fork_join_loop")
    state = stepping.start(definition).state
    step = act(definition, state, "sort=ok", *ORDERS[0][:2])
    assert json.loads(step.state) == {
        "of": f"package_review@{definition.digest[:16]}",
        "tokens": [
            {"at": "interpretation_written"},
            {"at": "join", "from": "document_decided"},
        ],
        "variables": {},
        "ended": None,
    }


@pytest.mark.parametrize("name", ["fork_join_loop", "checks"])
def test_no_state_speaks_of_the_library(name: str) -> None:
    definition = load(name)
    elements = set(definition.names)
    for state in statespace.explore(definition).states:
        assert not re.search(r"Spiff|Split|EndJoin|Root|BoundaryEvent|\[child\]", state)
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", state)
        named = {value for key, value in re.findall(r'"(at|from)":"([^"]+)"', state)}
        assert named <= elements


@pytest.mark.parametrize("name", ["fork_join_loop", "checks"])
def test_every_state_can_end_and_none_is_stuck(name: str) -> None:
    space = statespace.explore(load(name))
    before: dict[str, set[str]] = {}
    for edge in space.edges:
        before.setdefault(edge.after, set()).add(edge.before)
    can_end, todo = set(space.ends), list(space.ends)
    while todo:
        for state in before.get(todo.pop(), set()) - can_end:
            can_end.add(state)
            todo.append(state)
    assert can_end == set(space.states)
    assert all(offers or state in space.ends for state, offers in space.states.items())


FRESH = """
import sys
from pathlib import Path
from engine import bpmn_rules, stepping
definition = bpmn_rules.parse(Path(sys.argv[1]).read_bytes())
element, _, outcome = sys.argv[2].partition("=")
kind = definition.tasks[element].kind if outcome else "timer"
event = stepping.Event(kind, element, outcome=outcome or None)
sys.stdout.write(stepping.advance(definition, sys.stdin.read(), event).state)
"""


def test_states_thaw_in_a_fresh_interpreter() -> None:
    """One story, each step in a process of its own; the states are the same text."""
    definition = load("checks")
    story = [
        "law_reminder",
        "remind=done",
        "secrecy_check=clear",
        "law_check=return",
        "revise=minor",
    ]
    state = stepping.start(definition).state
    for text in story:
        fresh = subprocess.run(
            [sys.executable, "-c", FRESH, str(MODELS / "checks.bpmn"), text],
            input=state,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        state = act(definition, state, text).state
        assert fresh == state


# -- what a step reports -------------------------------------------------------------------------


def test_a_task_closed_and_opened_again_is_reported_as_both() -> None:
    drawing = Drawing()
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("review", "pass return")
    drawing.xor("decided")
    drawing.end("passed")
    drawing.chain("submitted", "entry", "review", "decided")
    drawing.flow("decided", "entry", "review == 'return'")
    drawing.default("decided", drawing.flow("decided", "passed"))
    definition = bpmn_rules.parse(drawing.xml())
    first = stepping.start(definition)
    assert first.opened == (user("review"),)
    again = act(definition, first.state, "review=return")
    assert (again.opened, again.closed) == ((user("review"),), (user("review"),))
    assert again.state == first.state
    over = act(definition, again.state, "review=pass")
    assert (over.opened, over.closed, over.ended) == ((), (user("review"),), "passed")
    assert stepping.ended(over.state) == "passed"
    assert stepping.enabled(definition, over.state) == ()


def test_equal_states_have_equal_digests() -> None:
    definition = load("fork_join_loop")
    one = act(definition, stepping.start(definition).state, "sort=ok", *ORDERS[0])
    other = act(definition, stepping.start(definition).state, "sort=ok", *ORDERS[4])
    assert one.state == other.state
    assert stepping.digest(one.state) == stepping.digest(other.state)
    assert len(stepping.digest(one.state)) == 64


# -- error ends, standing, voids -----------------------------------------------------------------


def test_an_error_end_closes_its_sub_process_and_all_branches() -> None:
    definition = load("checks")
    state = stepping.start(definition).state
    step = act(definition, state, "secrecy_check=return")
    assert step.opened == (user("revise"),)
    assert set(step.closed) == {
        user("secrecy_check"),
        user("law_check"),
        Occurrence("timer", "law_reminder"),
    }


def test_an_error_end_reached_last_does_not_also_end_normally() -> None:
    definition = load("checks")
    step = act(
        definition, stepping.start(definition).state, "secrecy_check=clear", "law_check=return"
    )
    assert open_now(definition, step.state) == {"revise"}


def test_a_decision_that_stands_is_not_asked_again_inside_a_sub_process() -> None:
    definition = load("checks")
    state = stepping.start(definition).state
    step = act(definition, state, "secrecy_check=clear", "law_check=return", "revise=minor")
    assert open_now(definition, step.state) == {"law_check", "law_reminder"}
    assert stepping.variables(step.state) == {"secrecy_check": "clear"}
    step = act(definition, step.state, "law_check=clear")
    assert open_now(definition, step.state) == {"final_review"}


def test_voided_decisions_are_asked_again() -> None:
    definition = load("checks")
    state = stepping.start(definition).state
    acts = ("secrecy_check=clear", "law_check=return", "revise=major", "void_decisions=done")
    step = act(definition, state, *acts)
    assert open_now(definition, step.state) == {"law_check", "secrecy_check", "law_reminder"}
    assert stepping.variables(step.state) == {}


def test_all_decisions_standing_passes_the_whole_sub_process_in_one_step() -> None:
    definition = load("checks")
    state = stepping.start(definition).state
    acts = ("secrecy_check=clear", "law_check=clear", "final_review=return", "revise=minor")
    step = act(definition, state, *acts)
    assert open_now(definition, step.state) == {"final_review"}


def test_a_loop_of_standing_decisions_is_refused_instead_of_turning_for_ever() -> None:
    drawing = Drawing()
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("review", "pass return", standing="pass")
    drawing.xor("decided")
    drawing.end("passed")
    drawing.chain("submitted", "entry", "review", "decided")
    drawing.flow("decided", "entry", "review == 'pass'")
    drawing.default("decided", drawing.flow("decided", "passed"))
    definition = bpmn_rules.parse(drawing.xml())
    with pytest.raises(NeverRests) as refusal:
        act(definition, stepping.start(definition).state, "review=pass")
    assert "without resting" in refusal.value.reasons[0].en


def branches_that_meet(number: int, where: str) -> Drawing:
    """After a task, a fork into branches that ask nobody and meet again without being joined."""
    drawing = Drawing()
    drawing.start("submitted")
    drawing.user("review", "pass")
    drawing.par("fork")
    drawing.end("told")
    drawing.chain("submitted", "review", "fork")
    if where == "merge":
        drawing.xor("merge")
        drawing.flow("merge", "told")
    for branch in range(number):
        drawing.throw(f"passed_{branch}")
        drawing.chain("fork", f"passed_{branch}", "merge" if where == "merge" else "told")
    return drawing


@pytest.mark.parametrize("where", ["end", "merge"])
@pytest.mark.parametrize("number", [2, 7, 60])
def test_branches_that_meet_are_no_loop_however_many(number: int, where: str) -> None:
    definition = bpmn_rules.parse(branches_that_meet(number, where).xml())
    assert act(definition, stepping.start(definition).state, "review=pass").ended == "told"


def test_a_loop_whose_rounds_each_send_branches_away_is_still_found() -> None:
    drawing = branches_that_meet(9, "end")
    drawing.xor("entry")
    drawing.user("again", "yes", standing="yes")
    drawing.xor("asked")
    drawing.chain("fork", "entry", "again", "asked")
    drawing.flow("asked", "entry", "again == 'yes'")
    drawing.default("asked", drawing.flow("asked", "told"))
    definition = bpmn_rules.parse(drawing.xml())
    state = act(definition, stepping.start(definition).state, "review=pass").state
    with pytest.raises(NeverRests) as refusal:
        act(definition, state, "again=yes")
    assert "without resting" in refusal.value.reasons[0].en


def test_branches_that_multiply_are_refused_with_what_to_draw_instead() -> None:
    drawing = Drawing()
    drawing.start("submitted")
    drawing.user("review", "pass")
    drawing.end("told")
    drawing.flow("submitted", "review")
    last = "review"
    for number in range(12):
        fork, merge = drawing.par(f"fork_{number}"), drawing.xor(f"merge_{number}")
        drawing.flow(last, fork)
        for side in ("left", "right"):
            drawing.chain(fork, drawing.throw(f"{side}_{number}"), merge)
        last = merge
    drawing.flow(last, "told")
    definition = bpmn_rules.parse(drawing.xml())
    with pytest.raises(NeverRests) as refusal:
        act(definition, stepping.start(definition).state, "review=pass")
    assert "请用 parallelGateway 先汇合" in refusal.value.reasons[0].zh
    assert "join them with a parallelGateway" in refusal.value.reasons[0].en


# -- timers --------------------------------------------------------------------------------------


def test_timers_that_do_not_interrupt_fire_once_each_in_any_order() -> None:
    definition = load("deadlines")
    state = stepping.start(definition).state
    for order in itertools.permutations(["first_reminder", "second_reminder"]):
        step = act(definition, state, *order)
        assert open_now(definition, step.state) == {
            "review",
            "expiry",
            "first_nudge",
            "second_nudge",
        }
        with pytest.raises(UnknownEvent):
            act(definition, step.state, order[0])
        step = act(definition, step.state, "review=pass", "first_nudge=seen")
        assert step.ended is None
        assert act(definition, step.state, "second_nudge=seen").ended == "second_seen"


def test_timers_listen_again_after_a_return() -> None:
    definition = load("deadlines")
    state = stepping.start(definition).state
    step = act(definition, state, "first_reminder", "first_nudge=seen", "review=return")
    assert step.state == state
    assert Occurrence("timer", "first_reminder") in step.opened
    assert Occurrence("timer", "second_reminder") in step.closed


def test_two_tokens_on_one_element_are_two_occurrences() -> None:
    definition = load("deadlines")
    state = stepping.start(definition).state
    step = act(definition, state, "first_reminder", "review=return", "first_reminder")
    assert stepping.enabled(definition, step.state).count(user("first_nudge")) == 2
    step = act(definition, step.state, "first_nudge=seen")
    assert stepping.enabled(definition, step.state).count(user("first_nudge")) == 1


def test_an_interrupting_timer_takes_the_task_away() -> None:
    definition = load("deadlines")
    step = act(definition, stepping.start(definition).state, "expiry")
    assert step.opened == (user("take_over"),)
    assert user("review") in step.closed
    assert open_now(definition, step.state) == {"take_over"}


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        Event("user", "final_review", outcome="pass"),
        Event("user", "sort"),
        Event("user", "sort", outcome="pass"),
        Event("user", "sort", outcome=""),
        Event("service", "sort", outcome="ok"),
        Event("timer", "overdue"),
        Event("timer", "sort", outcome="ok"),
        Event("message", "sort", outcome="ok"),
        Event("user", "sort", path=("entry",), outcome="ok"),
        Event("user", "sort", item=0, outcome="ok"),
        Event("user", "nowhere", outcome="ok"),
        Event("user", "entry", outcome="ok"),
    ],
    ids=str,
)
def test_what_is_not_open_is_refused(event: Event) -> None:
    definition = load("fork_join_loop")
    with pytest.raises(UnknownEvent) as refusal:
        stepping.advance(definition, stepping.start(definition).state, event)
    assert refusal.value.reasons[0].zh
    assert refusal.value.reasons[0].en


def test_a_timer_has_no_outcome() -> None:
    definition = load("deadlines")
    state = stepping.start(definition).state
    with pytest.raises(UnknownEvent):
        stepping.advance(definition, state, Event("timer", "expiry", outcome="pass"))


@pytest.mark.parametrize("state", ["", "{}", "[]", "null", '{"of":"package_review@0"}'])
def test_what_is_no_state_of_this_definition_is_refused(state: str) -> None:
    definition = load("fork_join_loop")
    with pytest.raises(UnknownEvent):
        stepping.enabled(definition, state)


def test_the_state_of_another_definition_is_refused() -> None:
    other = stepping.start(load("checks")).state
    with pytest.raises(UnknownEvent) as refusal:
        stepping.enabled(load("fork_join_loop"), other)
    assert "checked@" in refusal.value.reasons[0].en


def test_a_graph_above_the_limit_is_refused() -> None:
    with pytest.raises(statespace.TooManyStates):
        statespace.explore(load("deadlines"), limit=20)


def test_what_opens_again_while_it_is_open_is_not_followed_without_end() -> None:
    space = statespace.explore(load("deadlines"))
    assert len(space.states) < 40
    assert set(space.twice.values()) == {"first_nudge", "second_nudge"}
