"""The text of a PDF. Layout is lost, which the warning says; scanned pages give nothing and are refused."""

from __future__ import annotations

import io

import pypdf

from engine.text import Sentence
from workflows.intake.sniff import refuse

_MAX_PAGES = 300
LAYOUT_LOST = Sentence(
    "PDF 只能读出文字，分段和表格需要人工核对；有 .docx 时请优先上传 .docx。",
    "Only the text of a PDF can be read; check paragraphs and tables, or upload the .docx.",
    "layout_lost",
)


def read(name: str, data: bytes) -> tuple[str, list[Sentence]]:
    """Text and warnings."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise refuse(
                f"“{name}”已加密，请去掉密码后再上传。", f"“{name}” is encrypted.", "encrypted"
            )
        pages = list(reader.pages[:_MAX_PAGES])
        text = "\n".join(page.extract_text() for page in pages)
    except (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse(
            f"“{name}”已损坏，无法读取。", f"“{name}” is damaged and cannot be read.", "damaged"
        ) from error
    if not text.strip():
        raise refuse(
            f"“{name}”中没有文字（可能是扫描件），无法读取正文。",
            f"“{name}” holds no text; it may be a scan.",
            "no_text",
        )
    return text, [LAYOUT_LOST]
