"""Chinese signs that stand in a template between words follow the language of the page.

Templates are written as Chinese text: `{{ name }}：{{ value }}（{{ unit }}）`. Each sign outside a
translated string is looked up in the catalogue of English like any other words, so nobody has to wrap
it, and nobody can forget to. In Python, and inside `{{ … }}`, a lone sign is wrapped: `_("、")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

SIGNS = "：（）、；，。"
_AROUND_A_SIGN = re.compile(f"([{SIGNS}])")


class Punctuation(Extension):
    """Reads `：` in a template as `{{ _("：") }}`; the extractor of strings does the same (babel.cfg)."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type != "data":
                yield token
                continue
            for part in filter(None, _AROUND_A_SIGN.split(str(token.value))):
                if part in SIGNS:
                    yield from _looked_up(part, token.lineno)
                else:
                    yield Token(token.lineno, "data", part)


def _looked_up(sign: str, line: int) -> Iterator[Token]:
    yield Token(line, "variable_begin", "{{")
    yield Token(line, "name", "_")
    yield Token(line, "lparen", "(")
    yield Token(line, "string", sign)
    yield Token(line, "rparen", ")")
    yield Token(line, "variable_end", "}}")
