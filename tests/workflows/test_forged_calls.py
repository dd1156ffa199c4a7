"""Every verb, called below the web by everybody who has no business with it: refused, and nothing is left of it.

Pages hide what may not be done; that is politeness. Here the functions behind them are called directly,
by every person of the county at every stage of the fullest way through the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import asides, signing, substitutes, suspension, user_tasks
from engine.database import Actor, UnitOfWork
from engine.errors import EngineError, SanshenError
from engine.models import ProcessInstance, Substitution
from engine.take_back import take_back
from tests import factories
from tests.chain import AT, POSITIVE, Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import STAFF, County
from workflows import assignments, drafting, people, permissions, publishing, reviewing, routing
from workflows.decision_form import DecisionInput
from workflows.errors import NotFound
from workflows.models import Package
from workflows.vocabulary import NEEDS_REASON

#: Everything is asked for: third party, other agencies, legality, the principal, reading aloud.
FULL = factories.with_metadata(
    concerns_third_party=True, concerns_other_agencies=True, legality_required=True, info_class="B"
)
Attempt = Callable[[UnitOfWork], Any]


@pytest.fixture
def full(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county, FULL).submit()


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def fingerprint(chain: Chain) -> list[tuple[Any, ...]]:
    """All that is stored, but for log-ins."""
    with chain.read() as work:
        tables = ("process_instance", "user_task", "package", "package_version", "decision")
        tables += ("audit_entry", "publication", "timer", "delegation", "signing", "notice")
        found: list[tuple[Any, ...]] = []
        for name in tables:
            rows = work.session.execute(sa.text(f"SELECT * FROM {name} ORDER BY id"))
            found += [(name, *map(str, row)) for row in rows]
        return found


def attempts(chain: Chain, stage: str, login: str) -> Iterator[tuple[str, Attempt]]:
    """What this person may not do at this stage."""
    task_id, package_id = chain.task(stage), chain.package_id
    with chain.read() as work:
        shown = factories.current(work, package_id)
        digest, number = shown.digest, shown.number
    right = login == chain.at[stage]

    def given(outcome: str, **changes: Any) -> DecisionInput:
        values: dict[str, Any] = {"outcome": outcome, "digest": digest}
        if outcome in NEEDS_REASON:
            values |= {"opinion": "请核实后修改。", "reason_codes": ("R12",)}
        return DecisionInput(**{**values, **changes})

    positive = POSITIVE.get(stage, "pass")
    for outcome in (positive, "return", "cancel", "nonsense"):
        yield (
            f"decide {outcome}",
            lambda w, o=outcome: reviewing.decide(w, task_id, given(o)),  # type: ignore[misc]
        )
    yield "complete", lambda w: user_tasks.complete(w, task_id, positive)
    yield "unclaim", lambda w: assignments.unclaim(w, task_id)
    for receiver in ("drafter", "inspector", "sysadmin", *([] if right else [login])):
        person = chain.county.people[receiver]
        yield (
            f"reassign to {receiver}",
            lambda w, p=person: assignments.reassign(w, task_id, p, "请办理"),  # type: ignore[misc]
        )
    yield "submit", lambda w: drafting.submit(w, package_id, digest=digest)
    yield (
        "resubmit",
        lambda w: drafting.resubmit(w, task_id, change_class="unchanged", digest=digest),
    )
    if stage not in ("release", "readback", "rectification"):
        yield "publish", lambda w: publishing.publish(w, *_rows(w, package_id))
    yield "sign", lambda w: signing.sign(w, task_id, positive, "同意")
    yield "answer", lambda w: asides.answer(w, task_id, "没有意见")
    yield "take back", lambda w: take_back(w, task_id)
    if right:
        return
    yield "claim", lambda w: assignments.claim(w, task_id)
    yield "cosign", lambda w: signing.begin(w, task_id, [[chain.actor(stage)]], consent=positive)
    yield "delegate", lambda w: asides.delegate(w, task_id, chain.actor(stage), "您看呢？")
    edited = factories.with_body("<p>施工期间", "<p>我加的一段</p><p>施工期间", chain.draft)
    if stage != "revise" or login != "drafter":
        yield (
            "save",
            lambda w: drafting.save(w, package_id, edited, base_version=number),
        )
    if login not in ("drafter", "head"):
        yield "cancel", lambda w: drafting.cancel(w, package_id, "不要了")


def _rows(work: UnitOfWork, package_id: int) -> tuple[Package, ProcessInstance]:
    package = work.session.get_one(Package, package_id)
    return package, work.session.get_one(ProcessInstance, package.case_id)


def try_everything(chain: Chain, stage: str) -> int:
    """Everybody tries everything; what was refused is committed all the same. Answers how many tries."""
    before = fingerprint(chain)
    tried = 0
    for login in STAFF:
        with chain.read(login) as work:
            for name, attempt in attempts(chain, stage, login):
                with pytest.raises((SanshenError, EngineError)) as refused:
                    attempt(work)
                assert refused.value.reasons, (stage, login, name)
                tried += 1
            work.commit()
    assert fingerprint(chain) == before, stage
    return tried


@pytest.mark.slow
def test_nobody_gets_anywhere_with_a_forged_call_at_any_stage(full: Chain) -> None:
    seen: dict[str, int] = {}
    returned = False
    for _ in range(40):
        waiting = full.open()
        if not waiting:
            break
        for stage in waiting:
            if stage not in seen and stage != "revise":
                seen[stage] = try_everything(full, stage)
        if waiting == ["final_review"] and not returned:
            returned = True
            full.decide("final_review", "return")
            full.revise("unchanged")
            continue
        full.decide(waiting[0])
    assert full.status() == "published"
    usual = {"attribute_review", "confidentiality_review", "first_review", "second_review"}
    usual |= {"third_party_opinion", "inter_agency_confirmation", "legality_review"}
    usual |= {"principal_review", "read_aloud", "release", "readback"}
    usual |= {"first_proofreading", "second_proofreading", "third_proofreading"}
    assert usual <= set(seen)
    assert min(seen.values()) > 200


def test_a_claimed_task_is_still_nobody_elses(chain: Chain) -> None:
    chain.until("first_review")
    task_id = chain.task("first_review")
    with chain.read("first") as work:
        assignments.claim(work, task_id)
        work.commit()
    before = fingerprint(chain)
    for login in set(STAFF) - {"first"}:
        with chain.read(login) as work:
            for _, attempt in attempts(chain, "first_review", login):
                with pytest.raises((SanshenError, EngineError)):
                    attempt(work)
            work.commit()
    assert fingerprint(chain) == before


# -- separation of duties goes along with every way in ------------------------------------------------


def granted(chain: Chain, login: str, *roles: tuple[str, str]) -> None:
    """Hold these roles (role, unit) from now on."""
    with chain.read() as work:
        grants = [people.RoleGrant(role, chain.county.units[unit]) for role, unit in roles]
        people.set_roles(work, chain.county.people[login], grants)
        work.commit()


def claimed(chain: Chain, stage: str) -> int:
    task_id = chain.task(stage)
    with chain.read(chain.at[stage]) as work:
        assignments.claim(work, task_id)
        work.commit()
    return task_id


def test_who_drafted_is_neither_asked_nor_made_a_co_signer(chain: Chain) -> None:
    granted(chain, "drafter", ("drafter", "works"), ("first_reviewer", "works"))
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    drafter = chain.person("drafter")
    with chain.read("first") as work:
        with pytest.raises(EngineError, match="拟稿人不审校自己的稿件"):
            asides.delegate(work, task_id, drafter, "您看呢？")
        with pytest.raises(EngineError, match="拟稿人不审校自己的稿件"):
            signing.begin(work, task_id, [[chain.person("first"), drafter]], consent="pass")
        signing.begin(work, task_id, [[chain.person("first")]], consent="pass")
        with pytest.raises(EngineError, match="拟稿人不审校自己的稿件"):
            signing.add(work, task_id, [drafter], where="after", reason="请加签")


def test_who_co_signed_a_review_has_done_that_review(chain: Chain) -> None:
    """domain:C7 — the second reviewer co-signs the first review and may then not do the second."""
    granted(chain, "second", ("second_reviewer", "works"), ("first_reviewer", "works"))
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    with chain.read("first") as work:
        both = [chain.person("first"), chain.person("second")]
        signing.begin(work, task_id, [both], consent="pass", rule="ratio", percent=51)
        work.commit()
    with chain.read("second") as work:
        signing.sign(work, task_id, "pass", "同意")
        work.commit()
    with chain.read("second") as work:
        package = work.session.get_one(Package, chain.package_id)
        done = routing.Router(work, package).acts()
        assert ("first_review", chain.county.people["second"], None) in done


def test_who_gave_an_opinion_on_a_stage_has_done_it(chain: Chain) -> None:
    granted(chain, "second", ("second_reviewer", "works"), ("first_reviewer", "works"))
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    with chain.read("first") as work:
        asides.delegate(work, task_id, chain.person("second"), "您看呢？")
        work.commit()
    with chain.read("second") as work:
        asides.answer(work, task_id, "没有意见")
        work.commit()
    with chain.read("first") as work:
        reviewing.decide(work, task_id, chain.form(work, task_id))
        work.commit()
    waiting = chain.task("second_review")
    with chain.read("second") as work, pytest.raises(EngineError, match="三审由三人分别担任"):
        assignments.claim(work, waiting)


def test_a_substitute_is_bound_by_what_both_have_done(chain: Chain) -> None:
    """The first reviewer may not do the second review, in whoever's name."""
    granted(chain, "first", ("first_reviewer", "works"), ("second_reviewer", "works"))
    with chain.read() as work:
        substitutes.appoint(
            work,
            chain.person("second"),
            chain.person("first"),
            begins_at=MONDAY,
            ends_at=MONDAY + timedelta(days=9),
            reason="休假",
        )
        work.commit()
    chain.until("second_review")
    task_id = chain.task("second_review")
    first = chain.person("first")
    standing_in = Actor(first.id, first.name, acting_for=chain.person("second").id)
    for actor in (first, standing_in):
        with chain.uow(actor) as work, pytest.raises(EngineError, match="三审由三人分别担任"):
            assignments.claim(work, task_id)


def test_nobody_stands_in_for_whom_they_please(chain: Chain) -> None:
    chain.until("second_review")
    task_id = chain.task("second_review")
    chain.hire("more", "毛遂", "second_reviewer", "works")
    more = chain.person("more")
    forged = Actor(more.id, more.name, acting_for=chain.person("second").id)
    with chain.uow(forged) as work:
        with pytest.raises(NotFound):
            assignments.claim(work, task_id)
        with pytest.raises(EngineError, match="没有代理该人员的授权"):
            user_tasks.claim(work, task_id)
        assert work.session.scalars(sa.select(Substitution)).all() == []


def test_a_name_that_was_not_lent_opens_no_item(chain: Chain) -> None:
    """The drafter's own items stay closed to whoever merely says that they act for the drafter."""
    chain.until("second_review")
    chain.hire("more", "毛遂", "second_reviewer", "county")
    more, drafter = chain.person("more"), chain.person("drafter")
    forged = Actor(more.id, more.name, acting_for=drafter.id)
    with chain.uow(forged) as work, pytest.raises(NotFound):
        permissions.get_package(work, chain.package_id)


def test_a_suspended_case_is_decided_by_nobody(chain: Chain) -> None:
    chain.until("first_review")
    task_id = claimed(chain, "first_review")
    with chain.read() as work:
        suspension.suspend(work, _rows(work, chain.package_id)[1].id, "核查")
        work.commit()
    with chain.read("first") as work:
        given = chain.form(work, task_id)
        with pytest.raises(EngineError, match="核查"):
            reviewing.decide(work, task_id, given)


def test_the_table_of_who_does_what_knows_every_stage() -> None:
    assert set(AT.values()) <= set(STAFF)
