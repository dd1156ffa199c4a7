"""Work lists and the desk: what is shown to whom, and claiming in one press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.database import SYSTEM
from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import Browser
from workflows import people
from workflows.models import Package

AtDesk = Callable[[str], Browser]
TITLE = factories.METADATA.title


def test_a_new_task_waits_in_the_group_and_is_claimed_in_one_press(
    chain: Chain, at_desk: AtDesk
) -> None:
    task = chain.submit().task("attribute_review")
    browser = at_desk("ogi")
    waiting = browser.get("/tasks/available")
    assert TITLE in waiting.text
    assert "认领" in waiting.text

    answer = browser.post(f"/tasks/{task}/claim", page="/tasks/available")

    assert answer.status_code == 303
    assert answer.location == f"/tasks/{task}"
    desk = browser.get(answer.location).text
    assert "已认领" in desk
    assert "您的决定" in desk
    assert TITLE in browser.get("/tasks").text
    assert TITLE not in browser.get("/tasks/available").text


def test_a_task_is_handed_on_with_a_reason(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    task = chain.task("first_review")
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    at_desk("first").post(f"/tasks/{task}/claim", page=f"/tasks/{task}")
    head = at_desk("head")

    refused = head.post(
        f"/tasks/{task}/reassign", page=f"/tasks/{task}", to_person=other, reason=" "
    )
    assert refused.status_code == 422
    assert "转办须写明理由" in refused.text
    assert f'value="{other}" selected' in refused.text

    done = head.post(
        f"/tasks/{task}/reassign", page=f"/tasks/{task}", to_person=other, reason="出差"
    )
    assert done.status_code == 303
    assert "初三" in head.get(done.location).text
    assert "您的决定" in at_desk("first3").get(f"/tasks/{task}").text


def test_who_may_not_hand_on_is_offered_nothing_and_refused(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    task = chain.task("first_review")
    other = chain.hire("first3", "初三", "first_reviewer", "works")
    assert "/reassign" not in at_desk("drafter").get(f"/tasks/{task}").text
    answer = at_desk("drafter").post(
        f"/tasks/{task}/reassign", page="/packages/new", to_person=other, reason="出差"
    )
    assert answer.status_code == 403


def test_the_list_says_what_is_asked_and_how_late_it_is(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit()
    page = at_desk("ogi").get("/tasks/available").text
    assert "公开属性审查" in page
    assert "个工作日" in page
    assert "清平县城市建设局" in page


def test_a_task_put_back_can_be_claimed_again(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    browser = at_desk("ogi")
    browser.post(f"/tasks/{task}/claim", page="/tasks/available")
    answer = browser.post(f"/tasks/{task}/unclaim", page=f"/tasks/{task}")
    assert answer.status_code == 303
    assert TITLE in browser.get("/tasks/available").text


def test_an_empty_list_says_where_work_is(chain: Chain, at_desk: AtDesk) -> None:
    assert "没有待办。" in at_desk("ogi").get("/tasks").text
    chain.submit()
    assert "组内还有 1 件可以认领。" in at_desk("ogi").get("/tasks").text


def test_done_work_stays_findable(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().decide("attribute_review")
    page = at_desk("ogi").get("/tasks/done").text
    assert TITLE in page
    assert "确认主动公开" in page


@pytest.mark.parametrize("login", ["first", "drafter2"])
def test_the_queue_without_eligible_people_is_for_overseers(
    chain: Chain, at_desk: AtDesk, login: str
) -> None:
    assert at_desk("inspector").get("/tasks/stuck").status_code == 200
    assert at_desk(login).get("/tasks/stuck").status_code == 404


def test_a_task_nobody_may_take_is_in_sight_of_the_inspector(chain: Chain, at_desk: AtDesk) -> None:
    with chain.uow(SYSTEM) as work:
        people.deactivate(work, chain.county.people["secrecy"], "调离")
        work.commit()
    chain.submit().decide("attribute_review")
    page = at_desk("inspector").get("/tasks/stuck").text
    assert TITLE in page
    assert "没有一个人可以办理" in page
    grants = at_desk("secadmin").get("/tasks/stuck").text
    assert TITLE not in grants
    with chain.read() as work:
        assert work.session.get_one(Package, chain.package_id).number in grants
    assert "保密审查员" in grants


def test_a_strangers_task_looks_like_none(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    hidden = at_desk("reader").get(f"/tasks/{task}")
    missing = at_desk("reader").get("/tasks/999999")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert TITLE not in hidden.text


def test_the_desk_lists_all_reasons_against_the_drafter(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    page = at_desk("drafter").get(f"/tasks/{task}").text
    assert "这里只供查看" in page
    assert "您的决定" not in page


def test_the_desk_has_document_interpretation_and_checklist(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().until("first_review").task("first_review")
    browser = at_desk("first")
    browser.post(f"/tasks/{task}/claim", page="/tasks/available")
    page = browser.get(f"/tasks/{task}").text
    for words in ("增设路灯360盏", "政策背景", "本环节核对", "前面的意见", "办理轨迹", "流程图"):
        assert words in page
    assert page.count('name="outcome"') == 6


def test_the_desk_shows_what_changed_since_my_last_look(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("second_review")
    task = chain.task("second_review")
    browser = at_desk("second")
    assert "自我上次查看以来的修改" not in browser.get(f"/tasks/{task}").text

    chain.decide("second_review", "return")
    chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
    chain.until("second_review")

    page = browser.get(f"/tasks/{chain.task('second_review')}").text
    assert "自我上次查看以来的修改" in page
    assert "<del>" in page
    assert "第 2 轮" in page


def test_opening_the_desk_twice_marks_one_look(chain: Chain, at_desk: AtDesk) -> None:
    task = chain.submit().task("attribute_review")
    assert at_desk("ogi").get(f"/tasks/{task}").status_code == 200
    assert at_desk("ogi").get(f"/tasks/{task}").status_code == 200


def test_the_process_has_a_page_with_a_picture_and_a_list(chain: Chain, at_desk: AtDesk) -> None:
    page = at_desk("first").get("/definitions/publishing").text
    assert "<svg" in page
    assert "用文字看流程图" in page
    assert "未经保密审查同意，不得公开" in page
    assert "必须 · 部署前已逐一证明 · 依据：domain:A1.3 domain:C5" in page
    assert "退回须写明原因代码和理由。" in page
    english = (
        at_desk("first").get("/definitions/publishing", headers={"Accept-Language": "en"}).text
    )
    assert "No release without confidentiality clearance" in english
    assert at_desk("first").get("/definitions/nothing").status_code == 404


def test_lists_are_turned_by_key(chain: Chain, at_desk: AtDesk) -> None:
    for _ in range(23):
        chain.submit()
    browser = at_desk("ogi")
    first = browser.get("/tasks/available").text
    assert first.count("/claim") == 20
    assert "下一页" in first
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(address).text
    assert second.count("/claim") == 3
    assert "上一页" in second


def test_reviewers_see_the_six_points_and_the_public_does_not(
    chain: Chain, at_desk: AtDesk
) -> None:
    points = replace(chain.draft.interpretation.points, reach="见“重要举措”第二项")
    chain.draft = replace(
        chain.draft, interpretation=replace(chain.draft.interpretation, points=points)
    )
    task = chain.submit().until("second_review").task("second_review")
    page = at_desk("second").get(f"/tasks/{task}").text
    assert "影响范围" in page
    assert "见“重要举措”第二项" in page
    chain.until("readback")
    package = at_desk("drafter").get(f"/packages/{chain.package_id}").text
    address = package.split("看公开页")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "见“重要举措”第二项" not in at_desk("drafter").get(address).text
