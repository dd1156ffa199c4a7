"""An event log in the two formats that process mining reads: XES (IEEE 1849-2016) and OCEL 2.0 (JSON).

Both are written case by case. OCEL relates an event to everything it concerns: the case, the task, the
person, and the version of the text that was decided on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO, TextIO

from lxml import etree

from engine.audit.event import instant
from engine.event_log import Happening

_EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
)
_OBJECTS = ("case", "task", "person", "version")
_ATTRIBUTES = ("element", "lifecycle", "outcome", "round", "role")


def xes(cases: Iterable[list[Happening]], out: BinaryIO) -> int:
    """Write a log with one trace per case; answers the number of events."""
    written = 0
    with (
        etree.xmlfile(out, encoding="UTF-8") as file,
        file.element("log", {"xes.version": "1849-2016", "xes.features": ""}),
    ):
        for name, prefix, uri in _EXTENSIONS:
            file.write(etree.Element("extension", name=name, prefix=prefix, uri=uri))
        file.write(etree.Element("classifier", name="Activity", keys="concept:name"))
        for happenings in cases:
            if not happenings:
                continue
            trace = etree.Element("trace")
            _put(trace, "string", "concept:name", happenings[0].case)
            for one in happenings:
                trace.append(_xes_event(one))
            file.write(trace)
            written += len(happenings)
    return written


def _xes_event(one: Happening) -> Any:
    event = etree.Element("event")
    _put(event, "string", "concept:name", one.name)
    _put(event, "string", "lifecycle:transition", one.lifecycle)
    _put(event, "date", "time:timestamp", instant(one.at))
    _put(event, "string", "org:resource", one.who_name)
    for kind, key, value in (
        ("string", "org:role", one.role),
        ("string", "element", one.element),
        ("string", "outcome", one.outcome),
        ("int", "round", one.round),
        ("string", "version", one.version),
    ):
        if value is not None:
            _put(event, kind, key, str(value))
    return event


def _put(parent: Any, kind: str, key: str, value: str) -> None:
    etree.SubElement(parent, kind, key=key, value=value)


def ocel(cases: Iterable[list[Happening]], out: TextIO) -> int:
    """Write an object-centric log; answers the number of events."""
    objects: dict[str, str] = {}
    types: set[str] = set()
    written = 0
    out.write('{"events":[')
    for happenings in cases:
        for place, one in enumerate(happenings):
            types.add(one.name)
            related = list(_related(one))
            objects.update((id, kind) for id, kind, _ in related)
            out.write("," if written else "")
            json.dump(_ocel_event(one, place, related), out, ensure_ascii=False)
            written += 1
    out.write('],\n"objects":')
    listed = [
        {"id": id, "type": kind, "attributes": [], "relationships": []}
        for id, kind in sorted(objects.items())
    ]
    json.dump(listed, out, ensure_ascii=False)
    out.write(',\n"objectTypes":')
    json.dump([{"name": name, "attributes": []} for name in _OBJECTS], out)
    out.write(',\n"eventTypes":')
    attributes = [{"name": name, "type": "string"} for name in _ATTRIBUTES]
    named = [{"name": name, "attributes": attributes} for name in sorted(types)]
    json.dump(named, out, ensure_ascii=False)
    out.write("}\n")
    return written


def _ocel_event(one: Happening, place: int, related: list[tuple[str, str, str]]) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _ATTRIBUTES}
    return {
        "id": f"{one.case}/{one.number}/{place}",
        "type": one.name,
        "time": instant(one.at),
        "attributes": [
            {"name": name, "value": str(value)}
            for name, value in values.items()
            if value is not None
        ],
        "relationships": [{"objectId": id, "qualifier": how} for id, _, how in related],
    }


def _related(one: Happening) -> Iterable[tuple[str, str, str]]:
    """Id, type and role of each thing the event concerns."""
    yield f"case:{one.case}", "case", "of"
    yield f"person:{one.who}", "person", "by"
    if one.task is not None:
        yield f"task:{one.task}", "task", "at"
    if one.version is not None:
        yield f"version:{one.version}", "version", "on"
