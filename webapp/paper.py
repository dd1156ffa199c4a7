"""Pages on paper: one HTML text and one style sheet in, the bytes of a PDF out. Nothing is fetched from anywhere."""

from __future__ import annotations

import logging
import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import SanshenError
from engine.text import Sentence
from workflows import typed

_STYLE = Path(__file__).with_name("static") / "sheet.css"

_NO_LIBRARY = Sentence(
    "这台服务器还不能生成 PDF：缺少 Pango 排版库。请用浏览器的“打印”，或请系统管理员安装（Debian：libpango-1.0-0、libpangoft2-1.0-0、libharfbuzz-subset0）。",
    "This server cannot make a PDF yet: the Pango libraries are missing. Print from the browser, or ask "
    "the system administrator to install them (Debian: libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0).",
)
_NO_FONT = Sentence(
    "这台服务器还不能生成 PDF：没有中文字体。请用浏览器的“打印”，或请系统管理员安装（Debian：fonts-noto-cjk）。",
    "This server cannot make a PDF yet: it has no Chinese font. Print from the browser, or ask the system "
    "administrator to install one (Debian: fonts-noto-cjk).",
)


class CannotPrint(SanshenError):
    """The machine lacks what a PDF with Chinese text needs; the page itself can still be printed."""


def pdf(html: str) -> bytes:
    """The page as PDF; the same text gives the same bytes. Raises CannotPrint.

    `html` is trusted markup of our own templates; addresses in it are printed and never opened.
    """
    weasyprint = _library()
    if not _has_chinese_font():
        raise CannotPrint(_NO_FONT)
    nowhere = weasyprint.urls.URLFetcher(allowed_protocols=())
    html = typed.clean(html)  # no font has a sign for a control character
    document = weasyprint.HTML(string=html, url_fetcher=nowhere)
    style = weasyprint.CSS(string=_STYLE.read_text("utf-8"), url_fetcher=nowhere)
    identifier = sha256(html.encode()).hexdigest()[:32].encode()
    made: bytes = document.write_pdf(stylesheets=[style], pdf_identifier=identifier)
    return made


@cache
def _library() -> Any:
    try:
        import weasyprint
    except OSError as missing:  # the package is there, the system's Pango is not
        raise CannotPrint(_NO_LIBRARY) from missing
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint


@cache
def _has_chinese_font() -> bool:
    """As fontconfig sees it; where its command is missing, the library is given the benefit of the doubt."""
    lister = shutil.which("fc-list")
    if lister is None:
        return True
    listed = subprocess.run(  # noqa: S603 — a fixed command found on the path, without input
        [lister, ":lang=zh", "family"], capture_output=True, check=False, timeout=20
    )
    return bool(listed.stdout.strip())
