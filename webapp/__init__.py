"""The browser's side: translates requests into words and answers into pages; knows nothing of publishing.

`create_app` is the composition root: the only place where engine, domain and web are put together.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine

from config import Settings
from engine.database import make_engine
from webapp import (
    answers,
    auth,
    errors,
    formats,
    i18n,
    kept,
    official,
    places,
    request_log,
    security,
)
from webapp import transaction as transactions
from webapp.punctuation import Punctuation
from webapp.views import blueprints
from workflows.handlers import DOMAIN

_STATIC = Path(__file__).with_name("static")


def create_app(settings: Settings, *, engine: Engine | None = None) -> Flask:
    """The application for these settings. Migrations and demo data are the command line's work."""
    app = Flask(__name__)
    app.config["SANSHEN"] = settings
    app.config["TESTING"] = settings.mode == "test"
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is a page with a number, in tests as well
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = int(timedelta(days=365).total_seconds())
    # Order matters: the number of the request first, its language next, then who is asking.
    request_log.init_app(app)
    i18n.init_app(app)
    transactions.init_app(app, engine or make_engine(settings.database_url), DOMAIN)
    security.init_app(app, settings)
    auth.init_app(app)
    formats.init_app(app)
    official.init_app(app)
    errors.init_app(app)
    _templates(app, settings)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", auth.open_to_all(home))
    return app


def home() -> ResponseReturnValue:
    """The work of whoever is logged in, the public portal for everybody else."""
    person = auth.find_viewer()
    return redirect(places.first_place(person) if person else url_for("public.index"))


def _templates(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(Punctuation)
    app.jinja_env.globals.update(
        places=places.places,
        static_url=static_url,
        once_key=answers.once_key,
        here=kept.here,
        with_query=with_query,
        site_name=settings.site_name,
    )
    app.context_processor(_display)


def _display() -> dict[str, Any]:
    return {
        "large_text": request.cookies.get("text") == "large",
        "dark": request.cookies.get("theme") == "dark",
    }


@cache
def static_url(name: str) -> str:
    """The address of a static file with its content in it, so browsers may keep it for ever."""
    content = sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={content}"


def with_query(**changes: str | None) -> str:
    """This page's address with some query values replaced; None takes a value away."""
    values = {**request.args.to_dict(), **changes}
    query = {name: value for name, value in values.items() if value}
    path = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{path}?{urlencode(query)}" if query else path
