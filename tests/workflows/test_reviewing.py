"""Decisions: what makes one, what forbids one, what it leaves behind."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import NotYourTask, SanshenError, StalePage, TaskClosed, TaskNotFound
from engine.models import AuditEntry, UserTask
from engine.text import Sentence
from tests.chain import Chain, body, record
from tests.conftest import OpenUow
from tests.factories import County, current, with_metadata
from tests.statements import counted
from workflows import assignments, checklists, decision_form, notices, pages, reviewing
from workflows.content import AttachmentRef
from workflows.decision_form import DecisionInput, missing
from workflows.errors import DocumentChanged, NotFound, Refused
from workflows.models import Decision, OpinionDraft

PARTS = {"body": Sentence("正文", "Body"), "metadata": Sentence("元数据", "Metadata")}
#: An attachment; parts of FORMS that judge it are of an item that has one.
LIST = "sha256:1"
REVIEW = ("pass", "return", "hold")
SECRECY = ("clear", "treat", "withhold", "refer")
ATTRIBUTE = ("proactive", "on_request", "not_disclosed", "return")
ALL_CLEAR = {"body": "clear", "metadata": "clear"}
WITHOUT_LIST = {**ALL_CLEAR, LIST: "withhold"}
ASKED = record("confidentiality_review", "refer")
DETERMINED = record("confidentiality_referral", "clear")
SCAN = AttachmentRef("sha256:0", "复函.pdf", "application/pdf", 1)


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def codes(reasons: list[Sentence]) -> list[str]:
    return [reason.code for reason in reasons]


def form(outcome: str, **given: Any) -> DecisionInput:
    return DecisionInput(outcome, "sha256:0", **given)


FORMS: list[tuple[str, tuple[str, ...], DecisionInput, list[str]]] = [
    ("first_review", REVIEW, form("pass"), []),
    ("first_review", REVIEW, form("publish"), ["outcome"]),
    ("first_review", REVIEW, form("return"), ["opinion", "reason_codes"]),
    ("first_review", REVIEW, form("return", opinion="  ", reason_codes=("R11",), locations="标题"), ["opinion"]),
    ("first_review", REVIEW, form("return", opinion="错字", reason_codes=("R11",)), ["locations"]),
    ("first_review", REVIEW, form("return", opinion="错字", reason_codes=("R11",), locations="标题"), []),
    ("first_review", REVIEW, form("return", opinion="没有解读", reason_codes=("R04",)), []),
    ("first_review", REVIEW, form("return", opinion="错字", reason_codes=("R77",)), ["codes"]),
    ("first_review", REVIEW, form("pass", checklist=("X1", "Q9")), ["codes"]),
    ("first_review", REVIEW, form("pass", opinion="长" * 5001), ["too_long"]),
    ("first_review", REVIEW, form("pass", opinion="长" * 5000), []),
    ("first_review", REVIEW, form("pass", corrected_body_html="<p>改</p>"), ["corrected"]),
    ("first_proofreading", ("pass", "corrected"), form("corrected"), ["errors_found", "errors_corrected", "corrected"]),
    ("final_review", ("raise_level",), form("raise_level"), ["opinion"]),
    ("confidentiality_review", SECRECY, form("clear"), ["parts"]),
    ("confidentiality_review", SECRECY, form("clear", parts=ALL_CLEAR), []),
    ("confidentiality_review", SECRECY, form("clear", parts={**ALL_CLEAR, "x": "clear"}), ["parts"]),
    ("confidentiality_review", SECRECY, form("clear", parts={"body": "clear", "metadata": "?"}), ["parts"]),
    ("confidentiality_review", SECRECY, form("clear", parts={"body": "treat", "metadata": "clear"}), ["parts", "redactions"]),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", parts={"body": "refer"}, record=ASKED), []),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", record=ASKED), ["parts"]),
    ("confidentiality_review", SECRECY, form("refer", parts={"body": "refer"}), ["opinion", *ASKED]),
    ("confidentiality_review", SECRECY, form("clear", parts={"body": "refer", "metadata": "clear"}), ["parts"]),
    ("confidentiality_referral", SECRECY[:3], form("clear", parts={"body": "refer", "metadata": "clear"}, record=DETERMINED), ["parts", "parts"]),
    ("confidentiality_referral", SECRECY[:3], form("clear", parts=ALL_CLEAR), [*DETERMINED]),
    ("confidentiality_referral", SECRECY[:3], form("clear", parts=ALL_CLEAR, record=DETERMINED), []),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), parts=ALL_CLEAR), ["parts"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), parts={**ALL_CLEAR, "body": "treat"}), ["redactions"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), parts={**ALL_CLEAR, "body": "treat"}, redactions={"body": "住址"}), []),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), parts={**ALL_CLEAR, "body": "treat"}, redactions={"body": "长" * 2001}), ["too_long"]),
    ("confidentiality_review", SECRECY, form("clear", parts=ALL_CLEAR, redactions={"cover": "长"}), ["parts"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="去掉名单", reason_codes=("R09",), parts=WITHOUT_LIST), ["ground_codes"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="去掉名单", reason_codes=("R09",), ground_codes=("A15",), parts=WITHOUT_LIST), []),
    ("confidentiality_review", SECRECY, form("clear", ground_codes=("A15",), parts=WITHOUT_LIST), ["parts"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), parts={**WITHOUT_LIST, "body": "treat"}, redactions={"body": "住址"}), ["ground_codes"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="隐去", reason_codes=("R09",), ground_codes=("A15",), parts={**WITHOUT_LIST, "body": "treat"}, redactions={"body": "住址"}), []),
    ("confidentiality_review", SECRECY, form("treat", opinion="全文", reason_codes=("R08",), ground_codes=("A14-1",), parts={**ALL_CLEAR, "body": "withhold"}), ["parts"]),
    ("confidentiality_review", SECRECY, form("treat", opinion="标题", reason_codes=("R08",), ground_codes=("A14-1",), parts={**ALL_CLEAR, "metadata": "withhold"}), ["parts"]),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", parts={"body": "refer", LIST: "withhold"}, record=ASKED), ["ground_codes"]),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", parts={"body": "refer", LIST: "withhold"}, ground_codes=("A15",), record=ASKED), []),
    ("confidentiality_review", SECRECY, form("withhold", opinion="涉密", reason_codes=("R08",), ground_codes=("A14-1",), parts=ALL_CLEAR), ["parts"]),
    ("confidentiality_referral", SECRECY[:3], form("treat", opinion="去掉名单", reason_codes=("R09",), ground_codes=("A15",), parts=WITHOUT_LIST, record=DETERMINED), []),
    ("first_review", REVIEW, form("pass", redactions={"body": "住址"}), ["parts"]),
    ("first_review", REVIEW, form("pass", record={"basis": "x"}), ["record"]),
    ("confidentiality_review", SECRECY, form("clear", parts=ALL_CLEAR, record={"basis": "x"}), ["record"]),
    ("confidentiality_review", SECRECY, form("clear", parts=ALL_CLEAR, record={"organ": "市保密局"}), []),
    ("confidentiality_review", SECRECY, form("clear", parts=ALL_CLEAR, scan=SCAN), ["record"]),
    ("confidentiality_review", SECRECY, form("withhold", opinion="涉密", reason_codes=("R08",), parts={"body": "withhold", "metadata": "clear"}), ["ground_codes"]),
    ("confidentiality_review", SECRECY, form("withhold", opinion="涉密", reason_codes=("R08",), ground_codes=("A14-1",), parts={"body": "withhold", "metadata": "clear"}), []),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", parts={"body": "<b>"}, record=ASKED), ["parts", "parts"]),
    ("confidentiality_review", SECRECY, form("refer", opinion="不能确定", parts={"x" * 9000: "clear", "body": "refer"}, record=ASKED), ["parts"]),
    ("first_review", REVIEW, form("pass", parts={"body": "clear"}), ["parts"]),
    ("first_review", REVIEW, form("pass", ground_codes=("A14-1",)), ["ground_codes"]),
    ("first_review", REVIEW, form("pass", checklist=(checklists.for_stage("first_review")[0].code,) * 2), ["codes"]),
    ("first_review", REVIEW, form("return", opinion="错字", reason_codes=("R11",) * 1000, locations="标题"), ["codes"]),
    ("release_only", ("publish",), form("publish", reason_codes=("R11",)), ["reason_codes"]),
    ("release_only", ("publish",), form("publish", locations="第三条"), ["locations"]),
    ("release_only", ("publish",), form("publish", deadline=date(2026, 7, 1)), ["deadline"]),
    ("attribute_review", ATTRIBUTE, form("proactive"), []),
    ("attribute_review", ATTRIBUTE, form("not_disclosed"), ["opinion", "ground_codes", "A1.1"]),
    ("attribute_review", ATTRIBUTE, form("on_request"), ["opinion", "A1.1"]),
]  # fmt: skip


@pytest.mark.parametrize(("element", "allowed", "given", "expected"), FORMS)
def test_form_lists_everything_that_is_missing(
    element: str, allowed: tuple[str, ...], given: DecisionInput, expected: list[str]
) -> None:
    parts = PARTS if element in decision_form.BY_PARTS else {}
    if LIST in given.parts:
        parts = {**parts, LIST: Sentence("附件：名单.pdf", "Attachment: 名单.pdf")}
    proposed = "proactive" if element == "attribute_review" else ""
    assert codes(missing(element, allowed, given, parts, proposed=proposed)) == expected


def test_forged_choice_is_told_back_only_so_far() -> None:
    given = form(
        "return", opinion="错字", reason_codes=tuple("Z" * 999 + str(n) for n in range(999))
    )
    (refusal,) = missing("first_review", REVIEW, given, {})
    assert len(refusal.zh) < 500


def test_confirming_what_the_drafter_proposed_needs_no_new_reasons() -> None:
    given = form("not_disclosed")
    assert missing("attribute_review", ATTRIBUTE, given, {}, proposed="not_disclosed") == []


def test_attribute_is_narrowed_here_and_never_widened() -> None:
    given = form("proactive")
    assert codes(missing("attribute_review", ATTRIBUTE, given, {}, proposed="on_request")) == [
        "A1.1"
    ]


def test_decision_is_bound_to_the_text_and_told_in_the_trail(chain: Chain) -> None:
    chain.until("second_review")
    decided = chain.decide("second_review", opinion="事实无误。", checklist=("Y1", "Y2"))
    row = chain.decisions("second_review")[0]
    assert (row.outcome, row.round, row.person_name, row.role) == (
        *("pass", 1, "傅审"),
        "second_reviewer",
    )
    with chain.read() as work:
        assert row.digest == current(work, chain.package_id).digest
        entry = work.session.scalars(
            sa.select(AuditEntry.payload)
            .where(AuditEntry.action == "task.completed")
            .order_by(AuditEntry.id.desc())
        ).first()
    assert entry is not None
    assert row.digest in entry
    assert "事实无误。" in entry
    assert row.checklist == {"Y1": True, "Y2": True}
    assert [task.element for task in decided.next] == ["final_review"]
    assert decided.next[0].with_whom.zh == "清平县人民政府终审人（签发人）"


def refusal(
    chain: Chain, stage: str, login: str, kind: type[SanshenError], **given: Any
) -> list[str]:
    """Decide as `login` and be refused; nothing is left behind."""
    task_id, before = chain.task(stage), len(chain.decisions())
    with chain.read(login) as work:
        digest = current(work, chain.package_id).digest
        filled = DecisionInput(**{"outcome": "pass", "digest": digest, **given})
        with pytest.raises(kind) as refused:
            reviewing.decide(work, task_id, filled)
    assert len(chain.decisions()) == before
    assert stage in chain.open()
    return [reason.code for reason in refused.value.reasons]


def claimed(chain: Chain, stage: str) -> int:
    task_id = chain.task(stage)
    with chain.read(chain.at[stage]) as work:
        assignments.claim(work, task_id)
        work.commit()
    return task_id


def test_forged_decisions_are_refused_and_leave_nothing(chain: Chain) -> None:
    chain.until("first_review")
    refusal(chain, "first_review", "first", NotYourTask)  # not claimed
    refusal(chain, "first_review", "drafter", NotYourTask)  # own document
    refusal(chain, "first_review", "second", NotYourTask)  # wrong role
    claimed(chain, "first_review")
    refusal(chain, "first_review", "second", NotYourTask)  # somebody else's
    assert refusal(chain, "first_review", "first", Refused, outcome="publish") == ["outcome"]
    assert refusal(chain, "first_review", "first", Refused, outcome="return") == [
        *("opinion", "reason_codes")
    ]
    refusal(chain, "first_review", "first", DocumentChanged, digest="sha256:" + "0" * 64)
    refusal(chain, "first_review", "first", StalePage, seen_version=99)
    refusal(chain, "first_review", "inspector", NotYourTask)


def test_people_without_any_part_in_it_are_told_that_it_does_not_exist(
    chain: Chain, county: County
) -> None:
    task_id = chain.task("attribute_review")
    with chain.read("sysadmin") as work:
        digest = "sha256:" + "0" * 64
        with pytest.raises(NotFound):
            reviewing.decide(work, task_id, DecisionInput("pass", digest))
        with pytest.raises(TaskNotFound):
            reviewing.decide(work, 4711, DecisionInput("pass", digest))


def test_double_submit_makes_one_decision(chain: Chain) -> None:
    chain.until("first_review")
    task_id = chain.task("first_review")
    chain.decide("first_review")
    with chain.read("first") as work:
        given = DecisionInput("pass", current(work, chain.package_id).digest)
        with pytest.raises(TaskClosed) as refused:
            reviewing.decide(work, task_id, given)
    assert "初明" in refused.value.reasons[0].zh
    assert len(chain.decisions("first_review")) == 1


def test_page_that_was_overtaken_names_who_changed_the_text_and_when(chain: Chain) -> None:
    chain.until("first_review")
    with chain.read() as work:
        seen = current(work, chain.package_id).digest
    chain.decide("first_review", "return")
    chain.revise("t1", body("请遵照执行", "请认真执行"))
    task_id = claimed(chain, "first_review")
    with chain.read("first") as work, pytest.raises(DocumentChanged) as refused:
        reviewing.decide(work, task_id, DecisionInput("pass", seen))
    assert "秦笔" in refused.value.reasons[0].zh
    assert "第2版" in refused.value.reasons[0].zh


CORRECTIONS: list[tuple[str, str, bool]] = [
    ("请遵照执行", "请认真执行", True),
    ("请遵照执行", "请遵照执行", False),
    ("360盏", "380盏", False),
    ("<p>施工期间", "<p>另起一段，说明路灯的看护办法。</p><p>施工期间", False),
]


@pytest.mark.parametrize(("old", "new", "accepted"), CORRECTIONS)
def test_proofreader_corrects_what_is_technical_and_nothing_else(
    chain: Chain, old: str, new: str, accepted: bool
) -> None:
    chain.until("first_proofreading")
    with chain.read() as work:
        shown = body(old, new)(pages.content.parse(current(work, chain.package_id).content))
    if accepted:
        chain.decide("first_proofreading", "corrected", corrected_body_html=shown.body_html)
        assert chain.open() == ["first_proofreading"]
        with chain.read() as work:
            version = current(work, chain.package_id)
            assert (version.number, version.change_class) == (2, "t1")
        return
    with pytest.raises(Refused):
        chain.decide("first_proofreading", "corrected", corrected_body_html=shown.body_html)
    with chain.read() as work:
        assert current(work, chain.package_id).number == 1


def test_voided_decision_is_struck_through_and_kept(chain: Chain) -> None:
    chain.until("final_review")
    chain.decide("final_review", "return")
    chain.revise("t2", body("360盏", "380盏"))
    struck = [row for row in chain.decisions() if row.voided_at is not None]
    assert [row.stage for row in struck] == ["second_review"]
    assert struck[0].voided_by == "change_t2"
    assert struck[0].voided_reason == "事实性修改（T2）"
    with chain.read("second") as work:
        view = pages.package_page(work, chain.package_id)
    ribbon = {bead.element: bead.state for bead in view.ribbon}
    assert ribbon["second_review"] == "voided"
    assert ribbon["delta_confirmation"] == "current"
    assert ribbon["first_review"] == "done"


def test_typed_opinion_survives_and_goes_with_the_decision(chain: Chain) -> None:
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    with chain.read("first") as work:
        reviewing.save_draft(work, task_id, "第三段")
        reviewing.save_draft(work, task_id, "第三段写得不清楚")
        work.commit()
    with chain.read("first") as work:
        assert reviewing.draft(work, task_id) == "第三段写得不清楚"
        assert pages.task_page(work, task_id).opinion_draft == "第三段写得不清楚"
        with pytest.raises(Refused):
            reviewing.save_draft(work, task_id, "长" * 5001)
    with chain.read("second") as work:
        assert reviewing.draft(work, task_id) == ""
    chain.decide("first_review")
    with chain.read() as work:
        assert work.session.scalars(sa.select(OpinionDraft)).all() == []


def test_those_who_are_next_are_told(chain: Chain, county: County) -> None:
    chain.until("second_review")
    with chain.read("second") as work:
        told = notices.list_mine(work)
        assert [notice.text.zh for notice in told] == [
            "《清平县城市建设局关于增设小区路灯的通知》待复审。"
        ]
        notices.mark_read(work, told[0].id)
        work.commit()
    with chain.read("second") as work:
        assert notices.unread(work) == 0
    with chain.read("first") as work, pytest.raises(NotFound):
        notices.mark_read(work, told[0].id)


def test_after_three_returns_the_head_of_the_section_is_told(chain: Chain) -> None:
    chain.until("first_review")
    for _ in range(3):
        chain.decide("first_review", "return")
        chain.revise("unchanged")
    with chain.read("head") as work:
        assert ["已被退回3次" in notice.text.zh for notice in notices.list_mine(work)] == [True]


def test_revision_is_not_decided_here(chain: Chain) -> None:
    chain.decide("attribute_review", "return")
    task_id = chain.task("revise")
    with chain.read("drafter") as work:
        given = DecisionInput("unchanged", current(work, chain.package_id).digest)
        with pytest.raises(Refused):
            reviewing.decide(work, task_id, given)


def test_one_open_task_has_one_decision(chain: Chain) -> None:
    chain.until("release")
    tasks = {row.task_id for row in chain.decisions()}
    with chain.read() as work:
        done = work.session.scalars(sa.select(UserTask.id).where(UserTask.status == "done"))
        assert tasks == set(done)
        assert work.session.scalar(sa.select(sa.func.count(Decision.id))) == len(tasks)


def test_two_hands_at_the_same_moment_make_one_decision(chain: Chain) -> None:
    """Two tabs of one person, different outcomes: one wins, the other reads who was quicker."""
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    with chain.read() as work:
        digest = current(work, chain.package_id).digest
    start = threading.Barrier(2)

    def press(outcome: str) -> str:
        given = DecisionInput(
            outcome, digest, opinion="见批注。", reason_codes=("R11",), locations="标题"
        )
        with chain.read("first") as work:
            start.wait()
            try:
                reviewing.decide(work, task_id, given)
            except TaskClosed:
                return "too late"
            work.commit()
        return outcome

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(press, ("pass", "return")))
    assert sorted(results) in (["pass", "too late"], ["return", "too late"])
    winner = next(one for one in results if one != "too late")
    assert [row.outcome for row in chain.decisions("first_review")] == [winner]
    assert chain.open() == (["second_review"] if winner == "pass" else ["revise"])


def test_decision_costs_the_same_in_every_round(chain: Chain) -> None:
    chain.until("first_review")
    costs = []
    for _ in range(3):
        task_id = claimed(chain, "first_review")
        with chain.read("first") as work:
            given = chain.form(work, task_id, "return")
            work.session.expunge_all()
            with counted(work) as sent:
                reviewing.decide(work, task_id, given)
            costs.append(len(sent))
            work.commit()
        chain.revise("unchanged")
    # the first round may store a state that no case had before; the third tells the head of the section
    assert costs[1] <= costs[0] <= costs[1] + 1
    assert max(costs) <= 64


def test_whoever_was_at_work_on_a_withdrawn_task_is_told_by_what(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, with_metadata(legality_required=True)).submit()
    chain.decide("attribute_review")
    with chain.read("legal") as work:
        assignments.claim(work, chain.task("legality_review"))
        work.commit()
    chain.decide("confidentiality_review", "treat")
    with chain.read("legal") as work:
        (told,) = [one for one in notices.list_mine(work) if one.text.code == "withdrawn"]
    title = chain.draft.metadata.title
    assert told.text.zh == (
        f"《{title}》的合法性审核已收回，不必再办：保密审查（安守）的结论是“区分处理后公开”。"
    )
    assert told.text.en.startswith("Legality review of ")
    assert (told.link, told.asks_to_act) == (f"/packages/{chain.package_id}", False)
