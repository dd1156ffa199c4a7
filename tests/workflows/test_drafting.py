"""Drafting, submitting, resubmitting and cancelling, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from engine import user_tasks
from engine.database import SYSTEM, UnitOfWork
from engine.models import AuditEntry, ProcessInstance
from tests import factories
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, with_body, with_metadata
from workflows import assignments, content, draft_limits, drafting, files, people
from workflows.errors import (
    DocumentChanged,
    FileRefused,
    GateRefused,
    NotFound,
    NotPermitted,
    Refused,
)
from workflows.models import Decision, Package, PackageVersion, StoredFile


def created(uow: OpenUow, county: County, draft: content.Content = DRAFT) -> int:
    with uow(county.actor("drafter")) as work:
        package_id = drafting.create(work, draft).id
        work.commit()
    return package_id


def submitted(uow: OpenUow, county: County) -> int:
    package_id = created(uow, county)
    with uow(county.actor("drafter")) as work:
        drafting.submit(work, package_id, digest=factories.current(work, package_id).digest)
        work.commit()
    return package_id


def returned(uow: OpenUow, county: County) -> tuple[int, int]:
    """A package returned by attribute review; its id and that of the open revision task."""
    package_id = submitted(uow, county)
    with uow(county.actor("ogi")) as work:
        package = work.session.get_one(Package, package_id)
        task = user_tasks.for_case(work, package.case_id or 0)[0]
        user_tasks.claim(work, task.id)
        version = factories.current(work, package_id)
        work.session.add(
            Decision(
                package_id=package_id,
                case_id=package.case_id,
                task_id=task.id,
                stage="attribute_review",
                outcome="return",
                person_id=county.people["ogi"],
                person_name="孟开",
                version_id=version.id,
                digest=version.digest,
                opinion="请写明目录事项。",
                at=work.now,
            )
        )
        applied = user_tasks.complete(work, task.id, "return")
        package.status = "returned"
        task_id = applied.opened[0].id
        work.commit()
    return package_id, task_id


def actions(work: UnitOfWork, subject: str) -> list[str]:
    wanted = sa.select(AuditEntry.action).where(AuditEntry.subject == subject)
    return list(work.session.scalars(wanted.order_by(AuditEntry.id)))


def test_new_package_has_number_first_version_and_entry(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county)
    with uow(county.actor("drafter")) as work:
        package = work.session.get_one(Package, package_id)
        version = factories.current(work, package_id)
        facts = content.parse(version.content).metadata
        assert (package.number, package.status, package.attribute) == (
            "2026-000001",
            "draft",
            "proactive",
        )
        assert (version.number, version.digest) == (1, content.digest(version.content))
        assert (facts.unit, facts.drafter) == ("清平县城市建设局", "秦笔")
        assert str(facts.disclosure_due) == "2026-06-30"  # twenty working days, one holiday between
        assert actions(work, package.business_key) == ["package.created"]


def test_numbers_of_a_year_run_on(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        numbers = [drafting.create(work, DRAFT).number for _ in range(3)]
    assert numbers == ["2026-000001", "2026-000002", "2026-000003"]


@pytest.mark.parametrize("login", ["first", "ogi", "inspector", "sysadmin"])
def test_only_drafters_create(uow: OpenUow, county: County, login: str) -> None:
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        drafting.create(work, DRAFT)


def test_unchanged_save_makes_no_version(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county)
    with uow(county.actor("drafter")) as work:
        before = factories.current(work, package_id)
        assert drafting.save(work, package_id, DRAFT, base_version=1).id == before.id
        changed = with_body("请沿线", "请 沿线")
        assert drafting.save(work, package_id, changed, base_version=1).number == 2
        assert actions(work, f"package:{package_id}") == ["package.created", "package.saved"]


def test_stale_save_is_told_and_changes_nothing(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county)
    with uow(county.actor("drafter")) as work:
        drafting.save(work, package_id, with_metadata(column="工作动态"), base_version=1)
        with pytest.raises(DocumentChanged):
            drafting.save(work, package_id, with_metadata(column="别处"), base_version=1)
        assert factories.current(work, package_id).number == 2


def test_body_is_stored_clean(uow: OpenUow, county: County) -> None:
    nasty = (
        DRAFT.body_html
        + '<script>alert(1)</script><p onclick="x()">甲<a href="javascript:x">乙</a></p>'
    )
    package_id = created(uow, county, replace(DRAFT, body_html=nasty))
    with uow(county.actor("drafter")) as work:
        body = content.parse(factories.current(work, package_id).content).body_html
    assert "script" not in body
    assert "onclick" not in body
    assert "<p>甲<a" in body


@pytest.mark.parametrize(
    ("draft", "word"),
    [
        (with_metadata(title="长" * 10_000), "10,000 字，最多 200 字"),
        (replace(DRAFT, body_html="<p>" + "字" * 600_000 + "</p>"), "最多 500,000 个"),
        (with_metadata(issuer="局" * 400), "最多 300 字"),
        (replace(DRAFT, attachments=tuple(content.AttachmentRef("sha256:0", str(n), "t", 1) for n in range(51))), "不超过 50 件"),
    ],
    ids=["title", "body", "field", "attachments"],
)  # fmt: skip
def test_too_much_is_refused_in_a_sentence(
    uow: OpenUow, county: County, draft: content.Content, word: str
) -> None:
    with uow(county.actor("drafter")) as work, pytest.raises(Refused) as refusal:
        drafting.create(work, draft)
    assert word in str(refusal.value)


def test_submission_starts_one_case_and_a_second_one_is_refused(
    uow: OpenUow, county: County
) -> None:
    package_id = submitted(uow, county)
    with uow(county.actor("drafter")) as work:
        package = work.session.get_one(Package, package_id)
        assert package.status == "in_review"
        assert [task.element_id for task in user_tasks.for_case(work, package.case_id or 0)] == [
            "attribute_review"
        ]
        with pytest.raises(NotPermitted):
            drafting.submit(work, package_id, digest=factories.current(work, package_id).digest)
        assert work.session.scalar(sa.select(sa.func.count()).select_from(ProcessInstance)) == 1


def test_submission_of_another_text_than_shown_is_refused(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county)
    with uow(county.actor("drafter")) as work, pytest.raises(DocumentChanged):
        drafting.submit(work, package_id, digest="sha256:0")


def test_gate_refusal_lists_everything_starts_nothing_and_is_recorded(
    uow: OpenUow, county: County
) -> None:
    package_id = created(uow, county, content.Content(metadata=content.Metadata(title="甲")))
    with uow(county.actor("drafter")) as work:
        with pytest.raises(GateRefused) as refusal:
            drafting.submit(work, package_id, digest=factories.current(work, package_id).digest)
        assert len(refusal.value.reasons) > 10
        work.session.rollback()
        drafting.record_refusal(work, package_id, refusal.value.reasons)
        work.commit()
    with uow(county.actor("drafter")) as work:
        package = work.session.get_one(Package, package_id)
        assert (package.status, package.case_id) == ("draft", None)
        assert actions(work, package.business_key)[-1] == "package.refused_at_gate"


@pytest.mark.parametrize("login", ["drafter2", "first", "head"])
def test_colleagues_see_but_do_not_edit_or_submit(uow: OpenUow, county: County, login: str) -> None:
    package_id = created(uow, county)
    with uow(county.actor(login)) as work:
        with pytest.raises(NotPermitted):
            drafting.save(work, package_id, DRAFT, base_version=1)
        with pytest.raises(NotPermitted):
            drafting.submit(work, package_id, digest="sha256:0")


def test_package_of_others_looks_missing(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county)
    with uow(county.actor("ogi")) as work:
        for wrong in (package_id, package_id + 999):
            with pytest.raises(NotFound) as refusal:
                drafting.save(work, wrong, DRAFT, base_version=1)
            assert str(refusal.value) == "没有找到，或者您无权查看。"


def test_nothing_is_edited_while_under_review(uow: OpenUow, county: County) -> None:
    package_id = submitted(uow, county)
    with uow(county.actor("drafter")) as work, pytest.raises(NotPermitted) as refusal:
        drafting.save(work, package_id, with_metadata(column="别处"), base_version=1)
    assert "办理中" in str(refusal.value)


NUMBER = with_body("360盏", "380盏")
PARAGRAPH = with_body("<p>施工期间请沿线单位让出作业面。</p>\n", "")
TYPO = with_body("让出作业面", "让出作业场地")
COLUMN = with_metadata(column="工作动态")


@pytest.mark.parametrize(
    ("draft", "chosen", "allowed"),
    [
        (DRAFT, "unchanged", True),
        (DRAFT, "t1", False),
        (DRAFT, "t3", False),
        (COLUMN, "unchanged", True),
        (COLUMN, "t2", False),
        (TYPO, "unchanged", False),
        (TYPO, "t1", True),
        (TYPO, "t2", True),
        (TYPO, "t3", True),
        (NUMBER, "unchanged", False),
        (NUMBER, "t1", False),
        (NUMBER, "t2", True),
        (NUMBER, "t3", True),
        (PARAGRAPH, "t1", False),
        (PARAGRAPH, "t2", False),
        (PARAGRAPH, "t3", True),
        (TYPO, "t9", False),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_class_of_change_is_at_least_what_a_machine_sees(
    uow: OpenUow, county: County, draft: content.Content, chosen: str, allowed: bool
) -> None:
    package_id, task_id = returned(uow, county)
    with uow(county.actor("drafter")) as work:
        version = drafting.save(work, package_id, draft, base_version=1)
        answer = {"change_class": chosen, "digest": version.digest, "note": "已按意见核对。"}
        if not allowed:
            with pytest.raises(Refused):
                drafting.resubmit(work, task_id, **answer)
            return
        package = drafting.resubmit(work, task_id, **answer)
        assert package.status == "in_review"
        decision = work.session.scalars(
            sa.select(Decision).where(Decision.task_id == task_id)
        ).one()
        assert (decision.stage, decision.outcome, decision.digest) == (
            "revise",
            chosen,
            version.digest,
        )
        assert actions(work, package.business_key)[-1] == "package.resubmitted"


def test_unchanged_resubmission_needs_a_note(uow: OpenUow, county: County) -> None:
    package_id, task_id = returned(uow, county)
    with uow(county.actor("drafter")) as work:
        digest = factories.current(work, package_id).digest
        with pytest.raises(Refused) as refusal:
            drafting.resubmit(work, task_id, change_class="unchanged", digest=digest)
    assert "写明理由" in str(refusal.value)


def test_resubmission_passes_the_gates_again(uow: OpenUow, county: County) -> None:
    package_id, task_id = returned(uow, county)
    with uow(county.actor("drafter")) as work:
        version = drafting.save(
            work,
            package_id,
            replace(DRAFT, interpretation=content.Interpretation()),
            base_version=1,
        )
        with pytest.raises(GateRefused):
            drafting.resubmit(work, task_id, change_class="t3", digest=version.digest)


def test_resubmission_is_the_drafters_own(uow: OpenUow, county: County) -> None:
    package_id, task_id = returned(uow, county)
    for login, kind in (("drafter2", NotPermitted), ("secrecy", NotFound)):
        with uow(county.actor(login)) as work:
            digest = factories.current(work, package_id).digest
            with pytest.raises(kind):
                drafting.resubmit(work, task_id, change_class="unchanged", digest=digest, note="x")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("让出作业面", "让出作业场地", None),
        ("让出作业面", "让出作业面", "没有任何改动"),
        ("360盏", "380盏", "事实性修改"),
        ("<p>（此件公开发布）</p>", "", "实质性修改"),
    ],
)
def test_proofreader_corrects_technically_or_not_at_all(
    uow: OpenUow, county: County, old: str, new: str, kind: str | None
) -> None:
    package_id = submitted(uow, county)
    with uow(county.actor("proof1")) as work:
        package = work.session.get_one(Package, package_id)
        body = DRAFT.body_html.replace(old, new)
        if kind is None:
            version = drafting.correct(work, package, body)
            assert (version.number, version.change_class, version.created_by) == (
                2,
                "t1",
                county.people["proof1"],
            )
            return
        with pytest.raises(Refused) as refusal:
            drafting.correct(work, package, body)
        assert kind in str(refusal.value)


@pytest.mark.parametrize("stage", ["draft", "in_review", "returned"])
@pytest.mark.parametrize("login", ["drafter", "head"])
def test_item_is_cancelled_with_a_reason(
    uow: OpenUow, county: County, stage: str, login: str
) -> None:
    package_id = {
        "draft": lambda: created(uow, county),
        "in_review": lambda: submitted(uow, county),
        "returned": lambda: returned(uow, county)[0],
    }[stage]()
    with uow(county.actor(login)) as work:
        with pytest.raises(Refused):
            drafting.cancel(work, package_id, "  ")
        package = drafting.cancel(work, package_id, "事项已取消")
        assert package.status == "cancelled"
        if package.case_id is not None:
            assert all(t.status != "open" for t in user_tasks.for_case(work, package.case_id))
        assert "package.cancelled" in actions(work, package.business_key)
        work.commit()
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        drafting.cancel(work, package_id, "再来一次")


@pytest.mark.parametrize(
    ("stage", "login", "status", "ended_as"),
    [
        (
            "returned",
            "drafter",
            "ended",
            "cancelled",
        ),  # the revision is theirs: the model's way out
        ("returned", "head", "cancelled", None),  # it is not: the case is ended from outside
        ("in_review", "drafter", "cancelled", None),
    ],
)
def test_who_holds_the_revision_cancels_through_the_model(
    uow: OpenUow, county: County, stage: str, login: str, status: str, ended_as: str | None
) -> None:
    package_id = submitted(uow, county) if stage == "in_review" else returned(uow, county)[0]
    with uow(county.actor(login)) as work:
        package = drafting.cancel(work, package_id, "事项已取消")
        case = work.session.get_one(ProcessInstance, package.case_id)
        assert (case.status, case.ended_as) == (status, ended_as)
        assert package.status == "cancelled"
        done = work.session.scalars(sa.select(Decision).where(Decision.stage == "revise")).all()
        assert [(row.outcome, row.opinion) for row in done] == (
            [("cancel", "事项已取消")] if ended_as else []
        )
        work.commit()


def test_revision_handed_on_is_not_cancelled_by_its_holder(uow: OpenUow, county: County) -> None:
    """Holding the revision is not enough: domain:C3 names the drafter and the head of the section."""
    package_id, task_id = returned(uow, county)
    with uow(county.actor("head")) as work:
        assignments.reassign(work, task_id, county.people["drafter2"], "秦笔出差。")
        work.commit()
    with uow(county.actor("drafter2")) as work, pytest.raises(NotPermitted):
        drafting.cancel(work, package_id, "不写了")
    with uow(county.actor("drafter")) as work:
        package = drafting.cancel(work, package_id, "事项已取消")
        assert work.session.get_one(ProcessInstance, package.case_id).status == "cancelled"


def test_a_reason_has_a_limit_in_every_verb(uow: OpenUow, county: County) -> None:
    package_id, task_id = returned(uow, county)
    endless = "长" * (draft_limits.MOST_REASON + 1)
    with uow(county.actor("drafter")) as work:
        digest = factories.current(work, package_id).digest
        acts: list[Callable[[], object]] = [
            lambda: drafting.cancel(work, package_id, endless),
            lambda: drafting.save(
                work, package_id, with_body("360", "380"), base_version=1, note=endless
            ),
            lambda: drafting.resubmit(
                work, task_id, change_class="unchanged", digest=digest, note=endless
            ),
            lambda: assignments.reassign(work, task_id, county.people["drafter2"], endless),
        ]
        for act in acts:
            with pytest.raises(Refused) as refusal:
                act()
            assert [reason.code for reason in refusal.value.reasons] == ["too_long"]


@pytest.mark.parametrize(
    ("draft", "name"),
    [
        (with_metadata(title="长" * 201), "title"),
        (
            replace(
                DRAFT,
                interpretation=replace(
                    DRAFT.interpretation, materials=(content.Material("video", "长" * 301),)
                ),
            ),
            "title",
        ),
        (with_metadata(issuer="长" * 301), "issuer"),
    ],
)
def test_every_field_has_a_limit(draft: content.Content, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        draft_limits.ensure(draft)
    assert [reason.code for reason in refusal.value.reasons] == [name]


@pytest.mark.parametrize("year", [1, 1948, 2101, 9999])
def test_an_impossible_date_is_kept_and_has_no_deadline(
    uow: OpenUow, county: County, year: int
) -> None:
    package_id = created(uow, county, with_metadata(dated_on=date(year, 12, 31)))
    with uow(county.actor("drafter")) as work:
        facts = content.parse(factories.current(work, package_id).content).metadata
        assert facts.disclosure_due is None
        reasons = [
            r.zh for gate in drafting.submission_gates(work, package_id) for r in gate.reasons
        ]
        assert any(f"成文日期是 {year} 年" in reason for reason in reasons)


def test_nul_in_a_typed_field_is_left_out(uow: OpenUow, county: County) -> None:
    package_id = created(uow, county, with_metadata(title="关于\x00路灯的通知"))
    with uow(county.actor("drafter")) as work:
        assert work.session.get_one(Package, package_id).title == "关于路灯的通知"


def test_cancelling_is_not_for_reviewers(uow: OpenUow, county: County) -> None:
    package_id = submitted(uow, county)
    with uow(county.actor("first")) as work, pytest.raises(NotPermitted):
        drafting.cancel(work, package_id, "不想看")


def test_file_is_kept_once_and_read_only_through_its_package(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        stored = drafting.store_file(work, "C:\\表格\\路灯点位.txt", "甲 12".encode())
        again = drafting.store_file(work, "别名.txt", "甲 12".encode())
        assert stored.digest == again.digest
        ref = files.reference(stored, "C:\\表格\\路灯点位.txt")
        assert ref.name == "路灯点位.txt"
        package_id = drafting.create(work, replace(DRAFT, attachments=(ref,))).id
        digest = stored.digest
        work.commit()
    with uow(county.actor("first")) as work:
        name, media_type, data = files.attachment(work, package_id, digest)
        assert (name, media_type.split(";")[0], data) == (
            "路灯点位.txt",
            "text/plain",
            "甲 12".encode(),
        )
        with pytest.raises(NotFound):
            files.attachment(work, package_id, "sha256:other")
    with uow(county.actor("ogi")) as work, pytest.raises(NotFound):
        files.attachment(work, package_id, digest)


def test_program_is_not_kept_as_a_file(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        with pytest.raises(FileRefused):
            drafting.store_file(work, "附件.pdf", b"MZ\x90\x00" + b"\0" * 100)
        assert work.session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE package_version SET content = 'x'",
        "DELETE FROM package_version",
        "UPDATE decision SET opinion = 'x'",
        "UPDATE decision SET outcome = 'pass'",
        "DELETE FROM decision",
    ],
)
def test_content_is_append_only(uow: OpenUow, county: County, statement: str) -> None:
    returned(uow, county)
    with uow(SYSTEM) as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        work.session.execute(sa.text(statement))


def test_stored_bytes_are_append_only(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        drafting.store_file(work, "甲.txt", b"abc")
        work.commit()
    for statement in ("UPDATE stored_file SET size = 1", "DELETE FROM stored_file"):
        with uow(SYSTEM) as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
            work.session.execute(sa.text(statement))


def test_decision_is_voided_once_and_never_revived(uow: OpenUow, county: County) -> None:
    returned(uow, county)
    void = "UPDATE decision SET voided_at = '2026-06-09 00:00:00', voided_by = 'change_t3', voided_reason = 'x'"
    with uow(SYSTEM) as work:
        work.session.execute(sa.text(void))
        work.commit()
    revive = "UPDATE decision SET voided_at = NULL, voided_by = NULL, voided_reason = NULL"
    with uow(SYSTEM) as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        work.session.execute(sa.text(revive))


def test_decision_on_a_digest_that_is_not_its_versions_is_refused_by_the_database(
    uow: OpenUow, county: County
) -> None:
    package_id = submitted(uow, county)
    with uow(county.actor("ogi")) as work:
        version = factories.current(work, package_id)
        package = work.session.get_one(Package, package_id)
        work.session.add(
            Decision(
                package_id=package_id,
                case_id=package.case_id,
                task_id=1,
                stage="attribute_review",
                outcome="proactive",
                person_id=county.people["ogi"],
                person_name="孟开",
                version_id=version.id,
                digest="sha256:" + "0" * 64,
                at=MONDAY,
            )
        )
        with pytest.raises(sa.exc.IntegrityError):
            work.session.flush()


def test_published_without_proactive_is_refused_by_the_database(
    uow: OpenUow, county: County
) -> None:
    package_id = submitted(uow, county)
    with uow(SYSTEM) as work:
        package = work.session.get_one(Package, package_id)
        package.attribute, package.status = "on_request", "published"
        with pytest.raises(sa.exc.IntegrityError, match="published_implies_proactive"):
            work.session.flush()


def test_role_lost_means_no_more_drafts(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work:
        people.set_roles(work, county.people["drafter"], [])
        work.commit()
    with uow(county.actor("drafter")) as work, pytest.raises(NotPermitted):
        drafting.create(work, DRAFT)
    with uow(SYSTEM) as work:
        assert work.session.scalar(sa.select(sa.func.count()).select_from(PackageVersion)) == 0
