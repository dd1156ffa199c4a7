"""Logging in: throttled by rows, so that it holds across processes; sessions that can be revoked.

The door commits also when `authenticate` refuses: the attempt and its audit entry must be kept.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher

from engine.clock import CHINA
from engine.database import Actor, UnitOfWork
from engine.models import AuditEntry
from engine.text import Sentence
from workflows import events
from workflows.errors import LoginRefused
from workflows.models import LoginAttempt, LoginSession, Person
from workflows.passwords import STRONG, matches

WINDOW = timedelta(minutes=15)
#: Failures within the window after which the login, or the address, has to wait.
LOGIN_LIMIT = 5
ADDRESS_LIMIT = 30
#: A session's last use is written at most this often, so that reading pages stays reading.
_TOUCH = timedelta(minutes=1)


def authenticate(
    uow: UnitOfWork, login: str, password: str, address: str, *, hasher: PasswordHasher = STRONG
) -> Person:
    """The person this login and password belong to, or LoginRefused; commit in both cases."""
    login, address = login.strip().lower()[:60], address[:64]
    # the lock makes simultaneous guesses at one account count one after the other
    person = uow.session.scalar(sa.select(Person).where(Person.login == login).with_for_update())
    _ensure_not_throttled(uow, login, address)
    fits = matches(hasher, person.password_hash if person else None, password[:1000])
    succeeded = fits and person is not None and person.active
    uow.session.add(LoginAttempt(login=login, address=address, at=uow.now, succeeded=succeeded))
    if person is None or not succeeded:
        raise _refused(
            uow,
            login,
            Sentence("登录名或密码不正确。", "Wrong login or password.", "wrong"),
        )
    if hasher.check_needs_rehash(person.password_hash):
        person.password_hash = hasher.hash(password)
    uow.session.flush()
    # from here on this unit of work acts in that person's name, first of all in the trail
    uow.actor = Actor(str(person.id), person.name, address=address)
    events.record(uow, "login.succeeded", subject=f"person:{person.id}", data={"name": person.name})
    return person


def _ensure_not_throttled(uow: UnitOfWork, login: str, address: str) -> None:
    blocks = {
        f"login:{login}": _block(uow, LoginAttempt.login == login, LOGIN_LIMIT),
        f"address:{address}": _block(uow, LoginAttempt.address == address, ADDRESS_LIMIT),
    }
    waits = [block for block in blocks.values() if block is not None]
    if not waits:
        return
    for subject, block in blocks.items():
        if block is not None:
            _record_block(uow, subject, block)
    uow.session.flush()
    at = (max(block.until for block in waits) + timedelta(seconds=59)).astimezone(CHINA)
    raise LoginRefused(
        Sentence(
            f"登录失败次数过多，请在 {at:%H:%M} 之后再试；忘记密码请联系系统管理员重置。",
            f"Too many failed log-ins; try again after {at:%H:%M} (Beijing time), "
            "or ask the system administrator for a new password.",
            "throttled",
        )
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A login or an address that has to wait: since its last failure, until the window has passed."""

    since: datetime
    until: datetime


def _block(uow: UnitOfWork, same: sa.ColumnElement[bool], limit: int) -> _Block | None:
    """The block while the window holds `limit` failures since the last success."""
    newest = (
        sa.select(LoginAttempt.at, LoginAttempt.succeeded)
        .where(same, LoginAttempt.at > uow.now - WINDOW)
        .order_by(LoginAttempt.at.desc(), LoginAttempt.id.desc())
        .limit(limit)
    )
    rows = uow.session.execute(newest).all()
    if len(rows) < limit or any(row.succeeded for row in rows):
        return None
    return _Block(since=rows[0].at, until=rows[-1].at + WINDOW)


def _record_block(uow: UnitOfWork, subject: str, block: _Block) -> None:
    """One entry per block: whoever keeps trying must not be able to fill the trail."""
    known = sa.select(AuditEntry.id).where(
        AuditEntry.subject == subject,
        AuditEntry.action == "login.blocked",
        AuditEntry.at >= block.since,
    )
    if uow.session.scalar(known.limit(1)) is None:
        kind, _, value = subject.partition(":")
        events.record(
            uow,
            "login.blocked",
            subject=subject,
            data={
                "what": "登录名" if kind == "login" else "网络地址",
                "what_en": "the login" if kind == "login" else "the address",
                "value": value,
                "until": f"{(block.until + timedelta(seconds=59)).astimezone(CHINA):%Y-%m-%d %H:%M}",
            },
        )


def _refused(uow: UnitOfWork, login: str, why: Sentence) -> LoginRefused:
    events.record(
        uow,
        "login.refused",
        subject=f"login:{login}",
        data={"login": login, "reason": why.zh, "code": why.code},
    )
    uow.session.flush()
    return LoginRefused(why)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(uow: UnitOfWork, person_id: int, address: str, *, hours: int = 10) -> str:
    """The token of a new session; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    uow.session.add(
        LoginSession(
            token_hash=_hash(token),
            person_id=person_id,
            address=address[:64],
            created_at=uow.now,
            last_seen_at=uow.now,
            expires_at=uow.now + timedelta(hours=hours),
        )
    )
    uow.session.flush()
    return token


def session_person(
    uow: UnitOfWork, token: str, *, idle_minutes: int = 60, touch: bool = True
) -> Person | None:
    """Whose session this is, while it is neither ended, too old nor left idle, and the account active."""
    session = uow.session.scalar(
        sa.select(LoginSession).where(LoginSession.token_hash == _hash(token))
    )
    if (
        session is None
        or session.revoked_at is not None
        or session.expires_at <= uow.now
        or session.last_seen_at + timedelta(minutes=idle_minutes) <= uow.now
    ):
        return None
    person = uow.session.get(Person, session.person_id)
    if person is None or not person.active:
        return None
    if touch and uow.now - session.last_seen_at >= _TOUCH:
        session.last_seen_at = uow.now
    return person


def close_session(uow: UnitOfWork, token: str) -> None:
    """Log out; a token that is no longer known needs nothing."""
    session = uow.session.scalar(
        sa.select(LoginSession).where(
            LoginSession.token_hash == _hash(token), LoginSession.revoked_at.is_(None)
        )
    )
    if session is None:
        return
    session.revoked_at = uow.now
    person = uow.session.get_one(Person, session.person_id)
    events.record(uow, "login.ended", subject=f"person:{person.id}", data={"name": person.name})


def revoke_sessions(uow: UnitOfWork, person_id: int, *, except_token: str | None = None) -> None:
    """End every session of a person (password changed, account deactivated), perhaps but this one."""
    ended = sa.update(LoginSession).where(
        LoginSession.person_id == person_id, LoginSession.revoked_at.is_(None)
    )
    if except_token is not None:
        ended = ended.where(LoginSession.token_hash != _hash(except_token))
    uow.session.execute(ended.values(revoked_at=uow.now))
