"""The trail in words, its verification, and what was refused."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa

from engine import audit
from engine.errors import NotYourTask
from engine.models import AuditEntry, ProcessInstance
from engine.moves import TAKEN_BACK
from engine.text import Sentence
from tests.chain import Chain, body
from tests.conftest import MONDAY, OpenUow
from tests.factories import ROOT, County
from workflows import events, exporting, oversight, pages, trail_sentences
from workflows.errors import NotFound, NotPermitted
from workflows.vocabulary import STAGES


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county).submit()


def test_trail_alone_tells_the_story(chain: Chain) -> None:
    chain.until("second_review")
    chain.decide("second_review", "return", opinion="盏数有误。", reason_codes=("R12",))
    chain.revise("t2", body("360盏", "380盏"))
    with chain.read("inspector") as work:
        lines = oversight.trail(work, chain.package_id)
    said = [line.sentence.zh for line in lines]
    assert said[0].startswith("秦笔：新建稿件包《清平县城市建设局关于增设小区路灯的通知》")
    assert "秦笔：送审第1版" in said
    assert "清平县城市建设局傅审：复审，结论“退回修改”（R12 事实、数据错误）；转修改重报" in said
    assert "秦笔：重报第2版：事实性修改（T2）" in said
    numbers = [line.seq for line in lines if line.seq is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    returned = next(line for line in lines if "R12" in line.sentence.zh)
    told = {detail.code: detail.value.zh for detail in returned.details}
    assert told["opinion"] == "盏数有误。"
    assert "→" in told["state"]
    assert told["version"] == "1"
    assert told["digest"].startswith("sha256:")


def test_trail_names_what_a_change_voided_and_counts_rounds(chain: Chain) -> None:
    chain.until("first_proofreading")
    chain.decide("first_proofreading", "return")
    chain.revise("t2", body("360盏", "380盏"))
    chain.until("final_review")
    with chain.read("inspector") as work:
        lines = oversight.trail(work, chain.package_id)
    said = [line.sentence for line in lines]
    assert any(s.zh == "秦笔：复审、终审的决定失效：事实性修改（T2）" for s in said)
    assert any("Second review, Final review voided: Factual change (T2)" in s.en for s in said)
    assert any(s.zh == "清平县城市建设局傅审：复审（第2轮），结论“通过”；转终审" for s in said)
    assert any("Second review (round 2), “Pass”; next: Final review" in s.en for s in said)


def test_both_languages_are_whole(chain: Chain) -> None:
    chain.until("none")
    with chain.read("inspector") as work:
        lines = oversight.trail(work, chain.package_id)
    for line in lines:
        assert "—" not in line.sentence.zh
        assert "—" not in line.sentence.en
        assert "{" not in line.sentence.en + line.sentence.zh


def test_every_action_of_the_house_has_a_sentence() -> None:
    engine_actions = {
        found
        for path in (ROOT / "engine").rglob("*.py")
        for found in re.findall(
            r'(?:append|record|_note|_record)\(\s*\w+,\s*"([a-z_]+\.[a-z_]+)"', path.read_text()
        )
    } | {TAKEN_BACK}
    assert len(engine_actions) > 25
    for action in [*engine_actions, *events.EVENTS]:
        told = trail_sentences.sentence(action, "某人", {})
        assert action not in told.zh
        assert told.en.startswith("某人: ")


def test_unknown_entry_is_named_and_never_left_out() -> None:
    told = trail_sentences.sentence("comet.sighted", "某人", {"element": 7})
    assert told.zh == "某人：记录“comet.sighted”"


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_completion_is_told_for_every_stage(stage: str) -> None:
    told = trail_sentences.sentence(
        "task.completed", "某人", {"element": stage, "outcome": "return", "round": 3}
    )
    assert f"{STAGES[stage].zh}（第3轮）" in told.zh


def test_inspector_verifies_and_that_is_on_record_too(chain: Chain) -> None:
    chain.until("first_review")
    with chain.read("inspector") as work:
        found = oversight.verify(work, chain.package_id)
        work.commit()
        length = len([line for line in oversight.trail(work, chain.package_id) if line.seq])
    assert found.ok
    assert found.length == length
    assert found.head is not None
    with chain.read("inspector") as work:
        actions = [line.action for line in oversight.trail(work, chain.package_id)]
    assert actions[-1] == "trail.verified"


def test_broken_chain_is_found(chain: Chain) -> None:
    """Whoever gets past the triggers still cannot make the hashes fit."""
    chain.until("first_review")
    with chain.read() as work:
        case = work.session.scalars(sa.select(ProcessInstance)).one()
        case.trail_length -= 1
        work.commit()
    with chain.read("inspector") as work:
        found = oversight.verify(work, chain.package_id)
    assert not found.ok
    assert "不符" in found.sentence.zh


def test_draft_has_nothing_to_verify(uow: OpenUow, county: County, chain: Chain) -> None:
    with chain.read("inspector") as work, pytest.raises(NotFound):
        oversight.verify(work, 4711)


def test_strangers_do_not_learn_that_there_is_a_trail(chain: Chain) -> None:
    with chain.read("sysadmin") as work, pytest.raises(NotFound):
        oversight.trail(work, chain.package_id)


def test_refusal_is_recorded_apart_and_read_by_those_who_watch(chain: Chain) -> None:
    act = Sentence("办理初审", "first review")
    error = NotYourTask(Sentence("不是您的任务。", "Not your task."))
    with chain.read("drafter") as work:
        oversight.record_refusal(work, act=act, error=error, subject="task:1")
        work.commit()
    with chain.read("auditadmin") as work:
        rows = oversight.refusals(work).rows
    assert [row.sentence.zh for row in rows] == ["秦笔：办理初审被拒绝：不是您的任务。"]
    with chain.read("drafter") as work, pytest.raises(NotPermitted):
        oversight.refusals(work)


def test_refusals_about_items_out_of_sight_are_not_shown(chain: Chain) -> None:
    act = Sentence("办理初审", "first review")
    error = NotYourTask(Sentence("不是您的任务。", "Not your task."))
    with chain.read("drafter") as work:
        subject = oversight.subject_of(work, package_id=chain.package_id)
        assert subject == f"package:{chain.package_id}"
        oversight.record_refusal(work, act=act, error=error, subject=subject)
        work.commit()
    chain.hire("elsewhere", "乡察", "inspector", "town")
    for login, seen in (("inspector", True), ("auditadmin", True), ("elsewhere", False)):
        with chain.read(login) as work:
            for rows in (oversight.refusals(work).rows, oversight.house_entries(work).rows):
                assert any("办理初审被拒绝" in row.sentence.zh for row in rows) is seen
    with chain.read("inspector") as work:
        trail = oversight.trail(work, chain.package_id)
        assert trail[-1].sentence.zh == "秦笔：办理初审被拒绝：不是您的任务。"


def test_first_look_is_evidence_and_looking_again_is_not(chain: Chain) -> None:
    with chain.read("ogi") as work:
        page = pages.package_page(work, chain.package_id)
        for _ in range(3):
            pages.look(work, chain.package_id, page.content.version_id)
        work.commit()
    with chain.read() as work:
        looks = sa.select(AuditEntry).where(AuditEntry.action == "package.read")
        assert [entry.at for entry in work.session.scalars(looks)] == [MONDAY]


def test_entry_that_cannot_be_read_is_shown_as_it_is(chain: Chain) -> None:
    with chain.read() as work:
        entry = audit.entries(work, work.session.scalars(sa.select(ProcessInstance.id)).one())[0]
        work.session.expunge(entry)
    entry.payload = "not json"
    assert oversight.line(entry).sentence.zh.endswith("开始办理")


@pytest.mark.parametrize("who", ["drafter", "final"])
def test_only_an_inspector_exports_the_event_log(chain: Chain, who: str) -> None:
    chain.until("first_review")
    with chain.read(who) as work:
        out = io.BytesIO()
        with pytest.raises(NotPermitted):
            exporting.export(work, exporting.submitted(work), "xes", out)
        assert out.getvalue() == b""
    with chain.read("inspector") as work:
        assert exporting.export(work, exporting.submitted(work), "xes", io.BytesIO()) > 0
