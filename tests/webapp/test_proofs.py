"""Proving and deploying on a page: the system administrator hands files in, sees the story, and deploys."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

import config
from engine.database import UnitOfWork
from engine.models import AuditEntry, ProcessDefinition
from tests.webapp.conftest import OURS, Browser, Office
from tests.workflows.test_deploying import REVIEWED, shortcut
from webapp import workers
from workflows.models import Proof

Open = Callable[[], UnitOfWork]
LENIENT = REVIEWED.replace("first_review=pass", "first_review=pass|return")


@pytest.fixture
def asked() -> list[int]:
    """The proofs for which a worker was called."""
    return []


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch, asked: list[int]) -> None:
    """No worker of its own is started."""
    monkeypatch.setattr(workers, "start", lambda settings, command, number: asked.append(number))


@pytest.fixture
def admin(app: Flask, office: Office) -> Browser:
    browser = Browser(app.test_client())
    browser.log_in("sys_admin")
    return browser


def files(folder: Path, rules: str) -> dict[str, bytes]:
    """A process that can release what was returned, with its rules."""
    file = shortcut(folder)
    return {file.name: file.read_bytes(), "shortcut.rules.toml": rules.encode()}


def hand_in(browser: Browser, given: dict[str, bytes]) -> TestResponse:
    chosen = [(BytesIO(content), name) for name, content in given.items()]
    return browser.client.post(
        "/proofs/", data={**browser.hidden("/proofs/"), "files": chosen}, headers=OURS
    )


def carry_out(app: Flask, settings: config.Settings, number: int = 1) -> str:
    return workers.prove(app.extensions["sanshen"], settings, number)


def versions(open_uow: Open) -> list[int]:
    with open_uow() as work:
        chosen = sa.select(ProcessDefinition.version).where(ProcessDefinition.key == "shortcut")
        return list(work.session.scalars(chosen.order_by(ProcessDefinition.version)))


@pytest.mark.usefixtures("by_hand")
def test_what_breaks_a_rule_is_shown_with_its_story_drawn_and_cannot_be_deployed(
    app: Flask,
    settings: config.Settings,
    admin: Browser,
    tmp_path: Path,
    asked: list[int],
    open_uow: Open,
) -> None:
    answer = hand_in(admin, files(tmp_path, REVIEWED))
    assert (answer.status_code, answer.headers["Location"], asked) == (303, "/proofs/1", [1])
    assert "正在走遍所有走法" in admin.get("/proofs/1").text
    assert carry_out(app, settings) == "refused"
    page = admin.get("/proofs/1").text
    assert "初审通过才能公开。" in page
    assert re.findall(r"<li>(.*?)</li>", re.search(r'(?s)<ol class="story">.*?</ol>', page)[0]) == [  # type: ignore[index]
        "first_review：退回修改",
        "revise：未作修改，说明后重报",
        "make_public",
    ]
    drawn = re.search(r"(?s)<svg.*?</svg>", page)
    assert drawn is not None
    badges = re.findall(r'class="badge-text"[^>]*>([^<]*)<', drawn[0])
    assert sorted(badges) == ["1", "2", "3"]
    assert "first_review：经过（1）" in drawn[0]
    assert 'action="/proofs/1/deploy"' not in page
    forged = admin.post("/proofs/1/deploy", page="/proofs/")
    assert forged.status_code == 422
    assert "初审通过才能公开。" in forged.text
    assert versions(open_uow) == []


@pytest.mark.usefixtures("by_hand")
def test_what_is_proven_is_deployed_once(
    app: Flask, settings: config.Settings, admin: Browser, tmp_path: Path, open_uow: Open
) -> None:
    hand_in(admin, files(tmp_path, LENIENT))
    too_soon = admin.post("/proofs/1/deploy", page="/proofs/")
    assert "检验还没有完成。" in too_soon.text
    assert carry_out(app, settings) == "proven"
    assert "可以部署" in admin.get("/proofs/1").text
    done = admin.post("/proofs/1/deploy", page="/proofs/1")
    assert done.headers["Location"] == "/definitions/shortcut"
    assert "已部署shortcut第1版" in admin.get("/definitions/shortcut").text
    again = admin.post("/proofs/1/deploy", page="/proofs/")
    assert (again.status_code, "已部署为第1版。" in again.text) == (422, True)
    assert versions(open_uow) == [1]
    assert "第 1 版" in admin.get("/proofs/").text
    with open_uow() as work:
        entry = work.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "definition.deployed")
        ).all()[-1]
        assert entry.actor_name == "郑sys_admin"


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "请选一个流程文件"),
        ({"a.bpmn": b"<x/>", "b.bpmn": b"<x/>"}, "请选一个流程文件"),
        ({"流程.bpmn": b"<x/>"}, "文件名用英文字母"),
        ({"../../a.sh": b"x"}, "“a.sh”不能读入"),
        ({"a.bpmn": b"<definitions"}, "a.bpmn"),
        ({"a.bpmn": b"x" * 2_001}, "超过 2 MB"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_kept(
    admin: Browser,
    given: dict[str, bytes],
    said: str,
    open_uow: Open,
    asked: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.proofs.MOST_BYTES", 2_000)
    answer = hand_in(admin, given)
    assert answer.status_code == 422
    assert said in answer.text
    with open_uow() as work:
        assert work.session.scalar(sa.select(sa.func.count(Proof.id))) == 0
    assert asked == []


@pytest.mark.usefixtures("by_hand")
def test_for_everybody_else_there_is_nothing(
    app: Flask,
    settings: config.Settings,
    admin: Browser,
    office: Office,
    tmp_path: Path,
    open_uow: Open,
) -> None:
    hand_in(admin, files(tmp_path, LENIENT))
    carry_out(app, settings)
    for login in sorted(set(office.ids) - {"sys_admin"}):
        other = Browser(app.test_client())
        other.log_in(login)
        token = other.hidden("/account/password")
        for path in ("/proofs/", "/proofs/1"):
            assert other.get(path).status_code == 404, (login, path)
        for path in ("/proofs/", "/proofs/1/again", "/proofs/1/deploy"):
            answer = other.client.post(path, data=token, headers=OURS)
            assert answer.status_code == 403, (login, path)
        assert "/proofs/" not in other.get("/account/password").text
    assert versions(open_uow) == []


@pytest.mark.usefixtures("by_hand")
def test_a_proof_that_nobody_works_on_can_be_begun_again(
    app: Flask,
    settings: config.Settings,
    admin: Browser,
    tmp_path: Path,
    open_uow: Open,
    asked: list[int],
) -> None:
    hand_in(admin, files(tmp_path, LENIENT))
    assert "这次检验没有中断。" in admin.post("/proofs/1/again", page="/proofs/").text
    with open_uow() as work:
        work.session.get_one(Proof, 1).beat_at -= timedelta(minutes=5)
        work.commit()
    assert "检验中断了" in admin.get("/proofs/1").text
    assert admin.post("/proofs/1/again", page="/proofs/1").status_code == 303
    assert asked == [1, 1]
    assert carry_out(app, settings) == "proven"


@pytest.mark.usefixtures("by_hand")
def test_a_fault_of_ours_is_told_and_the_files_are_kept(
    app: Flask,
    settings: config.Settings,
    admin: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(admin, files(tmp_path, LENIENT))
    with monkeypatch.context() as broken:
        broken.setattr("workflows.deploying.judge", lambda *_, **__: 1 / 0)
        assert carry_out(app, settings) == "failed"
    page = admin.get("/proofs/1").text
    assert "检验时程序出错，未作任何改动" in page
    assert admin.post("/proofs/1/again", page="/proofs/1").status_code == 303
    assert carry_out(app, settings) == "proven"


def test_the_worker_is_a_process_of_its_own(admin: Browser, tmp_path: Path) -> None:
    answer = hand_in(admin, files(tmp_path, REVIEWED))
    assert answer.status_code == 303
    for _ in range(300):
        page = admin.get("/proofs/1").text
        if "正在走遍所有走法" not in page:
            break
        time.sleep(0.2)
    assert "不能部署" in page
    assert "初审通过才能公开。" in page
