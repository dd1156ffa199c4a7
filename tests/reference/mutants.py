"""Mutants of the shipped chain: one change each, of the kinds that a hand makes in a diagram."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice

from tests.reference.model_tree import B, Tree, without_literals

Change = Callable[[Tree], None]


@dataclass(frozen=True)
class Mutant:
    """A changed process: the kind of change, what was changed, and the file."""

    kind: str
    what: str
    xml: bytes


def all_of(xml: bytes) -> list[Mutant]:
    """Every mutant, in an order that does not change."""
    found = []
    for kind, ideas in KINDS.items():
        for what, change in ideas(Tree(xml)):
            tree = Tree(xml)
            change(tree)
            made = tree.xml()
            found.append(Mutant(kind, what, made))
    return found


# -- ideas: what could be changed, and how -----------------------------------------------------------

Ideas = Iterator[tuple[str, Change]]


def _rewired(tree: Tree) -> Ideas:
    """A flow leads to another element of the same sub-process."""
    chance = random.Random(11)  # noqa: S311 - repeatable, not a secret
    for flow, edge in tree.flows().items():
        scope = tree.scope_of(edge.get("sourceRef", ""))
        targets = [
            name
            for name in tree.nodes()
            if tree.scope_of(name) is scope
            and name not in (edge.get("sourceRef"), edge.get("targetRef"))
            and tree.kind(name) not in ("startEvent", "boundaryEvent")
        ]
        if targets:
            target = chance.choice(targets)
            yield f"{flow} → {target}", lambda t, f=flow, to=target: t.aim(f, to)  # type: ignore[misc]


def _dropped(tree: Tree) -> Ideas:
    """A way out of a gateway is taken away; if it was the default, another becomes it."""
    for gateway, kept, flow in _forks(tree):

        def change(t: Tree, gateway: str = gateway, kept: str = kept, flow: str = flow) -> None:
            was_default = t.nodes()[gateway].get("default") == flow
            t.drop(flow)
            if was_default:
                t.set_condition(kept, None)
                t.nodes()[gateway].set("default", kept)
            t.prune()

        yield flow, change


def _forks(tree: Tree) -> Iterator[tuple[str, str, str]]:
    for name in tree.nodes():
        out = tree.out(name)
        if tree.kind(name) == "exclusiveGateway" and len(out) > 1:
            for flow in out:
                yield name, next(f for f in out if f != flow), flow


def _swapped(tree: Tree) -> Ideas:
    """Two ways out of a gateway change places."""
    for name in tree.nodes():
        out = tree.out(name)
        if tree.kind(name) != "exclusiveGateway" or len(out) < 2:
            continue
        for one, other in combinations(out, 2):
            ends = [tree.flows()[f].get("targetRef", "") for f in (one, other)]

            def change(t: Tree, one: str = one, other: str = other, e: list[str] = ends) -> None:
                t.aim(one, e[1])
                t.aim(other, e[0])

            yield f"{one} ↔ {other}", change


def _unconditional(tree: Tree) -> Ideas:
    """A condition is dropped: the flow is taken whatever was decided."""
    for flow in tree.flows():
        text = tree.condition(flow)
        if text is None:
            continue
        task = text.split(" ", 1)[0].strip("(")
        outcomes = tree.words(task, "outcomes")
        always = f"{task} in {outcomes!r}"
        yield flow, lambda t, f=flow, a=always: t.set_condition(f, a)  # type: ignore[misc]


def _narrower(tree: Tree) -> Ideas:
    """A condition forgets one of the outcomes it speaks of."""
    for flow, text, task, outcome in _said(tree):
        left = without_literals(text, {(task, outcome)})
        if left is not None:
            yield f"{flow} − {outcome}", lambda t, f=flow, s=left: t.set_condition(f, s)  # type: ignore[misc]


def _wider(tree: Tree) -> Ideas:
    """A condition is true for one more outcome of its task."""
    for flow, text, task, _ in _said(tree):
        for outcome in tree.words(task, "outcomes"):
            more = f"{task} == '{outcome}'"
            if more not in text:
                new = f"{text.strip()} or {more}"
                yield f"{flow} + {outcome}", lambda t, f=flow, s=new: t.set_condition(f, s)  # type: ignore[misc]


def _said(tree: Tree) -> Iterator[tuple[str, str, str, str]]:
    """Flow, condition, task and outcome of every comparison of a condition with one task in it."""
    for flow in tree.flows():
        text = tree.condition(flow)
        if text is None or "(" in text:
            continue
        for part in text.strip().split(" or "):
            task, _, literal = part.partition(" == ")
            yield flow, text, task, literal.strip("'")


def _bypassed(tree: Tree) -> Ideas:
    """A task is passed by: what led to it leads to what follows it."""
    for name in tree.nodes():
        out = tree.out(name)
        if tree.kind(name) not in ("userTask", "serviceTask") or len(out) != 1:
            continue
        after = tree.flows()[out[0]].get("targetRef", "")

        def change(t: Tree, name: str = name, after: str = after) -> None:
            for flow in t.into(name):
                t.aim(flow, after)

        yield name, change


def _short_cut(tree: Tree) -> Ideas:
    """One of two ways to a task leads past it; the task is still there for the other."""
    for name in tree.nodes():
        into, out = tree.into(name), tree.out(name)
        if tree.kind(name) != "exclusiveGateway" or len(into) < 2 or len(out) != 1:
            continue
        task = tree.flows()[out[0]].get("targetRef", "")
        if tree.kind(task) != "userTask" or len(tree.out(task)) != 1:
            continue
        after = tree.flows()[tree.out(task)[0]].get("targetRef", "")
        for flow in into:
            yield f"{flow} past {task}", lambda t, f=flow, to=after: t.aim(f, to)  # type: ignore[misc]


def _other_gateway(tree: Tree) -> Ideas:
    """A gateway of the other kind."""
    other = {"exclusiveGateway": "parallelGateway", "parallelGateway": "exclusiveGateway"}
    for name in tree.nodes():
        if tree.kind(name) in other:

            def change(t: Tree, name: str = name) -> None:
                t.nodes()[name].tag = B + other[t.kind(name)]

            yield name, change


def _interrupting(tree: Tree) -> Ideas:
    """An event on an edge interrupts, or no longer does."""
    for name, node in tree.nodes().items():
        if tree.kind(name) == "boundaryEvent" and node.find(f"{B}errorEventDefinition") is None:
            said = "true" if node.get("cancelActivity") == "false" else "false"

            def change(t: Tree, name: str = name, said: str = said) -> None:
                t.nodes()[name].set("cancelActivity", said)

            yield name, change


def _without_edge(tree: Tree) -> Ideas:
    """An event on an edge is taken away, with what only it led to."""
    for name in tree.nodes():
        if tree.kind(name) == "boundaryEvent":

            def change(t: Tree, name: str = name) -> None:
                t.drop(name)
                t.prune()

            yield name, change


def _timer(tree: Tree) -> Ideas:
    """A time limit leads on without anybody's decision."""
    for name in tree.nodes():
        out = tree.out(name)
        if tree.kind(name) == "userTask" and len(out) == 1:
            after = tree.flows()[out[0]].get("targetRef", "")
            ways = [tree.flows()[f].get("targetRef", "") for f in tree.out(after)] or [after]

            def change(t: Tree, name: str = name, to: str = ways[0]) -> None:
                t.add_timer(name, f"{name}_expired", to, interrupting=True)

            yield f"{name} → {ways[0]}", change


def _forgets_to_void(tree: Tree) -> Ideas:
    """A change no longer voids one of the decisions that depended on it: the way back has lost a re-entry."""
    for name in tree.nodes():
        for word in tree.words(name, "voids"):
            left = [other for other in tree.words(name, "voids") if other != word]
            yield f"{name} − {word}", lambda t, n=name, w=left: t.set_words(n, "voids", w)  # type: ignore[misc]


def _voids_more(tree: Tree) -> Ideas:
    """A change voids a decision that did not depend on it: more work, no harm."""
    chance = random.Random(5)  # noqa: S311 - repeatable, not a secret
    names = [name for name in tree.nodes() if tree.words(name, "standing")]
    for name in tree.nodes():
        voids = tree.words(name, "voids")
        rest = [other for other in names if other not in voids]
        if name.startswith("change_") and rest:
            for word in chance.sample(rest, min(4, len(rest))):
                more = [*voids, word]
                yield f"{name} + {word}", lambda t, n=name, w=more: t.set_words(n, "voids", w)  # type: ignore[misc]


def _stands_more(tree: Tree) -> Ideas:
    """One more outcome stands: the task is passed over with it."""
    for name in tree.nodes():
        standing = tree.words(name, "standing")
        for word in tree.words(name, "outcomes"):
            if tree.kind(name) == "userTask" and word not in standing:
                more = [*standing, word]
                yield f"{name} + {word}", lambda t, n=name, w=more: t.set_words(n, "standing", w)  # type: ignore[misc]


def _stands_less(tree: Tree) -> Ideas:
    """An outcome no longer stands: the task is done again each time."""
    for name in tree.nodes():
        standing = tree.words(name, "standing")
        for word in standing:
            left = [other for other in standing if other != word]
            yield f"{name} − {word}", lambda t, n=name, w=left: t.set_words(n, "standing", w)  # type: ignore[misc]


def _one_step_more(tree: Tree) -> Ideas:
    """Another task on the way: more work, no harm."""
    for name in tree.nodes():
        if tree.kind(name) in ("userTask", "endEvent") and tree.into(name):

            def change(t: Tree, name: str = name) -> None:
                words = {"candidate_role": "reviewer", "outcomes": "seen"}
                t.insert_before(name, f"before_{name}", "userTask", words)

            yield f"before {name}", change


def _releases(tree: Tree) -> Ideas:
    """Another automatic task makes public."""
    services = [name for name in tree.nodes() if tree.kind(name) == "serviceTask"]
    done = [name for name in services if tree.words(name, "outcomes") == ["done"]]
    for name in done:
        if name != "publish":
            yield name, lambda t, n=name: t.set_words(n, "handler", ["publish"])  # type: ignore[misc]


#: Kind → ideas. Wherever there are very many of a kind, the first so many in a mixed order are taken.
KINDS: dict[str, Callable[[Tree], Ideas]] = {
    "flow rewired": _rewired,
    "flow dropped": _dropped,
    "ways swapped": _swapped,
    "condition dropped": _unconditional,
    "condition narrower": _narrower,
    "condition wider": lambda tree: _some(_wider(tree), 50),
    "task bypassed": _bypassed,
    "task passed by on one way": _short_cut,
    "gateway of the other kind": _other_gateway,
    "edge event interrupting or not": _interrupting,
    "edge event taken away": _without_edge,
    "time limit leads on": _timer,
    "void forgotten": _forgets_to_void,
    "void added": _voids_more,
    "outcome stands as well": _stands_more,
    "outcome stands no longer": _stands_less,
    "task added": _one_step_more,
    "another task releases": _releases,
}


def _some(ideas: Ideas, most: int) -> Ideas:
    listed = list(ideas)
    random.Random(3).shuffle(listed)  # noqa: S311 - repeatable, not a secret
    return islice(iter(listed), most)
