"""A small county for tests: units, one person per role, and a draft that passes every gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from engine.database import Actor, UnitOfWork
from tests import shipped
from workflows import catalogue, deploying, people, units
from workflows.catalogue import Entry
from workflows.content import Content, Elements, Interpretation, Metadata, Plan, Points
from workflows.models import Package, PackageVersion, Person
from workflows.passwords import CHEAP

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse 42"

#: login -> (name, role, unit code); everything of the chain is at the office, except the two drafters.
STAFF = {
    "drafter": ("秦笔", "drafter", "works"),
    "drafter2": ("许墨", "drafter", "works"),
    "head": ("杜科", "unit_head", "works"),
    "ogi": ("孟开", "ogi_officer", "county"),
    "secrecy": ("安守", "confidentiality_reviewer", "county"),
    "legal": ("方正", "legal_reviewer", "county"),
    "first": ("初明", "first_reviewer", "works"),
    "second": ("傅审", "second_reviewer", "works"),
    "final": ("钟定", "final_reviewer", "county"),
    "principal": ("柳主", "principal", "county"),
    "proof1": ("易校", "first_proofreader", "county"),
    "proof2": ("尔校", "second_proofreader", "county"),
    "proof3": ("三校", "third_proofreader", "county"),
    "reader": ("宋读", "reader", "county"),
    "publisher": ("傅布", "publisher", "county"),
    "inspector": ("简察", "inspector", "county"),
    "sysadmin": ("席统", "sys_admin", "county"),
    "secadmin": ("安全", "sec_admin", "county"),
    "auditadmin": ("沈计", "audit_admin", "county"),
}


@dataclass(frozen=True)
class County:
    """Ids by code and login, and actors."""

    units: dict[str, int]
    people: dict[str, int]

    def actor(self, login: str) -> Actor:
        name, role, _ = STAFF[login]
        return Actor(str(self.people[login]), name, role=role)


def found(uow: UnitOfWork) -> County:
    """Units and people, acting as the system; the caller commits."""
    county = units.create_unit(uow, code="county", name="清平县人民政府", kind="government")
    office = units.create_unit(
        uow, code="office", name="清平县人民政府办公室", kind="office", parent_id=county.id
    )
    works = units.create_unit(
        uow, code="works", name="清平县城市建设局", kind="department", parent_id=county.id
    )
    town = units.create_unit(
        uow, code="town", name="清平县柳溪镇人民政府", kind="town", parent_id=county.id
    )
    adopt_catalogue(uow, county.id)
    by_code = {unit.code: unit.id for unit in (county, office, works, town)}
    staff = {
        login: hire(uow, login, name, by_code[unit], role)
        for login, (name, role, unit) in STAFF.items()
    }
    return County(by_code, staff)


#: What the county discloses, in tests: no column is laid down, so that any may be tried.
MATTERS = (
    Entry("城乡建设", "城乡建设管理"),
    Entry("政策文件", "政策文件"),
    Entry("其他", "其他事项", statutory=False),
)


def adopt_catalogue(
    uow: UnitOfWork,
    unit_id: int,
    matters: Sequence[Entry] = MATTERS,
    since: date = date(2026, 1, 1),
) -> int:
    """A catalogue in force, set up with the house; the id of its edition."""
    edition = catalogue.propose(uow, unit_id, matters, effective_on=since)
    return catalogue.adopt(uow, edition.id).id


def hire(uow: UnitOfWork, login: str, name: str, unit_id: int, *roles: str) -> int:
    """A person with these roles in this unit; their id."""
    person = people.create_person(
        uow,
        login=login,
        name=name,
        unit_id=unit_id,
        password=PASSWORD,
        must_change_password=False,
        hasher=CHEAP,
    )
    people.set_roles(uow, person.id, [people.RoleGrant(role, unit_id) for role in roles])
    return person.id


def deploy(uow: UnitOfWork) -> None:
    """The shipped processes, one for each profile."""
    for file in shipped.FILES:
        deploying.deploy(uow, file)


BODY = (
    "<p>各镇人民政府，县政府各部门：</p>\n"
    "<p>为方便群众夜间出行，县政府决定在12个小区增设路灯360盏，请遵照执行。</p>\n"
    "<p>施工期间请沿线单位让出作业面。</p>\n"
    "<p>清平县城市建设局</p>\n<p>2026年6月1日</p>\n<p>（此件公开发布）</p>"
)

METADATA = Metadata(
    title="清平县城市建设局关于增设小区路灯的通知",
    document_kind="通知",
    issuer="清平县城市建设局",
    document_number="清建发〔2026〕7号",
    dated_on=date(2026, 6, 1),
    attribute="proactive",
    scope="society",
    period="long_term",
    catalogue_item="城乡建设",
    column="通知公告",
    topics=("城乡建设环境保护",),
    info_class="A",
    affects_public=True,
    channels=("website",),
)

INTERPRETATION = Interpretation(
    plan=Plan(
        outline="先讲为什么装，再讲装在哪里、什么时候装完。",
        forms=("text", "graphic"),
        channel="政府网站政策解读栏目",
        on=date(2026, 6, 10),
        responsible="秦笔",
    ),
    elements=Elements(
        background="不少居民反映，老旧小区晚上楼前昏暗，老人孩子出门看不清台阶和路面。",
        basis="根据市里关于城市照明的年度任务和县里今年的民生实事安排，提出了这次的做法。",
        purpose="让晚归的人看得清路，减少摔倒和碰撞，也让居民愿意在傍晚下楼走动。",
        measures="一是按每栋楼实地踏勘后定点，灯杆避开窗户；二是先装最暗的地段，装好一处亮一处。",
    ),
    points=Points(
        concepts="路灯：小区内楼前和道路的照明",
        differences="以前由各小区自己装，现在由县里统一装",
        reach="12个小区的居民",
        standards="见重要举措第一项",
        benefits="居民不用出钱",
        conditions="不适用：没有申请条件",
    ),
    interpreter_kind="principal",
    interpreter="杜科",
)

DRAFT = Content(metadata=METADATA, body_html=BODY, interpretation=INTERPRETATION)


def with_metadata(draft: Content = DRAFT, **changes: object) -> Content:
    """The draft with some facts changed."""
    return replace(draft, metadata=replace(draft.metadata, **changes))  # type: ignore[arg-type]


def with_body(old: str, new: str, draft: Content = DRAFT) -> Content:
    """The draft with a piece of its body replaced."""
    assert old in draft.body_html
    return replace(draft, body_html=draft.body_html.replace(old, new))


def kept_back(attribute: str) -> Content:
    """The draft whose drafter proposes that it is not for everybody: `on_request` or `not_disclosed`."""
    named = {"on_request": "依申请公开", "not_disclosed": "不予公开"}[attribute]
    grounds = ("A16-1",) if attribute == "not_disclosed" else ()
    marked = with_body("此件公开发布", f"此件{named}")
    return with_metadata(marked, attribute=attribute, grounds=grounds, reason="涉及内部事务。")


def current(uow: UnitOfWork, package_id: int) -> PackageVersion:
    """The package's current version."""
    package = uow.session.get_one(Package, package_id)
    return uow.session.get_one(PackageVersion, package.current_version_id)


def person_named(uow: UnitOfWork, login: str) -> Person:
    """The person with this login."""
    return uow.session.scalars(sa.select(Person).where(Person.login == login)).one()
