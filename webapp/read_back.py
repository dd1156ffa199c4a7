"""Reads public pages as a reader gets them and compares them with the version that was approved.

The layout adds classes and makes the title a heading; that is taken away again here, and what is left
must be the approved text byte for byte. Nothing is believed because it was copied correctly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from engine.text import Sentence
from workflows.read_models import ContentView

#: Facts of the approved version that the public page shows under the same names (domain:A3.1).
SHOWN = ("title", "issuer", "document_number", "dated_on", "topics", "effective_on")
_BLOCK = re.compile(r"<(p|h[1-4])>(.*?)</\1>(\s*)", re.DOTALL)
_DRESSED = re.compile(r'<(p|h[1-4]) class="[a-z-]+">')
_TITLE = re.compile(r'<h1 class="doc-title" id="doc-title">(.*?)</h1>', re.DOTALL)
_DOCUMENT = '<div class="document" lang="zh-CN">'
_ROW = re.compile(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>', re.DOTALL)
_META = re.compile(r'<meta name="([^"]*)" content="([^"]*)">')

_DOCUMENT_PAGE = Sentence("正文页", "page of the document")
_OWN_PAGE = Sentence("解读页", "page of the interpretation")


def differences(
    document: str, interpretation: str | None, approved: ContentView, language: str = "zh"
) -> list[Sentence]:
    """Whatever the served pages show otherwise than approved; empty if they show the same."""
    found = []
    if not shows_body(document, approved.body_html, approved.title):
        found.append(_differs(_DOCUMENT_PAGE, "正文", "body"))
    found.extend(_facts(document, approved, language))
    found.extend(
        _differs(_DOCUMENT_PAGE, f"附件“{file.name}”", f"attachment “{file.name}”")
        for file in approved.attachments
        if file.name not in unescape(document) or file.digest not in unescape(document)
    )
    return [*found, *_interpretation(document, interpretation, approved, language)]


def _differs(page: Sentence, zh: str, en: str) -> Sentence:
    return Sentence(
        f"公开的{page.zh}上，{zh}与签发的不同。",
        f"On the public {page.en} the {en} differs from what was approved.",
        "read_back",
    )


def shows_body(document: str, body_html: str, title: str) -> bool:
    """Whether the page shows this body, whole and alone, once the layout is taken away."""
    _before, opened, rest = document.partition(_DOCUMENT)
    if not opened:
        return False
    plain = _DRESSED.sub(r"<\1>", rest.strip())
    heading = _TITLE.search(plain)
    if heading is None:
        return False
    at = heading.start()
    end = _title_ends(body_html, at, heading[1])
    if end is not None:  # the title stands in the text and was laid out as a heading
        plain = plain[:at] + body_html[at:end] + plain[heading.end() :]
    elif at == 0 and unescape(heading[1]) == title:  # it does not, and was put above it
        plain = plain[heading.end() :].lstrip("\n")
    else:
        return False
    return plain.startswith(body_html) and plain[len(body_html) :].lstrip().startswith("</div>")


def _title_ends(body_html: str, at: int, heading: str) -> int | None:
    """Where the blocks from `at` on end that, as lines of one heading, are `heading`."""
    lines = ""
    for _ in range(4):
        block = _BLOCK.match(body_html, at)
        if block is None:
            return None
        lines += block[2]
        if lines == heading:
            return block.end() - len(block[3])
        lines, at = f"{lines}{block[3]}<br>", block.end()
    return None


def _facts(document: str, approved: ContentView, language: str) -> list[Sentence]:
    """The mandatory fields in the table above the text, and the tags that inspections read."""
    above = document.partition(_DOCUMENT)[0]
    rows = {unescape(name): unescape(value) for name, value in _ROW.findall(above)}
    tags = {unescape(name): unescape(value) for name, value in _META.findall(above)}
    values = {fact.code: fact for fact in approved.facts}
    found = []
    for code in SHOWN:
        fact = values.get(code)
        if fact and rows.get(_in(fact.label, language)) != _in(fact.value, language):
            found.append(_differs(_DOCUMENT_PAGE, fact.label.zh, fact.label.en.lower()))
    issuer = values.get("issuer")
    for name, value in (
        ("ArticleTitle", approved.title),
        ("ContentSource", issuer.value.zh if issuer else None),
    ):
        if value is not None and tags.get(name) != value:
            found.append(_differs(_DOCUMENT_PAGE, f"标签 {name}", f"tag {name}"))
    return found


def _interpretation(
    document: str, interpretation: str | None, approved: ContentView, language: str
) -> list[Sentence]:
    given = approved.interpretation
    if given is not None and not (given.elements or given.materials):
        given = None  # a plan alone is for those who review
    if given is None or interpretation is None:
        if given is None and interpretation is None:
            return []
        return [_differs(_OWN_PAGE, "解读的有无", "presence of the interpretation")]
    found = []
    heading = _TITLE.search(interpretation)
    if heading is None or unescape(heading[1]) != given.title:
        found.append(_differs(_OWN_PAGE, "标题", "title"))
    shown = [(_in(name, language), html) for name, html in given.elements]
    for page, html, level in (
        (_DOCUMENT_PAGE, document, "h3"),
        (_OWN_PAGE, interpretation, "h2"),
    ):
        found.extend(
            _differs(page, f"解读“{name}”", f"interpretation “{name}”")
            for name in _lacking(html, level, shown)
        )
        found.extend(
            _differs(page, f"解读材料“{one.title}”", f"interpretation material “{one.title}”")
            for one in given.materials
            if one.title not in unescape(html) or (one.digest or one.link) not in unescape(html)
        )
    return found


def _lacking(html: str, level: str, elements: Sequence[tuple[str, str]]) -> list[str]:
    """Elements that do not stand, whole and in order, under their headings."""
    missing, at = [], 0
    for name, text in elements:
        whole = re.compile(
            rf"<{level}>{re.escape(escape(name))}</{level}>\s*{re.escape(text)}\s*<(?!p>)"
        )
        match = whole.search(html, at)
        if match is None:
            missing.append(name)
        else:
            at = match.start() + 1
    return missing


def _in(sentence: Sentence, language: str) -> str:
    return sentence.in_language("en" if language == "en" else "zh")
