"""Migration 迁移: a case goes over to another version only where its own history allows it, and loses nothing."""

from __future__ import annotations

import json
import random
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine import audit, cases, conformance, definitions, migrating, signing, timers, user_tasks
from engine.database import SYSTEM, UnitOfWork
from engine.errors import CannotMigrate
from engine.migrating import Target
from engine.models import AuditEntry, ProcessInstance, Timer, UserTask
from engine.take_back import take_back, take_back_refusals
from tests.conftest import ALICE, BOB, MONDAY, Database, OpenUow
from tests.engine import histories, office
from tests.engine.office import act, open_tasks, task
from tests.engine.test_audit import silence
from tests.reference.drawing import Drawing

REASON = "流程改版"


def line(*tasks: str, outcomes: str = "pass return") -> bytes:
    """A process of these tasks one after the other."""
    drawing = Drawing("line")
    names = [drawing.user(name, outcomes) for name in tasks]
    drawing.chain(drawing.start("begin"), *names, drawing.end("done"))
    return drawing.xml()


def begun(
    work: UnitOfWork, xml: bytes, *acts: tuple[str, str], rules: bytes = b""
) -> ProcessInstance:
    row = definitions.deploy(work, xml, rules=rules)
    case = cases.start(work, row.key, "2026-000001")
    for element, outcome in acts:
        act(work, case.id, element, outcome)
    return case


def newer(work: UnitOfWork, xml: bytes, rules: bytes = b"") -> Target:
    row = definitions.deploy(work, xml, rules=rules)
    return migrating.target(work, row.key)


def entry(work: UnitOfWork, case: ProcessInstance) -> dict[str, object]:
    last = audit.entries(work, case.id)[-1]
    assert last.action == "case.migrated"
    return dict(json.loads(last.payload)["data"])


def whole(work: UnitOfWork, case: ProcessInstance) -> bool:
    """Chain and conformance both hold, and what is open in rows is what the state has open."""
    histories.check(work, case)
    return audit.verify_case(work, case.id).ok and conformance.check(work, case).fits


# -- what changes in form only -----------------------------------------------------------------------

FORM_ONLY = (
    office.MODEL.read_bytes()
    .replace("初审".encode(), "一审".encode())
    .replace(b'"candidate_role" value="reviewer"', b'"candidate_role" value="editor"')
)


@pytest.mark.parametrize("rounds", [0, 1, 5])
def test_a_change_of_form_takes_every_case_over_after_returns_too(
    uow: OpenUow, rounds: int
) -> None:
    returns = [("first_review", "return"), ("revise", "again")] * rounds
    case_id = office.begun(uow, *returns)
    with uow(ALICE) as work:
        held = user_tasks.claim(work, task(work, case_id, "first_review").id)
        before = (held.id, held.assignee_id, held.due_at, held.round)
        case = work.session.get_one(ProcessInstance, case_id)
        waiting = {(t.occurrence, t.due_at) for t in timers.for_case(work, case_id)}
        to = newer(work, FORM_ONLY)
        applied = migrating.migrate(work, case_id, to, REASON)
        assert not applied.opened
        assert not applied.closed
        found = task(work, case_id, "first_review")
        assert (found.id, found.assignee_id, found.due_at, found.round) == before
        assert (found.name, found.candidate_role, found.candidate_group) == (
            "一审",
            "editor",
            "editor:1",
        )
        assert {(t.occurrence, t.due_at) for t in timers.for_case(work, case_id)} == waiting
        assert entry(work, case)["way"] == "history"
        assert whole(work, case)
        user_tasks.complete(work, found.id, "pass")
        act(work, case_id, "legality_review", "lawful")
        act(work, case_id, "second_review", "pass")
        assert (case.status, case.ended_as) == ("ended", "published")
        assert whole(work, case)


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_of_the_shipped_chain_go_over(uow: OpenUow, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a walk, not a secret
    rules, xml = histories.RULES, histories.XML
    with uow(ALICE, domain=histories.domain(seed)) as work:
        definitions.deploy(work, xml, rules=rules)
        case = cases.start(work, "publishing", "2026-000001")
        for number in range(25):
            waiting = [t for t in user_tasks.for_case(work, case.id) if t.status == "open"]
            if not waiting:
                return
            if number % 8 == 7:
                name = f"初审{number}".encode()
                to = newer(work, xml.replace('name="初审"'.encode(), b'name="%s"' % name), rules)
                looked = histories.looks(work, case)
                migrating.migrate(work, case.id, to, REASON)
                assert histories.looks(work, case) | {"state": ""} == looked | {"state": ""}
            done = [t for t in user_tasks.for_case(work, case.id) if t.status == "done"]
            if done and chance.random() < 0.2 and not take_back_refusals(work, done[-1].id):
                take_back(work, done[-1].id)
                continue
            found = chance.choice(waiting)
            outcomes = histories.definition().tasks[found.element_id].outcomes
            forward = chance.random() < 0.7
            user_tasks.claim(work, found.id)
            user_tasks.complete(work, found.id, outcomes[0] if forward else chance.choice(outcomes))
        assert whole(work, case)


# -- what changes the way ----------------------------------------------------------------------------


def test_a_step_added_ahead_is_on_the_way_of_the_case(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"), ("first", "pass"))
        migrating.migrate(work, case.id, newer(work, line("first", "second", "lawful")), REASON)
        assert open_tasks(work, case.id) == ["second"]
        act(work, case.id, "second", "pass")
        assert open_tasks(work, case.id) == ["lawful"]
        assert whole(work, case)


def test_a_step_added_just_before_is_to_be_done_first(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"), ("first", "pass"))
        held = user_tasks.claim(work, task(work, case.id, "second").id)
        to = newer(work, line("first", "lawful", "second"))
        applied = migrating.migrate(work, case.id, to, REASON)
        assert [t.element_id for t in applied.opened] == ["lawful"]
        assert [t.id for t in applied.closed] == [held.id]
        assert open_tasks(work, case.id) == ["lawful"]
        act(work, case.id, "lawful", "pass")
        assert task(work, case.id, "second").round == 2
        assert whole(work, case)


def test_a_step_added_behind_the_case_is_none_of_its_business_unless_a_rule_asks_for_it(
    uow: OpenUow,
) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second", "third"), ("first", "pass"), ("second", "pass"))
        to = newer(work, line("first", "lawful", "second", "third"), LAWFUL_BEFORE_END)
        with pytest.raises(CannotMigrate) as refused:
            migrating.migrate(work, case.id, to, REASON)
        first, second = (reason.zh for reason in refused.value.reasons)
        assert "second" in first
        assert "不审不办" in second
        assert open_tasks(work, case.id) == ["third"]

        free = newer(work, line("first", "lawful", "second", "third"))
        migrating.migrate(work, case.id, free, REASON)
        assert entry(work, case)["way"] == "position"
        assert open_tasks(work, case.id) == ["third"]
        assert whole(work, case)
        act(work, case.id, "third", "pass")
        assert case.status == "ended"
        assert whole(work, case)


LAWFUL_BEFORE_END = """
[[rule]]
id = "lawful_first"
zh = "不审不办。"
en = "Nothing ends before it was found lawful."
source = ["domain:C4"]
strength = "mandatory"
template = "precedence"
of = ["end:done"]
needs = ["lawful"]
""".encode()


def test_who_met_the_rule_earlier_may_go_where_another_may_not(uow: OpenUow) -> None:
    """The same state, two histories: the rules of the new version tell them apart."""
    old = Drawing("line")
    old.user("first", "pass return")
    old.xor("asked")
    old.user("lawful", "pass return")
    old.xor("settled")
    old.user("third", "pass return")
    old.chain(old.start("begin"), "first", "asked")
    old.flow("asked", "lawful", "first == 'return'")
    old.default("asked", old.flow("asked", "settled"))
    old.flow("lawful", "settled")
    old.chain("settled", "third", old.end("done"))
    new = line("lawful", "first", "third")
    for key, acts, allowed in (
        ("with", [("first", "return"), ("lawful", "pass")], True),
        ("without", [("first", "pass")], False),
    ):
        with uow(ALICE) as work:
            definitions.deploy(work, old.xml())
            case = cases.start(work, "line", key)
            for element, outcome in acts:
                act(work, case.id, element, outcome)
            to = newer(work, new, LAWFUL_BEFORE_END)
            assert (migrating.migration_refusals(work, case, to) == []) is allowed


def test_a_history_that_breaks_a_new_rule_stays_behind(uow: OpenUow) -> None:
    rule = LAWFUL_BEFORE_END.replace(b"end:done", b"second").replace(b'"lawful"', b'"first=pass"')
    with uow(ALICE) as work:
        case = begun(
            work, line("first", "second", "third"), ("first", "return"), ("second", "pass")
        )
        with pytest.raises(CannotMigrate) as refused:
            migrating.migrate(
                work, case.id, newer(work, line("first", "second", "third"), rule), REASON
            )
        assert all("lawful_first" in reason.zh for reason in refused.value.reasons)


def test_a_decision_that_only_the_new_version_looks_at_is_still_known(uow: OpenUow) -> None:
    """The old version forgot what it would never look at; the trail has not."""
    new = Drawing("line")
    new.user("first", "pass return")
    new.user("second", "pass return")
    new.xor("split")
    new.chain(new.start("begin"), "first", "second", "split")
    new.end("done")
    new.end("sent_back")
    new.flow("split", "sent_back", "first == 'return'")
    new.default("split", new.flow("split", "done"))
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"), ("first", "return"))
        migrating.migrate(work, case.id, newer(work, new.xml()), REASON)
        act(work, case.id, "second", "pass")
        assert case.ended_as == "sent_back"


def test_where_the_other_version_would_have_ended_nothing_goes(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"), ("first", "pass"))
        with pytest.raises(CannotMigrate) as refused:
            migrating.migrate(work, case.id, newer(work, line("first")), REASON)
        assert "应已办结" in refused.value.reasons[0].zh
        assert whole(work, case)


# -- what goes on inside -----------------------------------------------------------------------------


def test_a_co_signing_goes_on_where_it_was(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"))
        found = user_tasks.claim(work, task(work, case.id, "first").id)
        signing.begin(work, found.id, [[ALICE, BOB]], consent="pass", rule="all")
        signing.sign(work, found.id, "pass", "同意")
        migrating.migrate(work, case.id, newer(work, line("first", "second", "third")), REASON)
        case_id, task_id = case.id, found.id
        work.commit()
    with uow(BOB) as work:
        assert signing.sign(work, task_id, "pass", "同意").applied is not None
        assert open_tasks(work, case_id) == ["second"]
        assert whole(work, work.session.get_one(ProcessInstance, case_id))


def test_a_co_signing_for_an_outcome_that_is_gone_stays_behind(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"))
        found = user_tasks.claim(work, task(work, case.id, "first").id)
        signing.begin(work, found.id, [[ALICE, BOB]], consent="pass", rule="all")
        to = newer(work, line("first", "second", outcomes="agree return"))
        with pytest.raises(CannotMigrate) as refused:
            migrating.migrate(work, case.id, to, REASON)
        assert "正在会签" in refused.value.reasons[0].zh


def test_deadlines_are_kept_added_and_taken_away_with_their_reminders(uow: OpenUow) -> None:
    plain = office.MODEL.read_bytes()
    due = b'<spiffworkflow:property name="due_in" value="1" />'
    assert due in plain
    without = plain.replace(due, b"")
    with uow(ALICE) as work:
        case = begun(work, plain)
        promised = task(work, case.id, "first_review").due_at
        longer = newer(work, plain.replace(due, due.replace(b'"1"', b'"5"')))
        migrating.migrate(work, case.id, longer, REASON)
        assert task(work, case.id, "first_review").due_at == promised
        migrating.migrate(work, case.id, newer(work, without), REASON)
        assert task(work, case.id, "first_review").due_at is None
        assert reminders(work, case) == []
        migrating.migrate(work, case.id, newer(work, plain), REASON)
        assert task(work, case.id, "first_review").due_at == promised
        assert reminders(work, case) == [promised]
        assert whole(work, case)


def reminders(work: UnitOfWork, case: ProcessInstance) -> list[object]:
    wanted = sa.select(Timer.due_at).where(Timer.instance_id == case.id, Timer.kind == "reminder")
    return list(work.session.scalars(wanted))


def test_a_timer_that_ran_goes_on_running(uow: OpenUow) -> None:
    case_id = office.begun(uow, ("first_review", "return"))
    with uow(ALICE) as work:
        migrating.migrate(work, case_id, newer(work, FORM_ONLY), REASON)
        work.commit()
    timers.sweep(lambda: uow(SYSTEM, MONDAY + timedelta(days=9), domain=office.DOMAIN))
    with uow() as work:
        case = work.session.get_one(ProcessInstance, case_id)
        assert case.ended_as == "expired"
        assert whole(work, case)


# -- refused -----------------------------------------------------------------------------------------


def test_take_back_does_not_reach_across_a_migration(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second", "third"), ("first", "pass"))
        (done,) = [t for t in user_tasks.for_case(work, case.id) if t.status == "done"]
        assert take_back_refusals(work, done.id) == []
        migrating.migrate(work, case.id, newer(work, line("first", "second", "last")), REASON)
        (reason,) = take_back_refusals(work, done.id)
        assert "迁移" in reason.zh
        act(work, case.id, "second", "pass")
        (mine,) = [t for t in user_tasks.for_case(work, case.id) if t.element_id == "second"]
        take_back(work, mine.id)
        assert open_tasks(work, case.id) == ["second"]
        assert whole(work, case)
        act(work, case.id, "second", "return")
        assert whole(work, case)


def test_what_cannot_go_is_told_and_nothing_changes(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"))
        same = migrating.target(work, "line")
        with pytest.raises(CannotMigrate, match="已经在第1版"):
            migrating.migrate(work, case.id, same, REASON)
        other = newer(work, office.MODEL.read_bytes())
        with pytest.raises(CannotMigrate, match="不是“review”"):
            migrating.migrate(work, case.id, other, REASON)
        to = newer(work, line("first", "second", "third"))
        with pytest.raises(CannotMigrate, match="理由"):
            migrating.migrate(work, case.id, to, "  ")
        length = case.trail_length
        cases.cancel(work, case.id, reason="不办了")
        (reason,) = migrating.migration_refusals(work, case, to)
        assert reason.zh
        assert case.trail_length == length + 1


def test_a_trail_that_does_not_fit_goes_nowhere(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        case = begun(work, line("first", "second"), ("first", "pass"))
        to = newer(work, line("first", "second", "third"))
        elsewhere = cases.start(work, "line", "other")
        case.state_digest = elsewhere.state_digest
        work.session.flush()
        with pytest.raises(CannotMigrate, match="不符"):
            migrating.migrate(work, case.id, to, REASON)


def test_a_forged_migration_does_not_fit(uow: OpenUow, database: Database) -> None:
    """An entry says that a case was moved behind a step that the version demands of everybody."""
    with uow(ALICE) as work:
        case = begun(work, line("first", "second", "third"), ("first", "pass"), ("second", "pass"))
        migrating.migrate(
            work, case.id, newer(work, line("lawful", "first", "second", "third")), REASON
        )
        assert whole(work, case)
        row = audit.entries(work, case.id)[-1]
        told = json.loads(row.payload)
        strict = newer(work, line("lawful", "first", "second", "third"), LAWFUL_BEFORE_END)
        told["data"]["to"] = {"key": "line", "version": strict.number, "digest": strict.digest}
        case_id, entry_id = case.id, row.id
        work.commit()
    with database.engine.begin() as raw:
        silence(database, raw)
        forged = sa.update(AuditEntry).where(AuditEntry.id == entry_id)
        raw.execute(forged.values(payload=json.dumps(told)))
    with uow() as work:
        found = conformance.check(work, work.session.get_one(ProcessInstance, case_id))
        assert found.misfit is not None
        assert "不审不办" in found.misfit.sentence.zh


def test_two_migrations_at_once_are_one(database: Database) -> None:
    with database.open(ALICE, MONDAY, office.DOMAIN) as work:
        case_id = begun(work, line("first", "second")).id
        newer(work, line("first", "second", "third"))
        work.commit()
    barrier, told = threading.Barrier(2), list[str]()

    def one() -> None:
        barrier.wait()
        with database.open(ALICE, MONDAY, office.DOMAIN) as work:
            try:
                migrating.migrate(work, case_id, migrating.target(work, "line"), REASON)
                work.commit()
                told.append("done")
            except CannotMigrate as refused:
                told.append(refused.reasons[0].zh)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "本件已经在第2版上。"]
    with database.open(ALICE, MONDAY, office.DOMAIN) as work:
        case = work.session.get_one(ProcessInstance, case_id)
        assert whole(work, case)
        assert sum(e.action == "case.migrated" for e in audit.entries(work, case_id)) == 1


def test_running_cases_on_other_versions_are_listed(uow: OpenUow) -> None:
    with uow(ALICE) as work:
        definitions.deploy(work, line("first"))
        ids = [cases.start(work, "line", f"k{n}").id for n in range(3)]
        cases.cancel(work, ids[1], reason="不办了")
        to = newer(work, line("first", "second"))
        cases.start(work, "line", "new")
        assert migrating.running(work, to) == [ids[0], ids[2]]
        migrating.migrate(work, ids[0], to, REASON)
        assert migrating.running(work, to) == [ids[2]]
        assert work.session.scalars(sa.select(UserTask.status)).all().count("open") == 3
