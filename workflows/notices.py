"""Messages to people: who is told what, in the same transaction as the act that caused it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import mail
from workflows.errors import NotFound
from workflows.models import Notice


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message to a person."""

    id: int
    text: Sentence
    link: str
    at: datetime
    read_at: datetime | None
    asks_to_act: bool  # a task of theirs waits behind the link; other messages only inform


#: Messages about a task that waits for the receiver.
_ASKING = frozenset({"task", "reminder"})

#: Nobody reads further back than this on a page; older lines stay in the table.
SHOWN = 50


def tell(
    uow: UnitOfWork, people: Iterable[int], kind: str, text: Sentence, *, link: str = ""
) -> None:
    """One message per person; the one who acts is not told about their own act."""
    receivers = {person for person in people if str(person) != uow.actor.id}
    if receivers:
        data = {"zh": text.zh, "en": text.en, "code": text.code}
        rows = [
            {"person_id": person, "kind": kind, "data": data, "link": link, "at": uow.now}
            for person in sorted(receivers)
        ]
        uow.session.execute(sa.insert(Notice), rows)
        mail.ask_for(uow, receivers, kind, link)


def list_mine(uow: UnitOfWork, *, unread_only: bool = False) -> list[NoticeRow]:
    """The actor's messages, the newest first."""
    query = (
        sa.select(Notice)
        .where(Notice.person_id == int(uow.actor.id))
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(SHOWN)
    )
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    return [_row(notice) for notice in uow.session.scalars(query)]


def _row(notice: Notice) -> NoticeRow:
    data = notice.data
    text = Sentence(str(data.get("zh", "")), str(data.get("en", "")), str(data.get("code", "")))
    asks = notice.kind in _ASKING
    return NoticeRow(notice.id, text, notice.link, notice.at, notice.read_at, asks)


def unread(uow: UnitOfWork) -> int:
    """How many messages the actor has not opened."""
    query = sa.select(sa.func.count()).where(
        Notice.person_id == int(uow.actor.id), Notice.read_at.is_(None)
    )
    return uow.session.scalar(query) or 0


def mark_read(uow: UnitOfWork, notice_id: int) -> None:
    """Remember that the actor has seen a message of their own; others' messages do not exist for them."""
    notice = uow.session.get(Notice, notice_id)
    if notice is None or str(notice.person_id) != uow.actor.id:
        raise NotFound
    notice.read_at = notice.read_at or uow.now
