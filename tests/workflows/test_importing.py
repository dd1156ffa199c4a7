"""Units, people and roles from tables: every row judged, all or none taken in, by the administrator it belongs to."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import sqlalchemy as sa

from engine.models import AuditEntry
from tests import factories
from tests.conftest import OpenUow
from tests.factories import County
from workflows import importing, people
from workflows.errors import NotPermitted, Refused
from workflows.importing import Kind, Report, RowsWrong
from workflows.models import Person, RoleHolding, Unit

UNITS = (
    ("单位代码", "单位名称", "类别", "上级单位代码", "备注"),
    ("YL-21", "云岚县茶叶站", "部门", "YL-2", "先列下级"),
    ("YL-2", "云岚县农业农村局", "部门", "county", ""),
    ("", "", "", "", ""),
    (330021, "云岚县石溪镇", "镇", "county", ""),
)


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def bomb() -> bytes:
    """A workbook that would unpack to more than memory should hold."""
    kept = BytesIO(xlsx(("单位代码",), ("A",)))
    with ZipFile(kept, "a", ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/zeros", bytes(101_000_000))
    return kept.getvalue()


def csv(*rows: tuple[object, ...], encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


def taken_in(open_uow: OpenUow, county: County, kind: Kind, content: bytes) -> Report:
    by = "secadmin" if kind == "roles" else "sysadmin"
    with open_uow(county.actor(by)) as work:
        rows = importing.read(kind, "表.xlsx", content)
        report = importing.import_all(work, kind, rows, hasher=factories.CHEAP)
        work.commit()
    return report


def wrong(open_uow: OpenUow, county: County, kind: Kind, content: bytes) -> dict[int, list[str]]:
    with pytest.raises(RowsWrong) as refused:
        taken_in(open_uow, county, kind, content)
    lines = refused.value.report.lines
    return {n.number: [r.zh for r in n.reasons] for n in lines if n.fate == "wrong"}


@pytest.mark.parametrize(
    "content",
    [xlsx(*UNITS), csv(*UNITS), csv(*UNITS, encoding="gb18030")],
    ids=["xlsx", "utf8", "gb"],
)
def test_a_tree_of_units_comes_from_a_table(uow: OpenUow, county: County, content: bytes) -> None:
    report = taken_in(uow, county, "units", content)
    assert [(line.number, line.fate) for line in report.lines] == [
        (2, "new"),
        (3, "new"),
        (5, "new"),
    ]
    with uow(county.actor("sysadmin")) as work:
        by_code = {unit.code: unit for unit in work.session.scalars(sa.select(Unit))}
        assert by_code["YL-21"].parent_id == by_code["YL-2"].id
        assert by_code["330021"].kind == "town"
        recorded = sa.select(sa.func.count()).where(AuditEntry.action == "unit.created")
        assert work.session.scalar(recorded) == 4 + 3
    again = taken_in(uow, county, "units", content)
    assert again.count("known") == 3


def test_one_bad_row_keeps_all_out_and_every_bad_row_is_told(uow: OpenUow, county: County) -> None:
    rows = (*UNITS, ("YL-3", "云岚县档案馆", "馆", "nowhere"), ("office", "别的名称", "办公室", ""))
    found = wrong(uow, county, "units", xlsx(*rows))
    assert found == {
        6: ["没有代码为“nowhere”的单位。"],
        7: ["代码“office”已经是“清平县人民政府办公室”，名称、类别或上级与表中不同。"],
    }
    with uow(county.actor("sysadmin")) as work:
        assert work.session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 4


def test_people_get_a_password_of_their_own_that_must_be_changed(
    uow: OpenUow, county: County
) -> None:
    rows = [
        ("登录名", "姓名", "单位代码", "职务"),
        ("Han.Mei", "韩梅", "works", "科员"),
        ("lilei", "李雷", "town", ""),
    ]
    report = taken_in(uow, county, "people", csv(*rows))
    passwords = [line.password for line in report.lines]
    assert len(set(passwords)) == 2
    with uow(county.actor("sysadmin")) as work:
        person = work.session.scalars(sa.select(Person).where(Person.login == "han.mei")).one()
        assert (person.name, person.post, person.must_change_password) == ("韩梅", "科员", True)
        assert people.authenticate(
            work, "han.mei", passwords[0], "127.0.0.1", hasher=factories.CHEAP
        )
        told = work.session.scalars(sa.select(AuditEntry.payload))
        assert not any(passwords[0] in payload for payload in told)
    found = wrong(
        uow, county, "people", csv(rows[0], ("lilei", "李磊", "town"), ("王", "王五", "town"))
    )
    assert "已经是李雷" in found[2][0]
    assert "登录名用 2 至 60 个" in found[3][0]


def test_roles_come_with_their_days_and_are_added_to_what_is_held(
    uow: OpenUow, county: County
) -> None:
    head = ("登录名", "角色", "单位代码", "起始日期", "截止日期")
    rows = (
        head,
        ("first", "复审人", "", datetime(2026, 7, 1), "2027/6/30"),  # noqa: DTZ001 — as a spreadsheet has it
    )
    with uow(county.actor("secadmin")) as work:
        held = {h.role for h in people.granted(work, county.people["first"])}
    names = {term.zh: code for code, term in importing.ROLES.items()}
    second = next(zh for zh, code in names.items() if code == "second_reviewer")
    rows = (head, ("first", second, "", rows[1][3], "2027-06-30"))
    assert taken_in(uow, county, "roles", xlsx(*rows)).count("new") == 1
    with uow(county.actor("secadmin")) as work:
        now = people.granted(work, county.people["first"])
        assert {h.role for h in now} == held | {"second_reviewer"}
        added = next(h for h in now if h.role == "second_reviewer")
        assert (added.valid_from, added.valid_until) == (date(2026, 7, 1), date(2027, 6, 30))
    assert taken_in(uow, county, "roles", xlsx(*rows)).count("known") == 1


def test_a_bad_role_row_says_all_that_is_wrong_with_it(uow: OpenUow, county: County) -> None:
    rows = (
        ("登录名", "角色", "单位代码", "截止日期"),
        ("nobody", "大王", "nowhere", "明年"),
        ("first", "监督检查员", "office", ""),
        ("secadmin", "安全管理员", "county", "2030-01-01"),
    )
    found = wrong(uow, county, "roles", csv(*rows))
    assert found[2] == [
        "没有登录名“nobody”。",
        "没有“大王”这个角色。",
        "没有代码为“nowhere”的单位。",
        "日期“明年”应写成 2027-01-31。",
    ]
    assert any("不能与其他角色由一人兼任" in text for text in found[3])
    assert "不能设置自己的角色。" in found[4]
    with uow(county.actor("secadmin")) as work:
        query = sa.select(sa.func.count()).select_from(RoleHolding)
        assert work.session.scalar(query) == len(factories.STAFF)


@pytest.mark.parametrize("login", sorted(factories.STAFF))
@pytest.mark.parametrize("kind", ["units", "people", "roles"])
def test_a_table_is_taken_in_by_whom_it_belongs_to(
    uow: OpenUow, county: County, login: str, kind: Kind
) -> None:
    if login == ("secadmin" if kind == "roles" else "sysadmin"):
        return
    with uow(county.actor(login)) as work, pytest.raises(NotPermitted):
        importing.take_in(work, kind, [], hasher=factories.CHEAP)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "没有找到表头"),
        (b"PK\x03\x04broken", "文件打不开"),
        (b"\x00\x01\x02", "文件不是 .xlsx"),
        (bomb(), "文件打不开"),
        (xlsx(("单位代码",), *[(None,)] * 5_000, ("A",)), "超过 5000 行"),
        (csv(("甲", "乙"), ("1", "2")), "没有找到表头"),
        (csv(("单位代码", "单位名称")), "表头下面没有内容"),
        (csv(("单位代码",), *[(str(n),) for n in range(5_001)]), "超过 5000 行"),
        (b"x" * 4_000_001, "超过 4 MB"),
    ],
)
def test_a_file_that_is_no_table_is_told(content: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        importing.read("units", "表.csv", content)
    assert said in refused.value.reasons[0].zh
