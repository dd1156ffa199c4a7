"""The HTML a document may consist of, and its reading as plain text. One list of tags, used everywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser

import nh3

from workflows import typed

TAGS = {
    *("p", "br", "h1", "h2", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup"),
    *("ul", "ol", "li", "blockquote", "a", "hr"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "li": {"id"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_BLOCKS = frozenset(
    {"p", "br", "h1", "h2", "h3", "h4", "li", "tr", "caption", "blockquote", "hr", "table"}
)

#: A picture of the text: a stored file, under the number of the item that shows it (`-` while it has none).
_IMAGE = re.compile(r"/images/([A-Za-z0-9-]{1,20})/(sha256:[0-9a-f]{64})")
_IMAGE_TAG = re.compile(r"<img\b[^>]*>")
_NOTE = re.compile(r"(?:foot|end)note-(?:ref-)?\d{1,4}")

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


def clean(markup: str) -> str:
    """Only the tags above; scripts, styles, handlers and foreign link schemes are gone."""
    cleaned = nh3.clean(
        typed.clean(markup),
        tags=TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        attribute_filter=_attribute,
        strip_comments=True,
    )
    cleaned = typed.clean(cleaned)  # again: a reference such as &#11; has become what it stands for
    return _IMAGE_TAG.sub(lambda tag: tag[0] if _IMAGE.search(tag[0]) else "", cleaned).strip()


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures come from our own store alone; marks are those of footnotes."""
    if tag == "img" and name == "src":
        return value if _IMAGE.fullmatch(value) else None
    if name == "id":
        return value if _NOTE.fullmatch(value) else None
    return value


def image(digest: str) -> str:
    """The source of a picture whose item has no number yet."""
    return f"/images/-/{digest}"


def images(markup: str) -> dict[str, str]:
    """The pictures of a text by digest, with what is said of them for whoever cannot see them."""
    found: dict[str, str] = {}
    for tag in _IMAGE_TAG.findall(markup):
        source, said = _IMAGE.search(tag), re.search(r'\balt="([^"]*)"', tag)
        if source is not None:
            found.setdefault(source[2], html.unescape(said[1]) if said else "")
    return found


def with_images(markup: str, number: str, alt: Mapping[str, str] | None = None) -> str:
    """The text with its pictures under the item's number; those that `alt` describes anew, described."""

    def placed(tag: re.Match[str]) -> str:
        source = _IMAGE.search(tag[0])
        if source is None:
            return ""
        said = (alt or {}).get(source[2], images(tag[0])[source[2]])
        return f'<img src="/images/{number}/{source[2]}" alt="{html.escape(said)}">'

    return _IMAGE_TAG.sub(placed, markup)


def without_images(markup: str, gone: Collection[str]) -> str:
    """The text without these pictures; a paragraph that held nothing else goes with its picture."""

    def kept(tag: re.Match[str]) -> str:
        source = _IMAGE.search(tag[0])
        return "" if source is not None and source[2] in gone else tag[0]

    return re.sub(r"<p>\s*</p>\n?", "", _IMAGE_TAG.sub(kept, markup)) if gone else markup


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
