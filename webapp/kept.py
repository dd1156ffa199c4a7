"""Nothing typed is lost: when a form cannot be taken (token or log-in expired), it is shown again to be sent."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp import security

#: Never shown or stored again.
_DROPPED = ("csrf_token",)
#: What our long text fields are called, for the page that gives them back.
_NAMES = {
    "opinion": _l("意见"),
    "note": _l("说明"),
    "reason": _l("理由"),
    "body": _l("正文"),
    "title": _l("标题"),
    "locations": _l("问题所在位置"),
    "name": _l("姓名、名称"),
}
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
    from webapp.forms.account import LogInForm

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
    last = name.rsplit("-", 1)[-1]
    words = last in _NAMES or len(value) > 80 or "\n" in value
    return Typed(name, str(_NAMES.get(last, _("填写的内容"))), value, words)


def _file_names() -> list[str]:
    return [file.filename for file in request.files.values() if file.filename]
