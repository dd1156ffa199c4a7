"""Versions of a package: what is stored of a draft, under which locks, past which gates.

Shared by the verbs of `drafting` and `revising`; nothing here decides who may.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from engine import working_days
from engine.clock import local_date
from engine.database import UnitOfWork
from engine.locks import lock_case
from engine.models import ProcessInstance
from workflows import draft_limits, files, gates, lifecycle, permissions, units
from workflows.content import Content, Metadata, canonical, digest
from workflows.errors import DocumentChanged, GateRefused
from workflows.gates import Gate
from workflows.intake import markup
from workflows.models import Package, PackageVersion, Person
from workflows.vocabulary import ATTRIBUTES, CHANGE_CLASSES

#: 条例 art. 26: within twenty working days of coming into being.
DISCLOSURE_WITHIN = 20


def prepared(
    uow: UnitOfWork, draft: Content, before: Metadata, drafter: Person, unit_id: int
) -> Content:
    """The draft as it will be digested: clean HTML, and what only the server may say."""
    facts = draft.metadata
    due = before.disclosure_due
    if facts.dated_on is None or not draft_limits.is_plausible(facts.dated_on):
        due = None  # an impossible date is the gates' business
    elif facts.dated_on != before.dated_on or due is None:
        due = working_days.add_working_days(uow, facts.dated_on, DISCLOSURE_WITHIN).on
    facts = draft_limits.trimmed(facts)
    content = replace(
        draft,
        body_html=markup.clean(draft.body_html),
        metadata=replace(
            facts,
            unit=before.unit or units.get_unit(uow, unit_id).name,
            drafter=before.drafter or drafter.name,
            disclosure_due=due,
        ),
    )
    draft_limits.ensure(content)
    return content


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
    uow.session.flush()
    return version


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


def gates_of(uow: UnitOfWork, content: Content) -> list[Gate]:
    known = files.known(uow, files.cited(content))
    return gates.submission(content, today=local_date(uow.now), known_files=known)


def ensure_gates(uow: UnitOfWork, content: Content) -> None:
    reasons = [reason for gate in gates_of(uow, content) for reason in gate.reasons]
    if reasons:
        raise GateRefused(*dict.fromkeys(reasons))
