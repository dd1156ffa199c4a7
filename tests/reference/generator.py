"""Random processes of nested blocks: sequences, choices, forks, inclusive choices, loops, sub-processes with error ends,
timers that interrupt or not, decisions that stand and acts that void them, called processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st

from tests.reference.deciding import table
from tests.reference.drawing import Drawing

#: Where a block stands among forks: (fork, branch) pairs from the outside in.
Place = tuple[tuple[str, int], ...]


def together(one: Place, other: Place) -> bool:
    """Whether two places can hold tokens at the same time because a fork parts them."""
    branches = dict(one)
    return any(branches.get(fork, branch) != branch for fork, branch in other)


@dataclass
class Builder:
    draw: st.DrawFn
    size: int
    drawing: Drawing = field(default_factory=Drawing)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    called: list[Builder] = field(default_factory=list)
    nesting: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)  # ends of event sub-processes of the process

    def name(self, word: str) -> str:
        return f"{word}_{next(self.numbers)}"

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    # Every block returns (first element, last element) in its scope.

    def block(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        kinds = ["task"]
        if depth > 0 and self.size > 0:
            kinds += ["sequence", "sequence", "choice", "fork", "fork", "loop", "sub", "sub", "sub"]
            kinds += ["call", "call", "some", "race", "rule"]
        kind = self.draw(st.sampled_from(kinds))
        self.size -= 1
        build = {
            "task": self.task,
            "sequence": self.sequence,
            "choice": self.choice,
            "fork": self.fork,
            "some": self.some,
            "loop": self.loop,
            "sub": self.sub,
            "race": self.race,
            "rule": self.rule,
            "call": self.call,
        }[kind]
        return build(scope, place, depth)

    def task(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        if self.chance(10):
            name = self.drawing.receive(self.name("receive"), scope=scope)
        elif self.chance(15):
            name = self.event(scope)
            return name, name
        else:
            name = self.work(scope, place)
        if not name.startswith("service") and self.chance(30):
            return name, self.timed(name, scope, place)
        return name, name

    def work(self, scope: str, place: Place) -> str:
        earlier = [n for n, other in self.places.items() if not together(place, other)]
        properties = {}
        if earlier and self.chance(25):
            voided = self.draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True))
            properties["voids"] = " ".join(voided)
        if self.chance(20):
            name = self.drawing.service(self.name("service"), "a b", scope, **properties)
        else:
            if self.chance(35):
                properties["standing"] = self.draw(st.sampled_from(["a", "b", "a b"]))
            several, until = 0, ""
            if self.chance(15):
                several = self.draw(st.integers(2, 3))
                until = self.draw(
                    st.sampled_from(["!= 'a'", "in ('a', 'b')", "in ('a', 'b', 'c')"])
                )
            name = self.drawing.user(
                self.name("user"), "a b c", scope, several, until, self.chance(30), **properties
            )
        self.places[name] = place
        self.outcomes[name] = ["a", "b"]
        return name

    def event(self, scope: str) -> str:
        """Something that is waited for, sent, or thrown to nobody."""
        kind = self.draw(st.sampled_from(["timer", "message", "signal"]))
        made = self.draw(st.sampled_from(["catch", "catch", "send", "throw"]))
        if made == "catch":
            return self.drawing.catch(self.name("catch"), kind, scope)
        if made == "send":
            return self.drawing.send(self.name("send"), scope=scope)
        return self.drawing.throw(self.name("throw"), "" if kind == "timer" else kind, scope)

    def rule(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        """A table that asks one or two tasks, and a way for each of its words."""
        first = self.deciding(scope, place)
        name, split = self.name("rule"), self.drawing.xor(self.name("split"), scope)
        merge = self.drawing.xor(self.name("merge"), scope)
        others = [
            n for n, p in self.places.items() if p == place and n != first and self.outcomes[n]
        ]
        inputs = [
            first,
            *([self.draw(st.sampled_from(others))] if others and self.chance(60) else []),
        ]
        rows = [
            ([self.cell(one) for one in inputs], self.draw(st.sampled_from(["x", "y"])))
            for _ in range(self.draw(st.integers(1, 3)))
        ]
        self.drawing.tables.append(
            table(f"{name}_table", inputs, rows, policy="FIRST", default="x")
        )
        self.drawing.rule(name, f"{name}_table", scope)
        self.drawing.chain(first, name, split, scope=scope)
        words = {word for _, word in rows} | {"x"}
        if "y" in words:
            head, tail = self.block(scope, place, depth - 1)
            self.drawing.flow(split, head, f"{name} == 'y'", scope)
            self.drawing.flow(tail, merge, scope=scope)
        self.drawing.default(split, self.drawing.flow(split, merge, scope=scope), scope)
        self.places[name], self.outcomes[name] = place, sorted(words)
        return first, merge

    def cell(self, task: str) -> str:
        one, two = self.outcomes[task][0], self.outcomes[task][-1]
        return self.draw(
            st.sampled_from(
                ["-", f'"{one}"', f'not("{two}")', f'"{one}", "{two}"', "null", f'null,"{two}"']
            )
        )

    def race(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        """Two or three events of which the first to happen decides the way."""
        gateway, merge = self.drawing.race(self.name("race"), scope), self.name("merge")
        self.drawing.xor(merge, scope)
        for _ in range(self.draw(st.integers(2, 3))):
            if self.chance(30):
                event = self.drawing.receive(self.name("receive"), "a b", scope)
            else:
                kind = self.draw(st.sampled_from(["timer", "message", "signal"]))
                event = self.drawing.catch(self.name("catch"), kind, scope)
            self.drawing.flow(gateway, event, scope=scope)
            if self.chance(60):
                head, tail = self.block(scope, place, depth - 1)
                self.drawing.flow(event, head, scope=scope)
            else:
                tail = event
            self.drawing.flow(tail, merge, scope=scope)
        return gateway, merge

    def call(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        name = self.calling(scope, place)
        if name.startswith("call") and self.chance(30):
            return name, self.timed(name, scope, place)
        return name, name

    def calling(self, scope: str, place: Place) -> str:
        """Call a new process, or one that is called elsewhere already."""
        if self.nesting < 2 and (not self.called or self.chance(40)):
            key = self.name("process")
            drawing = Drawing(key, f"{key}_flow")
            size = self.draw(st.integers(0, 4))
            inner = Builder(self.draw, size, drawing, self.numbers, self.called, self.nesting + 1)
            inner.whole()
            self.called.append(inner)
            callee = inner
        elif not self.called:
            return self.work(scope, place)
        else:
            callee = self.draw(st.sampled_from(self.called))
        name = self.drawing.call(self.name("call"), callee.drawing.key, scope)
        self.places[name] = place
        self.outcomes[name] = callee.outcomes[""]
        return name

    def deciding(self, scope: str, place: Place) -> str:
        return self.calling(scope, place) if self.chance(20) else self.work(scope, place)

    def whole(self) -> None:
        """Fill the drawing with a process of one or two ends."""
        start = self.drawing.start(self.name("submitted"))
        first, last = self.block("", (), 4)
        self.drawing.flow(start, first)
        self.outcomes[""] = [self.drawing.end(self.name("published"))]
        beside = self.triggered("", (), raised="error escalation") if self.chance(25) else []
        if self.chance(50) or "error" in beside:
            decide, split = self.deciding("", ()), self.drawing.xor(self.name("split"))
            self.drawing.chain(last, decide, split)
            kind = "terminate" if self.chance(30) else ""
            kind = next((raised for raised in beside if raised != "other"), kind)
            dropped = self.drawing.end(self.name("dropped"), kind=kind)
            self.outcomes[""] += [dropped] if kind != "error" else []
            self.drawing.flow(split, dropped, self.condition((), decide))
            self.drawing.default(split, self.drawing.flow(split, self.outcomes[""][0]))
        else:
            self.drawing.flow(last, self.outcomes[""][0])
        self.outcomes[""] += self.beside

    def timed(self, host: str, scope: str, place: Place) -> str:
        """Put one to three timers on the host; returns the element after which all main ways meet."""
        meet = self.drawing.xor(self.name("meet"), scope)
        self.drawing.flow(host, meet, scope=scope)
        for _ in range(self.draw(st.integers(1, 3))):
            interrupting = self.chance(40)
            kind = self.draw(st.sampled_from(["timer", "timer", "message", "signal"]))
            timer = self.drawing.edge(self.name(kind), host, kind, scope, interrupting=interrupting)
            apart = (*place, (timer, 1)) if not interrupting else place
            side = self.side_task(scope, apart)
            self.drawing.flow(timer, side, scope=scope)
            after = meet if interrupting else self.drawing.end(self.name("end"), scope)
            self.drawing.flow(side, after, scope=scope)
        return meet

    def side_task(self, scope: str, place: Place) -> str:
        make = self.drawing.user if self.chance(50) else self.drawing.service
        name = make(self.name("side"), "a b", scope)
        self.places[name] = (*place, (name, 1))  # nobody else may touch it
        self.outcomes[name] = ["a", "b"]
        return name

    def sequence(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        first, last = self.block(scope, place, depth - 1)
        for _ in range(self.draw(st.integers(1, 2))):
            head, tail = self.block(scope, place, depth - 1)
            self.drawing.flow(last, head, scope=scope)
            last = tail
        return first, last

    def condition(self, place: Place, own: str) -> str:
        """A test of the task just done, now and then joined with a test of an earlier one."""
        one, two = self.outcomes[own][0], self.outcomes[own][-1]
        text = self.draw(
            st.sampled_from(
                [f"{own} == '{one}'", f"{own} in ('{one}', '{two}')", f"{own} != '{two}'"]
            )
        )
        others = [n for n, p in self.places.items() if p == place and n != own]
        if others and self.chance(30):
            other = self.draw(st.sampled_from(others))
            word = self.draw(st.sampled_from(["and", "or", "and not"]))
            test = self.draw(
                st.sampled_from([f"{other} == '{self.outcomes[other][0]}'", f"{other} == None"])
            )
            text = f"{text} {word} {test}"
        return text

    def choice(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        decide = self.deciding(scope, place)
        split, merge = self.drawing.xor(self.name("split"), scope), self.name("merge")
        self.drawing.xor(merge, scope)
        self.drawing.flow(decide, split, scope=scope)
        for _ in range(self.draw(st.integers(1, 2))):
            text = self.condition(place, decide)
            head, tail = self.block(scope, place, depth - 1)
            self.drawing.flow(split, head, text, scope)
            self.drawing.flow(tail, merge, scope=scope)
        self.drawing.default(split, self.drawing.flow(split, merge, scope=scope), scope)
        return decide, merge

    def fork(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        split, join = self.drawing.par(self.name("fork"), scope), self.name("join")
        self.drawing.par(join, scope)
        for branch in range(self.draw(st.integers(2, 3))):
            head, tail = self.block(scope, (*place, (split, branch)), depth - 1)
            self.drawing.flow(split, head, scope=scope)
            self.drawing.flow(tail, join, scope=scope)
        return split, join

    def some(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        """A decision after which one or several branches are taken."""
        decide = self.deciding(scope, place)
        split, join = self.drawing.inclusive(self.name("some"), scope), self.name("all")
        self.drawing.inclusive(join, scope)
        self.drawing.flow(decide, split, scope=scope)
        straight = False
        for branch in range(self.draw(st.integers(2, 3))):
            text = self.condition(place, decide) if branch else ""
            if not straight and self.chance(20):
                straight, flow = True, self.drawing.flow(split, join, text, scope)
            else:
                head, tail = self.block(scope, (*place, (split, branch)), depth - 1)
                flow = self.drawing.flow(split, head, text, scope)
                self.drawing.flow(tail, join, scope=scope)
            if not branch:
                self.drawing.default(split, flow, scope)
        return decide, join

    def loop(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        enter = self.drawing.xor(self.name("again"), scope)
        head, tail = self.block(scope, place, depth - 1)
        decide, split = self.deciding(scope, place), self.drawing.xor(self.name("split"), scope)
        self.drawing.flow(enter, head, scope=scope)
        self.drawing.flow(tail, decide, scope=scope)
        self.drawing.flow(decide, split, scope=scope)
        self.drawing.flow(split, enter, self.condition(place, decide), scope)
        leave = self.drawing.xor(self.name("leave"), scope)
        self.drawing.default(split, self.drawing.flow(split, leave, scope=scope), scope)
        return enter, leave

    def sub(self, scope: str, place: Place, depth: int) -> tuple[str, str]:
        name = self.drawing.sub(self.name("sub"), scope)
        start = self.drawing.start(self.name("start"), name)
        head, tail = self.block(name, place, depth - 1)
        self.drawing.flow(start, head, scope=name)
        escalating = self.chance(30)
        if escalating and self.chance(70):
            raised = self.drawing.throw(self.name("raised"), "escalation", name)
            after, last = self.block(name, place, depth - 1)
            self.drawing.chain(tail, raised, after, scope=name)
            tail = last
        failing = self.chance(60)
        if failing:
            decide, split = self.work(name, place), self.drawing.xor(self.name("split"), name)
            self.drawing.chain(tail, decide, split, scope=name)
            kind = "terminate" if self.chance(20) else "error"
            if escalating and self.chance(40):
                kind = "escalation"
            failure = self.drawing.end(self.name("failed"), name, kind)
            self.drawing.flow(split, failure, self.condition(place, decide), name)
            tail = split
        if self.chance(30):
            raised = "escalation error" if failing and kind == "error" else "escalation"
            self.triggered(name, place, raised)
        end = self.drawing.end(self.name("end"), name)
        flow = self.drawing.flow(tail, end, scope=name)
        if failing:
            self.drawing.default(split, flow, name)
        errs = failing and kind == "error"
        if not errs and not escalating:
            return (name, self.timed(name, scope, place)) if self.chance(30) else (name, name)
        meet = self.timed(name, scope, place) if self.chance(30) else None
        if meet is None:
            meet = self.drawing.xor(self.name("meet"), scope)
            self.drawing.flow(name, meet, scope=scope)
        if errs:
            caught = self.drawing.caught(self.name("caught"), name, scope)
            self.drawing.chain(caught, self.work(scope, place), meet, scope=scope)
        if escalating:
            self.escalated(name, scope, place, meet)
        return name, meet

    def triggered(self, scope: str, place: Place, raised: str) -> list[str]:
        """One or two event sub-processes that all interrupt, or do not; whether by what is raised inside."""
        interrupting = self.chance(60)
        inside = [kind for kind in raised.split() if kind != "error" or interrupting]
        kinds = ["timer", "message", "signal", *inside]
        chosen = self.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True))
        for kind in chosen:
            name, start = self.name("event"), self.name("called")
            self.drawing.event_sub(name, start, kind, scope, interrupting=interrupting)
            task = self.side_task(name, place if interrupting else (*place, (start, 1)))
            end = self.drawing.end(self.name("end"), name)
            self.drawing.chain(start, task, end, scope=name)
            self.beside += [end] if not scope else []
        return [kind if kind in inside else "other" for kind in chosen]

    def escalated(self, host: str, scope: str, place: Place, meet: str) -> None:
        """Catch what the host escalates, and end its work with that or not."""
        interrupting = self.chance(50)
        edge = self.drawing.edge(
            self.name("up"), host, "escalation", scope, interrupting=interrupting
        )
        side = self.side_task(scope, place if interrupting else (*place, (edge, 1)))
        after = meet if interrupting else self.drawing.end(self.name("end"), scope)
        self.drawing.chain(edge, side, after, scope=scope)


@st.composite
def processes(draw: st.DrawFn, size: int = 7) -> bytes:
    """The XML of a random process of the supported subset."""
    builder = Builder(draw, size)
    builder.whole()
    return builder.drawing.xml(*(inner.drawing for inner in builder.called))
