"""What pages show of a version, and of the difference of two: nothing that is signed stays unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import DRAFT, with_body, with_metadata
from workflows import showing
from workflows.compared import Comparison
from workflows.content import (
    AttachmentRef,
    Content,
    Elements,
    Interpretation,
    Material,
    Metadata,
    Plan,
    Points,
    canonical,
    digest,
)
from workflows.models import PackageVersion

LINKED = with_body("请遵照执行", '请遵照<a href="https://example.gov.cn/a">执行</a>')


def version(content: Content, number: int = 1) -> PackageVersion:
    return PackageVersion(number=number, content=canonical(content), digest=digest(content))


def compared(old: Content, new: Content) -> Comparison:
    return showing.compare(version(old), version(new, 2))


def words(found: Comparison, kind: str) -> str:
    stretches = (c for part in found.parts for p in part.paragraphs for c in p)
    return "｜".join(change.text for change in stretches if change.kind == kind)


def interpreted(**changes: object) -> Content:
    return replace(DRAFT, interpretation=replace(DRAFT.interpretation, **changes))  # type: ignore[arg-type]


def planned(**changes: object) -> Content:
    plan = replace(DRAFT.interpretation.plan, **changes)  # type: ignore[arg-type]
    return interpreted(plan=plan)


VIDEO = Material("video", "一分钟看懂", "sha256:" + "b" * 64)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (
            LINKED,
            replace(LINKED, body_html=LINKED.body_html.replace("gov.cn/a", "gov.cn/other")),
            "other",
        ),
        (DRAFT, LINKED, "［链接 https://example.gov.cn/a］"),
        (DRAFT, interpreted(materials=(VIDEO,)), "一分钟看懂（bbbbbbbbbbbb）"),
        (
            interpreted(materials=(VIDEO,)),
            interpreted(materials=(replace(VIDEO, file="sha256:" + "c" * 64),)),
            "cccccccccccc",
        ),
        (
            DRAFT,
            interpreted(materials=(Material("video", "片", "", "https://video.example/1"),)),
            "https://video.example/1",
        ),
        (DRAFT, interpreted(interpreter="方博士"), "方博士"),
        (DRAFT, interpreted(interpreter_kind="scholar"), "专家学者"),
        (DRAFT, interpreted(fewer_forms_reason="只涉及两个小区。"), "只涉及两个小区。"),
        (DRAFT, interpreted(similarity_reason="须照录标准。"), "须照录标准。"),
        (DRAFT, interpreted(points=Points(reach="见第二部分")), "见第二部分"),
        (DRAFT, planned(forms=("text", "video")), "视频"),
        (DRAFT, planned(on=date(2026, 7, 9)), "7"),
        (DRAFT, planned(outline="改为先讲费用。"), "费用"),
        (DRAFT, with_metadata(source_link="https://example.gov.cn/s"), "https://example.gov.cn/s"),
    ],
)
def test_a_change_is_shown_in_its_words(old: Content, new: Content, shown: str) -> None:
    assert shown in words(compared(old, new), "added")


def test_where_only_the_layout_changed_the_page_says_so_and_shows_it() -> None:
    found = compared(DRAFT, with_body("<p>施工期间", "<h2>施工期间"))
    assert [part.label.code for part in found.parts] == ["layout"]
    assert "只有版式或标记改动" in found.parts[0].label.zh
    assert "h2" in words(found, "added")


_TEXT = st.sampled_from(["", "甲", "乙", "甲\n乙", "一、 二"])
_BODY = st.sampled_from(
    [
        *(
            "",
            "<p>甲</p>",
            "<h1>甲</h1>",
            "<p>甲</p> ",
            "<p><strong>甲</strong></p>",
            "<p>甲 甲</p>",
        ),
        *('<p><a href="https://a/1">甲</a></p>', '<p><a href="https://a/2">甲</a></p>'),
    ]
)
_DAY = st.sampled_from([None, date(2026, 1, 2)])
_CONTENTS = st.builds(
    Content,
    metadata=st.builds(
        Metadata,
        title=_TEXT,
        dated_on=_DAY,
        issuer=_TEXT,
        source_link=_TEXT,
        topics=st.sampled_from([(), ("a",), ("a", "b"), ("a、b",), ("",)]),
        normative=st.booleans(),
    ),
    body_html=_BODY,
    interpretation=st.builds(
        Interpretation,
        plan=st.builds(Plan, outline=_TEXT, forms=st.sampled_from([(), ("text",)]), on=_DAY),
        elements=st.builds(Elements, background=_TEXT, basis=_TEXT),
        points=st.builds(Points, reach=_TEXT, concepts=_TEXT),
        materials=st.lists(
            st.builds(Material, form=_TEXT, title=_TEXT, link=_TEXT), max_size=2
        ).map(tuple),
        interpreter_kind=st.sampled_from(["", "author", "unheard of"]),
        interpreter=_TEXT,
        fewer_forms_reason=_TEXT,
        similarity_reason=_TEXT,
    ),
    attachments=st.lists(
        st.builds(
            AttachmentRef,
            digest=st.sampled_from(["sha256:" + "a" * 64, "sha256:" + "a" * 63 + "b"]),
            name=_TEXT,
            media_type=_TEXT,
            size=st.integers(0, 1),
        ),
        max_size=2,
    ).map(tuple),
)


@settings(deadline=None)
@given(_CONTENTS, _CONTENTS)
def test_two_different_digests_never_compare_as_equal(old: Content, new: Content) -> None:
    found = compared(old, new)
    assert found.is_empty == (digest(old) == digest(new))
    kinds = {change.kind for part in found.parts for p in part.paragraphs for change in p}
    assert found.is_empty or kinds & {"added", "removed"}


@pytest.mark.parametrize(
    "given",
    [
        Interpretation(materials=(VIDEO,)),
        Interpretation(plan=Plan(outline="先讲费用。")),
        Interpretation(plan=Plan(on=date(2026, 7, 1))),
        Interpretation(points=Points(reach="全县")),
        Interpretation(similarity_reason="照录"),
        Interpretation(interpreter="方博士"),
    ],
)
def test_an_interpretation_without_its_four_parts_is_still_shown(given: Interpretation) -> None:
    content = replace(DRAFT, interpretation=given)
    view = showing.interpretation_view(content)
    assert view is not None
    assert view.materials or view.plan or view.points
    assert "interpretation" in showing.parts_of(content)


def test_nothing_written_is_no_interpretation() -> None:
    content = replace(DRAFT, interpretation=Interpretation())
    assert showing.interpretation_view(content) is None
    assert "interpretation" not in showing.parts_of(content)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", " "])
def test_what_is_no_web_address_never_becomes_a_link(link: str) -> None:
    material = Material("video", "片", "", link)
    view = showing.interpretation_view(interpreted(materials=(material,)))
    assert view is not None
    assert view.materials[0].link == ""
    assert link in view.materials[0].title
