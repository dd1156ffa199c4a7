"""A worker that takes steps for others: reads one JSON request a line, answers one JSON line.

`warm` keeps what it learned from one request to the next. `fresh` answers every request in a process that
has never seen a definition: the worker itself only imports the engine and then forks for each.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from engine import bpmn_rules, stepping
from engine.stepping import Event
from tests.conftest import ROOT


class Worker:
    """The other end: a process that shares nothing with this one but what is written down."""

    def __init__(self, manner: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.stepper", manner],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def start(self, xml: bytes) -> dict[str, Any]:
        """The first step."""
        return self._ask({"xml": _text(xml)})

    def step(self, xml: bytes, state: str, event: Event) -> dict[str, Any]:
        """The step that follows."""
        told = [event.kind, event.element, list(event.path), event.item, event.outcome]
        return self._ask({"xml": _text(xml), "state": state, "event": told})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def _text(xml: bytes) -> str:
    return base64.b64encode(xml).decode()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    definition = bpmn_rules.parse(base64.b64decode(request["xml"]))
    if "state" not in request:
        step = stepping.start(definition)
    else:
        kind, element, path, item, outcome = request["event"]
        event = Event(kind, element, tuple(path), item, outcome)
        step = stepping.advance(definition, request["state"], event)
    return {
        "state": step.state,
        "ended": step.ended,
        "opened": [repr(one) for one in step.opened],
        "closed": [repr(one) for one in step.closed],
    }


def main(manner: str) -> None:
    for line in sys.stdin:
        if manner == "warm" or os.fork() == 0:
            sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
            sys.stdout.flush()
            if manner == "fresh":
                os._exit(0)
        else:
            os.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
