"""Log-in, log-out and one's own password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import auth, i18n, kept, security, transaction
from webapp.answers import finish
from webapp.auth import open_to_all
from webapp.forms.account import LogInForm, PasswordForm
from webapp.transaction import uow
from workflows import people
from workflows.errors import LoginRefused, Refused

blueprint = Blueprint("account", __name__)


@blueprint.get("/login")
@open_to_all
def log_in() -> ResponseReturnValue:
    """The log-in page; whoever is logged in already goes on."""
    target = security.local_path(request.args.get("next")) or ""
    if auth.find_viewer():
        return redirect(target or url_for("home"))
    return _log_in_page(LogInForm(), 200, next_path=target)


@blueprint.post("/login")
@open_to_all
def log_in_now() -> ResponseReturnValue:
    """Check name and password. The attempt is kept whether it succeeds or not: throttling counts it."""
    form = LogInForm()
    target = security.local_path(request.form.get("next")) or ""
    if not form.validate():
        return _log_in_page(form, 422, next_path=target)
    try:
        person = people.authenticate(
            uow(), form.login.data, form.password.data, auth.address(), hasher=auth.hasher()
        )
    except LoginRefused as refusal:
        uow().commit()
        why = refusal.reasons[0]
        status = 429 if why.code == "throttled" else 401
        return _log_in_page(form, status, next_path=target, sentence=i18n.say(why))
    carried = kept.carried()
    response = make_response() if carried else redirect(target or url_for("home"), 303)
    auth.begin(response, person.id)
    uow().commit()
    if carried is not None:
        action, fields = carried
        response.data = render_template(
            "kept.html", fields=fields, files=(), action=action, sent_by_us=True, back=True
        )
    return response


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the log-in here and now."""
    response = redirect(url_for("account.log_in"), 303)
    auth.end(response)
    uow().commit()
    return response


@blueprint.get("/account/password")
def password() -> ResponseReturnValue:
    """The form for a new password."""
    return render_template("account/password.html", form=PasswordForm())


@blueprint.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's own password; every other log-in of this person ends."""
    form = PasswordForm()
    if form.validate():
        try:
            people.change_password(
                uow(),
                form.current_password.data,
                form.new_password.data,
                keep_token=request.cookies.get(auth.COOKIE),
                hasher=auth.hasher(),
            )
            return finish(url_for("home"), _("密码已修改。"))
        except Refused as refusal:
            transaction.abandon()
            form.new_password.errors = [*form.new_password.errors, *refusal.reasons]
    return render_template("account/password.html", form=form), 422


def _log_in_page(
    form: LogInForm, status: int, *, next_path: str, sentence: str = ""
) -> ResponseReturnValue:
    carried = kept.carried()
    page = render_template(
        "account/log_in.html",
        form=form,
        next_path=next_path,
        sentence=sentence,
        kept_action=carried[0] if carried else "",
        kept=carried[1] if carried else (),
    )
    return page, status
