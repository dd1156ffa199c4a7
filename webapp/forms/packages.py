"""The editor's fields. A draft may lack anything, so only what no version can hold is refused here;
what is missing for circulation is said by the gates (`workflows.gates`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from webapp import i18n
from webapp.forms.base import Form
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANGE_CLASSES,
    CHANNELS,
    DOCUMENT_KINDS,
    GROUNDS,
    INFO_CLASSES,
    INFO_TYPES,
    INTERPRETATION_FORMS,
    INTERPRETERS,
    PERIODS,
    SCOPES,
    SOURCES,
    TOPICS,
    VALIDITIES,
    Term,
)

_BAD_DATE = _l("日期要写成 2026-11-22 这样。")
_LONG_TEXT = 20_000


def _options(table: Mapping[str, Term], *, empty: bool = False) -> Callable[[], list[Any]]:
    """The terms of a vocabulary in the page's language; asked anew for every page."""

    def choices() -> list[Any]:
        none = [SelectChoice("", str(_l("请选择")))] if empty else []
        return [*none, *(SelectChoice(code, i18n.say(term)) for code, term in table.items())]

    return choices


def _line(label: Any, most: int = 200, help: Any = "") -> Any:
    too_long = _l("这一项最多 %(max)d 字。")
    return StringField(
        label, description=help, validators=[Optional(), Length(max=most, message=too_long)]
    )


def _text(label: Any, help: Any = "", rows: int = 4, most: int = _LONG_TEXT) -> Any:
    too_long = _l("这一项最多 %(max)d 字。")
    return TextAreaField(
        label,
        description=help,
        validators=[Optional(), Length(max=most, message=too_long)],
        render_kw={"rows": rows},
    )


class _Day(DateField):  # type: ignore[misc]  # WTForms ships no types
    """A date whose wrong form is said in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_BAD_DATE)) from error


def _day(label: Any, help: Any = "") -> Any:
    return _Day(label, description=help, validators=[Optional()])


def _one(label: Any, table: Mapping[str, Term], help: Any = "") -> Any:
    unknown = _l("请从列表中选一项。")
    allowed = AnyOf(["", *table], message=unknown)
    return SelectField(
        label,
        description=help,
        choices=_options(table, empty=True),
        default="",
        validate_choice=False,
        validators=[allowed],
    )


class Ticks(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """Several of a vocabulary, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ReceiveForm(Form):
    """The first step: a file or a paste. What is recognised in it is shown before anything else."""

    document = FileField(
        _l("上传文件"), description=_l("可以用 .docx、.txt 或带文字的 .pdf，最大 20 MB。")
    )
    body = TextAreaField(
        _l("或者把正文粘贴在这里"),
        description=_l("从标题开始，连同文号、落款和附注一起粘贴。"),
        render_kw={"rows": 12},
    )


class PackageForm(Form):
    """Everything of domain:C2, in the order of the page. Names are those of `workflows.content`."""

    base_version = HiddenField()

    attribute = RadioField(
        _l("公开属性"),
        choices=_options(ATTRIBUTES),
        validate_choice=False,
        validators=[Optional(), AnyOf(list(ATTRIBUTES), message=_l("请从三种属性中选一种。"))],
    )
    grounds = Ticks(
        _l("法定情形"),
        choices=_options(GROUNDS),
        description=_l("不予公开的依据，至少一项；应当不公开的和可以不公开的，审查时要求不同。"),
    )
    reason = _text(
        _l("理由"), _l("为什么依申请公开，或者为什么不予公开。写明依据和具体内容。"), rows=3
    )
    scope = _one(
        _l("公开范围"), SCOPES, _l("面向全社会；涉及特定区域、人群或个人隐私的，选合适的范围。")
    )
    scope_note = _line(_l("范围说明"), help=_l("特定区域或人群时，写明是哪里、哪些人。"))
    period = _one(_l("公开期限"), PERIODS, _l("长期有效的选“长期公开”；公示、短期事项写明到哪天。"))
    period_until = _day(_l("公开至"), _l("选“公开至某日”时填写，到期后要下线或复核。"))

    title = _line(_l("标题"), help=_l("发文机关、事由和文种齐全，末尾不加标点。"))
    info_type = _one(_l("信息类型"), INFO_TYPES, _l("有文种和版头的是公文类，其余是非公文类。"))
    document_kind = _one(_l("文种"), DOCUMENT_KINDS, _l("与标题末尾的文种一致。"))
    issuer = _line(_l("发文机关"), help=_l("制作机关；联合发文填牵头机关。"))
    document_number = _line(_l("发文字号"), help=_l("如：云政办发〔2026〕17号；没有文号的写“无”。"))
    dated_on = _day(_l("成文日期"), _l("正文落款的日期；没有另行规定的，从这一天起计算公开时限。"))
    info_class = _one(
        _l("信息分级"), INFO_CLASSES, _l("重要会议、重大政策为 B；突发、可能引发炒作的为 C。")
    )
    source = _one(_l("来源"), SOURCES, _l("转载上级或其他机关的，选“转载”并填原文链接。"))
    source_link = _line(_l("原文链接"), 500, _l("转载时填写。"))
    source_text = _text(
        _l("留存的原文"),
        _l(
            "转载时从原网页全文复制到这里，系统逐字核对；不公开。与政府网站原文一致的，按转载流程办理。"
        ),
        rows=4,
    )
    opinion_plan = _text(
        _l("舆情应对预案"),
        _l("信息分级为 C 的必填：可能引发什么反应、由谁回应、怎样回应；不公开。"),
        rows=3,
    )
    emergency = BooleanField(
        _l("突发事件，请求按应急流程办理"),
        description=_l(
            "保密审查、复审、一校同时进行，主要负责人签发，二校、三校在发布后24小时内补办；须经主要负责人批准。"
        ),
    )
    emergency_reason = _text(
        _l("应急理由"), _l("是什么突发事件，为什么来不及按正常流程办理。"), rows=2
    )

    catalogue_item = SelectField(
        _l("目录事项"),
        description=_l("现行主动公开事项目录中的一项，公开时限按它计算。"),
        choices=[],
        validate_choice=False,
        validators=[Optional(), Length(max=40)],
    )
    catalogue_period = SelectField(
        _l("所属期或事件"),
        description=_l("按月、按季、按年公开的，或者对应一项公开任务的，请选择。"),
        choices=[],
        validate_choice=False,
        validators=[Optional(), Length(max=100)],
    )
    outside_catalogue = BooleanField(
        _l("目录里没有这一事项"), description=_l("确实不在目录内的才勾选，并写明为什么公开。")
    )
    outside_reason = _line(_l("目录外公开的理由"), help=_l("勾选“目录里没有这一事项”时填写。"))
    column = _line(_l("栏目"), help=_l("网站上放在哪个栏目。"))
    topics = Ticks(
        _l("主题分类"), choices=_options(TOPICS), description=_l("至少一项，网站按它归类。")
    )
    channels = Ticks(
        _l("拟发布渠道"),
        choices=_options(CHANNELS),
        description=_l("主动公开须包括政府网站，其他渠道为辅。"),
    )

    normative = BooleanField(
        _l("行政规范性文件"), description=_l("涉及公众权利义务、普遍适用、可反复适用的。")
    )
    registration_number = _line(_l("登记号"), help=_l("统一登记、统一编号后的登记号。"))
    effective_on = _day(_l("施行日期"), _l("文件写明的施行日期，不早于成文日期。"))
    valid_until = _day(_l("有效期至"), _l("一般三年或五年；试行、暂行的不超过两年。"))
    validity = _one(_l("有效性"), VALIDITIES, _l("发布时的有效性，以后修改、废止时在原页标注。"))
    affects_public = BooleanField(_l("影响公众权益"), description=_l("勾选后须解读。"))
    affects_enterprise = BooleanField(
        _l("涉及企业"), description=_l("涉及企业权利义务、惠企政策的。")
    )
    concerns_services = BooleanField(
        _l("涉及办事服务"), description=_l("涉及办事条件、材料、流程的，须与办事指南一致。")
    )
    concerns_third_party = BooleanField(
        _l("涉及第三方"), description=_l("涉及商业秘密、个人隐私的，须先征求第三方意见。")
    )
    concerns_other_agencies = BooleanField(
        _l("涉及其他机关"), description=_l("须先协商、确认内容准确一致。")
    )
    major_decision = BooleanField(_l("重大行政决策"), description=_l("须作合法性审核。"))
    legality_required = BooleanField(
        _l("其他需要合法性审核的"), description=_l("勾选后经合法性审核。")
    )

    body = TextAreaField(
        _l("正文"),
        description=_l("一段一行。表格和标题的格式会保留，直接改字即可。"),
        render_kw={"rows": 22, "class": "body", "spellcheck": "false"},
    )
    document = FileField(
        _l("用文件替换正文"), description=_l("可以用 .docx、.txt 或带文字的 .pdf。")
    )

    interpretation_required = RadioField(
        _l("是否需要解读"),
        choices=lambda: [
            SelectChoice("yes", str(_l("需要解读"))),
            SelectChoice("no", str(_l("不需要解读"))),
        ],
        default="yes",
        validate_choice=False,
        validators=[AnyOf(["yes", "no"], message=_l("请选择是否需要解读。"))],
    )
    no_interpretation_reason = _text(
        _l("不作解读的理由"), rows=2, help=_l("人事任免、表彰等不涉及公众权益的，写明原因。")
    )
    background = _text(_l("政策背景"), _l("为什么要出台，解决什么问题。"), rows=5)
    basis = _text(_l("决策依据"), _l("依据哪些法律法规和上级文件。"), rows=4)
    purpose = _text(_l("出台目的"), _l("要达到什么效果。"), rows=4)
    measures = _text(_l("重要举措"), _l("群众和企业能得到什么、怎么办。"), rows=8)
    concepts = _line(
        _l("核心概念"), 500, help=_l("文件里哪些说法要解释，写在哪里；没有的写明不适用。")
    )
    differences = _line(
        _l("新旧政策差异"), 500, help=_l("与以前的规定有什么不同；首次制定的写明。")
    )
    reach = _line(_l("影响范围"), 500, help=_l("哪些人、哪些单位受影响。"))
    standards = _line(
        _l("管理执行标准及注意事项"), 500, help=_l("标准、期限和要注意的事，写在哪里。")
    )
    benefits = _line(_l("惠企利民举措"), 500, help=_l("群众和企业能得到什么；没有的写明不适用。"))
    conditions = _line(_l("享受条件"), 500, help=_l("要符合什么条件才能享受；不设条件的写明。"))
    plan_outline = _text(_l("解读提纲"), rows=3, help=_l("准备讲哪几个方面。"))
    plan_forms = Ticks(_l("解读形式"), choices=_options(INTERPRETATION_FORMS))
    plan_channel = _line(_l("解读渠道"), help=_l("在哪里发布解读。"))
    plan_on = _day(_l("解读时间"), _l("与文件同步发布；确有困难的写计划日期。"))
    plan_responsible = _line(_l("责任人"), help=_l("谁负责把解读做出来。"))
    by_unit = _line(
        _l("解读责任单位"),
        help=_l("谁起草、谁解读：不填就是承办单位。由别的单位解读的，写明理由。"),
    )
    by_unit_reason = _line(
        _l("由别的单位解读的理由"), 500, help=_l("由承办单位以外的单位解读时填写。")
    )
    interpreter_kind = _one(
        _l("解读人身份"), INTERPRETERS, _l("重大行政决策须由部门主要负责人解读。")
    )
    interpreter = _line(_l("解读人"), help=_l("解读人姓名。"))
    fewer_forms_reason = _text(
        _l("形式少于规定数量的理由"),
        _l("规定是“原则上”的才可以：写明理由，再请负责人同意。"),
        rows=2,
    )
    similarity_reason = _text(_l("引用原文较多的理由"), _l("写明理由，再请负责人同意。"), rows=2)
    remove_material = SelectMultipleField(_l("删除解读材料"), validate_choice=False)
    material_form = _one(_l("材料形式"), INTERPRETATION_FORMS, _l("图解、视频、问答等。"))
    material_title = _line(_l("材料名称"), help=_l("读者看到的名称。"))
    material_link = _line(_l("材料链接"), 500, help=_l("在网上的，填网址；否则上传文件。"))
    material_channel = _line(_l("发布渠道"), help=_l("这一份在哪里发布。"))
    material_on = _day(_l("计划时间"), _l("这一份什么时候发布。"))
    material_responsible = _line(_l("材料责任人"), help=_l("这一份由谁负责。"))
    material_file = FileField(
        _l("材料文件"), description=_l("图片、文档、音视频，每个不超过 20 MB。")
    )

    remove_image = SelectMultipleField(_l("删除图片"), validate_choice=False)
    remove_attachment = SelectMultipleField(_l("删除附件"), validate_choice=False)
    new_attachments = MultipleFileField(
        _l("添加附件"), description=_l("可以一次选几个文件，每个不超过 20 MB。")
    )
    note = _line(_l("这次改了什么"), 500, _l("写给审查人看，可以不填。"))


class RevisionForm(PackageForm):
    """The same on the way back into the chain: the drafter says of what kind the change is.

    The class is asked for when the package is sent back, not when the text is only kept.
    """

    change_class = RadioField(
        _l("修改的性质"),
        choices=_options(CHANGE_CLASSES),
        validate_choice=False,
        validators=[Optional(), AnyOf(list(CHANGE_CLASSES), message=_l("请从列表中选一项。"))],
    )
