"""The door of work that nobody clicks: one unit of work per item, committed here.

A failing item is recorded in a unit of work of its own and never stops the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from engine.database import UnitOfWork
from engine.errors import SanshenError

OpenUow: TypeAlias = "Callable[[], UnitOfWork]"

logger = logging.getLogger(__name__)

#: The pause after a failure doubles from a minute up to this.
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many items were carried out and how many failed; what others had in hand is in neither."""

    fired: int = 0
    failed: int = 0


def each(
    open_uow: OpenUow,
    items: Iterable[int],
    carry_out: Callable[[UnitOfWork, int], bool],
    note_failure: Callable[[UnitOfWork, int, str], None],
) -> Swept:
    """Carry out each item and commit it; `carry_out` answers False where there was nothing to do."""
    fired = failed = 0
    for item in items:
        try:
            with open_uow() as uow:
                done = carry_out(uow, item)
                if done:
                    uow.commit()
                    fired += 1
        except Exception as error:
            failed += 1
            logger.exception("sweep: item %s failed", item)
            _note(open_uow, item, note_failure, told(error))
    return Swept(fired, failed)


def _note(
    open_uow: OpenUow,
    item: int,
    note_failure: Callable[[UnitOfWork, int, str], None],
    told: str,
) -> None:
    try:
        with open_uow() as uow:
            note_failure(uow, item, told)
            uow.commit()
    except Exception:
        # The database itself is in trouble; the item stays due and the log has both errors.
        logger.exception("sweep: the failure of item %s could not be recorded", item)


def told(error: Exception) -> str:
    """What may be kept of a failure for good: its kind, and our own sentences.

    Any other message may quote what was being written, and the trail can never be made to forget.
    """
    kind = type(error).__name__
    if not isinstance(error, SanshenError):
        return kind
    return f"{kind}: {'；'.join(reason.zh for reason in error.reasons)}"[:1000]


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 20)), LONGEST_PAUSE)
