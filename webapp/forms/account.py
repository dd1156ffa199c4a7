"""Log-in, change of password, and who acts for me while I am away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from webapp import i18n
from webapp.forms.base import Form
from webapp.forms.catalogue import Day
from workflows import passwords
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES


class LogInForm(Form):
    """Name and password; whether they are right is for `workflows.people` to say."""

    login = StringField(
        _l("登录名"),
        validators=[InputRequired(_l("请填写登录名。")), Length(max=60)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("密码"),
        validators=[InputRequired(_l("请填写密码。")), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(Form):
    """A new password, typed twice."""

    current_password = PasswordField(
        _l("现在的密码"),
        validators=[InputRequired(_l("请填写现在的密码。")), Length(max=200)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        _l("新密码"),
        description=_l("至少 %(n)s 个字符。可以用一句自己记得住的话。", n=passwords.LEAST_LENGTH),
        validators=[InputRequired(_l("请填写新密码。")), Length(max=200)],
        render_kw={"autocomplete": "new-password"},
    )
    new_password_again = PasswordField(
        _l("再写一遍新密码"),
        validators=[
            InputRequired(_l("请再写一遍新密码。")),
            EqualTo("new_password", message=_l("两遍新密码不一样。")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class LeaveForm(Form):
    """Who acts for me, in which role, from when to when, and why."""

    substitute = SelectField(_l("请谁代理"), coerce=int)
    role = SelectField(_l("代理哪个岗位"))
    first = Day(_l("从哪天起"), validators=[InputRequired(_l("请填写日期。"))])
    last = Day(_l("到哪天止（含）"), validators=[InputRequired(_l("请填写日期。"))])
    reason = StringField(
        _l("原因"),
        description=_l("例如：出差、休假。"),
        validators=[InputRequired(_l("请写明原因。")), Length(max=200)],
    )

    def with_choices(self, people: Iterable[Any], roles: Iterable[str]) -> LeaveForm:
        """Offer these colleagues, and these roles."""
        self.substitute.choices = [
            SelectChoice(one.id, f"{one.name}{_('（')}{one.unit.name}{one.post}{_('）')}")
            for one in people
        ]
        self.role.choices = [
            SelectChoice("", str(_l("全部岗位"))),
            *(
                SelectChoice(role, i18n.say(ROLES[role]))
                for role in roles
                if role not in OUTSIDE_THE_CHAIN
            ),
        ]
        return self
