"""应公开截止日 as traffic lights and reminders (domain:C9): who is told how long before, and once each time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine import working_days
from engine.clock import local_date
from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from engine.working_days import Calendar
from workflows import deadlines, events, notices, open_tasks, permissions, routing
from workflows.models import Notice, Package
from workflows.read_models import Due

#: Still on its way, so that somebody can do something about it.
ON_ITS_WAY = ("draft", "in_review", "returned", "on_hold")
#: Who is told at each light beside the drafter and those with whom the item lies.
_ALSO = {
    "soon": (),
    "urgent": ("unit_head",),
    "overdue": ("unit_head", "ogi_officer", "inspector"),
}
#: So many items are told of in one transaction; others wait for the next, so that nobody waits for long.
AT_ONCE = 50
#: No light changes earlier than this many calendar days before the day, whatever the holidays.
_AHEAD = timedelta(days=25)
#: How long before its day a yearly review is announced (domain:D2: the batch begins on 1 October).
_REVIEW_AHEAD = timedelta(days=91)


def light(package: Package, now: datetime, calendar: Calendar) -> Due | None:
    """The light of an item that is on its way to everybody; None for what is out, or never goes out."""
    if package.due_at is None or package.status not in ON_ITS_WAY:
        return None
    if package.attribute not in (None, "proactive"):
        return None
    return deadlines.light(package.due_at, now, calendar)


def remind(uow: UnitOfWork) -> int:
    """Tell of items whose light has changed, at most AT_ONCE; answers of how many. Run by the sweep."""
    query = sa.select(Package).where(
        Package.status.in_(ON_ITS_WAY),
        Package.due_at.is_not(None),
        Package.due_at <= uow.now + _AHEAD,
    )
    calendar = working_days.load(uow)
    lit: list[tuple[Package, str, Sentence]] = []
    for package in uow.session.scalars(query.order_by(Package.due_at, Package.id)):
        due = light(package, uow.now, calendar)
        if due is not None and due.state in _ALSO:
            lit.append((package, due.state, due.text))
    told = _told_already(uow, [_link(package) for package, _, _ in lit])
    fresh = [one for one in lit if (f"due_{one[1]}", _link(one[0])) not in told]
    number = 0
    for package, state, words in fresh:
        number += _tell(uow, package, state, words)
        if number == AT_ONCE:
            break
    return number


def remind_reviews(uow: UnitOfWork) -> int:
    """domain:D2: tell the disclosure office, once, that a registered item is to be looked at again soon."""
    today = local_date(uow.now)
    query = sa.select(Package).where(
        Package.status.in_(("on_request", "not_disclosed")),
        Package.review_on.is_not(None),
        Package.review_on <= today + _REVIEW_AHEAD,
    )
    found = list(uow.session.scalars(query.order_by(Package.review_on, Package.id)))
    kinds = {package.id: f"review_{package.review_on:%Y}" for package in found}
    links = [_link(package) for package in found]
    known = uow.session.execute(
        sa.select(Notice.kind, Notice.link).where(Notice.link.in_(links)).distinct()
    )
    told = {(kind, link) for kind, link in known}
    fresh = [one for one in found if (kinds[one.id], _link(one)) not in told]
    number = 0
    for package in fresh:
        office = routing.holders_near(uow, package.unit_id, "ogi_officer")
        text = Sentence(
            f"《{package.title}》（{package.number}）登记为不主动公开，请在 {package.review_on} 前复查能否公开。",
            f"“{package.title}” ({package.number}) is not disclosed; review by {package.review_on} whether it can be.",
            "review",
        )
        people = permissions.viewers(uow, package, [*office, package.drafter_id])
        notices.tell(uow, people, kinds[package.id], text, link=_link(package))
        number += bool(people)
        if number == AT_ONCE:
            break
    return number


def _told_already(uow: UnitOfWork, links: Iterable[str]) -> set[tuple[str, str]]:
    kinds = [f"due_{state}" for state in _ALSO]
    query = sa.select(Notice.kind, Notice.link).where(
        Notice.kind.in_(kinds), Notice.link.in_(list(links))
    )
    return {(kind, link) for kind, link in uow.session.execute(query.distinct())}


def _tell(uow: UnitOfWork, package: Package, state: str, words: Sentence) -> bool:
    """False if nobody is left who may be told."""
    concerned = [package.drafter_id]
    for task in open_tasks.of_case(uow, package.case_id):
        concerned += (
            [int(task.assignee_id)]
            if task.assignee_id
            else routing.members(uow, task.candidate_group)
        )
    for role in _ALSO[state]:
        concerned += routing.holders_near(uow, package.unit_id, role)
    told = permissions.viewers(uow, package, concerned)
    if not told:
        return False
    text = Sentence(
        f"《{package.title}》（{package.number}）离应公开截止日{words.zh}。"
        if state != "overdue"
        else f"《{package.title}》（{package.number}）已过应公开截止日，请尽快办理，并准备说明理由。",
        f"“{package.title}” ({package.number}) is to be disclosed: {words.en}."
        if state != "overdue"
        else f"“{package.title}” ({package.number}) should have been disclosed; see to it, and be ready "
        "to say why it is late.",
        state,
    )
    notices.tell(uow, told, f"due_{state}", text, link=_link(package))
    case = uow.session.get(ProcessInstance, package.case_id) if package.case_id else None
    events.record(
        uow,
        "package.due_reminded",
        case=case,
        subject=package.business_key,
        data={"left": words.zh, "left_en": words.en, "told": told},
    )
    return True


def _link(package: Package) -> str:
    return f"/packages/{package.id}"
