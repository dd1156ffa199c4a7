"""What a file is by its bytes, whatever its name says; and the caps that keep a small upload small."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from engine.text import Sentence
from workflows.errors import FileRefused

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_MEMBERS = 2000
#: One part of markup: a document of a thousand pages has less, and a parser's memory is a multiple.
MAX_MARKUP = 30 * 1024 * 1024
#: Below this a high ratio harms nobody: an almost empty form compresses very well.
_RATIO_FROM = 5 * 1024 * 1024

MEDIA_TYPES: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ofd": "application/ofd",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "txt": "text/plain",
    "mp4": "video/mp4",
}

_MAGIC = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"\xca\xfe\xba\xbe", "exe"),
    (b"#!", "script"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "rtf"),
)
_ZIP_KINDS = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("ppt/presentation.xml", "pptx"),
    ("OFD.xml", "ofd"),
)

_WHAT: Mapping[str, Sentence] = {
    "exe": Sentence("可执行程序", "a program"),
    "script": Sentence("脚本程序", "a script"),
    "ole": Sentence("旧版 Office 文件（.doc/.xls）", "an old Office file (.doc/.xls)"),
    "archive": Sentence("压缩包", "an archive"),
    "zip": Sentence("压缩包", "an archive"),
    "rtf": Sentence("RTF 文件", "an RTF file"),
    "unknown": Sentence("无法识别的文件", "of a kind we cannot recognise"),
}


def refuse(zh: str, en: str, code: str = "") -> FileRefused:
    """A refusal with one sentence in both languages."""
    return FileRefused(Sentence(zh, en, code))


def sniff(name: str, data: bytes) -> str:
    """The kind (`docx`, `pdf`, `txt` …). Refuses what is empty, too big, a bomb, a macro or a program."""
    if not data:
        raise refuse(f"文件“{name}”是空的，请重新选择。", f"The file “{name}” is empty.", "empty")
    if len(data) > MAX_BYTES:
        raise refuse(
            f"文件“{name}”超过 20 MB，请压缩图片或拆分后再上传。",
            f"The file “{name}” is larger than 20 MB; split it or shrink its pictures.",
            "too_big",
        )
    kind = _kind(name, data)
    if kind in _WHAT:
        what = _WHAT[kind]
        raise refuse(
            f"“{name}”实际上是{what.zh}，不能上传。请上传 .docx、.pdf、.ofd、.xlsx、图片或纯文本。",
            f"“{name}” is {what.en}; upload .docx, .pdf, .ofd, .xlsx, a picture or plain text.",
            "wrong_type",
        )
    _same_as_named(name, kind)
    return kind


def _kind(name: str, data: bytes) -> str:
    if data[:4] == b"PK\x03\x04":
        return _zip_kind(name, data)
    if data[4:8] == b"ftyp":
        return "mp4"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return "txt" if _looks_like_text(data) else "unknown"


def _looks_like_text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    sample = data[:65536]
    control = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    return b"\x00" not in sample and control <= len(sample) // 100


def _zip_kind(name: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged(name) from error
    _no_bomb(name, members, len(data))
    names = {member.filename for member in members}
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise refuse(
            f"“{name}”带有宏。请另存为不带宏的 .docx 后再上传。",
            f"“{name}” contains macros; save it as a .docx without macros.",
            "macros",
        )
    return next((kind for part, kind in _ZIP_KINDS if part in names), "zip")


def _no_bomb(name: str, members: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(member.file_size for member in members)
    if (
        len(members) > MAX_MEMBERS
        or unpacked > MAX_UNPACKED
        or (unpacked > _RATIO_FROM and unpacked > MAX_RATIO * packed)
        or any(m.filename.endswith(".xml") and m.file_size > MAX_MARKUP for m in members)
    ):
        raise refuse(
            f"“{name}”解压后过大或内含文件过多，可能会拖垮系统，已拒绝。",
            f"“{name}” unpacks to too much data or too many parts and was refused.",
            "bomb",
        )
    if any(member.flag_bits & 1 for member in members):
        raise refuse(
            f"“{name}”已加密，请去掉密码后再上传。",
            f"“{name}” is encrypted; remove the password first.",
            "encrypted",
        )


def _damaged(name: str) -> FileRefused:
    return refuse(
        f"“{name}”已损坏，无法打开。请重新导出后再上传。",
        f"“{name}” is damaged and cannot be opened; export it again.",
        "damaged",
    )


_ALIASES: Mapping[str, str] = {"jpeg": "jpg", "text": "txt", "md": "txt", "csv": "txt"}


def suffix_kind(name: str) -> str | None:
    """The kind that a name claims; None if it ends in nothing that is accepted."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    kind = _ALIASES.get(suffix, suffix)
    return kind if kind in MEDIA_TYPES else None


def _same_as_named(name: str, kind: str) -> None:
    """Whoever downloads the file opens it by its name, so the name is one of ours and tells the truth.

    Only known endings are let in: a list of dangerous ones is never complete (.hta, .url, .svg …).
    """
    named = suffix_kind(name)
    if named is None:
        raise refuse(
            f"不接收“{name}”这样扩展名的文件。可以上传：{_ACCEPTED}。",
            f"Files named like “{name}” are not accepted; accepted are: {_ACCEPTED}.",
            "wrong_type",
        )
    if named != kind:
        raise refuse(
            f"“{name}”的扩展名与内容不符：内容是 {kind}。请核对后重新选择文件。",
            f"The name of “{name}” does not fit its content, which is {kind}.",
            "renamed",
        )


_ACCEPTED = " ".join(f".{kind}" for kind in (*MEDIA_TYPES, *_ALIASES))
