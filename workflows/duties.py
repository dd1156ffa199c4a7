"""公开任务: what the catalogue makes due, for each period that ended and each event that happened (domain:A4.7,
A4.8, D11). Whether one is met is never ticked by hand: the item that is linked to it was published, or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from engine import working_days
from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from engine.working_days import Calendar
from workflows import (
    catalogue,
    deadlines,
    draft_limits,
    events,
    notices,
    paging,
    permissions,
    routing,
    time_limits,
    units,
)
from workflows.content import Metadata
from workflows.errors import NotFound, Refused
from workflows.models import CatalogueEdition, Duty, Matter, Package, Publication, Unit
from workflows.paging import FIRST, AnySelect, Order, Place
from workflows.read_models import Due, Page
from workflows.vocabulary import RECURRING

#: What was due longer ago than this is history that no new house has to make up for.
_NO_EARLIER_THAN = timedelta(days=400)
#: A linked item that ended like this leaves the duty as it was.
_ENDED_WITHOUT = ("cancelled", "rejected")
#: The lists that the page offers.
SHOWN = ("open", "late", "met", "excused")


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as a line: what, of whom, for when, by when, and what became of it."""

    duty_id: int
    unit: str
    code: str
    name: str
    label: Sentence
    due: Due
    package_id: int | None
    package_number: str
    state: str  # open, under_way, met, met_late, excused
    published_on: date | None
    excused_reason: str
    may_excuse: bool


# --- arising ---


def open_due(uow: UnitOfWork) -> int:
    """Open a duty for every period that has ended since its matter is in a catalogue; answers how many.

    Run by the sweep: what is there already is left alone, so running it twice changes nothing.
    """
    editions = catalogue.all_in_force(uow)
    calendar = working_days.load(uow)
    _recount(uow, calendar)
    query = sa.select(Matter).where(
        Matter.edition_id.in_([edition.id for edition in editions]), Matter.trigger.in_(RECURRING)
    )
    unit_of = {edition.id: edition.unit_id for edition in editions}
    begun = _first_days(uow)
    known = uow.session.execute(sa.select(Duty.unit_id, Duty.code, Duty.label))
    there = {(unit_id, code, label) for unit_id, code, label in known}
    today, made = local_date(uow.now), 0
    for matter in uow.session.scalars(query.order_by(Matter.edition_id, Matter.place)):
        kept_by = unit_of[matter.edition_id]
        owner = matter.owner_id or kept_by
        first = max(begun[kept_by, matter.code], today - _NO_EARLIER_THAN)
        for period in time_limits.ended_between(matter.trigger, first, today):
            if (owner, matter.code, period) not in there:
                _open(uow, matter, owner, period, _end(matter.trigger, period), calendar)
                there.add((owner, matter.code, period))
                made += 1
    uow.session.flush()
    return made


def _first_days(uow: UnitOfWork) -> dict[tuple[int, str], date]:
    """Since when each matter has been in a unit's catalogue, through all its editions."""
    query = (
        sa.select(CatalogueEdition.unit_id, Matter.code, sa.func.min(CatalogueEdition.effective_on))
        .join(Matter, Matter.edition_id == CatalogueEdition.id)
        .where(CatalogueEdition.status == "adopted")
        .group_by(CatalogueEdition.unit_id, Matter.code)
    )
    return {(unit_id, code): day for unit_id, code, day in uow.session.execute(query)}


def _end(trigger: str, period: str) -> date:
    end = time_limits.end_of(trigger, period)
    if end is None:
        raise ValueError(f"no period: {period}")
    return end


def _recount(uow: UnitOfWork, calendar: Calendar) -> None:
    """Duties that were counted by another calendar and are still to come are counted again (domain:B10)."""
    query = (
        sa.select(Duty, Matter.working_days)
        .join(Matter, Matter.id == Duty.matter_id)
        .where(Duty.calendar_version != calendar.version, Duty.due_at > uow.now)
    )
    for duty, days in uow.session.execute(query):
        due = working_days.add_working_days(calendar, duty.base_on, days)
        duty.due_at, duty.provisional = due.at(), due.provisional
        duty.calendar_version = due.calendar_version


def open_event(uow: UnitOfWork, unit_id: int, code: str, what: str, on: date) -> Duty:
    """Something happened on a day from which the catalogue counts: 竣工, 结果确定, 作出决定.

    By the disclosure office, or whoever drafts in the unit.
    """
    line = units.upwards(uow, unit_id)
    permissions.ensure(permissions.duty_refusals(uow, unit_id, line))
    matter = catalogue.find(uow, unit_id, code)
    label = " ".join(what.split())
    reasons = []
    if matter is None:
        reasons.append(
            Sentence(
                f"现行目录中没有“{code[:40]}”。", f"The catalogue in force has no “{code[:40]}”."
            )
        )
    elif matter.trigger in RECURRING:
        reasons.append(
            Sentence(
                f"“{matter.name}”定期公开，任务到期自动产生，不用登记。",
                f"“{matter.name}” comes round by itself.",
            )
        )
    if not 0 < len(label) <= 100:
        reasons.append(
            Sentence("请写明发生了什么，100 字以内。", "Say what happened, in 100 characters.")
        )
    if on > local_date(uow.now) or not draft_limits.is_plausible(on):
        reasons.append(
            Sentence("发生日期不能晚于今天，请核对。", "The day cannot lie in the future.")
        )
    known = sa.select(Duty.id).where(
        Duty.unit_id == unit_id, Duty.code == code, Duty.label == label
    )
    if uow.session.scalar(known) is not None:
        reasons.append(Sentence("这一任务已经登记过。", "This duty is there already."))
    if reasons or matter is None:
        raise Refused(*reasons)
    return _open(uow, matter, unit_id, label, on, working_days.load(uow))


def _open(
    uow: UnitOfWork, matter: Matter, unit_id: int, label: str, base: date, calendar: Calendar
) -> Duty:
    due = working_days.add_working_days(calendar, base, matter.working_days)
    duty = Duty(
        unit_id=unit_id,
        matter_id=matter.id,
        code=matter.code,
        name=matter.name,
        label=label,
        base_on=base,
        due_at=due.at(),
        provisional=due.provisional,
        calendar_version=due.calendar_version,
        opened_at=uow.now,
    )
    uow.session.add(duty)
    uow.session.flush()
    said = time_limits.words(label)
    events.record(
        uow,
        "duty.opened",
        subject=f"duty:{duty.id}",
        data={"name": matter.name, "label": said.zh, "due": due.on, "unit": unit_id},
    )
    text = Sentence(
        f"“{matter.name}”（{said.zh}）须在 {due.on} 前公开。",
        f"“{matter.name}” ({said.en}) is to be disclosed by {due.on}.",
        "duty",
    )
    told = routing.holders_near(uow, unit_id, "drafter")
    notices.tell(uow, told, "duty", text, link="/duties")
    return duty


# --- being met ---


def link(uow: UnitOfWork, package: Package, facts: Metadata) -> None:
    """When an item is handed in: it answers to the duty that its metadata name, if nothing else does."""
    if not (facts.catalogue_item and facts.catalogue_period):
        return
    query = sa.select(Duty).where(
        Duty.unit_id == package.unit_id,
        Duty.code == facts.catalogue_item,
        Duty.label == facts.catalogue_period,
        Duty.excused_at.is_(None),
    )
    duty = uow.session.scalar(query.with_for_update())
    if duty is None or duty.package_id == package.id:
        return
    held = uow.session.get(Package, duty.package_id) if duty.package_id else None
    if held is None or held.status in _ENDED_WITHOUT:
        duty.package_id = package.id
        uow.session.flush()


def excuse(uow: UnitOfWork, duty_id: int, reason: str) -> Duty:
    """不需公开: nothing to disclose this time, and why; by the disclosure office (domain:D11)."""
    duty = uow.session.scalar(
        sa.select(Duty).where(Duty.id == duty_id, visible(uow)).with_for_update()
    )
    if duty is None:
        raise NotFound
    line = units.upwards(uow, duty.unit_id)
    permissions.ensure(permissions.catalogue_refusals(uow, line))
    told, reasons = draft_limits.reason(reason), []
    if not told:
        reasons.append(Sentence("请写明不需公开的理由。", "Say why nothing is due.", "reason"))
    if duty.excused_at is not None:
        reasons.append(Sentence("这一任务已经标为不需公开。", "It is marked already.", "excused"))
    if duty.package_id is not None:
        reasons.append(
            Sentence(
                "已有稿件对应这一任务，不能标为不需公开。",
                "An item answers to this duty; it cannot be marked as not applying.",
                "linked",
            )
        )
    if reasons:
        raise Refused(*reasons)
    duty.excused_by, duty.excused_at = int(uow.actor.id), uow.now
    duty.excused_reason = told
    said = time_limits.words(duty.label)
    events.record(
        uow,
        "duty.excused",
        subject=f"duty:{duty.id}",
        data={"name": duty.name, "label": said.zh, "reason": told},
    )
    uow.session.flush()
    return duty


# --- asking ---


def visible(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """SQL: duties of the units in which the actor has a role of the chain or inspects, and of those below."""
    held = permissions.holdings(uow, permissions.actor_id(uow))
    inside = [
        item.unit_id
        for item in held
        if item.role in permissions.CHAIN_ROLES or item.role == "inspector"
    ]
    return Duty.unit_id.in_(permissions.under(inside))


def page(uow: UnitOfWork, shown: str = "open", place: Place = FIRST) -> Page[DutyRow]:
    """One screen of the duties that the actor may see; the most urgent first. `shown`: of SHOWN."""
    newest = shown in ("met", "excused")
    query = _rows().where(visible(uow), *_state(uow, shown))
    order = Order(Duty.due_at.expression, Duty.id.expression, newest_first=newest)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].due_at, row[0].id))
    working = working_days.load(uow).is_workday
    keeps = _kept(uow)
    return paging.mapped(raw, lambda row: _row(uow, row, working, keeps))


def counts(uow: UnitOfWork) -> dict[str, int]:
    """How many there are in each list; one statement."""
    columns = [sa.func.count().filter(sa.and_(*_state(uow, shown))).label(shown) for shown in SHOWN]
    query = _joined(sa.select(*columns)).where(visible(uow))
    return dict(uow.session.execute(query).one()._mapping)


def may_enter_for(uow: UnitOfWork) -> list[Unit]:
    """For which units the actor may enter that something happened: where they draft, and whose catalogue
    they keep.
    """
    held = permissions.holdings(uow, permissions.actor_id(uow))
    drafting = {item.unit_id for item in held if item.role == "drafter"}
    wanted = drafting | _kept(uow)
    return [unit for unit in units.list_units(uow) if unit.id in wanted and unit.active]


def enterable(uow: UnitOfWork, unit_ids: Iterable[int]) -> dict[str, str]:
    """Code and name of the matters of these units that count from an event."""
    found: dict[str, str] = {}
    for unit_id in unit_ids:
        for code, row in catalogue.in_force(uow, unit_id).items():
            if row.trigger not in RECURRING:
                found.setdefault(code, row.name)
    return found


def waiting_for(uow: UnitOfWork, unit_id: int) -> list[tuple[str, str]]:
    """Code and label of a unit's duties to which no item answers yet, the most urgent first."""
    query = (
        sa.select(Duty.code, Duty.label)
        .where(Duty.unit_id == unit_id, Duty.package_id.is_(None), Duty.excused_at.is_(None))
        .order_by(Duty.due_at, Duty.id)
        .limit(100)
    )
    return [(code, label) for code, label in uow.session.execute(query)]


def _rows() -> AnySelect:
    return _joined(sa.select(Duty, Unit.name, Package, Publication.published_at))


def _joined(query: AnySelect) -> AnySelect:
    return (
        query.select_from(Duty)
        .join(Unit, Unit.id == Duty.unit_id)
        .outerjoin(Package, Package.id == Duty.package_id)
        .outerjoin(Publication, Publication.package_id == Package.id)
    )


def _state(uow: UnitOfWork, shown: str) -> Iterable[sa.ColumnElement[bool]]:
    """SQL: the duty is in this list."""
    if shown == "excused":
        return (Duty.excused_at.is_not(None),)
    if shown == "met":
        return (Publication.id.is_not(None),)
    still = (Duty.excused_at.is_(None), Publication.id.is_(None))
    return (*still, Duty.due_at < uow.now) if shown == "late" else still


def _kept(uow: UnitOfWork) -> set[int]:
    """The units whose catalogue the actor keeps."""
    held = permissions.holdings(uow, permissions.actor_id(uow))
    return units.subtree(uow, [item.unit_id for item in held if item.role == "ogi_officer"])


def _row(uow: UnitOfWork, row: Any, working: deadlines.IsWorkingDay, keeps: set[int]) -> DutyRow:
    duty, unit, package, published_at = row
    published = local_date(published_at) if published_at else None
    answered = package is not None and package.status not in _ENDED_WITHOUT
    if duty.excused_at is not None:
        state = "excused"
    elif published is not None:
        state = "met" if published <= local_date(duty.due_at) else "met_late"
    else:
        state = "under_way" if answered else "open"
    return DutyRow(
        duty_id=duty.id,
        unit=unit,
        code=duty.code,
        name=duty.name,
        label=time_limits.words(duty.label),
        due=deadlines.due(duty.due_at, uow.now, duty.provisional, working),
        package_id=duty.package_id,
        package_number=package.number if package is not None else "",
        state=state,
        published_on=published,
        excused_reason=duty.excused_reason,
        may_excuse=duty.unit_id in keeps and state == "open" and duty.package_id is None,
    )
