"""What each stage looks at (domain:C4), as data: shown beside the text, ticked, stored with the decision.

A list reminds; it does not decide. Which items a decision must tick is not asked here.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.text import Sentence
from workflows.read_models import ChecklistItem


def _list(prefix: str, *items: tuple[str, str]) -> tuple[ChecklistItem, ...]:
    return tuple(
        ChecklistItem(code := f"{prefix}{number}", Sentence(zh, en, code))
        for number, (zh, en) in enumerate(items, start=1)
    )


_CONFIDENTIALITY = (
    ("逐项看过正文、解读、每个附件和元数据", "Body, interpretation, every attachment and the metadata were each read"),
    ("不含国家秘密和工作秘密", "No state secret and no work secret"),
    ("不含敏感信息，不危及三安全一稳定", "Nothing sensitive, nothing against security and stability"),
    ("不含商业秘密、个人隐私和不必要的个人信息", "No trade secret, no privacy, no needless personal information"),
    ("不含不宜公开的内部事务和过程性信息", "No internal or deliberative matter unfit for disclosure"),
    ("与已公开的信息合在一起也不泄密", "Reveals nothing even when put together with what is already public"),
    ("图片、地图、附件的隐藏信息已经查看", "Pictures, maps and hidden data of attachments were looked at"),
)  # fmt: skip

_BY_STAGE: Mapping[str, tuple[ChecklistItem, ...]] = {
    "attribute_review": _list(
        "A",
        ("公开属性准确，理由和法定情形相符", "The attribute is right and fits its reason and ground"),
        ("文中没有依申请公开或者不予公开的内容", "No passage belongs to another attribute"),
        ("目录事项、栏目和主题分类正确", "Catalogue item, column and topic are right"),
        ("本机关有权公开；联合发文由牵头机关办理", "Ours to publish; joint documents by the lead organ"),
        ("解读方案、解读材料齐全，四项要素完整", "Interpretation plan and material are there with all four elements"),
        ("不作解读的，理由成立", "If there is no interpretation, the reason holds"),
    ),
    "confidentiality_review": _list("S", *_CONFIDENTIALITY),
    "confidentiality_referral": _list(
        "F",
        ("已经报请有关主管部门或者保密行政管理部门", "The question went to the competent or the secrecy authority"),
        ("书面答复已经收到并写入意见", "The written answer is here and quoted in the opinion"),
    ),
    "delta_confirmation": _list(
        "D",
        ("只看改动之处，没有带入涉密、敏感内容", "The change alone was read; it brings in nothing secret or sensitive"),
        ("改动没有超出事实性修改的范围", "The change is factual and nothing more"),
    ),
    "third_party_opinion": _list(
        "T",
        ("征求意见函已经送达，日期有记录", "The letter was delivered and the date is recorded"),
        ("第三方的答复或者逾期情况已经写明", "The answer, or that none came in time, is stated"),
        ("不同意而公开的，公共利益的理由已经写明", "If disclosed against their will, the public interest is stated"),
    ),
    "inter_agency_confirmation": _list(
        "I",
        ("所涉机关已经确认内容准确", "The agencies concerned confirmed that it is accurate"),
        ("与上级要求和内部部署口径一致", "It agrees with instructions from above and inside"),
    ),
    "legality_review": _list(
        "L",
        ("制定权限合法", "Within our powers"),
        ("制定程序合法", "Made by due procedure"),
        ("内容合法，不减损权利、不增加义务", "Lawful in substance; takes no right, adds no duty"),
        ("涉及市场主体的，已作公平竞争审查", "Fair competition was reviewed where the market is touched"),
    ),
    "first_review": _list(
        "X",
        ("文字通顺，标题准确，内容完整", "Fluent, rightly titled, complete"),
        ("没有不该出现的个人信息和敏感词", "No personal information or sensitive wording out of place"),
        ("公文格式规范，附注与公开属性一致", "Official format; the marker agrees with the attribute"),
        ("解读要素完整，没有照搬原文", "The interpretation is complete and no copy of the document"),
    ),
    "second_review": _list(
        "Y",
        ("依据现行有效，引用准确", "The legal basis is in force and rightly cited"),
        ("人名、地名、机构、数字、日期、金额属实", "Names, places, bodies, figures, dates and amounts are true"),
        ("办事条件、时限与实际一致", "Conditions and time limits are those in practice"),
        ("有发布价值，栏目和主题恰当", "Worth publishing, in the right column and topic"),
        ("解读与文件一致，群众看得懂", "The interpretation agrees with the document and can be understood"),
    ),
    "final_review": _list(
        "Z",
        ("政治关：导向和表述正确", "Politics: direction and wording are right"),
        ("法律关、政策关：符合法律和现行政策", "Law and policy: in accord with both"),
        ("保密关：保密审查结论针对当前文本", "Secrecy: the confidentiality verdict is about this text"),
        ("社会效果和发布时机恰当", "Effect on the public and timing are right"),
    ),
    "principal_review": _list(
        "Q",
        ("重要或者敏感事项的意见已经听取", "Opinions on important or sensitive points were heard"),
        ("同意以本机关名义公开", "Agreed to be disclosed in the name of this organ"),
    ),
    "first_proofreading": _list(
        "P",
        ("错别字、标点、空格", "Characters, punctuation, spaces"),
        ("数字、单位的写法", "How figures and units are written"),
        ("标题层次、格式和附件序号", "Levels of headings, format, numbering of attachments"),
    ),
    "second_proofreading": _list(
        "P",
        ("与签发稿核对：人名、职务、文号、日期、金额", "Against the signed text: names, posts, document numbers, dates, amounts"),
        ("表格、引文、链接", "Tables, quotations, links"),
        ("解读与文件逐处一致", "Interpretation and document agree in every place"),
    ),
    "third_proofreading": _list(
        "P",
        ("按网页样式通读全文", "Read whole as the web page will show it"),
        ("图片、附件、链接能打开", "Pictures, attachments and links open"),
        ("公开要素和附注完整", "The mandatory fields and the marker are complete"),
    ),
    "read_aloud": _list(
        "E",
        ("两人一读一看，读完全文", "Two people, one reading aloud and one following, to the end"),
        ("没有漏读、拗口和歧义之处", "Nothing skipped, nothing awkward, nothing ambiguous"),
    ),
    "sign_confirmation": _list(
        "C",
        ("签发之后的改动已经逐处看过", "Every change since the signature was read"),
        ("改动只是技术性的", "The changes are technical only"),
    ),
    "release": _list(
        "B",
        ("发布关口各项已经通过", "Every gate of release has passed"),
        ("文件和解读一并发布", "Document and interpretation go out together"),
    ),
    "readback": _list(
        "N",
        ("网页内容与签发稿一致", "The page equals the approved text"),
        ("文件与解读互相链接", "Document and interpretation link to each other"),
        ("发布日期正确", "The date of publication is right"),
    ),
}  # fmt: skip


def for_stage(element: str) -> tuple[ChecklistItem, ...]:
    """The list of a stage; a stage without a list has an empty one."""
    return _BY_STAGE.get(element, ())


def unknown_ticks(element: str, ticks: tuple[str, ...]) -> list[str]:
    """Ticks that the stage's list does not have: a forged or a stale form."""
    known = {item.code for item in for_stage(element)}
    return [tick for tick in ticks if tick not in known]
