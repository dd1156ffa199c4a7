"""Verdicts that were reached before, kept by what they depend on: the process, its rules and the verifier.

Exploring a real chain takes half a minute and always gives the same answer, so the answer is kept. It
counts only for the same bytes of process and rules and the same source of everything that reads them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from engine.elements import Definition
from engine.rules import Rule
from engine.statespace import MAX_STATES
from engine.verification import Progress, Verdict, verify

#: What decides how a process runs and how it is judged; a change to one of them voids every certificate.
JUDGES: tuple[str, ...] = (
    *("bpmn_*", "conditions", "decision_*", "elements", "freezing", "liveness", "offers"),
    *("state_text", "statespace", "stepping", "rules", "rule_files", "verification"),
)


@cache
def verifier() -> str:
    """The name of this verifier: a digest over its own source and the library's version."""
    folder = Path(__file__).parent
    files = sorted({file for name in JUDGES for file in folder.glob(f"{name}.py")})
    digest = hashlib.sha256(version("SpiffWorkflow").encode())
    for file in files:
        digest.update(file.read_text(encoding="utf-8").encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a process was proven under its rules, and how large its graph is."""

    digest: str
    rules_digest: str
    verifier: str
    states: int
    edges: int
    situations: int
    rules: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """What the verifier said: only what is proven gets a certificate."""
        return Verdict(
            self.digest, self.states, self.edges, self.situations, tuple(self.rules), findings=()
        )


def rules_digest(content: bytes) -> str:
    """The name of a rules file's bytes."""
    return hashlib.sha256(content).hexdigest()


#: Verdicts of this process, by process, rules and bound.
_REACHED: dict[tuple[str, str, int], Verdict] = {}


class Drawer:
    """Certificates in one JSON file. A file that cannot be read holds none: then everything is proven anew."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def find(self, definition: Definition, content: bytes) -> Certificate | None:
        """The certificate of this process under these rules by this verifier, if there is one."""
        wanted = (definition.digest, rules_digest(content), verifier())
        return next(
            (c for c in self.all() if (c.digest, c.rules_digest, c.verifier) == wanted), None
        )

    def all(self) -> list[Certificate]:
        """Every certificate in the file, those of other verifiers too."""
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
            return [_read(entry) for entry in entries]
        except (OSError, ValueError, TypeError, KeyError):
            return []

    def keep(self, content: bytes, verdict: Verdict) -> Certificate:
        """Put a proven verdict in; certificates of other verifiers are thrown out."""
        certificate = Certificate(
            digest=verdict.digest,
            rules_digest=rules_digest(content),
            verifier=verifier(),
            states=verdict.states,
            edges=verdict.edges,
            situations=verdict.situations,
            rules=verdict.rules,
        )
        current = {c for c in self.all() if c.verifier == verifier()} | {certificate}
        entries = [asdict(c) for c in sorted(current, key=lambda c: (c.digest, c.rules_digest))]
        text = json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.file)  # whole or not at all
        return certificate


def judge(
    definition: Definition,
    rules: Sequence[Rule],
    content: bytes,
    *,
    known: Drawer,
    own: Drawer | None = None,
    afresh: bool = False,
    limit: int = MAX_STATES,
    progress: Progress | None = None,
) -> Verdict:
    """The verdict on a process under its rules (`content` is what they were read from): from a certificate
    in one of the drawers, or by exploring (always if `afresh`); a new proof goes into the `own` drawer.
    Raises TooManyStates."""
    for drawer in (known, own):
        found = drawer.find(definition, content) if drawer and not afresh else None
        if found is not None:
            return found.verdict
    key = (definition.digest, rules_digest(content), limit)
    if afresh or key not in _REACHED:
        _REACHED[key] = verify(definition, rules, limit=limit, progress=progress)
    verdict = _REACHED[key]
    if own is not None and not verdict.findings:
        own.keep(content, verdict)
    return verdict


def _read(entry: Mapping[str, Any]) -> Certificate:
    return Certificate(**{**entry, "rules": tuple(entry["rules"])})
