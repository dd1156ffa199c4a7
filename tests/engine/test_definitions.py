"""Definitions: stored by digest, versioned by key; a running case keeps the version it began with."""

from __future__ import annotations

import hashlib
import threading

import pytest
import sqlalchemy as sa

from engine import audit, cases, definitions
from engine.database import UnitOfWork
from engine.errors import DefinitionNotFound, DefinitionRefused
from engine.models import AuditEntry, ProcessDefinition
from tests.conftest import ALICE, MONDAY, Database, OpenUow
from tests.engine.office import MODEL, act, start

FIRST = MODEL.read_bytes()
SECOND = FIRST.replace("初审".encode(), "一审".encode())


def versions(work: UnitOfWork) -> list[int]:
    return list(work.session.scalars(sa.select(ProcessDefinition.version)))


def test_the_same_text_again_is_the_same_row(uow: OpenUow) -> None:
    with uow() as work:
        once = definitions.deploy(work, FIRST, "review.bpmn")
        assert definitions.deploy(work, FIRST, "review.bpmn").id == once.id
        assert (once.version, once.name, once.deployed_at) == (1, "测试用审签", MONDAY)
        deployed = sa.select(AuditEntry.action).where(AuditEntry.action == "definition.deployed")
        assert len(work.session.scalars(deployed).all()) == 1
        assert audit.verify_all(work).ok


def test_a_changed_text_is_the_next_version_and_running_cases_keep_theirs(uow: OpenUow) -> None:
    with uow() as work:
        old = start(work, "old")
        newer = definitions.deploy(work, SECOND)
        assert (newer.version, definitions.latest(work, "review").id) == (2, newer.id)
        new = cases.start(work, "review", "new")
        assert definitions.load(work, old.definition_id).names["first_review"] == "初审"
        assert definitions.load(work, new.definition_id).names["first_review"] == "一审"


def test_going_back_to_an_older_text_is_a_version_of_its_own(uow: OpenUow) -> None:
    with uow() as work:
        for xml in (FIRST, SECOND, FIRST):
            latest = definitions.deploy(work, xml)
        assert latest.version == 3
        assert definitions.latest(work, "review").id == latest.id
        assert definitions.load(work, latest.id).names["first_review"] == "初审"


def test_a_refused_definition_leaves_nothing(uow: OpenUow) -> None:
    with uow() as work:
        with pytest.raises(DefinitionRefused):
            definitions.deploy(work, b"<not-bpmn/>", "broken.bpmn")
        assert versions(work) == []


def test_what_was_never_deployed_is_not_found(uow: OpenUow) -> None:
    with uow() as work:
        with pytest.raises(DefinitionNotFound):
            definitions.latest(work, "review")
        with pytest.raises(DefinitionNotFound):
            definitions.load(work, 4711)


def test_two_servers_that_deploy_at_once_share_one_version(database: Database) -> None:
    barrier = threading.Barrier(3)
    errors: list[BaseException] = []

    def one() -> None:
        barrier.wait()
        try:
            with database.open(ALICE, MONDAY) as work:
                definitions.deploy(work, FIRST)
                work.commit()
        except Exception as error:  # noqa: BLE001 — the test wants to see any
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with database.open(ALICE, MONDAY) as work:
        assert versions(work) == [1]


def stored(work: UnitOfWork, xml: bytes) -> None:
    """As an earlier release has stored it, whose rules let it pass."""
    work.session.add(
        ProcessDefinition(
            key="review",
            version=1,
            name="测试用审签",
            file="review.bpmn",
            digest=hashlib.sha256(xml).hexdigest(),
            xml=xml,
            rules=b"",
            deployed_at=MONDAY,
            deployed_by=work.actor.id,
        )
    )
    work.session.flush()


WAY_TO_THE_END = (
    ("first_review", "pass"),
    ("second_review", "pass"),
    ("legality_review", "lawful"),
)
#: What an earlier release let pass and today's rules refuse.
OUTDATED = {
    "not drawn": (b'bpmnElement="first_review"', b'bpmnElement="second_review"'),
    "two tokens asked for": (b'<bpmn:userTask id="', b'<bpmn:userTask startQuantity="2" id="'),
    "two triggers": (
        b"</bpmn:timerEventDefinition>",
        b"</bpmn:timerEventDefinition><bpmn:messageEventDefinition/>",
    ),
    "a timer of twenty years": (b">PT24H<", b">P7300D<"),
}


@pytest.mark.parametrize("what", OUTDATED)
def test_what_is_stored_is_not_held_to_rules_that_came_later(uow: OpenUow, what: str) -> None:
    old, new = OUTDATED[what]
    assert old in FIRST
    xml = FIRST.replace(old, new)
    with uow() as work:
        with pytest.raises(DefinitionRefused):
            definitions.deploy(work, xml, "review.bpmn")
        stored(work, xml)
        case = cases.start(work, "review", "2026-000001")
        for element, outcome in WAY_TO_THE_END:
            act(work, case.id, element, outcome)
        assert (case.status, case.ended_as) == ("ended", "published")
