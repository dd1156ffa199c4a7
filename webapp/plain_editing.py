"""A text in its markup shown as plain paragraphs, and the typed paragraphs put back into the markup.

What was not touched keeps its markup to the character. Technical corrections (domain:C5, T1) touch
characters, never structure; the drafter's editor may also add and remove paragraphs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from diff_match_patch import diff_match_patch

from engine.text import Sentence
from workflows.errors import Refused

#: Tags inside a paragraph; every other tag ends it.
_INLINE = frozenset(
    {"a", "b", "i", "u", "s", "em", "strong", "span", "sub", "sup", "small", "code"}
)
_TAG = re.compile(r"<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>")
_REMOVABLE = re.compile(r"<(?:p|h[1-6]|li|blockquote)\b", re.IGNORECASE)
_NAME = re.compile(r"</?\s*([A-Za-z0-9]+)")


@dataclass(slots=True)
class _Paragraph:
    """The places in the token list that together make one paragraph of text."""

    runs: list[int] = field(default_factory=list)


def _tokens(body_html: str) -> list[str]:
    """Text and tags in turn: every second token is a tag, and joining gives the same characters back."""
    tokens: list[str] = []
    end = 0
    for tag in _TAG.finditer(body_html):
        tokens += [body_html[end : tag.start()], tag.group()]
        end = tag.end()
    return [*tokens, body_html[end:]]


def _paragraphs(tokens: Sequence[str]) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    current = _Paragraph()
    for index, token in enumerate(tokens):
        if index % 2 == 0:
            if token.strip() or (current.runs and token):
                current.runs.append(index)
        elif not _is_inline(token) and current.runs:
            found.append(current)
            current = _Paragraph()
    return [*found, current] if current.runs else found


def _is_inline(tag: str) -> bool:
    name = _NAME.match(tag)
    return bool(name) and name.group(1).lower() in _INLINE if name else False


def _text(tokens: Sequence[str], paragraph: _Paragraph) -> str:
    return "".join(html.unescape(tokens[index]) for index in paragraph.runs)


def _in_one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def editable(body_html: str) -> str:
    """The text as the editor shows it: one paragraph a line, an empty line between two."""
    tokens = _tokens(body_html)
    return "\n\n".join(_in_one_line(_text(tokens, each)).strip() for each in _paragraphs(tokens))


def corrected(body_html: str, typed: str) -> str:
    """`body_html` with the paragraphs of `typed`; refuses when their number is not the same."""
    tokens = _tokens(body_html)
    paragraphs = _paragraphs(tokens)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if len(lines) != len(paragraphs):
        raise Refused(_other_number(len(paragraphs), len(lines)))
    for paragraph, line in zip(paragraphs, lines, strict=True):
        _correct(tokens, paragraph, line)
    return "".join(tokens)


def edited(body_html: str, typed: str) -> str:
    """`body_html` with the paragraphs of `typed`: kept ones keep their markup, new ones become <p>."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if not lines:
        return ""
    tokens = _tokens(body_html)
    paragraphs = _paragraphs(tokens)
    old = [_in_one_line(_text(tokens, each)).strip() for each in paragraphs]
    lead: list[str] = []
    for operation, at, until, new_at, new_until in SequenceMatcher(
        a=old, b=lines, autojunk=False
    ).get_opcodes():
        if operation == "equal":
            continue
        both = min(until - at, new_until - new_at)
        for offset in range(both):
            _correct(tokens, paragraphs[at + offset], lines[new_at + offset])
        for gone in paragraphs[at + both : until]:
            _remove(tokens, gone)
        added = "".join(
            f"<p>{html.escape(line, quote=False)}</p>" for line in lines[new_at + both : new_until]
        )
        if at + both > 0:
            _append(tokens, paragraphs[at + both - 1], added)
        else:
            lead.append(added)
    return "".join((*lead, *tokens))


def _remove(tokens: list[str], paragraph: _Paragraph) -> None:
    """Take the paragraph out with its own element; a table cell stays and is empty."""
    start, end = paragraph.runs[0] - 1, paragraph.runs[-1] + 1
    while start > 0 and _is_inline(tokens[start]):
        start -= 2
    while end < len(tokens) and _is_inline(tokens[end]):
        end += 2
    for index in range(max(start + 1, 0), min(end, len(tokens))):
        tokens[index] = ""
    if start > 0 and end < len(tokens) and _REMOVABLE.match(tokens[start]):
        tokens[start] = tokens[end] = ""


def _append(tokens: list[str], paragraph: _Paragraph, added: str) -> None:
    """Put new paragraphs behind the element that closes this one."""
    closing = paragraph.runs[-1] + 1
    while closing < len(tokens) and _is_inline(tokens[closing]):
        closing += 2
    place = min(closing, len(tokens) - 1)
    tokens[place] += added


def _other_number(before: int, after: int) -> Sentence:
    return Sentence(
        f"技术性改正不能增减段落：原文 {before} 段，您改成了 {after} 段。"
        "请恢复段落；确需增减的，请选“退回修改”。",
        f"A technical correction cannot add or remove paragraphs: there were {before}, now {after}. "
        "Restore them, or return the text for revision.",
        "C5",
    )


def _correct(tokens: list[str], paragraph: _Paragraph, line: str) -> None:
    """Put each inserted or removed character into the run of markup in which it stands."""
    old = _text(tokens, paragraph)
    if _in_one_line(old).strip() == line:
        return
    lead, trail = old[: len(old) - len(old.lstrip())], old[len(old.rstrip()) :]
    texts = _spread([html.unescape(tokens[i]) for i in paragraph.runs], lead + line + trail)
    for index, text in zip(paragraph.runs, texts, strict=True):
        tokens[index] = html.escape(text, quote=False)


def _spread(runs: Sequence[str], new: str) -> Iterable[str]:
    """`new` cut into as many runs as there were, along the characters that stayed."""
    old = "".join(runs)
    tool = diff_match_patch()
    found = tool.diff_main(old, new)
    tool.diff_cleanupSemantic(found)
    owner = [number for number, run in enumerate(runs) for _ in run] or [0]
    result = [""] * len(runs)
    place = 0
    for operation, text in found:
        if operation == 1:
            result[owner[min(max(place - 1, 0), len(owner) - 1)]] += text
            continue
        for character in text:
            if operation == 0:
                result[owner[place]] += character
            place += 1
    return result
