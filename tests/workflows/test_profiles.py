"""The five ways an item may go: chosen by rule, told with the reason, and left by no forged step (domain:C3, C8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import deadlines, timers
from engine.database import SYSTEM, Actor
from engine.errors import EngineError
from engine.models import AuditEntry, ProcessInstance, Timer, UserTask
from tests import factories
from tests.chain import Chain, body
from tests.conftest import MONDAY, OpenUow
from tests.factories import BODY, DRAFT, County, with_metadata
from workflows import (
    assignments,
    drafting,
    emergencies,
    evidence_sheet,
    final_gate,
    organisation,
    overrides,
    pages,
    parameters,
    people,
    profiles,
    publishing,
    registers,
    reviewing,
    taking_back,
)
from workflows.content import AttachmentRef, Content
from workflows.emergencies import Emergency
from workflows.errors import GateRefused, NotFound, NotPermitted
from workflows.intake.markup import image, text_of
from workflows.lifecycle import current_version
from workflows.models import Decision, Package, Publication
from workflows.oversight import told_by

ORIGINAL = text_of(BODY)
LINK = "https://www.sdq.gov.cn/art/2026/6/1/a.html"
REPOST = with_metadata(source="repost", source_link=LINK, source_text=ORIGINAL)
EMERGENCY = with_metadata(emergency=True, emergency_reason="河堤出险，须立即通知两岸群众转移。")


def chosen(content: Content, *, separation: str = "default", interleaved: bool = False) -> str:
    return profiles.choose(content, separation=separation, interleaved=interleaved).profile.key


@pytest.mark.parametrize(
    ("content", "unit", "key"),
    [
        (DRAFT, {}, "publishing"),
        (DRAFT, {"interleaved": True}, "interleaved"),
        (DRAFT, {"separation": "small_office"}, "small_office"),
        (DRAFT, {"separation": "small_office", "interleaved": True}, "small_office"),
        (DRAFT, {"separation": "strict"}, "publishing"),
        (REPOST, {}, "repost"),
        (REPOST, {"separation": "small_office"}, "repost"),
        (EMERGENCY, {}, "emergency"),
        (with_metadata(REPOST, emergency=True), {}, "emergency"),
    ],
)
def test_the_way_is_chosen_by_rule(content: Content, unit: dict[str, Any], key: str) -> None:
    assert chosen(content, **unit) == key


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source_text": ""}, "没有留存原文"),
        ({"source_text": ORIGINAL.replace("360盏", "380盏")}, "原文“380”，本稿“360”"),
        ({"source_text": ORIGINAL + "附件"}, "原文“附件”，本稿“”"),
        ({"source_link": "https://www.example.com/gov.cn"}, "不是政府网站"),
        ({"source_link": "https://gov.cn.example.com/"}, "不是政府网站"),
        ({"source_link": "https://notgov.cn/"}, "不是政府网站"),
        ({"info_class": "B"}, "信息分级不是 A"),
        ({"major_decision": True}, "信息分级不是 A"),
        ({"attribute": "on_request"}, "不是主动公开"),
        ({"source_text": ORIGINAL.replace("360", "36⁰")}, "原文“36⁰”，本稿“360”"),
    ],
)
def test_a_repost_that_is_not_verbatim_and_official_goes_the_long_way_and_is_told_why(
    changes: dict[str, Any], why: str
) -> None:
    choice = profiles.choose(
        with_metadata(REPOST, **changes), separation="default", interleaved=False
    )
    assert choice.profile.key == "publishing"
    assert why in choice.why.zh


@pytest.mark.parametrize(
    "added",
    [
        {"attachments": (AttachmentRef("a" * 64, "点位表.xlsx", "application/octet-stream", 1),)},
        {
            "body_html": f'{REPOST.body_html}<p><img src="{image("sha256:" + "b" * 64)}" alt="点位图"></p>'
        },
    ],
)
def test_what_cannot_be_compared_with_the_original_goes_the_long_way(added: dict[str, Any]) -> None:
    choice = profiles.choose(replace(REPOST, **added), separation="default", interleaved=False)
    assert choice.profile.key == "publishing"
    assert "无法与原文逐字核对" in choice.why.zh


def test_spaces_and_widths_of_characters_do_not_make_another_text() -> None:
    spread = ORIGINAL.replace("360", "３６０").replace("，", ",").replace("县政府", " 县政府\u3000")
    assert chosen(with_metadata(REPOST, source_text=spread)) == "repost"


def told(chain: Chain) -> dict[str, Any]:
    with chain.read() as work:
        package = work.session.get_one(Package, chain.package_id)
        entry = work.session.scalars(
            sa.select(AuditEntry).where(
                AuditEntry.case_id == package.case_id, AuditEntry.action == "package.submitted"
            )
        ).one()
        return dict(told_by(entry))


def passes(chain: Chain) -> list[str]:
    return [row.stage for row in chain.decisions()]


def test_the_choice_and_its_reason_are_in_the_trail_and_on_the_page(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, REPOST).submit()
    entry = told(chain)
    assert (entry["profile"], entry["chain"]) == ("repost", "转载")
    assert "逐字一致" in entry["why"]
    with chain.read() as work:
        page = pages.package_page(work, chain.package_id)
        assert page.chain.zh == "转载"
        assert "second_review" not in [stage.element for stage in page.ribbon]


# -- repost ------------------------------------------------------------------------------------------


def test_a_repost_is_cleared_reviewed_signed_and_proofread_and_goes_out(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, REPOST).submit().until("nothing")
    assert passes(chain) == [
        *("confidentiality_review", "first_review", "final_review", "first_proofreading"),
        *("release", "readback"),
    ]
    assert chain.status() == "published"


def test_a_repost_that_no_longer_is_the_original_is_not_handed_in_again(
    uow: OpenUow, county: County
) -> None:
    chain = Chain(uow, county, REPOST).submit().until("first_review")
    chain.decide("first_review", "return")
    with pytest.raises(GateRefused, match="不能按转载流程办理"):
        chain.revise("t2", body("360盏", "380盏"))


def test_a_new_column_after_the_signature_leaves_a_repost_signed(
    uow: OpenUow, county: County
) -> None:
    """domain:C5: only the third proofreading is about the column, and a repost has none."""
    chain = Chain(uow, county, REPOST).submit().until("release")
    chain.decide("release", "return", reason_codes=("R16",))
    chain.revise("unchanged", lambda c: with_metadata(c, column="公示公告"))
    assert chain.open() == ["release"]
    chain.until("nothing")
    assert chain.status() == "published"


def test_a_doubted_repost_is_decided_by_a_person_ever_after(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county, REPOST).submit()
    chain.decide("confidentiality_review", "withhold")
    assert chain.open() == ["attribute_review"]
    chain.decide("attribute_review")
    chain.until("nothing")
    assert chain.status() == "published"
    assert passes(chain)[:3] == [
        *("confidentiality_review", "attribute_review", "confidentiality_review"),
    ]


# -- emergency -----------------------------------------------------------------------------------------


def drafted(uow: OpenUow, county: County, content: Content = EMERGENCY) -> int:
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, content).id
        work.commit()
    return package_id


def approve(uow: OpenUow, county: County, package_id: int, login: str = "principal") -> None:
    with uow(county.actor("drafter")) as work:
        overrides.ask(work, package_id)
        work.commit()
    with uow(county.actor(login)) as work:
        digest = factories.current(work, package_id).digest
        overrides.allow(
            work,
            package_id,
            parameters.EMERGENCY.key,
            digest=digest,
            opinion="情况属实，同意应急。",
        )
        work.commit()


def hand_in(uow: OpenUow, county: County, package_id: int) -> Chain:
    with uow(county.actor("drafter")) as work:
        digest = factories.current(work, package_id).digest
        drafting.submit(work, package_id, digest=digest)
        work.commit()
    return Chain(uow, county, package_id=package_id)


@pytest.fixture
def emergency(uow: OpenUow, county: County) -> Chain:
    package_id = drafted(uow, county)
    approve(uow, county, package_id)
    chain = hand_in(uow, county, package_id)
    chain.at |= {"sign_confirmation": "principal", "later_rectification": "publisher"}
    return chain


def test_an_emergency_is_refused_without_the_principals_approval_and_a_reason(
    uow: OpenUow, county: County
) -> None:
    package_id = drafted(uow, county, with_metadata(EMERGENCY, emergency_reason=" "))
    with pytest.raises(GateRefused) as refused:
        hand_in(uow, county, package_id)
    said = [reason.zh for reason in refused.value.reasons]
    assert len(said) == 2
    assert "请写明是什么突发事件" in said[0]
    assert "须经主要负责人批准" in said[1]


@pytest.mark.parametrize("login", ["final", "head", "drafter"])
def test_nobody_but_the_principal_approves_an_emergency(
    uow: OpenUow, county: County, login: str
) -> None:
    package_id = drafted(uow, county)
    with pytest.raises((NotFound, NotPermitted)):
        approve(uow, county, package_id, login)
    with pytest.raises(GateRefused, match="主要负责人批准"):
        hand_in(uow, county, package_id)


def test_the_approval_is_for_the_reason_that_the_principal_read(
    uow: OpenUow, county: County
) -> None:
    package_id = drafted(uow, county)
    approve(uow, county, package_id)
    other = with_metadata(EMERGENCY, emergency_reason="领导要求今天发出。")
    with uow(county.actor("drafter")) as work:
        drafting.save(work, package_id, other, base_version=1)
        work.commit()
    with pytest.raises(GateRefused, match="主要负责人批准"):
        hand_in(uow, county, package_id)
    approve(uow, county, package_id)
    assert hand_in(uow, county, package_id).open() == ["attribute_review"]


def test_the_approval_asked_for_reaches_the_principal(uow: OpenUow, county: County) -> None:
    package_id = drafted(uow, county)
    with uow(county.actor("drafter")) as work:
        assert overrides.ask(work, package_id) == ["柳主"]


def test_an_emergency_checks_reviews_and_proofreads_at_once(emergency: Chain) -> None:
    emergency.decide("attribute_review")
    assert set(emergency.open()) == {
        "confidentiality_review",
        "second_review",
        "first_proofreading",
    }
    emergency.decide("second_review")
    emergency.decide("first_proofreading")
    assert emergency.open() == ["confidentiality_review"]
    emergency.decide("confidentiality_review")
    assert emergency.open() == ["principal_review"]


def test_the_later_passes_are_demanded_after_the_release(emergency: Chain) -> None:
    emergency.until("release")
    assert emergency.status() == "in_review"
    emergency.decide("release")
    assert emergency.status() == "published"
    assert set(emergency.open()) == {"readback", "second_proofreading"}
    emergency.decide("readback")
    emergency.decide("second_proofreading")
    emergency.decide("third_proofreading", "problem")
    assert emergency.open() == ["later_rectification"]
    emergency.decide("later_rectification", "fixed", opinion="已更正页面。")
    emergency.decide("third_proofreading")
    assert emergency.open() == []
    assert emergency.status() == "published"


def test_what_follows_the_release_is_due_within_a_day_of_it_whatever_the_week(
    emergency: Chain,
) -> None:
    """Released on a Friday afternoon: due on Saturday, for each pass alike, and in the register then."""
    friday = MONDAY + timedelta(days=4, hours=6)
    emergency.until("release")
    with emergency.uow(emergency.person("publisher"), friday) as work:
        offered = pages.task_page(work, emergency.task("release")).outcomes
        assert "二校（清平县人民政府二校，6月13日前）" in str(offered)
    decide_at(emergency, friday, "release")
    decide_at(emergency, friday + timedelta(hours=20), "second_proofreading")
    with emergency.uow(SYSTEM, friday) as work:
        assert deadlines.recount(work, certain_too=True) == []  # a calendar has no say in it
    later = friday + timedelta(hours=26)
    with emergency.uow(emergency.person("proof3"), later) as work:
        page = pages.task_page(work, emergency.task("third_proofreading"))
        assert page.due is not None
        assert (page.due.at, page.due.state) == (friday + timedelta(hours=24), "overdue")
    with emergency.uow(emergency.person("inspector"), later) as work:
        _, late = registers.page(work, "overdue")
        assert {str(line.cells[3]) for line in late.rows} == {"读网核验", "三校"}


def decide_at(chain: Chain, at: datetime, stage: str) -> None:
    task_id = chain.task(stage)
    with chain.uow(chain.actor(stage), at) as work:
        assignments.claim(work, task_id)
        reviewing.decide(work, task_id, chain.form(work, task_id))
        work.commit()


def test_approval_and_later_passes_are_seen_at_a_glance(emergency: Chain) -> None:
    def glance() -> tuple[Emergency, dict[str, str]]:
        with emergency.read("inspector") as work:
            found = emergencies.of(work, pages.package_page(work, emergency.package_id))
            sheet = evidence_sheet.sheet(work, emergency.package_id)
            assert found is not None
            return found, {fact.code: fact.value.zh for fact in sheet.facts}

    emergency.until("release")
    seen, told = glance()
    assert seen.approved is not None
    assert (seen.approved.person, seen.approved.opinion) == ("柳主", "情况属实，同意应急。")
    assert seen.due is None
    assert told["approved"] == "柳主，2026年06月08日 09:00：情况属实，同意应急。"
    assert "later" not in told
    emergency.decide("release")
    emergency.decide("second_proofreading")
    seen, told = glance()
    assert [(one.element, one.state) for one in seen.later] == [
        ("second_proofreading", "done"),
        ("third_proofreading", "current"),
    ]
    with emergency.read() as work:
        alarm = work.session.scalars(
            sa.select(Timer.due_at).where(Timer.element_id == "later_overdue")
        ).one()
    assert seen.due is not None
    assert seen.due.at == alarm
    assert (
        told["later"] == "二校通过（2026年06月08日 09:00）；三校未办；限2026年06月09日 09:00前办完"
    )
    emergency.decide("third_proofreading")
    seen, told = glance()
    assert seen.due is None
    assert "限" not in told["later"]


def test_a_later_pass_that_was_taken_back_is_to_be_done(emergency: Chain) -> None:
    emergency.until("release").decide("release")
    emergency.decide("second_proofreading")
    with emergency.uow(emergency.actor("second_proofreading")) as work:
        taking_back.take_back(work, emergency.decisions()[-1].task_id, "看错了附件。")
        work.commit()
    with emergency.read("inspector") as work:
        sheet = evidence_sheet.sheet(work, emergency.package_id)
    (later,) = [fact.value.zh for fact in sheet.facts if fact.code == "later"]
    assert later == "二校未办；三校未办；限2026年06月09日 09:00前办完"


def test_nothing_of_an_emergency_is_shown_of_another_item(uow: OpenUow, county: County) -> None:
    chain = Chain(uow, county).submit()
    with chain.read("inspector") as work:
        assert emergencies.of(work, pages.package_page(work, chain.package_id)) is None


def test_later_passes_that_are_late_are_told_to_principal_and_inspector(
    emergency: Chain, uow: OpenUow, county: County
) -> None:
    emergency.until("release")
    emergency.decide("release")
    at = MONDAY + timedelta(hours=25)
    assert timers.sweep(lambda: uow(SYSTEM, at)).failed == 0
    with emergency.read() as work:
        entries = work.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "task.escalated")
        )
        told_to = {p for entry in entries for p in told_by(entry)["told"]}
    assert {county.people["principal"], county.people["inspector"]} <= told_to


def test_an_emergency_cannot_be_put_on_or_taken_off_on_the_way(
    emergency: Chain, uow: OpenUow, county: County
) -> None:
    emergency.decide("attribute_review", "return", reason_codes=("R15",))
    with pytest.raises(GateRefused, match="不能再取消应急"):
        emergency.revise("unchanged", lambda c: with_metadata(c, emergency=False))
    normal = Chain(uow, county, DRAFT).submit()
    normal.decide("attribute_review", "return", reason_codes=("R15",))
    with pytest.raises(GateRefused, match="不能中途改为应急"):
        normal.revise(
            "unchanged", lambda c: with_metadata(c, emergency=True, emergency_reason="突发")
        )


def test_the_final_gate_asks_for_what_the_profile_asks_for(emergency: Chain) -> None:
    """It does not believe the process: without the rows nothing goes out, whatever is open."""
    emergency.until("principal_review")
    with emergency.read() as work:
        package = work.session.get_one(Package, emergency.package_id)
        task = work.session.scalars(
            sa.select(UserTask).where(UserTask.element_id == "principal_review")
        ).one()
        case = work.session.get_one(ProcessInstance, task.instance_id)
        reasons = final_gate.refusals(final_gate.checks(work, package, case))
        assert [reason.code for reason in reasons] == ["principal_review"]


def test_what_was_put_right_after_the_release_stands_on_the_sheet(emergency: Chain) -> None:
    emergency.until("release")
    emergency.decide("release")
    emergency.decide("second_proofreading", "problem")
    emergency.decide("later_rectification", "fixed", opinion="已更正页面上的电话。")
    with emergency.read("inspector") as work:
        blocks = evidence_sheet.sheet(work, emergency.package_id).blocks
    done = [one for _, passes in blocks for one in passes if "电话" in str(one)]
    assert [one.outcome.zh for one in done] == ["已处理"]


# -- small office, and passes in turns -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "said"), [("small_office", "秦笔：拟稿、初审、一校"), ("default", "")]
)
def test_shared_posts_are_on_the_sheet_whichever_way_the_item_goes(
    uow: OpenUow, county: County, setting: str, said: str
) -> None:
    """A repost of a small office, whose drafter may do its first level there."""
    works = county.units["works"]
    with uow(SYSTEM) as work:
        organisation.set_separation(work, works, setting)
        if setting == "small_office":
            grants = [
                people.RoleGrant(role, works, MONDAY.date())
                for role in ("drafter", "first_reviewer", "first_proofreader")
            ]
            people.set_roles(work, county.people["drafter"], grants)
        work.commit()
    chain = Chain(uow, county, REPOST).submit()
    if setting == "small_office":
        chain.at |= {"first_review": "drafter", "first_proofreading": "drafter"}
    chain.until("release")
    with chain.read("inspector") as work:
        facts = evidence_sheet.sheet(work, chain.package_id).facts
    assert {fact.code: fact.value.zh for fact in facts}.get("shared", "") == said


def test_a_small_office_goes_in_turns_with_three_people(uow: OpenUow, county: County) -> None:
    """domain:C3 P-SMALL: at least three; each level's reviewer proofreads that level; all on record."""
    with uow(SYSTEM) as work:
        town = county.units["town"]
        organisation.set_separation(work, town, "small_office")
        work.commit()
    chain = Chain(uow, county)
    for login, name, roles in (
        ("t1", "镇一", ("drafter", "first_reviewer", "first_proofreader", "publisher")),
        ("t2", "镇二", ("confidentiality_reviewer", "second_reviewer", "second_proofreader")),
        ("t3", "镇三", ("final_reviewer", "third_proofreader")),
    ):
        with uow(SYSTEM) as work:
            person_id = factories.hire(work, login, name, town, *roles)
            work.commit()
        chain.hired[login] = Actor(str(person_id), name, role=roles[0])
    draft = with_metadata(issuer="清平县柳溪镇人民政府", document_number="柳政发〔2026〕3号")
    with uow(chain.person("t1")) as work:
        chain.package_id = drafting.create(work, draft).id
        digest = factories.current(work, chain.package_id).digest
        drafting.submit(work, chain.package_id, digest=digest)
        work.commit()
    chain.at |= {
        "confidentiality_review": "t2",
        "first_review": "t1",
        "first_proofreading": "t1",
        "second_review": "t2",
        "second_proofreading": "t2",
        "final_review": "t3",
        "third_proofreading": "t3",
        "release": "t1",
        "readback": "t1",
    }
    assert told(chain)["profile"] == "small_office"
    chain.until("nothing")
    assert chain.status() == "published"
    assert passes(chain) == [
        *("attribute_review", "confidentiality_review", "first_review", "first_proofreading"),
        *("second_review", "second_proofreading", "final_review", "third_proofreading"),
        *("release", "readback"),
    ]
    assert {row.separation for row in chain.decisions()} == {"small_office"}


def test_a_unit_may_lay_down_that_passes_take_turns(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        parameters.lay_down(
            work,
            county.units["works"],
            parameters.INTERLEAVED,
            value=1,
            strength="mandatory",
            effective_on=MONDAY.date(),
            basis="清建办〔2026〕1号",
        )
        work.commit()
    chain = Chain(uow, county).submit().until("first_proofreading")
    assert "second_review" not in passes(chain)
    assert told(chain)["profile"] == "interleaved"


# -- class B -------------------------------------------------------------------------------------------


@pytest.fixture
def important(uow: OpenUow, county: County) -> Chain:
    return Chain(uow, county, with_metadata(info_class="B")).submit()


def test_a_cosigned_item_is_signed_by_both(important: Chain) -> None:
    important.until("principal_review")
    assert passes(important)[-1] == "final_review"
    important.decide("principal_review")
    important.until("nothing")
    assert important.status() == "published"
    signed = [row.person_name for row in important.decisions() if "final" in row.stage]
    assert signed == ["钟定"]


def test_the_gate_misses_either_signature(important: Chain) -> None:
    important.until("release")
    with important.read() as work:
        package = work.session.get_one(Package, important.package_id)
        case = work.session.get_one(ProcessInstance, package.case_id)
        facts = final_gate.gather(work, package, case)
        for stage in ("final_review", "principal_review"):
            kept = facts.holds.decisions.pop(stage)
            assert stage in [r.code for r in final_gate.refusals(final_gate.judge(facts))]
            facts.holds.decisions[stage] = kept
        assert final_gate.refusals(final_gate.judge(facts)) == []
        assert current_version(work, package).id == facts.version.id


def test_one_person_does_not_sign_twice(important: Chain, uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        grants = [
            people.RoleGrant(role, county.units["county"])
            for role in ("final_reviewer", "principal")
        ]
        people.set_roles(work, county.people["final"], grants)
        work.commit()
    important.until("principal_review")
    important.at["principal_review"] = "final"
    with pytest.raises(EngineError, match="两道签发由两人分别签"):
        important.decide("principal_review")


def test_a_returned_cosignature_leaves_the_deputys_standing(important: Chain) -> None:
    important.until("principal_review")
    important.decide("principal_review", "return")
    important.revise("t1", body("请遵照执行", "请认真执行"))
    assert important.open() == ["principal_review"]
    with important.read() as work:
        rows = work.session.scalars(
            sa.select(Decision).where(
                Decision.package_id == important.package_id, Decision.stage == "final_review"
            )
        )
        assert [row.voided_at for row in rows] == [None]


def test_what_is_kept_inside_never_reaches_the_public_page(uow: OpenUow, county: County) -> None:
    """The plan for the public's reaction and the copy of the original travel with the item and stay inside."""
    inside = {"opinion_plan": "由办公室统一回应。", "source_text": "留存的底稿一份。"}
    chain = Chain(uow, county, with_metadata(info_class="C", **inside)).submit()
    chain.at["sign_confirmation"] = "principal"
    chain.until("nothing")
    with chain.read() as work:
        slug = work.session.scalars(sa.select(Publication.slug)).one()
        page = repr(publishing.by_slug(work, slug))
    assert "增设小区路灯" in page
    assert not [text for text in inside.values() if text in page]
