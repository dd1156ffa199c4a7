"""Where the rows of each register come from: its query, its order, and its cells; one place per register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import overrides, permissions, touched, voiding
from workflows.models import Decision, Override, Package, Person, Publication, ReturnNotice, Unit
from workflows.open_tasks import stage_name
from workflows.paging import AnySelect, Order
from workflows.vocabulary import (
    CHANGE_CLASSES,
    OUTCOMES,
    PACKAGE_STATUSES,
    RETURN_REASONS,
    SENT_BACK,
    Term,
)

Cell: TypeAlias = "Sentence | datetime | date | int | str | None"


@dataclass(frozen=True, slots=True)
class Register:
    """What a register is called, what it holds, and what stands above its columns."""

    code: str
    name: Sentence
    about: Sentence
    columns: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a register's rows come from. Every query selects its own row, the package and its unit's name.

    `stage`, `reasons` and `since` are the columns by which it can be narrowed, where it has such.
    """

    register: Register
    query: Callable[[UnitOfWork], AnySelect]
    order: Order
    key: Callable[[Any], tuple[datetime, int]]
    cells: Callable[[UnitOfWork, Any], tuple[Cell, ...]]
    stage: sa.ColumnElement[str] | None = None
    reasons: sa.ColumnElement[Any] | None = None
    since: sa.ColumnElement[datetime] | None = None


def _tasks(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(UserTask, Package, Unit.name, Person.name)
        .join(Package, Package.case_id == UserTask.instance_id)
        .join(Unit, Unit.id == Package.unit_id)
        .outerjoin(Person, Person.id == sa.cast(UserTask.assignee_id, sa.Integer))
        .where(UserTask.status == "open", permissions.visible(uow))
    )


def _overdue(uow: UnitOfWork) -> AnySelect:
    return _tasks(uow).where(UserTask.due_at.is_not(None), UserTask.due_at < uow.now)


def decisions(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(Decision, Package, Unit.name)
        .join(Package, Package.id == Decision.package_id)
        .join(Unit, Unit.id == Package.unit_id)
        .where(permissions.visible(uow))
    )


def _returned(uow: UnitOfWork) -> AnySelect:
    return decisions(uow).where(Decision.outcome.in_(sorted(SENT_BACK)))


def _voided(uow: UnitOfWork) -> AnySelect:
    return decisions(uow).where(Decision.voided_at.is_not(None))


def _classed_low(uow: UnitOfWork) -> AnySelect:
    """domain:C5: confirmed below the class that was proposed; a correction is T1."""
    proposed = Decision.parts["proposed"].as_string()
    technical = sa.and_(Decision.outcome.in_(("t1", "corrected")), proposed.in_(("t2", "t3")))
    factual = sa.and_(Decision.outcome == "t2", proposed == "t3")
    return decisions(uow).where(sa.or_(technical, factual))


def _small_office(uow: UnitOfWork) -> AnySelect:
    return decisions(uow).where(Decision.separation == "small_office")


def _notices(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(ReturnNotice, Package, Unit.name)
        .join(Package, Package.id == ReturnNotice.package_id)
        .join(Unit, Unit.id == ReturnNotice.unit_id)
        .where(permissions.visible(uow))
    )


def _overrides(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(Override, Package, Unit.name, Person.name)
        .join(Package, Package.id == Override.package_id)
        .join(Unit, Unit.id == Package.unit_id)
        .join(Person, Person.id == Override.allowed_by)
        .where(permissions.visible(uow))
    )


def _late(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(Publication, Package, Unit.name)
        .join(Package, Package.id == Publication.package_id)
        .join(Unit, Unit.id == Package.unit_id)
        .where(Publication.late_reason != "", permissions.visible(uow))
    )


def _not_published(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(Package, Package, Unit.name)
        .join(Unit, Unit.id == Package.unit_id)
        .where(Package.status.in_(("on_request", "not_disclosed")), permissions.visible(uow))
    )


def _task_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    task, package, unit, holder = row
    days = (local_date(uow.now) - local_date(task.opened_at)).days
    late = max(0, (local_date(uow.now) - local_date(task.due_at)).days) if task.due_at else 0
    stage = stage_name(task.element_id, task.name)
    return (
        package.number,
        package.title,
        unit,
        stage,
        holder or Sentence("待认领", "unclaimed"),
        task.opened_at,
        days,
        task.due_at,
        late,
    )


def decision_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision, package, unit = row
    return (
        package.number,
        package.title,
        unit,
        stage_name(decision.stage, decision.stage),
        _say(OUTCOMES, decision.outcome),
        decision.person_name,
        decision.at,
    )


def standing(decision: Decision) -> Cell:
    """效力: a register is evidence and leaves out nothing, but says of each row whether it still counts."""
    if voiding.taken_back(decision):
        return Sentence("已撤回", "taken back")
    return Sentence("已作废", "voided") if decision.voided_at else ""


def _returned_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision = row[0]
    reasons = _reasons(decision.reason_codes)
    return (*decision_cells(uow, row), reasons, decision.opinion, standing(decision))


def _small_office_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    return (*decision_cells(uow, row), standing(row[0]))


def _voided_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision = row[0]
    why = voiding.because(decision.voided_by)
    return (*decision_cells(uow, row), decision.voided_at, why)


def _classed_low_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision = row[0]
    kinds = decision.parts.get("touched", [])
    proposed = _say(CHANGE_CLASSES, str(decision.parts.get("proposed", "")))
    return (*decision_cells(uow, row), proposed, touched.told(kinds), decision.opinion)


def _notice_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    notice, package, unit = row
    return (
        notice.number,
        package.number,
        package.title,
        unit,
        _reasons(notice.items),
        notice.issued_at,
    )


def _override_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    override, package, unit, person = row
    shown = overrides.told(override, person)
    return (
        *(package.number, package.title, unit, shown.rule, shown.required, shown.found),
        *(shown.reason, shown.person, shown.role, shown.opinion, shown.at),
    )


def _late_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    publication, package, unit = row
    out = local_date(publication.published_at)
    days = (out - publication.due_on).days if publication.due_on else 0
    return (
        package.number,
        package.title,
        unit,
        publication.due_on,
        out,
        days,
        publication.late_reason,
    )


def _not_published_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    package, _, unit = row
    status = _say(PACKAGE_STATUSES, package.status)
    return (package.number, package.title, unit, status, package.submitted_at, package.review_on)


def _say(terms: Mapping[str, Term], code: str) -> Sentence:
    term = terms.get(code)
    return term.sentence if term else Sentence(code, code)


def _reasons(codes: Sequence[object]) -> Sentence:
    terms = [RETURN_REASONS[str(code)] for code in codes if str(code) in RETURN_REASONS]
    return Sentence("、".join(t.zh for t in terms), ", ".join(t.en for t in terms))


def columns(*pairs: tuple[str, str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(zh, en) for zh, en in pairs)


ITEM = (("流转单号", "Number"), ("标题", "Title"), ("单位", "Unit"), ("环节", "Stage"))
_TASK = columns(
    *ITEM, ("在谁手上", "With"), ("收到", "Since"), ("已过天数", "Days"), ("时限", "Deadline"),
    ("超期天数", "Days late"),
)  # fmt: skip
DECIDED = (*ITEM, ("结论", "Outcome"), ("办理人", "By"), ("办理时间", "At"))
STANDING = ("效力", "Standing")
_BY_TASK = (
    Order(UserTask.opened_at.expression, UserTask.id.expression),
    lambda row: (row[0].opened_at, row[0].id),
)
BY_DECISION = (
    Order(Decision.at.expression, Decision.id.expression, newest_first=True),
    lambda row: (row[0].at, row[0].id),
)
NARROWED_DECISIONS = (Decision.stage.expression, Decision.reason_codes.expression)
SOURCES: Mapping[str, Source] = {
    source.register.code: source
    for source in (
        Source(
            Register(
                "in_progress",
                Sentence("在办件", "Under way"),
                Sentence("正在办理的每一项任务，等得最久的在前。", "Every open task, the longest waiting first."),
                _TASK,
            ),
            _tasks, *_BY_TASK, _task_cells, UserTask.element_id.expression, None,
            UserTask.opened_at.expression,
        ),
        Source(
            Register(
                "overdue",
                Sentence("超期件", "Overdue"),
                Sentence("过了时限还没有办结的任务。", "Tasks past their deadline."),
                _TASK,
            ),
            _overdue, *_BY_TASK, _task_cells, UserTask.element_id.expression, None,
            UserTask.opened_at.expression,
        ),
        Source(
            Register(
                "returned",
                Sentence("退回登记", "Returns"),
                Sentence(
                    "每一次退回：谁退的，为什么；后来撤回的，在“效力”栏标明。",
                    "Every return: by whom and why; one that was taken back says so.",
                ),
                columns(*DECIDED, ("退回原因", "Reasons"), ("意见", "Opinion"), STANDING),
            ),
            _returned, *BY_DECISION, _returned_cells, *NARROWED_DECISIONS,
        ),
        Source(
            Register(
                "return_notices",
                Sentence("退文登记", "Return notices"),
                Sentence("发出的退文通知（缺项退文）。", "Numbered return notices for want of material."),
                columns(("退文编号", "Notice"), *ITEM[:3], ("缺项", "Missing"), ("发出时间", "Issued")),
            ),
            _notices,
            Order(ReturnNotice.issued_at.expression, ReturnNotice.id.expression, newest_first=True),
            lambda row: (row[0].issued_at, row[0].id),
            _notice_cells,
            None,
            ReturnNotice.items.expression,
        ),
        Source(
            Register(
                "voided",
                Sentence("作废的决定", "Voided decisions"),
                Sentence("已作出、后来不算数的决定，以及为什么。", "Decisions that no longer count, and why."),
                columns(*DECIDED, ("作废时间", "Voided"), ("作废原因", "Why")),
            ),
            _voided, *BY_DECISION, _voided_cells, NARROWED_DECISIONS[0],
        ),
        Source(
            Register(
                "classed_low",
                Sentence("低于建议定级的修改", "Changes classed below the proposal"),
                Sentence(
                    "修改类别定得低于系统按改动内容提出的建议；改动本身在该件的版本比较里。",
                    "Changes given a lower class than was proposed by what they touch; the item's page compares the versions.",
                ),
                columns(*DECIDED, ("系统建议", "Proposed"), ("涉及", "Touches"), ("理由", "Reason")),
            ),
            _classed_low, *BY_DECISION, _classed_low_cells, NARROWED_DECISIONS[0],
        ),
        Source(
            Register(
                "small_office",
                Sentence("小单位岗位合并", "Small-office separation"),
                Sentence(
                    "按“小单位”岗位分离方式作出的决定。",
                    "Decisions made under the small-office separation of duties.",
                ),
                columns(*DECIDED, STANDING),
            ),
            _small_office, *BY_DECISION, _small_office_cells, NARROWED_DECISIONS[0],
        ),
        Source(
            Register(
                "overrides",
                Sentence("原则性规定的例外", "Exceptions in principle"),
                Sentence("“原则上”的规定没有做到、经负责人同意放行的。", "Rules in principle that were not kept, and who let it pass."),
                columns(*ITEM[:3], ("规则", "Rule"), ("规定", "Required"), ("实为", "Found"),
                         ("拟稿人的理由", "Drafter's reason"), ("同意人", "Allowed by"), ("身份", "As"),
                         ("意见", "Opinion"), ("时间", "At")),
            ),
            _overrides,
            Order(Override.at.expression, Override.id.expression, newest_first=True),
            lambda row: (row[0].at, row[0].id),
            _override_cells,
        ),
        Source(
            Register(
                "late_releases",
                Sentence("超期公开", "Late releases"),
                Sentence("过了应公开截止日才发布的，以及理由。", "Released after the day of disclosure, and why."),
                columns(*ITEM[:3], ("应公开截止日", "Due on"), ("发布日期", "Released on"), ("超期天数", "Days late"), ("理由", "Reason")),
            ),
            _late,
            Order(Publication.published_at.expression, Publication.id.expression, newest_first=True),
            lambda row: (row[0].published_at, row[0].id),
            _late_cells,
        ),
        Source(
            Register(
                "not_published",
                Sentence("依申请公开与不予公开", "On request and not disclosed"),
                Sentence("登记在册、不主动公开的件，以及复查日期。", "Registered items, with their date of review."),
                columns(*ITEM[:3], ("登记为", "Registered as"), ("送审时间", "Submitted"), ("复查日期", "Review on")),
            ),
            _not_published,
            Order(Package.created_at.expression, Package.id.expression, newest_first=True),
            lambda row: (row[0].created_at, row[0].id),
            _not_published_cells,
        ),
    )
}  # fmt: skip
