"""The one door by which a process definition comes into the database: proven first, or refused with the story.

There is no switch past it. A definition that can release is held to compliance rules in any case: its own,
or those of the default chain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import bpmn_rules, certificates, definitions, rule_files
from engine.certificates import Drawer
from engine.database import UnitOfWork
from engine.elements import Definition
from engine.models import ProcessDefinition
from engine.rules import Rule
from engine.text import Sentence
from engine.verification import Progress, Verdict
from workflows import bpmn_files, proving, rule_sets
from workflows.errors import WorkflowError

#: The service task that makes public carries this handler, whatever it is called.
RELEASES = "publish"
#: Certificates that came with the program.
SHIPPED = Drawer(bpmn_files.FOLDER / "certificates.json")


def own_certificates(home: Path) -> Drawer:
    """Where this installation keeps what it has proven itself."""
    return Drawer(home / "certificates.json")


class NotProven(WorkflowError):
    """The definition is unsound or breaks a mandatory rule; each reason holds a shortest story."""


class TwoOfOneProcess(WorkflowError):
    """Two files of one deployment have the same key."""


#: Gives a listener for the exploration of the file of this name.
Told = Callable[[str], Progress]


@dataclass(frozen=True)
class Candidate:
    """A definition that would be deployed, with the rules it is held to and the bytes of both."""

    definition: Definition
    rules: tuple[Rule, ...]
    rules_content: bytes
    file: str


def read(file: Path) -> Candidate:
    """Read a process, what it calls and asks from the same folder, and the rules beside it; raises
    DefinitionRefused with all problems."""
    library = bpmn_files.library_of(file)
    definition = bpmn_rules.parse(file.read_bytes(), file=file.name, library=library)
    beside = bpmn_files.rules_of(file)
    if beside is None and _releases(definition):
        beside = bpmn_files.rules_of(bpmn_files.FOLDER / "publishing.bpmn")
    if beside is None:
        return Candidate(definition, (), b"", file.name)
    content = rule_sets.content(beside)
    return Candidate(
        definition, rule_files.read(definition, content, beside.name), content, file.name
    )


def judge(
    candidate: Candidate,
    own: Drawer | None = None,
    progress: Progress | None = None,
    *,
    afresh: bool = False,
) -> Verdict:
    """The verdict, from a certificate if there is one and it is not asked for `afresh`; a new proof goes
    into the `own` drawer. Raises TooManyStates."""
    return certificates.judge(
        candidate.definition,
        candidate.rules,
        candidate.rules_content,
        known=SHIPPED,
        own=own,
        afresh=afresh,
        progress=progress,
    )


def deploy(
    uow: UnitOfWork,
    file: Path,
    own: Drawer | None = None,
    progress: Progress | None = None,
) -> ProcessDefinition:
    """Deploy a proven definition; raises DefinitionRefused, TooManyStates or NotProven, and nothing is
    stored then."""
    candidate = read(file)
    verdict = judge(candidate, own, progress)
    ensure_proven(candidate, verdict)
    return definitions.deploy(
        uow, candidate.definition.xml, candidate.file, rules=candidate.rules_content
    )


def deploy_all(
    uow: UnitOfWork, files: Sequence[Path], own: Drawer | None = None, progress: Told | None = None
) -> list[ProcessDefinition]:
    """Deploy several at once; two of one process are refused, as nobody could say which is the newer."""
    by_key: dict[str, Path] = {}
    for file in files:
        key = read(file).definition.key
        other = by_key.setdefault(key, file)
        if other is not file:
            raise TwoOfOneProcess(
                Sentence(
                    f"{other.name} 和 {file.name} 是同一个流程“{key}”；一次只部署一个版本。",
                    f"{other.name} and {file.name} are the same process “{key}”; deploy one version at a "
                    "time.",
                )
            )
    return [deploy(uow, file, own, progress(file.name) if progress else None) for file in files]


def ensure_proven(candidate: Candidate, verdict: Verdict) -> None:
    """Raises NotProven with every mandatory finding."""
    if verdict.proven:
        return
    told = proving.told(candidate.definition, candidate.rules, verdict)
    raise NotProven(*(proving.refusal(one) for one in told if one.mandatory))


def _releases(definition: Definition) -> bool:
    return any(rule.handler == RELEASES for rule in definition.tasks.values())
