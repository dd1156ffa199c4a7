"""Records stored states of a release, once: `python -m tests.engine.golden.record 0.1.0` at the release.

Random stories of the delivered chain, and of a process with the elements that it does not use, are kept until every
task, event and end has been met; beside them the definition as it was, because a running case keeps the version it began with. Never record again for
a version that is out: what is on record is what is in other people's databases.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from engine import bpmn_rules, statespace, stepping
from engine.elements import Definition
from engine.stepping import Event
from tests import shipped
from tests.engine.golden.elements import elements

HERE = Path(__file__).parent

#: The end of a reminder's side path never closes a case, so no story can reach it as its end.
SIDE_ENDS = {"readback_escalated", "reminded"}

#: How often a story takes the way forward; without it no walk would come through the whole chain.
FORWARD = 0.8
CANDIDATES = 1_500


def story(definition: Definition, seed: int) -> dict[str, Any]:
    """A random walk to an end: the state before each event, the events, the end."""
    choose = random.Random(seed)  # noqa: S311 - a walk, not a secret
    state = stepping.start(definition).state
    states, events = [], []
    while stepping.ended(state) is None:
        possible = statespace.events(definition, state)
        forward = [e for e in possible if e.outcome == _first(definition, e)]
        event = choose.choice(forward if choose.random() < FORWARD else possible)
        states.append(state)
        item = [] if event.item is None else [event.item]
        events.append([event.kind, event.element, event.outcome, *item])
        state = stepping.advance(definition, state, event).state
    return {"ends": stepping.ended(state), "events": events, "states": states}


def _first(definition: Definition, event: Event) -> str | None:
    """The outcome that leads on, which authors name first."""
    rule = definition.tasks.get(event.element)
    return rule.outcomes[0] if rule and rule.outcomes else None


def met(told: dict[str, Any]) -> set[str]:
    """What a story shows: elements with their outcomes, and its end."""
    return {told["ends"], *(f"{event[1]}={event[2]}" for event in told["events"])}


def record(definition: Definition) -> list[dict[str, Any]]:
    """Short stories first, and only those that show something new."""
    asked = [(name, rule) for name, rule in definition.tasks.items() if rule.kind != "rule"]
    wanted = {f"{name}={o}" for name, rule in asked for o in rule.outcomes}
    from_outside = [n for n, rule in definition.catches.items() if rule.kind != "escalation"]
    wanted |= {f"{name}=None" for name in (*definition.timers, *from_outside)}
    wanted |= set(definition.ends) - SIDE_ENDS
    candidates = sorted(
        (story(definition, seed) for seed in range(CANDIDATES)),
        key=lambda told: len(told["events"]),
    )
    kept = []
    for told in candidates:
        if met(told) & wanted:
            wanted -= met(told)
            kept.append(told)
    if wanted:
        raise LookupError(f"no story shows {sorted(wanted)}")
    return kept


def main(version: str) -> None:
    """Write the files of a version that has none yet."""
    for name, xml in ((version, shipped.xml()), (f"{version}-elements", elements())):
        write(name, xml)


def write(name: str, xml: bytes) -> None:
    """Two files, once."""
    target = HERE / f"{name}.json"
    if target.exists():
        raise FileExistsError(target)
    stories = record(bpmn_rules.parse(xml, file=f"{name}.bpmn"))
    (HERE / f"{name}.bpmn").write_bytes(xml)
    text = json.dumps({"version": name, "stories": stories}, ensure_ascii=False, indent=0)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
