"""Accounts by one administrator, roles by another, logs by a third; enough to run a small office."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.clock import local_date, now
from engine.database import UnitOfWork
from engine.text import Sentence
from tests.webapp.conftest import PASSWORD, Browser, Office
from workflows import notices, passwords, people, units
from workflows.people import RoleGrant

LogIn = Callable[[str], Browser]
Open = Callable[[], UnitOfWork]
EVERYBODY = ("sys_admin", "sec_admin", "audit_admin", "inspector", "drafter", "reviewer")
TODAY = local_date(now())


def held(open_uow: Open, person_id: int) -> list[tuple[str, object, object]]:
    with open_uow() as work:
        return [
            (one.role, one.valid_from, one.valid_until) for one in people.granted(work, person_id)
        ]


@pytest.mark.parametrize(
    ("path", "readers"),
    [
        ("/people", {"sys_admin", "sec_admin", "audit_admin", "inspector"}),
        ("/people/{reviewer}", {"sys_admin", "sec_admin", "audit_admin", "inspector"}),
        ("/units", {"sys_admin", "sec_admin", "audit_admin", "inspector"}),
        ("/entries", {"audit_admin", "inspector"}),
    ],
)
@pytest.mark.parametrize("login", EVERYBODY)
def test_who_may_open_which_page(
    as_person: LogIn, office: Office, login: str, path: str, readers: set[str]
) -> None:
    answer = as_person(login).get(path.format(**office.ids))
    assert answer.status_code == (200 if login in readers else 404)


@pytest.mark.parametrize("login", EVERYBODY)
@pytest.mark.parametrize(
    ("path", "fields", "owner"),
    [
        ("/people/{reviewer}/deactivate", {"reason": "调离"}, "sys_admin"),
        ("/people/{reviewer}/password", {"initial_password": "told-on-the-phone"}, "sys_admin"),
        ("/people/{reviewer}/reactivate", {}, "sys_admin"),
        (
            "/people/{reviewer}/roles",
            {"role": "drafter", "unit_id": "{unit}", "valid_from": "2026-01-01"},
            "sec_admin",
        ),
        ("/people/{reviewer}/roles/1/end", {}, "sec_admin"),
        (
            "/units",
            {"code": "YL-99", "name": "县档案馆", "kind": "department", "parent_id": "0"},
            "sys_admin",
        ),
    ],
)
def test_who_may_do_what(
    as_person: LogIn,
    office: Office,
    login: str,
    path: str,
    fields: dict[str, str],
    owner: str,
) -> None:
    browser = as_person(login)
    filled = {name: value.format(unit=office.unit_id) for name, value in fields.items()}
    answer = browser.post(path.format(**office.ids), page="/account/password", **filled)
    assert answer.status_code == (303 if login == owner else 403)


def test_a_new_colleague_from_account_to_first_log_in(
    as_person: LogIn, browser: Browser, office: Office, open_uow: Open
) -> None:
    admin = as_person("sys_admin")
    made = admin.post(
        "/people/new",
        name="何新",
        login="he.xin",
        post="科员",
        unit_id=str(office.unit_id),
        initial_password="told-on-the-phone",
    )
    assert made.status_code == 303
    assert "已为何新开通账号" in admin.get(made.location).text
    person_id = int(made.location.rsplit("/", 1)[1])

    security = as_person("sec_admin")
    given = security.post(
        f"/people/{person_id}/roles",
        page=made.location,
        role="drafter",
        unit_id=str(office.unit_id),
        valid_from=TODAY.isoformat(),
    )
    assert given.status_code == 303
    assert held(open_uow, person_id) == [("drafter", TODAY, None)]

    assert browser.log_in("he.xin", "told-on-the-phone").status_code == 303
    assert browser.get("/messages/").location == "/account/password"
    changed = browser.post(
        "/account/password",
        current_password="told-on-the-phone",
        new_password="only-i-know-this",
        new_password_again="only-i-know-this",
    )
    assert changed.status_code == 303
    rail = browser.get("/messages/").text
    assert "新建稿件" in rail
    assert "人员与角色" not in rail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"login": "drafter"}, "已被使用"),
        ({"login": "何新"}, "登录名只能用小写字母"),
        ({"login": "x"}, "登录名至少 2 个"),
        ({"name": ""}, "请填写姓名"),
        ({"initial_password": "short"}, "密码至少"),
        ({"unit_id": "99999"}, "不是有效的选择"),
    ],
)
def test_an_account_that_cannot_be_opened_says_why_and_keeps_what_was_typed(
    as_person: LogIn, office: Office, change: dict[str, str], said: str
) -> None:
    typed = {
        "name": "何新",
        "login": "he.xin",
        "post": "科员某某",
        "unit_id": str(office.unit_id),
        "initial_password": "told-on-the-phone",
        **change,
    }
    answer = as_person("sys_admin").post("/people/new", **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "科员某某" in answer.text


def test_a_role_added_leaves_the_others_also_future_ones(
    as_person: LogIn, office: Office, open_uow: Open
) -> None:
    person_id, later = office.ids["reviewer"], TODAY + timedelta(days=30)
    with open_uow() as work:
        people.set_roles(
            work,
            person_id,
            [
                RoleGrant("second_reviewer", office.unit_id),
                RoleGrant("final_reviewer", office.unit_id, later),
            ],
        )
        work.commit()
    as_person("sec_admin").post(
        f"/people/{person_id}/roles",
        page=f"/people/{person_id}",
        role="first_reviewer",
        unit_id=str(office.unit_id),
        valid_from=TODAY.isoformat(),
        valid_until=later.isoformat(),
    )
    assert sorted(held(open_uow, person_id), key=str) == [
        ("final_reviewer", later, None),
        ("first_reviewer", TODAY, later),
        ("second_reviewer", TODAY, None),
    ]


def test_a_role_ends_now_or_on_a_day(as_person: LogIn, office: Office, open_uow: Open) -> None:
    person_id = office.ids["reviewer"]
    page = f"/people/{person_id}"
    security = as_person("sec_admin")

    def end(**fields: str) -> int:
        found = re.search(r"/roles/(\d+)/end", security.get(page).text)
        assert found is not None
        return security.post(f"{page}/roles/{found[1]}/end", page=page, **fields).status_code

    later = TODAY + timedelta(days=10)
    assert end(valid_until=later.isoformat()) == 303
    assert held(open_uow, person_id) == [("second_reviewer", TODAY, later)]
    assert end(valid_until="") == 303
    assert held(open_uow, person_id) == []
    assert "还没有角色" in security.get(page).text


def test_nobody_joins_an_administrator_s_role_with_another(
    as_person: LogIn, office: Office
) -> None:
    answer = as_person("sec_admin").post(
        f"/people/{office.ids['drafter']}/roles",
        page=f"/people/{office.ids['drafter']}",
        role="sys_admin",
        unit_id=str(office.unit_id),
        valid_from=TODAY.isoformat(),
    )
    assert answer.status_code == 422
    assert "不能与其他角色由一人兼任" in answer.text


def test_the_security_administrator_cannot_give_themselves_a_role(
    as_person: LogIn, office: Office
) -> None:
    own = f"/people/{office.ids['sec_admin']}"
    browser = as_person("sec_admin")
    assert "增加一个角色" not in browser.get(own).text
    answer = browser.post(
        f"{own}/roles",
        page="/account/password",
        role="drafter",
        unit_id=str(office.unit_id),
        valid_from=TODAY.isoformat(),
    )
    assert answer.status_code == 422
    assert "不能设置自己的角色" in answer.text


def test_a_deactivated_account_is_marked_and_can_be_opened_again(
    as_person: LogIn, browser: Browser, office: Office
) -> None:
    page = f"/people/{office.ids['drafter']}"
    admin = as_person("sys_admin")
    assert admin.post(f"{page}/deactivate", page=page, reason="").status_code == 422
    assert admin.post(f"{page}/deactivate", page=page, reason="退休").status_code == 303
    assert "已停用" in admin.get(page).text
    assert browser.log_in("drafter").status_code == 401
    assert admin.post(f"{page}/reactivate", page=page).status_code == 303
    assert browser.log_in("drafter").status_code == 303


def test_the_audit_administrator_reads_log_ins_and_refusals(
    as_person: LogIn, browser: Browser, office: Office
) -> None:
    browser.log_in("drafter", "wrong")
    as_person("drafter").get("/people")
    as_person("sec_admin").post(
        f"/people/{office.ids['drafter']}/deactivate", page="/account/password", reason="x"
    )
    html = as_person("audit_admin").get("/entries").text
    assert "登录名“drafter”登录被拒绝" in html
    assert "郑drafter：登录" in html
    assert "只有系统管理员可以这样做" in html
    assert PASSWORD not in html


def test_people_are_found_by_name_unit_and_log_in(as_person: LogIn, office: Office) -> None:
    admin = as_person("sys_admin")
    assert "郑inspector" in admin.get("/people?q=郑insp").text
    assert "郑inspector" not in admin.get("/people?q=drafter").text
    assert "没有找到这样的人员" in admin.get("/people?q=没有").text
    assert "郑inspector" in admin.get(f"/people?unit={office.unit_id}").text
    assert admin.get("/people?unit=abc&after=xyz").status_code == 200


def test_a_long_list_of_people_goes_on(as_person: LogIn, office: Office, open_uow: Open) -> None:
    with open_uow() as work:
        for number in range(60):
            people.create_person(
                work,
                login=f"p{number:02d}",
                name=f"某人{number:02d}",
                unit_id=office.unit_id,
                password=PASSWORD,
                hasher=passwords.CHEAP,
            )
        work.commit()
    admin = as_person("sys_admin")
    first = admin.get("/people").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = admin.get(following[1].replace("&amp;", "&")).text
    assert set(re.findall(r"某人\d\d", first)).isdisjoint(re.findall(r"某人\d\d", second))
    assert len(set(re.findall(r"某人\d\d", first + second))) == 60


def test_messages_are_read_by_opening_them(
    as_person: LogIn, office: Office, open_uow: Open
) -> None:
    with open_uow() as work:
        notices.tell(
            work,
            [office.ids["drafter"]],
            "returned",
            Sentence("退回修改：缺解读", "Returned"),
            link="/account/password",
        )
        work.commit()
    drafter = as_person("drafter")
    html = drafter.get("/messages/").text
    assert "退回修改：缺解读" in html
    target = re.search(r'action="(/messages/\d+)"', html)
    assert target is not None
    stranger = as_person("reviewer")
    assert stranger.post(target[1], page="/account/password").status_code == 404
    opened = drafter.post(target[1], page="/messages/")
    assert (opened.status_code, opened.location) == (303, "/account/password")
    assert "已读" in drafter.get("/messages/").text


@pytest.mark.parametrize(
    ("kind", "link", "button"),
    [
        ("task", "/tasks/7", "去办理"),
        ("on_hold", "/packages/7", "查看"),
        ("repair", "", "标为已读"),
    ],
)
def test_message_says_whether_something_is_to_be_done(
    as_person: LogIn, office: Office, open_uow: Open, kind: str, link: str, button: str
) -> None:
    with open_uow() as work:
        notices.tell(work, [office.ids["drafter"]], kind, Sentence("某事", "Something"), link=link)
        work.commit()
    page = as_person("drafter").get("/messages/").text
    (found,) = re.findall(r"<button>([^<]+)<span[^>]*>：某事", page)
    assert found == button


def test_separation_of_a_unit_is_chosen_by_the_security_administrator(
    as_person: LogIn, office: Office, open_uow: Open
) -> None:
    path = f"/units/{office.unit_id}/separation"
    chooser = as_person("sec_admin")
    assert 'href="/units"' in chooser.get("/messages/").text  # the rail leads there
    assert "不影响已经作出的决定" in chooser.get("/units").text
    assert chooser.post(path, page="/units", setting="none").status_code == 422
    done = chooser.post(path, page="/units", setting="small_office")
    assert (done.status_code, done.location) == (303, "/units")
    with open_uow() as work:
        assert units.get_unit(work, office.unit_id).separation == "small_office"
    assert "小单位：至少三人" in as_person("inspector").get("/units").text
    assert as_person("sys_admin").post(path, page="/units", setting="strict").status_code == 403
    assert "改为" in as_person("audit_admin").get("/entries").text
