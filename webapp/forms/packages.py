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
    grounds = Ticks(_l("法定情形"), choices=_options(GROUNDS))
    reason = _text(
        _l("理由"), _l("为什么依申请公开，或者为什么不予公开。写明依据和具体内容。"), rows=3
    )
    scope = _one(_l("公开范围"), SCOPES)
    scope_note = _line(_l("范围说明"), help=_l("特定区域或人群时，写明是哪里、哪些人。"))
    period = _one(_l("公开期限"), PERIODS)
    period_until = _day(_l("公开至"))

    title = _line(_l("标题"))
    info_type = _one(_l("信息类型"), INFO_TYPES)
    document_kind = _one(_l("文种"), DOCUMENT_KINDS)
    issuer = _line(_l("发文机关"))
    document_number = _line(_l("发文字号"), help=_l("如：云政办发〔2026〕17号；没有文号的写“无”。"))
    dated_on = _day(_l("成文日期"))
    info_class = _one(
        _l("信息分级"), INFO_CLASSES, _l("重要会议、重大政策为 B；突发、可能引发炒作的为 C。")
    )
    source = _one(_l("来源"), SOURCES)
    source_link = _line(_l("原文链接"), 500, _l("转载时填写。"))

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
    outside_catalogue = BooleanField(_l("目录里没有这一事项"))
    outside_reason = _line(_l("目录外公开的理由"))
    column = _line(_l("栏目"), help=_l("网站上放在哪个栏目。"))
    topics = Ticks(_l("主题分类"), choices=_options(TOPICS))
    channels = Ticks(_l("拟发布渠道"), choices=_options(CHANNELS))

    normative = BooleanField(_l("行政规范性文件"))
    registration_number = _line(_l("登记号"))
    effective_on = _day(_l("施行日期"))
    valid_until = _day(_l("有效期至"))
    validity = _one(_l("有效性"), VALIDITIES)
    affects_public = BooleanField(_l("影响公众权益"))
    affects_enterprise = BooleanField(_l("涉及企业"))
    concerns_services = BooleanField(_l("涉及办事服务"))
    concerns_third_party = BooleanField(
        _l("涉及第三方"), description=_l("涉及商业秘密、个人隐私的，须先征求第三方意见。")
    )
    concerns_other_agencies = BooleanField(
        _l("涉及其他机关"), description=_l("须先协商、确认内容准确一致。")
    )
    major_decision = BooleanField(_l("重大行政决策"), description=_l("须作合法性审核。"))
    legality_required = BooleanField(_l("其他需要合法性审核的"))

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
    no_interpretation_reason = _text(_l("不作解读的理由"), rows=2)
    background = _text(_l("政策背景"), _l("为什么要出台，解决什么问题。"), rows=5)
    basis = _text(_l("决策依据"), _l("依据哪些法律法规和上级文件。"), rows=4)
    purpose = _text(_l("出台目的"), _l("要达到什么效果。"), rows=4)
    measures = _text(_l("重要举措"), _l("群众和企业能得到什么、怎么办。"), rows=8)
    concepts = _line(_l("核心概念"), 500)
    differences = _line(_l("新旧政策差异"), 500)
    reach = _line(_l("影响范围"), 500)
    standards = _line(_l("管理执行标准及注意事项"), 500)
    benefits = _line(_l("惠企利民举措"), 500)
    conditions = _line(_l("享受条件"), 500)
    plan_outline = _text(_l("解读提纲"), rows=3)
    plan_forms = Ticks(_l("解读形式"), choices=_options(INTERPRETATION_FORMS))
    plan_channel = _line(_l("解读渠道"))
    plan_on = _day(_l("解读时间"))
    plan_responsible = _line(_l("责任人"))
    by_unit = _line(
        _l("解读责任单位"),
        help=_l("谁起草、谁解读：不填就是承办单位。由别的单位解读的，写明理由。"),
    )
    by_unit_reason = _line(_l("由别的单位解读的理由"), 500)
    interpreter_kind = _one(_l("解读人身份"), INTERPRETERS)
    interpreter = _line(_l("解读人"))
    fewer_forms_reason = _text(
        _l("形式少于规定数量的理由"),
        _l("规定是“原则上”的才可以：写明理由，再请负责人同意。"),
        rows=2,
    )
    similarity_reason = _text(_l("引用原文较多的理由"), _l("写明理由，再请负责人同意。"), rows=2)
    remove_material = SelectMultipleField(_l("删除解读材料"), validate_choice=False)
    material_form = _one(_l("材料形式"), INTERPRETATION_FORMS)
    material_title = _line(_l("材料名称"))
    material_link = _line(_l("材料链接"), 500)
    material_channel = _line(_l("发布渠道"))
    material_on = _day(_l("计划时间"))
    material_responsible = _line(_l("材料责任人"))
    material_file = FileField(_l("材料文件"))

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
