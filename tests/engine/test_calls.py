"""Called processes: decisions per call path, two calls of one process at once, and what is refused."""

from __future__ import annotations

import json

import pytest

from engine import audit, bpmn_rules, cases, definitions, statespace, stepping, user_tasks
from engine.elements import Definition
from engine.errors import DefinitionRefused, UnknownEvent
from engine.stepping import Event, Occurrence, Step
from tests.conftest import OpenUow
from tests.reference.drawing import Drawing


def signing() -> Drawing:
    """A process to call: sign or refuse, with a way back for more material."""
    drawing = Drawing("signing", "signing_flow")
    drawing.start("asked")
    drawing.xor("again")
    drawing.user("sign", "signed refused more")
    drawing.xor("signed_or_not")
    drawing.user("explain", "done")
    drawing.end("agreed")
    drawing.end("declined")
    drawing.chain("asked", "again", "sign", "signed_or_not")
    drawing.flow("signed_or_not", "agreed", "sign == 'signed'")
    drawing.flow("signed_or_not", "explain", "sign == 'more'")
    drawing.flow("explain", "again")
    drawing.default("signed_or_not", drawing.flow("signed_or_not", "declined"))
    return drawing


def calling(key: str, callee: str) -> Drawing:
    drawing = Drawing(key, f"{key}_flow")
    drawing.start(f"{key}_start")
    drawing.call(f"{key}_call", callee)
    drawing.end(f"{key}_end")
    drawing.chain(f"{key}_start", f"{key}_call", f"{key}_end")
    return drawing


def two_offices() -> Drawing:
    """Two offices sign at the same time by the same process; both must agree, or all begin again."""
    drawing = Drawing("two_offices")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.par("fork")
    drawing.call("office_a", "signing")
    drawing.call("office_b", "signing")
    drawing.par("join")
    drawing.xor("both_agreed")
    drawing.user("revise", "done")
    drawing.end("published")
    drawing.chain("submitted", "entry", "fork", "office_a", "join", "both_agreed")
    drawing.chain("fork", "office_b", "join")
    agreed = "office_a == 'agreed' and office_b == 'agreed'"
    drawing.flow("both_agreed", "published", agreed)
    drawing.default("both_agreed", drawing.flow("both_agreed", "revise"))
    drawing.flow("revise", "entry")
    return drawing


def act(definition: Definition, state: str, *acts: str) -> Step:
    """Play acts written `call/element=outcome`, or `call/element` for a timer."""
    step = Step(state, (), (), None)
    for text in acts:
        place, _, outcome = text.partition("=")
        *path, name = place.split("/")
        kind = "user" if outcome else "timer"
        assert kind in ("user", "timer")
        event = Event(kind, name, tuple(path), outcome=outcome or None)
        step = stepping.advance(definition, step.state, event)
    return step


def open_now(definition: Definition, state: str) -> set[str]:
    return {"/".join((*o.path, o.element)) for o in stepping.enabled(definition, state)}


def both() -> Definition:
    return bpmn_rules.parse(two_offices().xml(signing()))


def test_two_calls_of_one_process_are_told_apart_by_their_path() -> None:
    definition = both()
    first = stepping.start(definition)
    assert first.opened == (
        Occurrence("user", "sign", ("office_a",)),
        Occurrence("user", "sign", ("office_b",)),
    )
    step = act(definition, first.state, "office_b/sign=more")
    assert open_now(definition, step.state) == {"office_a/sign", "office_b/explain"}
    assert step.closed == (Occurrence("user", "sign", ("office_b",)),)


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize(
    ("signs", "then"),
    [
        (("signed", "signed"), set()),
        (("signed", "refused"), {"revise"}),
        (("refused",) * 2, {"revise"}),
    ],
)
def test_the_caller_decides_by_how_each_call_ended(
    order: str, signs: tuple[str, str], then: set[str]
) -> None:
    definition = both()
    state = stepping.start(definition).state
    for office in order:
        outcome = signs["ab".index(office)]
        state = act(definition, state, f"office_{office}/sign={outcome}").state
    assert open_now(definition, state) == then
    assert stepping.ended(state) == (None if then else "published")


def test_a_new_round_begins_without_the_decisions_of_the_last() -> None:
    definition = both()
    first = stepping.start(definition).state
    acts = ("office_a/sign=more", "office_a/explain=done", "office_a/sign=refused")
    state = act(definition, first, *acts, "office_b/sign=refused", "revise=done").state
    assert state == first


def test_a_state_keeps_the_decisions_of_a_call_in_its_token() -> None:
    """An earlier decision that is read later on lives where it was made."""
    inner = Drawing("checking", "checking_flow")
    inner.start("asked")
    inner.user("look", "good bad")
    inner.user("write", "done")
    inner.xor("found")
    inner.end("fine")
    inner.end("faulty")
    inner.chain("asked", "look", "write", "found")
    inner.flow("found", "faulty", "look == 'bad'")
    inner.default("found", inner.flow("found", "fine"))
    outer = Drawing("outer")
    outer.start("submitted")
    outer.call("check", "checking")
    outer.end("over")
    outer.chain("submitted", "check", "over")
    definition = bpmn_rules.parse(outer.xml(inner))
    step = act(definition, stepping.start(definition).state, "check/look=bad")
    assert json.loads(step.state)["tokens"] == [
        {"at": "check", "inside": [{"at": "write"}], "variables": {"look": "bad"}}
    ]
    assert stepping.variables(step.state) == {}
    assert act(definition, step.state, "check/write=done").ended == "over"


def test_nothing_is_stuck_and_every_state_can_end() -> None:
    space = statespace.explore(both())
    assert set(space.ends.values()) == {"published"}
    assert all(offers or state in space.ends for state, offers in space.states.items())


def test_a_timer_takes_a_whole_call_away() -> None:
    drawing = calling("one", "signing")
    drawing.timer("overdue", "one_call", interrupting=True)
    drawing.user("take_over", "done")
    drawing.end("taken_over")
    drawing.chain("overdue", "take_over", "taken_over")
    definition = bpmn_rules.parse(drawing.xml(signing()))
    step = act(definition, stepping.start(definition).state, "overdue")
    assert open_now(definition, step.state) == {"take_over"}
    assert Occurrence("user", "sign", ("one_call",)) in step.closed


def test_a_reminder_listens_while_the_call_goes_on() -> None:
    drawing = calling("one", "signing")
    drawing.timer("late", "one_call")
    drawing.user("nudge", "done")
    drawing.end("nudged")
    drawing.chain("late", "nudge", "nudged")
    definition = bpmn_rules.parse(drawing.xml(signing()))
    step = act(definition, stepping.start(definition).state, "one_call/sign=more", "late")
    assert open_now(definition, step.state) == {"nudge", "one_call/explain"}
    step = act(
        definition, step.state, "one_call/explain=done", "one_call/sign=signed", "nudge=done"
    )
    assert step.ended == "nudged"


def test_an_event_of_the_other_call_or_of_none_is_refused() -> None:
    definition = both()
    state = act(definition, stepping.start(definition).state, "office_a/sign=signed").state
    for path in ((), ("office_a",), ("office_c",), ("office_b", "office_b")):
        with pytest.raises(UnknownEvent):
            stepping.advance(definition, state, Event("user", "sign", path, outcome="signed"))


# -- where the called process stands -------------------------------------------------------------


def test_a_called_process_can_stand_in_a_file_of_its_own() -> None:
    apart = bpmn_rules.parse(two_offices().xml(), library={"signing": signing().xml()})
    assert apart.tasks["sign"].outcomes == ("signed", "refused", "more")
    assert apart.calls["office_a"].outcomes == ("agreed", "declined")
    again = bpmn_rules.parse(apart.xml)
    assert again == apart, "stored, a definition needs no library"
    state = stepping.start(apart).state
    assert act(again, state, "office_a/sign=signed", "office_b/sign=signed").ended == "published"


def test_the_digest_covers_what_is_called() -> None:
    changed = signing().xml().replace(b"signed refused more", b"signed refused more never")
    one = bpmn_rules.parse(two_offices().xml(), library={"signing": signing().xml()})
    other = bpmn_rules.parse(two_offices().xml(), library={"signing": changed})
    assert one != other
    with pytest.raises(UnknownEvent):
        stepping.enabled(other, stepping.start(one).state)


def test_a_library_is_not_part_of_what_does_not_call_it() -> None:
    xml = signing().xml()
    assert bpmn_rules.parse(xml, library={"two_offices": two_offices().xml()}).xml == xml


# -- refusals ------------------------------------------------------------------------------------


def problems(xml: bytes, **library: bytes) -> set[tuple[str, str]]:
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(xml, file="main.bpmn", library=library)
    return {(p.element_id, p.sentence.en) for p in refusal.value.problems}


@pytest.mark.parametrize(
    ("drawing", "library", "element", "words"),
    [
        (calling("one", "nowhere"), {}, "one_call", "neither in this file"),
        (calling("one", "one"), {}, "one", "circle"),
        (calling("one", "two"), {"two": calling("two", "two")}, "two_call", "calls itself"),
        (calling("one", "two"), {"two": calling("two", "one")}, "two_call", "calls itself"),
        (calling("one", "two"), {"two": calling("three", "one")}, "one_call", "neither in"),
        (calling("one", "signing"), {"signing": signing()}, "", ""),
    ],
    ids=["missing", "itself", "callee itself", "in a circle", "under another name", "sound"],
)
def test_calls_that_lead_nowhere_or_round_are_refused(
    drawing: Drawing, library: dict[str, Drawing], element: str, words: str
) -> None:
    files = {key: other.xml() for key, other in library.items()}
    if not words:
        assert bpmn_rules.parse(drawing.xml(), library=files).key == "one"
        return
    assert any(e == element and words in text for e, text in problems(drawing.xml(), **files))


def test_a_problem_of_a_called_file_names_that_file() -> None:
    bad = signing().xml().replace(b"sign == 'more'", b"sign > 'more'")
    with pytest.raises(DefinitionRefused) as refusal:
        bpmn_rules.parse(two_offices().xml(), file="main.bpmn", library={"signing": bad})
    (problem,) = refusal.value.problems
    assert (problem.file, problem.element_id) == ("signing.bpmn", "signing_flow_5")


def test_one_id_in_both_processes_is_refused() -> None:
    xml = signing().xml().replace(b'"explain"', b'"revise"')
    found = problems(two_offices().xml(), signing=xml)
    assert any(e == "revise" and "called process too" in text for e, text in found)


def test_a_condition_about_another_process_is_refused() -> None:
    xml = two_offices().xml(signing()).replace(b"office_b == 'agreed'", b"sign == 'signed'")
    assert any("“sign” in the condition" in text for _, text in problems(xml))


def test_an_end_that_the_called_process_does_not_have_is_refused() -> None:
    xml = two_offices().xml(signing()).replace(b"office_b == 'agreed'", b"office_b == 'signed'")
    assert any("no outcome “signed”; it has: agreed" in text for _, text in problems(xml))


def test_a_loop_around_a_call_that_asks_nobody_is_refused() -> None:
    inner = Drawing("inner", "inner_flow")
    inner.start("asked")
    inner.end("answered")
    inner.chain("asked", "answered")
    outer = Drawing("outer")
    outer.start("submitted")
    outer.xor("entry")
    outer.call("ask", "inner")
    outer.xor("enough")
    outer.end("over")
    outer.chain("submitted", "entry", "ask", "enough")
    outer.flow("enough", "over", "ask == None")
    outer.default("enough", outer.flow("enough", "entry"))
    assert any("turn for ever" in text for _, text in problems(outer.xml(inner)))
    inner.user("look", "good")
    inner.elements[""] = [p for p in inner.elements[""] if "inner_flow_1" not in p]
    inner.edges.clear()
    inner.chain("asked", "look", "answered")
    assert bpmn_rules.parse(outer.xml(inner)).calls["ask"].calls == "inner"


def test_a_call_after_a_reminder_is_refused() -> None:
    drawing = two_offices()
    drawing.timer("late", "revise")
    drawing.call("tell", "signing")
    drawing.end("told")
    drawing.chain("late", "tell", "told")
    found = problems(drawing.xml(signing()))
    assert any(e == "tell" and "non-interrupting" in text for e, text in found)


def test_calls_that_multiply_are_refused() -> None:
    """Each process calls the next one twice: small files, an enormous case."""
    drawings = []
    for number in range(9):
        key, callee = f"p{number}", f"p{number + 1}" if number < 8 else "signing"
        drawing = Drawing(key, f"{key}_flow")
        drawing.start(f"{key}_start")
        drawing.call(f"{key}_one", callee)
        drawing.call(f"{key}_two", callee)
        drawing.end(f"{key}_end")
        drawing.chain(f"{key}_start", f"{key}_one", f"{key}_two", f"{key}_end")
        drawings.append(drawing)
    found = problems(drawings[0].xml(*drawings[1:], signing()))
    assert any("With what it calls" in text for _, text in found)


def test_calls_nested_without_end_are_refused() -> None:
    chain = [calling(f"p{n}", f"p{n + 1}") for n in range(400)]
    assert any("nest deeper" in text for _, text in problems(chain[0].xml(*chain[1:])))


# -- in the database -----------------------------------------------------------------------------


def test_tasks_of_two_calls_are_two_rows_and_the_case_ends(uow: OpenUow) -> None:
    with uow() as work:
        definitions.deploy(work, two_offices().xml(), library={"signing": signing().xml()})
        case = cases.start(work, "two_offices", "2026-000001")
        rows = user_tasks.for_case(work, case.id)
        assert sorted((row.path, row.element_id) for row in rows) == [
            ("office_a", "sign"),
            ("office_b", "sign"),
        ]
        for row in rows:
            user_tasks.claim(work, row.id)
            applied = user_tasks.complete(work, row.id, "signed")
        assert applied.ended == "published"
        assert audit.verify_case(work, case.id).ok


def test_a_call_that_runs_through_at_the_start_has_decided() -> None:
    """Nothing waits in it, so it ends within the first step; what it said is asked for later."""
    at_once = Drawing("at_once", "at_once_flow")
    at_once.start("asked")
    at_once.end("agreed")
    at_once.chain("asked", "agreed")
    drawing = Drawing("office")
    drawing.start("submitted")
    drawing.call("checked", "at_once")
    drawing.user("sign", "ok")
    drawing.xor("was_it")
    drawing.end("published")
    drawing.end("dropped")
    drawing.chain("submitted", "checked", "sign", "was_it")
    drawing.flow("was_it", "published", "checked == 'agreed'")
    drawing.default("was_it", drawing.flow("was_it", "dropped"))
    definition = bpmn_rules.parse(drawing.xml(), library={"at_once": at_once.xml()})
    begun = stepping.start(definition)
    assert stepping.variables(begun.state) == {"checked": "agreed"}
    assert act(definition, begun.state, "sign=ok").ended == "published"
