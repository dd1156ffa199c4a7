"""转载来源名单: who puts a website on it, where it holds, and what it opens (domain:A1.9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import BODY, County, with_body, with_metadata
from workflows import final_gate, repost_sources, reposts, routes, versions
from workflows.errors import GateRefused, NotPermitted, Refused
from workflows.intake.markup import text_of
from workflows.models import RepostSource

LINK = "https://paper.example.com/2026/6/1/a.html"
REPOST = with_metadata(source="repost", source_link=LINK, source_text=text_of(BODY))
BASIS = "清网信办〔2026〕2号"


def allow(open_uow: OpenUow, county: County, host: str, unit: str = "county") -> None:
    with open_uow(county.actor("secadmin")) as work:
        repost_sources.allow(work, county.units[unit], host, name="清平日报", basis=BASIS)
        work.commit()


def withdraw(open_uow: OpenUow, county: County, host: str, unit: str = "county") -> None:
    with open_uow(county.actor("secadmin"), now=MONDAY + timedelta(minutes=1)) as work:
        repost_sources.withdraw(work, county.units[unit], host, basis=BASIS)
        work.commit()


def hosts(open_uow: OpenUow, county: County, unit: str) -> set[str]:
    with open_uow(now=MONDAY + timedelta(hours=1)) as work:
        return set(repost_sources.hosts(work, county.units[unit]))


def way(chain: Chain) -> str:
    with chain.read() as work:
        _, case = versions.locked(work, chain.package_id)
        assert case is not None
        return routes.profile_of(work, case).key


def test_a_listed_source_opens_the_short_way_for_its_unit_and_those_below(
    uow: OpenUow, county: County
) -> None:
    assert reposts.refusals(REPOST) != []
    allow(uow, county, "https://www.Example.com/index.html")
    assert hosts(uow, county, "works") == hosts(uow, county, "county") == {"www.example.com"}
    assert reposts.refusals(REPOST, {"www.example.com"}) != []  # paper is not below www
    allow(uow, county, "example.com", "works")
    assert hosts(uow, county, "county") == {"www.example.com"}
    assert hosts(uow, county, "works") == {"www.example.com", "example.com"}
    assert reposts.refusals(REPOST, hosts(uow, county, "works")) == []
    assert way(Chain(uow, county, REPOST).submit()) == "repost"


def test_a_chinese_domain_is_the_same_however_it_is_written() -> None:
    link = "https://新闻.清平日报.中国/a.html"
    assert reposts.under(link, reposts.host_of("清平日报.中国"))
    assert not reposts.under(link, reposts.host_of("清平晚报.中国"))


def test_without_a_listed_source_a_repost_goes_the_long_way(uow: OpenUow, county: County) -> None:
    allow(uow, county, "example.com", "town")
    assert way(Chain(uow, county, REPOST).submit()) == "publishing"


def test_off_the_list_nothing_new_goes_the_short_way_and_what_was_handed_in_does(
    uow: OpenUow, county: County
) -> None:
    allow(uow, county, "example.com")
    before = Chain(uow, county, REPOST).submit()
    withdraw(uow, county, "example.com")
    assert hosts(uow, county, "works") == set()
    while before.open() and before.open() != ["release"]:
        before.decide(before.open()[0])
    before.decide("release")
    assert before.status() == "published"
    other = with_metadata(REPOST, title="清平县城市建设局关于更换公交站牌的通知")
    assert way(Chain(uow, county, other).submit()) == "publishing"


def test_what_comes_back_is_handed_in_again_by_the_list_as_it_is_now(
    uow: OpenUow, county: County
) -> None:
    allow(uow, county, "example.com")
    chain = Chain(uow, county, REPOST).submit().until("first_review")
    chain.decide("first_review", "return")
    withdraw(uow, county, "example.com")
    with pytest.raises(GateRefused, match="不在转载来源名单上，不能按转载流程办理"):
        chain.revise("unchanged")


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("example.com", "example.com"),
        (" HTTPS://News.Example.com:8443/a?b=c ", "news.example.com"),
        ("//example.com/", "example.com"),
        ("example.com.", "example.com"),
        ("人民网.中国", "xn--gmq282eogn.xn--fiqs8s"),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_host_is_read_from_what_is_typed(typed: str, host: str) -> None:
    assert reposts.host_of(typed) == host


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("com.cn", "不是一个网站的域名"),
        ("cn", "不是一个网站的域名"),
        ("localhost", "不是一个网站的域名"),
        ("10.0.0.1", "不是一个网站的域名"),
        ("exa mple.com", "不是一个网站的域名"),
        ("a" * 300 + ".com", "不是一个网站的域名"),
        ("www.gov.cn", "本来就可以转载"),
        ("example.com", "已在名单上"),
    ],
)
def test_what_is_no_source_is_refused_and_leaves_nothing(
    uow: OpenUow, county: County, typed: str, why: str
) -> None:
    allow(uow, county, "example.com")
    with pytest.raises(Refused, match=why):
        allow(uow, county, typed)
    assert hosts(uow, county, "county") == {"example.com"}


def test_every_reason_is_told_at_once(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work, pytest.raises(Refused) as refused:
        repost_sources.allow(work, county.units["county"], "x", name=" ", basis="")
    assert [one.code for one in refused.value.reasons] == ["host", "name", "basis"]


def test_only_the_security_administrator_changes_the_list(uow: OpenUow, county: County) -> None:
    allow(uow, county, "example.com")
    unit = county.units["county"]
    for login in ("drafter", "sysadmin", "auditadmin", "inspector", "principal", "ogi"):
        with uow(county.actor(login)) as work:
            with pytest.raises(NotPermitted):
                repost_sources.allow(work, unit, "example.org", name="某网", basis=BASIS)
            with pytest.raises(NotPermitted):
                repost_sources.withdraw(work, unit, "example.com", basis=BASIS)
            work.commit()
    assert hosts(uow, county, "county") == {"example.com"}


def test_a_unit_takes_off_only_what_it_put_on(uow: OpenUow, county: County) -> None:
    allow(uow, county, "example.com")
    with pytest.raises(Refused, match="上级列入的由上级移出"):
        withdraw(uow, county, "example.com", "works")
    assert hosts(uow, county, "works") == {"example.com"}


def test_the_list_is_evidence(uow: OpenUow, county: County) -> None:
    allow(uow, county, "example.com")
    withdraw(uow, county, "example.com")
    with uow(county.actor("secadmin")) as work:
        rows = repost_sources.history(work, county.units["county"])
        assert [(row.allowed, row.basis) for row in rows] == [(False, BASIS), (True, BASIS)]
        with pytest.raises(sa.exc.DatabaseError, match="append-only"):
            work.session.execute(sa.delete(RepostSource))


def test_the_final_gate_asks_by_the_list_as_it_was(uow: OpenUow, county: County) -> None:
    """A row put into the database afterwards, by whoever, opens nothing for an item handed in before."""
    allow(uow, county, "example.com")
    chain = Chain(uow, county, REPOST).submit().until("release")
    with chain.read() as work:
        package, case = versions.locked(work, chain.package_id)
        assert case is not None
        assert final_gate.gather(work, package, case).sources == {"example.com"}
        package.submitted_at = MONDAY - timedelta(days=1)
        work.session.flush()
        codes = {gate.code: gate.status for gate in final_gate.checks(work, package, case)}
    assert codes["GF2c"] == "failed"


def test_a_long_text_that_is_another_one_is_told_apart_quickly_and_shortly() -> None:
    other = with_body(BODY, "".join(f"<p>第{n}段，另有其文。</p>" for n in range(2_000)), REPOST)
    (told,) = reposts.differences(other)
    assert told.zh.startswith("与原文不一致：")
    assert len(told.zh) < 250
