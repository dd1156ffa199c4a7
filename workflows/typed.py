"""Typed and pasted text as it is kept: without characters that nobody sees and no table can hold.

What is decided is never changed again, so such a character has to go before it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")

#: Word's soft line break is U+000B; what pages and programs break lines with otherwise.
_BREAK = re.compile("\r\n?|[\v\f\u2028\u2029]")
#: Not in XML 1.0 (section 2.2), and so in no spreadsheet; PostgreSQL keeps no NUL either.
_GONE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """With plain line breaks, and of the control characters only those and tabs."""
    return _GONE.sub("", _BREAK.sub("\n", text))


def line(text: str) -> str:
    """The same on one line: a name, a post."""
    return " ".join(clean(text).split())


def cleaned(value: T) -> T:
    """A value with every text in it clean, however deep."""
    made: Any = value
    if isinstance(value, str):
        made = clean(value)
    elif isinstance(value, tuple):
        made = tuple(cleaned(item) for item in value)
    elif isinstance(value, Mapping):
        made = {key: cleaned(item) for key, item in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{f.name: cleaned(getattr(value, f.name)) for f in fields(value)})
    kept: T = made
    return kept
