"""审校流转单 in the browser: on the screen, as a PDF with Chinese type, and for nobody who may not see the item."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pypdf
import pytest
import sqlalchemy as sa

from engine.models import AuditEntry
from engine.text import Sentence
from tests import factories
from tests.chain import Chain
from tests.conftest import Database
from tests.webapp.conftest import Browser
from webapp import paper
from workflows import taking_back

AtDesk = Callable[[str], Browser]


@pytest.fixture
def path(chain: Chain) -> str:
    chain.submit().until("second_review").decide("second_review", "return")
    return f"/packages/{chain.package_id}/sheet"


def test_the_page_tells_the_item_from_its_trail(path: str, at_desk: AtDesk) -> None:
    page = at_desk("inspector").get(path).text
    for words in ("审校流转单", factories.METADATA.title, "保密审查", "退回记录", "R12", "校验码"):
        assert words in page


def test_the_pdf_holds_the_same_words_and_is_the_same_each_time(path: str, at_desk: AtDesk) -> None:
    browser = at_desk("inspector")
    first, second = browser.get(f"{path}.pdf"), browser.get(f"{path}.pdf")
    assert first.status_code == 200
    assert first.mimetype == "application/pdf"
    assert first.data == second.data
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(first.data)).pages)
    assert "审校流转单" in text
    assert "初明" in text
    assert "请核实后修改" in text.replace("\n", "")


def test_both_sheets_strike_what_was_taken_back(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("confidentiality_review").decide("confidentiality_review")
    with chain.uow(chain.actor("confidentiality_review")) as work:
        taking_back.take_back(work, chain.decisions()[-1].task_id, "看错了附件。")
        work.commit()
    for sheet in ("sheet", "confidentiality"):
        page = at_desk("inspector").get(f"/packages/{chain.package_id}/{sheet}").text
        assert "<del>可以公开</del>" in page
        assert "已作废：安守于" in page
        assert "<b>可以公开</b>" not in page


def test_errors_and_readers_are_printed(chain: Chain, at_desk: AtDesk) -> None:
    chain.draft = factories.with_metadata(info_class="B")
    chain.submit().until("first_proofreading")
    text = chain.draft.body_html.replace("让出作业面", "让出作业场地")
    counted = {"errors_found": "3", "errors_corrected": "2"}
    chain.decide("first_proofreading", "corrected", corrected_body_html=text, record=counted)
    chain.until("sign_confirmation")
    made = at_desk("inspector").get(f"/packages/{chain.package_id}/sheet.pdf")
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(made.data)).pages)
    for words in ("差错 3 处，改正 2 处", "差错 0 处，改正 0 处", "核对人：易校"):
        assert words in printed.replace("\n", "")


def test_an_exported_sheet_is_on_record(path: str, at_desk: AtDesk, web_database: Database) -> None:
    at_desk("inspector").get(f"{path}.pdf")
    with web_database.session() as session:
        exported = sa.select(AuditEntry.actor_name).where(AuditEntry.action == "sheet.exported")
        assert session.scalars(exported).all() == ["简察"]


def test_a_machine_without_fonts_says_so_and_still_shows_the_page(
    path: str, at_desk: AtDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bare_machine(_html: str) -> bytes:
        raise paper.CannotPrint(Sentence("没有中文字体。", "No Chinese font."))

    monkeypatch.setattr(paper, "pdf", bare_machine)
    answer = at_desk("inspector").get(f"{path}.pdf")
    assert answer.status_code == 503
    assert "没有中文字体。" in answer.text
    assert "退回记录" in answer.text


def test_a_page_on_paper_opens_no_address() -> None:
    pictured = (
        '<p>路灯</p><img src="file:///etc/hostname"><img src="https://example.invalid/a.png">'
    )
    assert paper.pdf(pictured).startswith(b"%PDF")


def test_drafts_and_strangers_items_have_no_sheet(chain: Chain, at_desk: AtDesk, path: str) -> None:
    assert at_desk("secadmin").get(path).status_code == 404
    assert at_desk("inspector").get("/packages/999999/sheet").status_code == 404


def test_the_confidentiality_form_tells_each_parts_verdict(path: str, at_desk: AtDesk) -> None:
    form = path.replace("/sheet", "/confidentiality")
    page = at_desk("inspector").get(form).text
    for words in (
        "政府信息公开保密审查表",
        "审查的部分",
        "正文",
        "解读",
        "可以公开",
        "安守",
        "内容摘要",
        "为方便群众夜间出行",
        "校验码",
    ):
        assert words in page
    assert "一校" not in page
    made = at_desk("inspector").get(f"{form}.pdf")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(made.data)).pages)
    assert "保密审查表" in text
    assert "安守" in text
    assert at_desk("sysadmin").get(form).status_code == 404


def test_a_control_character_leaves_no_sign_on_paper() -> None:
    assert paper.pdf("<p>路灯\x01照明\ufffe</p>") == paper.pdf("<p>路灯照明</p>")
    assert paper.pdf("<p>路灯\x0b照明</p>") == paper.pdf("<p>路灯\n照明</p>")
