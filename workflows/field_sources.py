"""Which rule asks for each field of the package (domain:C2): shown beside it, so that nobody has to ask why."""

from __future__ import annotations

from collections.abc import Mapping

from engine.text import Sentence

_REGULATION = ("《政府信息公开条例》", "Open Government Information Regulations, ")
_RULES_2016 = Sentence("国办发〔2016〕80号", "State Council General Office 2016 no. 80", "80")
_SITES = Sentence(
    "国办发〔2017〕47号（政府网站发展指引）", "General Office 2017 no. 47 (websites)", "47"
)
_MEDIA = Sentence(
    "国办发〔2018〕123号（分级分类审核、转载）",
    "General Office 2018 no. 123 (review, reposts)",
    "123",
)
_NORMATIVE = Sentence(
    "国办发〔2018〕37号（行政规范性文件）", "General Office 2018 no. 37 (normative documents)", "37"
)
_FORMAT = Sentence("GB/T 9704—2012", "GB/T 9704-2012", "9704")
_KINDS = Sentence(
    "中办发〔2012〕14号（公文处理工作条例）", "Regulations on official documents, 2012 no. 14", "14"
)
_DECISIONS = Sentence(
    "《重大行政决策程序暂行条例》第二十五条",
    "Interim Regulations on Major Administrative Decisions, art. 25",
    "713",
)
_LEGALITY = Sentence(
    "国办发〔2018〕115号（合法性审核）", "General Office 2018 no. 115 (legality review)", "115"
)
_YEARLY = Sentence("年度政务公开工作要求", "yearly plan of government openness", "plan")


def _articles(zh: str, en: str) -> Sentence:
    return Sentence(f"{_REGULATION[0]}{zh}", f"{_REGULATION[1]}{en}", "711")


#: By the name of the field in the editor.
SOURCES: Mapping[str, Sentence] = {
    "attribute": _RULES_2016,
    "grounds": _articles("第十四、十五、十六条", "arts. 14, 15, 16"),
    "reason": _RULES_2016,
    "scope": _YEARLY,
    "scope_note": _YEARLY,
    "period": _YEARLY,
    "title": _FORMAT,
    "document_number": _FORMAT,
    "dated_on": _FORMAT,
    "document_kind": _KINDS,
    "issuer": _articles("第十条", "art. 10"),
    "info_class": _MEDIA,
    "source": _MEDIA,
    "source_link": _MEDIA,
    "source_text": _MEDIA,
    "opinion_plan": _MEDIA,
    "emergency": _MEDIA,
    "emergency_reason": _MEDIA,
    "catalogue_item": _articles("第十二、二十六条", "arts. 12, 26"),
    "catalogue_period": _articles("第二十六条", "art. 26"),
    "outside_reason": _YEARLY,
    "column": _SITES,
    "registration_number": _NORMATIVE,
    "effective_on": _NORMATIVE,
    "valid_until": _NORMATIVE,
    "validity": _SITES,
    "normative": _NORMATIVE,
    "concerns_third_party": _articles("第十五、三十二条", "arts. 15, 32"),
    "concerns_other_agencies": _articles("第十一条", "art. 11"),
    "major_decision": _DECISIONS,
    "interpretation_required": _RULES_2016,
    "no_interpretation_reason": _YEARLY,
    "plan_outline": _RULES_2016,
    **dict.fromkeys(("background", "basis", "purpose", "measures"), _YEARLY),
    **dict.fromkeys(
        ("concepts", "differences", "reach", "standards", "benefits", "conditions"), _YEARLY
    ),
    "by_unit": _YEARLY,
    "info_type": _YEARLY,
    "period_until": _YEARLY,
    "outside_catalogue": _YEARLY,
    "topics": _SITES,
    "channels": _articles("第二十三条", "art. 23"),
    "affects_public": _YEARLY,
    "affects_enterprise": _YEARLY,
    "concerns_services": _YEARLY,
    "legality_required": _LEGALITY,
    **dict.fromkeys(("plan_forms", "plan_channel", "plan_on", "plan_responsible"), _RULES_2016),
    **dict.fromkeys(("by_unit_reason", "interpreter_kind", "interpreter"), _YEARLY),
    **dict.fromkeys(("material_form", "material_title", "material_link"), _YEARLY),
    **dict.fromkeys(("material_channel", "material_on", "material_responsible"), _YEARLY),
    "fewer_forms_reason": _YEARLY,
    "similarity_reason": _YEARLY,
}  # fmt: skip
