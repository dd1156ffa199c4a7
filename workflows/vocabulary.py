"""Every term of the house once: its code (stored, logged, in URLs), its Chinese and its English.

Position never means anything; order in a list is the order on the page. Sources: domain:C1 (roles),
domain:C3 and C4 (stages), domain:C6 (return reasons), domain:B1.1 (grounds of non-disclosure).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the office: `code` for machines, `zh` and `en` for people, `note` for the help line."""

    code: str
    zh: str
    en: str
    note: str = ""

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.zh, self.en, self.code)


def _terms(*terms: Term) -> Mapping[str, Term]:
    return {term.code: term for term in terms}


# domain:C1
ROLES = _terms(
    Term("drafter", "拟稿人", "Drafter"),
    Term("unit_head", "承办科室负责人", "Head of the responsible section"),
    Term("ogi_officer", "政务公开经办人", "Disclosure officer"),
    Term("confidentiality_reviewer", "保密审查员", "Confidentiality reviewer"),
    Term("legal_reviewer", "合法性审核人员", "Legality reviewer"),
    Term("first_reviewer", "初审人", "First reviewer"),
    Term("second_reviewer", "复审人", "Second reviewer"),
    Term("final_reviewer", "终审人（签发人）", "Final reviewer (signing officer)"),
    Term("principal", "主要负责人", "Principal"),
    Term("first_proofreader", "一校", "First proofreader"),
    Term("second_proofreader", "二校", "Second proofreader"),
    Term("third_proofreader", "三校", "Third proofreader"),
    Term("reader", "诵读人", "Reader"),
    Term("publisher", "发布员", "Publisher"),
    Term("inspector", "监督检查员", "Inspector"),
    Term("sys_admin", "系统管理员", "System administrator"),
    Term("sec_admin", "安全管理员", "Security administrator"),
    Term("audit_admin", "审计管理员", "Audit administrator"),
)

#: domain:C1, C7: these four never act in the chain, whatever else they hold.
OUTSIDE_THE_CHAIN = frozenset({"inspector", "sys_admin", "sec_admin", "audit_admin"})

# domain:A1.12, B5, C1: who answers for what a unit publishes
ACCOUNTABILITY = _terms(
    Term("first", "第一责任人", "First responsible", "主要负责人"),
    Term("main", "主要责任人", "Mainly responsible", "分管负责人"),
    Term("direct", "直接责任人", "Directly responsible", "科室负责人、编辑"),
)

# domain:C3; the codes are the element ids of bpmn/publishing.bpmn.
STAGES = _terms(
    Term("attribute_review", "公开属性审查", "Attribute review"),
    Term("confidentiality_review", "保密审查", "Confidentiality review"),
    Term("confidentiality_referral", "报请确定", "Referral upward"),
    Term("third_party_opinion", "征求第三方意见", "Third-party opinion"),
    Term("inter_agency_confirmation", "协商确认", "Inter-agency confirmation"),
    Term("legality_review", "合法性审核", "Legality review"),
    Term("delta_confirmation", "保密增量确认", "Confidentiality delta confirmation"),
    Term("first_review", "初审", "First review"),
    Term("second_review", "复审", "Second review"),
    Term("final_review", "终审", "Final review"),
    Term("principal_review", "主要负责人审签", "Principal's review"),
    Term("first_proofreading", "一校", "First proofreading"),
    Term("second_proofreading", "二校", "Second proofreading"),
    Term("third_proofreading", "三校", "Third proofreading"),
    Term("read_aloud", "诵读", "Read-aloud"),
    Term("sign_confirmation", "签发确认", "Sign confirmation"),
    Term("release", "发布", "Release"),
    Term("readback", "读网核验", "Read-back"),
    Term("rectification", "发布问题处理", "Rectification"),
    Term("later_rectification", "发布后问题处理", "Rectification after a later pass"),
    Term("revise", "修改重报", "Revision"),
    Term("on_hold", "待用", "On hold"),
)

REVIEW_STAGES = ("first_review", "second_review", "final_review")
PROOFREADING_STAGES = ("first_proofreading", "second_proofreading", "third_proofreading")

#: The verb on the button names the act, never "确定" (look.md). Keyed by outcome; the stage completes it.
OUTCOMES = _terms(
    Term("proactive", "确认主动公开", "Confirm proactive disclosure"),
    Term("on_request", "确认依申请公开", "Confirm disclosure on request"),
    Term("not_disclosed", "确认不予公开", "Confirm non-disclosure"),
    Term("clear", "可以公开", "May be disclosed"),
    Term("treat", "区分处理后公开", "Disclose after treatment"),
    Term("withhold", "不予公开", "Must not be disclosed"),
    Term("refer", "不能确定，报请确定", "Cannot decide, refer upward"),
    Term("agree", "第三方同意公开", "Third party agrees"),
    Term(
        "public_interest",
        "第三方不同意或者逾期未答复，因公共利益决定公开",
        "Disclosed in the public interest, without consent",
    ),
    Term("consistent", "各机关意见一致", "Agencies agree"),
    Term("lawful", "合法", "Lawful"),
    Term("confirm", "确认", "Confirm"),
    Term("pass", "通过", "Pass"),
    Term("corrected", "技术性改正", "Technical correction"),
    Term("return", "退回修改", "Return for revision"),
    Term("return_interpretation", "解读不达标退回", "Return: interpretation below standard"),
    Term("hold", "待用", "Hold"),
    Term("reject", "不予采用", "Reject"),
    Term("raise_level", "通过并提级审签", "Pass and raise the approval level"),
    Term("publish", "发布", "Release"),
    Term("ok", "核验无误", "Read-back correct"),
    Term("problem", "发现问题", "Problem found"),
    Term("fixed", "已处理", "Fixed"),
    Term("unchanged", "未作修改，说明后重报", "Resubmit unchanged, with an explanation"),
    Term("t1", "技术性修改重报", "Resubmit: technical change (T1)"),
    Term("t2", "事实性修改重报", "Resubmit: factual change (T2)"),
    Term("t3", "实质性修改重报", "Resubmit: substantive change (T3)"),
    Term("cancel", "撤销本件", "Cancel the item"),
    Term("resume", "恢复办理", "Resume"),
)

#: These outcomes must say why: reason code and text (domain:C6).
NEEDS_REASON = frozenset(
    {"return", "return_interpretation", "treat", "withhold", "hold", "reject", "problem"}
)
#: Those of them after which the item lies with its drafter again: what counts as having been returned.
SENT_BACK = frozenset({"return", "return_interpretation", "treat"})

# domain:C5
CHANGE_CLASSES = _terms(
    Term("unchanged", "未修改", "Unchanged"),
    Term("t1", "技术性修改（T1）", "Technical (T1)", "错别字、标点、空格、格式，不改变意思"),
    Term("t2", "事实性修改（T2）", "Factual (T2)", "姓名、数字、日期、金额、引文、链接"),
    Term(
        "t3", "实质性修改（T3）", "Substantive (T3)", "意思、政策或政治表述、增删段落、附件、图片"
    ),
)

# domain:A1.1
ATTRIBUTES = _terms(
    Term("proactive", "主动公开", "Proactive disclosure"),
    Term("on_request", "依申请公开", "Disclosure on request"),
    Term("not_disclosed", "不予公开", "Not disclosed"),
)

# domain:B1.1 (条例 arts 14-16). `note` says whether the organ must or may withhold.
GROUNDS = _terms(
    Term("A14-1", "第十四条：依法确定为国家秘密", "Art. 14: state secret", "must"),
    Term("A14-2", "第十四条：法律、行政法规禁止公开", "Art. 14: forbidden by law", "must"),
    Term("A14-3", "第十四条：可能危及三安全一稳定", "Art. 14: security and stability", "must"),
    Term("A15", "第十五条：商业秘密、个人隐私", "Art. 15: trade secret, privacy", "must"),
    Term("A16-1", "第十六条：内部事务信息", "Art. 16: internal affairs", "may"),
    Term("A16-2", "第十六条：过程性信息", "Art. 16: deliberative information", "may"),
    Term("A16-3", "第十六条：行政执法案卷信息", "Art. 16: enforcement case files", "may"),
)

# domain:C6
RETURN_REASONS = _terms(
    Term("R01", "缺公开属性", "Attribute missing"),
    Term("R02", "不予公开理由不足", "Ground of non-disclosure insufficient"),
    Term("R03", "缺解读方案", "Interpretation plan missing"),
    Term("R04", "缺解读材料", "Interpretation material missing"),
    Term("R05", "解读要素不全", "Interpretation elements incomplete"),
    Term("R06", "解读形式不足", "Too few interpretation forms"),
    Term("R07", "解读照搬原文", "Interpretation copies the document"),
    Term("R08", "涉密、涉工作秘密", "State or work secret"),
    Term("R09", "个人信息", "Personal information"),
    Term("R10", "三安全一稳定风险", "Security or stability risk"),
    Term("R11", "文字差错", "Textual error"),
    Term("R12", "事实、数据错误", "Factual or data error"),
    Term("R13", "依据、引用错误", "Wrong basis or citation"),
    Term("R14", "政治表述", "Political wording"),
    Term("R15", "格式不规范", "Format"),
    Term("R16", "栏目、分类错误", "Wrong column or topic"),
    Term("R17", "附件缺失、不一致", "Attachment missing or inconsistent"),
    Term("R18", "链接错误", "Broken link"),
    Term("R19", "超越公开权限", "Beyond the organ's competence"),
    Term("R20", "未协商一致", "Agencies not agreed"),
    Term("R21", "合法性问题", "Legality"),
    Term("R22", "时机不当", "Timing"),
    Term("R99", "其他", "Other"),
)

#: domain:C6: these are found somewhere in the text, so a return for them says where.
IN_THE_TEXT = frozenset({"R08", "R09", "R10", "R11", "R12", "R13", "R14", "R18"})

#: domain:C6: given by the disclosure office, these make a formal 退文 with a numbered notice.
FORMAL_RETURN_REASONS = frozenset({"R01", "R02", "R03", "R04", "R05", "R06", "R07"})

# domain:A2.7
ELEMENTS = _terms(
    Term("background", "政策背景", "Background"),
    Term("basis", "决策依据", "Basis"),
    Term("purpose", "出台目的", "Purpose"),
    Term("measures", "重要举措", "Main measures"),
)

# domain:A2.11
INTERPRETATION_FORMS = _terms(
    Term("text", "文字解读", "Text"),
    Term("graphic", "图片图解", "Graphic"),
    Term("video", "视频解读", "Video"),
    Term("live", "互动直播", "Live session"),
    Term("qa", "简明问答", "Short questions and answers"),
    Term("lecture", "现场宣讲", "On-site briefing"),
    Term("briefing", "政策吹风会", "Policy briefing"),
    Term("press", "新闻发布会", "Press conference"),
    Term("commentary", "评论文章", "Commentary"),
)

# domain:B8 (fifteen kinds of official document) and others that offices publish
DOCUMENT_KINDS = _terms(
    *(
        Term(zh, zh, en)
        for zh, en in (
            ("决议", "Resolution"), ("决定", "Decision"), ("命令", "Order"), ("公报", "Communiqué"),
            ("公告", "Announcement"), ("通告", "Public notice"), ("意见", "Opinions"),
            ("通知", "Notice"), ("通报", "Circular"), ("报告", "Report"), ("请示", "Request"),
            ("批复", "Reply"), ("议案", "Proposal"), ("函", "Letter"), ("纪要", "Minutes"),
            ("其他", "Other"),
        )
    )
)  # fmt: skip

# domain:C2: 信息类型
INFO_TYPES = _terms(
    Term("official", "公文类", "Official document"),
    Term("other", "非公文类", "Other information"),
)

# domain:A1.6, A1.7: 公开范围
SCOPES = _terms(
    Term("society", "全社会", "Everybody"),
    Term("area", "特定区域", "A certain area"),
    Term("group", "特定人群", "A certain group"),
)

# domain:A1.5: 公开期限
PERIODS = _terms(
    Term("long_term", "长期公开", "For good"),
    Term("until", "公开至某日", "Until a date"),
    Term("notice", "公示期", "For the period of a public notice"),
)

SOURCES = _terms(
    Term("original", "原创", "Original"),
    Term("repost", "转载", "Repost"),
)

# domain:A1.15, A1.16: the website is the first channel, the others come beside it.
CHANNELS = _terms(
    Term("website", "政府网站", "Government website"),
    Term("wechat", "政务微信", "WeChat account"),
    Term("weibo", "政务微博", "Weibo account"),
    Term("gazette", "政府公报", "Gazette"),
    Term("library", "政府文件库", "Document library"),
    Term("board", "公示栏、公开专区", "Notice board, public area"),
)

# domain:A3, B8: 有效性
VALIDITIES = _terms(
    Term("in_force", "有效", "In force"),
    Term("amended", "已修改", "Amended"),
    Term("repealed", "已废止", "Repealed"),
    Term("lapsed", "已失效", "Lapsed"),
)

# domain:A4.7, A4.8: what the working days of a catalogue's time limit are counted from
TRIGGERS = _terms(
    Term("formed", "信息形成或变更之日起", "after it came into being or changed"),
    Term("decided", "决定作出之日起", "after the decision"),
    Term("determined", "结果确定之日起", "after the result is settled"),
    Term("completed", "竣工之日起", "after completion"),
    Term("monthly", "每月结束后", "after each month"),
    Term("quarterly", "每季度结束后", "after each quarter"),
    Term("yearly", "每年结束后", "after each year"),
    Term("lasting", "长期公开，有变动的", "after every change, for good"),
)
RECURRING = ("monthly", "quarterly", "yearly")

# domain:A9: 必须/应当/不少于/不得, 原则上, 鼓励/探索
STRENGTHS = _terms(
    Term("mandatory", "必须", "Mandatory"),
    Term("principle", "原则上", "In principle"),
    Term("encouraged", "鼓励", "Encouraged"),
)

# domain:A4.3, D11
EDITION_STATUSES = _terms(
    Term("proposed", "待批准", "Proposed"),
    Term("adopted", "已批准", "Adopted"),
    Term("declined", "未批准", "Declined"),
)

# domain:A2.12
INTERPRETERS = _terms(
    Term("principal", "部门主要负责人", "Head of the department"),
    Term("author", "政策参与制定者", "Somebody who took part in drafting"),
    Term("scholar", "专家学者", "Scholar"),
    Term("practitioner", "专业机构从业人员", "Practitioner"),
    Term("commentator", "新闻评论员", "Commentator"),
    Term("journalist", "媒体记者", "Journalist"),
)

# domain:A2.8: what an interpretation with substance speaks about
SIX_POINTS = _terms(
    Term("concepts", "核心概念", "Core concepts"),
    Term("differences", "新旧政策差异", "What is new against the former policy"),
    Term("reach", "影响范围", "Whom it concerns"),
    Term("standards", "管理执行标准及注意事项", "Standards and what to mind"),
    Term("benefits", "惠企利民举措", "Benefits for enterprises and people"),
    Term("conditions", "享受条件", "Conditions for the benefits"),
)

#: 主题分类: top level of the classification in use on government sites.
TOPICS = _terms(
    *(
        Term(zh, zh, en)
        for zh, en in (
            ("综合政务", "General affairs"), ("国民经济管理", "Economic management"),
            ("财政金融审计", "Finance, audit"), ("国土资源能源", "Land and energy"),
            ("农业林业水利", "Agriculture, forestry, water"), ("工业交通", "Industry, transport"),
            ("商贸海关旅游", "Trade, tourism"), ("市场监管安全生产", "Market and work safety"),
            ("城乡建设环境保护", "Construction, environment"), ("科技教育", "Science, education"),
            ("文化广电新闻出版", "Culture, press"), ("卫生体育", "Health, sport"),
            ("人口与计划生育妇女儿童", "Population, women, children"),
            ("劳动人事监察", "Labour, personnel"), ("公安安全司法", "Security, justice"),
            ("民政扶贫救灾", "Civil affairs, relief"), ("其他", "Other"),
        )
    )
)  # fmt: skip

# domain:C8
INFO_CLASSES = _terms(
    Term("A", "A 普通", "A ordinary"),
    Term("B", "B 重要", "B important"),
    Term("C", "C 敏感", "C sensitive"),
)

PACKAGE_STATUSES = _terms(
    Term("draft", "草稿", "Draft"),
    Term("in_review", "办理中", "In review"),
    Term("returned", "退回修改中", "Returned"),
    Term("on_hold", "待用", "On hold"),
    Term("published", "已发布", "Published"),
    Term("on_request", "依申请公开（已登记）", "On request (registered)"),
    Term("not_disclosed", "不予公开（已登记）", "Not disclosed (registered)"),
    Term("rejected", "不予采用", "Rejected"),
    Term("cancelled", "已撤销", "Cancelled"),
)


def label(table: Mapping[str, Term], code: str, language: str = "zh") -> str:
    """The word for `code`; an unknown code is shown as it is, because a trail must never fail to print."""
    term = table.get(code)
    return term.sentence.in_language(language) if term else code


def unknown(table: Mapping[str, Term], codes: Iterable[str]) -> list[str]:
    """Those of `codes` that the table does not know."""
    return [code for code in codes if code not in table]
