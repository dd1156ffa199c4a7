"""Attachments: kept once by the digest of their bytes, read only through a package that cites them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.once import insert_if_new
from workflows import events, inspections, permissions
from workflows.content import AttachmentRef, Content, parse
from workflows.errors import NotFound
from workflows.intake import markup
from workflows.intake.sniff import MEDIA_TYPES, sniff, suffix_kind
from workflows.models import Decision, Package, PackageVersion, Publication, StoredFile

_NAME_LENGTH = 120


def store_file(uow: UnitOfWork, name: str, data: bytes) -> StoredFile:
    """Keep an uploaded file; the same bytes again are the same row. Raises FileRefused."""
    person = permissions.acting_person(uow)
    shown = clean_name(name)
    kind = sniff(shown, data)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    new = insert_if_new(uow, StoredFile).values(
        digest=digest,
        media_type=MEDIA_TYPES[kind],
        size=len(data),
        content=data,
        stored_at=uow.now,
        stored_by=person.id,
    )
    first = uow.session.scalar(new.returning(StoredFile.digest)) is not None
    stored = uow.session.get_one(StoredFile, digest)
    inspections.inspect(uow, digest, stored.media_type, data)
    if first:
        events.record(
            uow,
            "file.stored",
            subject=f"file:{digest}",
            data={"name": shown, "size": len(data), "media_type": stored.media_type},
        )
    return stored


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, short enough to show."""
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", last).strip(" .") or "附件"
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) <= _NAME_LENGTH:
        return plain
    return f"{stem[: _NAME_LENGTH - len(suffix) - 1]}{dot}{suffix}"[:_NAME_LENGTH]


def download_name(name: str, media_type: str) -> str:
    """The name under which a file leaves us: whatever it was called, it ends as what it is."""
    plain, kinds = clean_name(name), _kinds_of(media_type)
    if suffix_kind(plain) in kinds:
        return plain
    return clean_name(f"{plain}.{kinds[0] if kinds else 'bin'}")


def _kinds_of(media_type: str) -> list[str]:
    wanted = media_type.partition(";")[0]
    return [kind for kind, known in MEDIA_TYPES.items() if known.partition(";")[0] == wanted]


def reference(stored: StoredFile, name: str) -> AttachmentRef:
    """How a package cites a stored file."""
    return AttachmentRef(stored.digest, clean_name(name), stored.media_type, stored.size)


def by_digest(uow: UnitOfWork, digest: str, name: str) -> AttachmentRef | None:
    """A reference to a file that is kept already; None if there is none."""
    stored = uow.session.get(StoredFile, digest)
    return reference(stored, name) if stored is not None else None


def is_stored(uow: UnitOfWork, cited: AttachmentRef) -> bool:
    """Whether there is such a file, and it is what the reference says."""
    stored = uow.session.get(StoredFile, cited.digest)
    return stored is not None and reference(stored, cited.name) == cited


def cited(content: Content) -> dict[str, str]:
    """Digest and shown name of every file that a content refers to."""
    named = {item.digest: item.name for item in content.attachments}
    for material in content.interpretation.materials:
        if material.file:
            named.setdefault(material.file, clean_name(material.title or "解读材料"))
    for number, digest in enumerate(markup.images(content.body_html), start=1):
        named.setdefault(digest, f"图片{number}")
    return named


def known(uow: UnitOfWork, digests: Iterable[str]) -> set[str]:
    """Those of the digests that are stored."""
    wanted = sa.select(StoredFile.digest).where(StoredFile.digest.in_(list(digests)))
    return set(uow.session.scalars(wanted))


#: What a browser may draw inside a page.
DRAWN = frozenset({"image/png", "image/jpeg", "image/gif"})


def image(uow: UnitOfWork, number: str, digest: str) -> tuple[str, bytes]:
    """Media type and bytes of a picture in the text of an item: of a released one for everybody, else for
    whoever may see the item.
    """
    publication = uow.session.scalar(sa.select(Publication).where(Publication.slug == number))
    if publication is None or digest not in cited(parse(publication.content)):
        package_id = uow.session.scalar(sa.select(Package.id).where(Package.number == number))
        if package_id is None:
            raise NotFound
        attachment(uow, package_id, digest)
    stored = uow.session.get(StoredFile, digest)
    if stored is None or stored.media_type not in DRAWN:
        raise NotFound
    return stored.media_type, stored.content


def attachment(uow: UnitOfWork, package_id: int, digest: str) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a file that some version of a visible package, or a decision on it, cites."""
    permissions.get_package(uow, package_id)
    versions = sa.select(PackageVersion.content).where(
        PackageVersion.package_id == package_id,
        PackageVersion.content.contains(digest, autoescape=True),
    )
    for text in uow.session.scalars(versions.order_by(PackageVersion.number.desc())):
        name = cited(parse(text)).get(digest)
        stored = uow.session.get(StoredFile, digest)
        if name is not None and stored is not None:
            return download_name(name, stored.media_type), stored.media_type, stored.content
    name, stored = _scanned(uow, package_id, digest), uow.session.get(StoredFile, digest)
    if name is None or stored is None:
        raise NotFound
    return download_name(name, stored.media_type), stored.media_type, stored.content


def _scanned(uow: UnitOfWork, package_id: int, digest: str) -> str | None:
    """The name of a paper that a decision on the package has beside it (`workflows.record_fields`)."""
    kept = uow.session.scalars(sa.select(Decision.parts).where(Decision.package_id == package_id))
    for parts in kept:
        scan = parts.get("scan")
        if isinstance(scan, dict) and scan.get("digest") == digest:
            return str(scan.get("name"))
    return None
