"""The text of a state: tokens as canonical JSON in BPMN terms, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.freezing import Token


def write_tokens(tokens: list[Token]) -> list[dict[str, Any]]:
    """Tokens as the state has them, in an order that does not depend on how they came there."""
    return sorted((write_token(token) for token in tokens), key=canonical)


def write_token(token: Token) -> dict[str, Any]:
    """One token; what is as it was when the token came is left out."""
    item: dict[str, Any] = {"at": token.at}
    if token.source is not None:
        item["from"] = token.source
    if token.timers:
        item["timers"] = list(token.timers)
    if token.items is not None:
        item["items"] = list(token.items)
    if token.inside is not None:
        item["inside"] = write_tokens(token.inside)
    if token.decisions is not None:
        item["variables"] = token.decisions
    return item


def read_token(item: Mapping[str, Any], path: tuple[str, ...] = ()) -> Token:
    inside, decisions = item.get("inside"), item.get("variables")
    items = item.get("items")
    within = path if decisions is None else (*path, item["at"])
    return Token(
        at=item["at"],
        source=item.get("from"),
        timers=tuple(item.get("timers", ())),
        items=None if items is None else tuple(items),
        inside=None if inside is None else [read_token(inner, within) for inner in inside],
        decisions=None if decisions is None else dict(decisions),
        path=path,
    )


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """The one text of a value."""
    return _ENCODER.encode(value)
