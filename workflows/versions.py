"""Versions of a package: what is stored of a draft, under which locks, past which gates.

Shared by the verbs of `drafting` and `revising`; nothing here decides who may.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from engine import working_days
from engine.clock import CHINA, local_date
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import (
    catalogue,
    draft_limits,
    files,
    gates,
    inspections,
    lifecycle,
    overrides,
    parameters,
    permissions,
    profiles,
    routes,
    time_limits,
    typed,
    units,
)
from workflows.content import Content, Metadata, canonical, digest
from workflows.errors import DocumentChanged, GateRefused
from workflows.gates import Gate
from workflows.intake import markup
from workflows.models import Matter, Package, PackageVersion, Person
from workflows.time_limits import Limit
from workflows.vocabulary import ATTRIBUTES, CHANGE_CLASSES


def prepared(
    uow: UnitOfWork, draft: Content, before: Metadata, drafter: Person, unit_id: int, number: str
) -> Content:
    """The draft as it will be digested: clean texts and HTML, and what only the server may say."""
    draft = typed.cleaned(draft)
    facts = draft_limits.trimmed(draft.metadata)
    matter = catalogue.find(uow, unit_id, facts.catalogue_item)
    facts = replace(
        facts,
        catalogue_name=matter.name if matter else "",
        catalogue_edition=matter.edition.number if matter else None,
    )
    content = replace(
        draft,
        body_html=markup.with_images(markup.clean(draft.body_html), number),
        metadata=replace(
            facts,
            unit=before.unit or units.get_unit(uow, unit_id).name,
            drafter=before.drafter or drafter.name,
            disclosure_due=_due(uow, facts, before, matter, unit_id),
        ),
    )
    draft_limits.ensure(content)
    return content


def _due(
    uow: UnitOfWork, facts: Metadata, before: Metadata, matter: Matter | None, unit_id: int
) -> date | None:
    """应公开截止日 (domain:C9): by the catalogue's rule, or twenty working days; counted anew only if what
    it is counted from changed.
    """
    counted_from = ("dated_on", "catalogue_item", "catalogue_edition", "catalogue_period")
    if before.disclosure_due and all(getattr(facts, n) == getattr(before, n) for n in counted_from):
        return before.disclosure_due
    if matter is not None:
        limit = Limit(matter.trigger, matter.working_days)
    else:
        limit = Limit("formed", parameters.rules(uow, unit_id).number("publish.max_wd"))
    base = time_limits.end_of(limit.trigger, facts.catalogue_period) or facts.dated_on
    if base is None or not draft_limits.is_plausible(base):
        return None  # an impossible date is the gates' business
    return working_days.add_working_days(uow, base, limit.days).on


def proposed_attribute(content: Content) -> str | None:
    """The proposal, as far as it is one: forged codes are the gates' business, not the row's."""
    attribute = content.metadata.attribute
    return attribute if attribute in ATTRIBUTES else None


def add_version(
    uow: UnitOfWork,
    package: Package,
    content: Content,
    *,
    change_class: str | None = None,
    note: str = "",
) -> PackageVersion:
    text = canonical(content)
    last = uow.session.scalar(
        sa.select(sa.func.max(PackageVersion.number)).where(PackageVersion.package_id == package.id)
    )
    version = PackageVersion(
        package_id=package.id,
        number=(last or 0) + 1,
        digest=digest(text),
        content=text,
        change_class=change_class if change_class in CHANGE_CLASSES else None,
        created_at=uow.now,
        created_by=permissions.acting_person(uow).id,
        note=draft_limits.reason(note),
    )
    uow.session.add(version)
    uow.session.flush()
    package.current_version_id = version.id
    package.due_at = _end_of(content.metadata.disclosure_due)
    uow.session.flush()
    return version


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, working_days.CLOSING_TIME, CHINA) if day else None


def locked(uow: UnitOfWork, package_id: int) -> tuple[Package, ProcessInstance | None]:
    """The case before the package: every act takes its locks in this order."""
    package = permissions.get_package(uow, package_id)
    case = lock_case(uow, package.case_id) if package.case_id is not None else None
    return permissions.get_package(uow, package_id, lock=True), case


def same_text(uow: UnitOfWork, package: Package, digest: str) -> PackageVersion:
    version = lifecycle.current_version(uow, package)
    if version.digest != digest:
        raise DocumentChanged()
    return version


def gates_of(uow: UnitOfWork, content: Content, package: Package) -> list[Gate]:
    known = files.known(uow, files.cited(content))
    matter = catalogue.find(uow, package.unit_id, content.metadata.catalogue_item)
    return gates.submission(
        content,
        today=local_date(uow.now),
        known_files=known,
        matter=catalogue.entry_of(matter) if matter else None,
        rules=parameters.rules(uow, package.unit_id),
        allowed=overrides.allowed(uow, package),
        hidden=inspections.findings(uow, files.cited(content)),
        profile=routes.current(uow, package, content),
        sources=routes.sources(uow, package, content),
    )


def profile_refusals(uow: UnitOfWork, content: Content, package: Package) -> list[Sentence]:
    """Why this text may not go on along the way that its item goes."""
    sources = routes.sources(uow, package, content, package.submitted_at)
    profile = routes.current(uow, package, content)
    return profiles.refusals(profile, content, overrides.allowed(uow, package), sources)


def ensure_gates(uow: UnitOfWork, content: Content, package: Package) -> None:
    reasons = [reason for gate in gates_of(uow, content, package) for reason in gate.reasons]
    if reasons:
        raise GateRefused(*dict.fromkeys(reasons))
