"""Release: document and interpretation become public in one row, byte for byte as approved.

The public page is made from the released bytes alone; drafts, decisions and people are out of its reach.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine import user_tasks
from engine.clock import CHINA
from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import content, events, files, final_gate, paging, permissions, showing
from workflows.content import Content, Metadata
from workflows.errors import NotFound, ReleaseRefused
from workflows.lifecycle import current_version, package_id_of
from workflows.models import Decision, Package, Publication, StoredFile, Unit
from workflows.paging import FIRST, Order, Place
from workflows.portal_models import PortalItem, PortalPage
from workflows.read_models import InterpretationView, Labelled, Page
from workflows.vocabulary import TOPICS, VALIDITIES, label


def publish(uow: UnitOfWork, package: Package, case: ProcessInstance) -> Publication:
    """Pass the final gate and write the publication; a refusal of the gate refuses the whole act."""
    gates = final_gate.checks(uow, package, case)
    reasons = final_gate.refusals(gates)
    if reasons:
        raise ReleaseRefused(*reasons)
    version = current_version(uow, package)
    released = content.parse(version.content)
    due = released.metadata.disclosure_due
    late = is_late(uow, released.metadata)
    late_reason = _said_at_release(uow, package) if late else ""
    publication = Publication(
        package_id=package.id,
        version_id=version.id,
        slug=package.number,
        title=released.metadata.title,
        column=released.metadata.column,
        digest=version.digest,
        content=version.content,
        published_at=uow.now,
        publisher_id=int(uow.actor.id),
        validity=released.metadata.validity,
        due_on=due,
        late_reason=late_reason,
    )
    uow.session.add(publication)
    uow.session.flush()
    events.record(
        uow,
        "publication.released",
        case=case,
        subject=package.business_key,
        data={
            "path": f"/public/{publication.slug}",
            "index_number": _index_number(package.unit.code, publication.slug),
            "digest": version.digest,
            "version": version.number,
            "due": due,
            "late": late,
            "gates": {gate.code: gate.status for gate in gates},
        },
    )
    if late:
        events.record(
            uow,
            "publication.late",
            case=case,
            subject=package.business_key,
            data={"due": due, "reason": late_reason},
        )
    return publication


def is_late(uow: UnitOfWork, metadata: Metadata) -> bool:
    """domain:C9: released today it would be late, and whoever releases it has to say why."""
    due = metadata.disclosure_due
    return due is not None and uow.now.astimezone(CHINA).date() > due


def _said_at_release(uow: UnitOfWork, package: Package) -> str:
    """What whoever is releasing it said; the decision is written before the release."""
    query = sa.select(Decision.opinion).where(
        Decision.package_id == package.id, Decision.stage == "release"
    )
    return uow.session.scalar(query.order_by(Decision.id.desc()).limit(1)) or ""


def record_refusal(uow: UnitOfWork, task_id: int, refusal: ReleaseRefused) -> None:
    """A gate that failed is on record. Called by the door, in a transaction of its own."""
    task = user_tasks.get(uow, task_id)
    package = permissions.get_package(uow, package_id_of(task.business_key))
    listed = [{"zh": r.zh, "en": r.en, "code": r.code} for r in refusal.reasons]
    events.record(
        uow,
        "publication.refused",
        case=uow.session.get(ProcessInstance, task.instance_id),
        subject=package.business_key,
        data={"count": len(listed), "reasons": listed},
    )


def readback(uow: UnitOfWork, package: Package) -> list[Sentence]:
    """Compare the content that is public now with what was approved; empty if the bytes are the same.

    That the pages show this content is looked at by the web side (`webapp.read_back`), on the pages.
    """
    publication = _of(uow, package)
    if publication is None:
        return [Sentence("还没有发布。", "Not released yet.", "readback")]
    version = current_version(uow, package)
    found = content.digest(publication.content)
    if publication.content != version.content or found != version.digest:
        return [
            Sentence(
                "公开的内容与签发文本不一致。",
                "The public content differs from the approved text.",
                "readback",
            )
        ]
    return []


def confirm_readback(uow: UnitOfWork, package: Package) -> None:
    """Keep the digest of the content that was public when the page was read back."""
    publication = _of(uow, package)
    if publication is not None:
        publication.page_digest = content.digest(publication.content)


def _of(uow: UnitOfWork, package: Package) -> Publication | None:
    return uow.session.scalar(sa.select(Publication).where(Publication.package_id == package.id))


def released(
    uow: UnitOfWork, place: Place = FIRST, *, text: str | None = None, topic: str | None = None
) -> Page[PortalItem]:
    """The public list, the latest first. Only released rows can come through it: there is no other table."""
    query = sa.select(Publication)
    if text and text.strip():
        query = query.where(Publication.title.contains(text.strip(), autoescape=True))
    if topic and topic in TOPICS:  # anything else would ask about fields that are not shown
        query = query.where(_about(topic))
    order = Order(Publication.published_at.expression, Publication.id.expression, newest_first=True)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].published_at, row[0].id))
    return paging.mapped(raw, lambda row: _item(row[0]))


def _about(topic: str) -> sa.ColumnElement[bool]:
    """SQL: `topic` is among metadata.topics, and nowhere else.

    In canonical JSON a quotation mark inside a value is escaped, so these marks are only found around
    keys, once each; `unit` follows `topics` because keys are sorted.
    """
    return Publication.content.like(f'%"topics":[%"{topic}"%],"unit":%')


def _item(publication: Publication) -> PortalItem:
    released = content.parse(publication.content)
    metadata = released.metadata
    return PortalItem(
        slug=publication.slug,
        title=publication.title,
        number=metadata.document_number,
        issuer=metadata.issuer,
        dated_on=_day(metadata.dated_on),
        published_at=publication.published_at,
        topic="、".join(label(TOPICS, code) for code in metadata.topics),
        has_interpretation=showing.has_interpretation(released.interpretation),
    )


def _day(day: object) -> str:
    return str(day) if day else ""


def by_slug(uow: UnitOfWork, slug: str) -> PortalPage:
    """The public page of a released package; whatever is not released is not found."""
    row = uow.session.execute(
        sa.select(Publication, Unit.code, Unit.name)
        .join(Package, Package.id == Publication.package_id)
        .join(Unit, Unit.id == Package.unit_id)
        .where(Publication.slug == slug)
    ).one_or_none()
    if row is None:
        raise NotFound
    publication, unit_code, unit_name = row
    return _page(publication, unit_code, unit_name)


def attachment(uow: UnitOfWork, slug: str, digest: str) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a released attachment; no other stored file can be had here."""
    publication = uow.session.scalar(sa.select(Publication).where(Publication.slug == slug))
    name = files.cited(content.parse(publication.content)).get(digest) if publication else None
    stored = uow.session.get(StoredFile, digest) if name is not None else None
    if name is None or stored is None:
        raise NotFound
    return files.download_name(name, stored.media_type), stored.media_type, stored.content


def _index_number(unit_code: str, slug: str) -> str:
    """索引号 (domain:A3.1)."""
    return f"{unit_code}/{slug}"


def _page(publication: Publication, unit_code: str, unit_name: str) -> PortalPage:
    released = content.parse(publication.content)
    index_number = _index_number(unit_code, publication.slug)
    validity = _validity(publication)
    return PortalPage(
        slug=publication.slug,
        index_number=index_number,
        title=publication.title,
        body_html=released.body_html,
        interpretation=_interpretation(released),
        attachments=showing.attachments(released),
        facts=_facts(publication, released, index_number, validity),
        meta_tags=_meta_tags(publication, released, unit_name),
        published_at=publication.published_at,
        validity=validity,
        digest=content.digest(publication.content),
    )


def _interpretation(released: Content) -> InterpretationView | None:
    """What readers are given of it: text and materials. A plan alone is no page (domain:A2)."""
    if not showing.has_interpretation(released.interpretation):
        return None
    return showing.interpretation_view(released)


def _validity(publication: Publication) -> Sentence:
    """domain:A3.1: the mark is mandatory; what was released and never marked otherwise is in force."""
    return VALIDITIES.get(publication.validity, VALIDITIES["in_force"]).sentence


def _facts(
    publication: Publication, released: Content, index_number: str, validity: Sentence
) -> tuple[Labelled, ...]:
    """domain:A3.1: number, dates and validity stand on the page beside title and text."""
    shown = {fact.code: fact for fact in showing.facts(released.metadata)}
    local = publication.published_at.astimezone(CHINA)
    published = Sentence(f"{local.year}年{local.month}月{local.day}日", local.date().isoformat())
    index = Sentence(index_number, index_number)
    lines: list[Labelled | None] = [
        Labelled("index_number", Sentence("索引号", "Index number"), index),
        shown.get("title"),
        shown.get("issuer"),
        shown.get("document_number"),
        shown.get("dated_on"),
        Labelled("published_at", Sentence("发布日期", "Published on"), published),
        shown.get("topics"),
        shown.get("effective_on"),
        Labelled("validity", Sentence("有效性", "Validity"), validity),
    ]
    return tuple(line for line in lines if line is not None)


def _meta_tags(
    publication: Publication, released: Content, unit_name: str
) -> tuple[tuple[str, str], ...]:
    """domain:B3: the tags that inspections read. Site tags are the portal's; these are the article's."""
    metadata = released.metadata
    local = publication.published_at.astimezone(CHINA)
    tags = (
        ("ColumnName", publication.column),
        ("ColumnType", "政策文件" if metadata.info_type == "official" else "信息公开"),
        ("ArticleTitle", publication.title),
        ("PubDate", f"{local:%Y-%m-%d %H:%M}"),
        ("ContentSource", metadata.issuer or unit_name),
        ("Keywords", "、".join(label(TOPICS, code) for code in metadata.topics)),
        ("Author", unit_name),
        ("Description", publication.title),
        ("Url", f"/public/{publication.slug}"),
    )
    return tuple((name, value) for name, value in tags if value)
