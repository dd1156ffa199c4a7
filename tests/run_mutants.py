"""`make mutants`: every mutant of the shipped chain, judged by the verifier and by brute force; the table in docs/."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from tests.reference import judging, mutants
from tests.reference.judging import Judged

TABLE = Path(__file__).parents[1] / "docs/mutants.md"
HEAD = """# What the verifier is worth: mutants

    make mutants                          # all of them; up to an hour on two cores, and this page is written anew
    SANSHEN_MUTANTS_EVERY=5 make mutants  # every fifth

Each mutant is the shipped chain (`bpmn/publishing.bpmn`) with one change of the kind that a hand makes in a diagram. It is
judged twice: by the verifier that every deployment goes through (`engine/verification.py`), and by brute force over an independent
token game that shares no code with the engine and reads rules and BPMN by itself (`tests/reference/`). The two have to
agree on every one: whether it is harmless, and if not, on exactly which rules can be broken.

The whole chain has 266,796 states, too many to walk by hand for each mutant; so both walk each mutant in four *worlds*, in which
some answers never come (`tests/reference/narrowing.py`). Every element, outcome and rule of the chain is in one of them.

*Unreadable* mutants are refused by the subset check before there is anything to prove; *without subject* are those that
leave a rule without something it speaks of, which is refused as well.

The chain as it was before there were profiles was judged whole: 717 mutants, 532 of them judged twice, no disagreement.

"""


def main() -> int:
    """Judge them all, or every nth; 1 if the two differ anywhere."""
    whole = mutants.all_of(judging.XML)
    every = int(os.environ.get("SANSHEN_MUTANTS_EVERY", "1"))
    all_mutants = whole[::every]
    found: list[Judged] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for one in pool.map(judging.judged, all_mutants, chunksize=4):
            found.append(one)
            for text in one.disagreements:
                click.echo(f"{one.kind}: {one.what}: {text}", err=True)
            if len(found) % 20 == 0:
                click.echo(f"  {len(found)}/{len(all_mutants)}", err=True)
    share = f"Judged here: {len(found)} of {len(whole)} mutants"
    share += (
        ", every one.\n\n" if every == 1 else f", every {every}th in the order of the table.\n\n"
    )
    TABLE.write_text(HEAD + share + table(found), encoding="utf-8")
    wrong = sum(bool(one.disagreements) for one in found)
    click.echo(
        f"{len(found)} mutants, {wrong} on which the two differ; the table is in {TABLE.name}"
    )
    return 1 if wrong else 0


def table(found: Iterable[Judged]) -> str:
    """Kind by kind: how many of each class, and on how many the two agree."""
    listed = list(found)
    columns = ("unreadable", "rule without subject", "violating", "harmless")
    lines = [
        "| change | mutants | unreadable | without subject | violating | harmless | agreed |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in [*mutants.KINDS, ""]:
        ones = [one for one in listed if kind in ("", one.kind)]
        counts = Counter(one.verdict for one in ones)
        both = [one for one in ones if one.verdict in ("violating", "harmless")]
        agreed = sum(not one.disagreements for one in both)
        cells = [kind or "**all**", len(ones), *(counts[c] for c in columns)]
        lines.append("| " + " | ".join(map(str, cells)) + f" | {agreed} of {len(both)} |")
    broken = Counter(rule for one in listed for rule in one.rules)
    lines += ["", "How many mutants break each rule:", "", "| rule | mutants |", "|---|---|"]
    lines += [f"| {rule} | {number} |" for rule, number in sorted(broken.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
