"""The portal: whoever asks sees what was released, exactly that, and nothing that was not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest

from engine.database import UnitOfWork
from tests.webapp.conftest import Browser, Office
from webapp.official import official
from workflows import content, publishing
from workflows.content import (
    AttachmentRef,
    Content,
    Elements,
    Interpretation,
    Material,
    Metadata,
    Plan,
)
from workflows.models import Package, PackageVersion, Publication, StoredFile
from workflows.vocabulary import TOPICS

Open = Callable[[], UnitOfWork]
TITLE = "云岚县人民政府办公室关于印发云岚县农村供水工程运行管理办法的通知"
FILE = b"a list of waterworks"
DIGEST = f"sha256:{sha256(FILE).hexdigest()}"
NOON = datetime(2026, 6, 8, 4, 0, tzinfo=UTC)


class Portal:
    """Releases packages by writing the rows that the act of releasing writes."""

    def __init__(self, open_uow: Open, office: Office) -> None:
        self.open_uow, self.office, self.numbers = open_uow, office, count(1)

    def release(
        self,
        title: str = TITLE,
        *,
        interpretation: bool = True,
        interpreted: Interpretation | None = None,
        files: bool = False,
        released: bool = True,
        at: datetime = NOON,
        **metadata: object,
    ) -> str:
        with self.open_uow() as work:
            slug = f"2026-{next(self.numbers):06d}"
            held = self._content(title, interpretation, files, metadata)
            if interpreted is not None:
                attached = held.attachments if not interpreted.materials else ()
                held = replace(held, interpretation=interpreted, attachments=attached)
            if files and work.session.get(StoredFile, DIGEST) is None:
                work.session.add(
                    StoredFile(
                        digest=DIGEST,
                        media_type="text/plain",
                        size=len(FILE),
                        content=FILE,
                        stored_at=at,
                        stored_by=self.office.ids["drafter"],
                    )
                )
            self._rows(work, slug, held, at, released)
            work.commit()
        return slug

    def _content(
        self, title: str, interpretation: bool, files: bool, metadata: dict[str, object]
    ) -> Content:
        about = {
            "title": title,
            "issuer": "云岚县人民政府办公室",
            "document_number": "云政办发〔2026〕12号",
            "dated_on": date(2026, 6, 1),
            "attribute": "proactive",
            "column": "政策文件",
            "validity": "in_force",
            **metadata,
        }
        return Content(
            metadata=Metadata(**about),  # type: ignore[arg-type]
            body_html="<p>各乡镇人民政府：</p><p>现印发给你们。</p>",
            interpretation=Interpretation(
                elements=Elements("背景在此", "依据在此", "目的在此", "举措在此"),
                materials=(
                    Material("graphic", "一图看懂", DIGEST if files else ""),
                    Material("video", "视频解读", link="https://video.example/1"),
                ),
            )
            if interpretation
            else Interpretation(),
            attachments=(AttachmentRef(DIGEST, "水厂名录.txt", "text/plain", len(FILE)),)
            if files
            else (),
        )

    def _rows(
        self, work: UnitOfWork, slug: str, held: Content, at: datetime, released: bool
    ) -> None:
        drafter = self.office.ids["drafter"]
        package = Package(
            number=slug,
            unit_id=self.office.unit_id,
            drafter_id=drafter,
            title=held.metadata.title,
            status="published" if released else "in_review",
            attribute="proactive",
            case_id=int(slug[5:]),
            created_at=at,
            submitted_at=at,
        )
        work.session.add(package)
        work.session.flush()
        text = content.canonical(held)
        version = PackageVersion(
            package_id=package.id,
            number=1,
            digest=content.digest(text),
            content=text,
            created_at=at,
            created_by=drafter,
        )
        work.session.add(version)
        work.session.flush()
        package.current_version_id = version.id
        if released:
            work.session.add(
                Publication(
                    package_id=package.id,
                    version_id=version.id,
                    slug=slug,
                    title=held.metadata.title,
                    column=held.metadata.column,
                    digest=version.digest,
                    content=text,
                    published_at=at,
                    publisher_id=drafter,
                    validity=held.metadata.validity,
                )
            )


@pytest.fixture
def portal(open_uow: Open, office: Office) -> Portal:
    return Portal(open_uow, office)


def tags(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta name="([^"]+)" content="([^"]*)">', html))


def test_an_empty_portal_says_so(browser: Browser) -> None:
    page = browser.get("/public/")
    assert page.status_code == 200
    assert "还没有公开的信息" in page.text


def test_the_front_door_leads_strangers_to_the_portal(browser: Browser, office: Office) -> None:
    assert browser.get("/").location == "/public/"


def test_a_released_document_has_its_six_facts_and_its_index_number(
    browser: Browser, portal: Portal
) -> None:
    html = browser.get(f"/public/{portal.release()}").text
    facts = dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', html))
    assert facts["标题"] == TITLE
    assert facts["发文机关"] == "云岚县人民政府办公室"
    assert facts["成文日期"] == "2026年6月1日"
    assert facts["发布日期"] == "2026年6月8日"
    assert "云政办发〔2026〕12号" in facts.values()
    assert {"索引号", "有效性"} <= facts.keys()


def test_the_page_carries_the_tags_that_inspections_read(browser: Browser, portal: Portal) -> None:
    slug = portal.release()
    found = tags(browser.get(f"/public/{slug}").text)
    assert found["SiteName"] == "云岚县人民政府"
    assert found["SiteIDCode"] == "3600000001"
    assert found["SiteDomain"]
    assert found["ArticleTitle"] == TITLE
    assert found["PubDate"] == "2026-06-08 12:00"
    assert found["ContentSource"] == "云岚县人民政府办公室"
    assert found["ColumnName"] == "政策文件"
    listed = tags(browser.get("/public/").text)
    assert {"SiteName", "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} <= set(
        listed
    )


def test_document_and_interpretation_link_each_other(browser: Browser, portal: Portal) -> None:
    slug = portal.release()
    document = browser.get(f"/public/{slug}").text
    assert f'href="/public/{slug}/interpretation"' in document
    assert "背景在此" in document
    interpretation = browser.get(f"/public/{slug}/interpretation")
    assert f'href="/public/{slug}"' in interpretation.text
    assert tags(interpretation.text)["ArticleTitle"] == f"关于《{TITLE}》的解读"


def test_without_an_interpretation_there_is_no_page_of_one(
    browser: Browser, portal: Portal
) -> None:
    slug = portal.release(interpretation=False)
    assert "interpretation" not in browser.get(f"/public/{slug}").text
    assert browser.get(f"/public/{slug}/interpretation").status_code == 404


def test_what_is_not_released_does_not_exist(browser: Browser, portal: Portal) -> None:
    slug = portal.release("一件还在审的稿件", released=False)
    hidden, unknown = browser.get(f"/public/{slug}"), browser.get("/public/2020-999999")
    assert hidden.status_code == unknown.status_code == 404
    assert "一件还在审的稿件" not in hidden.text
    assert "一件还在审的稿件" not in browser.get("/public/").text


def test_an_attachment_of_a_released_document_is_saved_not_opened(
    browser: Browser, portal: Portal
) -> None:
    slug = portal.release(files=True)
    address = re.search(
        r'href="(/public/[^"]+/attachments/[^"]+)"', browser.get(f"/public/{slug}").text
    )
    assert address is not None
    with browser.get(address[1]) as file:
        assert file.data == FILE
        assert file.headers["Content-Disposition"].startswith("attachment")


def test_materials_of_the_interpretation_are_released_with_it(
    browser: Browser, portal: Portal
) -> None:
    slug = portal.release(files=True)
    for page in (f"/public/{slug}", f"/public/{slug}/interpretation"):
        html = browser.get(page).text
        assert "一图看懂" in html
        assert 'href="https://video.example/1"' in html


def test_materials_without_a_text_are_on_both_pages(browser: Browser, portal: Portal) -> None:
    materials = (Material("video", "视频解读", link="https://video.example/1"),)
    slug = portal.release(interpreted=Interpretation(materials=materials))
    for page in (f"/public/{slug}", f"/public/{slug}/interpretation"):
        assert 'href="https://video.example/1"' in browser.get(page).text
    assert f"/public/{slug}/interpretation" in browser.get("/public/").text


def test_a_plan_alone_is_no_interpretation_for_readers(browser: Browser, portal: Portal) -> None:
    slug = portal.release(interpreted=Interpretation(plan=Plan(outline="先讲费用。")))
    assert "政策解读：" not in browser.get(f"/public/{slug}").text
    assert browser.get(f"/public/{slug}/interpretation").status_code == 404
    assert f"/public/{slug}/interpretation" not in browser.get("/public/").text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x"])
def test_a_link_that_is_no_web_address_is_not_pressed(
    browser: Browser, portal: Portal, link: str
) -> None:
    slug = portal.release(
        interpreted=Interpretation(materials=(Material("video", "片", "", link),))
    )
    assert f'href="{link}' not in browser.get(f"/public/{slug}").text


def test_a_material_is_fetched_under_a_name_that_ends_as_what_it_is(
    browser: Browser, portal: Portal
) -> None:
    materials = (Material("graphic", "片.hta", DIGEST),)
    slug = portal.release(files=True, interpreted=Interpretation(materials=materials))
    with portal.open_uow() as work:
        name, _, _ = publishing.attachment(work, slug, DIGEST)
    assert name.endswith(".txt")


def test_a_file_of_another_document_cannot_be_had(browser: Browser, portal: Portal) -> None:
    portal.release(files=True, released=False)
    other = portal.release(files=False)
    assert browser.get(f"/public/{other}/attachments/{DIGEST}").status_code == 404


def test_the_list_is_searched_by_words_of_the_title_and_by_topic(
    browser: Browser, portal: Portal
) -> None:
    one, other = list(TOPICS)[:2]
    portal.release("关于春耕备耕的通知", topics=(one,))
    portal.release("关于防汛的通告", topics=(other,))
    by_topic = browser.get(f"/public/?topic={one}").text
    assert "关于春耕备耕的通知" in by_topic
    assert "关于防汛的通告" not in by_topic
    found = browser.get("/public/?q=春耕").text
    assert "关于春耕备耕的通知" in found
    assert "关于防汛的通告" not in found
    assert "没有找到公开的信息" in browser.get("/public/?q=没有这个词").text
    for literal in ("%", "_", "<b>"):
        page = browser.get("/public/", query_string={"q": literal})
        assert "关于防汛的通告" not in page.text
        assert "<b>" not in page.text


def test_a_long_list_continues_where_it_stopped_and_comes_back(
    browser: Browser, portal: Portal
) -> None:
    for number in range(25):
        portal.release(f"第{number:02d}号通告", at=NOON + timedelta(minutes=number))

    def titles(html: str) -> Iterator[str]:
        return iter(re.findall(r">(第\d\d号通告)</a>", html))

    first = browser.get("/public/").text
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after is not None
    second = browser.get(after[1].replace("&amp;", "&")).text
    assert [*titles(first), *titles(second)] == [f"第{n:02d}号通告" for n in range(24, -1, -1)]
    before = re.search(r'rel="prev" href="([^"]+)"', second)
    assert before is not None
    assert list(titles(browser.get(before[1].replace("&amp;", "&")).text)) == list(titles(first))


def test_a_key_that_nobody_gave_out_leads_to_the_first_screen(
    browser: Browser, portal: Portal
) -> None:
    portal.release("关于防汛的通告")
    for nonsense in ("x", "%F0%9F%98%80", "WzEsMl0", "../../etc"):
        assert "关于防汛的通告" in browser.get(f"/public/?after={nonsense}").text


def test_a_page_that_has_not_changed_is_not_sent_again(browser: Browser, portal: Portal) -> None:
    address = f"/public/{portal.release()}"
    tag = browser.get(address).headers["ETag"]
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_the_portal_sets_no_cookie(browser: Browser, portal: Portal) -> None:
    assert not browser.get(f"/public/{portal.release()}").headers.getlist("Set-Cookie")


def test_an_abolished_document_is_marked_so_that_it_cannot_be_overlooked(
    browser: Browser, portal: Portal
) -> None:
    html = browser.get(f"/public/{portal.release(validity='repealed')}").text
    assert 'class="validity void"' in html


def test_official_layout_finds_the_parts_of_a_notice() -> None:
    laid_out = str(
        official(
            "<p>云岚县人民政府办公室关于印发</p><p>供水办法的通知</p><p>各乡镇人民政府：</p>"
            "<p>现印发给你们。</p><p>云岚县人民政府办公室</p><p>2026年6月1日</p>"
            "<p>（此件公开发布）</p><p>供水办法</p><p>第一章　总则</p><p>第一条 为了供水。</p>",
            "云岚县人民政府办公室关于印发供水办法的通知",
        )
    )
    assert laid_out.count("<h1") == 1
    assert "关于印发<br>供水办法的通知</h1>" in laid_out
    assert '<p class="flush">各乡镇人民政府：</p>' in laid_out
    assert '<p class="signature">云岚县人民政府办公室</p><p class="signature">2026年' in laid_out
    assert '<p class="annexed-title">供水办法</p><p class="chapter">第一章' in laid_out
    assert re.sub("<[^>]+>", "", laid_out).count("第一条 为了供水。") == 1


@pytest.mark.parametrize("body", ["", "没有段落", "<p></p>", "<table><tr><td>一</td></tr></table>"])
def test_official_layout_adds_the_title_where_the_body_has_none(body: str) -> None:
    laid_out = str(official(body, "标题<一>"))
    assert '<h1 class="doc-title" id="doc-title">标题&lt;一&gt;</h1>' in laid_out
    assert laid_out.endswith(body)
