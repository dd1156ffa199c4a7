"""How pages are shown to this browser: language, large text, dark. Cookies only, with or without log-in."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp import security
from webapp.auth import open_to_all
from webapp.i18n import LANGUAGE_COOKIE

blueprint = Blueprint("preferences", __name__)
#: Field = cookie, and the values it may take.
CHOICES = {
    LANGUAGE_COOKIE: ("zh", "en"),
    "text": ("normal", "large"),
    "theme": ("light", "dark"),
}
_YEAR = 365 * 24 * 3600


@blueprint.post("/preferences")
@open_to_all
def choose() -> ResponseReturnValue:
    """Remember one choice and go back to the page it was made on."""
    back = security.local_path(request.form.get("next")) or url_for("home")
    response = redirect(back, 303)
    secure = current_app.config["SANSHEN"].secure_cookies
    for name, allowed in CHOICES.items():
        value = request.form.get(name)
        if value in allowed:
            security.set_cookie(response, name, value, max_age=_YEAR, secure=secure)
    return response


security.csrf.exempt(choose)  # another site could at most make our letters large
