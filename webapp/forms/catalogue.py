"""A new edition of the catalogue, and something that happened from which it counts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, FileField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from webapp.forms.base import Form

_BAD_DATE = _l("日期要写成 2026-11-22 这样。")


class Day(DateField):  # type: ignore[misc]  # WTForms ships no types
    """A date whose wrong form is said in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_BAD_DATE)) from error


class TableForm(Form):
    """The table as the office keeps it; nothing is changed by handing it in."""

    file = FileField(_l("表格文件（.xlsx 或 .csv）"))


class EditionForm(Form):
    """The table that was looked at, and from when it is to hold."""

    rows = HiddenField()
    effective_on = Day(
        _l("生效日期"),
        description=_l("不早于今天。批准得晚的，从批准那天起生效。"),
        validators=[InputRequired(_l("请填写生效日期。"))],
    )
    note = StringField(
        _l("说明"),
        description=_l("为什么要改，例如：年度调整。"),
        validators=[Length(max=500, message=_l("这一项最多 %(max)d 字。"))],
    )


class EventForm(Form):
    """竣工, 结果确定, 作出决定: what happened, and on which day."""

    unit = SelectField(_l("哪个单位"), coerce=int)
    code = SelectField(_l("目录事项"), validate_choice=False)
    what = StringField(
        _l("发生了什么"),
        description=_l("例如：柳溪镇安置房二期竣工。"),
        validators=[
            InputRequired(_l("请写明发生了什么。")),
            Length(max=100, message=_l("这一项最多 %(max)d 字。")),
        ],
    )
    on = Day(_l("哪一天"), validators=[InputRequired(_l("请填写日期。"))])
