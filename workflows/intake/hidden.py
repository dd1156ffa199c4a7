"""What a file carries that nobody sees on the page: comments, revisions, hidden text, names, positions.

Whoever downloads an attachment can read all of it (domain:P23, P27, C4 row 3). `blocks` is what must be
taken out before the item may travel; the rest is shown and left to the drafter.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pypdf
from lxml import etree
from PIL import ExifTags, Image

from engine.text import Sentence

#: What parsers raise when they are fed foreign bytes; that the file is what it says was judged before.
_UNREADABLE = (
    *(etree.LxmlError, pypdf.errors.PyPdfError, zipfile.BadZipFile, OSError, RecursionError),
    *(ValueError, LookupError, TypeError, AttributeError, NotImplementedError),
    *(AssertionError, ArithmeticError, struct.error, zlib.error, MemoryError),
)
#: Raise when more is found than before, so that stored findings are made anew.
EDITION = 1
_SHOWN = 60
_MOST = 20

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CORE = {
    "{http://purl.org/dc/elements/1.1/}creator": Sentence("作者", "author"),
    "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}lastModifiedBy": Sentence(
        "最后修改人", "last changed by"
    ),
}
_APP = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is hidden in a file, with a piece of it; `blocks`: it has to go before submission."""

    code: str
    sentence: Sentence
    blocks: bool = False


def inspect(media_type: str, data: bytes) -> tuple[Finding, ...]:
    """Everything hidden that can be found; a file that cannot be read this way has no findings."""
    look = _LOOKS.get(media_type.partition(";")[0])
    if look is None:
        return ()
    try:
        return tuple(_few(look(data)))
    except _UNREADABLE:
        return (
            Finding(
                "unread",
                Sentence(
                    "文件内部无法检查，请确认没有批注、修订和隐藏内容。",
                    "The inside of the file cannot be checked; make sure that nothing is hidden in it.",
                ),
            ),
        )


def _few(found: Iterable[Finding]) -> Iterator[Finding]:
    """Each once, and no more than somebody reads; what blocks comes first."""
    listed = list(dict.fromkeys(found))
    yield from sorted(listed, key=lambda one: not one.blocks)[:_MOST]


def _excerpt(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def _finding(code: str, zh: str, en: str, text: str = "", *, blocks: bool = True) -> Finding:
    said = _excerpt(text)
    return Finding(
        code,
        Sentence(f"{zh}：“{said}”" if said else zh, f"{en}: “{said}”" if said else en, code),
        blocks,
    )


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if name.endswith((".xml", ".rels")) or "/media/" in name
        } | {name: b"" for name in archive.namelist() if "/embeddings/" in name}


def _tree(part: bytes | None) -> etree._Element | None:
    if not part:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(part, parser)


# --- documents of an office suite ---


def _docx(data: bytes) -> Iterator[Finding]:
    parts = _parts(data)
    body = _tree(parts.get("word/document.xml"))
    comments = _tree(parts.get("word/comments.xml"))
    for each in comments.iter(f"{_WORD}comment") if comments is not None else ():
        yield _finding("comment", "批注", "Comment", f"{_author(each)}{_words(each)}")
    for each in body.iter(f"{_WORD}ins", f"{_WORD}del") if body is not None else ():
        if not (said := _words(each)):
            continue
        gone = str(each.tag).endswith("}del")
        yield _finding(
            "deleted" if gone else "inserted",
            f"未接受的修订，{'删除' if gone else '插入'}的文字",
            f"Tracked change, {'deleted' if gone else 'inserted'}",
            f"{_author(each)}{said}",
        )
    for run in _vanished(body):
        yield _finding("hidden_text", "隐藏文字", "Hidden text", _words(run))
    yield from _common(parts)


def _vanished(body: etree._Element | None) -> list[etree._Element]:
    """The runs that Word does not show."""
    found = []
    for run in body.iter(f"{_WORD}r") if body is not None else ():
        mark = run.find(f"{_WORD}rPr/{_WORD}vanish")
        if mark is not None and mark.get(f"{_WORD}val") not in ("0", "false") and _words(run):
            found.append(run)
    return found


def visible_word(document: bytes) -> bytes:
    """`word/document.xml` without the runs that Word does not show."""
    tree = _tree(document)
    for run in _vanished(tree):
        parent = run.getparent()
        if parent is not None:
            parent.remove(run)
    whole: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    return whole


def _author(element: etree._Element) -> str:
    name = element.get(f"{_WORD}author") or ""
    return f"{name}：" if name else ""


def _words(element: etree._Element) -> str:
    return "".join(
        each.text or "" for each in element.iter(f"{_WORD}t", f"{_WORD}delText") if each.text
    )


def _xlsx(data: bytes) -> Iterator[Finding]:
    parts = _parts(data)
    for name, part in parts.items():
        if re.fullmatch(r"xl/(comments|threadedComments).*\.xml", name):
            yield _finding("comment", "批注", "Comment", _any_text(part))
    book = _tree(parts.get("xl/workbook.xml"))
    for sheet in book.iter(f"{_SHEET}sheet") if book is not None else ():
        if sheet.get("state") in ("hidden", "veryHidden"):
            yield _finding("hidden_sheet", "隐藏的工作表", "Hidden sheet", sheet.get("name") or "")
    for name, part in parts.items():
        if name.startswith("xl/worksheets/") and re.search(
            rb'<(?:\w+:)?(?:row|col)\b[^>]*\bhidden="(?:1|true)"', part
        ):
            yield _finding("hidden_cells", "有隐藏的行或列", "Hidden rows or columns")
    yield from _common(parts)


def _pptx(data: bytes) -> Iterator[Finding]:
    parts = _parts(data)
    for name, part in parts.items():
        if re.fullmatch(r"ppt/comments/.*\.xml", name):
            yield _finding("comment", "批注", "Comment", _any_text(part))
        if re.fullmatch(r"ppt/notesSlides/notesSlide\d+\.xml", name) and _any_text(part):
            yield _finding("notes", "演讲者备注", "Speaker's notes", _any_text(part))
        if re.fullmatch(r"ppt/slides/slide\d+\.xml", name) and b'show="0"' in part[:2_000]:
            yield _finding("hidden_slide", "隐藏的幻灯片", "Hidden slide", _any_text(part))
    yield from _common(parts)


def _any_text(part: bytes) -> str:
    tree = _tree(part)
    return " ".join("".join(tree.itertext()).split()) if tree is not None else ""


def _common(parts: dict[str, bytes]) -> Iterator[Finding]:
    """What every file of an office suite may carry: embedded files, pictures with positions, names."""
    for name, part in parts.items():
        if "/embeddings/" in name:
            yield _finding("embedded", "嵌入的文件", "Embedded file", name.rpartition("/")[2])
        elif "/media/" in name:
            yield from (one for one in _picture(part) if one.blocks)
    core = _tree(parts.get("docProps/core.xml"))
    for each in core if core is not None else ():
        if each.tag in _CORE and (each.text or "").strip():
            named = _CORE[str(each.tag)]
            yield _finding(
                "author",
                f"文件属性中的{named.zh}",
                f"File property, {named.en}",
                each.text or "",
                blocks=False,
            )
    app = _tree(parts.get("docProps/app.xml"))
    for code, zh, en in (("Company", "单位", "company"), ("Manager", "主管", "manager")):
        text = app.findtext(f"{_APP}{code}") if app is not None else None
        if text and text.strip():
            yield _finding(
                "author", f"文件属性中的{zh}", f"File property, {en}", text, blocks=False
            )


# --- PDF and pictures ---


def _pdf(data: bytes) -> Iterator[Finding]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.attachments:
        for name in reader.attachments:
            yield _finding("embedded", "嵌入的文件", "Embedded file", name)
    for page in reader.pages[:300]:
        for mark in page.get("/Annots") or ():
            note = mark.get_object()
            if note.get("/Subtype") not in ("/Link", "/Widget") and note.get("/Contents"):
                yield _finding("comment", "批注", "Comment", str(note["/Contents"]))
    told = reader.metadata
    if told is not None and (told.author or "").strip():
        yield _finding(
            "author", "文件属性中的作者", "File property, author", told.author or "", blocks=False
        )


def _picture(data: bytes) -> Iterator[Finding]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is damaged in it hides nothing
            placed, written = _camera(data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return  # a drawing, or no picture at all: nothing that a camera wrote
    if placed:
        yield _finding("position", "图片带有拍摄地点", "The picture tells where it was taken")
    for (zh, en), text in written.items():
        yield _finding("author", f"图片中的{zh}", f"Picture, {en}", text, blocks=False)


def _camera(data: bytes) -> tuple[bool, dict[tuple[str, str], str]]:
    """Whether a camera wrote where it was, and what else it told."""
    with Image.open(io.BytesIO(data)) as picture:
        exif = picture.getexif()
        told = {
            ("拍摄者", "photographer"): exif.get(ExifTags.Base.Artist, ""),
            ("拍摄设备", "camera"): exif.get(ExifTags.Base.Make, ""),
        }
        written = {name: str(text).strip("\x00 ") for name, text in told.items()}
        placed = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return placed, {name: text for name, text in written.items() if text}


def without_position(data: bytes) -> bytes:
    """A JPEG without what its camera wrote, the picture itself untouched; other files as they are."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if not (data[at + 1] == 0xE1 and data[at + 4 : at + 8] in (b"Exif", b"http")):
            kept += data[at:end]
        at = end
    return bytes(kept + data[at:])


_LOOKS: dict[str, Callable[[bytes], Iterator[Finding]]] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _docx,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _xlsx,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _pptx,
    "application/pdf": _pdf,
    "image/jpeg": _picture,
    "image/png": _picture,
}
