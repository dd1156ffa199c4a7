"""A text as plain paragraphs and back: what was not touched keeps its markup to the character."""

from __future__ import annotations

import pytest

from webapp.plain_editing import corrected, editable, edited
from workflows.errors import Refused

BODY = (
    "<h2>关于<strong>印发</strong>的通知</h2>\n"
    "<p>一、完成 &lt;投资&gt;12.5亿元，<b>增涨</b>3%。</p>"
    "<table><tbody><tr><td>甲</td><td>乙已</td></tr></tbody></table>"
    '<p>见<a href="https://example.com/?a=1&amp;b=2" title="a&gt;b">原文</a>。</p>'
)


def test_the_editor_shows_one_paragraph_a_line_as_people_read_it() -> None:
    assert editable(BODY).split("\n\n") == [
        "关于印发的通知", "一、完成 <投资>12.5亿元，增涨3%。", "甲", "乙已", "见原文。",
    ]  # fmt: skip


@pytest.mark.parametrize("put_back", [corrected, edited])
def test_an_untouched_text_comes_back_the_same(put_back: object) -> None:
    assert callable(put_back)
    assert put_back(BODY, editable(BODY).replace("\n", "\r\n")) == BODY


@pytest.mark.parametrize(
    ("wrong", "right", "markup"),
    [
        ("增涨", "增长", "<b>增长</b>3%"),
        ("乙已", "乙己", "<td>乙己</td>"),
        ("的通知", "之通知", "<strong>印发</strong>之通知</h2>"),
        ("<投资>", "〈投资〉", "〈投资〉12.5亿元"),
        ("见原文。", "见原文", 'title="a&gt;b">原文</a></p>'),
    ],
)
def test_a_correction_stays_inside_its_markup(wrong: str, right: str, markup: str) -> None:
    result = corrected(BODY, editable(BODY).replace(wrong, right))
    assert markup in result
    assert result.count("<") == BODY.count("<")


@pytest.mark.parametrize("typed", ["", editable(BODY) + "\n多一段", "甲\n乙"])
def test_a_correction_cannot_change_the_number_of_paragraphs(typed: str) -> None:
    with pytest.raises(Refused, match="不能增减段落"):
        corrected(BODY, typed)


@pytest.mark.parametrize(
    ("old", "typed", "new"),
    [
        ("<p>甲</p><p>乙</p>", "甲\n丙\n乙", "<p>甲</p><p>丙</p><p>乙</p>"),
        ("<p>甲</p><p>乙</p>", "新\n甲\n乙", "<p>新</p><p>甲</p><p>乙</p>"),
        ("<p>甲</p><p><b>乙</b>丙</p>", "甲", "<p>甲</p>"),
        ("<p>甲</p>", "", ""),
        ("", "甲\n<b>乙</b>", "<p>甲</p><p>&lt;b&gt;乙&lt;/b&gt;</p>"),
        ("<table><tr><td>甲</td><td>乙</td></tr></table>", "甲",
         "<table><tr><td>甲</td><td></td></tr></table>"),
        ("<p>甲<b>乙</b></p>", "甲乙\n丙", "<p>甲<b>乙</b></p><p>丙</p>"),
    ],
)  # fmt: skip
def test_the_drafter_adds_and_removes_paragraphs(old: str, typed: str, new: str) -> None:
    assert edited(old, typed) == new


def test_a_long_text_is_put_back_quickly() -> None:
    body = "".join(f"<p>第{number}条　{'公开信息应当及时准确。' * 20}</p>" for number in range(400))
    assert edited(body, editable(body).replace("第200条", "第二百条")).count("<p>") == 400
