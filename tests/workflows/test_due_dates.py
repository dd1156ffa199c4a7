"""应公开截止日: the light of an item, who is told when it changes, and a release that is late says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import working_days
from engine.database import SYSTEM
from engine.models import AuditEntry
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County
from workflows import assignments, deadlines, due_dates, notices, queries, reviewing
from workflows.errors import Refused
from workflows.models import Publication

#: The draft of the factories is dated 1 June and due on 30 June 2026, at half past five.
DUE = datetime(2026, 6, 30, 9, 30, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2026, 6, day, 1, 0, tzinfo=UTC) if day <= 30 else DUE + timedelta(days=day - 30)


@pytest.mark.parametrize(
    ("day", "state"),
    [(22, "ok"), (23, "soon"), (26, "soon"), (29, "urgent"), (30, "urgent"), (31, "overdue")],
)
def test_the_lights(day: int, state: str) -> None:
    calendar = working_days.corrected({})
    assert deadlines.light(DUE, at(day), calendar).state == state


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit().until("first_review")


def reminded(chain: Chain, now: datetime) -> int:
    with chain.uow(SYSTEM, now) as work:
        number = due_dates.remind(work)
        work.commit()
    return number


def kinds(chain: Chain, login: str) -> list[str]:
    with chain.read(login) as work:
        codes = {row.text.code for row in notices.list_mine(work)}
    return sorted(codes & {"soon", "urgent", "overdue"})


def test_each_light_is_told_once_to_more_people_each_time(chain: Chain) -> None:
    assert reminded(chain, at(15)) == 0
    assert reminded(chain, at(24)) == 1
    assert reminded(chain, at(25)) == 0
    assert kinds(chain, "drafter") == kinds(chain, "first") == ["soon"]
    assert kinds(chain, "head") == kinds(chain, "inspector") == []
    assert reminded(chain, at(30)) == 1
    assert kinds(chain, "head") == ["urgent"]
    assert reminded(chain, at(33)) == 1
    assert kinds(chain, "ogi") == kinds(chain, "inspector") == ["overdue"]
    assert kinds(chain, "second") == []


def test_what_is_out_or_does_not_go_out_is_not_reminded(uow: OpenUow, county: County) -> None:
    out = Chain(uow, county).submit().until("readback")
    assert out.status() == "published"
    assert reminded(out, at(33)) == 0


def test_lists_show_the_light(chain: Chain) -> None:
    with chain.uow(chain.person("drafter"), at(26)) as work:
        (row,) = queries.started_by_me(work).rows
        assert row.due is not None
        assert (row.due.state, row.due.text.zh) == ("soon", "还剩 2 个工作日")
    released = chain.until("readback")
    with released.uow(chain.person("drafter"), at(26)) as work:
        assert queries.started_by_me(work).rows[0].due is None


def released(chain: Chain, now: datetime, **given: Any) -> None:
    task = chain.task("release")
    with chain.uow(chain.actor("release"), now) as work:
        assignments.claim(work, task)
        reviewing.decide(work, task, chain.form(work, task, **given))
        work.commit()


def test_a_late_release_says_why_and_an_early_one_need_not(chain: Chain) -> None:
    chain.until("release")
    with pytest.raises(Refused, match="请在意见中写明超期的理由"):
        released(chain, at(33))
    released(chain, at(33), opinion="等待省里统一口径。")
    with chain.read() as work:
        publication = work.session.scalars(sa.select(Publication)).one()
        assert (publication.due_on, publication.late_reason) == (
            date(2026, 6, 30),
            "等待省里统一口径。",
        )
        written = work.session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.action == "publication.late")
        )
        assert list(written) == ["publication.late"]


def test_released_in_time_no_reason_is_asked_for(chain: Chain) -> None:
    chain.until("release")
    released(chain, MONDAY)
    with chain.read() as work:
        publication = work.session.scalars(sa.select(Publication)).one()
        assert (publication.due_on, publication.late_reason) == (date(2026, 6, 30), "")


def test_why_it_was_late_cannot_be_rewritten(chain: Chain) -> None:
    chain.until("release")
    released(chain, at(33), opinion="等待省里统一口径。")
    with chain.read() as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        work.session.execute(sa.update(Publication).values(late_reason="没有超期"))


def test_a_great_many_are_told_of_in_portions(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_dates, "AT_ONCE", 2)
    for _n in range(2):
        Chain(chain.uow, chain.county).submit()
    assert [reminded(chain, at(33)) for _n in range(3)] == [2, 1, 0]
