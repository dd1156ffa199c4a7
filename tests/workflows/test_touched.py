"""The class that is proposed for a change, by what the change touches (domain:C5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.factories import DRAFT, INTERPRETATION, with_body, with_metadata
from workflows import changes, touched
from workflows.content import AttachmentRef, Content, Interpretation, Material, Plan

FILE = AttachmentRef("sha256:" + "1" * 64, "点位图.pdf", "application/pdf", 10)


IN_TEXT: list[tuple[str, str, str, dict[str, tuple[str, ...]]]] = [
    ("请沿线单位让出作业面。", "请沿线单位让出作业面！", "t1", {"wording": ()}),
    ("请沿线单位让出作业面。", "请沿线单位腾出作业面。", "t1", {"wording": ()}),
    ("共装360盏。", "共装380盏。", "t2", {"figures": ("360", "380")}),
    ("六月底前装完。", "七月底前装完。", "t2", {"dates": ("六月", "七月")}),
    ("于2026年7月1日完工。", "于2026年8月1日完工。", "t2", {"dates": ("2026年7月1日", "2026年8月1日")}),
    ("补助三千元。", "补助五千元。", "t2", {"amounts": ("三千元", "五千元")}),
    ("联系人：王强。", "联系人：王刚。", "t2", {"names": ("联系人：王强", "联系人：王刚")}),
    ("由城市建设局验收。", "由住房建设局验收。", "t2", {"names": ("由城市建设局", "由住房建设局")}),
    ("在柳溪镇试点。", "在杨溪镇试点。", "t2", {"names": ("柳溪镇", "杨溪镇")}),
    ("依照《照明办法》办理。", "依照《路灯办法》办理。", "t2", {"citations": ("《照明办法》", "《路灯办法》")}),
    ("依照第五条办理。", "依照第六条办理。", "t2", {"citations": ("第五条", "第六条")}),
    ("单位可以让出作业面。", "单位应当让出作业面。", "t3", {"duties": ("可以", "应当")}),
    ("施工时间予以公布。", "施工时间不予公布。", "t3", {"duties": ("不予",)}),
    ("夜间照明减半。", "夜间照明全额。", "t3", {"opposites": ("减半", "全额")}),
    ("用电量上涨。", "用电量下降。", "t3", {"opposites": ("上涨", "下降")}),
    ("居民免费使用。", "居民收费使用。", "t3", {"opposites": ("免费", "收费")}),
    ("满三年以上的。", "满三年以下的。", "t3", {"opposites": ("以上", "以下")}),
    ("用电量上涨。", "用电量上升。", "t1", {"wording": ()}),
    ("照明进一步增加亮度。", "照明进一步提高亮度。", "t1", {"wording": ()}),
    ("增加路灯,减少黑暗。", "增加路灯，减少黑暗。", "t1", {"wording": ()}),
    ("逐步增加亮亮度。", "逐步增加亮度。", "t1", {"wording": ()}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "proposed", "kinds"), IN_TEXT)
def test_words_speak_for_a_class(
    old: str, new: str, proposed: str, kinds: dict[str, tuple[str, ...]]
) -> None:
    plain = "施工期间请沿线单位让出作业面。"
    found = touched.proposal(with_body(plain, old), with_body(plain, new))
    assert {one.kind: one.examples for one in found.touched} == kinds
    assert found.change_class == proposed


def interpreted(**given: object) -> Content:
    return replace(DRAFT, interpretation=replace(INTERPRETATION, **given))  # type: ignore[arg-type]


def pointed(benefits: str) -> Content:
    return interpreted(points=replace(INTERPRETATION.points, benefits=benefits))


def planned(**given: object) -> Content:
    return interpreted(plan=replace(INTERPRETATION.plan, **given))  # type: ignore[arg-type]


BARE = replace(DRAFT, interpretation=Interpretation())
PLANNED = replace(DRAFT, interpretation=Interpretation(plan=Plan(outline="先讲为什么装。")))
PARTS: list[tuple[Content, Content, str, set[str]]] = [
    (DRAFT, with_body("<p>施工期间", "<p>另行通知。</p><p>施工期间"), "t3", {"paragraphs"}),
    (DRAFT, replace(DRAFT, attachments=(FILE,)), "t3", {"attachments"}),
    (DRAFT, interpreted(materials=(Material("video", "片", "", "https://a.cn/1"),)), "t3", {"materials"}),
    (BARE, PLANNED, "t3", {"interpretation"}),
    (DRAFT, with_metadata(issuer="清平县水利局"), "t2", {"issuer"}),
    (DRAFT, with_metadata(dated_on=date(2026, 6, 2)), "t2", {"days"}),
    (DRAFT, interpreted(interpreter="冒名"), "t2", {"people"}),
    (DRAFT, with_metadata(document_kind="决定"), "t2", {"issuer"}),
    (DRAFT, with_metadata(info_type="other"), "t2", {"issuer"}),
    (DRAFT, with_metadata(unit="清平县水利局"), "t2", {"issuer"}),
    (DRAFT, with_metadata(source="repost"), "t2", {"issuer"}),
    (pointed("年满65周岁，每月补贴300元"), pointed("年满60周岁，每月补贴30元"), "t2", {"figures", "amounts"}),
    (pointed("居民可以免费使用"), pointed("居民不得免费使用"), "t3", {"duties"}),
    (pointed("联系人：王强"), pointed("联系人：王刚"), "t2", {"names"}),
    (pointed("居民不用出钱"), pointed("申请须经社区审核，材料见附件清单"), "t3", {"paragraphs"}),
    (pointed("居民不用出钱。"), pointed("居民不用出钱"), "t1", {"wording"}),
    (pointed("居民不用出前"), pointed("居民不用出钱"), "t1", {"wording"}),
    (DRAFT, planned(on=date(2026, 12, 10)), "t2", {"days"}),
    (DRAFT, planned(outline="先讲为什么装，再讲装在哪里、不讲什么时候装完。"), "t3", {"duties"}),
    (DRAFT, planned(outline="先讲为什么装，再讲装在哪里，什么时候装完。"), "t1", {"wording"}),
    (DRAFT, planned(channel="政府网站政策解读专栏"), "t1", {"wording"}),
    (DRAFT, planned(forms=("text", "video")), "t2", {"forms"}),
    (DRAFT, planned(responsible="冒名"), "t2", {"people"}),
    (DRAFT, interpreted(interpreter_kind="scholar"), "t2", {"people"}),
    (DRAFT, with_metadata(title="清平县城市建设局关于增设小区路灯的通告"), "t1", {"wording"}),
    (DRAFT, with_metadata(column="政策文件"), "unchanged", set()),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "proposed", "kinds"), PARTS)
def test_files_facts_and_paragraphs_speak_for_a_class(
    old: Content, new: Content, proposed: str, kinds: set[str]
) -> None:
    found = touched.proposal(old, new)
    assert (found.change_class, {one.kind for one in found.touched}) == (proposed, kinds)


def test_a_proposal_is_never_below_what_is_allowed() -> None:
    for old, new, *_ in PARTS:
        found = touched.proposal(old, new)
        order = changes.CLASS_ORDER
        assert order.index(found.change_class) >= order.index(changes.least_class(old, new))


def test_the_gravest_comes_first() -> None:
    new = with_body("360盏", "380盏", with_body("请沿线单位", "应当由沿线单位"))
    found = touched.proposal(DRAFT, new)
    assert [one.kind for one in found.touched] == ["duties", "figures"]
    assert touched.told(["duties", "figures"]).zh == "应当、可以、不得等表述、数字"
