"""What decisions put on record (domain:C4): letters, organs, days, counts; frozen, in the trail, shown to whoever follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import factories
from tests.chain import RECORD, Chain, record
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import (
    assignments,
    decision_records,
    evidence_sheet,
    files,
    oversight,
    pages,
    reviewing,
)
from workflows.content import AttachmentRef
from workflows.decision_records import Known
from workflows.errors import NotFound, Refused
from workflows.models import Decision
from workflows.read_models import Labelled

TODAY = date(2026, 6, 8)
REFERRED = record("confidentiality_review", "refer")
DETERMINED = record("confidentiality_referral", "clear")
AGREED = record("third_party_opinion", "agree")
SILENT = record("third_party_opinion", "public_interest")
REFUSED = AGREED | {"answer": "objects", "their_reason": "涉及成本。"}
#: A period of fifteen working days that begins on the day itself, as an easy calendar for tables.
KNOWN = Known(TODAY, lambda day: day + timedelta(days=21), asked_on=date(2026, 5, 6))


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def without(given: dict[str, str], *codes: str) -> dict[str, str]:
    return {code: text for code, text in given.items() if code not in codes}


RECORDS: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("confidentiality_review", "refer", {}, list(REFERRED)),
    ("confidentiality_review", "refer", REFERRED, []),
    ("confidentiality_review", "refer", REFERRED | {"letter_on": "2026-06-09"}, ["letter_on"]),
    ("confidentiality_review", "refer", REFERRED | {"letter_on": "昨天"}, ["letter_on"]),
    ("confidentiality_review", "refer", REFERRED | {"concern": "其他"}, ["concern"]),
    ("confidentiality_review", "refer", REFERRED | {"organ": "长" * 201}, ["organ"]),
    ("confidentiality_review", "refer", REFERRED | {"organ": " "}, ["organ"]),
    ("confidentiality_review", "clear", {}, []),
    ("confidentiality_review", "treat", REFERRED, []),
    ("confidentiality_referral", "withhold", {}, list(DETERMINED)),
    ("confidentiality_referral", "clear", DETERMINED, []),
    ("confidentiality_referral", "clear", DETERMINED | {"document_on": "2026-05-05"}, ["document_on"]),
    ("confidentiality_referral", "clear", DETERMINED | {"document_on": "2026-05-06"}, []),
    ("third_party_opinion", "agree", {}, ["third_party", "letter_number", "letter_on", "received_on", "answer"]),
    ("third_party_opinion", "agree", AGREED, []),
    ("third_party_opinion", "agree", without(AGREED, "answered_on"), ["answered_on"]),
    ("third_party_opinion", "agree", AGREED | {"answered_on": "2026-05-06"}, ["answered_on"]),
    ("third_party_opinion", "agree", AGREED | {"received_on": "2026-05-05"}, ["received_on"]),
    ("third_party_opinion", "agree", SILENT, ["answer"]),
    ("third_party_opinion", "agree", REFUSED, ["answer"]),
    ("third_party_opinion", "public_interest", AGREED, ["answer"]),
    ("third_party_opinion", "public_interest", REFUSED, []),
    ("third_party_opinion", "public_interest", without(REFUSED, "their_reason"), ["their_reason"]),
    ("third_party_opinion", "public_interest", SILENT, []),
    ("third_party_opinion", "public_interest", SILENT | {"received_on": "2026-05-18"}, ["answer"]),
    ("third_party_opinion", "public_interest", SILENT | {"received_on": "2026-05-17"}, []),
    ("third_party_opinion", "return", {}, []),
    ("third_party_opinion", "return", without(REFUSED, "their_reason"), ["their_reason"]),
    ("inter_agency_confirmation", "consistent", {}, ["agency", "agency_opinion", "document_number", "document_on"]),
    ("inter_agency_confirmation", "consistent", record("inter_agency_confirmation", "consistent"), []),
    ("legality_review", "lawful", {}, ["document_number", "document_on"]),
    ("legality_review", "return", {}, ["conclusion"]),
    ("first_proofreading", "pass", {}, []),
    ("first_proofreading", "corrected", {}, ["errors_found", "errors_corrected"]),
    ("first_proofreading", "corrected", {"errors_found": "3", "errors_corrected": "2"}, []),
    ("first_proofreading", "corrected", {"errors_found": "3", "errors_corrected": "0"}, ["errors_corrected"]),
    ("first_proofreading", "corrected", {"errors_found": "1", "errors_corrected": "2"}, ["errors_corrected"]),
    ("first_proofreading", "corrected", {"errors_found": "-1", "errors_corrected": "1"}, ["errors_found"]),
    ("first_proofreading", "corrected", {"errors_found": "四", "errors_corrected": "1"}, ["errors_found"]),
    ("first_proofreading", "return", {}, ["errors_found"]),
    ("read_aloud", "pass", {}, ["reader", "follower"]),
    ("read_aloud", "pass", {"reader": "宋读", "follower": "易校"}, []),
    ("read_aloud", "pass", {"reader": "宋读", "follower": "宋读"}, ["follower"]),
    ("read_aloud", "pass", {"reader": "宋读", "follower": "宋\u3000读 "}, ["follower"]),
    ("read_aloud", "pass", {"reader": "Wang Li", "follower": "ｗａｎｇ　ｌｉ"}, ["follower"]),
    ("read_aloud", "return", {"reader": "宋读", "follower": "宋读"}, ["follower"]),
    ("read_aloud", "return", {"reader": "宋读"}, []),
    ("first_review", "pass", {"organ": "市保密局"}, ["record"]),
]  # fmt: skip


@pytest.mark.parametrize(("element", "outcome", "given", "expected"), RECORDS)
def test_every_missing_field_is_told_at_once(
    element: str, outcome: str, given: dict[str, str], expected: list[str]
) -> None:
    told = decision_records.missing(element, outcome, given, KNOWN)
    assert [reason.code for reason in told] == expected


@pytest.mark.parametrize(
    ("days", "opinion", "fits"), [(7, "", True), (6, "", False), (6, "急", True)]
)
def test_major_decision_leaves_seven_working_days_or_says_why(
    days: int, opinion: str, fits: bool
) -> None:
    known = Known(TODAY, KNOWN.silent_after, reserved=days)
    given = record("legality_review", "lawful")
    told = decision_records.missing("legality_review", "lawful", given, known, opinion=opinion)
    assert [reason.code for reason in told] == ([] if fits else ["had_days"])


def referred(chain: Chain) -> Chain:
    chain.decide("attribute_review")
    chain.decide("confidentiality_review", "refer", opinion="第二段的点位图可能是工作秘密。")
    return chain


def lines(told: tuple[Labelled, ...]) -> dict[str, str]:
    return {line.code: line.value.zh for line in told}


def test_question_put_upward_says_what_to_whom_and_when(chain: Chain) -> None:
    chain.decide("attribute_review")
    with pytest.raises(Refused) as refused:
        chain.decide("confidentiality_review", "refer", record={}, parts={}, opinion="")
    assert [reason.code for reason in refused.value.reasons] == ["opinion", "parts", *REFERRED]
    chain.decide("confidentiality_review", "refer")
    row = chain.decisions("confidentiality_review")[0]
    assert row.parts["record"] == REFERRED
    assert row.parts["verdicts"]["body"] == "refer"  # type: ignore[index]
    with chain.read("secrecy") as work:
        page = pages.task_page(work, chain.task("confidentiality_referral"))
    question = lines(page.opinions[0].record)
    assert question["organ"] == "清平县国家保密局"
    assert question["organ_kind"] == "保密行政管理部门"
    assert list(question) == list(
        REFERRED
    )  # as on the form, whatever the order in which it is kept
    assert question["letter_on"] == "2026年5月6日"
    assert lines(page.opinions[0].parts)["body"] == "不能确定，报请确定"


def test_determination_is_frozen_shown_and_printed(chain: Chain) -> None:
    referred(chain)
    with pytest.raises(Refused) as refused:
        chain.decide("confidentiality_referral", record={})
    assert [reason.code for reason in refused.value.reasons] == list(DETERMINED)
    chain.decide("confidentiality_referral")
    with chain.read("first") as work:
        told = pages.task_page(work, chain.task("first_review")).opinions[0]
        assert lines(told.record)["document_number"] == "清保函〔2026〕9号"
        with pytest.raises(sa.exc.DatabaseError):
            work.session.execute(sa.update(Decision).values(parts={}))
    with chain.read("inspector") as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
        (printed,) = [
            one for _, block in sheet.blocks for one in block if one.code == told.stage_code
        ]
        assert lines(printed.record) == lines(told.record)
        assert list(lines(printed.record)) == list(DETERMINED)
        assert lines(printed.record)["basis"] == RECORD["basis"]
        entry = [
            line
            for line in oversight.trail(work, chain.package_id)
            if line.action == "task.completed"
        ][-1]
    assert lines(entry.details)["document_number"] == "清保函〔2026〕9号"


def test_scan_of_the_determination_is_read_by_whoever_sees_the_item(chain: Chain) -> None:
    referred(chain)
    with chain.read("secrecy") as work:
        stored = files.store_file(work, "复函.pdf", b"%PDF-1.4\n%%EOF")
        scan = files.reference(stored, "复函.pdf")
        work.commit()
    forged = AttachmentRef("sha256:" + "0" * 64, "复函.pdf", "application/pdf", 14)
    with pytest.raises(Refused, match="没有这份扫描件"):
        chain.decide("confidentiality_referral", scan=forged)
    with chain.read("first") as work, pytest.raises(NotFound):
        files.attachment(work, chain.package_id, scan.digest)
    chain.decide("confidentiality_referral", scan=scan)
    with chain.read("first") as work:
        told = pages.task_page(work, chain.task("first_review")).opinions[0]
        assert told.scan is not None
        assert files.attachment(work, chain.package_id, told.scan.digest)[0] == "复函.pdf"
    chain.hire("stranger", "常客", "drafter", "office")
    with chain.read("stranger") as work, pytest.raises(NotFound):
        files.attachment(work, chain.package_id, scan.digest)


def test_what_was_typed_for_another_outcome_is_not_kept(chain: Chain) -> None:
    chain.decide("attribute_review")
    chain.decide("confidentiality_review", "clear", record=REFERRED)
    assert "record" not in chain.decisions("confidentiality_review")[0].parts


def test_redactions_reach_the_drafter_part_by_part(chain: Chain) -> None:
    chain.decide("attribute_review")
    chain.decide("confidentiality_review", "treat", redactions={"body": "删去第二段小区名。"})
    with chain.read("drafter") as work:
        told = pages.task_page(work, chain.task("revise")).opinions[0]
    assert [(one.label.zh, one.value.zh) for one in told.redactions] == [
        ("正文", "删去第二段小区名。")
    ]
    with chain.read("inspector") as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
    assert sheet.returns[0].redactions == told.redactions


def flagged(uow: OpenUow, county: County, **flags: object) -> Chain:
    chain = Chain(uow, county, factories.with_metadata(**flags)).submit()
    chain.decide("attribute_review")
    return chain


def test_silence_of_a_third_party_counts_after_fifteen_working_days(
    uow: OpenUow, county: County
) -> None:
    chain = flagged(uow, county, concerns_third_party=True)
    task_id = chain.task("third_party_opinion")
    with chain.read("ogi") as work:
        assignments.claim(work, task_id)
        work.commit()

    def decide(received: str, now: int) -> Any:
        with chain.uow(chain.actor("third_party_opinion"), MONDAY + timedelta(days=now)) as work:
            given = chain.form(
                work,
                task_id,
                "public_interest",
                opinion="关系出行安全。",
                record=SILENT | {"received_on": received},
            )
            reviewing.decide(work, task_id, given)

    # 8 June + 15 working days, 19 June being a holiday, is 30 June
    with pytest.raises(Refused, match="2026-06-30"):
        decide("2026-06-08", 22)
    decide("2026-06-08", 23)


def test_agencies_and_lawyers_leave_number_day_and_opinion(uow: OpenUow, county: County) -> None:
    chain = flagged(uow, county, concerns_other_agencies=True, major_decision=True, info_class="B")
    chain.decide("inter_agency_confirmation")
    chain.decide("legality_review")
    (agency,) = chain.decisions("inter_agency_confirmation")
    assert agency.parts["record"] == record("inter_agency_confirmation", "consistent")
    (lawyer,) = chain.decisions("legality_review")
    assert lawyer.parts["record"] == {
        **record("legality_review", "lawful"),
        "had_from": "2026-06-08",
        "had_until": "2026-06-17",
        "had_days": "7",
    }


def test_errors_are_counted_by_the_proofreader_and_printed(chain: Chain) -> None:
    chain.until("first_proofreading")
    text = factories.DRAFT.body_html.replace("让出作业面", "让出作业场地")
    chain.decide(
        "first_proofreading",
        "corrected",
        corrected_body_html=text,
        record={"errors_found": "3", "errors_corrected": "2"},
    )
    chain.decide("first_proofreading")
    chain.decide("second_proofreading", "return", record={"errors_found": "2"})
    with chain.read("inspector") as work:
        sheet = evidence_sheet.sheet(work, chain.package_id)
    proofs = [
        (one.code, one.errors)
        for title, block in sheet.blocks
        for one in block
        if title.code == "proofreadings"
    ]
    assert proofs == [
        ("first_proofreading", (3, 2)),
        ("first_proofreading", (0, 0)),
        ("second_proofreading", (2, 0)),
    ]
