"""The processes of one definition: the one that a case starts with, and those that call activities call.

A called process stands in the same file or is given beside it; in the second case all are put into one
file, so that a definition is whole by itself and its digest covers everything it calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

from engine import bpmn_normal, bpmn_parts, bpmn_xml
from engine.bpmn_decisions import Shelf
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, DI, Graph

#: Deeper calls are a mistake, or an attempt to exhaust the interpreter.
MAX_DEPTH = 10

_PROCESS, _CALL = f"{{{BPMN}}}process", f"{{{BPMN}}}callActivity"
#: What events refer to; it goes with the process that does.
_DECLARED = tuple(f"{{{BPMN}}}{kind}" for kind in bpmn_xml.REFERRING)


@dataclass
class Part:
    """One process and the file it stands in, in plain terms (`bpmn_normal`); `drawn` is the file as it was
    given, which is what is checked word by word and stored."""

    process: Any
    root: Any
    report: Report
    drawn: Any

    @property
    def key(self) -> str:
        return str(self.process.get("id", ""))


@dataclass
class Family:
    """Everything that was found; called processes stand before those that call them."""

    main: Part | None
    #: the file with every shared part in its place
    xml: bytes = b""
    parts: list[Part] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)


def gather(xml: bytes, file: str, library: Mapping[str, bytes]) -> Family:
    """Find the process of the file and all that it calls, here or in `library` (key -> file)."""
    report = Report(file)
    root = bpmn_xml.read(xml, file)
    if bpmn_parts.insert(root, library, report):
        xml = bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    if report.problems:  # without its parts the rest would only be told as missing
        return Family(None, xml, reports=[report])
    drawn = deepcopy(root)
    root = bpmn_normal.normalise(root, report)
    processes = _executable(root, report)
    called = {call.get("calledElement") for call in root.iter(_CALL)}
    uncalled = [process for process in processes if process.get("id") not in called]
    family = Family(None, xml, reports=[report])
    if not uncalled:
        _refuse_no_start(root, processes, report)
        return family
    family.main = Part(uncalled[0], root, report, drawn)
    _Search(family, library).visit(family.main, ())
    taken = [part.process for part in family.parts]
    for process in processes:
        if process not in taken:
            report.add(
                process,
                "一个文件只放一个可执行流程和它调用的流程；请另存一个文件。",
                "One file holds one executable process and those it calls; move this one to its own "
                "file.",
            )
    return family


def _executable(root: Any, report: Report) -> list[Any]:
    found = []
    for process in root.iterfind(_PROCESS):
        if process.get("isExecutable") == "true":
            found.append(process)
        else:
            report.add(
                process,
                '流程没有标为可执行；请写 isExecutable="true" 或删去它。',
                'The process is not executable; write isExecutable="true" or remove it.',
            )
    return found


def _refuse_no_start(root: Any, processes: list[Any], report: Report) -> None:
    if processes:
        report.add(
            processes[0],
            "流程互相调用，没有一个是开头；请让其中一个不被调用。",
            "The processes call one another in a circle and none is the first; leave one uncalled.",
        )
        return
    report.add(
        root,
        '文件里没有可执行的流程；请在 process 上写 isExecutable="true"。',
        'The file has no executable process; write isExecutable="true" on the process.',
    )


@dataclass
class _Search:
    """Follows calls from process to process."""

    family: Family
    library: Mapping[str, bytes]
    found: dict[str, Part] = field(default_factory=dict)
    files: dict[str, tuple[Any, Report, Any]] = field(default_factory=dict)

    def visit(self, part: Part, around: tuple[str, ...]) -> None:
        self.found[part.key] = part
        for call in part.process.iter(_CALL):
            key = call.get("calledElement", "")
            if key == part.key or key in around:
                part.report.add(
                    call,
                    f"流程“{key}”绕回来调用了自己；请改用连线画出循环。",
                    f"The process “{key}” calls itself, directly or through others; draw the loop "
                    "with flows.",
                )
                continue
            if len(around) == MAX_DEPTH:
                part.report.add(
                    call,
                    f"流程逐层调用超过 {MAX_DEPTH} 层；请减少层次。",
                    f"Calls nest deeper than {MAX_DEPTH}; flatten them.",
                )
                continue
            callee = self.found.get(key) or self._look_up(part, key)
            if callee is None:
                part.report.add(
                    call,
                    f"被调用的流程“{key}”不在本文件，也没有一并给出；请补上，并标为可执行。",
                    f"The called process “{key}” is neither in this file nor given with it; add it "
                    "and mark it executable.",
                )
            elif key not in self.found:
                self.visit(callee, (*around, part.key))
        self.family.parts.append(part)

    def _look_up(self, part: Part, key: str) -> Part | None:
        for process in part.root.iterfind(_PROCESS):
            if process.get("id") == key and process.get("isExecutable") == "true":
                return Part(process, part.root, part.report, part.drawn)
        if key not in self.library:
            return None
        if key not in self.files:
            report = Report(f"{key}.bpmn")
            root = bpmn_xml.read(self.library[key], report.file)
            drawn = deepcopy(root)
            self.files[key] = (bpmn_normal.normalise(root, report), report, drawn)
            self.family.reports.append(report)
        root, report, drawn = self.files[key]
        for process in root.iterfind(_PROCESS):
            if process.get("id") == key and process.get("isExecutable") == "true":
                return Part(process, root, report, drawn)
        return None


def bundle(family: Family, shelves: Sequence[Shelf]) -> bytes:
    """The bytes of a file that holds the whole family and every table it asks; the file's own bytes if
    it does already."""
    assert family.main is not None
    home = family.main.root
    foreign = [part for part in family.parts if part.root is not home]
    if not foreign and all(shelf.is_whole for shelf in shelves):
        return family.xml
    whole = deepcopy(family.main.drawn)
    place = whole.index(next(whole.iterfind(_PROCESS)))
    known = {item.get("id") for item in whole.iterchildren(*_DECLARED)}
    for part in foreign:
        for item in part.drawn.iterchildren(*_DECLARED):
            if item.get("id") not in known:
                known.add(item.get("id"))
                whole.insert(place, deepcopy(item))
                place += 1
    last = whole.index(list(whole.iterfind(_PROCESS))[-1])
    for part in sorted(foreign, key=lambda part: part.key, reverse=True):
        whole.insert(last + 1, deepcopy(_process_of(part.drawn, part.key)))
    for part in sorted(foreign, key=lambda part: part.key):
        for diagram in part.drawn.iterfind(f"{{{DI}}}BPMNDiagram"):
            whole.append(_renamed(deepcopy(diagram), part.key))
    for shelf in shelves:
        shelf.put_into(whole)
    return bytes(etree.tostring(whole, xml_declaration=True, encoding="UTF-8"))


def _process_of(root: Any, key: str) -> Any:
    return next(process for process in root.iterfind(_PROCESS) if process.get("id") == key)


def _renamed(diagram: Any, key: str) -> Any:
    """Modellers give the parts of every drawing the same ids; in one file they must differ."""
    for item in diagram.iter():
        if item.get("id"):
            item.set("id", f"{key}__{item.get('id')}")
    return diagram


@lru_cache(maxsize=256)
def graphs(xml: bytes) -> tuple[Graph, ...]:
    """Every process of a file that was accepted."""
    root = bpmn_normal.normalise(bpmn_xml.read(xml), Report(""))
    return tuple(bpmn_xml.graph_of(root, process) for process in root.iterfind(_PROCESS))
