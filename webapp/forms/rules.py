"""A unit's own number: which rule, how much, how strictly, from when, and by which document."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from webapp import i18n
from webapp.forms.base import Form
from webapp.forms.catalogue import Day
from workflows.parameters import PARAMETERS, Parameter
from workflows.repost_sources import MOST_NAME
from workflows.vocabulary import STRENGTHS


class Whole(IntegerField):  # type: ignore[misc]  # WTForms ships no types
    """A whole number; what is none is said in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_l("请填写整数。"))) from error


def _basis() -> StringField:
    return StringField(
        _l("依据的文件"),
        description=_l("文件名和文号。"),
        validators=[
            InputRequired(_l("请写明依据的文件。")),
            Length(max=500, message=_l("这一项最多 %(max)d 字。")),
        ],
    )


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
    basis = _basis()


class LaidDown(Form):
    """What a unit says of any rule: how strictly, from when, by which document."""

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
    basis = _basis()


class RuleForm(LaidDown):
    """One number of the rules."""

    key = SelectField(
        _l("规则"),
        choices=lambda: [
            SelectChoice(k, i18n.say(p)) for k, p in PARAMETERS.items() if p.ways is None
        ],
        validate_choice=False,
    )
    value = Whole(
        _l("数值"),
        description=_l("复查截止日写成四位数：12月31日写 1231。"),
        validators=[InputRequired(_l("请填写数值。"))],
    )

    @property
    def rule(self) -> str:
        return str(self.key.data)

    def number(self) -> int:
        """The value; far too large ones stay outside every bound."""
        return min(int(self.value.data), 1_000_000)


class WayForm(LaidDown):
    """One of the two ways that a rule knows; which is 0 and which is 1 nobody has to know.

    Several of them stand on one page beside the form for numbers, so each has its fields by its own name.
    """

    value = RadioField(validators=[InputRequired(_l("请选择一种。"))], validate_choice=False)

    def __init__(self, parameter: Parameter, **given: Any) -> None:
        super().__init__(prefix=f"{parameter.key.replace('.', '-')}-", **given)
        self.rule = parameter.key
        self.value.label.text = i18n.say(parameter)
        self.value.choices = [
            SelectChoice(str(stored), i18n.say(way))
            for stored, way in enumerate(parameter.ways or ())
        ]

    def is_sent(self, form: Collection[str]) -> bool:
        """Whether it is this one that was handed in."""
        return self.effective_on.name in form

    def number(self) -> int:
        """The stored value; what stands for no way is refused below."""
        return {"0": 0, "1": 1}.get(self.value.data, -1)


def ways(**given: Any) -> list[WayForm]:
    """A form for each rule that is a choice between two ways."""
    return [WayForm(one, **given) for one in PARAMETERS.values() if one.ways is not None]
