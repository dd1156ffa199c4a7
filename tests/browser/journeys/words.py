"""What stands on the page in the language of whoever reads it, as this person looks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.text import Sentence
from webapp import i18n
from workflows.vocabulary import OUTCOMES, STAGES, Term

_ENGLISH = i18n.english()


@dataclass(frozen=True)
class Words:
    """The words of one language, `zh` or `en`."""

    language: str

    def pick(self, zh: str, en: str) -> str:
        """One of two texts, for what is said in a sentence of its own."""
        return Sentence(zh, en).in_language(self.language)

    def page(self, zh: str, **filled: str) -> str:
        """A string of the pages, from the catalogue."""
        text = zh if self.language == "zh" else _ENGLISH.gettext(zh)
        assert self.language == "zh" or text != zh, f"the catalogue has no English for {zh}"
        return text % filled if filled else text

    def of(self, table: Mapping[str, Term], code: str) -> str:
        return table[code].sentence.in_language(self.language)

    def stage(self, code: str) -> str:
        return self.of(STAGES, code)

    def outcome(self, code: str) -> str:
        return self.of(OUTCOMES, code)

    def act(self, stage: str, outcome: str) -> str:
        """What the button says that does it: the act by its name."""
        named = {"pass": "通过%(stage)s", "confirm": "完成%(stage)s"}.get(outcome)
        return self.page(named, stage=self.stage(stage)) if named else self.outcome(outcome)
