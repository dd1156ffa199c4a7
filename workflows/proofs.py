"""Proving a process on a page: asked for, carried out by a worker beside the server, deployed if it holds.

The page and the command go through the same door (`deploying`); a refusal is told with the same stories.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import sqlalchemy as sa

from engine.certificates import Drawer
from engine.database import UnitOfWork
from engine.errors import DefinitionRefused
from engine.models import ProcessDefinition
from engine.text import Sentence
from engine.verification import Verdict
from workflows import deploying, permissions, proving
from workflows.deploying import Candidate, NotProven
from workflows.errors import NotFound, Refused
from workflows.models import Proof, Repair

#: What workers work at.
Kind = Literal["proof", "repair"]
#: All files of one process together; the shipped chain is a tenth of it.
MOST_BYTES = 2_000_000
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(bpmn|dmn|rules\.toml)")
NOT_INTERRUPTED = Sentence("这次检验没有中断。", "This proof was not interrupted.", "interrupted")
#: A job that nobody has worked on for so long was interrupted.
SILENCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a story, with the element at which it happens."""

    element: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it: the sentence, and the shortest story that leads there."""

    about: str
    mandatory: bool
    sentence: Sentence
    story: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a proof found."""

    states: int
    edges: int
    rules: int
    findings: tuple[Shown, ...]


def ask(uow: UnitOfWork, files: Mapping[str, bytes]) -> Proof:
    """Take the files of one process in and let it be proven; raises Refused with every problem of the files."""
    permissions.ensure(permissions.processes_refusals(uow))
    person = permissions.acting_person(uow)
    file = _main(files)
    with _folder(files) as folder:
        candidate = _read(folder / file)
    proof = Proof(
        asked_by=person.id,
        asked_at=uow.now,
        key=candidate.definition.key,
        name=candidate.definition.name,
        file=file,
        files={name: b64encode(content).decode() for name, content in files.items()},
        status="running",
        states=0,
        waiting=0,
        beat_at=uow.now,
    )
    uow.session.add(proof)
    uow.session.flush()
    return proof


def get(uow: UnitOfWork, proof_id: int, *, lock: bool = False) -> Proof:
    """A proof that the actor may see."""
    permissions.ensure(permissions.processes_refusals(uow))
    proof = uow.session.get(Proof, proof_id, with_for_update=True if lock else None)
    if proof is None:
        raise NotFound(Sentence(f"没有第{proof_id}号检验。", f"There is no proof {proof_id}."))
    return proof


def latest(uow: UnitOfWork, limit: int = 20) -> list[Proof]:
    """The last proofs asked for, newest first."""
    permissions.ensure(permissions.processes_refusals(uow))
    return list(uow.session.scalars(sa.select(Proof).order_by(Proof.id.desc()).limit(limit)))


def in_force(uow: UnitOfWork) -> list[ProcessDefinition]:
    """The newest version of every process: the one that new cases take."""
    newest = sa.select(sa.func.max(ProcessDefinition.id)).group_by(ProcessDefinition.key)
    chosen = sa.select(ProcessDefinition).where(ProcessDefinition.id.in_(newest))
    return list(uow.session.scalars(chosen.order_by(ProcessDefinition.key)))


def interrupted(uow: UnitOfWork, job: Proof | Repair) -> bool:
    """Whether nobody works on it any more."""
    return job.status in ("running", "checking") and uow.now - job.beat_at > SILENCE


def again(uow: UnitOfWork, proof_id: int) -> Proof:
    """Begin an interrupted or failed proof anew."""
    proof = get(uow, proof_id, lock=True)
    if proof.status != "failed" and not interrupted(uow, proof):
        raise Refused(NOT_INTERRUPTED)
    proof.status, proof.states, proof.waiting, proof.beat_at = "running", 0, 0, uow.now
    return proof


def beat(uow: UnitOfWork, kind: Kind, job_id: int, states: int, waiting: int) -> None:
    """How far the worker has come."""
    get_one = uow.session.get_one
    job = get_one(Proof, job_id) if kind == "proof" else get_one(Repair, job_id)
    job.states, job.waiting, job.beat_at = states, waiting, uow.now


def candidate_of(proof: Proof) -> Candidate:
    """The process, read again from its files."""
    with _folder(_bytes(proof)) as folder:
        return _read(folder / proof.file)


def finish(uow: UnitOfWork, proof_id: int, candidate: Candidate, verdict: Verdict) -> str:
    """Write down what was found; answers the status."""
    proof = uow.session.get_one(Proof, proof_id)
    told = proving.told(candidate.definition, candidate.rules, verdict)
    findings = [
        Shown(
            one.about,
            one.mandatory,
            one.sentence,
            tuple(
                Step(event.element, sentence)
                for event, sentence in zip(finding.story, one.story, strict=True)
            ),
        )
        for one, finding in zip(told, verdict.findings, strict=True)
    ]
    found = Found(verdict.states, verdict.edges, len(verdict.rules), tuple(findings))
    proof.found, proof.finished_at, proof.beat_at = asdict(found), uow.now, uow.now
    proof.states, proof.waiting = verdict.states, 0
    proof.status = "proven" if verdict.proven else "refused"
    return proof.status


def fail(uow: UnitOfWork, proof_id: int, reasons: tuple[Sentence, ...]) -> str:
    """The proof came to no end: too large, or a fault of ours."""
    proof = uow.session.get_one(Proof, proof_id)
    findings = tuple(Shown("", True, reason, ()) for reason in reasons)
    proof.found = asdict(Found(proof.states, 0, 0, findings))
    proof.status, proof.finished_at, proof.waiting = "failed", uow.now, 0
    return proof.status


def found(proof: Proof) -> Found | None:
    """What was found, read back."""
    told = proof.found
    if told is None:
        return None
    return Found(
        told["states"],
        told["edges"],
        told["rules"],
        tuple(
            Shown(
                one["about"],
                one["mandatory"],
                Sentence(**one["sentence"]),
                tuple(Step(s["element"], Sentence(**s["sentence"])) for s in one["story"]),
            )
            for one in told["findings"]
        ),
    )


def deploy(uow: UnitOfWork, proof_id: int, own: Drawer) -> ProcessDefinition:
    """Deploy what was proven, through the one door: it looks for the certificate, or proves again.

    Raises NotProven with every finding, and Refused for a proof that is not through or deployed already.
    """
    proof = get(uow, proof_id, lock=True)
    if proof.version is not None:
        raise Refused(
            Sentence(
                f"已部署为第{proof.version}版。",
                f"It is deployed already, as version {proof.version}.",
                "version",
            )
        )
    if proof.status in ("running", "failed"):
        raise Refused(Sentence("检验还没有完成。", "The proof is not through.", "status"))
    told = found(proof)
    if proof.status == "refused" and told is not None:
        raise NotProven(*(one.sentence for one in told.findings if one.mandatory))
    with _folder(_bytes(proof)) as folder:
        row = deploying.deploy(uow, folder / proof.file, own)
    proof.version = row.version
    return row


def _bytes(proof: Proof) -> dict[str, bytes]:
    return {name: b64decode(text) for name, text in proof.files.items()}


@contextmanager
def _folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files side by side, as the reader expects a process and what it calls."""
    with TemporaryDirectory(prefix="sanshen-proof-") as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        yield Path(folder)


def _read(file: Path) -> Candidate:
    try:
        return deploying.read(file)
    except DefinitionRefused as refused:
        raise Refused(*refused.reasons) from None


def _main(files: Mapping[str, bytes]) -> str:
    """The one process that is to be deployed: a .bpmn file that none of the others calls comes first."""
    problems = [
        Sentence(
            f"“{name}”不能读入：文件名用英文字母、数字、点和横线，扩展名是 .bpmn、.dmn 或 .rules.toml。",
            f"“{name}” cannot be taken: a name of letters, digits, dots and dashes, ending in .bpmn, .dmn or "
            ".rules.toml.",
            "files",
        )
        for name in files
        if not NAME.fullmatch(name)
    ]
    if sum(map(len, files.values())) > MOST_BYTES:
        problems.append(
            Sentence("文件合计超过 2 MB。", "The files are larger than 2 MB together.", "files")
        )
    definitions = [name for name in files if name.endswith(".bpmn")]
    called = {
        other
        for other in definitions
        for key in re.findall(rb"<(?:\w+:)?process\s[^>]*id=[\"']([A-Za-z0-9_]+)", files[other])
        if any(b'calledElement="' + key + b'"' in files[one] for one in definitions if one != other)
    }
    callers = [name for name in definitions if name not in called]
    if len(callers) != 1:
        problems.append(
            Sentence(
                "请选一个流程文件（.bpmn），连同它调用的流程、决策表（.dmn）和规则（.rules.toml）。",
                "Choose one process (.bpmn), with the processes it calls, its tables (.dmn) and rules "
                "(.rules.toml).",
                "files",
            )
        )
    if problems:
        raise Refused(*problems)
    return callers[0]
