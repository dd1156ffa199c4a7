"""The shipped processes as they are deployed: every shared part in its place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from engine.elements import Definition
from workflows import bpmn_files, deploying
from workflows.deploying import Candidate

FILES = bpmn_files.shipped()
KEYS = tuple(file.stem for file in FILES)
PUBLISHING = bpmn_files.FOLDER / "publishing.bpmn"


@cache
def candidate(key: str) -> Candidate:
    """The process with the rules it is held to."""
    return deploying.read(bpmn_files.FOLDER / f"{key}.bpmn")


def definition(key: str = "publishing") -> Definition:
    return candidate(key).definition


def xml(key: str = "publishing") -> bytes:
    return definition(key).xml


def copied(folder: Path, key: str = "publishing") -> Path:
    """A file of the whole process in a folder, with its rules, to be spoiled or deployed."""
    file = folder / f"{key}.bpmn"
    file.write_bytes(xml(key))
    (folder / f"{key}.rules.toml").write_bytes(candidate(key).rules_content)
    return file
