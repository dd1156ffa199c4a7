"""Accounts, roles with dates, units. The lists of units and roles are filled by the view for each page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from webapp import i18n
from webapp.forms.base import Form
from workflows.vocabulary import ROLES

_BAD_DATE = _l("日期要写成 2026-11-22 这样。")


class PersonForm(Form):
    """A new account. The password is temporary: it must be changed at the first log-in."""

    name = StringField(_l("姓名"), validators=[InputRequired(_l("请填写姓名。")), Length(max=60)])
    login = StringField(
        _l("登录名"),
        description=_l("小写字母、数字、点和短横，至少 2 个字符，以后不能改。"),
        validators=[
            InputRequired(_l("请填写登录名。")),
            Length(min=2, max=60, message=_l("登录名至少 2 个、至多 60 个字符。")),
            Regexp(r"^[a-z0-9][a-z0-9._-]*$", message=_l("登录名只能用小写字母、数字、点和短横。")),
        ],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    post = StringField(
        _l("职务"), description=_l("例如：副主任、科员。"), validators=[Length(max=60)]
    )
    unit_id = SelectField(_l("单位"), coerce=int)
    initial_password = StringField(
        _l("临时密码"),
        description=_l("请当面或打电话告诉本人。第一次登录时必须改掉。"),
        validators=[InputRequired(_l("请填写临时密码。")), Length(max=200)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

    def with_units(self, units: Iterable[Any]) -> PersonForm:
        """Offer these units."""
        self.unit_id.choices = [SelectChoice(unit.id, unit.name) for unit in units if unit.active]
        return self


class ReasonForm(Form):
    """Deactivating somebody says why."""

    reason = StringField(
        _l("原因"),
        description=_l("例如：调离、退休。会记入日志。"),
        validators=[InputRequired(_l("请写明原因。")), Length(max=200)],
    )


class TemporaryPasswordForm(Form):
    """A new temporary password for somebody who has forgotten theirs."""

    initial_password = StringField(
        _l("临时密码"),
        validators=[InputRequired(_l("请填写临时密码。")), Length(max=200)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class RoleForm(Form):
    """One role at one unit between two dates."""

    role = SelectField(_l("角色"))
    unit_id = SelectField(_l("所在单位"), coerce=int)
    valid_from = DateField(_l("从哪天起"), validators=[InputRequired(_BAD_DATE)])
    valid_until = DateField(
        _l("到哪天止"), description=_l("不填就是一直有效。"), validators=[Optional()]
    )

    def with_choices(self, units: Iterable[Any]) -> RoleForm:
        """Offer every role, and these units."""
        self.role.choices = [SelectChoice(code, i18n.say(term)) for code, term in ROLES.items()]
        self.unit_id.choices = [SelectChoice(unit.id, unit.name) for unit in units if unit.active]
        return self


class ChangedPersonForm(Form):
    """Name, post and unit of somebody who has an account."""

    name = StringField(_l("姓名"), validators=[InputRequired(_l("请填写姓名。")), Length(max=60)])
    post = StringField(_l("职务"), validators=[Length(max=60)])
    unit_id = SelectField(_l("单位"), coerce=int)

    def with_units(self, units: Iterable[Any]) -> ChangedPersonForm:
        """Offer these units."""
        self.unit_id.choices = [SelectChoice(unit.id, unit.name) for unit in units if unit.active]
        return self


class UnitForm(Form):
    """A unit in the tree."""

    name = StringField(
        _l("单位名称"), validators=[InputRequired(_l("请填写单位名称。")), Length(max=100)]
    )
    code = StringField(
        _l("单位代码"),
        description=_l("用在索引号里，以后不能改。"),
        validators=[
            InputRequired(_l("请填写单位代码。")),
            Length(max=40),
            Regexp(r"^[A-Za-z0-9-]+$", message=_l("单位代码只能用字母、数字和短横。")),
        ],
    )
    kind = SelectField(_l("类别"))
    parent_id = SelectField(_l("上级单位"), coerce=int)
    public_entity = BooleanField(
        _l("公共企事业单位"),
        description=_l("学校、医院、供水供电供气供热、公共交通等（条例第五十五条）。"),
    )

    def with_choices(self, units: Iterable[Any]) -> UnitForm:
        """Offer the kinds, and these units as the one above."""
        self.kind.choices = [SelectChoice(code, str(word)) for code, word in UNIT_KINDS.items()]
        none = SelectChoice(0, str(_l("没有上级")))
        self.parent_id.choices = [none, *(SelectChoice(unit.id, unit.name) for unit in units)]
        return self


#: The kinds of unit that the domain knows, in words.
UNIT_KINDS = {
    "government": _l("政府"),
    "office": _l("办公室"),
    "department": _l("部门"),
    "town": _l("乡镇、街道"),
}
