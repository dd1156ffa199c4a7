"""Parts that several processes share: a call whose decisions are shared reads as a sub-process holding what it calls.

    callActivity (decisions = shared) → part      reads      subProcess { what the part holds }

A plain call begins afresh and keeps its decisions to itself, so what stands could not be passed over in a
second round. A part is only drawn elsewhere. It is put in its place when a definition is deployed: what is
stored, proven and drawn is whole, and a part that changes later changes no case that runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from engine import bpmn_attributes, bpmn_vocabulary, bpmn_xml
from engine.bpmn_report import Report
from engine.bpmn_xml import BPMN, DI, EXTENSION, REFERRING, elements, local
from engine.text import Sentence

#: What a call says that shares its decisions with the process around it.
PROPERTY, SHARED = "decisions", "shared"

_DC, _WAY = "http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI"
_PROCESS, _CALL, _SUB = (f"{{{BPMN}}}{tag}" for tag in ("process", "callActivity", "subProcess"))
_PLANE, _SHAPE, _EDGE = (f"{{{DI}}}{tag}" for tag in ("BPMNPlane", "BPMNShape", "BPMNEdge"))
_BOUNDS, _POINT = f"{{{_DC}}}Bounds", f"{{{_WAY}}}waypoint"
_DECLARED = tuple(f"{{{BPMN}}}{kind}" for kind in REFERRING)


def insert(root: Any, library: Mapping[str, bytes], report: Report) -> bool:
    """Put every part in its place, in the tree itself; true if there was one. What cannot be is noted.

    `library` gives the files of parts by process id. The part's drawing goes into the frame that the call
    is drawn as: the corner of its sheet is the corner of the frame.
    """
    found = False
    parts: dict[
        Any, str
    ] = {}  # which part a sub-process was; no mark in the tree, where a file could claim it
    while (call := next((one for one in root.iter(_CALL) if _says(one)), None)) is not None:
        found = True
        _put(root, call, library, report, parts)
    for sub in parts:
        _leave_out(sub, root)
    return found


def _leave_out(sub: Any, root: Any) -> None:
    """A part voids what its process has of what it names: not every process has every stage."""
    known = {element.get("id") for element in root.iter() if isinstance(element.tag, str)}
    for item in sub.iter(f"{{{EXTENSION}}}property"):
        if item.get("name") == "voids":
            item.set(
                "value", " ".join(name for name in item.get("value", "").split() if name in known)
            )


def _says(call: Any) -> bool:
    return PROPERTY in bpmn_xml.properties_of(call)


def _put(
    root: Any, call: Any, library: Mapping[str, bytes], report: Report, parts: dict[Any, str]
) -> None:
    key = call.get("calledElement", "")
    within = {parts.get(one) for one in call.iterancestors(_SUB)}
    source = bpmn_xml.read(library[key], f"{key}.bpmn") if key in library else None
    part = _process_of(source, key)
    bpmn_attributes.check(call, report)  # in its place stands what the part holds
    bpmn_vocabulary.check_node(call, "callActivity", report)
    wrong = _wrong(call, key, found=part is not None, within=key in within)
    for extensions in call.findall(f"{{{BPMN}}}extensionElements"):
        call.remove(extensions)
    if wrong is not None:
        report.add_sentence(call, wrong)
        return
    sub = _in_place_of(call, part)
    parts[sub] = key
    _declare(root, source)
    _draw(root, sub, key, source, report)
    for element in sub.iter():
        if element is not sub and isinstance(element.tag, str) and element.get("id"):
            report.elsewhere.setdefault(element.get("id"), f"{key}.bpmn")


def _wrong(call: Any, key: str, *, found: bool, within: bool) -> Sentence | None:
    said = bpmn_xml.properties_of(call)[PROPERTY]
    if said != SHARED:
        return Sentence(
            f"{PROPERTY} 只能写 {SHARED}（与本流程共用结论），不能写“{said}”；各用各的，就不写。",
            f"`{PROPERTY}` can only be `{SHARED}`, not “{said}”; leave it out for a call of its own.",
        )
    if within:
        return Sentence(
            f"共用的部分“{key}”绕回来用了自己；请改用连线画出循环。",
            f"The shared part “{key}” uses itself; draw the loop with flows.",
        )
    if not found:
        return Sentence(
            f"共用的部分“{key}”没有一并给出；请放在流程文件旁边的 parts 文件夹里。",
            f"The shared part “{key}” is not given; put it into the folder `parts` beside this file.",
        )
    return None


def _process_of(source: Any, key: str) -> Any:
    processes = () if source is None else source.iterfind(_PROCESS)
    return next((process for process in processes if process.get("id") == key), None)


def _in_place_of(call: Any, part: Any) -> Any:
    sub = call.makeelement(_SUB, {"id": call.get("id", ""), "name": call.get("name", "")})
    sub.sourceline, sub.text, sub.tail = call.sourceline, call.text, call.tail
    sub.extend([child for child in elements(call) if local(child) in ("incoming", "outgoing")])
    sub.extend([deepcopy(c) for c in elements(part) if local(c) != "extensionElements"])
    call.getparent().replace(call, sub)
    return sub


def _declare(root: Any, source: Any) -> None:
    """Errors and messages that the part refers to stand at the top of the whole file."""
    known = {item.get("id") for item in root.iterchildren(*_DECLARED)}
    missing = [item for item in source.iterchildren(*_DECLARED) if item.get("id") not in known]
    place = root.index(next(root.iterfind(_PROCESS)))
    for item in missing:
        root.insert(place, deepcopy(item))


def _draw(root: Any, sub: Any, key: str, source: Any, report: Report) -> None:
    shape = next((s for s in root.iter(_SHAPE) if s.get("bpmnElement") == sub.get("id")), None)
    frame = None if shape is None else shape.find(_BOUNDS)
    if shape is None or frame is None:
        return  # that the frame is not drawn is told by the check of the drawing
    plane = shape.getparent()
    shape.set("isExpanded", "true")
    x, y, width, height = (float(frame.get(side)) for side in ("x", "y", "width", "height"))
    needed = [0.0, 0.0]
    for drawing in (p for p in source.iter(_PLANE) if p.get("bpmnElement") == key):
        for item in drawing.iterchildren(_SHAPE, _EDGE):
            moved = deepcopy(item)
            _move(moved, x, y, needed)
            moved.set("id", f"{sub.get('id')}__{item.get('id')}")
            plane.append(moved)
    if needed[0] > width or needed[1] > height:
        report.add(
            sub,
            f"图框画小了，放不下共用的部分“{key}”；请画成至少 {needed[0]:.0f} × {needed[1]:.0f}。",
            f"The frame is too small for the shared part “{key}”; draw it at least "
            f"{needed[0]:.0f} × {needed[1]:.0f}.",
        )


def _move(item: Any, x: float, y: float, needed: list[float]) -> None:
    for place in item.iter(_BOUNDS, _POINT):
        at = [float(place.get("x")), float(place.get("y"))]
        size = [float(place.get(side, "0")) for side in ("width", "height")]
        needed[:] = [max(n, a + s) for n, a, s in zip(needed, at, size, strict=True)]
        place.set("x", f"{at[0] + x:g}")
        place.set("y", f"{at[1] + y:g}")
