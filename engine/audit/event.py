"""The bytes of an audit entry: canonical JSON that says everything, and the hash that chains it.

Canonical: UTF-8, keys sorted by code point, no blanks, no escapes beyond those JSON demands, no
floating-point numbers (their text differs between programs). Whoever has the payloads of a case in
order can check the chain with SHA-256 alone: each payload names the hash of the one before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

ALGORITHM = "sha256"
FORMAT = 1

_SAID_AS_IT_IS = frozenset({str, bool, int, type(None)})
_KEYS = frozenset({str})
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value: Any) -> str:
    """The one text of a value made of mappings, sequences, strings, whole numbers, instants and days."""
    text = _ENCODER.encode(_plain(value))
    text.encode()  # a lone surrogate has no UTF-8 form: better refused here than by the database
    return text


def digest(text: str) -> str:
    """The hash of a text with the name of its algorithm, as it is stored and shown."""
    return f"{ALGORITHM}:{hashlib.sha256(text.encode()).hexdigest()}"


def instant(value: datetime) -> str:
    """An instant as text: UTC, always six decimals."""
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone was about to become evidence")
    return value.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


def payload(fields: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The text of an entry. `fields` are the entry's columns; `data` is what the act has to tell."""
    return canonical({**fields, "data": data, "format": FORMAT})


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        plain = {
            key: member if type(member) in _SAID_AS_IT_IS else _plain(member)
            for key, member in value.items()
        }
        if not _KEYS.issuperset(map(type, plain)):
            raise TypeError("evidence is keyed by text")
        return plain
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, (set, frozenset)):
        return [_plain(member) for member in sorted(value)]
    raise TypeError(f"{type(value).__name__} has no canonical text: {value!r}")
