"""States as they are stored: once each, by digest, never changed. What never changes need not be read twice."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import sqlalchemy as sa

from engine import definitions, rows, stepping
from engine.database import UnitOfWork, once_committed
from engine.elements import Definition
from engine.models import ProcessDefinition, ProcessInstance, ProcessState

#: Texts by digest, and definitions by what a state says it is of; equal in every database.
_TEXTS: dict[str, str] = {}
_DEFINITIONS: dict[str, Definition] = {}
#: Digests whose rows are known to be committed, by database.
_STORED: WeakKeyDictionary[sa.Engine, set[str]] = WeakKeyDictionary()
#: A busy house knows a few thousand; a runaway one must not fill memory.
MOST = 20_000

_POSITION = (
    sa.select(ProcessDefinition.digest, ProcessState.state)
    .select_from(ProcessInstance)
    .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
    .join(ProcessState, ProcessState.digest == ProcessInstance.state_digest)
    .where(ProcessInstance.id == sa.bindparam("case"))
)


def position(uow: UnitOfWork, case: ProcessInstance) -> tuple[Definition, str]:
    """The definition and the state of a case: at most one statement, none if both were seen before."""
    text = _TEXTS.get(case.state_digest)
    definition = None if text is None else _DEFINITIONS.get(stepping.of(text))
    if text is not None and definition is not None:
        return definition, text
    row = uow.session.execute(_POSITION, {"case": case.id}).one()
    definition = definitions.parsed(uow, row.digest)
    _remember(case.state_digest, row.state, definition)
    return definition, str(row.state)


def intern(uow: UnitOfWork, definition: Definition, state: str) -> str:
    """Store the state if it is new; answers the name under which cases and entries cite it."""
    digest = f"sha256:{stepping.digest(state)}"
    stored = _STORED.setdefault(_engine(uow), set())
    if digest not in stored:
        rows.add(uow, ProcessState, {"digest": digest, "state": state}, once=True)
        once_committed(uow.session, lambda: _note(stored, digest))
    _remember(digest, state, definition)
    return digest


def stored(uow: UnitOfWork, digest: str) -> str:
    """The state that an entry cites."""
    return uow.session.get_one(ProcessState, digest).state


def _engine(uow: UnitOfWork) -> sa.Engine:
    bind = uow.session.get_bind()
    return bind if isinstance(bind, sa.Engine) else bind.engine


def _note(stored: set[str], digest: str) -> None:
    if len(stored) >= MOST:
        stored.clear()
    stored.add(digest)


def _remember(digest: str, state: str, definition: Definition) -> None:
    if len(_TEXTS) >= MOST:
        _TEXTS.clear()
    _TEXTS[digest] = state
    _DEFINITIONS[stepping.of(state)] = definition
