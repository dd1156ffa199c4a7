"""The HTML a document may consist of, and its reading as plain text. One list of tags, used everywhere."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import nh3

TAGS = {
    *("p", "br", "h1", "h2", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup"),
    *("ul", "ol", "li", "blockquote", "a", "hr"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_BLOCKS = frozenset(
    {"p", "br", "h1", "h2", "h3", "h4", "li", "tr", "caption", "blockquote", "hr", "table"}
)

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


def clean(markup: str) -> str:
    """Only the tags above; scripts, styles, handlers and foreign link schemes are gone."""
    return nh3.clean(
        markup.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", ""),
        tags=TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    ).strip()


class _Reader(HTMLParser):
    """Collects text line by line and the targets of links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.lines.append("")
        elif tag in ("td", "th"):
            self.lines[-1] += "\t"
        if tag == "a":
            self.targets.extend(value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data.replace("\n", " ")


def _read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


def paragraphs(markup: str) -> list[str]:
    """The text of each block that has any, in order."""
    return [line.strip() for line in _read(markup).lines if line.strip()]


def text_of(markup: str) -> str:
    """What a reader reads, one block a line."""
    return "\n".join(paragraphs(markup))


def links(markup: str) -> list[str]:
    """Where the links lead, in order."""
    return _read(markup).targets


def is_web_address(text: str) -> bool:
    """Whether a typed link may become one: anything else, such as javascript:, stays text."""
    return _WEB_ADDRESS.fullmatch(text) is not None


def from_text(text: str) -> str:
    """Plain text as paragraphs: one line, one paragraph; blank lines and edge spaces are layout."""
    lines = (re.sub(r"[ \t\u3000\xa0]+$", "", line) for line in text.splitlines())
    stripped = (line.strip(" \t\u3000\xa0\ufeff") for line in lines)
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in stripped if line)
