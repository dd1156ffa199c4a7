"""What changed between two texts, as a reader sees it."""

from __future__ import annotations

import pytest

from engine.text import Sentence
from workflows import comparing
from workflows.read_models import Change

LABEL = Sentence("正文", "Body")


def test_text_is_what_a_reader_sees() -> None:
    body = "<h2>标题</h2><p>一、甲<br>乙</p><table><tr><td>项</td><td>值</td></tr></table><p> </p>"
    assert comparing.text_of(body) == "标题\n一、甲\n乙\n　项　值"


def test_a_picture_is_part_of_the_text() -> None:
    assert comparing.text_of('<p>图<img src="a.png" alt="流程"></p>') == "图［图片 流程］"


def test_one_changed_character_is_shown_alone() -> None:
    changes = comparing.differences("本通知自二月一日起施行", "本通知自三月一日起施行")
    assert [c for c in changes if c.kind != "same"] == [
        Change("removed", "二"),
        Change("added", "三"),
    ]


def test_unchanged_paragraphs_far_from_a_change_become_a_gap() -> None:
    old = [f"第{number}条 内容相同" for number in range(9)]
    new = [*old[:4], "第4条 内容有别", *old[5:]]
    kinds = [[change.kind for change in paragraph] for paragraph in comparing.compare(old, new)]
    assert kinds[0] == ["gap"]
    assert kinds[-1] == ["gap"]
    assert len(kinds) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("甲\n乙\n丙", "甲\n丙"),
        ("甲", "甲\n乙"),
        ("", "全新的一段"),
        ("整段完全不同的内容", "abcdefg"),
        ("同一段里的数字是12", "同一段里的数字是13"),
    ],
)
def test_taking_the_stretches_apart_gives_both_texts_back(old: str, new: str) -> None:
    paragraphs = comparing.compare(old.split("\n"), new.split("\n"), context=1000)

    def side(without: str) -> list[str]:
        lines = ("".join(c.text for c in p if c.kind != without) for p in paragraphs)
        return [line for line in lines if line]

    assert side("added") == [line for line in old.split("\n") if line]
    assert side("removed") == [line for line in new.split("\n") if line]


def test_equal_parts_are_left_out() -> None:
    assert comparing.part("body", LABEL, "甲", "甲") is None


def test_markup_in_the_text_is_shown_and_never_run() -> None:
    part = comparing.part("body", LABEL, "甲", "甲<script>alert(1)</script>")
    assert part is not None
    assert "<script>" not in comparing.as_html(part.paragraphs)
    assert "&lt;script&gt;" in comparing.as_html(part.paragraphs)
