"""Messages by e-mail, through a real mail server on this machine: after the act, to whom it was chosen, and no more."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from flask import Flask

import config
from engine import clock, outbox
from engine.models import OutboxItem
from engine.text import Sentence
from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import Browser
from webapp import mailing, serving
from webapp.transaction import Store
from workflows import mail, notices, people

Desk = Callable[[str], Browser]


class Letters:
    """Keeps what the mail server was given."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.logged_in: list[bool] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 — its name
        letter = BytesParser(_class=EmailMessage, policy=default).parsebytes(envelope.content)
        self.kept.append(letter)
        self.logged_in.append(session.authenticated)
        return "250 OK"


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def server(letters: Letters) -> Iterator[Controller]:
    """A mail server at a free port of this machine."""

    def known(*args: Any) -> AuthResult:
        data = args[-1]
        return AuthResult(success=(data.login, data.password) == (b"sanshen", b"letterbox"))

    controller = Controller(
        letters,
        hostname="127.0.0.1",
        port=_free_port(),
        authenticator=known,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def settings(settings: config.Settings, server: Controller) -> config.Settings:
    return replace(
        settings,
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_user="sanshen",
        smtp_password="letterbox",
        mail_from="sanshen@yunlan.example",
        public_url="https://sanshen.yunlan.example",
    )


@pytest.fixture
def store(app: Flask) -> Store:
    found: Store = app.extensions["sanshen"]
    return found


def choose(browser: Browser, address: str, choice: str) -> int:
    answer = browser.post("/messages/mail", page="/messages/", address=address, choice=choice)
    return answer.status_code


def test_who_chose_it_gets_a_letter_that_names_no_item(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings, letters: Letters
) -> None:
    assert choose(at_desk("first"), "first@yunlan.example", "all") == 303
    chain.submit().until("first_review")
    assert letters.kept == []  # nothing leaves before the act is committed and the worker comes
    swept = serving.send_out(store, settings)
    assert (swept.fired, swept.failed) == (1, 0)
    (letter,) = letters.kept
    assert letters.logged_in == [True]
    assert (letter["To"], letter["From"]) == ("first@yunlan.example", "sanshen@yunlan.example")
    assert letter["Subject"] == "【三审】您有新的待办 / A task waits for you"
    text = letter.get_content()
    task = chain.task("first_review")
    assert f"https://sanshen.yunlan.example/tasks/{task}\n" in text
    assert "路灯" in factories.METADATA.title
    assert "路灯" not in text
    assert serving.send_out(store, settings).fired == 0


def test_urgent_only_means_deadlines_and_escalations(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings, letters: Letters
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "urgent")
    chain.submit().until("first_review")
    with store.open(chain.person("drafter")) as work:
        for kind in ("task", "reminder", "returns", "escalated", "nobody"):
            notices.tell(work, [int(chain.person("first").id)], kind, Sentence("甲", "A"))
        work.commit()
    serving.send_out(store, settings)
    subjects = sorted(str(letter["Subject"]) for letter in letters.kept)
    assert [s.partition(" / ")[0] for s in subjects] == [
        "【三审】您有一项待办已到办理时限",
        "【三审】有一项任务无人可以办理",
        "【三审】有一项任务超时，请您督促",
    ]


def test_an_act_that_is_rolled_back_sends_nothing(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings, letters: Letters
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "all")
    with store.open(chain.person("drafter")) as work:
        notices.tell(work, [int(chain.person("first").id)], "task", Sentence("甲", "A"))
    assert serving.send_out(store, settings).fired == 0
    assert letters.kept == []


def test_a_mail_server_that_is_away_loses_no_letter(
    chain: Chain,
    at_desk: Desk,
    store: Store,
    settings: config.Settings,
    letters: Letters,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "all")
    chain.submit().until("first_review")
    away = replace(settings, smtp_port=9)
    swept = serving.send_out(store, away)
    assert (swept.fired, swept.failed) == (0, 1)
    with store.open(chain.person("drafter")) as work:
        item = work.session.query(OutboxItem).one()
        assert item.attempts == 1
        assert "refused" in (item.last_error or "").lower()
        assert outbox.waiting(work) == 1
    assert serving.send_out(store, settings).fired == 0  # it waits before it tries again
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert serving.send_out(store, settings).fired == 1
    assert len(letters.kept) == 1


def test_letters_are_sent_beside_the_sweep(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings, letters: Letters
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "all")
    chain.submit().until("first_review")
    stopping = threading.Event()
    _, sending = serving.background(store, settings, 0, stopping)
    sending.start()
    for _ in range(200):
        if letters.kept:
            break
        stopping.wait(0.05)
    stopping.set()
    sending.join(timeout=10)
    assert len(letters.kept) == 1


def test_a_letter_sent_twice_says_that_it_is_one(settings: config.Settings) -> None:
    payload = {"to": "a@yunlan.example", "about": "task", "link": "/tasks/1", "key": "mail:1"}
    ids = {mailing.write(settings, payload)["Message-ID"] for _ in range(2)}
    other = mailing.write(settings, payload | {"key": "mail:2"})["Message-ID"]
    assert len(ids) == 1
    assert other not in ids


@pytest.mark.parametrize(
    ("address", "choice", "said"),
    [
        ("first", "all", "邮箱地址不完整"),
        ("", "all", "邮箱地址不完整"),
        ("a@b.example\r\nBcc: c@d.example", "all", "邮箱地址不完整"),
        ("a@b.example", "everything", "请选择接收哪些消息。"),
    ],
)
def test_half_an_address_is_refused_and_kept_in_the_form(
    at_desk: Desk, store: Store, chain: Chain, address: str, choice: str, said: str
) -> None:
    browser = at_desk("first")
    answer = browser.post("/messages/mail", page="/messages/", address=address, choice=choice)
    assert answer.status_code == 422
    assert said in answer.text
    with store.open(chain.person("first")) as work:
        assert mail.mine(work) == ("", "none")


def test_without_a_mail_server_nothing_is_offered_and_nothing_piles_up(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings, letters: Letters
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "all")
    chain.submit().until("first_review")
    without = replace(settings, smtp_host="")
    assert serving.send_out(store, without).fired == 1
    with store.open(chain.person("first")) as work:
        assert outbox.waiting(work) == 0
    assert letters.kept == []


def test_who_left_gets_no_letters(
    chain: Chain, at_desk: Desk, store: Store, settings: config.Settings
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "all")
    with store.open(chain.person("sysadmin")) as work:
        people.deactivate(work, int(chain.person("first").id), "调离")
        work.commit()
    with store.open(chain.person("drafter")) as work:
        notices.tell(work, [int(chain.person("first").id)], "task", Sentence("甲", "A"))
        work.commit()
    assert serving.send_out(store, settings).fired == 0


def test_the_choice_is_on_record_without_the_address(
    chain: Chain, at_desk: Desk, store: Store
) -> None:
    choose(at_desk("first"), "first@yunlan.example", "urgent")
    choose(at_desk("first"), "", "none")
    html = at_desk("auditadmin").get("/entries").text
    assert "设置邮件通知" in html
    assert "first@yunlan.example" not in html
