"""A sentence in both languages of the house, so that no refusal or trail line can lack one of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """The same statement in Chinese and in English; `code` names the rule it comes from, if any."""

    zh: str
    en: str
    code: str = ""

    def in_language(self, language: str) -> str:
        """The English text for locales that begin with `en`, the Chinese one for all others."""
        return self.en if language.startswith("en") else self.zh

    def __str__(self) -> str:
        return self.zh
