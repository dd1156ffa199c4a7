"""外出与代理 on the page: a colleague acts, every page says so, and a forged cookie is nobody."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import SYSTEM
from engine.models import Substitution
from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import OURS, Browser
from tests.webapp.test_decisions import decide
from webapp.auth import STANDING_IN
from webapp.transaction import Store

AtDesk = Callable[[str], Browser]


def today(browser: Browser) -> str:
    store: Store = browser.client.application.extensions["sanshen"]
    with store.open(SYSTEM) as work:
        return str(local_date(work.now))


def hired(chain: Chain) -> int:
    with chain.read() as work:
        free = factories.hire(work, "free", "闲云", chain.county.units["works"], "reader")
        work.commit()
    return free


def away(browser: Browser, substitute: int, **changes: object) -> int:
    day = today(browser)
    sent = {"substitute": substitute, "role": "", "first": day, "last": day, "reason": "出差"}
    answer = browser.post("/account/leave", page="/account/leave", **{**sent, **changes})
    return answer.status_code


def test_a_colleague_acts_while_somebody_is_away(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    free = hired(chain)
    first = at_desk("first")
    assert away(first, free, reason="") == 422
    assert away(first, chain.county.people["inspector"]) == 422
    assert away(first, free) == 303
    assert "闲云" in first.get("/account/leave").text
    other = at_desk("free")
    assert "增设小区路灯" not in other.get("/tasks/available").text
    page = other.get("/account/leave").text
    assert "代理初明办理" in page
    principal = chain.county.people["first"]
    token = other.hidden("/account/leave")
    other.client.post("/account/standing-in", data={**token, "for": principal}, headers=OURS)
    listed = other.get("/tasks/available").text
    assert "您正在代理初明办理" in listed
    assert "增设小区路灯" in listed
    task = chain.task("first_review")
    other.post(f"/tasks/{task}/claim", page="/tasks/available")
    assert decide(other, f"/tasks/{task}", outcome="pass").status_code == 303
    assert chain.open() == ["second_review"]
    drafter = at_desk("drafter")
    shown = drafter.get(f"/packages/{chain.package_id}").text
    assert '<span class="who">闲云（代初明）</span>' in shown
    assert "清平县城市建设局闲云（代初明） ·" in shown
    assert "清平县城市建设局闲云（代初明）：初审，结论“通过”" in shown
    drafter.client.set_cookie("language", "en")
    shown = drafter.get(f"/packages/{chain.package_id}").text
    assert '<span class="who">闲云 (for 初明)</span>' in shown
    assert "闲云 (for 初明) (清平县城市建设局): First review, “Pass”" in shown
    assert "（代" not in shown
    other.client.post("/account/standing-in", data={**token, "for": ""}, headers=OURS)
    assert "您正在代理" not in other.get("/tasks/available").text


def test_nobody_acts_for_somebody_by_a_cookie_of_their_own_making(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.submit().until("first_review")
    hired(chain)
    other = at_desk("free")
    other.client.set_cookie(STANDING_IN, str(chain.county.people["first"]))
    assert "增设小区路灯" not in other.get("/tasks/available").text
    task = chain.task("first_review")
    barred = other.post(f"/tasks/{task}/claim", page="/account/leave")
    assert barred.status_code >= 400
    assert "认领这件" not in other.get(f"/tasks/{task}").text


def test_ended_early_it_is_over_at_once(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review")
    first = at_desk("first")
    assert away(first, hired(chain)) == 303
    other = at_desk("free")
    other.client.set_cookie(STANDING_IN, str(chain.county.people["first"]))
    assert "您正在代理" in other.get("/tasks/available").text
    with chain.read() as work:
        row = work.session.scalars(sa.select(Substitution.id)).one()
    barred = other.post(f"/account/leave/{row}/revoke", page="/account/leave")
    assert barred.status_code == 403
    assert first.post(f"/account/leave/{row}/revoke", page="/account/leave").status_code == 303
    assert "您正在代理" not in other.get("/tasks/available").text
