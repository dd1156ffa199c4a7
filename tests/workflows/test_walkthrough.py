"""A whole document through the whole chain, as the command does it."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import pytest

from engine.database import Actor, UnitOfWork
from engine.text import Sentence
from tests.conftest import MONDAY, OpenUow
from workflows import walkthrough
from workflows.errors import FileRefused, GateRefused, Refused
from workflows.walkthrough import Answer

DOCUMENT = """清平县人民政府办公室
关于做好冬季清洁取暖工作的通知
清政办发〔2026〕12号

各镇人民政府，县政府各部门：
为保障群众温暖过冬，现就有关事项通知如下。
一、供暖企业应当在11月1日前完成管网检修。
二、各镇对困难家庭逐户走访，发现问题及时报告。

清平县人民政府办公室
2026年5月20日
（此件公开发布）
"""
INTERPRETATION = """一、政策背景
去年冬天部分小区供暖不稳，居民来电较多，有必要提前把准备工作做在前面。
二、决策依据
根据上级关于清洁取暖的年度任务，并听取了供暖企业和社区的意见。
三、出台目的
让居民在天气转冷之前用上稳定的暖气，也让困难家庭得到照应。
四、重要举措
检修提前完成，走访落实到人，出现停暖时由专人在现场协调处理。
"""


@pytest.fixture
def do(uow: OpenUow) -> walkthrough.Do:
    def carry_out(actor: Actor, act: Callable[[UnitOfWork], Answer]) -> Answer:
        with uow(actor, MONDAY) as work:
            answer = act(work)
            work.commit()
        return answer

    return carry_out


def files(
    document: str = DOCUMENT, interpretation: str = INTERPRETATION
) -> list[tuple[str, bytes]]:
    return [("通知.txt", document.encode()), ("解读.txt", interpretation.encode())]


def test_released_bytes_equal_approved_bytes(do: walkthrough.Do) -> None:
    told: list[Sentence] = []
    walked = walkthrough.run(do, *files(), told.append)
    assert walked.ok
    said = [sentence.zh for sentence in told]
    assert "识别 发文字号：清政办发〔2026〕12号" in said
    assert "识别 成文日期：2026-05-20" in said
    assert "识别 公开标注：（此件公开发布）" in said
    returns = [line for line in said if line.endswith(("，区分处理后公开", "，退回修改"))]
    assert returns == [
        "演练保密审查员：保密审查，区分处理后公开",
        "演练复审人：复审，退回修改",
        "演练二校：二校，退回修改",
    ]
    assert any("首尾相接" in line for line in said)
    assert said[-1].endswith(walked.released)


def test_word_file_goes_the_same_way(do: walkthrough.Do) -> None:
    document = docx.Document()
    for line in DOCUMENT.splitlines():
        document.add_paragraph(line)
    packed = io.BytesIO()
    document.save(packed)
    _, interpretation = files()
    walked = walkthrough.run(do, ("通知.docx", packed.getvalue()), interpretation, lambda _: None)
    assert walked.ok


def test_interpretation_without_its_headings_is_refused_by_name(do: walkthrough.Do) -> None:
    without = INTERPRETATION.replace("二、决策依据", "").replace("三、出台目的", "")
    with pytest.raises(Refused) as refused:
        walkthrough.run(do, *files(interpretation=without), lambda _: None)
    assert [reason.zh for reason in refused.value.reasons] == [
        "解读文件中没有“决策依据”一节。",
        "解读文件中没有“出台目的”一节。",
    ]


def test_document_that_a_gate_refuses_is_refused_here_too(do: walkthrough.Do) -> None:
    with pytest.raises(GateRefused):
        walkthrough.run(
            do, *files(DOCUMENT.replace("此件公开发布", "此件不予公开")), lambda _: None
        )


def test_program_file_is_no_document(do: walkthrough.Do) -> None:
    _, interpretation = files()
    with pytest.raises(FileRefused):
        walkthrough.run(do, ("通知.docx", b"MZ\x90\x00" * 50), interpretation, lambda _: None)


HEADINGS = [
    "一、政策背景",
    "（一）政策背景",
    "1. 政策背景：",
    "政策背景",
    "【政策背景】",
    "  政策背景  ",
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_heading_is_known_in_any_numbering(heading: str) -> None:
    read = walkthrough.read_elements(INTERPRETATION.replace("一、政策背景", heading))
    assert read.background.startswith("去年冬天")
