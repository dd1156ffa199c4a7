"""The outbox: an effect leaves only with its act's commit, once per key, and survives failing partners."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import outbox
from engine.database import SYSTEM
from engine.models import AuditEntry, OutboxItem
from engine.sweeping import Swept
from tests.conftest import MONDAY, Database, OpenUow


class Post:
    """A partner that keeps what it got."""

    def __init__(self) -> None:
        self.got: list[Mapping[str, Any]] = []

    def __call__(self, payload: Mapping[str, Any]) -> None:
        self.got.append(payload)


def work(
    uow: OpenUow, deliver: Mapping[str, outbox.Deliver], later: timedelta = timedelta(0)
) -> Swept:
    return outbox.work(lambda: uow(SYSTEM, MONDAY + later), deliver, worker="w1")


def test_an_effect_is_carried_out_once_after_the_commit(uow: OpenUow) -> None:
    post = Post()
    with uow() as act:
        outbox.put(act, "mail", {"to": "3", "about": "审签"})
        act.commit()
    assert work(uow, {"mail": post}) == Swept(1, 0)
    assert work(uow, {"mail": post}) == Swept(0, 0)
    assert post.got == [{"to": "3", "about": "审签"}]


def test_an_act_rolled_back_has_no_effect(uow: OpenUow) -> None:
    with uow() as act:
        outbox.put(act, "mail", {})
    assert work(uow, {"mail": Post()}) == Swept(0, 0)


def test_the_same_effect_asked_for_twice_is_kept_once(uow: OpenUow) -> None:
    post = Post()
    with uow() as act:
        for number in (1, 2):
            outbox.put(act, "mail", {"n": number}, dedupe_key="release:7")
        outbox.put(act, "mail", {"n": 3})
        outbox.put(act, "mail", {"n": 4})
        act.commit()
    work(uow, {"mail": post})
    assert sorted(p["n"] for p in post.got) == [1, 3, 4]


def test_an_effect_for_later_waits(uow: OpenUow) -> None:
    with uow() as act:
        outbox.put(act, "mail", {}, due_at=MONDAY + timedelta(hours=1))
        act.commit()
    assert work(uow, {"mail": Post()}) == Swept(0, 0)
    assert work(uow, {"mail": Post()}, timedelta(hours=1)) == Swept(1, 0)


def test_a_failing_partner_is_tried_again_later_and_given_up_in_the_end(
    uow: OpenUow, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(payload: Mapping[str, Any]) -> None:
        raise ConnectionRefusedError("门户网站")

    post, later, tries = Post(), timedelta(0), 0
    with uow() as act:
        outbox.put(act, "page", {})
        outbox.put(act, "mail", {})
        act.commit()
    with caplog.at_level(logging.CRITICAL):
        assert work(uow, {"page": fail, "mail": post}) == Swept(fired=1, failed=1)
        assert work(uow, {"page": fail}) == Swept(0, 0), "it waits before it tries again"
        while tries < outbox.MOST_ATTEMPTS - 1:
            later += timedelta(hours=7)
            tries += work(uow, {"page": fail}, later).failed
        assert work(uow, {"page": fail}, later + timedelta(days=9)) == Swept(0, 0)
    with uow() as act:
        failed = act.session.scalars(sa.select(OutboxItem).where(OutboxItem.kind == "page")).one()
        assert failed.last_error == "ConnectionRefusedError"
        assert failed.attempts == outbox.MOST_ATTEMPTS
        assert failed.given_up_at is not None


def test_what_was_given_up_is_seen_and_sent_again(
    uow: OpenUow, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_ATTEMPTS", 1)
    with uow() as act:
        outbox.put(act, "mail", {"n": 1})
        outbox.put(act, "mail", {"n": 2}, due_at=MONDAY + timedelta(days=2))
        act.commit()
    with caplog.at_level(logging.CRITICAL):
        assert work(uow, {}) == Swept(0, 1)
    with uow() as act:
        (letter,) = outbox.dead_letters(act)
        assert (letter.kind, letter.last_error, outbox.waiting(act)) == ("mail", "LookupError", 1)
        number = letter.id
        outbox.try_again(act, number)
        act.commit()
    with uow() as act:
        assert outbox.dead_letters(act) == []
        with pytest.raises(outbox.NoDeadLetter):
            outbox.try_again(act, number)
        entry = act.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "outbox.retried")
        ).one()
        assert entry.subject == f"outbox:{number}"
    post = Post()
    assert work(uow, {"mail": post}, timedelta(hours=1)) == Swept(1, 0)
    assert [p["n"] for p in post.got] == [1]


def test_an_effect_nobody_knows_is_a_failure_not_a_loss(
    uow: OpenUow, caplog: pytest.LogCaptureFixture
) -> None:
    with uow() as act:
        outbox.put(act, "fax", {})
        act.commit()
    with caplog.at_level(logging.CRITICAL):
        assert work(uow, {}) == Swept(0, 1)
    assert work(uow, {"fax": Post()}, timedelta(hours=1)) == Swept(1, 0)


def test_what_a_dead_worker_held_is_free_after_its_lease(uow: OpenUow) -> None:
    with uow() as act:
        outbox.put(act, "mail", {})
        act.commit()

    def die(payload: Mapping[str, Any]) -> None:
        raise Killed

    with pytest.raises(Killed):
        work(uow, {"mail": die})
    assert work(uow, {"mail": Post()}) == Swept(0, 0)
    assert work(uow, {"mail": Post()}, outbox.LEASE + timedelta(seconds=1)) == Swept(1, 0)


class Killed(BaseException):
    """The worker's process is gone: nothing after it is carried out."""


def test_what_kills_its_worker_lets_the_others_go_and_is_given_up(uow: OpenUow) -> None:
    with uow() as act:
        for number in range(60):
            outbox.put(act, "mail", {"n": number})
        act.commit()
    got: list[int] = []

    def deliver(payload: Mapping[str, Any]) -> None:
        if payload["n"] == 0:
            raise Killed
        got.append(payload["n"])

    def turn(later: timedelta) -> int:
        """One run of a worker; answers how many died of it."""
        try:
            work(uow, {"mail": deliver}, later)
        except Killed:
            return 1
        return 0

    assert turn(timedelta(0)) == 1
    assert turn(timedelta(0)) == turn(timedelta(0)) == 0, "the next workers have it not in hand"
    assert sorted(got) == list(range(1, 60))
    later = [timedelta(hours=7 * n) for n in range(1, 2 * outbox.MOST_ATTEMPTS)]
    assert 1 + sum(map(turn, later)) == outbox.MOST_ATTEMPTS
    with uow() as act:
        (letter,) = outbox.dead_letters(act)
        assert (letter.attempts, letter.last_error) == (outbox.MOST_ATTEMPTS, outbox.LOST)
        assert outbox.waiting(act) == 0
        outbox.try_again(act, letter.id)
        act.commit()
    assert turn(later[-1]) == 1, "it has all its attempts before it again"


def test_what_killed_its_worker_waits_behind_what_came_later(uow: OpenUow) -> None:
    post = Post()

    def deliver(payload: Mapping[str, Any]) -> None:
        if payload["n"] == 0:
            raise Killed
        post(payload)

    with uow() as act:
        outbox.put(act, "mail", {"n": 0})
        act.commit()
    with pytest.raises(Killed):
        work(uow, {"mail": deliver})
    with uow(now=MONDAY + timedelta(seconds=30)) as act:
        outbox.put(act, "mail", {"n": 1})
        act.commit()
    with pytest.raises(Killed):
        work(uow, {"mail": deliver}, outbox.LEASE + timedelta(seconds=1))
    assert [p["n"] for p in post.got] == [1], "it had its turn before the worker died again"


def test_two_workers_never_hold_the_same_item(uow: OpenUow, database: Database) -> None:
    with uow() as act:
        for number in range(30):
            outbox.put(act, "mail", {"n": number})
        act.commit()
    post = Post()
    barrier = threading.Barrier(3)

    def one(name: str) -> None:
        barrier.wait()
        while outbox.work(
            lambda: database.open(SYSTEM, MONDAY), {"mail": post}, worker=name, limit=4
        ).fired:
            pass

    threads = [threading.Thread(target=one, args=(f"w{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    work(uow, {"mail": post})
    assert sorted(p["n"] for p in post.got) == list(range(30))


def test_a_worker_that_overslept_its_lease_does_not_mark_the_next_ones_item(uow: OpenUow) -> None:
    with uow() as act:
        outbox.put(act, "mail", {})
        act.commit()

    def die(payload: Mapping[str, Any]) -> None:
        raise Killed

    def oversleep(payload: Mapping[str, Any]) -> None:
        later = MONDAY + outbox.LEASE + timedelta(seconds=1)
        with pytest.raises(Killed):
            outbox.work(lambda: uow(SYSTEM, later), {"mail": die}, worker="w2")

    work(uow, {"mail": oversleep})
    with uow() as act:
        item = act.session.scalars(sa.select(OutboxItem)).one()
        assert (item.leased_by, item.done_at, item.attempts) == ("w2", None, 2)
