"""Release: the same bytes, both at once, at the server's time; and nothing else is ever public."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from engine.models import AuditEntry
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, current, with_metadata
from workflows import content, publishing
from workflows.content import AttachmentRef
from workflows.errors import NotFound, Refused
from workflows.models import Package, Publication
from workflows.paging import Place
from workflows.vocabulary import TOPICS


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def released(chain: Chain) -> str:
    chain.until("readback")
    with chain.read() as work:
        wanted = Publication.package_id == chain.package_id
        return work.session.scalars(sa.select(Publication.slug).where(wanted)).one()


def test_released_bytes_are_the_approved_bytes(chain: Chain) -> None:
    chain.until("release")
    with chain.read() as work:
        approved = current(work, chain.package_id)
        expected = (approved.content, approved.digest)
    chain.decide("release")
    with chain.read() as work:
        row = work.session.scalars(sa.select(Publication)).one()
        assert (row.content, row.digest) == expected
        assert content.digest(row.content) == row.digest
        assert row.published_at == MONDAY


def test_page_has_the_mandatory_fields_and_the_tags(chain: Chain) -> None:
    slug = released(chain)
    with chain.read() as work:
        page = publishing.by_slug(work, slug)
    assert [(fact.code, fact.value.zh) for fact in page.facts] == [
        ("index_number", f"works/{slug}"),
        ("title", "清平县城市建设局关于增设小区路灯的通知"),
        ("issuer", "清平县城市建设局"),
        ("document_number", "清建发〔2026〕7号"),
        ("dated_on", "2026年6月1日"),
        ("published_at", "2026年6月8日"),
        ("topics", "城乡建设环境保护"),
        ("validity", "有效"),
    ]
    tags = dict(page.meta_tags)
    assert tags["ArticleTitle"] == page.title
    assert tags["PubDate"] == "2026-06-08 09:00"
    assert tags["ContentSource"] == "清平县城市建设局"
    assert tags["ColumnName"] == "通知公告"
    assert page.interpretation is not None
    assert [heading.zh for heading, _ in page.interpretation.elements] == [
        *("政策背景", "决策依据", "出台目的", "重要举措")
    ]


def test_nothing_unreleased_is_public(chain: Chain) -> None:
    chain.until("release")
    with chain.read() as work:
        number = work.session.get_one(Package, chain.package_id).number
        assert publishing.released(work).rows == ()
        for slug in (number, "", "2026-999999", "' OR 1=1 --"):
            with pytest.raises(NotFound):
                publishing.by_slug(work, slug)


def test_public_list_is_searched_and_paged(uow: OpenUow, county: County) -> None:
    titles = ("关于增设公交站的通知", "关于修补道路的通知", "关于清理河道的通知")
    for title in titles:
        released(Chain(uow, county, with_metadata(title=title)).submit())
    with uow() as work:
        first = publishing.released(work, Place(limit=2))
        assert [item.title for item in first.rows] == [titles[2], titles[1]]
        rest = publishing.released(work, Place(after=first.next, limit=2))
        assert [item.title for item in rest.rows] == [titles[0]]
        assert [i.title for i in publishing.released(work, text="道路").rows] == [titles[1]]
        assert publishing.released(work, text="%").rows == ()
        assert len(publishing.released(work, topic="城乡建设环境保护").rows) == 3
        assert publishing.released(work, topic="其他").rows == ()


UNSHOWN = [
    "秦笔",  # the drafter
    "城乡建设",  # the catalogue item
    "杜科",
    "drafter",
    "society",
    '城乡建设环境保护"],"unit":"清平县城市建设局',
    "%",
    "_",
]


@pytest.mark.parametrize("asked", UNSHOWN)
def test_public_list_answers_nothing_about_fields_it_does_not_show(
    uow: OpenUow, county: County, asked: str
) -> None:
    """A topic that is none is no question: the list is the same whether a field holds it or not."""
    released(Chain(uow, county).submit())
    with uow() as work:
        assert len(publishing.released(work, topic=asked).rows) == 1
        assert len(publishing.released(work, topic=asked + "×").rows) == 1


def test_topic_is_looked_for_among_the_topics_only(uow: OpenUow, county: County) -> None:
    """Another topic's name in the text, in the catalogue item, or as a unit does not count."""
    forged = '其他","topics":["其他"],"unit":"'
    topics = ("科技教育", "民政扶贫救灾")
    draft = with_metadata(catalogue_item="其他", issuer=forged, topics=topics)
    released(Chain(uow, county, draft).submit())
    with uow() as work:
        for topic in topics:
            assert len(publishing.released(work, topic=topic).rows) == 1
        for topic in ("其他", "城乡建设环境保护"):
            assert publishing.released(work, topic=topic).rows == ()


def test_names_of_topics_can_stand_in_a_pattern() -> None:
    assert not [code for code in TOPICS if set(code) & set('%_\\"')]


def test_release_cannot_be_altered_afterwards(chain: Chain) -> None:
    slug = released(chain)
    for change in ("content = 'x'", "title = 'z'", "slug = 'y'"):
        with chain.read() as work, pytest.raises(DatabaseError):
            work.session.execute(sa.text(f"UPDATE publication SET {change}"))
    with chain.read() as work, pytest.raises(DatabaseError):
        work.session.execute(sa.text("DELETE FROM publication"))
    with chain.read() as work:
        assert publishing.by_slug(work, slug).title.startswith("清平县")


def test_late_release_is_on_record(uow: OpenUow, county: County) -> None:
    def late(*args: object, **given: object) -> object:
        return uow(*args, MONDAY + timedelta(days=60), **given)  # type: ignore[arg-type]

    chain = Chain(uow, county).submit().until("release")
    chain.uow = late  # type: ignore[assignment]
    chain.decide("release", opinion="等待统一口径。")
    with uow() as work:
        entry = work.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "publication.released")
        ).one()
        told = json.loads(entry.payload)["data"]
    assert told["late"] is True
    assert told["gates"]["GF5"] == "not_checked"


def test_readback_confirms_the_digest_or_reports_a_problem(chain: Chain) -> None:
    released(chain)
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        assert publishing.readback(work, package) == []
        assert work.session.scalars(sa.select(Publication.page_digest)).one() is None
    chain.decide("readback", "problem", opinion="手机版看不到解读链接。", reason_codes=("R18",))
    assert chain.open() == ["rectification"]
    assert chain.status() == "published"
    chain.decide("rectification", "fixed", opinion="已修复。")
    chain.decide("readback", "ok")
    with chain.read() as work:
        row = work.session.scalars(sa.select(Publication)).one()
        assert row.page_digest == row.digest
        assert row.published_at == MONDAY


def test_unreleased_package_has_nothing_to_read_back(chain: Chain) -> None:
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        assert [reason.code for reason in publishing.readback(work, package)] == ["readback"]


def test_uncleared_attachment_stops_the_release(uow: OpenUow, county: County) -> None:
    """Cleared part by part: a verdict for a part that is not there does not stand in for one that is."""
    shown = replace(
        DRAFT,
        attachments=(AttachmentRef("sha256:" + "2" * 64, "清单.pdf", "application/pdf", 9),),
    )
    with pytest.raises(Refused) as refused:
        Chain(uow, county, shown).submit()
    assert "清单.pdf" in refused.value.reasons[0].zh
