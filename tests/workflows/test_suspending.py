"""暂停办理: the disclosure office or the head of the section stops an item, and nothing moves until it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import timers
from engine.database import SYSTEM, UnitOfWork
from engine.errors import CaseSuspended
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import notices, suspending
from workflows.errors import NotFound, NotPermitted, Refused


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_review")


def stopped(chain: Chain, login: str = "ogi", reason: str = "等待上级口径。") -> None:
    with chain.read(login) as work:
        suspending.suspend(work, chain.package_id, reason)
        work.commit()


def test_nothing_moves_until_it_goes_on(chain: Chain) -> None:
    stopped(chain)
    with pytest.raises(CaseSuspended):
        chain.decide("first_review")

    def sweep() -> UnitOfWork:
        return chain.uow(SYSTEM, MONDAY + timedelta(days=30))

    assert timers.sweep(sweep).fired == 0
    with chain.read("head") as work:
        assert suspending.state(work, chain.package_id).reason == "等待上级口径。"
        suspending.resume(work, chain.package_id)
        work.commit()
    chain.until("readback")
    assert chain.status() == "published"


def test_those_concerned_are_told(chain: Chain) -> None:
    stopped(chain)
    for login in ("drafter", "first"):
        with chain.read(login) as work:
            assert "已暂停办理：等待上级口径。" in notices.list_mine(work)[0].text.zh


@pytest.mark.parametrize("login", ["drafter", "first", "inspector"])
def test_others_stop_nothing(chain: Chain, login: str) -> None:
    with pytest.raises(NotPermitted):
        stopped(chain, login)
    with chain.read(login) as work:
        found = suspending.state(work, chain.package_id)
        assert (found.may_suspend, found.may_resume) == (False, False)


def test_administrators_do_not_even_see_it(chain: Chain) -> None:
    with pytest.raises(NotFound):
        stopped(chain, "sysadmin")


def test_without_a_reason_twice_and_too_late(chain: Chain) -> None:
    with pytest.raises(Refused, match="请写明暂停的理由"):
        stopped(chain, reason=" ")
    stopped(chain)
    with pytest.raises(Refused):
        stopped(chain)
    with chain.read("ogi") as work:
        suspending.resume(work, chain.package_id)
        with pytest.raises(Refused, match="没有暂停"):
            suspending.resume(work, chain.package_id)
        work.commit()
    chain.until("none")
    with pytest.raises(Refused, match="已办结"):
        stopped(chain)
