"""Idempotency keys of POSTs: the second arrival of a form gets the first one's answer and does nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.database import UnitOfWork
from engine.errors import EngineError
from engine.models import UsedKey
from engine.text import Sentence

#: Long enough for a browser left open overnight; after it the form itself is stale.
KEPT = timedelta(days=7)

#: A key is chosen by the browser's page, so its length is not ours to trust.
LONGEST_KEY = 200


class AlreadyDone(EngineError):
    """The same form arrived twice at once and the other one was first; roll back and replay its answer."""


class BadKey(EngineError):
    """The key is empty or absurdly long."""


def replay(uow: UnitOfWork, key: str) -> str | None:
    """The answer this actor got for this key, or None if it was not used."""
    _check(key)
    found = sa.select(UsedKey.answer).where(UsedKey.actor_id == uow.actor.id, UsedKey.key == key)
    return uow.session.scalar(found)


def remember(uow: UnitOfWork, key: str, answer: str) -> None:
    """Store the answer in the act's own transaction. Raises AlreadyDone if another was quicker."""
    _check(key)
    row = {"actor_id": uow.actor.id, "key": key, "answer": answer, "used_at": uow.now}
    stored = uow.session.execute(insert_if_new(uow, UsedKey).values(row).returning(UsedKey.key))
    if stored.first() is None:
        raise AlreadyDone(
            Sentence(
                "该表单已经提交过，此次提交未再执行。",
                "This form was submitted already; it was not carried out a second time.",
            )
        )


def forget_old(uow: UnitOfWork) -> int:
    """Remove keys past their time; answers how many."""
    old = sa.delete(UsedKey).where(UsedKey.used_at < uow.now - KEPT)
    return cast("sa.CursorResult[Any]", uow.session.execute(old)).rowcount


def insert_if_new(uow: UnitOfWork, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """INSERT that does nothing where the row exists, in the words of the database at hand."""
    if uow.session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _check(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY or "\x00" in key:
        raise BadKey(Sentence("表单编号无效，请重新打开页面。", "The form's key is not valid."))
