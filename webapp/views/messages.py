"""What people are told: the messages of whoever is logged in, marked read by opening them."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config import Settings
from webapp import security, transaction
from webapp.answers import finish, only_once
from webapp.transaction import uow
from workflows import mail, notices
from workflows.errors import Refused

blueprint = Blueprint("messages", __name__, url_prefix="/messages")
#: A number that a database can hold; a larger one is an unknown address.
ID = "int(max=2147483647)"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The latest messages, the newest first, and whether they also come by mail."""
    return _page()


@blueprint.post("/mail")
@only_once
def choose() -> ResponseReturnValue:
    """Set where one's own messages are sent."""
    address, choice = request.form.get("address", ""), request.form.get("choice", "")
    try:
        mail.choose(uow(), address, choice)
    except Refused as refusal:
        transaction.abandon()
        return _page(refusal, (address, choice)), 422
    return finish(url_for("messages.index"), _("邮件通知已设置。"))


def _page(refusal: Refused | None = None, typed: tuple[str, str] | None = None) -> str:
    settings: Settings = current_app.config["SANSHEN"]
    address, choice = typed or mail.mine(uow())
    return render_template(
        "messages/index.html",
        rows=notices.list_mine(uow()),
        has_mail=bool(settings.smtp_host),
        address=address,
        choice=choice,
        choices=mail.CHOICES,
        reasons=refusal.reasons if refusal else (),
    )


@blueprint.post(f"/<{ID}:notice_id>")
@only_once
def read(notice_id: int) -> ResponseReturnValue:
    """Mark a message read and go to what it is about."""
    rows = {row.id: row for row in notices.list_mine(uow())}
    notices.mark_read(uow(), notice_id)
    link = security.local_path(rows[notice_id].link) if notice_id in rows else None
    return finish(link or url_for("messages.index"))
