"""GF: each gate fails for its own reason, all are told, and what is not checked is not called passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from engine import definitions
from engine.models import ProcessInstance
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, with_metadata
from workflows import changes, content, final_gate, separation, suspending
from workflows.content import AttachmentRef, Content
from workflows.final_gate import Facts
from workflows.gates import Gate
from workflows.handlers import DOMAIN
from workflows.models import Decision, Package, PackageVersion
from workflows.profiles import DEFAULT, Profile
from workflows.vocabulary import STAGES

STANDING = {
    "attribute_review": {"proactive"},
    "confidentiality_review": {"clear", "refer"},
    "confidentiality_referral": {"clear"},
    "third_party_opinion": {"agree", "public_interest"},
    "inter_agency_confirmation": {"consistent"},
    "legality_review": {"lawful"},
    "delta_confirmation": {"confirm"},
    "sign_confirmation": {"confirm"},
}
WHO = {stage: number for number, stage in enumerate(STAGES, start=10)}


@dataclass
class Case:
    """A package as rows in memory: versions and decisions, no database."""

    shown: Content = DRAFT
    versions: list[PackageVersion] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    inside: list[separation.Act] = field(default_factory=list)
    status: str = "in_review"
    attribute: str = "proactive"
    running: bool = True
    today: date = date(2026, 6, 10)
    profile: Profile = DEFAULT
    allowed: Mapping[str, int] = field(default_factory=dict)

    def version(self, shown: Content | None = None, change_class: str | None = None) -> None:
        self.shown = shown or self.shown
        text = content.canonical(self.shown)
        number = len(self.versions) + 1
        self.versions.append(
            PackageVersion(
                id=number,
                number=number,
                content=text,
                digest=content.digest(text),
                change_class=change_class,
            )
        )

    def decide(self, stage: str, outcome: str, **given: Any) -> None:
        number = len(self.decisions) + 1
        values: dict[str, Any] = {
            "person_id": WHO[stage],
            "person_name": stage,
            "parts": {
                "verdicts": {"body": "clear", "metadata": "clear", "interpretation": "clear"}
            },
            "version_id": self.versions[-1].id,
            "digest": self.versions[-1].digest,
            "separation": "default",
            **given,
        }
        self.decisions.append(
            Decision(id=number, stage=stage, outcome=outcome, acting_for_id=None, **values)
        )

    def facts(self) -> Facts:
        outcomes = {
            stage: frozenset(STANDING.get(stage, {"pass", "raise_level"})) for stage in STAGES
        }
        return Facts(
            status=self.status,
            attribute=self.attribute,
            case_running=self.running,
            drafter_id=1,
            version=self.versions[-1],
            content=content.parse(self.versions[-1].content),
            versions={version.id: version for version in self.versions},
            decisions=self.decisions,
            inside=self.inside,
            holds=changes.standing(self.decisions, self.versions),
            outcomes=outcomes,
            today=self.today,
            allowed=self.allowed,
            profile=self.profile,
        )

    def gates(self) -> dict[str, Gate]:
        return {gate.code: gate for gate in final_gate.judge(self.facts())}

    def failed(self) -> dict[str, list[str]]:
        found = self.gates().values()
        return {
            gate.code: [reason.code for reason in gate.reasons]
            for gate in found
            if gate.status == "failed"
        }


WAY = (
    ("attribute_review", "proactive"),
    ("confidentiality_review", "clear"),
    ("first_review", "pass"),
    ("second_review", "pass"),
    ("final_review", "pass"),
    ("first_proofreading", "pass"),
    ("second_proofreading", "pass"),
    ("third_proofreading", "pass"),
)


def approved(shown: Content = DRAFT, without: Sequence[str] = ()) -> Case:
    case = Case(shown)
    case.version()
    for stage, outcome in WAY:
        if stage not in without:
            case.decide(stage, outcome)
    return case


def test_approved_item_passes_every_gate_that_can_be_checked() -> None:
    gates = approved().gates()
    assert {gate.status for code, gate in gates.items() if code not in ("GF5", "GF6", "GF7")} == {
        "passed"
    }
    for code in ("GF5", "GF6", "GF7"):
        assert gates[code].status == "not_checked"
        assert gates[code].reasons[0].zh == "尚未检查"


LACKING: list[tuple[str, str]] = [
    ("attribute_review", "GF0"),
    ("confidentiality_review", "GF1"),
    ("first_review", "GF2"),
    ("second_review", "GF2"),
    ("final_review", "GF2"),
    ("first_proofreading", "GF2b"),
    ("second_proofreading", "GF2b"),
    ("third_proofreading", "GF2b"),
]


@pytest.mark.parametrize(("stage", "code"), LACKING)
def test_no_stage_can_be_left_out(stage: str, code: str) -> None:
    assert approved(without=[stage]).failed() == {code: [stage]}


def test_everything_missing_is_told_at_once() -> None:
    case = approved(without=[stage for stage, _ in LACKING])
    assert sum(len(codes) for codes in case.failed().values()) == len(LACKING)


CONDITIONAL: list[tuple[dict[str, object], str, str, str]] = [
    ({"concerns_third_party": True}, "third_party_opinion", "agree", "GF1b"),
    ({"concerns_other_agencies": True}, "inter_agency_confirmation", "consistent", "GF1b"),
    ({"legality_required": True}, "legality_review", "lawful", "GF1b"),
    ({"major_decision": True, "info_class": "B"}, "legality_review", "lawful", "GF1b"),
    ({"info_class": "B"}, "read_aloud", "pass", "GF2b"),
    ({"info_class": "C"}, "principal_review", "pass", "GF2"),
]


@pytest.mark.parametrize(("facts", "stage", "outcome", "code"), CONDITIONAL)
def test_stage_that_the_metadata_asks_for_is_asked_for(
    facts: dict[str, object], stage: str, outcome: str, code: str
) -> None:
    case = approved(with_metadata(**facts))
    assert stage in case.failed()[code]
    case.decide(stage, outcome)
    assert stage not in case.failed().get(code, [])


def test_raised_level_makes_the_principal_sign() -> None:
    case = approved(without=["second_review", "final_review"])
    case.decide("second_review", "raise_level")
    assert case.failed() == {"GF2": ["principal_review"]}
    case.decide("principal_review", "pass")
    assert case.failed() == {}


def test_every_part_must_be_cleared() -> None:
    attachment = AttachmentRef("sha256:" + "1" * 64, "点位图.pdf", "application/pdf", 10)
    shown = replace(DRAFT, attachments=(attachment,))
    assert approved(shown).failed() == {"GF1": [attachment.digest]}


def test_referred_item_needs_the_answer() -> None:
    case = approved(without=["confidentiality_review"])
    case.decide("confidentiality_review", "refer", parts={})
    assert case.failed() == {"GF1": ["confidentiality_referral"]}
    case.decide("confidentiality_referral", "clear")
    assert case.failed() == {}


CHANGES: list[tuple[str, Callable[[Content], Content], dict[str, list[str]]]] = [
    (
        "t1",
        lambda c: replace(c, body_html=c.body_html.replace("遵照", "认真")),
        {"GF2": ["sign_confirmation"]},
    ),
    (
        "t2",
        lambda c: replace(c, body_html=c.body_html.replace("360", "380")),
        {
            "GF1": ["delta_confirmation"],
            "GF2": ["second_review", "final_review"],
            "GF2b": ["first_proofreading", "second_proofreading", "third_proofreading"],
        },
    ),
    (
        "t3",
        lambda c: replace(c, body_html=c.body_html + "<p>另行通知。</p>"),
        {
            "GF1": ["confidentiality_review"],
            "GF2": ["first_review", "second_review", "final_review"],
            "GF2b": ["first_proofreading", "second_proofreading", "third_proofreading"],
        },
    ),
    ("unchanged", lambda c: with_metadata(c, column="政策文件"), {"GF2b": ["third_proofreading"]}),
    (
        "unchanged",
        lambda c: with_metadata(c, scope="area", scope_note="城区"),
        {
            "GF0": ["attribute_review"],
            "GF1": ["confidentiality_review"],
            "GF2": ["final_review"],
        },
    ),
]


@pytest.mark.parametrize(("change", "edit", "expected"), CHANGES)
def test_change_after_approval_needs_what_it_voids_again(
    change: str, edit: Callable[[Content], Content], expected: dict[str, list[str]]
) -> None:
    case = approved()
    case.version(edit(case.shown))
    case.decide("revise", change)
    assert case.failed() == expected


def test_correction_by_a_proofreader_needs_the_signer() -> None:
    case = approved(without=["third_proofreading"])
    case.decide("third_proofreading", "corrected")
    case.version(CHANGES[0][1](case.shown), change_class="t1")
    case.decide("third_proofreading", "pass")
    assert case.failed() == {"GF2": ["sign_confirmation"]}
    case.decide("sign_confirmation", "confirm", person_id=WHO["final_review"])
    assert case.failed() == {}


def test_decision_struck_by_hand_does_not_count() -> None:
    case = approved()
    case.decisions[3].voided_at = MONDAY
    assert case.failed() == {"GF2": ["second_review"]}


def test_stricter_separation_holds_from_its_day_on_and_not_backwards() -> None:
    case = approved()
    case.decisions[5].person_id = case.decisions[2].person_id  # first review and first proofreading
    assert case.failed() == {}
    case.decisions[5].separation = "strict"
    assert case.failed() == {"GF3": ["domain:C7"]}


def test_one_person_in_two_reviews_is_found_whatever_the_tasks_allowed() -> None:
    case = approved()
    case.decisions[3].person_id = case.decisions[2].person_id
    assert case.failed() == {"GF3": ["domain:C7"]}


def test_who_co_signed_one_review_and_decided_another_is_found_whichever_came_first() -> None:
    case = approved()
    second = case.decisions[3]
    case.inside = [("second_review", second.person_id, None)]
    assert case.failed() == {}
    case.inside = [("first_review", second.person_id, None)]
    assert case.failed() == {"GF3": ["domain:C7"]}
    case.inside = [("first_review", 99, second.person_id)]  # a substitute, in that person's name
    assert case.failed() == {"GF3": ["domain:C7"]}


def test_altered_bytes_are_found() -> None:
    case = approved()
    case.versions[-1].content = case.versions[-1].content.replace("360", "361")
    assert "GF9" in case.failed()


def _reworded(shown: Content, word: str) -> Content:
    return replace(shown, body_html=shown.body_html.replace("遵照", word))


def confirmed() -> Case:
    """Signed, then a technical change, then confirmed by the signer: everything passes."""
    case = approved()
    case.version(_reworded(case.shown, "认真"), change_class="t1")
    case.decide("revise", "t1")
    case.decide("sign_confirmation", "confirm", person_id=WHO["final_review"])
    assert case.failed() == {}
    return case


FORGED: list[tuple[str, Callable[[Content], Content]]] = [
    ("another text", lambda c: replace(c, body_html=c.body_html + "<p>偷偷加的一句。</p>")),
    ("the text before the change", lambda c: replace(c, body_html=DRAFT.body_html)),
    ("another placement", lambda c: with_metadata(c, column="别处")),
    ("another attribute", lambda c: with_metadata(c, scope="area", scope_note="城区")),
    ("another interpretation", lambda c: replace(c, interpretation=replace(c.interpretation, interpreter="冒名"))),
]  # fmt: skip


@pytest.mark.parametrize(("what", "edit"), FORGED)
@pytest.mark.parametrize("history", [approved, confirmed])
def test_version_that_nobody_signed_does_not_go_out(
    history: Callable[[], Case], what: str, edit: Callable[[Content], Content]
) -> None:
    """As if somebody pointed current_version_id elsewhere: no decision tells of the new version."""
    case = history()
    if edit(case.shown) == case.shown:
        return
    case.version(edit(case.shown))
    assert case.failed() == {"GF9": ["digest"]}, what


@pytest.mark.parametrize("history", [approved, confirmed])
def test_new_placement_goes_out_once_it_was_proofread(history: Callable[[], Case]) -> None:
    case = history()
    case.version(with_metadata(case.shown, column="政策文件"))
    case.decide("revise", "unchanged")
    case.decide("third_proofreading", "pass")
    assert case.failed() == {}


SITUATIONS: list[tuple[dict[str, object], str]] = [
    ({"status": "on_hold"}, "GF8"),
    ({"status": "cancelled"}, "GF8"),
    ({"status": "published"}, "GF8"),
    ({"running": False}, "GF8"),
    ({"attribute": "on_request"}, "GF0"),
]


@pytest.mark.parametrize(("situation", "code"), SITUATIONS)
def test_item_that_is_not_on_its_way_does_not_go_out(
    situation: dict[str, object], code: str
) -> None:
    assert list(replace(approved(), **situation).failed()) == [code]  # type: ignore[arg-type]


def test_interpretation_is_part_of_what_goes_out() -> None:
    bare = replace(DRAFT, interpretation=content.Interpretation())
    assert "GF4" in approved(bare).failed()


def test_late_disclosure_goes_out_and_says_so() -> None:
    case = approved(with_metadata(disclosure_due=date(2026, 6, 9)))
    gate = case.gates()["GF10"]
    assert gate.status == "passed"
    assert "已超过应公开截止日" in gate.reasons[0].zh


def test_gate_and_process_agree_on_what_a_change_voids(uow: OpenUow, county: County) -> None:
    """changes.VOIDED_BY (the gate) against the voids declared in the model (the process)."""
    with uow() as work:
        row = definitions.latest(work, "publishing")
        tasks = definitions.load(work, row.id).tasks
    for kind, voided in changes.VOIDED_BY.items():
        rule = tasks.get(f"change_{kind}")
        if rule is not None:
            assert set(rule.voids) - {"change_t1", "change_t2"} == set(voided), kind
    assert {rule.handler for rule in tasks.values() if rule.kind == "service"} <= set(
        DOMAIN.handlers
    )


def test_nothing_is_left_to_confirm_where_the_whole_is_made_anew() -> None:
    """A confirmation belongs to a review, or a signature, that stands."""
    case = approved()
    case.version(CHANGES[1][1](case.shown))
    case.decide("revise", "t2")
    case.decide("delta_confirmation", "return")
    case.decisions[1].voided_at = MONDAY  # the confidentiality review, struck by a repair
    assert case.failed()["GF1"] == ["confidentiality_review"]
    again = approved(without=["final_review"])
    again.version(_reworded(again.shown, "认真"))
    again.decide("revise", "t1")
    assert again.failed() == {"GF2": ["final_review"]}


def test_word_of_the_principal_that_was_taken_back_asks_for_no_other() -> None:
    case = approved(without=["final_review"])
    case.decide("principal_review", "return")
    assert case.failed() == {"GF2": ["principal_review"]}
    case.decisions[-1].voided_at = MONDAY
    assert case.failed() == {"GF2": ["final_review"]}


def test_item_that_is_stopped_does_not_go_out(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit().until("release")
    with chain.uow(county.actor("ogi")) as work:
        suspending.suspend(work, chain.package_id, "等上级答复。")
        package = work.session.get_one(Package, chain.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        failed = [g.code for g in final_gate.checks(work, package, case) if g.status == "failed"]
    assert failed == ["GF8"]


def test_gate_reads_the_rows_of_a_real_case(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit().until("final_review")
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        reasons = final_gate.refusals(final_gate.checks(work, package, case))
    assert [reason.code for reason in reasons] == [
        *("final_review", "first_proofreading", "second_proofreading", "third_proofreading")
    ]
