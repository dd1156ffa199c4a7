"""What the public portal is given: released content and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.text import Sentence
from workflows.read_models import AttachmentView, InterpretationView, Labelled


@dataclass(frozen=True, slots=True)
class PortalItem:
    """A line of the public list."""

    slug: str
    title: str
    number: str
    issuer: str
    dated_on: str
    published_at: datetime
    topic: str
    has_interpretation: bool


@dataclass(frozen=True, slots=True)
class PortalPage:
    """The public page: the released content and nothing else, linked both ways with its interpretation."""

    slug: str
    index_number: str
    title: str
    body_html: str
    interpretation: InterpretationView | None
    attachments: tuple[AttachmentView, ...]
    facts: tuple[Labelled, ...]  # the six mandatory fields, in order
    meta_tags: tuple[tuple[str, str], ...]  # domain:B3
    published_at: datetime
    validity: Sentence
    digest: str  # of the released content, computed from its bytes
