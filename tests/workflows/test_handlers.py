"""What the process asks of the domain: questions, registers, reminders, escalations."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engine import definitions, timers
from engine.database import SYSTEM, UnitOfWork
from engine.models import ProcessInstance
from tests import shipped
from tests.chain import Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import County, kept_back, with_metadata
from workflows import handlers, notices, pages, people, permissions, requirements
from workflows.models import Package

QUESTIONS: list[tuple[dict[str, object], set[str]]] = [
    ({}, set()),
    ({"concerns_third_party": True}, {"third_party_opinion"}),
    ({"concerns_other_agencies": True}, {"inter_agency_confirmation"}),
    ({"legality_required": True}, {"legality_review"}),
    (
        {"normative": True, "info_class": "B"},
        {"legality_review", "read_aloud", "principal_review"},
    ),
    (
        {"major_decision": True, "info_class": "B"},
        {"legality_review", "read_aloud", "principal_review"},
    ),
    ({"info_class": "B"}, {"read_aloud", "principal_review"}),
    ({"info_class": "C"}, {"read_aloud", "principal_review", "inter_agency_confirmation"}),
]


@pytest.mark.parametrize(("facts", "stages"), QUESTIONS)
def test_metadata_decides_which_stages_are_needed(
    facts: dict[str, object], stages: set[str]
) -> None:
    metadata = with_metadata(**facts).metadata
    assert {stage for stage, asks in requirements.CONDITIONAL.items() if asks(metadata)} == stages


def test_every_handler_that_the_model_names_is_there(uow: OpenUow, county: County) -> None:
    with uow() as work:
        rows = [definitions.latest(work, key) for key in shipped.KEYS]
        tasks = [rule for row in rows for rule in definitions.load(work, row.id).tasks.values()]
    named = {rule.handler or rule.id for rule in tasks if rule.kind == "service"}
    assert named == set(handlers.HANDLERS)


def sweep(chain: Chain, now: datetime) -> int:
    def opened() -> UnitOfWork:
        return chain.uow(SYSTEM, now)

    swept = timers.sweep(opened)
    assert swept.failed == 0
    return swept.fired


def told(chain: Chain, login: str) -> list[str]:
    with chain.read(login) as work:
        return [notice.text.zh for notice in notices.list_mine(work)]


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def test_group_is_reminded_when_its_task_is_due(chain: Chain) -> None:
    assert sweep(chain, MONDAY + timedelta(hours=1)) == 0
    assert sweep(chain, MONDAY + timedelta(days=2)) == 1
    assert sweep(chain, MONDAY + timedelta(days=2)) == 0
    assert "《清平县城市建设局关于增设小区路灯的通知》的公开属性审查已到办理时限。" in told(
        chain, "ogi"
    )
    with chain.read("ogi") as work:
        trail = pages.package_page(work, chain.package_id).trail
    assert any(line.action == "task.reminded" for line in trail)
    assert chain.open() == ["attribute_review"]


def test_task_done_in_time_reminds_nobody(chain: Chain) -> None:
    chain.until("second_review")
    sweep(chain, MONDAY + timedelta(days=2))
    assert not any("初审已到" in text for text in told(chain, "first"))
    assert any("复审已到" in text for text in told(chain, "second"))


def test_third_party_that_does_not_answer_is_escalated_and_still_awaited(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, with_metadata(concerns_third_party=True)).submit()
    chain.decide("attribute_review")
    sweep(chain, MONDAY + timedelta(days=40))
    assert "third_party_opinion" in chain.open()
    overdue = [text for text in told(chain, "ogi") if "（" in text]
    assert [text.startswith("《清平县城市建设局") for text in overdue] == [True]
    assert told(chain, "inspector") == told(chain, "publisher") == []


def test_who_may_not_see_the_item_is_not_told_of_it(chain: Chain) -> None:
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        people = chain.county.people
        asked = [people[one] for one in ("publisher", "ogi", "drafter", "secadmin")]
        assert set(permissions.viewers(work, package, asked)) == {people["ogi"], people["drafter"]}


def test_task_that_waits_for_nobody_is_told_to_who_grants_roles(chain: Chain) -> None:
    with chain.read() as work:
        people.deactivate(work, chain.county.people["ogi"], "调离")
        work.commit()
    before = len(told(chain, "secadmin"))
    sweep(chain, MONDAY + timedelta(days=2))
    after = told(chain, "secadmin")
    assert len(after) == before + 1
    assert "没有合格人员" in after[0]
    assert not any("路灯" in text for text in after)


def test_page_nobody_read_back_is_escalated(chain: Chain) -> None:
    chain.until("readback")
    assert sweep(chain, MONDAY + timedelta(hours=23)) == 0
    assert sweep(chain, MONDAY + timedelta(hours=25)) == 1
    assert told(chain, "inspector")
    assert any("（" in text for text in told(chain, "publisher"))
    assert chain.open() == ["readback"]
    chain.decide("readback")
    with chain.read() as work:
        assert work.session.scalars(sa.select(ProcessInstance.ended_as)).one() == "published"


REGISTERS = ["on_request", "not_disclosed"]


@pytest.mark.parametrize("attribute", REGISTERS)
def test_register_is_looked_at_again_by_the_end_of_the_year(
    uow: OpenUow, county: County, attribute: str
) -> None:
    chain = Chain(uow, county, kept_back(attribute)).submit()
    chain.decide(
        "attribute_review", attribute, opinion="按规定不宜主动公开。", ground_codes=("A16-1",)
    )
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        assert (package.status, package.attribute) == (attribute, attribute)
        assert str(package.review_on) == "2026-12-31"
