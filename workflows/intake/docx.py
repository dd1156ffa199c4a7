"""A .docx as clean HTML, with a warning for everything that does not come along."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

import mammoth

from engine.text import Sentence
from workflows.intake import hidden, markup
from workflows.intake.sniff import MEDIA_TYPES, refuse

_TEXT_BOXES = Sentence(
    "文档含有文本框，其位置可能变化，请核对。",
    "The file has text boxes; check where their text went.",
    "text_boxes",
)
_DRAWINGS = Sentence(
    "文档中有不是照片的图形（图表、公式、形状），没有读入，请另存为图片作为附件上传。",
    "Charts, formulas and shapes were not read; save them as pictures and attach those.",
    "pictures",
)
#: What became of a hidden thing when the text was read.
_INSERTED = Sentence("已按接受的样子读入，请核对", "read as if accepted, check it")
_POSITION = Sentence(
    "原文件的图片带有拍摄地点，读入时已经去掉。",
    "Pictures of the file told where they were taken; that was taken out.",
    "position",
)
_LEFT_OUT = Sentence("没有读入", "it was not read")
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
p[style-name='标题'] => h1:fresh
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the text: its bytes without the place where it was taken."""

    digest: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """Clean HTML, what to tell the drafter, and the pictures that the HTML names."""

    html: str
    warnings: list[Sentence]
    pictures: tuple[Picture, ...] = ()


def read(name: str, data: bytes) -> Read:
    """The text with headings, tables, footnotes and pictures; hidden text stays out of it."""
    gallery = _Gallery()
    try:
        visible = _without_hidden_text(data)
        with zipfile.ZipFile(io.BytesIO(visible)) as archive:
            document = archive.read("word/document.xml")
        result = mammoth.convert_to_html(
            io.BytesIO(visible),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(gallery.take),
        )
    except Exception as error:  # a parser fed foreign bytes may raise anything
        raise refuse(
            f"“{name}”已损坏或不是 Word 文档，无法读取。请用 Word 另存为 .docx 后重试。",
            f"“{name}” is damaged or not a Word file; save it again as .docx.",
            "damaged",
        ) from error
    warnings = _hidden(data)
    if b"<w:txbxContent" in document:
        warnings.append(_TEXT_BOXES)
    if gallery.unread or (b"<c:chart" in document or b"<m:oMath" in document):
        warnings.append(_DRAWINGS)
    html = _blank_paragraphs_out(markup.clean(result.value))
    return Read(html, warnings, tuple(gallery.pictures.values()))


@dataclass
class _Gallery:
    """Collects the pictures of a document, each once."""

    pictures: dict[str, Picture] = field(default_factory=dict)
    unread: bool = False

    def take(self, image: Any) -> dict[str, str]:
        """Called for every picture; answers where the text finds it."""
        kind = _PICTURES.get(image.content_type)
        with image.open() as opened:
            data = hidden.without_position(opened.read())
        if kind is None or not data:
            self.unread = True
            return {"src": ""}
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        name = f"图片{len(self.pictures) + 1}.{kind}"
        self.pictures.setdefault(digest, Picture(digest, name, data))
        return {"src": markup.image(digest)}


def _hidden(data: bytes) -> list[Sentence]:
    """What the file hides, and what became of it."""
    told = []
    for found in hidden.inspect(MEDIA_TYPES["docx"], data):
        if found.code == "position":  # taken out of every picture that is read
            told.append(_POSITION)
            continue
        after = _INSERTED if found.code == "inserted" else _LEFT_OUT
        told.append(
            Sentence(
                f"原文件中有{found.sentence.zh}；{after.zh}。",
                f"The file holds: {found.sentence.en}; {after.en}.",
                found.code,
            )
        )
    return list(dict.fromkeys(told))


def _without_hidden_text(data: bytes) -> bytes:
    """The same file without the runs that Word does not show."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if b"<w:vanish" not in archive.read("word/document.xml"):
            return data
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
            for item in archive.infolist():
                content = archive.read(item)
                if item.filename == "word/document.xml":
                    content = hidden.visible_word(content)
                target.writestr(item, content)
    return kept.getvalue()


def _blank_paragraphs_out(html: str) -> str:
    """Spaces typed for indentation and empty lines typed for distance are layout, not text."""
    html = re.sub(r"<p>(?:\s|<br>)*</p>", "", html)
    html = re.sub(r"<p>\s+", "<p>", html)
    return re.sub(r"</p>(?=<(?:p|h\d|table|ul|ol)>)", "</p>\n", html)
