"""Language of the page: the person's choice (cookie), else the browser's, else Chinese.

The source strings are Chinese, so only the English catalogue exists. It is read from the compiled
file of an installed package, or straight from the .po of a source tree, where no build step runs.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale

from engine.text import Sentence
from workflows import bpmn_files
from workflows.vocabulary import ROLES, label

LANGUAGE_COOKIE = "language"
CHINESE, ENGLISH = "zh_Hans_CN", "en"
_TAGS = {"zh": CHINESE, "en": ENGLISH}
_CATALOGUE = Path(__file__).with_name("translations") / "en" / "LC_MESSAGES"


def language() -> str:
    """`zh` or `en`, for this request."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in _TAGS:
        return chosen
    best = request.accept_languages.best_match(("zh-CN", "zh", "en"), default="zh")
    return "en" if best == "en" else "zh"


def say(words: object) -> str:
    """A Sentence, or the one that a Term or a Parameter carries, in the page's language; else as text."""
    words = getattr(words, "sentence", words)
    if isinstance(words, Sentence):
        return words.in_language(current())
    return str(words)


def current() -> str:
    """The language that Babel settled on for this request, as `zh` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def role_word(code: str) -> str:
    """The name of a role in the page's language."""
    return label(ROLES, code, current())


def init_app(app: Flask) -> None:
    """Install Babel, the filters `say` and `word`, and what base.html needs to know of language."""
    Babel(app, default_locale=CHINESE, locale_selector=lambda: _TAGS[language()])
    catalogue = Domain()
    catalogue.cache[CHINESE, "messages"] = NullTranslations()
    catalogue.cache[ENGLISH, "messages"] = english()
    app.before_request(catalogue.as_default)
    app.jinja_env.filters["say"] = say
    app.jinja_env.filters["word"] = role_word
    app.jinja_env.filters["called"] = bpmn_files.called
    app.context_processor(_words_of_the_page)


def english() -> Translations | NullTranslations:
    """The English catalogue: the .po of a source tree if newer than the compiled file, else the latter."""
    source, compiled = _CATALOGUE / "messages.po", _CATALOGUE / "messages.mo"
    if not source.exists() and not compiled.exists():
        return NullTranslations()
    if compiled.exists() and (
        not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime
    ):
        with compiled.open("rb") as file:
            return Translations(file)
    buffer = BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale="en"))
    buffer.seek(0)
    return Translations(buffer)


def _words_of_the_page() -> dict[str, Any]:
    return {"html_lang": "en" if current() == "en" else "zh-CN", "language": current()}
