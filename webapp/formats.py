"""How instants, days and sizes read: 2026年11月22日 14:05, in China's time, in both languages."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from flask_babel import gettext as _

from engine import clock
from engine.clock import CHINA
from webapp import i18n


def moment(at: datetime | None) -> str:
    """An instant to the minute; nothing for None."""
    if at is None:
        return ""
    here = at.astimezone(CHINA)
    return f"{day(here.date())} {here:%H:%M}"


def moment_short(at: datetime) -> str:
    """The same without the year, where the year is this one and room is scarce."""
    here = at.astimezone(CHINA)
    if here.year != clock.now().astimezone(CHINA).year:
        return moment(at)
    if i18n.current() == "en":
        return f"{here.day} {here:%b} {here:%H:%M}"
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def day(on: date | datetime | None) -> str:
    """A calendar day as officials write it."""
    if on is None:
        return ""
    if isinstance(on, datetime):
        on = on.astimezone(CHINA).date()
    if i18n.current() == "en":
        return f"{on.day} {on:%B} {on.year}"
    return f"{on.year}年{on.month}月{on.day}日"


def china_date(at: datetime) -> date:
    """The calendar day in China on which an instant falls."""
    return at.astimezone(CHINA).date()


def size(octets: int) -> str:
    """A file size in the largest sensible unit."""
    if octets < 1024:
        return str(_("%(n)s 字节", n=octets))
    if octets < 1024 * 1024:
        return f"{octets / 1024:.0f} KB"
    return f"{octets / 1024 / 1024:.1f} MB"


def init_app(app: Flask) -> None:
    """The filters `moment`, `day`, `size` for templates."""
    app.jinja_env.filters.update(moment=moment, moment_short=moment_short, day=day, size=size)
