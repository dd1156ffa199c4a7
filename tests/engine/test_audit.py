"""Evidence: canonical, chained per case; every kind of tampering is found and named."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from engine import audit
from engine.audit import verify
from engine.audit.event import canonical, digest
from engine.database import Actor
from engine.models import AuditEntry
from tests.conftest import MONDAY, Database, OpenUow
from tests.engine.office import begun, start

PASSED = (("first_review", "pass"), ("second_review", "pass"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "审"]}, '{"a":[true,null,"审"],"b":1}'),
        ({"at": datetime(2026, 6, 8, 1, tzinfo=UTC)}, '{"at":"2026-06-08T01:00:00.000000Z"}'),
        ({"on": date(2026, 6, 8)}, '{"on":"2026-06-08"}'),
        ({"set": frozenset({"b", "a"}), "pair": (1, 2)}, '{"pair":[1,2],"set":["a","b"]}'),
        ({"nul": "\x00"}, '{"nul":"\\u0000"}'),
    ],
)
def test_a_value_has_one_text(value: object, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize(
    "value",
    [1.5, {1: "a"}, object(), b"bytes", "\ud800", datetime(2026, 6, 8)],  # noqa: DTZ001
    ids=["float", "number as key", "object", "bytes", "half a character", "no time zone"],
)
def test_what_has_no_certain_text_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


def test_the_hash_names_its_algorithm_and_anyone_can_recompute_it() -> None:
    assert digest("审") == "sha256:" + hashlib.sha256("审".encode()).hexdigest()


def test_an_entry_tells_who_when_what_and_in_whose_place(uow: OpenUow) -> None:
    deputy = Actor("9", "代某", role="final_reviewer", acting_for="4", address="10.0.0.9")
    with uow(deputy) as work:
        case = start(work)
        work.session.flush()
        told = json.loads(audit.entries(work, case.id)[0].payload)
        assert {k: told[k] for k in ("actor_id", "actor_name", "role", "acting_for")} == {
            "actor_id": "9",
            "actor_name": "代某",
            "role": "final_reviewer",
            "acting_for": "4",
        }
        assert told["address"] == "10.0.0.9"
        assert told["at"] == "2026-06-08T01:00:00.000000Z"
        assert (told["case"], told["seq"], told["previous"]) == (case.id, 1, None)


def test_an_untouched_trail_verifies(uow: OpenUow) -> None:
    case_id = begun(uow, *PASSED)
    with uow() as work:
        found = audit.verify_case(work, case_id)
        assert (found.ok, found.length, found.first_bad) == (True, 5, None)
        assert found.head == audit.entries(work, case_id)[-1].hash
        everything = audit.verify_all(work)
        assert (everything.ok, everything.cases, everything.entries) == (True, 1, 6)


def test_a_trail_longer_than_a_batch_is_followed_to_its_end(
    uow: OpenUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "BATCH", 2)
    case_id = begun(uow, *PASSED)
    with uow() as work:
        assert (audit.verify_case(work, case_id).ok, audit.verify_all(work).entries) == (True, 6)


def test_entries_without_a_case_stand_alone(uow: OpenUow) -> None:
    with uow() as work:
        audit.append(work, "login.refused", case=None, subject="person:1", data={})
        entry = work.session.scalars(sa.select(AuditEntry)).one()
        assert (entry.case_id, entry.case_seq, entry.hash) == (None, None, None)
        assert audit.verify_all(work).ok


DOCTORED = 'replace(payload, \'"outcome":"pass"\', \'"outcome":"return"\')'
REHASHED = "'sha256:0000000000000000000000000000000000000000000000000000000000000000'"

#: What a person with the database's password may try, and the place in the trail where it shows.
TAMPERING = {
    "doctored payload": ([f"UPDATE audit_entry SET payload = {DOCTORED} WHERE case_seq = 3"], 3),
    "doctored column": (["UPDATE audit_entry SET actor_name = '张三' WHERE case_seq = 2"], 2),
    "another instant": (
        ["UPDATE audit_entry SET at = '2026-01-01 00:00:00' WHERE case_seq = 4"],
        4,
    ),
    "another hash": ([f"UPDATE audit_entry SET hash = {REHASHED} WHERE case_seq = 2"], 2),
    "broken link": ([f"UPDATE audit_entry SET previous_hash = {REHASHED} WHERE case_seq = 4"], 4),
    "deleted row": (["DELETE FROM audit_entry WHERE case_seq = 3"], 3),
    "deleted first row": (["DELETE FROM audit_entry WHERE case_seq = 1"], 1),
    "truncated tail": (["DELETE FROM audit_entry WHERE case_seq >= 4"], 4),
    "everything deleted": (["DELETE FROM audit_entry WHERE case_seq IS NOT NULL"], 1),
    "swapped order": (
        [
            "UPDATE audit_entry SET case_seq = 99 WHERE case_seq = 2",
            "UPDATE audit_entry SET case_seq = 2 WHERE case_seq = 3",
            "UPDATE audit_entry SET case_seq = 3 WHERE case_seq = 99",
        ],
        2,
    ),
    "unreadable payload": (["UPDATE audit_entry SET payload = '{' WHERE case_seq = 5"], 5),
    "forged tail": (
        [
            "INSERT INTO audit_entry (id, case_id, case_seq, previous_hash, hash, at, actor_id,"
            " actor_name, action, subject, payload) SELECT 999, case_id, 6, hash, hash, at,"
            " actor_id, actor_name, action, subject, payload FROM audit_entry WHERE case_seq = 5"
        ],
        6,
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_found_and_the_first_bad_entry_named(
    uow: OpenUow, database: Database, kind: str
) -> None:
    statements, place = TAMPERING[kind]
    case_id = begun(uow, *PASSED)
    tamper(database, statements)
    with uow() as work:
        found = audit.verify_case(work, case_id)
        assert (found.ok, found.first_bad) == (False, place), found.sentence
        assert str(place) in found.sentence.zh
        assert str(place) in found.sentence.en
        assert [bad.case_id for bad in audit.verify_all(work).bad] == [case_id]


def test_a_case_whose_own_head_was_rewritten_does_not_verify(
    uow: OpenUow, database: Database
) -> None:
    case_id = begun(uow, *PASSED)
    tamper(database, ["UPDATE process_instance SET trail_length = 9, trail_head = 'sha256:9'"])
    with uow() as work:
        assert audit.verify_case(work, case_id).first_bad == 6


def test_a_forged_entry_that_fits_itself_but_not_the_one_before_is_found(
    uow: OpenUow, database: Database
) -> None:
    case_id = begun(uow, *PASSED)
    with uow() as work:
        last = audit.entries(work, case_id)[-1]
        told = json.loads(last.payload) | {"previous": "sha256:0"}
        work.session.rollback()
    forged = canonical(told)
    values = {"payload": forged, "hash": digest(forged), "case": case_id}
    with database.engine.begin() as raw:
        silence(database, raw)
        change = "SET payload = :payload, hash = :hash, previous_hash = 'sha256:0'"
        raw.execute(sa.text(f"UPDATE audit_entry {change} WHERE case_seq = 5"), values)
        raw.execute(sa.text("UPDATE process_instance SET trail_head = :hash"), values)
    with uow() as work:
        found = audit.verify_case(work, case_id)
        assert (found.ok, found.first_bad) == (False, 5)


def test_a_doctored_entry_outside_cases_is_found(uow: OpenUow, database: Database) -> None:
    with uow() as work:
        audit.append(work, "login.refused", case=None, subject="person:1", data={})
        work.commit()
    tamper(database, ["UPDATE audit_entry SET subject = 'person:2'"])
    with uow() as work:
        (bad,) = audit.verify_all(work).bad
        assert (bad.case_id, bad.ok) == (None, False)


def test_a_case_that_never_was_does_not_verify(uow: OpenUow) -> None:
    with uow() as work:
        assert audit.verify_case(work, 4711).ok is False


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_name = '张三'",
        "DELETE FROM audit_entry",
        "DELETE FROM process_definition",
    ],
)
def test_the_database_itself_refuses_to_change_evidence(
    uow: OpenUow, database: Database, statement: str
) -> None:
    begun(uow)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.engine.begin() as raw:
        raw.execute(sa.text(statement))


def tamper(database: Database, statements: list[str]) -> None:
    """As somebody would who owns the database: triggers silenced, rows changed."""
    with database.engine.begin() as raw:
        silence(database, raw)
        for statement in statements:
            raw.exec_driver_sql(statement)


def silence(database: Database, raw: sa.Connection) -> None:
    """PostgreSQL: for this transaction; SQLite: for good, the file is thrown away."""
    if database.kind == "sqlite":
        raw.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        raw.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
    else:
        raw.exec_driver_sql("SET LOCAL session_replication_role = replica")


def test_the_instant_of_an_entry_is_the_acts_own(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        assert audit.entries(work, case.id)[0].at == MONDAY
