"""What files carry unseen is found, shown, and kept from travelling (domain:P23, P27)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import docx
import openpyxl
import pypdf
import pytest
import sqlalchemy as sa
from openpyxl.comments import Comment
from pypdf.annotations import Text

from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import DRAFT, County
from tests.workflows.test_intake import photo, word_file
from workflows import assignments, drafting, files, inspections, pages
from workflows.errors import GateRefused, NotFound
from workflows.intake import hidden, markup
from workflows.intake.sniff import MEDIA_TYPES
from workflows.models import Package
from workflows.models.inspections import FileInspection


def found(kind: str, data: bytes) -> dict[str, str]:
    return {one.code: one.sentence.zh for one in hidden.inspect(MEDIA_TYPES[kind], data)}


def blocking(kind: str, data: bytes) -> set[str]:
    return {one.code for one in hidden.inspect(MEDIA_TYPES[kind], data) if one.blocks}


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def test_word_properties_are_told_and_do_not_block() -> None:
    document = docx.Document()
    document.core_properties.author = "某处室张某"
    document.core_properties.last_modified_by = "李某"
    data = saved(document)
    told = [one.sentence.zh for one in hidden.inspect(MEDIA_TYPES["docx"], data)]
    assert told == ["文件属性中的作者：“某处室张某”", "文件属性中的最后修改人：“李某”"]
    assert blocking("docx", data) == set()


def test_word_comments_pictures_with_positions_and_embedded_files_block() -> None:
    document = docx.Document(io.BytesIO(word_file(comment=True)))
    document.add_picture(io.BytesIO(photo(position=True)))
    data = saved(document)
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/embeddings/oleObject1.bin", b"x")
    assert blocking("docx", out.getvalue()) == {"comment", "position", "embedded"}


def test_spreadsheets() -> None:
    book = openpyxl.Workbook()
    book.active["A1"].comment = Comment("底价不要外传", "王某")
    book.create_sheet("底稿").sheet_state = "hidden"
    book.active.row_dimensions[3].hidden = True
    data = saved(book)
    assert blocking("xlsx", data) == {"comment", "hidden_sheet", "hidden_cells"}
    assert "底价不要外传" in found("xlsx", data)["comment"]
    assert "底稿" in found("xlsx", data)["hidden_sheet"]
    assert blocking("xlsx", saved(openpyxl.Workbook())) == set()


def test_pdf() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "张某"})
    writer.add_attachment("底稿.txt", b"x")
    writer.add_annotation(0, Text(rect=(10, 10, 20, 20), text="这句再斟酌"))
    out = io.BytesIO()
    writer.write(out)
    told = found("pdf", out.getvalue())
    assert set(told) == {"author", "embedded", "comment"}
    assert "这句再斟酌" in told["comment"]
    assert blocking("pdf", out.getvalue()) == {"embedded", "comment"}


def test_pictures_and_how_a_position_is_taken_out() -> None:
    data = photo(position=True)
    assert blocking("jpg", data) == {"position"}
    assert "Camera" in found("jpg", data)["author"]
    clean = hidden.without_position(data)
    assert found("jpg", clean) == {}
    assert len(clean) < len(data)
    assert hidden.without_position(b"\x89PNG") == b"\x89PNG"


def test_what_cannot_be_read_says_so_and_blocks_nothing() -> None:
    told = hidden.inspect(MEDIA_TYPES["docx"], b"PK\x03\x04 broken")
    assert [one.code for one in told] == ["unread"]
    assert hidden.inspect("video/mp4", b"x") == ()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "pdf", "jpg", "png"])
@pytest.mark.parametrize("cut", [8, 60, 300, 900])
def test_a_file_cut_short_or_bent_breaks_nothing(kind: str, cut: int) -> None:
    whole = {"jpg": photo(position=True), "png": photo()}.get(kind, word_file(comment=True))
    for data in (
        whole[:cut],
        whole[:cut] + b"\xff" * 50 + whole[cut + 50 :],
        b"%PDF-1.7\n" + whole,
    ):
        assert isinstance(hidden.inspect(MEDIA_TYPES[kind], data), tuple)


def drafted(chain: Chain, name: str, data: bytes) -> int:
    with chain.read("drafter") as work:
        stored = files.store_file(work, name, data)
        draft = replace(DRAFT, attachments=(files.reference(stored, name),))
        package = drafting.create(work, draft)
        work.commit()
        return package.id


def submit(chain: Chain, package_id: int) -> None:
    with chain.read("drafter") as work:
        digest = factories.current(work, package_id).digest
        drafting.submit(work, package_id, digest=digest)
        work.commit()


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county)


def test_an_attachment_with_something_hidden_does_not_travel(chain: Chain) -> None:
    package_id = drafted(chain, "方案.docx", word_file(comment=True))
    with pytest.raises(GateRefused, match=r"附件“方案.docx”中有看不见的内容.*某人：内部意见"):
        submit(chain, package_id)
    submit(chain, drafted(chain, "方案.docx", word_file()))


def test_each_file_is_looked_into_once_and_old_ones_when_they_are_asked_for(chain: Chain) -> None:
    drafted(chain, "方案.docx", word_file(comment=True))
    with chain.read() as work:
        (row,) = work.session.scalars(sa.select(FileInspection))
        kept = inspections.findings(work, [row.digest])
        work.session.delete(row)
        work.session.flush()
        assert inspections.findings(work, [row.digest]) == kept
        assert inspections.findings(work, []) == {}


def pictured(chain: Chain, alt: str = "点位示意图") -> str:
    """A draft with a picture in its text; the digest of the picture."""
    with chain.read("drafter") as work:
        stored = files.store_file(work, "图片1.jpg", photo())
        image = f'<p><img src="{markup.image(stored.digest)}" alt="{alt}"></p>'
        draft = replace(DRAFT, body_html=DRAFT.body_html + image)
        chain.package_id = drafting.create(work, draft).id
        work.commit()
        return stored.digest


def number(chain: Chain) -> str:
    with chain.read() as work:
        return work.session.get_one(Package, chain.package_id).number


def test_a_picture_of_the_text_is_seen_by_who_may_and_by_all_once_released(chain: Chain) -> None:
    digest = pictured(chain)
    item = number(chain)
    with chain.read("drafter") as work:
        body = factories.current(work, chain.package_id).content
        assert f"/images/{item}/{digest}" in body
        assert files.image(work, item, digest)[0] == "image/jpeg"
    with chain.read("reader") as work, pytest.raises(NotFound):
        files.image(work, item, digest)
    submit(chain, chain.package_id)
    chain.until("readback")
    with chain.read("sysadmin") as work:
        assert files.image(work, item, digest)[0] == "image/jpeg"


def test_no_other_file_can_be_had_as_a_picture(chain: Chain) -> None:
    pictured(chain)
    item = number(chain)
    with chain.read("drafter") as work:
        other = files.store_file(work, "说明.txt", "内部说明".encode())
        with pytest.raises(NotFound):
            files.image(work, item, other.digest)
        with pytest.raises(NotFound):
            files.image(work, "2026-99999", other.digest)


def test_a_picture_is_a_part_that_confidentiality_judges_and_a_change_of_weight(
    chain: Chain,
) -> None:
    digest = pictured(chain)
    submit(chain, chain.package_id)
    chain.until("confidentiality_review")
    task = chain.task("confidentiality_review")
    with chain.uow(chain.actor("confidentiality_review")) as work:
        assignments.claim(work, task)
        page = pages.task_page(work, task)
        assert {part.code: part.label.zh for part in page.parts}[digest] == "正文图片1：点位示意图"


@pytest.mark.parametrize(
    "nasty",
    [
        '<img src="https://elsewhere.example/x.png">',
        '<img src="/images/../login">',
        '<img src="data:image/png;base64,AAAA">',
        "<img>",
        '<img src=x onerror="alert(1)">',
    ],
)
def test_pictures_come_from_our_own_store_alone(nasty: str) -> None:
    assert markup.clean(f"<p>字{nasty}</p>") == "<p>字</p>"


def test_pictures_are_described_moved_and_taken_out() -> None:
    digest = "sha256:" + "a" * 64
    text = f'<p>一</p>\n<p><img src="{markup.image(digest)}" alt="甲"></p>\n<p>二</p>'
    placed = markup.with_images(markup.clean(text), "2026-00001", {digest: '乙"&'})
    assert f"/images/2026-00001/{digest}" in placed
    assert markup.images(placed) == {digest: '乙"&'}
    assert markup.clean(placed) == placed
    assert markup.without_images(placed, {digest}) == "<p>一</p>\n<p>二</p>"
    assert markup.without_images(placed, set()) == placed
