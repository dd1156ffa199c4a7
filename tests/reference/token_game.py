"""A second, independent reading of the same BPMN subset: tokens moved by hand over the XML.

It shares no code with the engine and knows no SpiffWorkflow; where the two disagree, one of them is
wrong. It never drops a variable, so it also checks that the engine drops only what cannot matter.
"""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field

B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
D = "{http://www.omg.org/spec/DMN/20191111/MODEL/}"
S = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
PATIENCE = 3_000
#: Elements that are no tasks and at which a token rests.
WAITING = ("intermediateCatchEvent", "intermediateThrowEvent", "eventBasedGateway")


class EndlessLoop(Exception):
    """The tokens never come to rest."""


@dataclass(eq=False)
class Work:
    """A token inside an activity."""

    element: str
    timers: set[str]
    inner: Scope | None = None
    items: list[int] = field(default_factory=list)  # of a task for several, those not done
    triggered: bool = False  # an event sub-process, which is beside the main flow of its scope


@dataclass(eq=False)
class Scope:
    """The tokens of a process, of one embedded sub-process or of one call."""

    id: str
    host: Work | None = None
    parent: Scope | None = None
    values: dict[str, str] | None = None  # of a process; embedded sub-processes share them
    pending: list[str] = field(default_factory=list)  # flows on which a token travels
    works: list[Work] = field(default_factory=list)
    arrived: Counter[str] = field(default_factory=Counter)  # tokens that wait at joins, by flow
    listening: set[str] = field(default_factory=set)  # starts of event sub-processes, once each

    def empty(self) -> bool:
        return not (self.pending or self.works or +self.arrived)

    def is_over(self) -> bool:
        """Whether the main flow is: event sub-processes may still be under way, but none begins."""
        return not self.pending and not +self.arrived and all(w.triggered for w in self.works)

    def stop(self) -> None:
        """Take the main flow away."""
        self.works = [work for work in self.works if work.triggered]
        self.pending.clear()
        self.arrived.clear()
        self.listening.clear()


class Game:
    """One case of one process."""

    def __init__(self, xml: bytes) -> None:
        root = ET.fromstring(xml)
        calls = {call.get("calledElement") for call in root.iter(f"{B}callActivity")}
        key = next(p.get("id", "") for p in root.iter(f"{B}process") if p.get("id") not in calls)
        self.nodes: dict[str, ET.Element] = {}
        self.scope_of: dict[str, str] = {}
        self.flows: dict[str, tuple[str, str, str | None]] = {}
        for process in root.iter(f"{B}process"):
            self._read(process, process.get("id", ""))
        self.decisions_in_file = list(root.iter(f"{D}decision"))
        self.values: dict[str, str] = {}
        self.ended: str | None = None
        self._reached: dict[Scope, list[str]] = {}
        self._moves = 0
        self.top = Scope(key, values=self.values)
        self._enter(self.top)
        self._settle()

    def _read(self, scope: ET.Element, scope_id: str) -> None:
        for item in scope:
            if item.tag == f"{B}sequenceFlow":
                condition = item.find(f"{B}conditionExpression")
                text = None if condition is None else condition.text
                self.flows[item.get("id", "")] = (
                    item.get("sourceRef", ""),
                    item.get("targetRef", ""),
                    text,
                )
            elif item.get("id"):
                self.nodes[item.get("id", "")] = item
                self.scope_of[item.get("id", "")] = scope_id
                if item.tag == f"{B}subProcess":
                    self._read(item, item.get("id", ""))

    # -- the model -------------------------------------------------------------------------------

    def _kind(self, name: str) -> str:
        return self.nodes[name].tag.removeprefix(B)

    def words(self, name: str, key: str) -> list[str]:
        own = f"{B}extensionElements/{S}properties/{S}property"  # not those of what is inside
        for prop in self.nodes[name].iterfind(own):
            if prop.get("name") == key:
                return (prop.get("value") or "").split()
        return []

    def _out(self, name: str) -> list[str]:
        return [f for f, (source, _, _) in self.flows.items() if source == name]

    def _in(self, name: str) -> list[str]:
        return [f for f, (_, target, _) in self.flows.items() if target == name]

    def _has(self, name: str, event: str) -> bool:
        return self.nodes[name].find(f"{B}{event}EventDefinition") is not None

    def _boundary(self, host: str, event: str) -> list[str]:
        return [
            n
            for n, e in self.nodes.items()
            if e.get("attachedToRef") == host and self._has(n, event)
        ]

    def _listening(self, host: str) -> set[str]:
        """What may happen on its edge, once each: everything but errors."""
        return {
            name
            for kind in ("timer", "message", "signal", "escalation")
            for name in self._boundary(host, kind)
        }

    def _handed_on(self, name: str) -> bool:
        """Whether a thrown event is passed on by a handler, like a service task."""
        return self._has(name, "message") or self._has(name, "signal")

    def _event_kind(self, name: str) -> str:
        """As what an event or a task comes from outside."""
        if self._kind(name) in ("boundaryEvent", "intermediateCatchEvent", "startEvent"):
            return next(k for k in ("timer", "message", "signal") if self._has(name, k))
        return {
            "userTask": "user",
            "receiveTask": "message",
        }.get(self._kind(name), "service")

    def _asked(self, decision: str, values: dict[str, str]) -> str:
        """The word of a decision table: of the first row that fits, else its default."""
        found = next(d for d in self.decisions_in_file if d.get("id") == decision)
        texts = {
            tag: [
                [(t.text or "").strip() for t in e.iter(f"{D}text")]
                for e in found.iter(f"{D}{tag}")
            ]
            for tag in ("input", "defaultOutputEntry")
        }
        inputs = [values.get(text[0]) for text in texts["input"]]
        for row in found.iter(f"{D}rule"):
            *cells, word = [(t.text or "").strip() for t in row.iter(f"{D}text")]
            if all(self._says(c, v) for c, v in zip(cells, inputs, strict=True)):
                return word.strip('"')
        return texts["defaultOutputEntry"][0][0].strip('"')

    def _says(self, cell: str, value: str | None) -> bool:
        if cell in ("", "-"):
            return True
        listed = [part.strip() for part in cell.removeprefix("not(").rstrip(")").split(",")]
        spelled = "null" if value is None else f'"{value}"'
        return (spelled in listed) is not cell.startswith("not(")

    # -- tokens ----------------------------------------------------------------------------------

    def _enter(self, scope: Scope) -> None:
        start = next(
            n for n in self.nodes if self._kind(n) == "startEvent" and self.scope_of[n] == scope.id
        )
        scope.pending.extend(self._out(start))
        scope.listening = {
            name
            for name, node in self.nodes.items()
            if self._kind(name) == "startEvent"
            and self.nodes.get(self.scope_of[name]) is not None
            and self.nodes[self.scope_of[name]].get("triggeredByEvent") == "true"
            and self.scope_of[self.scope_of[name]] == scope.id
        }

    def _trigger(self, scope: Scope, start: str) -> bool:
        """Begin an event sub-process; whether the main flow is over with that."""
        interrupts = self.nodes[start].get("isInterrupting", "true") != "false"
        if interrupts:
            scope.stop()
        else:
            scope.listening.remove(start)
        work = Work(self.scope_of[start], set(), triggered=True)
        work.inner = Scope(work.element, work, scope)
        scope.works.append(work)
        self._enter(work.inner)
        return interrupts

    def _triggers(self, scope: Scope, kind: str) -> str | None:
        return next((name for name in sorted(scope.listening) if self._has(name, kind)), None)

    def _caught_inside(self, scope: Scope, kind: str) -> bool:
        """Whether an event sub-process directly in this scope begins with such an event, listening or not."""
        return any(
            self._has(name, kind) and self.scope_of[self.scope_of[name]] == scope.id
            for name in self.nodes
            if self._kind(name) == "startEvent"
            and self.scope_of[name] in self.nodes
            and self.nodes[self.scope_of[name]].get("triggeredByEvent") == "true"
        )

    def _no_longer_listening(self, scope: Scope) -> None:
        if scope.is_over():
            scope.listening.clear()
        for work in scope.works:
            if work.inner is not None:
                self._no_longer_listening(work.inner)

    def _settle(self) -> None:
        self._moves = 0
        while True:
            self._no_longer_listening(self.top)
            scope = self._next_scope(self.top)
            if scope is None:
                if self._join_some(self.top):
                    continue
                break
            self._moves += 1
            if self._moves > PATIENCE:
                raise EndlessLoop
            if scope.pending:
                self._arrive(scope, scope.pending.pop(0))
            elif scope.host is not None and scope.parent is not None:  # nothing left in it
                if scope.values is not None:
                    self._values(scope.parent)[scope.host.element] = self._ended_as(scope)
                scope.parent.works.remove(scope.host)
                scope.parent.pending.extend(self._out(scope.host.element))
        if self.top.empty():
            self.ended = self._ended_as(self.top)
        self._reached = {}

    def _ended_as(self, scope: Scope) -> str:
        reached = self._reached[scope]
        terminating = [e for e in reached if self._has(e, "terminate")]
        in_file = list(self.nodes).index
        return min(terminating or reached, key=lambda e: (self.scope_of[e] != scope.id, in_file(e)))

    def _values(self, scope: Scope) -> dict[str, str]:
        while scope.values is None:
            assert scope.parent is not None
            scope = scope.parent
        return scope.values

    def _next_scope(self, scope: Scope) -> Scope | None:
        """The innermost scope in which something moves by itself."""
        for work in scope.works:
            if work.inner is not None and (found := self._next_scope(work.inner)) is not None:
                return found
        if scope.pending or (scope.host is not None and scope.empty()):
            return scope
        return None

    def _arrive(self, scope: Scope, flow: str) -> None:
        name = self.flows[flow][1]
        kind = self._kind(name)
        if kind == "userTask" and self._values(scope).get(name) in self.words(name, "standing"):
            scope.pending.extend(self._out(name))
        elif kind == "intermediateThrowEvent" and not self._handed_on(name):
            if self._has(name, "escalation") and self._escalate(scope):
                return
            scope.pending.extend(self._out(name))
        elif kind == "businessRuleTask":
            values = self._values(scope)
            values[name] = self._asked(self.words(name, "decision")[0], values)
            scope.pending.extend(self._out(name))
        elif kind.endswith("Task") or kind in WAITING:
            work = Work(name, self._listening(name))
            work.items = list(range(int(self.nodes[name].findtext(f".//{B}loopCardinality") or 0)))
            scope.works.append(work)
        elif kind in ("subProcess", "callActivity"):
            work = Work(name, self._listening(name))
            work.inner = Scope(name, work, scope)
            if kind == "callActivity":
                called = self.nodes[name].get("calledElement", "")
                work.inner = Scope(called, work, scope, values={})
            scope.works.append(work)
            self._enter(work.inner)
        elif kind == "exclusiveGateway":
            scope.pending.append(self._choose(name, self._values(scope)))
        elif kind == "parallelGateway":
            scope.arrived[flow] += 1
            if all(scope.arrived[f] for f in self._in(name)):
                for f in self._in(name):
                    scope.arrived[f] -= 1
                scope.pending.extend(self._out(name))
        elif kind == "inclusiveGateway" and len(self._in(name)) > 1:
            scope.arrived[flow] += 1
        elif kind == "inclusiveGateway":
            scope.pending.extend(self._choose_some(name, self._values(scope)))
        elif kind == "endEvent":
            self._end(scope, name)
        else:
            raise AssertionError(kind)

    def _choose_some(self, gateway: str, values: dict[str, str]) -> list[str]:
        found = [
            flow
            for flow in self._out(gateway)
            if (text := self.flows[flow][2]) is not None
            and self._true(ast.parse(text.strip(), mode="eval").body, values)
        ]
        return found or [self.nodes[gateway].get("default") or self._out(gateway)[0]]

    def _join_some(self, scope: Scope) -> bool:
        """Let an inclusive join go on to which nothing more can come, as BPMN 2.0 words it."""
        for name in {self.flows[flow][1] for flow in +scope.arrived}:
            if self._kind(name) != "inclusiveGateway":
                continue
            came = [flow for flow in self._in(name) if scope.arrived[flow]]
            missing = set(self._in(name)) - set(came)
            starts = [self._out_of(work.element) for work in scope.works]
            starts += [
                self._out(self.flows[flow][1]) for flow in +scope.arrived if flow not in came
            ]
            ahead = [self._ahead(flows, name) for flows in starts]
            if not any(flows & missing and not flows & set(came) for flows in ahead):
                for flow in came:
                    scope.arrived[flow] -= 1
                scope.pending.extend(self._out(name))
                return True
        return any(self._join_some(work.inner) for work in scope.works if work.inner is not None)

    def _out_of(self, host: str) -> list[str]:
        """Flows by which a token may leave an activity: its own, and those of its boundary events."""
        events = [n for n, e in self.nodes.items() if e.get("attachedToRef") == host]
        return [flow for name in (host, *events) for flow in self._out(name)]

    def _ahead(self, flows: list[str], gateway: str) -> set[str]:
        """Flows that can be reached without passing the gateway."""
        seen: set[str] = set()
        todo = list(flows)
        while todo:
            flow = todo.pop()
            if flow not in seen:
                seen.add(flow)
                target = self.flows[flow][1]
                todo.extend([] if target == gateway else self._out_of(target))
        return seen

    def _choose(self, gateway: str, values: dict[str, str]) -> str:
        default = self.nodes[gateway].get("default")
        for flow in self._out(gateway):
            text = self.flows[flow][2]
            if text is not None and self._true(ast.parse(text.strip(), mode="eval").body, values):
                return flow
        return default or self._out(gateway)[0]

    def _true(self, node: ast.expr, values: dict[str, str]) -> bool:
        if isinstance(node, ast.BoolOp):
            answers = [self._true(v, values) for v in node.values]
            return all(answers) if isinstance(node.op, ast.And) else any(answers)
        if isinstance(node, ast.UnaryOp):
            return not self._true(node.operand, values)
        assert isinstance(node, ast.Compare)
        assert isinstance(node.left, ast.Name)
        value, literal = values.get(node.left.id), ast.literal_eval(node.comparators[0])
        if isinstance(node.ops[0], ast.In):
            return value in literal
        return bool((value == literal) == isinstance(node.ops[0], ast.Eq))

    def _end(self, scope: Scope, name: str) -> None:
        if self._has(name, "error") and (start := self._triggers(scope, "error")):
            self._trigger(scope, start)
            return
        if self._has(name, "error"):
            assert scope.host is not None
            assert scope.parent is not None
            scope.parent.works.remove(scope.host)
            for boundary in self._boundary(scope.id, "error"):
                scope.parent.pending.extend(self._out(boundary))
            return
        if self._has(name, "escalation") and self._escalate(scope):
            return
        if self._has(name, "terminate"):
            scope.works.clear()
            scope.pending.clear()
            scope.arrived.clear()
        while scope.host is not None and scope.host.triggered and scope.parent is not None:
            scope = scope.parent  # an event sub-process ends what it is beside
        if scope.values is not None:
            self._reached.setdefault(scope, []).append(name)

    def _escalate(self, scope: Scope) -> bool:
        """Tell the edge of the sub-process, or what is inside it for that; whether it is over then."""
        if start := self._triggers(scope, "escalation"):
            return self._trigger(scope, start)
        if self._caught_inside(scope, "escalation"):
            return False  # what catches it here was called already; it goes no further for that
        host, around = scope.host, scope.parent
        assert host is not None
        assert around is not None
        for edge in self._boundary(scope.id, "escalation"):
            if edge in host.timers:
                host.timers.remove(edge)
                around.pending.extend(self._out(edge))
                if self.nodes[edge].get("cancelActivity") != "false":
                    around.works.remove(host)
                    return True
        return False

    # -- events ----------------------------------------------------------------------------------

    def _all_scopes(self, scope: Scope) -> list[Scope]:
        inner = [w.inner for w in scope.works if w.inner is not None]
        return [scope, *(one for deeper in inner for one in self._all_scopes(deeper))]

    def _all_works(self, scope: Scope) -> list[tuple[Scope, Work]]:
        found = [(scope, work) for work in scope.works]
        for work in scope.works:
            if work.inner is not None:
                found += self._all_works(work.inner)
        return found

    def offers(self) -> list[tuple[str, str, str | None]]:
        """(kind, call path and element, outcome) of everything that may happen."""
        found: list[tuple[str, str, str | None]] = []
        for scope in self._all_scopes(self.top):
            told = [
                s
                for s in scope.listening
                if not self._has(s, "escalation") and not self._has(s, "error")
            ]
            found += [(self._event_kind(s), self._path(scope) + s, None) for s in told]
        for scope, work in self._all_works(self.top):
            path = self._path(scope)
            edges = [edge for edge in work.timers if not self._has(edge, "escalation")]
            found += [(self._event_kind(edge), path + edge, None) for edge in edges]
            if work.inner is None:
                found += [
                    (self._event_kind(name), path + name + item, outcome)
                    for name in self._possible(work)
                    for outcome in self._results(name)
                    for item in self._items(work)
                ]
        return sorted(found, key=repr)

    def _possible(self, work: Work) -> list[str]:
        """What the token waits for: its task, or one of the events after a gateway."""
        if self._kind(work.element) == "eventBasedGateway":
            return [self.flows[flow][1] for flow in self._out(work.element)]
        return [work.element]

    def _results(self, name: str) -> list[str] | tuple[str | None]:
        if self._kind(name) == "intermediateThrowEvent":
            return ["done"]
        return self.words(name, "outcomes") or (None,)

    def _items(self, work: Work) -> list[str]:
        """Who may do it now: one nobody in particular, everybody left, or the first of them."""
        loop = self.nodes[work.element].find(f"{B}multiInstanceLoopCharacteristics")
        if loop is None:
            return [""]
        left = [f"#{item}" for item in work.items]
        return left[:1] if loop.get("isSequential") == "true" else left

    def _undecided(self, work: Work, outcome: str, item: int) -> bool:
        """Strike the item out; whether the others are still to be asked."""
        work.items.remove(item)
        text = self.nodes[work.element].findtext(f".//{B}completionCondition")
        enough = text is not None and self._true(
            ast.parse(text.strip(), mode="eval").body, {work.element: outcome}
        )
        return bool(work.items) and not enough

    def _path(self, scope: Scope) -> str:
        """The call activities around a scope, each with a stroke after it."""
        if scope.parent is None or scope.host is None:
            return ""
        own = "" if scope.values is None else f"{scope.host.element}/"
        return self._path(scope.parent) + own

    def decisions(self) -> dict[str, dict[str, str]]:
        """The values of every called process under way, by call path."""
        inner = [work.inner for _, work in self._all_works(self.top) if work.inner]
        return {self._path(s): s.values for s in inner if s.values is not None}

    def play(self, kind: str, element: str, outcome: str | None) -> None:
        """Let it happen; of several equal tokens the one with the fewest listening timers moves."""
        path, stroke, element = element.rpartition("/")
        element, _, item = element.partition("#")
        called = [
            s
            for s in self._all_scopes(self.top)
            if element in s.listening and self._path(s) == path + stroke
        ]
        if called:
            self._trigger(min(called, key=lambda one: sorted(one.listening)), element)
            self._settle()
            return
        candidates = [
            (scope, work)
            for scope, work in self._all_works(self.top)
            if self._path(scope) == path + stroke
            and (element in work.timers or (work.inner is None and element in self._possible(work)))
            and (not item or f"#{item}" in self._items(work))
        ]
        scope, work = min(candidates, key=lambda pair: (sorted(pair[1].timers), pair[1].items))
        if element in work.timers:
            work.timers.remove(element)
            if self.nodes[element].get("cancelActivity") != "false":
                scope.works.remove(work)
            scope.pending.extend(self._out(element))
        elif item and self._undecided(work, outcome or "", int(item)):
            return
        else:
            for name in self.words(element, "voids"):
                self._values(scope).pop(name, None)
            if outcome is not None:
                self._values(scope)[element] = outcome
            scope.works.remove(work)
            scope.pending.extend(self._out(element))
        self._settle()

    def tokens(self) -> list[str]:
        """The tokens at rest, written so that two readings can be compared."""
        return [] if self.ended else sorted([*self._tokens(self.top), *self._told(self.top)])

    def _told(self, scope: Scope) -> list[str]:
        """The event sub-processes that may still begin by what is told to the case."""
        return [f"~{s}" for s in sorted(scope.listening) if not self._has(s, "error")]

    def _tokens(self, scope: Scope) -> list[str]:
        found = [
            f"{self.flows[flow][1]}<{self.flows[flow][0]}" for flow in scope.arrived.elements()
        ]
        for work in scope.works:
            inside = "" if work.inner is None else "(" + ",".join(self._tokens(work.inner)) + ")"
            items = "".join(f"#{i}" for i in work.items)
            timers = "".join(f"+{t}" for t in sorted(work.timers))
            told = "" if work.inner is None else "".join(self._told(work.inner))
            found.append(work.element + items + timers + told + inside)
        return sorted(found)
