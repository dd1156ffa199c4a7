"""The canonical text, what a change voids, and which decisions stand (domain:C5)."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import BODY, DRAFT, INTERPRETATION, METADATA, with_body, with_metadata
from workflows import changes
from workflows.content import (
    AttachmentRef,
    Content,
    Elements,
    Interpretation,
    Material,
    Metadata,
    Plan,
    canonical,
    digest,
    parse,
)

FILE = AttachmentRef("sha256:" + "a" * 64, "点位表.xlsx", "application/x", 12)


@given(
    st.builds(
        Content,
        metadata=st.builds(
            Metadata,
            title=st.text(),
            dated_on=st.none() | st.dates(),
            topics=st.lists(st.text(max_size=5)).map(tuple),
            normative=st.booleans(),
        ),
        body_html=st.text(),
        attachments=st.lists(st.just(FILE), max_size=2).map(tuple),
    )
)
def test_canonical_text_is_read_back_the_same(content: Content) -> None:
    text = canonical(content)
    assert parse(text) == content
    assert canonical(parse(text)) == text


def test_whole_draft_is_read_back_the_same() -> None:
    draft = replace(
        DRAFT,
        attachments=(FILE,),
        interpretation=replace(
            DRAFT.interpretation, materials=(Material("graphic", "一图读懂", FILE.digest),)
        ),
    )
    assert parse(canonical(draft)) == draft


def test_digest_names_its_algorithm_and_does_not_depend_on_anything_else() -> None:
    assert digest(DRAFT).startswith("sha256:")
    assert digest(DRAFT) == digest(parse(canonical(DRAFT)))
    assert json.loads(canonical(DRAFT))["metadata"]["dated_on"] == "2026-06-01"


@pytest.mark.parametrize("name", [item.name for item in fields(Metadata)])
def test_every_field_of_the_metadata_is_digested(name: str) -> None:
    value = getattr(METADATA, name)
    other: object = f"{value}x"
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, tuple):
        other = (*value, "x")
    elif value is None or isinstance(value, date):
        other = date(2031, 1, 2)
    assert digest(with_metadata(**{name: other})) != digest(DRAFT)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "none"),
        ({"column": "别处"}, "metadata"),
        ({"topics": ("其他",)}, "metadata"),
        ({"channels": ("website", "wechat")}, "metadata"),
        ({"attribute": "on_request"}, "attribute"),
        ({"grounds": ("A15",)}, "attribute"),
        ({"scope": "area", "column": "别处"}, "both"),
        ({"info_class": "C"}, "attribute"),
        ({"concerns_third_party": True}, "attribute"),
        ({"title": "另一个标题的通知"}, "none"),
    ],
)
def test_kind_of_metadata_change(change: dict[str, object], kind: str) -> None:
    assert changes.metadata_change(METADATA, replace(METADATA, **change)) == kind  # type: ignore[arg-type]


def pointed(benefits: str) -> Content:
    points = replace(INTERPRETATION.points, benefits=benefits)
    return replace(DRAFT, interpretation=replace(INTERPRETATION, points=points))


@pytest.mark.parametrize(
    ("new", "least"),
    [
        (DRAFT, "unchanged"),
        (with_metadata(column="别处", attribute="on_request"), "unchanged"),
        (with_body("作业面", "作业场地"), "t1"),
        (with_body("，请遵照执行", "，请照此执行"), "t1"),
        (with_body("360", "３６０"), "t1"),  # width is not a number
        (with_body("360", "361"), "t2"),
        (with_body("2026年6月1日", "2026年6月2日"), "t2"),
        (with_metadata(title="清平县城市建设局关于增设小区街灯的通知"), "t1"),
        (with_metadata(title="关于停止受理各类申请的通告"), "t3"),  # another subject altogether
        (with_metadata(document_number="清建发〔2026〕8号"), "t2"),
        (with_body("县政府决定", '<a href="https://a.cn/">县政府决定</a>'), "t2"),
        (with_metadata(document_number="清建函〔2026〕7号"), "t2"),
        (with_metadata(registration_number="QPDR-A"), "t2"),
        (with_metadata(issuer="清平县财政局"), "t2"),
        (with_metadata(document_kind="决定"), "t2"),
        (with_metadata(info_type="other"), "t2"),
        (pointed("每月补贴30元"), "t2"),
        (pointed("居民不用出钱了"), "t1"),
        (
            replace(
                DRAFT,
                interpretation=replace(
                    INTERPRETATION, plan=replace(INTERPRETATION.plan, on=date(2026, 12, 10))
                ),
            ),
            "t2",
        ),
        (with_metadata(source_link="https://a.cn/"), "t2"),
        (replace(DRAFT, attachments=(FILE,)), "t3"),
        (replace(DRAFT, body_html=BODY + "<p>特此通知。</p>"), "t3"),
        (with_body("<p>施工期间请沿线单位让出作业面。</p>", "<p>即日起停止办理。</p>"), "t3"),
        (replace(DRAFT, interpretation=replace(DRAFT.interpretation, elements=Elements())), "t3"),
        (
            replace(
                DRAFT,
                interpretation=replace(DRAFT.interpretation, materials=(Material("video", "片"),)),
            ),
            "t3",
        ),
    ],
)
def test_least_class_of_a_change(new: Content, least: str) -> None:
    assert changes.least_class(DRAFT, new) == least


def test_a_part_that_nobody_has_cleared_is_a_substantive_change() -> None:
    """Else the item would come to its release with a part without a verdict, and no stage open to give it."""
    bare = replace(DRAFT, interpretation=Interpretation())
    planned = replace(bare, interpretation=Interpretation(plan=Plan(outline="先讲为什么装。")))
    assert changes.least_class(bare, planned) == "t3"
    assert changes.least_class(planned, bare) == "t3"


@pytest.mark.parametrize(
    ("old", "new", "least"),
    [
        ("五日内办结", "九日内办结", "t2"),
        ("两个工作日", "三个工作日", "t2"),
        ("按第三条办理", "按第四条办理", "t2"),
        ("每人一元", "每人二元", "t2"),
        ("不超过百分之五", "不超过百分之八", "t2"),
        ("占五%", "占六％", "t2"),
        ("各部门要统一安排", "各部门应统筹安排", "t1"),
    ],
)
def test_one_han_numeral_before_a_unit_is_a_number(old: str, new: str, least: str) -> None:
    before, after = (with_body("请遵照执行", words) for words in (old, new))
    assert changes.least_class(before, after) == least


_LONG = "".join(f"路灯由产权单位按季度检查并逐盏登记，遇有损坏立即修复甲{n}乙，" for n in range(90))


@pytest.mark.parametrize(
    ("paragraph", "least"),
    [
        (_LONG[:1600] + "废止此前全部规定并停止办理有关业务；" * (len(_LONG[1600:]) // 18), "t3"),
        (_LONG[:-3000] + "废止此前全部规定并停止办理有关业务。", "t3"),
        (_LONG.replace("立即", "马上"), "t1"),
        (_LONG.replace("路灯由产权单位", "为方便群众夜间安全出行，路灯由产权单位", 1), "t1"),
    ],
)
def test_a_long_paragraph_is_compared_to_its_end(paragraph: str, least: str) -> None:
    before, after = (with_body("请遵照执行", words) for words in (_LONG, paragraph))
    assert changes.least_class(before, after) == least


@dataclass
class Made:
    id: int
    stage: str
    outcome: str
    version_id: int


@dataclass
class Saved:
    id: int
    content: str


PLAIN = Saved(1, canonical(DRAFT))
ALL_STAGES = (
    *("attribute_review", "confidentiality_review", "legality_review", "first_review"),
    *("second_review", "final_review", "first_proofreading", "second_proofreading"),
    *("third_proofreading", "read_aloud", "sign_confirmation"),
)


def history(*acts: tuple[str, str, int], versions: tuple[Saved, ...]) -> changes.Standing:
    made = [Made(n, *act) for n, act in enumerate(acts, 1)]
    return changes.standing(made, versions)


def everything(version: int = 1) -> tuple[tuple[str, str, int], ...]:
    return tuple((stage, "pass", version) for stage in ALL_STAGES)


@pytest.mark.parametrize(
    ("outcome", "gone"),
    [
        ("unchanged", set()),
        ("t1", {"sign_confirmation"}),
        (
            "t2",
            {
                *("second_review", "final_review", "first_proofreading", "second_proofreading"),
                *("third_proofreading", "read_aloud", "sign_confirmation"),
            },
        ),
        ("t3", set(ALL_STAGES) - {"attribute_review"}),
    ],
)
def test_resubmission_leaves_what_its_class_leaves(outcome: str, gone: set[str]) -> None:
    new = Saved(2, canonical(with_body("作业面", "作业场地")))
    found = history(*everything(), ("revise", outcome, 2), versions=(PLAIN, new))
    assert set(ALL_STAGES) - set(found.decisions) == gone
    assert (found.sign_due, found.delta_due) == (outcome == "t1", outcome == "t2")


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"column": "别处"}, {"third_proofreading"}),
        (
            {"scope": "area"},
            {
                *("attribute_review", "confidentiality_review", "legality_review"),
                *("final_review", "sign_confirmation"),
            },
        ),
    ],
)
def test_metadata_change_is_seen_without_being_declared(
    change: dict[str, object], gone: set[str]
) -> None:
    new = Saved(2, canonical(with_metadata(**change)))
    found = history(*everything(), ("revise", "unchanged", 2), versions=(PLAIN, new))
    assert set(ALL_STAGES) - set(found.decisions) == gone


def test_correction_while_proofreading_asks_for_the_signature_again() -> None:
    new = Saved(2, canonical(with_body("作业面", "作业场地")))
    before = (("final_review", "pass", 1), ("first_proofreading", "corrected", 1))
    found = history(*before, ("first_proofreading", "pass", 2), versions=(PLAIN, new))
    assert found.sign_due
    assert found.decisions["first_proofreading"].version_id == 2
    signed = history(
        *before,
        ("first_proofreading", "pass", 2),
        ("sign_confirmation", "confirm", 2),
        versions=(PLAIN, new),
    )
    assert signed.sign_due
    assert "sign_confirmation" in signed.decisions


def test_new_confidentiality_review_settles_the_delta() -> None:
    new = Saved(2, canonical(with_body("360", "380")))
    found = history(
        ("confidentiality_review", "clear", 1),
        ("first_review", "return", 1),
        ("revise", "t2", 2),
        ("delta_confirmation", "confirm", 2),
        ("confidentiality_review", "clear", 2),
        versions=(PLAIN, new),
    )
    assert not found.delta_due
    assert "delta_confirmation" not in found.decisions


def test_withholding_questions_the_attribute() -> None:
    found = history(
        ("attribute_review", "proactive", 1),
        ("confidentiality_review", "withhold", 1),
        versions=(PLAIN,),
    )
    assert found.decisions == {}
