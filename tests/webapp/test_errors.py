"""Refusals and faults as pages: right status, all reasons, a number that the log has too, nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from engine import errors as engine_errors
from engine.database import UnitOfWork
from engine.errors import SanshenError
from engine.models import AuditEntry
from engine.text import Sentence
from tests.webapp.conftest import OURS, Browser, Office
from webapp import answers
from webapp.errors import TABLE, answer_for
from webapp.security import MAX_TYPED_BYTES
from workflows import errors as workflow_errors

LogIn = Callable[[str], Browser]
Open = Callable[[], UnitOfWork]

EXPECTED = {
    workflow_errors.NotFound: 404,
    engine_errors.TaskNotFound: 404,
    engine_errors.DefinitionNotFound: 404,
    workflow_errors.NotPermitted: 403,
    engine_errors.NotYourTask: 403,
    engine_errors.NotAllowed: 422,
    workflow_errors.DocumentChanged: 409,
    engine_errors.StalePage: 409,
    engine_errors.TaskClosed: 409,
    engine_errors.TaskAlreadyClaimed: 409,
    engine_errors.AlreadyRunning: 409,
    engine_errors.CaseNotRunning: 409,
    engine_errors.CaseSuspended: 409,
    engine_errors.NotSettled: 409,
    engine_errors.CannotTakeBack: 409,
    workflow_errors.Refused: 422,
    workflow_errors.GateRefused: 422,
    workflow_errors.ReleaseRefused: 422,
    workflow_errors.FileRefused: 422,
    engine_errors.UnknownOutcome: 422,
    engine_errors.UnknownEvent: 422,
    engine_errors.DefinitionRefused: 422,
    engine_errors.CannotMigrate: 422,
    engine_errors.CannotRepair: 422,
    workflow_errors.LoginRefused: 401,
}


def kinds(root: type[SanshenError] = SanshenError) -> Iterator[type[SanshenError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from kinds(kind)


def refused(open_uow: Open) -> list[AuditEntry]:
    with open_uow() as work:
        found = sa.select(AuditEntry).where(AuditEntry.action == "act.refused")
        rows = list(work.session.scalars(found))
        work.session.expunge_all()
        return rows


def failing(app: Flask, error: Exception) -> None:
    """A page that fails like this, for GET and POST, without log-in."""

    def view() -> str:
        raise error

    view.open_to_all = True  # type: ignore[attr-defined]
    app.add_url_rule("/failing", "failing", view, methods=["GET", "POST"])


def without_number(html: str) -> str:
    return re.sub(r'class="number">[0-9a-f]+<|value="[\w.-]{20,}"', "", html)


@pytest.mark.parametrize(("kind", "status"), EXPECTED.items())
def test_each_refusal_has_its_status(app: Flask, kind: type[SanshenError], status: int) -> None:
    error = kind.__new__(kind)  # some take more than sentences; the class alone decides
    with app.test_request_context("/failing", method="POST"):
        assert answer_for(error).status == status


def test_every_refusal_of_the_layers_below_is_in_the_table() -> None:
    named = [
        kind
        for kind in kinds()
        if kind.__module__ in ("engine.errors", "workflows.errors")
        and kind not in (engine_errors.EngineError, workflow_errors.WorkflowError)
    ]
    assert set(named) == set(EXPECTED)
    assert all(any(base in TABLE for base in kind.__mro__) for kind in named)


def test_all_reasons_are_on_the_page_in_the_reader_s_language(app: Flask, browser: Browser) -> None:
    failing(
        app, workflow_errors.Refused(Sentence("缺标题", "No title"), Sentence("缺解读", "No x"))
    )
    page = browser.get("/failing")
    assert page.status_code == 422
    assert "缺标题" in page.text
    assert "缺解读" in page.text
    english = browser.get("/failing", headers={"Accept-Language": "en"})
    assert "No title" in english.text


def test_a_fault_shows_a_number_that_the_log_has_too_and_nothing_else(
    app: Flask, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(app, RuntimeError("secret path /etc/x"))
    page = browser.get("/failing")
    assert page.status_code == 500
    assert "secret path" not in page.text
    assert "RuntimeError" not in page.text
    number = re.search(r'class="number">([0-9a-f]+)<', page.text)
    assert number is not None
    assert page.headers["X-Request-Id"] == number[1]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[:1] == "{"]
    fault = next(line for line in lines if line["message"] == "fault")
    assert fault["request"] == number[1]
    assert "secret path" in fault["fault"]


def test_a_number_sent_by_the_client_is_not_taken(browser: Browser) -> None:
    answer = browser.get("/public/", headers={"X-Request-Id": "forged"})
    assert answer.headers["X-Request-Id"] != "forged"


def test_a_busy_database_asks_to_come_back(app: Flask, browser: Browser) -> None:
    failing(app, OperationalError("SELECT 1", {}, Exception("database is locked")))
    page = browser.get("/failing")
    assert page.status_code == 503
    assert "请稍等几秒" in page.text


def test_the_page_of_a_fault_needs_no_database(
    app: Flask, as_person: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_person("drafter")

    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr("webapp.places.queries.counts", gone)
    page = browser.get("/messages/")
    assert page.status_code == 500
    assert "把下面的编号告诉系统管理员" in page.text


def test_forbidden_looks_exactly_like_not_found(as_person: LogIn, office: Office) -> None:
    drafter = as_person("drafter")
    forbidden = drafter.get(f"/people/{office.ids['inspector']}")
    unknown = drafter.get("/people/999999")
    nowhere = drafter.get("/people/nobody/at/all")
    assert forbidden.status_code == unknown.status_code == nowhere.status_code == 404
    pages = {
        re.sub(r'name="next" value="[^"]*"', "", without_number(answer.text))
        for answer in (forbidden, unknown, nowhere)
    }
    assert len(pages) == 1


def test_a_refused_act_is_recorded_and_changes_nothing(
    as_person: LogIn, office: Office, open_uow: Open
) -> None:
    drafter = as_person("drafter")
    path = f"/people/{office.ids['reviewer']}/deactivate"
    answer = drafter.post(path, page="/account/password", reason="试试")
    assert answer.status_code == 403
    assert "只有系统管理员可以这样做" in answer.text
    (entry,) = refused(open_uow)
    assert entry.actor_id == str(office.ids["drafter"])
    assert path in entry.payload
    assert as_person("reviewer").get("/messages/").status_code == 200


def test_being_told_what_is_missing_is_not_a_refused_right(
    app: Flask, browser: Browser, open_uow: Open
) -> None:
    failing(app, workflow_errors.Refused(Sentence("缺标题", "No title")))
    browser.get("/failing")
    assert refused(open_uow) == []


def test_a_form_with_an_expired_token_comes_back_with_everything_typed(
    as_person: LogIn, open_uow: Open
) -> None:
    browser = as_person("sys_admin")
    hidden = browser.hidden("/people/new")
    long_text = "第一段。\n第二段，" + "很长的意见" * 40
    typed = {"name": "何新", "login": "he.xin", "reason": long_text, "post": '"><script>'}
    with browser.client.session_transaction() as session:
        session.clear()
    answer = browser.client.post("/people/new", data={**hidden, **typed}, headers=OURS)
    assert answer.status_code == 400
    assert "没有丢失" in answer.text
    assert long_text in answer.text
    assert "<script>" not in answer.text
    fresh = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert fresh is not None
    again = {"csrf_token": fresh[1], "once": hidden["once"], "name": "何新", "login": "he.xin"}
    kept = browser.client.post("/people/new", data=again, headers=OURS)
    assert kept.status_code == 422  # taken by the form this time: it names the missing fields


def test_a_form_sent_by_another_site_is_not_offered_for_sending_again(as_person: LogIn) -> None:
    browser = as_person("sys_admin")
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = browser.client.post("/people/new", data={"name": "何"}, headers=headers)
        assert answer.status_code == 400
        assert "不是从本系统的页面发出的" in answer.text
        assert 'action="/people/new"' not in answer.text


def pasted(size: int, encoding: str) -> tuple[bytes, str]:
    """The body and type of a form with one field of `size` characters."""
    if encoding == "plain":
        return b"opinion=" + b"a" * size, "application/x-www-form-urlencoded"
    head = b'--x\r\nContent-Disposition: form-data; name="opinion"\r\n\r\n'
    return head + b"a" * size + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


@pytest.mark.parametrize("encoding", ["plain", "multipart"])
@pytest.mark.parametrize("megabytes", [7, 20])
def test_an_oversized_paste_gets_a_sentence(
    as_person: LogIn, encoding: str, megabytes: int
) -> None:
    body, kind = pasted(megabytes << 20, encoding)
    answer = as_person("drafter").client.post(
        "/account/password", data=body, content_type=kind, headers=OURS
    )
    assert answer.status_code == 413
    assert f"不要超过 {MAX_TYPED_BYTES >> 20} MB" in answer.text


def test_a_request_beyond_the_limit_gets_the_same_sentence(as_person: LogIn) -> None:
    body, kind = pasted(33 << 20, "multipart")
    answer = as_person("drafter").client.post("/account/password", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "合计不要超过 32 MB" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/nowhere", 404), ("get", "/logout", 405), ("put", "/public/", 405)],
)
def test_http_s_own_refusals_are_pages_too(
    browser: Browser, method: str, path: str, status: int
) -> None:
    answer = getattr(browser.client, method)(path)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "编号" in answer.text


def test_a_script_gets_sentences_instead_of_a_page(app: Flask, browser: Browser) -> None:
    failing(app, workflow_errors.Refused(Sentence("缺标题", "No title")))
    answer = browser.get("/failing", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.get_json()["sentences"] == ["缺标题"]


def test_a_second_press_gets_the_first_answer_and_changes_nothing(
    as_person: LogIn, office: Office
) -> None:
    browser = as_person("sys_admin")
    fields = {
        **browser.hidden("/people/new"),
        "name": "何新",
        "login": "he.xin",
        "unit_id": str(office.unit_id),
        "initial_password": "told-on-the-phone",
    }
    first = browser.client.post("/people/new", data=fields)
    second = browser.client.post("/people/new", data=fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert "没有重复提交" in browser.get(second.location).text


def test_the_same_key_in_another_s_hands_is_a_new_act(as_person: LogIn) -> None:
    one, other = as_person("sys_admin"), as_person("drafter")
    key = one.hidden("/people/new")["once"]
    answer = other.post("/people/new", page="/account/password", once=key, name="x")
    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("status", [409, 422])
def test_a_press_refused_because_its_twin_was_quicker_gets_the_twins_answer(
    app: Flask, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    found = iter([None, "what the twin was told"])
    monkeypatch.setattr(answers, "_earlier", lambda: next(found))
    with app.test_request_context("/", method="POST"):
        assert answers.only_once(lambda: ("refused", status))() == "what the twin was told"
