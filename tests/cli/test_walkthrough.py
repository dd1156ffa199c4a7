"""`sanshen walkthrough` on files as people have them; what cannot be walked is said in sentences."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from engine.database import UnitOfWork
from tests.cli.conftest import Run
from workflows import publishing
from workflows.portal_models import PortalPage

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NOTICE, INTERPRETATION = EXAMPLES / "notice.txt", EXAMPLES / "interpretation.txt"


@pytest.mark.slow
def test_a_text_is_walked_through_with_three_returns(run: Run) -> None:
    done = run("walkthrough", NOTICE, "--interpretation", INTERPRETATION, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["ok"]
    assert told["approved"] == told["released"]
    assert told["differences"] == []
    assert {name: len(found) for name, found in told["pages"].items()} == {
        "document": 71,
        "interpretation": 71,
    }
    steps = [step["zh"] for step in told["steps"]]
    assert sum("退回修改" in step and "结论" in step for step in steps) == 2
    assert any("区分处理后公开" in step for step in steps)
    assert any("云政办发〔2026〕21号" in step for step in steps)
    assert not Path("var").exists()


@pytest.mark.slow
def test_a_docx_made_from_it_is_walked_through_alike(run: Run, tmp_path: Path) -> None:
    document = Document()
    for line in NOTICE.read_text(encoding="utf-8").splitlines():
        document.add_paragraph(line)
    document.save(str(tmp_path / "notice.docx"))
    done = run("walkthrough", tmp_path / "notice.docx", "--interpretation", INTERPRETATION)
    assert done.exit_code == 0, done.output
    assert "逐字节相同" in done.output


@pytest.mark.slow
def test_a_page_that_shows_another_text_is_an_exit_code_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is really fetched: the rows are right, only what is served of them is not."""
    faithful = publishing.by_slug

    def altered(uow: UnitOfWork, slug: str) -> PortalPage:
        page = faithful(uow, slug)
        return replace(page, body_html=page.body_html.replace("图书馆", "博物馆", 1))

    monkeypatch.setattr(publishing, "by_slug", altered)
    done = run("walkthrough", NOTICE, "--interpretation", INTERPRETATION)
    assert done.exit_code == 4, done.output
    assert "公开的正文页上，正文与签发的不同。" in done.output
    assert "不一致" in done.output


def test_an_interpretation_without_its_elements_is_refused_with_all_that_is_missing(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "half.txt").write_text("一、政策背景\n过去闭馆太早。\n", encoding="utf-8")
    done = run("walkthrough", NOTICE, "--interpretation", tmp_path / "half.txt")
    assert done.exit_code == 1
    for element in ("决策依据", "出台目的", "重要举措"):
        assert element in done.output


def test_a_package_that_fails_its_gates_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("关于XXX的通知\n此处填写正文。\n", encoding="utf-8")
    done = run("walkthrough", tmp_path / "n.txt", "--interpretation", INTERPRETATION)
    assert done.exit_code == 1
    assert "占位文字" in done.output
    assert "Traceback" not in done.output


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("program.txt", b"MZ\x90\x00" + bytes(200)),
        ("program.docx", b"MZ\x90\x00" + bytes(200)),
        ("strange.odp", b"hello"),
        ("torn.docx", b"PK\x03\x04 torn"),
        ("bomb.docx", bomb()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_must_not_be_read_is_one_sentence(
    run: Run, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("walkthrough", tmp_path / name, "--interpretation", INTERPRETATION)
    assert done.exit_code == 1, done.output
    assert done.output.strip()
    assert "Traceback" not in done.output


def test_a_missing_file_is_a_wrong_command_line(run: Run) -> None:
    assert run("walkthrough", "none.txt", "--interpretation", INTERPRETATION).exit_code == 2
    assert run("walkthrough", NOTICE).exit_code == 2
