"""Chinese by default, English complete: no page of an English reader falls back to Chinese for want of words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import webapp
from tests.webapp.conftest import Browser
from webapp import formats, i18n

WEBAPP = Path(webapp.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "webapp.punctuation.Punctuation"}}
#: Names are data and stay as they were given.
DATA = ("云岚县", "郑")


def strings() -> Iterator[str]:
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(str(WEBAPP), METHODS, OPTIONS, keywords=keywords)
    for _file, _line, message, _comments, _context in found:
        yield from (message,) if isinstance(message, str) else message


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    path = WEBAPP / "translations/en/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id}


def test_every_string_of_the_pages_has_its_english(catalogue: dict[str, str]) -> None:
    missing = sorted({text for text in strings() if not catalogue.get(text)})
    assert missing == []


def test_the_catalogue_holds_nothing_that_is_no_longer_said(catalogue: dict[str, str]) -> None:
    assert sorted(set(catalogue) - set(strings())) == []


def test_the_english_has_the_same_places_to_fill_in(catalogue: dict[str, str]) -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)", text))

    assert [text for text, english in catalogue.items() if places(text) != places(english)] == []


def test_no_english_sentence_is_chinese(catalogue: dict[str, str]) -> None:
    shown_as_it_is = re.compile("中文|“无”")  # the switch to Chinese; the value that is stored
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [e for e in catalogue.values() if chinese.search(shown_as_it_is.sub("", e))] == []


def test_every_chinese_word_in_a_template_can_be_translated() -> None:
    """Chinese outside `_(…)`, comments and attributes of data would be shown to English readers."""
    comment = re.compile(r"\{#.*?#\}", re.DOTALL)
    said = re.compile(r"_\((?:\"[^\"]*\"|'[^']*')")
    left = {}
    for file in sorted((WEBAPP / "templates").rglob("*.html")):
        text = said.sub("", comment.sub("", file.read_text(encoding="utf-8")))
        bare = [line.strip() for line in text.splitlines() if re.search(r"[\u4e00-\u9fff]", line)]
        if bare:
            left[file.name] = bare
    assert {name: bare for name, bare in left.items() if name != "public_base.html"} == {}


@pytest.mark.parametrize(
    ("accepted", "cookie", "lang"),
    [
        ("", "", "zh-CN"),
        ("zh-CN,zh;q=0.9", "", "zh-CN"),
        ("en-US,en;q=0.9", "", "en"),
        ("fr", "", "zh-CN"),
        ("fr, en;q=0.5", "", "en"),
        ("en", "zh", "zh-CN"),
        ("zh-CN", "en", "en"),
        ("zh-CN", "xx", "zh-CN"),
    ],
)
def test_the_choice_wins_then_the_browser_then_chinese(
    browser: Browser, accepted: str, cookie: str, lang: str
) -> None:
    if cookie:
        browser.client.set_cookie("language", cookie)
    page = browser.get("/login", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{lang}"' in page
    assert ("Log in" in page) is (lang == "en")


@pytest.mark.parametrize(
    "path", ["/messages/", "/account/password", "/people", "/units", "/people/new"]
)
def test_an_english_page_has_no_chinese_but_names(
    as_person: Callable[[str], Browser], path: str
) -> None:
    browser = as_person("sys_admin")
    browser.client.set_cookie("language", "en")
    page = browser.get(path).text
    for name in ("云岚县人民政府办公室", "云岚县人民政府", "科员", "中文", "郑"):
        page = page.replace(name, "")
    assert re.findall(r"[^\n]*[\u4e00-\u9fff][^\n]*", page) == []


def test_chinese_signs_of_a_template_follow_the_language(app: Flask) -> None:
    template = app.jinja_env.from_string("{{ a }}：<b>{{ b }}</b>（{{ c }}、{{ '甲：乙' }}）；")
    given = {"a": "Unit", "b": "One", "c": "two"}
    with app.test_request_context():
        assert template.render(given) == "Unit：<b>One</b>（two、甲：乙）；"
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert template.render(given) == "Unit: <b>One</b> (two, 甲：乙); "


def test_dates_read_as_officials_write_them(app: Flask) -> None:
    instant = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
    with app.test_request_context():
        assert formats.moment(instant) == "2026年11月22日 14:05"
        assert formats.day(date(2026, 6, 1)) == "2026年6月1日"
        assert formats.day(datetime(2026, 6, 1, 20, tzinfo=UTC)) == "2026年6月2日"
        assert (formats.moment(None), formats.day(None)) == ("", "")
        assert formats.size(10) == "10 字节"
        assert formats.size(3 * 1024 * 1024) == "3.0 MB"
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert formats.moment(instant) == "22 November 2026 14:05"


def test_a_compiled_catalogue_says_the_same_as_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: dict[str, str]
) -> None:
    from babel.messages.mofile import write_mo

    source = WEBAPP / "translations/en/LC_MESSAGES/messages.po"
    with source.open("rb") as po, (tmp_path / "messages.mo").open("wb") as mo:
        write_mo(mo, read_po(po, locale="en"))
    monkeypatch.setattr(i18n, "_CATALOGUE", tmp_path)
    assert i18n.english().gettext("登录") == catalogue["登录"]
