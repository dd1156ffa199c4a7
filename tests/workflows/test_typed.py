"""Control characters in what is typed or pasted: gone before anything is kept, wherever it is typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from engine.models import AuditEntry
from tests import factories
from tests.chain import Chain, record
from tests.conftest import OpenUow
from tests.factories import DRAFT, County
from workflows import content, organisation, remarks, suspending, tables_in, taking_back, typed
from workflows.content import Content, Points
from workflows.errors import Refused
from workflows.intake import read_document, read_text
from workflows.models import Person

DIRTY = "同意\x0b送\x01审\ufffe。\u2028完\x1f"
PLAIN = "同意\n送审。\n完"


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("甲\x0b乙", "甲\n乙"),
        ("甲\x0c乙\u2028丙\u2029丁", "甲\n乙\n丙\n丁"),
        ("甲\r\n乙\r丙\n丁", "甲\n乙\n丙\n丁"),
        ("甲\t乙", "甲\t乙"),
        ("甲\x00\x01\x08\x0e\x1f\ufffe\uffff\ud800乙", "甲乙"),
        ("〔2026〕𠮷 é\u3000\ufeff", "〔2026〕𠮷 é\u3000\ufeff"),
    ],
)
def test_what_is_kept_of_a_text(text: str, kept: str) -> None:
    assert typed.clean(text) == kept


def test_a_decision_keeps_no_control_character(chain: Chain) -> None:
    chain.submit().until("confidentiality_review")
    asked = record("confidentiality_review", "refer", organ="清平县\x01国家保密局")
    chain.decide("confidentiality_review", "refer", opinion=DIRTY, record=asked)
    decision = chain.decisions("confidentiality_review")[0]
    assert decision.opinion == PLAIN
    assert decision.parts["record"]["organ"] == "清平县国家保密局"
    chain.decide("confidentiality_referral", "treat", redactions={"body": DIRTY})
    assert chain.decisions("confidentiality_referral")[0].parts["redactions"] == {"body": PLAIN}


def test_an_opinion_of_nothing_but_control_characters_is_none(chain: Chain) -> None:
    chain.submit().until("first_review")
    with pytest.raises(Refused, match="须写明理由"):
        chain.decide("first_review", "return", opinion="\x01\x0b")


def dirty() -> Content:
    draft = factories.with_metadata(
        title="关于\x0b路灯\x01的通知", no_interpretation_reason="不\x01需", source_text="原\x0b文"
    )
    told = replace(
        DRAFT.interpretation,
        points=Points(concepts=DIRTY),
        elements=replace(DRAFT.interpretation.elements, background=DIRTY),
    )
    return replace(draft, body_html="<p>一\x01二&#11;三&#1;</p>", interpretation=told)


def test_a_version_keeps_no_control_character(chain: Chain) -> None:
    chain.draft = dirty()
    chain.create()
    with chain.read("drafter") as work:
        kept = content.parse(factories.current(work, chain.package_id).content)
    facts, told = kept.metadata, kept.interpretation
    assert (facts.title, facts.no_interpretation_reason) == ("关于 路灯的通知", "不需")
    assert facts.source_text == "原\n文"
    assert kept.body_html == "<p>一二\n三</p>"
    assert (told.points.concepts, told.elements.background) == (PLAIN, PLAIN)


def test_what_is_said_beside_the_work_keeps_none(chain: Chain) -> None:
    """Urging, remarks, suspensions, take-backs: each with its own words in the trail."""
    chain.submit().until("first_review")
    chain.decide("first_review")
    task_id = chain.decisions("first_review")[0].task_id
    with chain.read("first") as work:
        remarks.comment(work, chain.package_id, DIRTY)
        taking_back.take_back(work, task_id, DIRTY)
        work.commit()
    again = chain.task("first_review")
    with chain.read("ogi") as work:
        remarks.nudge(work, again, DIRTY)
        suspending.suspend(work, chain.package_id, DIRTY)
        work.commit()
    with chain.read() as work:
        told = "".join(entry.payload for entry in work.session.scalars(sa.select(AuditEntry)))
    assert told.count("同意\\n送审。\\n完") == 4
    assert not any(sign in told for sign in ("\\u000b", "\\u0001", "\\ufffe", "\u2028"))


def test_names_keep_none(chain: Chain) -> None:
    with chain.read("sysadmin") as work:
        person = factories.person_named(work, "first")
        organisation.change_person(
            work, person.id, name="初\x01明", post="科\x0b长", unit_id=person.unit_id
        )
        work.commit()
        changed = work.session.get_one(Person, person.id)
        assert (changed.name, changed.post) == ("初明", "科 长")


def test_what_is_read_from_files_and_pastes_keeps_none() -> None:
    pasted = "关于\x01路灯的\x02通知\n请\x0b照办。"
    long = "\n本通知自发布之日起施行。" * 30  # a file of many control characters is no text at all
    for found in (read_text(pasted + long), read_document("通知.txt", (pasted + long).encode())):
        assert found.text == "关于路灯的通知\n请\n照办。" + long
        assert found.recognised.title == "关于路灯的通知"
    rows = tables_in.read(
        "单位.csv", "代码,名称\na,住建\x01局\n".encode(), {"代码": "code", "名称": "name"}
    )
    assert rows[0].cells["name"] == "住建局"
