"""How much a person may type: far more than any real document or reason, far less than would hurt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from engine.text import Sentence
from workflows import typed
from workflows.content import Content, Metadata
from workflows.errors import Refused

MOST_TITLE = 200
MOST_BODY = 500_000
MOST_FIELD = 300
MOST_TEXT = 20_000
MOST_ITEMS = 50
#: A reason or remark beside an act; longer ones belong into an attachment.
MOST_REASON = 2_000

#: First and last year that a date of a document may have.
YEARS = (1949, 2100)

#: Fields that are written as paragraphs rather than as a line.
_LONG = frozenset(
    {
        *("background", "basis", "purpose", "measures", "outline", "reason", "outside_reason"),
        *(
            "no_interpretation_reason",
            "fewer_forms_reason",
            "similarity_reason",
            "by_unit_reason",
            "concepts",
        ),
        *("differences", "reach", "standards", "benefits", "conditions", "link", "source_link"),
        *("opinion_plan", "emergency_reason", "source_text"),
    }
)


def is_plausible(day: date) -> bool:
    """Whether a document can bear this date."""
    return YEARS[0] <= day.year <= YEARS[1]


def reason(text: str) -> str:
    """A typed reason as it is kept; refuses one that is too long. Every verb with a reason asks here."""
    kept = typed.clean(text).strip()
    if len(kept) > MOST_REASON:
        raise Refused(
            Sentence(
                f"理由或说明有 {len(kept):,} 字，最多 {MOST_REASON:,} 字。",
                f"The reason or remark has {len(kept):,} characters; the limit is {MOST_REASON:,}.",
                "too_long",
            )
        )
    return kept


def trimmed(facts: Metadata) -> Metadata:
    """Without the spaces and line breaks that pasting brings along; a title is one line."""
    changes = {
        item.name: _tidy(item.name, value)
        for item in fields(facts)
        if isinstance(value := getattr(facts, item.name), str)
    }
    return replace(facts, **changes)  # type: ignore[arg-type]


def _tidy(name: str, text: str) -> str:
    return text.strip() if name in _LONG else " ".join(text.split())


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
    rest = replace(content, body_html="", metadata=replace(content.metadata, title=""))
    for name, text in _texts(rest):
        most = MOST_TEXT if name in _LONG else MOST_FIELD
        if len(text) > most:
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
