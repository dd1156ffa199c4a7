"""Compliance rules at run time: the monitors of the proof, stepped with every act of a running case.

A proven process cannot break them by itself. They are asked all the same, in the act's own transaction:
a row changed by hand, a fault of ours or a definition that came past the proof ends here, not in public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from engine import definitions, rule_files
from engine import rules as compliance
from engine.database import UnitOfWork, once_committed
from engine.elements import Definition
from engine.errors import EngineError
from engine.models import ProcessDefinition
from engine.rules import Monitors, Rule
from engine.stepping import Event
from engine.text import Sentence

#: One step of a process: the state before it, the event, and how the case ended with it if it did.
Taken = tuple[str, Event, str | None]


class RuleBroken(EngineError):
    """The act would break compliance rules of the process; each reason names one. Nothing was done."""


@dataclass(frozen=True)
class Guards:
    """The monitors of one deployed version, and its rules by id."""

    monitors: Monitors
    rules: Mapping[str, Rule]

    @property
    def start(self) -> str:
        """Where the monitors stand before the first act, as the case's row and the trail hold it."""
        return text(self.monitors.start)

    def after(self, stand: str, taken: Iterable[Taken]) -> str:
        """Where they stand after these steps; raises RuleBroken with every rule that is broken."""
        bits, broken = int(stand, 16), list[str]()
        for before, event, ended in taken:
            bits, now = self.monitors.step(bits, before, event, ended)
            broken += now
        if broken:
            raise RuleBroken(*(_told(self.rules[rule]) for rule in dict.fromkeys(broken)))
        return text(bits)


_KNOWN: WeakKeyDictionary[sa.Engine, dict[int, Guards]] = WeakKeyDictionary()


def of(uow: UnitOfWork, definition_id: int) -> Guards:
    """The guards of a deployed version; read once per process, as a version never changes."""
    bind = uow.session.get_bind()
    known = _KNOWN.setdefault(bind if isinstance(bind, sa.Engine) else bind.engine, {})
    found = known.get(definition_id)
    if found is not None:
        return found
    read = _read(uow, definition_id)
    once_committed(uow.session, lambda: known.update({definition_id: read}))
    return read


def _read(uow: UnitOfWork, definition_id: int) -> Guards:
    definition: Definition = definitions.load(uow, definition_id)
    stored = sa.select(ProcessDefinition.rules).where(ProcessDefinition.id == definition_id)
    content = uow.session.scalars(stored).one()
    rules = rule_files.read(definition, content, "rules") if content else ()
    return Guards(compliance.monitors(definition, rules), dict(compliance.by_id(rules)))


def text(bits: int) -> str:
    """The bits of all monitors as hexadecimal text, the first rule's bit lowest."""
    return f"{bits:x}"


def _told(rule: Rule) -> Sentence:
    sources = "、".join(rule.sources)
    return Sentence(
        f"违反规则“{rule.id}”（{sources}）：{rule.sentence.zh}未作任何改动，请联系系统管理员核查本件。",
        f"This breaks the rule “{rule.id}” ({sources}): {rule.sentence.en} Nothing was changed; ask the "
        "system administrator to look into this case.",
        rule.id,
    )
