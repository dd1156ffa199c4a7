"""Idempotency keys: the twin of a form gets the first one's answer, and nothing happens twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine import once
from tests.conftest import ALICE, BOB, MONDAY, Database, OpenUow


def test_the_first_answer_is_given_again(uow: OpenUow) -> None:
    with uow() as work:
        assert once.replay(work, "k1") is None
        once.remember(work, "k1", "/tasks/7")
        work.commit()
    with uow() as work:
        assert once.replay(work, "k1") == "/tasks/7"


def test_another_persons_key_says_nothing_to_me(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        once.remember(work, "k1", "/tasks/7")
        work.commit()
    with uow(BOB) as work:
        assert once.replay(work, "k1") is None
        once.remember(work, "k1", "/tasks/8")


def test_an_act_that_was_rolled_back_leaves_its_key_unused(uow: OpenUow) -> None:
    with uow() as work:
        once.remember(work, "k1", "/tasks/7")
    with uow() as work:
        assert once.replay(work, "k1") is None


def test_of_twins_that_arrive_together_one_is_remembered(database: Database) -> None:
    barrier = threading.Barrier(4)
    results: list[str] = []

    def one() -> None:
        with database.open(ALICE, MONDAY) as work:
            barrier.wait()
            try:
                once.remember(work, "k1", "/tasks/7")
                work.commit()
                results.append("done")
            except once.AlreadyDone:
                results.append("refused")

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["done", "refused", "refused", "refused"]


@pytest.mark.parametrize("key", ["", "k" * 201, "a\x00b"])
def test_a_key_that_cannot_be_one_is_refused(uow: OpenUow, key: str) -> None:
    with uow() as work, pytest.raises(once.BadKey):
        once.replay(work, key)


def test_old_keys_are_forgotten(uow: OpenUow) -> None:
    with uow() as work:
        once.remember(work, "old", "1")
        work.commit()
    with uow(ALICE, MONDAY + once.KEPT + timedelta(seconds=1)) as work:
        once.remember(work, "new", "2")
        assert once.forget_old(work) == 1
        assert once.replay(work, "old") is None
        assert once.replay(work, "new") == "2"
