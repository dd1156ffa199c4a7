"""How a view ends a POST: one commit, one message, one redirect, and the same answer for a second press."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import ParamSpec

from flask import flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from engine import once
from engine.errors import SanshenError
from webapp import transaction
from webapp.transaction import uow

#: The hidden field that names one showing of one form.
FIELD = "once"
Given = ParamSpec("Given")


def once_key() -> str:
    """A fresh key for a form about to be shown."""
    return secrets.token_urlsafe(16)


def only_once(
    view: Callable[Given, ResponseReturnValue],
) -> Callable[Given, ResponseReturnValue]:
    """A second press of the same form gets the redirect of the first and changes nothing.

    Two presses can also run side by side: then the later one is refused by the rows that the
    earlier one changed, or by the key itself, and is answered from the key as well.
    """

    @wraps(view)
    def guarded(*args: Given.args, **kwargs: Given.kwargs) -> ResponseReturnValue:
        earlier = _earlier()
        if earlier is not None:
            return earlier
        try:
            answer = view(*args, **kwargs)
        except (SanshenError, IntegrityError):
            transaction.abandon()
            earlier = _earlier()
            if earlier is None:
                raise
            return earlier
        if isinstance(answer, tuple) and answer[1] in (409, 422):
            # perhaps refused only because the twin of this press was quicker
            transaction.abandon()
            return _earlier() or answer
        return answer

    return guarded


def finish(location: str, message: str = "", *, kind: str = "done") -> ResponseReturnValue:
    """Commit what the view did and send the browser on. `message` is read out on the next page."""
    key = _key()
    if key is not None:
        once.remember(uow(), key, location)
    uow().commit()
    if message:
        flash(message, kind)
    return _onward(location)


def _onward(location: str) -> ResponseReturnValue:
    """A redirect; to a page that shows how far its upload is, the address to go to (static/upload.js)."""
    if request.headers.get("X-Upload"):
        return {"location": location}
    return redirect(location, 303)


def _earlier() -> ResponseReturnValue | None:
    key = _key()
    location = once.replay(uow(), key) if key is not None else None
    if location is None:
        return None
    flash(_("这一步已经办好了，没有重复提交。"), "note")
    return _onward(location)


def _key() -> str | None:
    """The key bound to person and address, so that nobody can replay another's answer."""
    typed = request.form.get(FIELD, "")
    if not typed:
        return None
    who = g.actor.id if "actor" in g else ""
    return sha256(f"{who}\n{request.path}\n{typed}".encode()).hexdigest()
