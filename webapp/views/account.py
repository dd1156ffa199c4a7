"""Log-in, log-out and one's own password."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.text import Sentence
from webapp import auth, i18n, kept, security, transaction
from webapp.answers import finish, only_once
from webapp.auth import open_to_all
from webapp.forms.account import LeaveForm, LogInForm, PasswordForm
from webapp.transaction import uow
from workflows import people, standing_in
from workflows.errors import LoginRefused, Refused
from workflows.vocabulary import OUTSIDE_THE_CHAIN

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


@blueprint.get("/account/leave")
def leave() -> str:
    """外出与代理: who acts for me, for whom I act, and changing over."""
    return _leave_page(LeaveForm(formdata=None))


@blueprint.post("/account/leave")
@only_once
def appoint() -> ResponseReturnValue:
    """Somebody acts for me while I am away."""
    me = auth.viewer()
    form = LeaveForm().with_choices(standing_in.candidates(uow(), me.id), me.roles)
    if not form.validate():
        return _leave_page(form), 422
    try:
        standing_in.appoint(
            uow(),
            me.id,
            form.substitute.data,
            first=form.first.data,
            last=form.last.data,
            reason=form.reason.data,
            role=form.role.data or None,
        )
    except Refused as refusal:
        transaction.abandon()
        return _leave_page(form, refusal.reasons), 422
    return finish(url_for("account.leave"), _("已委托，代理人会收到消息。"))


@blueprint.post("/account/leave/<int(max=2147483647):substitution_id>/revoke")
@only_once
def revoke(substitution_id: int) -> ResponseReturnValue:
    """Back early."""
    standing_in.revoke(uow(), substitution_id)
    return finish(url_for("account.leave"), _("已终止代理。"))


@blueprint.post("/account/standing-in")
def stand_in() -> ResponseReturnValue:
    """Change over to acting for somebody, or back to oneself; every page then says so at its top."""
    chosen = request.form.get("for", "")
    allowed = {row.principal_id for row in standing_in.for_whom(uow())}
    response = redirect(url_for("home"), 303)
    if chosen in allowed:
        secure = auth.settings().secure_cookies
        security.set_cookie(response, auth.STANDING_IN, chosen, secure=secure)
    else:
        response.delete_cookie(auth.STANDING_IN, httponly=True, samesite="Lax")
    return response


def _leave_page(form: LeaveForm, refused: Sequence[Sentence] = ()) -> str:
    me = auth.viewer()
    return render_template(
        "account/leave.html",
        form=form.with_choices(standing_in.candidates(uow(), me.id), me.roles),
        mine=standing_in.of(uow(), me.id),
        lent=standing_in.for_whom(uow()),
        may_lend=me.acting_for is None and any(one not in OUTSIDE_THE_CHAIN for one in me.roles),
        refused=refused,
    )


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
