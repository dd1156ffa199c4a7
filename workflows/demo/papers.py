"""The county's documents: read from `packages/*.toml`, dated so that they are always a few days old."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

from engine.clock import CHINA
from workflows import intake
from workflows.content import Elements, Interpretation, Metadata, Plan, Points
from workflows.drafting import Draft
from workflows.intake.markup import text_of

FOLDER = Path(__file__).parent / "packages"


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as its drafter has it on the desk."""

    name: str
    unit: str
    drafter: str
    draft: Draft


def days_ago(name: str) -> int:
    """How many weekdays ago the last act on this paper was."""
    number: int = tomllib.loads(_text(name))["days_ago"]
    return number


def read(name: str, begun: datetime) -> Paper:
    """The paper `name`, dated as if its drafter had begun at this instant."""
    text = Template(_text(name)).safe_substitute(_dates(begun.astimezone(CHINA).date()))
    data = tomllib.loads(text)
    body = intake.read_text(data["body"]).body_html
    metadata = _built(Metadata, data["metadata"])
    if metadata.source == "repost":  # its original is kept beside it, and is the same word for word
        metadata = replace(metadata, source_text=text_of(body))
    draft = Draft(
        metadata=metadata,
        body_html=body,
        interpretation=Interpretation(
            plan=_built(Plan, data.get("plan", {})),
            elements=_built(Elements, data.get("elements", {})),
            points=_built(Points, data.get("points", {})),
            **data.get("interpreter", {}),
        ),
    )
    return Paper(name, data["unit"], data["drafter"], draft)


def _text(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def _dates(day: date) -> dict[str, str]:
    """What the texts call `$dated_on` and the like. Documents are dated the day before they are sent in, an
    emergency on the day itself (`$begun_on`)."""
    dated = day - timedelta(days=1)
    effective = (day.replace(day=1) + timedelta(days=62)).replace(day=1)
    return {
        "year": str(dated.year),
        "dated_on": _chinese(dated),
        "iso_date": dated.isoformat(),
        "begun_on": _chinese(day),
        "iso_begun": day.isoformat(),
        "effective": effective.isoformat(),
        "effective_zh": _chinese(effective),
        "valid_until": (effective.replace(year=effective.year + 5) - timedelta(days=1)).isoformat(),
        "plan_date": (day + timedelta(days=14)).isoformat(),
    }


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _built(kind: type, data: Mapping[str, Any]) -> Any:
    """A frozen dataclass of the content from TOML values; a misspelt key is an error, not ignored."""
    hints = {field.name: str(field.type) for field in fields(kind)}
    values = {
        name: date.fromisoformat(value)
        if "date" in hints[name]
        else tuple(value)
        if isinstance(value, list)
        else value
        for name, value in data.items()
    }
    return kind(**values)
