"""Registers 台账 for inspectors: what is under way, returned, overdue, voided, registered; on a page or as a table.

Each is one query over what the actor may see. A page costs one statement whatever its length; the table
has every row, and that it was taken out is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import events, paging, permissions
from workflows.errors import NotFound
from workflows.models import Decision, Package, Person, ReturnNotice, Unit
from workflows.open_tasks import stage_name
from workflows.paging import FIRST, AnySelect, Order, Place
from workflows.read_models import Page
from workflows.vocabulary import OUTCOMES, PACKAGE_STATUSES, RETURN_REASONS, SENT_BACK, Term

Cell: TypeAlias = "Sentence | datetime | date | int | str | None"
#: A table longer than this is taken out in parts, by unit.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the item it is about, and its cells in the order of the register's columns."""

    package_id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """What a register is called, what it holds, and what stands above its columns."""

    code: str
    name: Sentence
    about: Sentence
    columns: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a register's rows come from. Every query selects its own row, the package and its unit's name."""

    register: Register
    query: Callable[[UnitOfWork], AnySelect]
    order: Order
    key: Callable[[Any], tuple[datetime, int]]
    cells: Callable[[UnitOfWork, Any], tuple[Cell, ...]]


def registers() -> list[Register]:
    """All of them, in the order in which an inspector goes through them."""
    return [source.register for source in _SOURCES.values()]


def page(uow: UnitOfWork, code: str, place: Place = FIRST) -> tuple[Register, Page[Line]]:
    """One screen of a register; raises NotFound for an unknown one."""
    source = _allowed(uow, code)
    raw = paging.page(uow, source.query(uow), source.order, place, source.key)
    return source.register, paging.mapped(raw, lambda row: _line(uow, source, row))


def whole(uow: UnitOfWork, code: str) -> tuple[Register, list[Line]]:
    """Every row, up to MOST."""
    source = _allowed(uow, code)
    way = sa.desc if source.order.newest_first else sa.asc
    query = source.query(uow).order_by(way(source.order.instant), way(source.order.key))
    rows = uow.session.execute(query.limit(MOST))
    return source.register, [_line(uow, source, row) for row in rows]


def record_export(uow: UnitOfWork, register: Register, form: str, rows: int) -> None:
    """That somebody took a table out of the house."""
    permissions.ensure(permissions.inspection_refusals(uow))
    data = {
        "register": register.name.zh,
        "register_en": register.name.en,
        "format": form,
        "rows": rows,
    }
    events.record(uow, "register.exported", subject=f"register:{register.code}", data=data)


def texts(
    lines: Sequence[Line], say: Callable[[Sentence], str]
) -> Iterator[list[str | int | date]]:
    """The cells as a spreadsheet takes them; a text that a spreadsheet would run as a formula is made plain."""
    for line in lines:
        yield [_text(cell, say) for cell in line.cells]


def _text(cell: Cell, say: Callable[[Sentence], str]) -> str | int | date:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return local_date(cell)
    if isinstance(cell, (int, date)):
        return cell
    text = say(cell) if isinstance(cell, Sentence) else cell
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _allowed(uow: UnitOfWork, code: str) -> _Source:
    permissions.ensure(permissions.inspection_refusals(uow))
    if code not in _SOURCES:
        raise NotFound
    return _SOURCES[code]


def _line(uow: UnitOfWork, source: _Source, row: Any) -> Line:
    return Line(row[1].id, source.cells(uow, row))


# -- what they hold ----------------------------------------------------------------------------------


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


def _decisions(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(Decision, Package, Unit.name)
        .join(Package, Package.id == Decision.package_id)
        .join(Unit, Unit.id == Package.unit_id)
        .where(permissions.visible(uow))
    )


def _returned(uow: UnitOfWork) -> AnySelect:
    return _decisions(uow).where(Decision.outcome.in_(sorted(SENT_BACK)))


def _voided(uow: UnitOfWork) -> AnySelect:
    return _decisions(uow).where(Decision.voided_at.is_not(None))


def _small_office(uow: UnitOfWork) -> AnySelect:
    return _decisions(uow).where(Decision.separation == "small_office")


def _notices(uow: UnitOfWork) -> AnySelect:
    return (
        sa.select(ReturnNotice, Package, Unit.name)
        .join(Package, Package.id == ReturnNotice.package_id)
        .join(Unit, Unit.id == ReturnNotice.unit_id)
        .where(permissions.visible(uow))
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


def _decision_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
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


def _returned_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    decision = row[0]
    return (*_decision_cells(uow, row), _reasons(decision.reason_codes), decision.opinion)


def _voided_cells(uow: UnitOfWork, row: Any) -> tuple[Cell, ...]:
    return (*_decision_cells(uow, row), row[0].voided_at, row[0].voided_reason)


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


def _columns(*pairs: tuple[str, str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(zh, en) for zh, en in pairs)


_ITEM = (("流转单号", "Number"), ("标题", "Title"), ("单位", "Unit"), ("环节", "Stage"))
_TASK = _columns(
    *_ITEM, ("在谁手上", "With"), ("收到", "Since"), ("已过天数", "Days"), ("时限", "Deadline"),
    ("超期天数", "Days late"),
)  # fmt: skip
_DECIDED = (*_ITEM, ("结论", "Outcome"), ("办理人", "By"), ("办理时间", "At"))
_BY_TASK = (
    Order(UserTask.opened_at.expression, UserTask.id.expression),
    lambda row: (row[0].opened_at, row[0].id),
)
_BY_DECISION = (
    Order(Decision.at.expression, Decision.id.expression, newest_first=True),
    lambda row: (row[0].at, row[0].id),
)
_SOURCES: Mapping[str, _Source] = {
    source.register.code: source
    for source in (
        _Source(
            Register(
                "in_progress",
                Sentence("在办件", "Under way"),
                Sentence("正在办理的每一项任务，等得最久的在前。", "Every open task, the longest waiting first."),
                _TASK,
            ),
            _tasks, *_BY_TASK, _task_cells,
        ),
        _Source(
            Register(
                "overdue",
                Sentence("超期件", "Overdue"),
                Sentence("过了时限还没有办结的任务。", "Tasks past their deadline."),
                _TASK,
            ),
            _overdue, *_BY_TASK, _task_cells,
        ),
        _Source(
            Register(
                "returned",
                Sentence("退回登记", "Returns"),
                Sentence("每一次退回：谁退的，为什么。", "Every return: by whom and why."),
                _columns(*_DECIDED, ("退回原因", "Reasons"), ("意见", "Opinion")),
            ),
            _returned, *_BY_DECISION, _returned_cells,
        ),
        _Source(
            Register(
                "return_notices",
                Sentence("退文登记", "Return notices"),
                Sentence("发出的退文通知（缺项退文）。", "Numbered return notices for want of material."),
                _columns(("退文编号", "Notice"), *_ITEM[:3], ("缺项", "Missing"), ("发出时间", "Issued")),
            ),
            _notices,
            Order(ReturnNotice.issued_at.expression, ReturnNotice.id.expression, newest_first=True),
            lambda row: (row[0].issued_at, row[0].id),
            _notice_cells,
        ),
        _Source(
            Register(
                "voided",
                Sentence("作废的决定", "Voided decisions"),
                Sentence("已作出、后来不算数的决定，以及为什么。", "Decisions that no longer count, and why."),
                _columns(*_DECIDED, ("作废时间", "Voided"), ("作废原因", "Why")),
            ),
            _voided, *_BY_DECISION, _voided_cells,
        ),
        _Source(
            Register(
                "small_office",
                Sentence("小单位岗位合并", "Small-office separation"),
                Sentence(
                    "按“小单位”岗位分离方式作出的决定。",
                    "Decisions made under the small-office separation of duties.",
                ),
                _columns(*_DECIDED),
            ),
            _small_office, *_BY_DECISION, _decision_cells,
        ),
        _Source(
            Register(
                "not_published",
                Sentence("依申请公开与不予公开", "On request and not disclosed"),
                Sentence("登记在册、不主动公开的件，以及复查日期。", "Registered items, with their date of review."),
                _columns(*_ITEM[:3], ("登记为", "Registered as"), ("送审时间", "Submitted"), ("复查日期", "Review on")),
            ),
            _not_published,
            Order(Package.created_at.expression, Package.id.expression, newest_first=True),
            lambda row: (row[0].created_at, row[0].id),
            _not_published_cells,
        ),
    )
}  # fmt: skip
