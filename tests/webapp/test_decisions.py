"""The decision form over HTTP: what it sends, what it says afterwards, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import Browser
from workflows import oversight
from workflows.models import Decision

AtDesk = Callable[[str], Browser]
COUNTED = {"record-errors_found": "1", "record-errors_corrected": "1"}
OPINION = "文字通顺，要素齐全，同意送复审；第三段的“作业面”建议以后写得再具体些。"


def claimed(chain: Chain, at_desk: AtDesk, stage: str) -> tuple[Browser, str]:
    """The desk of `stage`, held by whoever does it."""
    task = chain.until(stage).task(stage)
    browser = at_desk(chain.at[stage])
    assert browser.post(f"/tasks/{task}/claim", page="/tasks/available").status_code == 303
    return browser, f"/tasks/{task}"


def decide(browser: Browser, desk: str, **fields: object) -> TestResponse:
    """Press the button, with what the page carries hidden."""
    return browser.post(f"{desk}/decision", page=desk, **fields)


def test_a_pass_says_what_happened_and_who_has_it_now(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    answer = decide(browser, desk, outcome="pass", opinion=OPINION)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert 'role="status"' in page
    assert "现在是复审" in page
    assert "前办结" in page
    assert chain.decisions("first_review")[0].opinion == OPINION
    assert chain.open() == ["second_review"]


def test_the_last_act_says_how_the_item_ended_and_the_page_when_to_look_again(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.draft = factories.kept_back("not_disclosed")
    browser, desk = claimed(chain.submit(), at_desk, "attribute_review")
    answer = decide(browser, desk, outcome="not_disclosed", opinion="属于内部事务信息。")
    assert answer.status_code == 303
    assert "公开属性审查：确认不予公开。 办结：登记为不予公开。" in browser.get("/tasks").text
    assert "2026年12月31日前复查能否公开" in browser.get(f"/packages/{chain.package_id}").text


def test_a_return_needs_reason_and_text_and_keeps_what_was_typed(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    answer = decide(browser, desk, outcome="return", locations="第三条第二款", checklist=["X1"])
    assert answer.status_code == 422
    assert "“退回修改”须写明理由。" in answer.text
    assert "请至少选择一项退回原因。" in answer.text
    assert "第三条第二款" in answer.text
    assert 'value="return" checked' in answer.text
    assert 'value="X1" checked' in answer.text
    assert chain.open() == ["first_review"]


def test_a_return_sends_it_back_with_reason_place_and_deadline(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "second_review")
    answer = decide(
        browser,
        desk,
        outcome="return",
        opinion="路灯数量与附表不一致。",
        reason_codes=["R12", "R17"],
        locations="第二段",
        deadline="2026-12-01",
    )
    assert answer.status_code == 303
    row = chain.decisions("second_review")[0]
    assert row.reason_codes == ["R12", "R17"]
    assert row.locations == "第二段"
    assert chain.open() == ["revise"]


def test_confidentiality_judges_every_part(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "confidentiality_review")
    page = browser.get(desk).text
    assert "逐项审查结论" in page
    refused = decide(browser, desk, outcome="clear", **{"part-body": "clear"})
    assert refused.status_code == 422
    assert "没有逐项结论" in refused.text
    assert 'name="part-body" value="clear" checked' in refused.text
    verdicts = {"part-body": "clear", "part-metadata": "clear", "part-interpretation": "clear"}
    assert decide(browser, desk, outcome="clear", **verdicts).status_code == 303
    assert chain.open() == ["first_review"]


def test_a_proofreader_corrects_in_place(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_proofreading")
    assert "改正后的正文" in browser.get(desk).text
    text = typed_correction(browser, desk)
    answer = decide(
        browser, desk, outcome="corrected", correction=text.replace("作业面", "作业场地"), **COUNTED
    )
    assert answer.status_code == 303
    with chain.read() as work:
        version = factories.current(work, chain.package_id)
        assert "请沿线单位让出作业场地" in version.content
        assert version.change_class == "t1"


def typed_correction(browser: Browser, desk: str) -> str:
    page = browser.get(desk).text
    text = page.split('name="correction"')[1].split(">", 1)[1].split("</textarea>")[0]
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "\r\n\r\n另加一段。", "技术性改正不能增减段落"),
        (lambda text: text.replace("360盏", "380盏"), "不是技术性改正"),
        (lambda text: text, "没有任何改动"),
    ],
    ids=["a paragraph more", "a number changed", "nothing changed"],
)
def test_a_correction_that_is_none_is_refused_and_kept(
    chain: Chain, at_desk: AtDesk, change: Callable[[str], str], said: str
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_proofreading")
    text = change(typed_correction(browser, desk))
    answer = decide(
        browser, desk, outcome="corrected", correction=text, opinion="改了两处", **COUNTED
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert "改了两处" in answer.text
    assert chain.open() == ["first_proofreading"]


def test_a_draft_of_an_opinion_is_saved_and_found_again(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    token = browser.hidden(desk)["csrf_token"]
    answer = browser.client.post(
        f"{desk}/draft", data={"opinion": OPINION}, headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 204
    assert OPINION in browser.get(desk).text


def test_without_javascript_saving_a_draft_keeps_the_whole_form(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    answer = browser.post(f"{desk}/draft", page=desk, opinion=OPINION, outcome="return",
                          reason_codes=["R11"])  # fmt: skip
    assert answer.status_code == 200
    assert "草稿已保存" in answer.text
    assert OPINION in answer.text
    assert 'value="return" checked' in answer.text
    assert 'value="R11" checked' in answer.text
    assert chain.open() == ["first_review"]


def test_the_release_shows_its_gates_and_what_was_not_checked(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "release")
    page = browser.get(desk).text
    assert "发布前检查" in page
    assert "尚未检查" in page
    assert decide(browser, desk, outcome="publish", opinion="等待统一口径。").status_code == 303
    assert chain.status() == "published"


def test_a_confirmation_shows_exactly_what_changed(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_proofreading")
    browser, desk = claimed(chain, at_desk, "first_proofreading")
    text = typed_correction(browser, desk).replace("作业面", "作业场地")
    decide(browser, desk, outcome="corrected", correction=text, **COUNTED)
    browser, desk = claimed(chain, at_desk, "sign_confirmation")
    page = browser.get(desk).text
    assert "要确认的修改" in page
    assert "<ins>" in page


def test_pressing_twice_decides_once(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    form = {**browser.hidden(desk), **shown(browser, desk), "outcome": "pass"}
    first = browser.client.post(f"{desk}/decision", data=form)
    second = browser.client.post(f"{desk}/decision", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == first.location
    assert "没有重复提交" in browser.get(second.location).text
    made: list[Decision] = chain.decisions("first_review")
    assert len(made) == 1


def shown(browser: Browser, desk: str) -> dict[str, str]:
    """Digest and row version as the page carries them."""
    page = browser.get(desk).text
    return {
        name: page.split(f'name="{name}" value="')[1].split('"')[0]
        for name in ("digest", "seen_version")
    }


def test_reading_back_begins_with_the_public_page(chain: Chain, at_desk: AtDesk) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "readback")
    page = browser.get(desk).text
    address = page.split("打开公开页核对")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "增设路灯360盏" in browser.get(address).text
    assert decide(browser, desk, outcome="ok").status_code == 303
    assert chain.open() == []


@pytest.mark.parametrize(
    ("stage", "outcome", "ground"),
    [("attribute_review", "not_disclosed", "A16-1"), ("confidentiality_review", "withhold", "A15")],
)
def test_withholding_names_its_ground(
    chain: Chain, at_desk: AtDesk, stage: str, outcome: str, ground: str
) -> None:
    chain.submit().until("confidentiality_review")
    if (
        stage == "attribute_review"
    ):  # confidentiality has to say no before the attribute is narrowed here
        chain.decide("confidentiality_review", "withhold")
    browser, desk = claimed(chain, at_desk, stage)
    assert "不予公开的法定情形" in browser.get(desk).text
    given = {"outcome": outcome, "opinion": "含有内部事项。", "reason_codes": "R08"}
    if stage == "confidentiality_review":  # only this form judges part by part
        given |= {
            "part-body": "withhold", "part-metadata": "clear", "part-interpretation": "clear",
        }  # fmt: skip
    refused = decide(browser, desk, **given)
    assert refused.status_code == 422
    assert "不予公开须注明法定情形。" in refused.text
    assert 'value="withhold" checked' in refused.text or stage == "attribute_review"
    assert decide(browser, desk, **given, ground_codes=ground).status_code == 303


def test_a_held_item_is_resumed(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("final_review").decide("final_review", "hold", opinion="待方案批准。")
    browser, desk = claimed(chain, at_desk, "on_hold")
    assert decide(browser, desk, outcome="resume").status_code == 303
    assert chain.open() == ["final_review"]


def test_release_that_the_gate_stopped_says_why_and_is_on_record(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser, desk = claimed(chain.submit(), at_desk, "release")
    with chain.read() as work:
        work.session.execute(
            sa.text(
                "UPDATE decision SET voided_at = at, voided_by = 'hand', voided_reason = 'x'"
                " WHERE stage = 'second_review'"
            )
        )
        work.commit()
    refused = decide(browser, desk, outcome="publish", opinion="等待统一口径。")
    assert refused.status_code == 422
    assert "复审尚未就当前版本通过。" in refused.text
    assert chain.open() == ["release"]
    with chain.read("inspector") as work:
        assert oversight.trail(work, chain.package_id)[-1].action == "publication.refused"


def test_a_decision_is_taken_back_from_the_page_of_the_item(
    chain: Chain, at_desk: Callable[[str], Browser]
) -> None:
    chain.submit().until("first_review")
    task_id = chain.task("first_review")
    chain.decide("first_review")
    here = f"/packages/{chain.package_id}"
    page = at_desk("first").get(here).text
    assert "您作出的决定" in page
    assert f'action="/tasks/{task_id}/take-back"' in page
    assert "您作出的决定" not in at_desk("drafter").get(here).text
    forged = at_desk("drafter").post(f"/tasks/{task_id}/take-back", page="/account/password")
    assert forged.status_code == 409
    assert "只能由本人撤回" in forged.text
    done = at_desk("first").post(f"/tasks/{task_id}/take-back", page=here, reason="看错了")
    assert (done.status_code, done.headers["Location"]) == (303, here)
    assert chain.open() == ["first_review"]
    after = at_desk("first").get(here).text
    assert "经办人撤回" in after
    assert "take-back" not in after
    again = at_desk("first").post(f"/tasks/{task_id}/take-back", page="/account/password")
    assert again.status_code == 409


@pytest.mark.parametrize("sign", ["\x0b", "\x01", "\ufffe"])
def test_a_control_character_in_an_opinion_spoils_no_page_and_no_table(
    chain: Chain, at_desk: AtDesk, sign: str
) -> None:
    """A decision stands for good: once such a character was in it, no register could be taken out any more."""
    browser, desk = claimed(chain.submit(), at_desk, "first_review")
    given = {"reason_codes": "R11", "locations": f"标题{sign}第一行"}
    sent = decide(browser, desk, outcome="return", opinion=f"请核对{sign}数字。", **given)
    assert sent.status_code == 303
    kept = chain.decisions("first_review")[0]
    plain = "\n" if sign == "\x0b" else ""
    assert (kept.opinion, kept.locations) == (f"请核对{plain}数字。", f"标题{plain}第一行")
    inspector = at_desk("inspector")
    for form in ("xlsx", "csv"):
        assert inspector.get(f"/inspection/registers/returned/{form}").status_code == 200
