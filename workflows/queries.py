"""The lists: what waits for me, for my groups, what I did, what I started, and everything for inspectors.

Every list costs a constant number of statements whatever its length (tests/workflows/test_queries.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine import working_days
from engine.database import UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import due_dates, notices, paging, people, permissions
from workflows.deadlines import IsWorkingDay
from workflows.deadlines import due as due_view
from workflows.models import Package, Person, Unit
from workflows.open_tasks import stage_name
from workflows.paging import FIRST, AnySelect, Order, Place
from workflows.read_models import Due, PackageRow, Page, TaskRow
from workflows.routing import NOBODY
from workflows.vocabulary import OUTCOMES, PACKAGE_STATUSES, ROLES

#: What the one who opens the list is asked to do, by stage.
ASKS = {
    "revise": Sentence("修改后重报", "Revise and resubmit"),
    "release": Sentence("核对关口后发布", "Check the gates and release"),
    "readback": Sentence("打开网页核验", "Open the page and check it"),
    "rectification": Sentence("处理发布问题", "Put the released page right"),
    "on_hold": Sentence("决定恢复办理还是不予采用", "Decide whether to resume or to drop"),
    "sign_confirmation": Sentence("确认签发后的改动", "Confirm the changes since your signature"),
    "confidentiality_referral": Sentence("写明报请确定的结果", "State the answer from above"),
    "third_party_opinion": Sentence("写明第三方的意见", "State the third party's opinion"),
    "inter_agency_confirmation": Sentence("写明协商的结果", "State what the agencies agreed"),
    "delta_confirmation": Sentence("只审改动之处", "Review the changes only"),
}


def _tasks() -> AnySelect:
    assignee = sa.cast(UserTask.assignee_id, sa.Integer)
    return (
        sa.select(UserTask, Package.id, Package.number, Package.title, Unit.name, Person.name)
        .join(Package, Package.case_id == UserTask.instance_id)
        .join(Unit, Unit.id == Package.unit_id)
        .outerjoin(Person, Person.id == assignee)
    )


def asks(element: str, name: str) -> Sentence:
    stage = stage_name(element, name)
    return ASKS.get(element, Sentence(f"进行{stage.zh}", stage.en))


def _mine(uow: UnitOfWork) -> list[str]:
    """The actor, and whoever the actor stands in for, as tasks name them."""
    return [str(one) for one in permissions.ids(uow)]


def my_tasks(uow: UnitOfWork, place: Place = FIRST) -> Page[TaskRow]:
    """Open tasks that the actor holds, the most urgent first."""
    held = _tasks().where(UserTask.status == "open", UserTask.assignee_id.in_(_mine(uow)))
    return _task_page(uow, held, place)


def group_tasks(uow: UnitOfWork, place: Place = FIRST) -> Page[TaskRow]:
    """Open tasks nobody holds, in the groups of the actor; the most urgent first."""
    groups = people.groups_of(uow, int(uow.actor.id))
    waiting = _tasks().where(
        UserTask.status == "open",
        UserTask.assignee_id.is_(None),
        UserTask.candidate_group.in_(groups),
    )
    return _task_page(uow, waiting, place)


def nobody_tasks(uow: UnitOfWork, place: Place = FIRST) -> Page[TaskRow]:
    """无合格人员: open tasks that nobody may take as roles and separation stand now.

    Whoever grants roles needs number, stage, unit and role; the title only reaches who may see the item.
    """
    permissions.ensure(permissions.directory_refusals(uow))
    stuck = _tasks().where(
        UserTask.status == "open", UserTask.candidate_group.startswith(NOBODY, autoescape=True)
    )
    page = _task_page(uow, stuck, place)
    listed = [row.package_id for row in page.rows]
    seen = set(
        uow.session.scalars(
            sa.select(Package.id).where(Package.id.in_(listed), permissions.visible(uow))
        )
    )
    rows = tuple(row if row.package_id in seen else replace(row, title="") for row in page.rows)
    return replace(page, rows=rows)


def done_by_me(uow: UnitOfWork, place: Place = FIRST) -> Page[TaskRow]:
    """What the actor decided, the latest first."""
    done = _tasks().where(UserTask.status == "done", UserTask.closed_by == uow.actor.id)
    order = Order(UserTask.closed_at.expression, UserTask.id.expression, newest_first=True)
    raw = paging.page(uow, done, order, place, lambda row: (row[0].closed_at, row[0].id))
    return _task_rows(uow, raw)


def _task_page(uow: UnitOfWork, query: AnySelect, place: Place) -> Page[TaskRow]:
    order = Order(UserTask.sort_at.expression, UserTask.id.expression)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].sort_at, row[0].id))
    return _task_rows(uow, raw)


def _task_rows(uow: UnitOfWork, raw: Page[Any]) -> Page[TaskRow]:
    working = working_days.load(uow).is_workday
    return paging.mapped(raw, lambda row: task_row(row, uow.now, working))


def task_row(row: Sequence[Any], now: datetime, working: IsWorkingDay) -> TaskRow:
    """One line from a row of `_tasks`."""
    task, package_id, number, title, unit, assignee = row
    done = task.status != "open"
    outcome = OUTCOMES.get(task.outcome or "")
    return TaskRow(
        task_id=task.id,
        package_id=package_id,
        package_number=number,
        title=title,
        element=task.element_id,
        stage=stage_name(task.element_id, task.name),
        role=ROLES[role].sentence if (role := task.candidate_role or "") in ROLES else None,
        asks=asks(task.element_id, task.name),
        unit=unit,
        round=task.round,
        status=task.status,
        opened_at=task.opened_at,
        due=None
        if done or task.due_at is None
        else due_view(task.due_at, now, task.due_provisional, working),
        assignee=assignee,
        outcome=outcome.sentence if outcome else None,
        closed_at=task.closed_at,
    )


def _packages() -> AnySelect:
    return (
        sa.select(Package, Unit.name, Person.name)
        .join(Unit, Unit.id == Package.unit_id)
        .join(Person, Person.id == Package.drafter_id)
    )


def started_by_me(uow: UnitOfWork, place: Place = FIRST) -> Page[PackageRow]:
    """Packages that the actor drafted, the newest first."""
    return _package_page(
        uow, _packages().where(Package.drafter_id.in_(permissions.ids(uow))), place
    )


def all_packages(
    uow: UnitOfWork,
    place: Place = FIRST,
    *,
    status: str | None = None,
    unit_id: int | None = None,
    stage: str | None = None,
    text: str | None = None,
) -> Page[PackageRow]:
    """Every submitted package that the actor may see: for inspectors, all of their units (domain:C1)."""
    query = _packages().where(Package.submitted_at.is_not(None), permissions.visible(uow))
    if status:
        query = query.where(Package.status == status)
    if unit_id:
        query = query.where(Package.unit_id == unit_id)
    if stage:
        at_stage = sa.select(UserTask.instance_id).where(
            UserTask.status == "open", UserTask.element_id == stage
        )
        query = query.where(Package.case_id.in_(at_stage))
    if text and text.strip():
        wanted = text.strip()
        query = query.where(
            Package.title.contains(wanted, autoescape=True)
            | Package.number.contains(wanted, autoescape=True)
        )
    return _package_page(uow, query, place)


def _package_page(uow: UnitOfWork, query: AnySelect, place: Place) -> Page[PackageRow]:
    order = Order(Package.created_at.expression, Package.id.expression, newest_first=True)
    raw = paging.page(uow, query, order, place, lambda row: (row[0].created_at, row[0].id))
    open_at = _open_stages(uow, [row[0].case_id for row in raw.rows if row[0].case_id])
    calendar = working_days.load(uow)
    return paging.mapped(
        raw, lambda row: _package_row(row, open_at, due_dates.light(row[0], uow.now, calendar))
    )


def _open_stages(uow: UnitOfWork, cases: Iterable[int]) -> dict[int, list[Sentence]]:
    found: dict[int, list[Sentence]] = {}
    query = sa.select(UserTask.instance_id, UserTask.element_id, UserTask.name).where(
        UserTask.instance_id.in_(list(cases)), UserTask.status == "open"
    )
    for case_id, element, name in uow.session.execute(query.order_by(UserTask.id)):
        found.setdefault(case_id, []).append(stage_name(element, name))
    return found


def _package_row(
    row: Sequence[Any], open_at: dict[int, list[Sentence]], due: Due | None
) -> PackageRow:
    package, unit, drafter = row
    return PackageRow(
        package_id=package.id,
        number=package.number,
        title=package.title,
        unit=unit,
        drafter=drafter,
        status=package.status,
        status_text=PACKAGE_STATUSES[package.status].sentence,
        at_stages=tuple(open_at.get(package.case_id, ())),
        created_at=package.created_at,
        submitted_at=package.submitted_at,
        case_id=package.case_id,
        due=due,
    )


def counts(uow: UnitOfWork) -> dict[str, int]:
    """The numbers beside the places of the frame."""
    groups = people.groups_of(uow, int(uow.actor.id))
    is_open = UserTask.status == "open"
    query = sa.select(
        _count(sa.and_(is_open, UserTask.assignee_id.in_(_mine(uow)))),
        _count(
            sa.and_(is_open, UserTask.assignee_id.is_(None), UserTask.candidate_group.in_(groups))
        ),
    )
    mine, group = uow.session.execute(query).one()
    return {"my_tasks": mine, "group_tasks": group, "notices": notices.unread(uow)}


def _count(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count(UserTask.id)).where(condition).scalar_subquery()
