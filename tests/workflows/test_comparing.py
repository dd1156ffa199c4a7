"""What changed between two texts, as a reader sees it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.text import Sentence
from workflows import comparing
from workflows.compared import Change, sides

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


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("增设路灯360盏", "增设路灯380盏", ["360"], ["380"]),
        ("预算1,250.5万元", "预算1,350.5万元", ["1,250.5"], ["1,350.5"]),
        ("自2026年1月1日起", "自2026年12月1日起", ["1"], ["12"]),
        ("下载 Word 版", "下载 PDF 版", ["Word"], ["PDF"]),
        ("由城建局负责", "由住建局负责", ["城"], ["住"]),
        ("\U000f0000共12处", "\U000f0000共13处", ["12"], ["13"]),
    ],
)
def test_a_number_or_a_word_changes_as_a_whole(
    old: str, new: str, gone: list[str], come: list[str]
) -> None:
    changes = comparing.differences(old, new)
    assert [c.text for c in changes if c.kind == "removed"] == gone
    assert [c.text for c in changes if c.kind == "added"] == come


def table(*rows: str, inner: str = "{}") -> str:
    lines = ("".join(f"<td>{inner.format(cell)}</td>" for cell in row.split()) for row in rows)
    return f"<table><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


def test_a_table_out_of_a_word_file_has_its_rows_as_lines() -> None:
    assert (
        comparing.text_of(table("小区 盏数", "城东 12", inner="<p>{}</p>"))
        == "　小区　盏数\n　城东　12"
    )


def test_cells_of_a_row_are_compared_each_by_itself() -> None:
    old, new = ([comparing.text_of(table(row))] for row in ("城东 12 三月", "城东 13 四月"))
    (row,) = comparing.compare(old, new)
    assert row == (
        *(Change("same", "　城东　"), Change("removed", "12"), Change("added", "13")),
        *(Change("same", "　"), Change("removed", "三"), Change("added", "四")),
        Change("same", "月"),
    )


def test_a_new_column_is_a_new_cell_in_every_row() -> None:
    old = comparing.paragraphs(table("小区 盏数", "城东 12"))
    new = comparing.paragraphs(table("小区 街道 盏数", "城东 东关 12"))
    added = [[c.text for c in row if c.kind != "same"] for row in comparing.compare(old, new)]
    assert added == [["　街道"], ["　东关"]]


MOVED = [
    "一、总体要求",
    "二、路灯由各社区日常看护，损坏的及时报修。",
    "三、施工期间让出作业面。",
    "四、经费由县财政承担。",
]


def test_a_paragraph_that_stands_elsewhere_was_moved() -> None:
    new = [MOVED[0], MOVED[2], MOVED[3], MOVED[1]]
    found = comparing.compare(MOVED, new, context=10)
    assert (Change("moved_away", MOVED[1]),) in found
    assert found[-1] == (Change("moved_here", ""), Change("same", MOVED[1]))
    assert not {c.kind for p in found for c in p} & {"added", "removed"}


def test_what_was_moved_and_changed_shows_the_change() -> None:
    new = [MOVED[0], MOVED[2], MOVED[3], MOVED[1].replace("及时", "当日")]
    *_, last = comparing.compare(MOVED, new, context=10)
    assert last[0].kind == "moved_here"
    assert [(c.kind, c.text) for c in last if c.kind in ("added", "removed")] == [
        *(("removed", "及时"), ("added", "当日")),
    ]


def test_a_paragraph_is_compared_with_what_it_became_and_not_with_its_neighbour() -> None:
    new = ["以下事项另行规定。", MOVED[1].replace("看护", "养护"), "三、作业面由沿线单位让出。"]
    found = comparing.compare(MOVED[1:3], new)
    assert found[0] == (Change("added", new[0]),)
    assert [(c.kind, c.text) for c in found[1] if c.kind != "same"] == [
        *(("removed", "看"), ("added", "养")),
    ]


LINES = [*MOVED, "五、附则", "　城东　12"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, "　城东　13"]), max_size=8),
    st.lists(st.sampled_from([*LINES, "　城西　12"]), max_size=8),
)
def test_side_by_side_each_side_is_its_text(old: list[str], new: list[str]) -> None:
    pairs = [sides(paragraph) for paragraph in comparing.compare(old, [*new, "末"], context=100)]
    for column, text in zip(zip(*pairs, strict=True), (old, [*new, "末"]), strict=True):
        lines = ("".join(change.text for change in side) for side in column)
        assert [line for line in lines if line] == text


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
