"""Records stored states of a release, once: `python -m tests.engine.golden.record 0.1.0` at the release.

Random stories of the delivered chain are kept until every task, timer and end has been met; beside them
the definition as it was, because a running case keeps the version it began with. Never record again for
a version that is out: what is on record is what is in other people's databases.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from engine import statespace, stepping
from engine.elements import Definition
from engine.stepping import Event
from tests import shipped

HERE = Path(__file__).parent

#: The end of a reminder's side path never closes a case, so no story can reach it as its end.
SIDE_ENDS = {"readback_escalated"}

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
        events.append([event.kind, event.element, event.outcome])
        state = stepping.advance(definition, state, event).state
    return {"ends": stepping.ended(state), "events": events, "states": states}


def _first(definition: Definition, event: Event) -> str | None:
    """The outcome that leads on, which authors name first."""
    return None if event.kind == "timer" else definition.tasks[event.element].outcomes[0]


def met(told: dict[str, Any]) -> set[str]:
    """What a story shows: elements with their outcomes, and its end."""
    return {told["ends"], *(f"{element}={outcome}" for _, element, outcome in told["events"])}


def record(definition: Definition) -> list[dict[str, Any]]:
    """Short stories first, and only those that show something new."""
    wanted = {f"{name}={o}" for name, rule in definition.tasks.items() for o in rule.outcomes}
    wanted |= {f"{name}=None" for name in definition.timers}
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
    """Write the two files of a version that has none yet."""
    target = HERE / f"{version}.json"
    if target.exists():
        raise FileExistsError(target)
    xml, stories = shipped.xml(), record(shipped.definition())
    (HERE / f"{version}.bpmn").write_bytes(xml)
    text = json.dumps({"version": version, "stories": stories}, ensure_ascii=False, indent=0)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
