"""Conformance: honest trails fit the process and its rules; of doctored ones the first wrong entry is named."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases, conformance, definitions, timers, user_tasks
from engine.conformance import Conformity
from engine.database import SYSTEM, UnitOfWork
from engine.guards import Guards, Taken, text
from engine.models import AuditEntry, ProcessInstance, ProcessState
from engine.take_back import take_back, take_back_refusals
from tests.conftest import ALICE, MONDAY, Database, OpenUow
from tests.engine import histories, office
from tests.engine.test_audit import silence

WAY = [
    ("first_review", "return"),
    ("revise", "again"),
    ("first_review", "pass"),
    ("second_review", "pass"),
    ("legality_review", "lawful"),
]


def checked(work: UnitOfWork, case_id: int) -> Conformity:
    return conformance.check(work, work.session.get_one(ProcessInstance, case_id))


def test_a_trail_to_the_end_fits(uow: OpenUow) -> None:
    case_id = office.begun(uow, *WAY)
    with uow() as work:
        found = checked(work, case_id)
        assert found.fits
        assert found.entries == work.session.get_one(ProcessInstance, case_id).trail_length


def test_timers_and_take_backs_fit(uow: OpenUow) -> None:
    case_id = office.begun(uow, ("first_review", "return"))
    with uow(ALICE) as work:
        (done,) = [t for t in user_tasks.for_case(work, case_id) if t.status == "done"]
        take_back(work, done.id)
        work.commit()
    timers.sweep(lambda: uow(SYSTEM, MONDAY + timedelta(days=2), domain=office.DOMAIN))
    with uow(ALICE) as work:
        office.act(work, case_id, "first_review", "return")
        work.commit()
    timers.sweep(lambda: uow(SYSTEM, MONDAY + timedelta(days=9), domain=office.DOMAIN))
    with uow() as work:
        assert work.session.get_one(ProcessInstance, case_id).ended_as == "expired"
        assert checked(work, case_id).fits


@pytest.mark.parametrize("seed", range(6))
def test_random_histories_of_the_shipped_chain_fit(uow: OpenUow, seed: int) -> None:
    """With the rules of the shipped chain: what the proof says of every way holds of the ways taken."""
    chance = random.Random(seed)  # noqa: S311 - a walk, not a secret
    with uow(ALICE, domain=histories.domain(seed)) as work:
        definitions.deploy(work, histories.XML, "publishing.bpmn", rules=histories.RULES)
        case = cases.start(work, "publishing", "2026-000001")
        for _ in range(40):
            rows = user_tasks.for_case(work, case.id)
            waiting = [row for row in rows if row.status == "open"]
            if not waiting:
                break
            done = [row for row in rows if row.status == "done"]
            if done and chance.random() < 0.2 and not take_back_refusals(work, done[-1].id):
                take_back(work, done[-1].id)
                continue
            task = chance.choice(waiting)
            outcomes = histories.definition().tasks[task.element_id].outcomes
            forward = chance.random() < 0.7
            user_tasks.claim(work, task.id)
            user_tasks.complete(work, task.id, outcomes[0] if forward else chance.choice(outcomes))
        work.session.flush()
        found = conformance.check(work, case)
        assert found.misfit is None


# -- doctored ----------------------------------------------------------------------------------------


def doctor(database: Database, case_id: int, number: int, change: Callable[[Any], None]) -> None:
    """Rewrite what one entry tells, past the triggers; the chain would have to be forged as well."""
    with database.engine.begin() as raw:
        silence(database, raw)
        which = (AuditEntry.case_id == case_id) & (AuditEntry.case_seq == number)
        payload = json.loads(raw.execute(sa.select(AuditEntry.payload).where(which)).scalar_one())
        change(payload["data"])
        raw.execute(sa.update(AuditEntry).where(which).values(payload=json.dumps(payload)))


def entry_of(work: UnitOfWork, case_id: int, action: str, nth: int = 0) -> int:
    wanted = sa.select(AuditEntry.case_seq).where(
        AuditEntry.case_id == case_id, AuditEntry.action == action
    )
    return int(list(work.session.scalars(wanted.order_by(AuditEntry.case_seq)))[nth] or 0)


@pytest.mark.parametrize(
    ("action", "nth", "change", "said"),
    [
        ("task.completed", 0, lambda d: d.update(outcome="pass"), "与记录不符"),
        ("task.completed", 0, lambda d: d.update(outcome="publish"), "没有“publish”这一结论"),
        ("task.completed", 2, lambda d: d.update(state_after="sha256:0"), "与记录不符"),
        ("task.completed", 4, lambda d: d.update(services=[]), "没有记下自动环节“publish”的结果"),
        ("task.completed", 1, lambda d: d["services"].append(["publish", "done"]), "没有发生的自动环节"),
        ("case.ended", 0, lambda d: d.update({"as": "cancelled"}), "记下的办结方式"),
        ("case.started", 0, lambda d: d.update(state_after="sha256:0"), "与记录不符"),
    ],
)  # fmt: skip
def test_the_first_entry_that_does_not_fit_is_named(
    uow: OpenUow,
    database: Database,
    action: str,
    nth: int,
    change: Callable[[Any], None],
    said: str,
) -> None:
    case_id = office.begun(uow, *WAY)
    with uow() as work:
        number = entry_of(work, case_id, action, nth)
    doctor(database, case_id, number, change)
    with uow() as work:
        misfit = checked(work, case_id).misfit
    assert misfit is not None
    assert misfit.number == number
    assert said in misfit.sentence.zh


def test_a_step_left_out_of_the_trail_is_missed(uow: OpenUow, database: Database) -> None:
    case_id = office.begun(uow, *WAY)
    with uow() as work:
        number = entry_of(work, case_id, "task.completed", 2)
    with database.engine.begin() as raw:
        silence(database, raw)
        raw.execute(
            sa.delete(AuditEntry).where(
                AuditEntry.case_id == case_id, AuditEntry.case_seq == number
            )
        )
    with uow() as work:
        misfit = checked(work, case_id).misfit
        assert misfit is not None
        assert misfit.number > number
        assert "现在不在等待" in misfit.sentence.zh


def test_a_case_moved_without_an_entry_is_found(uow: OpenUow, database: Database) -> None:
    case_id = office.begun(uow, *WAY[:2])
    with database.engine.begin() as raw:
        silence(database, raw)
        other = (
            raw.execute(
                sa.select(ProcessState.digest).where(
                    ProcessState.digest
                    != sa.select(ProcessInstance.state_digest)
                    .where(ProcessInstance.id == case_id)
                    .scalar_subquery()
                )
            )
            .scalars()
            .first()
        )
        raw.execute(
            sa.update(ProcessInstance)
            .where(ProcessInstance.id == case_id)
            .values(state_digest=other)
        )
    with uow() as work:
        misfit = checked(work, case_id).misfit
        assert misfit is not None
        assert "现在的流程状态与办理记录不符" in misfit.sentence.zh


def unguarded(self: Guards, stand: str, taken: Iterable[Taken]) -> str:
    """As before there were guards: the monitors step, and nobody looks at what they say."""
    bits = int(stand, 16)
    for before, event, ended in taken:
        bits, _ = self.monitors.step(bits, before, event, ended)
    return text(bits)


def test_a_broken_rule_is_named_at_the_act_that_broke_it(
    uow: OpenUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that was not asked when the act was done: only the trail can tell that it was broken."""
    rule = (
        '[[rule]]\nid = "twice"\nzh = "初审不得退回。"\nen = "The first review never returns."\n'
        'source = ["test"]\nstrength = "mandatory"\ntemplate = "absence"\nnever = ["first_review=return"]\n'
    )
    with uow(ALICE) as work:
        definitions.deploy(work, office.MODEL.read_bytes(), office.MODEL.name, rules=rule.encode())
        with monkeypatch.context() as before_guards:
            before_guards.setattr(Guards, "after", unguarded)
            case = cases.start(work, "review", "2026-000009")
            office.act(work, case.id, "first_review", "return")
        misfit = conformance.check(work, case).misfit
        assert misfit is not None
        assert "违反规则“twice”：初审不得退回。" in misfit.sentence.zh
        assert misfit.number == entry_of(work, case.id, "task.completed")
