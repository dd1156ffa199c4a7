"""Nothing typed is lost: when a form cannot be taken (token or log-in expired), it is shown again to be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.core import UnboundField

from webapp import security
from webapp.forms.account import LogInForm
from webapp.forms.base import Form

#: Never shown or stored again.
_DROPPED = ("csrf_token",)
#: What fields are called that no form class names.
_NAMES = {
    "name": _l("姓名或名称"),
    "opinion": _l("意见"),
    "note": _l("说明"),
    "locations": _l("问题所在位置"),
}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
#: Fields of the log-in page that carry an earlier form through it.
PREFIX = "kept."
ACTION = "kept_action"


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of the form that was sent; `words` says whether a person wrote it."""

    name: str
    label: str
    value: str
    words: bool


def here() -> str:
    """Path and query of this request, for coming back to it."""
    return request.full_path if request.query_string else request.path


def form_expired() -> ResponseReturnValue:
    """The CSRF token is no longer good: everything typed, a fresh token, one button."""
    sent_by_us = security.same_origin()
    page = render_template(
        "kept.html",
        fields=typed() if sent_by_us else (),
        files=_file_names(),
        action=here(),
        sent_by_us=sent_by_us,
    )
    return page, 400


def after_log_in_expired() -> ResponseReturnValue:
    """Logged out in the middle of a form: the log-in page carries the form until the person is back."""
    fields = typed() if security.same_origin() else ()
    page = render_template(
        "account/log_in.html",
        form=LogInForm(formdata=None),
        kept=fields,
        kept_action=here() if fields else "",
        next_path="",
        sentence=_("登录已过期，请重新登录。您填写的内容没有丢失，登录后可以接着提交。")
        if fields
        else _("登录已过期，请重新登录。"),
    )
    return page, 401


def carried() -> tuple[str, tuple[Typed, ...]] | None:
    """The form that came along through the log-in page: its address and its fields."""
    action = security.local_path(request.form.get(ACTION))
    if action is None:
        return None
    fields = tuple(
        _field(name.removeprefix(PREFIX), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(PREFIX)
    )
    return action, fields


def typed() -> tuple[Typed, ...]:
    """The fields of the request, without tokens and passwords."""
    return tuple(
        _field(name, value)
        for name, value in request.form.items(multi=True)
        if name not in _DROPPED and "password" not in name
    )


def _field(name: str, value: str) -> Typed:
    words = name in _NAMES or len(value) > 80 or bool(_CHINESE.search(value))
    return Typed(name, str(_labels().get(name, _("填写的内容"))), value, words)


@cache
def _labels() -> dict[str, object]:
    """The label of every field of every form, so that what comes back is named as it was."""
    found: dict[str, object] = dict(_NAMES)
    forms = list(Form.__subclasses__())
    while forms:
        form = forms.pop()
        forms.extend(form.__subclasses__())
        for name, field in vars(form).items():
            if isinstance(field, UnboundField) and field.args:
                found.setdefault(name, field.args[0])
    return found


def _file_names() -> list[str]:
    return [file.filename for file in request.files.values() if file.filename]
