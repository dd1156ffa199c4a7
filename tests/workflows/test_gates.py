"""G0, G1 and G2 as tables: one thing wrong, one sentence; everything wrong, every sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from engine.text import Sentence
from tests.factories import with_body, with_metadata
from workflows import gates, interpretation, parameters
from workflows.catalogue import Entry
from workflows.content import (
    AttachmentRef,
    Content,
    Elements,
    Interpretation,
    Material,
    Metadata,
)
from workflows.time_limits import Limit

TODAY = date(2026, 6, 8)
FILE = AttachmentRef("sha256:" + "a" * 64, "点位表.xlsx", "application/x", 12)
MATTER = Entry("城乡建设", "城乡建设管理")
#: What the server writes into every version.
READY = with_metadata(unit="清平县城市建设局", drafter="秦笔")


def ready(**changes: object) -> Content:
    return with_metadata(READY, **changes)


def g0(content: Content, *known: str) -> list[Sentence]:
    return gates.g0(content, today=TODAY, known_files=known)


def told(reasons: list[Sentence]) -> str:
    assert all(reason.zh and reason.en for reason in reasons)
    return "\n".join(reason.zh for reason in reasons)


def test_complete_draft_passes_every_gate() -> None:
    found = gates.submission(READY, today=TODAY, known_files=(), matter=MATTER)
    assert [(gate.code, gate.status, gate.reasons) for gate in found] == [
        ("G0", "passed", ()),
        ("G1", "passed", ()),
        ("G2", "passed", ()),
        ("G3", "passed", ()),
    ]


def test_empty_draft_is_told_everything_at_once() -> None:
    found = gates.submission(Content(), today=TODAY, known_files=())
    assert [gate.status for gate in found] == ["failed"] * 3 + ["passed"]
    assert [len(gate.reasons) for gate in found] == [13, 1, 3, 0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "缺标题。"),
        ({"document_kind": ""}, "缺文种。"),
        ({"issuer": ""}, "缺发文机关。"),
        ({"document_number": ""}, "缺发文字号（没有的填“无”）。"),
        ({"dated_on": None}, "缺成文日期。"),
        ({"unit": ""}, "缺承办单位。"),
        ({"drafter": ""}, "缺拟稿人。"),
        ({"scope": ""}, "缺公开范围。"),
        ({"period": ""}, "缺公开期限。"),
        ({"topics": ()}, "缺主题分类。"),
        ({"info_class": ""}, "缺信息分级（A、B、C）。"),
        ({"channels": ()}, "缺拟发布渠道。"),
        ({"scope": "galaxy"}, "公开范围中没有“galaxy”。"),
        ({"topics": ("其他", "x")}, "主题分类中没有“x”。"),
        ({"channels": ("website", "fax")}, "发布渠道中没有“fax”。"),
        ({"info_class": "D"}, "信息分级中没有“D”。"),
        ({"document_kind": "诗"}, "文种中没有“诗”。"),
        ({"scope": "area"}, "公开范围限于特定区域或人群的，请写明是哪个区域或人群。"),
        ({"period": "until"}, "请填写公开期限的截止日。"),
        ({"period": "until", "period_until": TODAY}, "公开期限的截止日已过。"),
        (
            {"source": "repost", "source_link": ""},
            "转载的信息请填写原文链接（http:// 或 https:// 开头）。",
        ),
        (
            {"normative": True, "info_class": "B"},
            "规范性文件请填写登记号、施行日期、有效期至和有效性。",
        ),
        ({"major_decision": True}, "规范性文件和重大行政决策的信息分级至少为 B。"),
    ],
)
def test_missing_or_forged_field_is_named(change: dict[str, object], sentence: str) -> None:
    assert told(g0(ready(**change))) == sentence


@pytest.mark.parametrize("attribute", ["on_request", "not_disclosed"])
def test_what_will_not_be_public_needs_no_scope_period_or_channel(attribute: str) -> None:
    facts = ready(attribute=attribute, scope="", period="", channels=())
    assert told(g0(facts)) == ""


def test_document_without_a_number_says_so() -> None:
    assert g0(ready(document_number="无")) == []


def test_normative_document_with_all_its_dates_passes() -> None:
    complete = ready(
        normative=True,
        info_class="B",
        registration_number="QPDR-2026-001",
        effective_on=date(2026, 7, 1),
        valid_until=date(2031, 6, 30),
        validity="in_force",
    )
    assert g0(complete) == []
    backwards = with_metadata(complete, valid_until=date(2026, 6, 30))
    assert told(g0(backwards)) == "有效期至早于施行日期。"


def test_attachment_and_material_must_be_stored() -> None:
    material = Material("video", "动画", FILE.digest)
    content = replace(
        READY,
        attachments=(FILE,),
        interpretation=replace(READY.interpretation, materials=(material,)),
    )
    assert g0(content, FILE.digest) == []
    assert told(g0(content)).count("无法读取") == 2


_NO_ADDRESSES = ["javascript:alert(1)", "data:text/html,x", "//a.cn", "ftp://a.cn", "https:// a.cn"]


@pytest.mark.parametrize("link", [*_NO_ADDRESSES, "https://a.cn/\n", 'https://a.cn/"x'])
def test_a_link_that_is_no_web_address_is_named(link: str) -> None:
    assert "不是网址" in told(g0(ready(source_link=link)))
    interpretation = replace(READY.interpretation, materials=(Material("video", "片", "", link),))
    reasons = g0(replace(READY, interpretation=interpretation))
    assert "解读材料“片”的链接" in told(reasons)


def test_a_web_address_is_a_link() -> None:
    material = Material("video", "片", "", "HTTPS://video.example/1?a=b")
    interpretation = replace(READY.interpretation, materials=(material,))
    content = replace(ready(source_link="http://a.cn/1"), interpretation=interpretation)
    assert g0(content) == []


@pytest.mark.parametrize("field", ["dated_on", "effective_on", "valid_until", "period_until"])
@pytest.mark.parametrize("year", [1, 1948, 2101, 9999])
def test_a_year_that_no_document_bears_is_named(field: str, year: int) -> None:
    reasons = told(g0(ready(**{field: date(year, 12, 31)})))
    assert f"是 {year} 年，请核对" in reasons


def test_english_reasons_name_fields_in_english() -> None:
    content = replace(
        ready(scope="galaxy", source_link="x", valid_until=date(9999, 1, 1)),
        interpretation=replace(READY.interpretation, materials=(Material("video", "", "f", "x"),)),
    )
    reasons = g0(with_metadata(content, title="XXX"))
    assert len(reasons) >= 6
    assert not [reason.en for reason in reasons if re.search("[\u4e00-\u9fff]", reason.en)]


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("360盏", "XX盏", True),
        ("360盏", "XXX盏", True),
        ("2026年6月1日", "2026年X月X日", True),
        ("2026年6月1日", "20××年×月×日", True),
        ("清平县城市建设局</p>", "××县城市建设局</p>", True),
        ("各镇", "×××，各镇", True),
        ("360盏", "（待定）盏", True),
        ("遵照执行", "遵照执行，附件请填写", True),
        ("遵照执行", "遵照清建发〔20XX〕号执行", True),
        # not placeholders: a masked name, a masked telephone, an address, a roman numeral, a product
        ("沿线单位", "沿线单位（联系人李××）", False),
        ("沿线单位", "沿线单位（137××××1234）", False),
        ("沿线单位", "沿线单位（见www.xxgk.gov.cn）", False),
        ("沿线单位", "沿线单位（第XII期）", False),
        ("沿线单位", "沿线单位（2×3米）", False),
    ],
)
def test_words_left_from_a_template_are_found(old: str, new: str, left: bool) -> None:
    assert ("占位文字" in told(g0(with_body(old, new, READY)))) is left


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        ({"attribute": ""}, ["缺公开属性。"]),
        ({"attribute": "secret"}, ["没有“secret”这种公开属性。"]),
        ({"column": ""}, ["主动公开请填写栏目。"]),
        (
            {"catalogue_item": ""},
            ["主动公开请选择目录事项，不在目录内的请选“目录外”并写明理由。"],
        ),
        ({"catalogue_item": "", "outside_catalogue": True}, ["目录外事项请写明理由。"]),
        ({"catalogue_item": "", "outside_catalogue": True, "outside_reason": "新事项"}, []),
        ({"grounds": ("A15",)}, ["主动公开的信息不应有不予公开的法定情形。"]),
        ({"channels": ("wechat",)}, ["主动公开的信息须在政府网站发布。"]),
        (
            {"attribute": "on_request"},
            [
                "依申请公开请写明理由。",
                "公开属性是“依申请公开”，正文附注却写明“主动公开”，请统一。",
            ],
        ),
        (
            {"attribute": "not_disclosed", "grounds": ("A99",)},
            [
                "没有“A99”这一法定情形。",
                "不予公开须写明理由。",
                "公开属性是“不予公开”，正文附注却写明“主动公开”，请统一。",
            ],
        ),
    ],
)
def test_attribute_gate(change: dict[str, object], sentences: list[str]) -> None:
    assert [reason.zh for reason in gates.g1(ready(**change), MATTER)] == sentences


MONTHLY = Entry("城乡建设", "建设进度", column="城乡建设", limit=Limit("monthly", 10))


@pytest.mark.parametrize(
    ("matter", "change", "parts"),
    [
        (None, {}, ["现行主动公开事项目录中没有“城乡建设”"]),
        (MATTER, {"outside_catalogue": True, "outside_reason": "新事项"}, ["请只留一样"]),
        (MONTHLY, {"column": "城乡建设"}, ["定期公开，请选择所属期（如 2026-10）"]),
        (MONTHLY, {"column": "城乡建设", "catalogue_period": "2026-Q2"}, ["请选择所属期"]),
        (MONTHLY, {"column": "城乡建设", "catalogue_period": "2026-05"}, []),
        (MONTHLY, {"catalogue_period": "2026-05"}, ["放在栏目“城乡建设”，现填“通知公告”"]),
        (MONTHLY, {}, ["放在栏目", "请选择所属期"]),
    ],
)
def test_item_agrees_with_its_matter_in_the_catalogue(
    matter: Entry | None, change: dict[str, object], parts: list[str]
) -> None:
    found = gates.g1(ready(**change), matter)
    assert len(found) == len(parts)
    assert all(part in reason.zh for part, reason in zip(parts, found, strict=True))


def test_the_catalogue_binds_only_what_is_disclosed_proactively() -> None:
    kept = ready(attribute="on_request", reason="涉及内部流程")
    assert all("目录" not in reason.zh for reason in gates.g1(kept, None))


@pytest.mark.parametrize(
    ("line", "attribute"),
    [
        ("（此件公开发布）", "proactive"),
        ("(此件主动公开)", "proactive"),
        ("（此件依申请公开）", "on_request"),
        ("（此件不予公开）", "not_disclosed"),
        ("(此件不公开)", "not_disclosed"),
    ],
)
@pytest.mark.parametrize("chosen", ["proactive", "on_request", "not_disclosed"])
def test_attribute_and_disclosure_line_agree_or_block(
    line: str, attribute: str, chosen: str
) -> None:
    content = with_metadata(
        with_body("（此件公开发布）", line, READY),
        attribute=chosen,
        reason="含内部流程",
        grounds=("A16-1",) if chosen == "not_disclosed" else (),
    )
    assert (gates.g1(content, MATTER) == []) is (attribute == chosen)


def test_document_without_disclosure_line_is_not_blocked_for_it() -> None:
    assert gates.g1(with_body("<p>（此件公开发布）</p>", "", READY), MATTER) == []


def interpreted(draft: Content = READY, **changes: object) -> Content:
    return replace(draft, interpretation=replace(draft.interpretation, **changes))  # type: ignore[arg-type]


def elements(**changes: str) -> Elements:
    return replace(READY.interpretation.elements, **changes)


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (
            replace(READY, interpretation=Interpretation()),
            ["缺解读方案。", "缺解读材料（文字解读）。", "解读形式不少于 2 种，现有 0 种。"],
        ),
        (
            interpreted(plan=replace(READY.interpretation.plan, channel="", responsible="")),
            ["解读方案缺渠道。", "解读方案缺责任人。"],
        ),
        (interpreted(elements=elements(basis="")), ["解读缺“决策依据”。"]),
        (
            interpreted(elements=elements(purpose="让路亮。")),
            ["解读的“出台目的”不足 20 字，请写清楚。"],
        ),
        (
            interpreted(plan=replace(READY.interpretation.plan, forms=("text", "opera"))),
            ["没有“opera”这种解读形式。", "解读形式不少于 2 种，现有 1 种。"],
        ),
        (
            interpreted(elements=elements(measures="一、安装路灯\n二、检修线路\n三、清理作业面")),
            [
                "解读的“重要举措”不足 20 字，请写清楚。",
                "解读的“重要举措”只罗列了小标题，没有内容。",
            ],
        ),
        (ready(interpretation_required=False), ["规范性文件和影响公众权益的政策文件必须解读。", "不解读的，请写明理由。"]),
        (ready(interpretation_required=False, affects_public=False, no_interpretation_reason="人事任免"), []),
    ],
)  # fmt: skip
def test_interpretation_gate(content: Content, sentences: list[str]) -> None:
    assert [reason.zh for reason in gates.g2(content)] == sentences


@pytest.mark.parametrize(
    ("issuer", "forms", "reason", "passes"),
    [
        ("清平县人民政府办公室", ("graphic", "video", "qa", "live"), "", True),
        ("清平县人民政府办公室", ("graphic", "video", "qa"), "", False),
        ("清平县人民政府办公室", ("graphic",), "事项简单，两种形式已说清", True),
        ("清平县城市建设局", ("graphic",), "", True),
        ("清平县城市建设局", ("graphic", "graphic"), "", True),
        ("清平县城市建设局", ("text",), "事项简单", False),
        ("清平县柳溪镇人民政府", ("graphic",), "", True),
        ("清平县柳溪镇人民政府", ("text",), "", False),
    ],
)
def test_number_of_forms_is_soft_for_the_county_and_hard_below(
    issuer: str, forms: tuple[str, ...], reason: str, passes: bool
) -> None:
    content = interpreted(
        ready(issuer=issuer),
        plan=replace(READY.interpretation.plan, forms=forms),
        fewer_forms_reason=reason,
    )
    assert (gates.g2(content) == []) is (passes and not reason)
    let = {"interp.min_forms.county": 2, "interp.min_forms.dept": 1}
    assert (gates.g2(content, allowed=let) == []) is passes


def test_an_exception_reaches_as_far_as_what_was_seen_and_no_further() -> None:
    plan = READY.interpretation.plan
    content = interpreted(
        ready(issuer="清平县人民政府"),
        plan=replace(plan, forms=("text", "graphic", "qa")),
        fewer_forms_reason="事项简单",
    )
    assert "须经承办科室负责人或者签发领导同意" in told(gates.g2(content))
    assert gates.g2(content, allowed={"interp.min_forms.county": 3}) == []
    assert gates.g2(content, allowed={"interp.min_forms.county": 2}) == []
    assert gates.g2(content, allowed={"interp.min_forms.county": 4}) != []
    bare = interpreted(content, fewer_forms_reason="")
    assert "请写明理由" in told(gates.g2(bare, allowed={"interp.min_forms.county": 3}))


@pytest.mark.parametrize(
    ("strength", "passes"), [("mandatory", False), ("principle", True), ("encouraged", True)]
)
def test_the_strength_of_a_rule_decides_whether_it_yields(strength: str, passes: bool) -> None:
    key = "interp.min_forms.dept"
    laid_down = replace(parameters.SHIPPED[key], value=4, strength=strength)
    rules = parameters.Rules({**parameters.SHIPPED.held, key: laid_down})
    content = interpreted(READY, fewer_forms_reason="事项简单")
    assert (gates.g2(content, rules, {key: 2}) == []) is passes
    assert (gates.g2(content, rules) == []) is (strength == "encouraged")


def test_who_drafts_interprets_or_says_why_not() -> None:
    assert gates.g2(interpreted(READY, by_unit="清平县城市建设局")) == []
    other = interpreted(READY, by_unit="清平县司法局")
    assert "谁起草、谁解读" in told(gates.g2(other))
    assert gates.g2(interpreted(other, by_unit_reason="条款由司法局起草")) == []


def test_of_a_major_decision_the_principal_speaks() -> None:
    major = ready(major_decision=True)
    assert gates.g2(major) == []
    assert "须由部门主要负责人解读" in told(
        gates.g2(interpreted(major, interpreter_kind="scholar"))
    )


def test_the_six_points_are_each_answered() -> None:
    points = replace(READY.interpretation.points, benefits=" ", reach="")
    sentence = told(gates.g2(interpreted(READY, points=points)))
    assert sentence.endswith("影响范围、惠企利民举措。")


@pytest.mark.parametrize(
    ("issuer", "county"),
    [
        ("清平县人民政府", True),
        ("清平县人民政府办公室", True),
        ("云台山旅游度假区管理委员会办公室", True),
        ("清平县柳溪镇人民政府", False),
        ("清平县白石乡人民政府办公室", False),
        ("清平县城关街道办事处", False),
        ("清平县教育和体育局", False),
    ],
)
def test_level_of_an_issuer(issuer: str, county: bool) -> None:
    assert interpretation.is_county_level(issuer) is county


LONG = (
    "<p>一、总的要求</p><p>全县各小区的路灯由县里统一采购，按照先暗后亮的顺序分三批安装到位。</p>"
    "<p>二、工作安排</p><p>第一批安排在老城区，第二批安排在河东片区，第三批安排在各镇驻地。</p>"
)


def test_copied_interpretation_needs_a_reason() -> None:
    copied = Elements(
        background="全县各小区的路灯由县里统一采购，按照先暗后亮的顺序分三批安装到位。",
        basis="第一批安排在老城区，第二批安排在河东片区，第三批安排在各镇驻地。",
        purpose="全县各小区的路灯由县里统一采购，按照先暗后亮的顺序分三批安装到位。",
        measures="这一段是自己写的话，说明为什么先装老城区，又为什么把各镇放在后面。",
    )
    content = interpreted(replace(READY, body_html=LONG), elements=copied)
    assert interpretation.likeness(content).share > 0.6
    assert "照搬原文" in told(gates.g2(content))
    assert interpretation.likeness(content).copied == (
        "全县各小区的路灯由县里统一采购，按照先暗后亮的顺序分三批安装到位。",
        "第一批安排在老城区，第二批安排在河东片区，第三批安排在各镇驻地。",
        "全县各小区的路灯由县里统一采购，按照先暗后亮的顺序分三批安装到位。",
    )
    stated = interpreted(content, similarity_reason="条款为法定表述，不宜改写")
    assert "同意" in told(gates.g2(stated))
    seen = interpretation.likeness(content).percent
    assert gates.g2(stated, allowed={"interp.max_copied": seen}) == []
    assert gates.g2(stated, allowed={"interp.max_copied": seen - 1}) != []


def test_own_words_are_not_called_copied() -> None:
    assert interpretation.likeness(READY).share < 0.2
    assert interpretation.likeness(Content()).share == 0.0


def test_plan_alone_is_not_an_interpretation() -> None:
    content = replace(READY, interpretation=Interpretation(plan=READY.interpretation.plan))
    assert told(gates.g2(content)) == "缺解读材料（文字解读）。"


def test_reasons_carry_the_codes_of_returns() -> None:
    codes = {reason.code for reason in gates.g2(replace(READY, interpretation=Interpretation()))}
    assert codes == {"R03", "R04", "R06"}
    assert {reason.code for reason in gates.g1(Content(metadata=Metadata()))} == {"R01"}
