"""Deploys process definitions and gives them back by id; a deployed version never changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine import audit, bpmn_rules
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.errors import DefinitionNotFound
from engine.models import ProcessDefinition
from engine.text import Sentence

#: Parsed definitions by digest: the same bytes mean the same in every database.
_PARSED: dict[str, Definition] = {}

#: Two servers that start together may deploy the same file; the second finds the first one's row.
_ATTEMPTS = 5


def deploy(
    uow: UnitOfWork,
    xml: bytes,
    file: str = "",
    library: Mapping[str, bytes] = MappingProxyType({}),
    *,
    rules: bytes = b"",
) -> ProcessDefinition:
    """Store a definition as the newest version of its key, unless the newest is this one already.

    `library` gives the files of called processes by process id; what is stored holds them all. `rules` are
    the compliance rules it was proven under; the proof itself is asked for by the layer above.
    Raises DefinitionRefused with every problem of the file; nothing is stored then.
    """
    definition = bpmn_rules.parse(xml, file=file, library=library)
    for _ in range(_ATTEMPTS):
        newest = _newest(uow, definition.key)
        if newest is not None and (newest.digest, newest.rules) == (definition.digest, rules):
            return newest
        row = _row(uow, definition, file, rules, version=newest.version + 1 if newest else 1)
        try:
            with uow.session.begin_nested():
                uow.session.add(row)
        except IntegrityError:
            continue
        _record(uow, row)
        return row
    raise RuntimeError(f"{definition.key}: another version was deployed at every attempt")


def load(uow: UnitOfWork, definition_id: int) -> Definition:
    """The definition of a case, read once per server process."""
    wanted = ProcessDefinition.id == definition_id
    digest = uow.session.scalar(sa.select(ProcessDefinition.digest).where(wanted))
    if digest is None:
        raise DefinitionNotFound(
            Sentence(
                f"没有编号为{definition_id}的流程定义。",
                f"There is no process definition {definition_id}.",
            )
        )
    return parsed(uow, digest)


def parsed(uow: UnitOfWork, digest: str) -> Definition:
    """The definition with this digest, which the database is known to hold."""
    if digest not in _PARSED:
        stored = sa.select(ProcessDefinition.xml, ProcessDefinition.file)
        row = uow.session.execute(stored.where(ProcessDefinition.digest == digest)).first()
        if row is None:
            raise LookupError(f"no definition with digest {digest}")
        _PARSED[digest] = bpmn_rules.read(row.xml, file=row.file)
    return _PARSED[digest]


def latest(uow: UnitOfWork, key: str) -> ProcessDefinition:
    """The version that new cases of this key begin with."""
    newest = _newest(uow, key)
    if newest is None:
        raise DefinitionNotFound(
            Sentence(
                f"流程“{key}”尚未部署。", f"No definition of process “{key}” has been deployed."
            )
        )
    return newest


def version(uow: UnitOfWork, key: str, number: int) -> ProcessDefinition:
    """One version of a process; raises DefinitionNotFound."""
    chosen = sa.select(ProcessDefinition).where(ProcessDefinition.key == key)
    found = uow.session.scalar(chosen.where(ProcessDefinition.version == number))
    if found is None:
        raise DefinitionNotFound(
            Sentence(
                f"流程“{key}”没有第{number}版。", f"The process “{key}” has no version {number}."
            )
        )
    return found


def _newest(uow: UnitOfWork, key: str) -> ProcessDefinition | None:
    versions = sa.select(ProcessDefinition).where(ProcessDefinition.key == key)
    return uow.session.scalar(versions.order_by(ProcessDefinition.version.desc()).limit(1))


def _row(
    uow: UnitOfWork, definition: Definition, file: str, rules: bytes, *, version: int
) -> ProcessDefinition:
    return ProcessDefinition(
        key=definition.key,
        version=version,
        name=definition.name,
        file=file,
        digest=definition.digest,
        xml=definition.xml,
        rules=rules,
        deployed_at=uow.now,
        deployed_by=uow.actor.id,
    )


def _record(uow: UnitOfWork, row: ProcessDefinition) -> None:
    audit.append(
        uow,
        "definition.deployed",
        case=None,
        subject=f"definition:{row.key}",
        data={"key": row.key, "version": row.version, "digest": row.digest, "file": row.file},
    )
