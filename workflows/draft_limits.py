"""How much a draft may hold: far more than any real document, far less than would hurt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from engine.text import Sentence
from workflows.content import Content, Metadata
from workflows.errors import Refused

MOST_TITLE = 200
MOST_BODY = 500_000
MOST_FIELD = 300
MOST_TEXT = 20_000
MOST_ITEMS = 50

#: Fields that are written as paragraphs rather than as a line.
_LONG = frozenset(
    {
        *("background", "basis", "purpose", "measures", "outline", "reason", "outside_reason"),
        *("no_interpretation_reason", "fewer_forms_reason", "similarity_reason", "concepts"),
        *("differences", "reach", "standards", "benefits", "conditions", "link", "source_link"),
    }
)


def trimmed(facts: Metadata) -> Metadata:
    """Without the spaces and line breaks that pasting brings along; a title is one line."""
    changes = {
        item.name: value.strip() if item.name in _LONG else " ".join(value.split())
        for item in fields(facts)
        if isinstance(value := getattr(facts, item.name), str)
    }
    return replace(facts, **changes)  # type: ignore[arg-type]


def ensure(content: Content) -> None:
    """Refuse with a plain sentence for each thing that is too long or too many."""
    reasons = list(_refusals(content))
    if reasons:
        raise Refused(*reasons)


def _refusals(content: Content) -> Iterator[Sentence]:
    title, body = content.metadata.title, content.body_html
    if len(title) > MOST_TITLE:
        yield Sentence(
            f"标题有 {len(title):,} 字，最多 {MOST_TITLE} 字。",
            f"The title has {len(title):,} characters; the limit is {MOST_TITLE}.",
            "title",
        )
    if len(body) > MOST_BODY:
        yield Sentence(
            f"正文有 {len(body):,} 个字符，最多 {MOST_BODY:,} 个，请拆分或改为附件。",
            f"The text has {len(body):,} characters; the limit is {MOST_BODY:,}.",
            "body",
        )
    if len(content.attachments) > MOST_ITEMS or len(content.interpretation.materials) > MOST_ITEMS:
        yield Sentence(
            f"附件和解读材料各不超过 {MOST_ITEMS} 件。",
            f"At most {MOST_ITEMS} attachments and {MOST_ITEMS} materials.",
            "attachments",
        )
    for name, text in _texts(content):
        most = MOST_TEXT if name in _LONG else MOST_FIELD
        if name not in ("title", "body_html") and len(text) > most:
            yield Sentence(
                f"有一项内容太长（{len(text):,} 字，最多 {most:,} 字）：“{text[:20]}…”。",
                f"A field is too long ({len(text):,} characters, limit {most:,}): “{text[:20]}…”.",
                name,
            )


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside, with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item, name)
    elif is_dataclass(value):
        for item in fields(value):
            yield from _texts(getattr(value, item.name), item.name)
