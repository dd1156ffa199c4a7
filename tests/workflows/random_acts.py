"""Random lives of one item over the real verbs, along each of the five ways; each act is noted for the model of
tests.reference.content_binding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

import pytest
import sqlalchemy as sa

from engine.errors import CannotTakeBack
from engine.models import ProcessInstance
from tests import factories
from tests.chain import POSITIVE, Chain
from tests.reference import content_binding as model
from tests.reference.content_binding import WAYS, Act, Item
from tests.workflows import random_items
from tests.workflows.random_items import WORDING, rendered
from workflows import drafting, files, final_gate, routes, suspending, taking_back, voiding
from workflows.content import AttachmentRef, Content
from workflows.errors import GateRefused, Refused
from workflows.models import Decision, Package
from workflows.vocabulary import STAGES

TEXT = ("unchanged", "t1", "t2", "t3")
#: Returns, as the outcome that says so at each stage.
BACK = {"confidentiality_review": "treat", "confidentiality_referral": "treat"}
#: What else may be decided at a stage; rejections end the item and are left out.
OTHERWISE = {
    "confidentiality_review": ("refer", "withhold"),
    "confidentiality_referral": ("withhold",),
    "third_party_opinion": ("public_interest",),
    "first_review": ("raise_level", "hold", "return_interpretation"),
    "second_review": ("raise_level", "hold", "return_interpretation"),
    "final_review": ("raise_level", "hold", "return_interpretation"),
    "principal_review": ("hold", "return_interpretation"),
    **dict.fromkeys(
        ("first_proofreading", "second_proofreading", "third_proofreading"), ("corrected",)
    ),
}


def otherwise(way: str, stage: str) -> tuple[str, ...]:
    """An emergency is signed by the principal as it is (domain:C3): nothing is left to raise it to."""
    found = OTHERWISE.get(stage, ())
    return tuple(one for one in found if way != "emergency" or one != "raise_level")


PLAIN = Item()


@dataclass
class Life:
    """One item on its way: the rows by the verbs, and beside them what the model is told."""

    chain: Chain
    way: str
    item: Item = PLAIN
    acts: list[Act] = field(default_factory=list)
    #: The item as it was when it was decided on last; what a revision is measured against.
    decided: Item = PLAIN
    suspended: bool = False
    by: list[tuple[int, str]] = field(default_factory=list)  # task and login of each act
    told: list[str] = field(default_factory=list)
    stored: tuple[AttachmentRef, ...] = ()

    @property
    def asks(self) -> model.Way:
        return WAYS[self.way]

    def rendered(self, item: Item) -> Content:
        return rendered(item, self.stored, self.way)

    def begin(self, seed: int) -> None:
        """Handed in, with some of the things that make an item complicated."""
        rng = Random(seed)  # noqa: S311 — repeatable
        if seed:
            self.item = replace(
                PLAIN,
                class_="A" if self.way == "repost" else rng.choice("AABC"),
                **{
                    name: rng.random() < 0.3
                    for name in ("third_party", "other_agencies", "legality")
                },
            )
        self.decided = self.item
        with self.chain.uow(self.chain.county.actor("drafter")) as work:
            rows = [files.store_file(work, f"附件{n}.txt", f"附件{n}".encode()) for n in (1, 2)]
            self.stored = tuple(
                AttachmentRef(row.digest, f"附件{n}.txt", row.media_type, row.size)
                for n, row in enumerate(rows, 1)
            )
            work.commit()
        self.chain.draft = self.rendered(self.item)
        self.chain.create()
        if self.way == "emergency":
            random_items.approve(self.chain)
        self.chain.hand_in()
        self.told.append(f"submitted {self.item}")
        with self.chain.read() as work:
            package = work.session.get_one(Package, self.chain.package_id)
            case = work.session.get_one(ProcessInstance, package.case_id)
            assert routes.profile_of(work, case).key == self.way
        self.check()

    def step(self, seed: int) -> None:
        """One act, chosen by the seed; 0 is whatever lets the item go on."""
        rng = Random(seed)  # noqa: S311 — repeatable
        waiting = self.chain.open()
        if self.suspended:
            self._suspension()
        elif seed == 0 or (kind := rng.randrange(100)) < 56:
            self._onward(waiting, rng)
        elif kind < 64:
            self._take_back(rng)
        elif kind < 68:
            self._suspension()
        elif waiting[0] == "revise":
            self._revise(rng)
        else:
            self._otherwise(rng.choice(waiting), rng, back=kind < 86)
        self.check()

    def finish(self, seed: int) -> None:
        """From wherever it stands there is a way out, and it leads through everything that is asked."""
        if self.suspended:
            self._suspension()
        for _ in range(60):
            waiting = self.chain.open()
            if waiting == ["release"]:
                break
            self._onward(waiting, Random(0))  # noqa: S311 — repeatable
            self.check()
        self.decide("release", "publish")
        self._afterwards(Random(seed))  # noqa: S311 — repeatable

    def _afterwards(self, rng: Random) -> None:
        """What follows the release, with some problems found; the case ends when nothing is left of it."""
        problems = rng.randrange(3)
        while lacking := model.lacking_afterwards(self.acts, self.item, self.asks):
            waiting = self.chain.open()
            told = "\n".join([*self.told, f"{waiting}, {lacking}"])
            assert self.chain.status() == "published", told
            assert waiting, told
            assert {one for one in waiting if "rectification" not in one} <= lacking, told
            stage = rng.choice(waiting)
            if "rectification" in stage:
                self.decide(stage, "fixed", opinion="已更正页面。")
            elif problems and rng.random() < 0.4:
                problems -= 1
                self.decide(stage, "problem")
            else:
                self.decide(stage, POSITIVE.get(stage, "pass"))
        assert self.chain.open() == [], "\n".join(self.told)
        with self.chain.read() as work:
            package = work.session.get_one(Package, self.chain.package_id)
            case = work.session.get_one(ProcessInstance, package.case_id)
            assert (package.status, case.status) == ("published", "ended")

    # -- acts ---------------------------------------------------------------------------------------

    def _onward(self, waiting: list[str], rng: Random) -> None:
        stage = rng.choice(waiting)
        if stage == "revise":
            self._revise(rng)
        elif stage == "release":
            self._otherwise(stage, rng, back=True)
        elif stage == "on_hold":
            self.decide(stage, "resume")
        else:
            self.decide(stage, POSITIVE.get(stage, "pass"))

    def _otherwise(self, stage: str, rng: Random, *, back: bool) -> None:
        others = otherwise(self.way, stage)
        if stage == "on_hold":
            self.decide(stage, "resume")
        elif back or not others:
            self.decide(stage, BACK.get(stage, "return"))
        elif (outcome := rng.choice(others)) == "corrected":
            self._correct(stage, rng)
        else:
            self.decide(stage, outcome)

    def decide(self, stage: str, outcome: str, **given: str) -> None:
        """Claim and decide as whoever does this here."""
        self.told.append(f"{stage}: {outcome}")
        if stage == "sign_confirmation":
            signed = [a.stage for a in self.acts if a.stage in ("final_review", "principal_review")]
            self.chain.at[stage] = "principal" if signed[-1] == "principal_review" else "final"
        if outcome in ("raise_level", "refer", "public_interest"):
            given.setdefault("opinion", "情况特殊，理由如上。")
        task_id = self.chain.task(stage)
        self.chain.decide(stage, outcome, **given)
        changed = frozenset({"t1"} if outcome == "corrected" else ())
        self._note(task_id, self.chain.at[stage], Act(stage, outcome, changed))

    def _correct(self, stage: str, rng: Random) -> None:
        """A word or a comma; of a repost no word, for it would no longer be the original."""
        worded = replace(self.item, wording=(self.item.wording + 1) % len(WORDING))
        pointed = replace(self.item, punctuation=1 - self.item.punctuation)
        if self.asks.of_a_source and rng.random() < 0.5:
            body = self.rendered(worded).body_html
            self._refused(lambda: self.chain.decide(stage, "corrected", corrected_body_html=body))
        new = pointed if self.asks.of_a_source else rng.choice((worded, pointed))
        self.item = new
        self.decide(stage, "corrected", corrected_body_html=self.rendered(new).body_html)

    def _revise(self, rng: Random) -> None:
        """Some saves, of which the last counts; then the class, confirmed by the drafter."""
        if rng.random() < 0.2:
            self._forbidden(rng)
        values = random_items.values(self.way)
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            names = rng.sample(sorted(values), rng.choice((1, 1, 2, 3)))
            self._save(replace(self.item, **{name: rng.choice(values[name]) for name in names}))
        rows = self.decided.to(self.item, self.asks)
        least = next((row for row in ("t3", "t2", "t1") if row in rows), "unchanged")
        possible = TEXT[TEXT.index(least) :] if least != "unchanged" else TEXT[:1]
        chosen = rng.choice(possible)
        wrong = [one for one in TEXT if one not in possible]
        if wrong and rng.random() < 0.5:
            self._refused(lambda: self.chain.revise(rng.choice(wrong)))
        self.told.append(f"revise: {chosen} of {sorted(rows)}, {self.item}")
        task_id = self.chain.task("revise")
        self.chain.revise(chosen)
        changed = frozenset({*(rows - set(TEXT)), *({chosen} - {"unchanged"})})
        self._note(task_id, "drafter", Act("revise", chosen, changed))

    def _forbidden(self, rng: Random) -> None:
        """What would leave the way or its conditions behind is not handed in again, for that reason and no other."""
        one = rng.choice(random_items.FORBIDDEN[self.way])
        changed = self.decided.to(self.item, self.asks) & set(TEXT)
        self._put(one.edit(self.rendered(self.item)))
        with pytest.raises(GateRefused) as refused:
            self.chain.revise("t3" if changed else one.change)
        assert {reason.code for reason in refused.value.reasons} == {"chain"}, self.told
        self._put(self.rendered(self.item))

    def _put(self, shown: Content) -> bool:
        """Saved; whether that made a version."""
        with self.chain.uow(self.chain.county.actor("drafter")) as work:
            before = factories.current(work, self.chain.package_id)
            after = drafting.save(work, self.chain.package_id, shown, base_version=before.number)
            work.commit()
            return after.number != before.number

    def _save(self, new: Item) -> None:
        assert self._put(self.rendered(new)) == (new != self.item)  # unchanged: no version
        self.item = new
        self.told.append(f"saved {new}")
        self.check()

    def _take_back(self, rng: Random) -> None:
        if not self.acts:
            return
        number = len(self.acts) - rng.choice((1, 1, 1, min(2, len(self.acts))))
        task_id, login = self.by[number]
        with self.chain.uow(self.chain.person(login)) as work:
            try:
                taking_back.take_back(work, task_id, "看错了。")
            except (CannotTakeBack, Refused):
                self.told.append(f"not taken back: {self.acts[number]}")
                return
            work.commit()
        self.acts[number].taken_back = True
        self.told.append(f"taken back: {self.acts[number]}")

    def _suspension(self) -> None:
        verb: Callable[..., Package] = suspending.resume if self.suspended else suspending.suspend
        reason = () if self.suspended else ("等上级答复。",)
        with self.chain.uow(self.chain.county.actor("head")) as work:
            verb(work, self.chain.package_id, *reason)
            work.commit()
        self.suspended = not self.suspended
        self.told.append("suspended" if self.suspended else "resumed")

    def _refused(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Refused:
            return
        raise AssertionError("\n".join([*self.told, "accepted what had to be refused"]))

    def _note(self, task_id: int, login: str, act: Act) -> None:
        self.acts.append(act)
        self.by.append((task_id, login))
        self.decided = self.item

    # -- what must hold -----------------------------------------------------------------------------

    def check(self) -> None:
        """Rows, gate and process say what the model says."""
        told = "\n".join(self.told)
        expected = model.standing(self.acts)
        lacking = model.lacking(self.acts, self.item, self.asks)
        with self.chain.read() as work:
            package = work.session.get_one(Package, self.chain.package_id)
            case = work.session.get_one(ProcessInstance, package.case_id)
            rows = work.session.scalars(
                sa.select(Decision).where(Decision.package_id == package.id).order_by(Decision.id)
            ).all()
            assert [(r.stage, r.outcome) for r in rows] == [(a.stage, a.outcome) for a in self.acts]
            number = {row.id: index for index, row in enumerate(rows)}
            standing = [number[row.id] for row in voiding.standing(work, package, case)]
            assert standing == expected, f"rows that stand\n{told}"
            facts = final_gate.gather(work, package, case)
            held = [facts.holding(stage) for stage in STAGES]
            assert sorted(number[d.id] for d in held if d is not None) == expected, f"gate\n{told}"
            # by its own reading of the rows, whatever was struck through; a take-back is only told there
            alone = [number[decision.id] for decision in facts.holds.decisions.values()]
            passing = [
                n
                for n in alone
                if self.acts[n].outcome in model.LETS_PASS.get(self.acts[n].stage, ())
            ]
            assert sorted(n for n in passing if not self.acts[n].taken_back) == expected, (
                f"rows alone\n{told}"
            )
            for row in rows:
                assert row.digest == facts.versions[row.version_id].digest
            reasons = {reason.code for reason in final_gate.refusals(final_gate.judge(facts))}
        waiting = self.chain.open()
        halted = self.suspended or {"revise", "on_hold"} & set(waiting)
        found = reasons & set(STAGES)
        if waiting != ["revise"]:  # of what is not handed in again nobody has to say what it lacks
            assert found == lacking, f"the gate misses {found}, the model {lacking}\n{told}"
        assert (not reasons) == (not lacking and not halted), f"gate: {reasons}\n{told}"
        if not {"revise", "on_hold"} & set(waiting):
            assert (waiting == ["release"]) == (not lacking), f"{waiting}, {lacking}\n{told}"
        again = {self.acts[index].stage for index in expected} & set(waiting)
        assert not again, f"asked though it stands: {again}\n{told}"
