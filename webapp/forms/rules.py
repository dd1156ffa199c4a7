"""A unit's own number: which rule, how much, how strictly, from when, and by which document."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from webapp import i18n
from webapp.forms.base import Form
from webapp.forms.catalogue import Day
from workflows.parameters import PARAMETERS
from workflows.repost_sources import MOST_NAME
from workflows.vocabulary import STRENGTHS


class Whole(IntegerField):  # type: ignore[misc]  # WTForms ships no types
    """A whole number; what is none is said in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_l("请填写整数。"))) from error


class SourceForm(Form):
    """A website that may be reposted from."""

    host = StringField(
        _l("网站的域名"),
        description=_l("如 example.com；其下各级网站都算在内。粘贴网址也可以。"),
        validators=[
            InputRequired(_l("请填写网站的域名。")),
            Length(max=500, message=_l("这一项最多 %(max)d 字。")),
        ],
    )
    name = StringField(
        _l("网站的名称"),
        validators=[
            InputRequired(_l("请填写网站的名称。")),
            Length(max=MOST_NAME, message=_l("这一项最多 %(max)d 字。")),
        ],
    )
    basis = StringField(
        _l("依据的文件"),
        description=_l("文件名和文号。"),
        validators=[
            InputRequired(_l("请写明依据的文件。")),
            Length(max=500, message=_l("这一项最多 %(max)d 字。")),
        ],
    )


class RuleForm(Form):
    """One number of the rules."""

    key = SelectField(
        _l("规则"),
        choices=lambda: [SelectChoice(k, i18n.say(p)) for k, p in PARAMETERS.items()],
        validate_choice=False,
    )
    value = Whole(
        _l("数值"),
        description=_l("复查截止日写成四位数：12月31日写 1231。"),
        validators=[InputRequired(_l("请填写数值。"))],
    )
    strength = RadioField(
        _l("强度"),
        choices=lambda: [SelectChoice(k, i18n.say(term)) for k, term in STRENGTHS.items()],
        description=_l(
            "“必须”谁也不能例外；“原则上”写明理由、经负责人同意可以例外；“鼓励”不作要求。"
        ),
        default="mandatory",
        validate_choice=False,
    )
    effective_on = Day(_l("生效日期"), validators=[InputRequired(_l("请填写生效日期。"))])
    basis = StringField(
        _l("依据的文件"),
        description=_l("文件名和文号。"),
        validators=[
            InputRequired(_l("请写明依据的文件。")),
            Length(max=500, message=_l("这一项最多 %(max)d 字。")),
        ],
    )

    def number(self) -> int:
        """The value; far too large ones stay outside every bound."""
        return min(int(self.value.data), 1_000_000)
