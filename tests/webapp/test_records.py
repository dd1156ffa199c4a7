"""The records of decisions in the browser: their fields, every missing one at once, and the paper behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pypdf
from werkzeug.test import TestResponse

from tests.chain import Chain, record
from tests.webapp.conftest import OURS, Browser
from tests.webapp.test_decisions import claimed, decide
from workflows import drafting, files
from workflows.vocabulary import GROUNDS

AtDesk = Callable[[str], Browser]
PAPER = b"%PDF-1.4\n%%EOF"
ALL_CLEAR = {"part-body": "clear", "part-metadata": "clear", "part-interpretation": "clear"}


def typed(stage: str, outcome: str) -> dict[str, str]:
    return {f"record-{code}": text for code, text in record(stage, outcome).items()}


def send(browser: Browser, desk: str, **fields: object) -> TestResponse:
    """Press the button of a form that carries a file."""
    return browser.client.post(
        f"{desk}/decision",
        data={**browser.hidden(desk), **fields},
        headers=OURS,
        content_type="multipart/form-data",
    )


def referred(chain: Chain, at_desk: AtDesk) -> tuple[Browser, str]:
    chain.submit().decide("attribute_review")
    browser, desk = claimed(chain, at_desk, "confidentiality_review")
    given = {**ALL_CLEAR, "part-body": "refer", **typed("confidentiality_review", "refer")}
    answer = decide(browser, desk, outcome="refer", opinion="点位图拿不准。", **given)
    assert answer.status_code == 303
    task = chain.task("confidentiality_referral")
    assert browser.post(f"/tasks/{task}/claim", page="/tasks/available").status_code == 303
    return browser, f"/tasks/{task}"


def test_a_question_upward_lists_what_it_lacks_and_keeps_what_was_typed(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.submit().decide("attribute_review")
    browser, desk = claimed(chain, at_desk, "confidentiality_review")
    answer = decide(browser, desk, outcome="refer", **{"record-organ": "市国家保密局"})
    assert answer.status_code == 422
    for told in ("请指出不能确定的是哪些部分", "“报请文号”", "“发出日期”", "“不能确定的是”"):
        assert told in answer.text
    assert 'value="市国家保密局"' in answer.text
    assert chain.open() == ["confidentiality_review"]


def test_a_determination_is_written_down_with_its_paper(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = referred(chain, at_desk)
    page = browser.get(desk).text
    assert "清平县国家保密局" in page  # to whom the question was put
    assert "确定结果" in page
    short = {**ALL_CLEAR, "outcome": "clear", "record-organ": "清平县国家保密局"}
    refused = send(browser, desk, **short, scan=(BytesIO(PAPER), "复函.pdf"))
    assert refused.status_code == 422
    assert "“确定的依据”" in refused.text
    assert "已存：复函.pdf" in refused.text
    digest = refused.text.split('name="scan_digest" value="')[1].split('"')[0]
    given = {**ALL_CLEAR, **typed("confidentiality_referral", "clear")}
    kept = {"scan_digest": digest, "scan_name": "复函.pdf"}
    assert send(browser, desk, outcome="clear", **given, **kept).status_code == 303
    assert chain.open() == ["first_review"]
    address = f"/packages/{chain.package_id}"
    read = at_desk("first").get(address).text
    assert f"{address}/attachments/{digest}" in read
    assert at_desk("first").get(f"{address}/attachments/{digest}").data == PAPER
    for form in ("sheet", "confidentiality"):
        shown = at_desk("inspector").get(f"{address}/{form}").text
        for words in ("清保函〔2026〕9号", "清建函〔2026〕3号", "所述事项不属于国家秘密和工作秘密。", "复函.pdf"):  # fmt: skip
            assert words in shown
        made = at_desk("inspector").get(f"{address}/{form}.pdf").data
        text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(made)).pages)
        assert "清保函" in text


def test_a_paper_that_is_none_is_refused_and_the_form_kept(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = referred(chain, at_desk)
    given = {**ALL_CLEAR, **typed("confidentiality_referral", "clear")}
    answer = send(browser, desk, outcome="clear", **given, scan=(BytesIO(b"MZ\x90"), "复函.exe"))
    assert answer.status_code == 422
    assert 'value="清保函〔2026〕9号"' in answer.text
    forged = {"scan_digest": "sha256:" + "0" * 64, "scan_name": "x"}
    assert send(browser, desk, outcome="clear", **given, **forged).status_code == 303
    assert "scan" not in chain.decisions("confidentiality_referral")[0].parts


def test_what_to_treat_stands_before_the_drafter(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().decide("attribute_review")
    browser, desk = claimed(chain, at_desk, "confidentiality_review")
    given = {**ALL_CLEAR, "part-body": "treat", "opinion": "含住址。", "reason_codes": "R09"}
    refused = decide(browser, desk, outcome="treat", **given)
    assert refused.status_code == 422
    assert "请写明须处理的内容和位置：正文" in refused.text
    told = {"redaction-body": "第二段：删去门牌号。"}
    assert decide(browser, desk, outcome="treat", **given, **told).status_code == 303
    task = chain.task("revise")
    drafter = at_desk("drafter")
    assert drafter.post(f"/tasks/{task}/claim", page=f"/tasks/{task}").status_code in (303, 409)
    for page in (f"/tasks/{task}", f"/tasks/{task}/revise", f"/packages/{chain.package_id}"):
        assert "第二段：删去门牌号。" in drafter.get(page).text
    assert "第二段：删去门牌号。" in at_desk("inspector").get(
        f"/packages/{chain.package_id}/confidentiality"
    ).text  # fmt: skip


def test_a_consultation_is_asked_for_recorded_and_printed(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    for number in range(5):
        chain.decide("first_review", "return")
        if number < 4:
            chain.revise("unchanged")
    here, task = f"/packages/{chain.package_id}", chain.task("revise")
    assert "须先会商" in at_desk("drafter").get(f"/tasks/{task}/revise").text
    assert "由承办科室负责人或者政务公开经办人记录" in at_desk("drafter").get(here).text
    head = at_desk("head")
    refused = head.post(f"{here}/consult", page=here, participants="杜科、孟开")
    assert refused.status_code == 422
    for told in ("请填写会商日期。", "请写明会商的结论。", "杜科、孟开</textarea>"):
        assert told in refused.text
    given = {"held_on": "2026-06-08", "participants": "杜科、孟开", "conclusion": "补依据。"}
    assert head.post(f"{here}/consult", page=here, **given).status_code == 303
    for page in (here, f"{here}/sheet"):
        shown = at_desk("inspector").get(page).text
        assert "杜科、孟开" in shown
        assert "补依据。" in shown
    assert "须先会商" not in at_desk("drafter").get(f"/tasks/{task}/revise").text


def test_an_attachment_is_taken_out_of_an_item_that_is_disclosed(
    chain: Chain, at_desk: AtDesk
) -> None:
    """domain:B7: the rest is clear; the ground for the attachment is asked for, and both are told everywhere."""
    with chain.read("drafter") as work:
        stored = drafting.store_file(work, "管线点位.txt", "甲 12".encode())
        cited = files.reference(stored, "管线点位.txt")
        work.commit()
    chain.draft = replace(chain.draft, attachments=(cited,))
    chain.submit().decide("attribute_review")
    browser, desk = claimed(chain, at_desk, "confidentiality_review")
    given = {**ALL_CLEAR, f"part-{cited.digest}": "withhold", "opinion": "点位不宜公开。"}
    given |= {"outcome": "treat", "reason_codes": "R08"}
    refused = decide(browser, desk, **given)
    assert refused.status_code == 422
    assert "不予公开须注明法定情形。" in refused.text
    assert decide(browser, desk, **given, ground_codes="A14-1").status_code == 303
    assert chain.open() == ["revise"]
    told = ("附件：管线点位.txt：不予公开", GROUNDS["A14-1"].zh)
    drafter = at_desk("drafter")
    assert told[0] in drafter.get(f"/tasks/{chain.task('revise')}").text
    chain.revise("t3", lambda shown: replace(shown, attachments=()))
    assert "已移除的附件" in drafter.get(f"/packages/{chain.package_id}").text
    sheet = at_desk("inspector").get(f"/packages/{chain.package_id}/sheet").text
    for words in told:
        assert words in sheet
    form = at_desk("inspector").get(f"/packages/{chain.package_id}/confidentiality").text
    assert '<th scope="row">附件：管线点位.txt</th><td>不予公开</td>' in form
    assert told[1] in form
    chain.until("first_review")
