"""What is hidden in the files of an item: found once per file, told wherever the file is listed (domain:P27)."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.once import insert_if_new
from engine.text import Sentence
from workflows.intake import hidden
from workflows.intake.hidden import Finding
from workflows.models import StoredFile
from workflows.models.inspections import FileInspection


def inspect(uow: UnitOfWork, digest: str, media_type: str, data: bytes) -> None:
    """Look into a file that has just come in, and keep what was found."""
    found = [
        {"code": one.code, "zh": one.sentence.zh, "en": one.sentence.en, "blocks": one.blocks}
        for one in hidden.inspect(media_type, data)
    ]
    row = insert_if_new(uow, FileInspection).values(
        digest=digest, edition=hidden.EDITION, findings=found, at=uow.now
    )
    uow.session.execute(row)


def findings(uow: UnitOfWork, digests: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    """What is hidden in each of these files; files that came in before we looked are looked into now."""
    wanted = list(digests)
    if not wanted:
        return {}
    query = sa.select(FileInspection.digest, FileInspection.findings).where(
        FileInspection.digest.in_(wanted), FileInspection.edition == hidden.EDITION
    )
    found = {digest: tuple(map(_finding, told)) for digest, told in uow.session.execute(query)}
    missing = [digest for digest in wanted if digest not in found]
    if missing:
        files = sa.select(StoredFile.digest, StoredFile.media_type, StoredFile.content)
        for digest, media_type, data in uow.session.execute(
            files.where(StoredFile.digest.in_(missing))
        ):
            found[digest] = hidden.inspect(media_type, data)
    return found


def _finding(told: dict[str, object]) -> Finding:
    code = str(told["code"])
    return Finding(code, Sentence(str(told["zh"]), str(told["en"]), code), bool(told["blocks"]))
