"""The verifier on small processes: what is unsound is found, a rule that can be broken has a shortest story."""

from __future__ import annotations

import pytest

from engine import bpmn_rules, rule_files, statespace, verification
from engine.elements import Definition
from engine.rules import Rule
from engine.stepping import Event
from engine.verification import Verdict
from tests.reference.drawing import Drawing


def releasing(*, bypass: bool = False, timeout: bool = False) -> Definition:
    """Review, then release; what is returned is revised. With `bypass`, a second return goes out unseen."""
    drawing = Drawing("releasing")
    drawing.start("submitted")
    drawing.user("review", "pass return")
    drawing.xor("reviewed")
    drawing.user("revise", "again give_up")
    drawing.xor("revised")
    drawing.xor("merged")
    drawing.service("publish")
    drawing.end("published")
    drawing.end("given_up")
    drawing.chain("submitted", "merged", "review", "reviewed")
    drawing.flow("reviewed", "publish", "review == 'pass'")
    drawing.default("reviewed", drawing.flow("reviewed", "revise"))
    drawing.chain("publish", "published")
    drawing.chain("revise", "revised")
    drawing.default("revised", drawing.flow("revised", "given_up"))
    target = "publish" if bypass else "merged"
    drawing.flow("revised", target, "revise == 'again'")
    if timeout:
        drawing.timer("late", "review", interrupting=True)
        drawing.flow("late", "publish")
    return bpmn_rules.parse(drawing.xml(), file="releasing.bpmn")


def rule(definition: Definition, template: str, strength: str = "mandatory") -> tuple[Rule, ...]:
    head = (
        f'[[rule]]\nid = "the_rule"\nzh = "规则。"\nen = "The rule."\nsource = ["domain:A1.3"]\n'
        f'strength = "{strength}"\n'
    )
    return rule_files.read(definition, (head + template).encode(), "releasing.rules.toml")


REVIEWED = 'template = "precedence"\nof = ["handler:publish"]\nneeds = ["review=pass"]\n'
REVIEWED_SINCE = REVIEWED + 'since = ["review=return"]\n'


def kinds(verdict: Verdict) -> list[tuple[str, str]]:
    return [(finding.kind, finding.about) for finding in verdict.findings]


def outcomes(story: tuple[Event, ...]) -> list[str]:
    return [f"{event.element}={event.outcome}" for event in story]


def test_a_sound_process_that_keeps_its_rules_is_proven() -> None:
    definition = releasing()
    verdict = verification.verify(definition, rule(definition, REVIEWED_SINCE))
    assert verdict.proven
    assert verdict.findings == ()
    space = statespace.explore(definition)
    assert (verdict.states, verdict.edges) == (len(space.states), len(space.edges))
    assert verdict.rules == ("the_rule",)


def test_a_rule_that_can_be_broken_comes_with_a_shortest_story() -> None:
    definition = releasing(bypass=True)
    verdict = verification.verify(definition, rule(definition, REVIEWED_SINCE))
    assert not verdict.proven
    assert kinds(verdict) == [("rule", "the_rule")]
    assert outcomes(verdict.findings[0].story) == [
        "review=return",
        "revise=again",
        "publish=done",
    ]


def test_time_alone_must_not_release() -> None:
    definition = releasing(timeout=True)
    by_a_person = (
        'template = "precedence"\nof = ["handler:publish"]\nneeds = ["review=pass"]\n'
        'since = ["timer:*"]\n'
    )
    verdict = verification.verify(definition, rule(definition, by_a_person))
    (finding,) = verdict.findings
    assert outcomes(finding.story) == ["late=None", "publish=done"]


@pytest.mark.parametrize("strength", ["principle", "encouraged"])
def test_what_is_not_mandatory_is_told_and_does_not_stop(strength: str) -> None:
    definition = releasing(bypass=True)
    verdict = verification.verify(definition, rule(definition, REVIEWED, strength))
    assert verdict.proven
    assert kinds(verdict) == [("rule", "the_rule")]


@pytest.mark.parametrize(
    ("template", "story"),
    [
        (
            'template = "not_succession"\nafter = ["review=return"]\nnever = ["handler:publish"]\n',
            ["review=return", "revise=again", "review=pass", "publish=done"],
        ),
        (
            'template = "not_succession"\nafter = ["review=return"]\nnever = ["handler:publish"]\n'
            'until = ["review=pass"]\n',
            None,
        ),
        ('template = "absence"\nnever = ["revise=give_up"]\n', ["review=return", "revise=give_up"]),
        (
            'template = "response"\nafter = ["review=return"]\nthen = ["review=pass"]\nby = ["end:*"]\n',
            ["review=return", "revise=give_up"],
        ),
        (
            'template = "response"\nafter = ["review=return"]\nthen = ["review=pass"]\n'
            'by = ["end:published"]\n',
            None,
        ),
        (
            'template = "not_coexistence"\nthese = ["review=return", "review=pass"]\n',
            ["review=return", "revise=again", "review=pass"],
        ),
        (
            'template = "not_coexistence"\nthese = ["revise=give_up", "handler:publish"]\n',
            None,
        ),
    ],
)
def test_each_template_means_what_it_says(template: str, story: list[str] | None) -> None:
    definition = releasing()
    verdict = verification.verify(definition, rule(definition, template))
    stories = [outcomes(finding.story) for finding in verdict.findings]
    assert stories == ([] if story is None else [story])


def test_of_several_people_the_word_that_decides_counts() -> None:
    drawing = Drawing("together")
    drawing.start("begun")
    drawing.user("sign", "agree object", several=2, until="== 'object'")
    drawing.xor("signed")
    drawing.service("publish")
    drawing.end("out")
    drawing.end("stopped")
    drawing.chain("begun", "sign", "signed")
    drawing.flow("signed", "publish", "sign == 'agree'")
    drawing.default("signed", drawing.flow("signed", "stopped"))
    drawing.chain("publish", "out")
    definition = bpmn_rules.parse(drawing.xml())
    agreed = 'template = "precedence"\nof = ["handler:publish"]\nneeds = ["sign=agree"]\n'
    never_after = 'template = "not_succession"\nafter = ["sign=agree"]\nnever = ["sign=object"]\n'
    assert verification.verify(definition, rule(definition, agreed)).findings == ()
    # the first "agree" of two is not yet the answer, so an objection after it breaks nothing
    assert verification.verify(definition, rule(definition, never_after)).findings == ()


# -- soundness ---------------------------------------------------------------------------------------


def test_a_join_that_waits_for_ever_is_found() -> None:
    drawing = Drawing("stuck")
    drawing.start("begun")
    drawing.user("choose", "left right")
    drawing.xor("chosen")
    drawing.user("left", "ok")
    drawing.user("right", "ok")
    drawing.par("both")
    drawing.end("done")
    drawing.chain("begun", "choose", "chosen")
    drawing.flow("chosen", "left", "choose == 'left'")
    drawing.default("chosen", drawing.flow("chosen", "right"))
    drawing.chain("left", "both")
    drawing.chain("right", "both")
    drawing.chain("both", "done")
    verdict = verification.verify(bpmn_rules.parse(drawing.xml()))
    assert not verdict.proven
    assert {kind for kind, _ in kinds(verdict)} == {"dead", "trapped", "unreached_end"}
    dead = next(finding for finding in verdict.findings if finding.kind == "dead")
    assert len(dead.story) == 2


def test_what_no_way_leads_to_is_found() -> None:
    drawing = Drawing("never")
    drawing.start("begun")
    drawing.user("choose", "yes no")
    drawing.xor("chosen")
    drawing.user("forgotten", "ok")
    drawing.end("done")
    drawing.chain("begun", "choose", "chosen")
    drawing.flow("chosen", "forgotten", "choose == 'yes' and choose == 'no'")
    drawing.default("chosen", drawing.flow("chosen", "done"))
    drawing.chain("forgotten", "done")
    verdict = verification.verify(bpmn_rules.parse(drawing.xml()))
    assert kinds(verdict) == [("unreached", "forgotten")]
    assert not verdict.proven


def test_a_timer_that_goes_round_by_itself_is_found() -> None:
    drawing = Drawing("restless")
    drawing.start("begun")
    drawing.xor("again")
    drawing.user("answer", "ok")
    drawing.service("remind")
    drawing.end("done")
    drawing.chain("begun", "again", "answer", "done")
    drawing.timer("late", "answer", interrupting=True)
    drawing.chain("late", "remind", "again")
    verdict = verification.verify(bpmn_rules.parse(drawing.xml()))
    ((kind, _),) = kinds(verdict)
    assert kind == "restless"
    assert not verdict.proven


def test_a_task_that_is_opened_while_it_is_open_is_found() -> None:
    """Each round the reminder opens one more task for the head, and nobody has to have done the one before."""
    drawing = Drawing("pile")
    drawing.start("begun")
    drawing.xor("again")
    drawing.user("answer", "ok repeat")
    drawing.xor("answered")
    drawing.end("done")
    drawing.chain("begun", "again", "answer", "answered")
    drawing.flow("answered", "again", "answer == 'repeat'")
    drawing.default("answered", drawing.flow("answered", "done"))
    drawing.timer("late", "answer", interrupting=False)
    drawing.user("look_into", "seen")
    drawing.end("looked")
    drawing.chain("late", "look_into", "looked")
    verdict = verification.verify(bpmn_rules.parse(drawing.xml()))
    (finding,) = verdict.findings
    assert (finding.kind, finding.about, finding.mandatory) == ("twice", "look_into", True)
    told = [event.outcome or event.element for event in finding.story]
    assert told == ["late", "repeat", "late"]
    assert verdict.states < 20


def test_a_reminder_beside_the_work_is_no_fault() -> None:
    drawing = Drawing("calm")
    drawing.start("begun")
    drawing.user("answer", "ok")
    drawing.service("remind")
    drawing.end("done")
    drawing.end("reminded")
    drawing.chain("begun", "answer", "done")
    drawing.timer("late", "answer")
    drawing.chain("late", "remind", "reminded")
    assert verification.verify(bpmn_rules.parse(drawing.xml())).findings == ()


def test_a_graph_above_the_bound_is_refused_and_not_waved_through() -> None:
    definition = releasing()
    with pytest.raises(statespace.TooManyStates) as refused:
        verification.verify(definition, limit=2)
    assert "请检查" in refused.value.reasons[0].zh


def test_progress_is_told_while_exploring() -> None:
    drawing = Drawing("wide")
    drawing.start("begun")
    drawing.par("fork")
    drawing.par("join")
    drawing.end("done")
    drawing.chain("begun", "fork")
    for number in range(10):
        drawing.chain("fork", drawing.user(f"task_{number}"), "join")
    drawing.chain("join", "done")
    told: list[tuple[int, int]] = []
    verdict = verification.verify(
        bpmn_rules.parse(drawing.xml()), progress=lambda *numbers: told.append(numbers)
    )
    assert verdict.states == 2**10
    assert [found for found, _ in told] == sorted(found for found, _ in told) != []
