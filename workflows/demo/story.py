"""What happened to each document so far: who decided what, in order. The last act leaves it where it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Act:
    """One decision at one stage. `corrections` are replaced in the text by a proofreader (T1)."""

    stage: str
    outcome: str
    opinion: str = ""
    reasons: tuple[str, ...] = ()
    locations: str = ""
    corrections: tuple[tuple[str, str], ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    grounds: tuple[str, ...] = ()


#: Drafting and submitting are acts of their own, as is sending the revised text in again.
DRAFT = Act("draft", "")
SUBMIT = Act("submit", "")
#: The drafter asks for an exception.
ASK = Act("ask", "")
#: Somebody senior lets a rule of 原则上 pass, before it is handed in.
ALLOW = Act("allow", "", "突发事件要快，先发三种，其余随检测结果补上，同意。")
#: The principal says that it is an emergency.
EMERGENCY = Act("allow", "", "雨情紧急，情况属实，同意按应急流程办理。")


def passed(*stages: str) -> list[Act]:
    outcomes = {
        "attribute_review": "proactive",
        "confidentiality_review": "clear",
        "legality_review": "lawful",
        "inter_agency_confirmation": "consistent",
        "release": "publish",
        "readback": "ok",
        "sign_confirmation": "confirm",
    }
    return [Act(stage, outcomes.get(stage, "pass"), _OPINIONS.get(stage, "")) for stage in stages]


_OPINIONS = {
    "attribute_review": "属性准确，解读方案和材料齐全。",
    "confidentiality_review": "逐项审查，不涉及国家秘密、工作秘密和个人信息。",
    "legality_review": "权限、程序、内容合法。",
    "first_review": "文字通顺，要素齐全。",
    "second_review": "事实、数据、依据核对无误，格式规范。",
    "final_review": "同意发布。",
    "principal_review": "同意。",
    "read_aloud": "通读无误。",
}
_ENTRY = ("attribute_review", "confidentiality_review")
_REVIEWS = ("first_review", "second_review", "final_review")
_PROOFS = ("first_proofreading", "second_proofreading", "third_proofreading")

STORIES: dict[str, list[Act]] = {
    "farmland": [
        DRAFT,
        SUBMIT,
        *passed("attribute_review", "legality_review", "confidentiality_review", *_REVIEWS),
        *passed("principal_review", *_PROOFS, "read_aloud", "release"),
    ],
    "after_school": [DRAFT, SUBMIT, *passed(*_ENTRY, *_REVIEWS, *_PROOFS, "release", "readback")],
    "extended_hours": [
        DRAFT,
        SUBMIT,
        *passed(*_ENTRY, *_REVIEWS, "first_proofreading"),
        Act(
            "second_proofreading",
            "return",
            "正文说第一批“共四十三项”，与拟附清单不一致，请核实后统一。",
            ("R12",),
            "二、服务事项",
        ),
        Act(
            "revise",
            "t2",
            "经与县行政审批服务局核对，第一批为四十一项，正文和解读已统一。",
            corrections=(("四十三项", "四十一项"), ("四十三个", "四十一个")),
        ),
        Act("delta_confirmation", "confirm", "只改动了事项数量，不涉及保密内容。"),
        *passed("second_review", "final_review", "first_proofreading"),
    ],
    "heating": [
        DRAFT,
        SUBMIT,
        *passed(*_ENTRY, *_REVIEWS, "first_proofreading", "second_proofreading"),
        Act(
            "third_proofreading",
            "corrected",
            "“摭挡”应为“遮挡”；一处半角逗号改为全角。",
            corrections=(("摭挡散热器", "遮挡散热器"), ("办理,可以", "办理，可以")),
        ),
        *passed("third_proofreading"),
    ],
    "festival": [
        DRAFT,
        SUBMIT,
        *passed(*_ENTRY, "first_review", "second_review"),
        Act(
            "final_review",
            "hold",
            "灯会总体方案尚待县里批准，方案批准后再发布，以免时间有变。",
            ("R22",),
        ),
    ],
    "training_check": [
        DRAFT,
        SUBMIT,
        *passed("attribute_review"),
        Act(
            "confidentiality_review",
            "refer",
            "名单中的问题描述是否涉及机构商业秘密，本单位不能确定，报请确定。",
        ),
    ],
    "renovation": [
        DRAFT,
        SUBMIT,
        *passed("attribute_review"),
        Act(
            "confidentiality_review",
            "treat",
            "联系方式中有个人住址，请删除，改为社区居民委员会的咨询渠道。",
            ("R09",),
            "六、联系方式",
        ),
    ],
    "duty_roster": [
        DRAFT,
        SUBMIT,
        Act(
            "attribute_review",
            "not_disclosed",
            "属于内部事务信息，同意不予公开。",
            grounds=("A16-1",),
        ),
    ],
    "water_supply": [
        DRAFT,
        ASK,
        ALLOW,
        SUBMIT,
        *passed(*_ENTRY, "inter_agency_confirmation", "first_review", "second_review"),
    ],
    "employment": [DRAFT, SUBMIT, *passed(*_ENTRY)],
    "tea_subsidy": [DRAFT],
    "rainstorm": [
        *(DRAFT, ASK, EMERGENCY, SUBMIT),
        *passed("attribute_review", "second_review", "first_proofreading"),
        *passed("confidentiality_review", "principal_review", "release", "readback"),
    ],
    "vegetables": [
        *(DRAFT, SUBMIT),
        *passed("confidentiality_review", "first_review"),
    ],
    "service_hours": [
        *(DRAFT, SUBMIT),
        *passed(*_ENTRY, "first_review", "first_proofreading", "second_review"),
        *passed("second_proofreading", "final_review", "third_proofreading", "release", "readback"),
    ],
}  # fmt: skip
