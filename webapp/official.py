"""The layout of an official document on the page: title centred, 主送 flush, 落款 right (look.md).

Only classes are added around the words that were approved; a paragraph that is not recognised stays
a paragraph. The input has been cleaned when it came in, so its blocks carry no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Flask
from markupsafe import Markup, escape

from workflows.read_models import Labelled

_BLOCK = re.compile(r"<(p|h[1-4])>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_DATE = re.compile(
    r"[〇○零一二三四五六七八九十\d]{4}年[一二三四五六七八九十\d]{1,3}月[一二三四五六七八九十\d]{1,3}日"
)
_CHAPTER = re.compile(r"第[一二三四五六七八九十百]+[章编]")
_ENDS_A_SENTENCE = tuple("。；：，、！？:;,.")
#: How far into the document title, number and addressees are looked for.
_OPENING = 8
_SHORT = 45


def official(
    body_html: str, title: str, facts: Iterable[Labelled] = (), heading: str = "h1"
) -> Markup:
    """The document as HTML with its title as a `heading`, laid out as an office would."""
    known = {fact.code: _plain(str(fact.value)) for fact in facts}
    blocks = [_plain(match[2]) for match in _BLOCK.finditer(body_html)]
    title_blocks = _title_at(blocks, _plain(title))
    classes = _classes(blocks, title_blocks, known)
    position = -1

    def dressed(match: re.Match[str]) -> str:
        nonlocal position
        position += 1
        if position in title_blocks:
            return _title_part(match[2], position, title_blocks, heading)
        name = classes.get(position)
        return f'<{match[1]} class="{name}">{match[2]}</{match[1]}>' if name else match[0]

    laid_out = _BLOCK.sub(dressed, body_html)
    if not title_blocks:
        named = f'<{heading} class="doc-title" id="doc-title">{escape(title)}</{heading}>'
        laid_out = f"{named}\n{laid_out}"
    return Markup(laid_out)  # noqa: S704 — cleaned by workflows.intake.markup when it came in


def init_app(app: Flask) -> None:
    """The filter `official` for templates."""
    app.jinja_env.filters["official"] = official


def _plain(html: str) -> str:
    """Text without tags and spaces, for comparing."""
    return re.sub(r"\s+", "", Markup(_TAG.sub("", html)).unescape())  # noqa: S704 — never shown


def _title_at(blocks: list[str], title: str) -> range:
    """Which blocks near the beginning are the title, which may run over several lines."""
    for first in range(min(len(blocks), _OPENING)):
        run = ""
        for last in range(first, min(len(blocks), first + 4)):
            run += blocks[last]
            if title and run == title:
                return range(first, last + 1)
    return range(0)


def _title_part(words: str, position: int, whole: range, heading: str) -> str:
    """The title's lines as one heading, broken where the office broke it."""
    first, last = position == whole.start, position == whole.stop - 1
    opened = f'<{heading} class="doc-title" id="doc-title">' if first else "<br>"
    closed = f"</{heading}>" if last else ""
    return f"{opened}{words}{closed}"


def _classes(blocks: list[str], title: range, known: dict[str, str]) -> dict[int, str]:
    """Position of a block -> how it stands."""
    found: dict[int, str] = {}
    for position, words in enumerate(blocks):
        if position < title.stop + _OPENING and words and words == known.get("document_number"):
            found[position] = "doc-number"
        elif _CHAPTER.match(words) and len(words) < _SHORT:
            found[position] = "chapter"
        elif _DATE.fullmatch(words):
            found[position] = "signature"
            if position and _is_line(blocks[position - 1]) and position - 1 not in title:
                found.setdefault(position - 1, "signature")
    addressed = next((n for n in range(title.stop, min(len(blocks), title.stop + 4))
                      if n not in found), None)  # fmt: skip
    if addressed is not None and blocks[addressed].endswith(("：", ":")):
        found[addressed] = "flush"
    _annexed_title(blocks, found)
    return found


def _annexed_title(blocks: list[str], found: dict[int, str]) -> None:
    """What is printed after the 落款 (the rules that a notice sends out) has a title of its own."""
    signed = [position for position, name in found.items() if name == "signature"]
    for position in range(max(signed, default=len(blocks)) + 1, len(blocks)):
        words = blocks[position]
        if words.startswith(("（", "(", "附件", "抄送", "主动公开")):
            continue
        if _is_line(words) and position not in found:
            found[position] = "annexed-title"
        return


def _is_line(words: str) -> bool:
    """A line that stands by itself, not a sentence."""
    return 0 < len(words) < _SHORT and not words.endswith(_ENDS_A_SENTENCE)
