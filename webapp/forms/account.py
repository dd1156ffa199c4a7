"""Log-in and change of password."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from webapp.forms.base import Form
from workflows import passwords


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
