"""Who is asking: a log-in is a row that can be ended, the browser holds only its opaque token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from argon2 import PasswordHasher
from flask import Flask, Request, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from config import Settings
from engine.database import Actor, UnitOfWork
from webapp import kept, security, transaction
from webapp.transaction import ANONYMOUS, uow
from workflows import passwords, people, standing_in
from workflows.models import Person

COOKIE = "sanshen_session"
#: For whom the person of this browser acts; says nothing that is not asked of the database.
STANDING_IN = "standing_in"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person behind the request, as plain values; speaks Flask-Login's four words."""

    id: int
    name: str
    post: str
    unit: str
    unit_id: int
    roles: tuple[str, ...]
    must_change_password: bool
    #: Whom this person stands in for on this page, and by what name.
    acting_for: int | None = None
    acting_name: str = ""
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return str(self.id)

    def has(self, *roles: str) -> bool:
        """Whether any of these roles is held today."""
        return any(role in self.roles for role in roles)


def open_to_all(view: View) -> View:
    """Mark a view that needs no log-in. Every other endpoint does, so none can be forgotten."""
    view.open_to_all = True  # type: ignore[attr-defined]  # a mark on a function
    return view


def viewer() -> Viewer:
    """The person who is logged in."""
    person: Viewer = current_user._get_current_object()
    return person


def find_viewer() -> Viewer | None:
    """The person who is logged in, or None."""
    return viewer() if current_user.is_authenticated else None


def init_app(app: Flask) -> None:
    """Install Flask-Login over the sessions of `workflows.people`, and the guard of every endpoint."""
    manager = LoginManager()
    manager.session_protection = (
        None  # the token is the protection; addresses change behind proxies
    )
    manager.init_app(app)
    manager.request_loader(_load)
    app.before_request(_guard)
    app.context_processor(lambda: {"person": None if g.get("bare") else find_viewer()})


def begin(response: Response, person_id: int) -> None:
    """Open a log-in for this person: new token, new form secrets; nothing of the earlier session stays."""
    token = people.open_session(uow(), person_id, address(), hours=settings().session_hours)
    session.clear()
    g.pop("csrf_token", None)  # a page shown in this very answer needs the new secret's token
    security.set_cookie(response, COOKIE, token, secure=settings().secure_cookies)


def end(response: Response) -> None:
    """End the log-in of this browser; what it cached of our pages goes too."""
    token = request.cookies.get(COOKIE)
    if token:
        people.close_session(uow(), token)
    session.clear()
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache"'


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.config["SANSHEN"]
    return found


def hasher() -> PasswordHasher:
    """How passwords are hashed here; tests are allowed to be quick."""
    return passwords.CHEAP if settings().argon2_cheap else passwords.STRONG


def address() -> str:
    """Where the request comes from, for throttling and the trail."""
    return request.remote_addr or "unknown"


def actor_of(person: Viewer) -> Actor:
    """The actor of the unit of work. With several roles the act itself decides which one is used."""
    role = person.roles[0] if len(person.roles) == 1 else None
    principal = str(person.acting_for) if person.acting_for else None
    return Actor(str(person.id), person.name, role=role, acting_for=principal, address=address())


def _load(incoming: Request) -> Viewer | None:
    """Flask-Login asks once per request."""
    token = incoming.cookies.get(COOKIE)
    chosen = incoming.cookies.get(STANDING_IN, "")
    person = _find(token, chosen) if token else None
    g.actor = actor_of(person) if person else ANONYMOUS
    if "uow" in g:
        uow().actor = g.actor
    return person


def _find(token: str, chosen: str) -> Viewer | None:
    """Whose token this is. Its last use is written once a minute, apart from what the request does."""
    idle = settings().session_idle_minutes
    with (
        transaction.store().open(ANONYMOUS, readonly=True) as look,
        look.session.no_autoflush,  # a reader must not become a writer here
    ):
        found = people.session_person(look, token, idle_minutes=idle)
        person = _viewer(look, found, chosen) if found else None
        seen_long_ago = bool(look.session.dirty)
    if seen_long_ago:
        with transaction.separate(ANONYMOUS) as own:
            people.session_person(own, token, idle_minutes=idle)
            own.commit()
    return person


def _viewer(look: UnitOfWork, found: Person, chosen: str) -> Viewer:
    """`chosen`: for whom the browser says that its person acts; believed only while that is so."""
    look.actor = Actor(str(found.id), found.name)
    lent = next((row for row in standing_in.for_whom(look) if row.principal_id == chosen), None)
    if lent is not None:
        look.actor = Actor(str(found.id), found.name, acting_for=lent.principal_id)
    held = people.roles_of(look, found.id)
    return Viewer(
        id=found.id,
        name=found.name,
        post=found.post,
        unit=found.unit.name,
        unit_id=found.unit_id,
        roles=tuple(dict.fromkeys(holding.role for holding in held)),
        must_change_password=found.must_change_password,
        acting_for=int(lent.principal_id) if lent else None,
        acting_name=lent.principal_name if lent else "",
    )


def _guard() -> Any:
    """Send strangers to the log-in; a first password must be changed before anything else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "open_to_all", False):
        return None
    person = find_viewer()
    if person is None:
        transaction.abandon()
        if request.method == "POST":
            return kept.after_log_in_expired()
        return redirect(url_for("account.log_in", next=kept.here()))
    if person.must_change_password and request.blueprint != "account":
        return redirect(url_for("account.password"))
    return None
