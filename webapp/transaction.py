"""One unit of work per request: opened on first use, committed once by the view, rolled back otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.database import Actor, Domain, UnitOfWork

#: Whoever has not logged in; an act in this name is refused below, reading is limited to what is public.
ANONYMOUS = Actor("anonymous", "未登录")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Store:
    """What a unit of work is made of; one per application."""

    engine: Engine
    sessions: sessionmaker[Session]
    domain: Domain

    def open(self, actor: Actor, *, readonly: bool = False) -> UnitOfWork:
        """A new unit of work. `readonly` keeps SQLite readers out of the writers' queue."""
        session = self.sessions()
        if readonly:
            session.connection(execution_options={"readonly": True})
        return UnitOfWork(session, actor, clock.now(), self.domain)


def init_app(app: Flask, engine: Engine, domain: Domain) -> None:
    """Give the application its store and close each request's unit of work at the end."""
    app.extensions["sanshen"] = Store(engine, sessionmaker(engine, expire_on_commit=False), domain)
    app.teardown_request(_close)


def store() -> Store:
    """The store of the running application."""
    found: Store = current_app.extensions["sanshen"]
    return found


def uow() -> UnitOfWork:
    """The unit of work of this request. Read-only for requests that must not change anything."""
    if "uow" not in g:
        g.uow = store().open(g.get("actor", ANONYMOUS), readonly=request.method in _READING)
    found: UnitOfWork = g.uow
    return found


def separate(actor: Actor | None = None) -> UnitOfWork:
    """A second, writing unit of work, for what must be recorded although the request only reads or failed.

    Use as a context manager and commit it. During a request that writes, call `abandon` first:
    SQLite has one writer, and it would wait for itself.
    """
    return store().open(actor or g.get("actor", ANONYMOUS))


def abandon() -> None:
    """Give up what this request did so far; the next `uow()` starts afresh."""
    current: UnitOfWork | None = g.pop("uow", None)
    if current is not None:
        current.__exit__(None, None, None)


def is_busy(error: BaseException) -> bool:
    """Whether the database only asked us to come back later (a lock was not granted in time)."""
    text = str(error).lower()
    return isinstance(error, OperationalError) and any(
        sign in text for sign in ("database is locked", "lock not available", "deadlock", "busy")
    )


def _close(error: BaseException | None) -> None:
    abandon()
