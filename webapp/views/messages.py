"""What people are told: the messages of whoever is logged in, marked read by opening them."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp import security
from webapp.answers import finish, only_once
from webapp.transaction import uow
from workflows import notices

blueprint = Blueprint("messages", __name__, url_prefix="/messages")
#: A number that a database can hold; a larger one is an unknown address.
ID = "int(max=2147483647)"


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The latest messages, the newest first."""
    return render_template("messages/index.html", rows=notices.list_mine(uow()))


@blueprint.post(f"/<{ID}:notice_id>")
@only_once
def read(notice_id: int) -> ResponseReturnValue:
    """Mark a message read and go to what it is about."""
    rows = {row.id: row for row in notices.list_mine(uow())}
    notices.mark_read(uow(), notice_id)
    link = security.local_path(rows[notice_id].link) if notice_id in rows else None
    return finish(link or url_for("messages.index"))
