"""A .docx as clean HTML, with a warning for everything that does not come along."""

from __future__ import annotations

import io
import re
import zipfile

import mammoth

from engine.text import Sentence
from workflows.intake import markup
from workflows.intake.sniff import refuse

#: Parts and marks of a .docx that may hide what should not leave the office (domain:C4, row 3).
_TRACES = (
    (
        b"<w:ins ",
        Sentence(
            "文档含有未接受的修订，正文按接受后的样子读入；请核对，并在原件中接受或拒绝全部修订。",
            "The file has tracked changes; the text was read as if they were accepted. Check it.",
            "tracked_changes",
        ),
    ),
    (
        b"<w:del ",
        Sentence(
            "文档含有修订删除的文字，未读入；请在原件中接受或拒绝全部修订。",
            "The file still holds deleted text as tracked changes; it was not read.",
            "tracked_deletions",
        ),
    ),
    (
        b"<w:vanish/>",
        Sentence(
            "文档含有隐藏文字，请核对读入的正文。", "The file has hidden text; check what was read.", "hidden"
        ),
    ),
    (
        b"<w:txbxContent",
        Sentence(
            "文档含有文本框，其位置可能变化，请核对。",
            "The file has text boxes; check where their text went.",
            "text_boxes",
        ),
    ),
)  # fmt: skip
_COMMENTS = Sentence(
    "文档含有批注，批注未读入；若原件作为附件上传，请先删除批注。",
    "The file has comments; they were not read. Remove them before attaching the file itself.",
    "comments",
)
_PICTURES = Sentence(
    "文档中的图片未读入，请作为附件上传。",
    "Pictures in the file were not read; upload them as attachments.",
    "pictures",
)

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
p[style-name='标题'] => h1:fresh
"""


def read(name: str, data: bytes) -> tuple[str, list[Sentence]]:
    """HTML and warnings."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = set(archive.namelist())
            document = archive.read("word/document.xml")
        result = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
        )
    except Exception as error:  # a parser fed foreign bytes may raise anything
        raise refuse(
            f"“{name}”已损坏或不是 Word 文档，无法读取。请用 Word 另存为 .docx 后重试。",
            f"“{name}” is damaged or not a Word file; save it again as .docx.",
            "damaged",
        ) from error
    warnings = [sentence for trace, sentence in _TRACES if trace in document]
    if "word/comments.xml" in parts and b"<w:commentReference" in document:
        warnings.append(_COMMENTS)
    if b"<w:drawing" in document or b"<w:pict" in document:
        warnings.append(_PICTURES)
    return _blank_paragraphs_out(markup.clean(result.value)), warnings


def _blank_paragraphs_out(html: str) -> str:
    """Spaces typed for indentation and empty lines typed for distance are layout, not text."""
    html = re.sub(r"<p>(?:\s|<br>)*</p>", "", html)
    html = re.sub(r"<p>\s+", "<p>", html)
    return re.sub(r"</p>(?=<(?:p|h\d|table|ul|ol)>)", "</p>\n", html)
