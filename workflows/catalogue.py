"""主动公开事项目录: which matters a unit discloses, in editions of which one is in force (domain:A4).

An edition is proposed as a whole by the disclosure office and adopted by somebody else who signs for the
unit (domain:A4.5, D11); until then, and until its day has come, the one before it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import draft_limits, events, permissions, units
from workflows.errors import NotFound, Refused
from workflows.models import CatalogueEdition, Matter
from workflows.time_limits import Limit

_WHEN_FORMED = Limit("formed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A matter as a table says it; `owner_id` None = every unit under the one whose catalogue it is."""

    code: str
    name: str
    category: str = ""
    content: str = ""
    basis: str = ""
    owner_id: int | None = None
    responsible: str = ""
    limit: Limit = _WHEN_FORMED
    method: str = "主动公开"
    audience: str = "society"
    channels: tuple[str, ...] = ("website",)
    column: str = ""
    period: str = "long_term"
    statutory: bool = True
    handlers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edition brings, against another: codes in the order of its table."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


# --- asking ---


def find(uow: UnitOfWork, unit_id: int, code: str) -> Matter | None:
    """The matter under which a unit's item falls today; None if no catalogue in force has it."""
    return in_force(uow, unit_id, code).get(code) if code else None


def in_force(uow: UnitOfWork, unit_id: int, code: str | None = None) -> dict[str, Matter]:
    """The matters of a unit's items today by code (or that one): its own catalogue's, then those above."""
    line = units.upwards(uow, unit_id)
    editions = [e for e in (_effective(uow, line)) if e is not None]
    nearest = {edition.id: at for at, edition in enumerate(editions)}
    query = (
        sa.select(Matter)
        .where(
            Matter.edition_id.in_(nearest),
            sa.or_(Matter.owner_id.is_(None), Matter.owner_id.in_(line)),
        )
        .options(joinedload(Matter.edition))
        .order_by(Matter.place)
    )
    if code is not None:
        query = query.where(Matter.code == code)
    rows = sorted(uow.session.scalars(query), key=lambda row: nearest[row.edition_id])
    found: dict[str, Matter] = {}
    for row in rows:
        found.setdefault(row.code, row)
    return found


def edition_in_force(uow: UnitOfWork, unit_id: int) -> CatalogueEdition | None:
    """The unit's own edition that holds today."""
    return next(iter(_effective(uow, [unit_id])), None)


def all_in_force(uow: UnitOfWork) -> list[CatalogueEdition]:
    """The edition that holds today of every unit that has a catalogue."""
    return _effective(uow, None)


def _effective(uow: UnitOfWork, unit_ids: Sequence[int] | None) -> list[CatalogueEdition]:
    """domain:A4.3: of each unit the one edition that holds today, in the order of `unit_ids`."""
    query = sa.select(CatalogueEdition).where(
        CatalogueEdition.status == "adopted", CatalogueEdition.effective_on <= local_date(uow.now)
    )
    if unit_ids is not None:
        query = query.where(CatalogueEdition.unit_id.in_(unit_ids))
    ordered = query.order_by(CatalogueEdition.effective_on, CatalogueEdition.number)
    latest = {edition.unit_id: edition for edition in uow.session.scalars(ordered)}
    wanted = list(latest) if unit_ids is None else unit_ids
    return [latest[unit_id] for unit_id in wanted if unit_id in latest]


def editions(uow: UnitOfWork, unit_id: int) -> list[CatalogueEdition]:
    """Every edition of a unit's catalogue, the newest first."""
    query = sa.select(CatalogueEdition).where(CatalogueEdition.unit_id == unit_id)
    named = query.options(
        joinedload(CatalogueEdition.proposer), joinedload(CatalogueEdition.decider)
    )
    return list(uow.session.scalars(named.order_by(CatalogueEdition.number.desc())))


def edition(uow: UnitOfWork, edition_id: int) -> CatalogueEdition:
    """One edition, or NotFound."""
    found = uow.session.get(CatalogueEdition, edition_id)
    if found is None:
        raise NotFound
    return found


def matters(uow: UnitOfWork, edition_id: int) -> list[Matter]:
    """The matters of an edition in the order of its table."""
    query = sa.select(Matter).where(Matter.edition_id == edition_id).order_by(Matter.place)
    return list(uow.session.scalars(query.options(joinedload(Matter.owner))))


def entry_of(row: Matter) -> Entry:
    """The row as its table said it."""
    given = {item.name: getattr(row, item.name) for item in fields(Entry) if item.name != "limit"}
    given["channels"], given["handlers"] = tuple(row.channels), tuple(row.handlers)
    return Entry(**given, limit=Limit(row.trigger, row.working_days))


def differences(old: Iterable[Entry], new: Iterable[Entry]) -> Changes:
    """What the new table adds, says otherwise, and leaves out."""
    before = {entry.code: entry for entry in old}
    after = {entry.code: entry for entry in new}
    return Changes(
        added=tuple(code for code in after if code not in before),
        changed=tuple(c for c, entry in after.items() if c in before and before[c] != entry),
        gone=tuple(code for code in before if code not in after),
    )


def against_the_one_before(uow: UnitOfWork, shown: CatalogueEdition) -> Changes:
    """What an edition brings against the adopted one that it follows."""
    query = sa.select(CatalogueEdition).where(
        CatalogueEdition.unit_id == shown.unit_id,
        CatalogueEdition.status == "adopted",
        CatalogueEdition.number < shown.number,
    )
    before = uow.session.scalar(query.order_by(CatalogueEdition.number.desc()).limit(1))
    old = [entry_of(row) for row in matters(uow, before.id)] if before else []
    return differences(old, [entry_of(row) for row in matters(uow, shown.id)])


# --- acting ---


def propose(
    uow: UnitOfWork, unit_id: int, entries: Sequence[Entry], *, effective_on: date, note: str = ""
) -> CatalogueEdition:
    """A new edition of a unit's catalogue, waiting for somebody else to adopt it."""
    permissions.ensure(permissions.catalogue_refusals(uow, units.upwards(uow, unit_id)))
    reasons = []
    if not entries:
        reasons.append(Sentence("目录里没有事项。", "The catalogue has no matters.", "matters"))
    if effective_on < local_date(uow.now) and not permissions.is_system(uow):
        reasons.append(
            Sentence(
                "生效日期不能早于今天。", "It cannot take effect before today.", "effective_on"
            )
        )
    if not draft_limits.is_plausible(effective_on):
        reasons.append(Sentence("请核对生效日期。", "Check the date.", "effective_on"))
    if reasons:
        raise Refused(*reasons)
    of_unit = sa.select(sa.func.max(CatalogueEdition.number)).where(
        CatalogueEdition.unit_id == unit_id
    )
    made = CatalogueEdition(
        unit_id=unit_id,
        number=(uow.session.scalar(of_unit) or 0) + 1,
        status="proposed",
        effective_on=effective_on,
        note=draft_limits.reason(note),
        proposed_by=int(uow.actor.id) if uow.actor.id.isdecimal() else None,
        proposed_at=uow.now,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.session.add_all(_row(made, place, entry) for place, entry in enumerate(entries))
    uow.session.flush()
    _record(uow, "catalogue.proposed", made, {"count": len(entries)})
    return made


def _row(made: CatalogueEdition, place: int, entry: Entry) -> Matter:
    given = {item.name: getattr(entry, item.name) for item in fields(Entry) if item.name != "limit"}
    given["channels"], given["handlers"] = list(entry.channels), list(entry.handlers)
    return Matter(
        edition_id=made.id,
        place=place,
        trigger=entry.limit.trigger,
        working_days=entry.limit.days,
        **given,
    )


def adopt(uow: UnitOfWork, edition_id: int) -> CatalogueEdition:
    """批准: it holds from its day on, or from today if that day has passed by."""
    found = _waiting(uow, edition_id)
    found.status, found.effective_on = "adopted", max(found.effective_on, _earliest(uow, found))
    _decided(uow, found, "")
    _record(uow, "catalogue.adopted", found, {"effective_on": found.effective_on})
    return found


def _earliest(uow: UnitOfWork, found: CatalogueEdition) -> date:
    """Nobody is bound by a catalogue before it was adopted; a house that is set up says since when."""
    return found.effective_on if permissions.is_system(uow) else local_date(uow.now)


def decline(uow: UnitOfWork, edition_id: int, reason: str) -> CatalogueEdition:
    """不批准, with the reason."""
    found = _waiting(uow, edition_id)
    told = draft_limits.reason(reason)
    if not told:
        raise Refused(Sentence("请写明不批准的理由。", "Say why it is declined.", "reason"))
    found.status = "declined"
    _decided(uow, found, told)
    _record(uow, "catalogue.declined", found, {"reason": told})
    return found


def _waiting(uow: UnitOfWork, edition_id: int) -> CatalogueEdition:
    """Locked: of two who decide at once, the second is told."""
    query = sa.select(CatalogueEdition).where(CatalogueEdition.id == edition_id)
    found = uow.session.scalar(query.with_for_update())
    if found is None:
        raise NotFound
    line = units.upwards(uow, found.unit_id)
    permissions.ensure(permissions.adopt_refusals(uow, line, found.proposed_by))
    if found.status != "proposed":
        raise Refused(
            Sentence("这一版已经有了结论。", "This edition has been decided on already.", "decided")
        )
    return found


def _decided(uow: UnitOfWork, found: CatalogueEdition, answer: str) -> None:
    found.decided_by = int(uow.actor.id) if uow.actor.id.isdecimal() else None
    found.decided_at, found.answer = uow.now, answer
    uow.session.flush()


def _record(uow: UnitOfWork, action: str, about: CatalogueEdition, data: dict[str, object]) -> None:
    unit = units.get_unit(uow, about.unit_id)
    told = {"unit": unit.name, "number": about.number, **data}
    events.record(uow, action, subject=f"catalogue:{about.id}", data=told)
