"""The few places of the left rail: which of them a person's roles open, and how much waits there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from webapp.auth import Viewer, find_viewer
from webapp.transaction import uow
from workflows import queries
from workflows.vocabulary import OUTSIDE_THE_CHAIN


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the rail; `roles` empty = for everybody in the chain."""

    endpoint: str
    label: object
    roles: frozenset[str] = frozenset()
    count: str = ""
    chain_only: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A place as the template shows it."""

    url: str
    label: str
    current: bool
    count: int | None


#: Whoever drafts, keeps, signs or inspects what the catalogue asks for.
DUTIES = frozenset(
    {"drafter", "unit_head", "ogi_officer", "final_reviewer", "principal", "inspector"}
)
PLACES = (
    Place("tasks.index", _l("我的待办"), count="my_tasks", chain_only=True),
    Place("tasks.group", _l("可认领"), count="group_tasks", chain_only=True),
    Place("packages.new", _l("新建稿件"), frozenset({"drafter"})),
    Place("packages.index", _l("我的稿件"), frozenset({"drafter"})),
    Place("tasks.done", _l("我办过的"), chain_only=True),
    Place("tasks.nobody", _l("无人可办"), frozenset({"inspector", "sys_admin", "sec_admin"})),
    Place("inspection.index", _l("监督检查"), frozenset({"inspector"})),
    Place("duties.index", _l("公开任务"), DUTIES),
    Place("catalogue.index", _l("公开目录"), DUTIES),
    Place("people.index", _l("人员与角色"), frozenset({"sys_admin", "sec_admin"})),
    Place("units.index", _l("单位"), frozenset({"sys_admin", "sec_admin"})),
    Place("rules.index", _l("规则参数"), frozenset({"sec_admin", "ogi_officer", "inspector"})),
    Place("imports.index", _l("导入"), frozenset({"sys_admin", "sec_admin"})),
    Place("proofs.index", _l("流程"), frozenset({"sys_admin"})),
    Place("repairs.index", _l("修复"), frozenset({"sys_admin", "sec_admin"})),
    Place("people.entries", _l("登录与拒绝记录"), frozenset({"audit_admin"})),
    Place("messages.index", _l("消息"), count="notices"),
)


def places() -> list[Shown]:
    """The rail for whoever is logged in; places whose page is not built are not shown."""
    person = find_viewer()
    if person is None:
        return []
    counts = queries.counts(uow())
    return [
        _shown(place, counts)
        for place in PLACES
        if place.endpoint in current_app.view_functions and _open_to(place, person)
    ]


def first_place(person: Viewer) -> str:
    """Where the day begins: the first place that this person's roles open."""
    for place in PLACES:
        if place.endpoint in current_app.view_functions and _open_to(place, person):
            return url_for(place.endpoint)
    return url_for("account.password")


def _open_to(place: Place, person: Viewer) -> bool:
    if place.roles:
        return person.has(*place.roles)
    if place.chain_only:
        return any(role not in OUTSIDE_THE_CHAIN for role in person.roles)
    return True


def _shown(place: Place, counts: Mapping[str, int]) -> Shown:
    return Shown(
        url=url_for(place.endpoint),
        label=str(place.label),
        current=request.endpoint == place.endpoint,
        count=counts.get(place.count, 0) if place.count else None,
    )
