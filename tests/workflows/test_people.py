"""Accounts, roles with dates, log-in and its throttle, sessions; on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM, Actor, UnitOfWork
from engine.models import AuditEntry
from tests import factories
from tests.conftest import MONDAY, OpenUow
from tests.factories import PASSWORD, County
from workflows import logins, organisation, passwords, people, permissions, routing, units
from workflows.errors import LoginRefused, NotPermitted, Refused
from workflows.models import LoginSession, Person, RoleHolding
from workflows.passwords import CHEAP
from workflows.people import RoleGrant
from workflows.vocabulary import OUTSIDE_THE_CHAIN, ROLES

VISITOR = Actor("visitor", "访客", address="10.0.0.9")


def log_in(work: UnitOfWork, login: str, password: str, address: str = "10.0.0.9") -> Person:
    return people.authenticate(work, login, password, address, hasher=CHEAP)


def refused(
    uow: OpenUow, login: str, password: str, *, minutes: int = 0, address: str = "a"
) -> str:
    with uow(VISITOR, MONDAY + timedelta(minutes=minutes)) as work:
        with pytest.raises(LoginRefused) as refusal:
            log_in(work, login, password, address)
        work.commit()
    return str(refusal.value)


def last_action(work: UnitOfWork) -> AuditEntry:
    return work.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[return-value]


def test_right_password_lets_in_whatever_the_case_of_the_login(
    uow: OpenUow, county: County
) -> None:
    with uow(VISITOR) as work:
        assert log_in(work, " Drafter ", PASSWORD).id == county.people["drafter"]
        assert last_action(work).action == "login.succeeded"


def test_wrong_password_and_unknown_login_read_the_same_and_are_recorded(
    uow: OpenUow, county: County
) -> None:
    assert refused(uow, "drafter", "wrong") == refused(uow, "nobody", "wrong")
    with uow(SYSTEM) as work:
        assert last_action(work).action == "login.refused"


def test_unknown_login_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    original = passwords.PasswordHasher.verify

    def verify(self: passwords.PasswordHasher, stored: str, given: str) -> bool:
        done.append(stored)
        return original(self, stored, given)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", verify)
    assert not passwords.matches(CHEAP, None, "guess")
    assert not passwords.matches(CHEAP, None, "nobody has this password")
    assert len(done) == 2


def test_five_failures_close_the_login_for_a_quarter_of_an_hour(
    uow: OpenUow, county: County
) -> None:
    for minute in range(5):
        assert "不正确" in refused(uow, "drafter", "wrong", minutes=minute)
    sentence = refused(uow, "drafter", PASSWORD, minutes=5)
    assert "09:15 之后再试" in sentence  # fifteen minutes after the first failure, Beijing time
    with uow(VISITOR, MONDAY + timedelta(minutes=16)) as work:
        assert log_in(work, "drafter", PASSWORD)


def test_success_forgives_earlier_failures(uow: OpenUow, county: County) -> None:
    for _ in range(4):
        refused(uow, "drafter", "wrong")
    with uow(VISITOR, MONDAY + timedelta(minutes=1)) as work:
        log_in(work, "drafter", PASSWORD)
        work.commit()
    assert "不正确" in refused(uow, "drafter", "wrong", minutes=2)


def test_one_address_cannot_try_many_logins(uow: OpenUow, county: County) -> None:
    for number in range(logins.ADDRESS_LIMIT):
        refused(uow, f"guess{number}", "wrong", address="10.9.9.9")
    assert "次数过多" in refused(uow, "drafter", PASSWORD, address="10.9.9.9")
    with uow(VISITOR) as work:
        assert log_in(work, "drafter", PASSWORD, "10.1.1.1")


def test_block_is_one_entry_however_often_it_is_run_into(uow: OpenUow, county: County) -> None:
    def blocks() -> list[str]:
        with uow(SYSTEM) as work:
            of_kind = sa.select(AuditEntry.subject).where(AuditEntry.action == "login.blocked")
            return list(work.session.scalars(of_kind.order_by(AuditEntry.id)))

    for number in range(logins.ADDRESS_LIMIT):
        refused(uow, f"guess{number}", "wrong", address="10.9.9.9")
    assert blocks() == []
    for minute in range(1, 5):
        refused(uow, f"another{minute}", "wrong", minutes=minute, address="10.9.9.9")
    assert blocks() == ["address:10.9.9.9"]
    with uow(SYSTEM) as work:
        attempts = sa.select(sa.func.count()).where(AuditEntry.action == "login.refused")
        assert work.session.scalar(attempts) == logins.ADDRESS_LIMIT
    for number in range(logins.ADDRESS_LIMIT):
        refused(uow, f"later{number}", "wrong", minutes=16, address="10.9.9.9")
    refused(uow, "later", "wrong", minutes=17, address="10.9.9.9")
    assert blocks() == ["address:10.9.9.9", "address:10.9.9.9"]


def test_deactivated_person_neither_logs_in_nor_keeps_a_session(
    uow: OpenUow, county: County
) -> None:
    drafter = county.people["drafter"]
    with uow(county.actor("sysadmin")) as work:
        token = people.open_session(work, drafter, "a")
        with pytest.raises(Refused):
            people.deactivate(work, drafter, " ")
        people.deactivate(work, drafter, "调离")
        assert people.session_person(work, token) is None
        assert people.groups_of(work, drafter) == []
        work.commit()
    assert "不正确" in refused(uow, "drafter", PASSWORD)
    with uow(county.actor("sysadmin")) as work:
        people.reactivate(work, drafter)
        assert people.groups_of(work, drafter) == [f"drafter:{county.units['works']}"]


def test_session_ends_by_idleness_age_and_log_out(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        idle, old, out = (people.open_session(work, county.people["ogi"], "a") for _ in range(3))
        stored = work.session.scalars(sa.select(LoginSession.token_hash)).all()
        assert not {idle, old, out} & set(stored)
        work.commit()
    for minute in range(50, 500, 50):
        with uow(SYSTEM, MONDAY + timedelta(minutes=minute)) as work:
            assert people.session_person(work, old, idle_minutes=60)
            if minute == 50:
                assert people.session_person(work, out)
                people.close_session(work, out)
            work.commit()
    with uow(SYSTEM, MONDAY + timedelta(minutes=90)) as work:
        assert people.session_person(work, idle, idle_minutes=60) is None
        assert people.session_person(work, out) is None
        assert people.session_person(work, "no such token") is None
    with uow(SYSTEM, MONDAY + timedelta(hours=10)) as work:
        assert people.session_person(work, old, idle_minutes=10_000) is None


def test_session_writes_its_last_use_at_most_once_a_minute(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        token = people.open_session(work, county.people["ogi"], "a")
        work.commit()
    for seconds, written in ((30, False), (61, True)):
        with uow(SYSTEM, MONDAY + timedelta(seconds=seconds)) as work:
            people.session_person(work, token)
            assert bool(work.session.dirty) is written
            people.session_person(work, token, touch=False)


@pytest.mark.parametrize(
    ("password", "login", "good"),
    [
        ("short", "abc", False),
        ("123456789", "abc", False),
        ("1234567890", "abc", True),
        ("administrator", "administrator", False),
        ("Administrator", "administrator", False),
        ("aaaaaaaaaaaa", "abc", False),
        ("密码可以是中文的一句话", "abc", True),
        ("x1y2" * 40, "abc", False),
    ],
)
def test_password_rules(password: str, login: str, good: bool) -> None:
    assert (passwords.refusals(password, login) == []) is good


def test_own_password_is_changed_with_the_old_one_and_other_sessions_end(
    uow: OpenUow, county: County
) -> None:
    with uow(county.actor("ogi")) as work:
        here, there = (people.open_session(work, county.people["ogi"], "a") for _ in range(2))
        with pytest.raises(Refused) as refusal:
            people.change_password(work, "wrong", "short", hasher=CHEAP)
        assert len(refusal.value.reasons) == 2
        people.change_password(work, PASSWORD, "a new password 7", keep_token=here, hasher=CHEAP)
        assert people.session_person(work, here)
        assert people.session_person(work, there) is None
        assert log_in(work, "ogi", "a new password 7")


def test_reset_password_must_be_changed(uow: OpenUow, county: County) -> None:
    with uow(county.actor("sysadmin")) as work:
        people.reset_password(work, county.people["ogi"], "temporary 1234", hasher=CHEAP)
        assert log_in(work, "ogi", "temporary 1234").must_change_password


def test_new_person_is_refused_with_all_reasons(uow: OpenUow, county: County) -> None:
    with uow(county.actor("sysadmin")) as work, pytest.raises(Refused) as refusal:
        people.create_person(work, login="Ä", name=" ", unit_id=0, password="x", hasher=CHEAP)
    assert len(refusal.value.reasons) >= 4
    with uow(county.actor("sysadmin")) as work, pytest.raises(Refused) as refusal:
        people.create_person(
            work, login="OGI", name="甲", unit_id=1, password=PASSWORD, hasher=CHEAP
        )
    assert "已被使用" in str(refusal.value)


@pytest.mark.parametrize("login", sorted(set(factories.STAFF) - {"sysadmin"}))
def test_only_the_system_administrator_manages_accounts(
    uow: OpenUow, county: County, login: str
) -> None:
    with uow(county.actor(login)) as work:
        unit = county.units["works"]
        for act in (
            lambda: people.create_person(
                work, login="neu", name="甲", unit_id=unit, password=PASSWORD, hasher=CHEAP
            ),
            lambda: people.reset_password(work, county.people["ogi"], PASSWORD, hasher=CHEAP),
            lambda: people.deactivate(work, county.people["ogi"], "x"),
            lambda: units.create_unit(work, code="x", name="x", kind="town"),
        ):
            with pytest.raises(NotPermitted):
                act()


@pytest.mark.parametrize("login", sorted(set(factories.STAFF) - {"secadmin"}))
def test_only_the_security_administrator_gives_roles(
    uow: OpenUow, county: County, login: str
) -> None:
    with uow(county.actor(login)) as work:
        with pytest.raises(NotPermitted):
            people.set_roles(work, county.people["drafter2"], [])
        with pytest.raises(NotPermitted):
            organisation.set_separation(work, county.units["works"], "strict")


def test_nobody_sets_their_own_roles(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work, pytest.raises(Refused):
        people.set_roles(work, county.people["secadmin"], [RoleGrant("sec_admin", 1)])


@pytest.mark.parametrize("outside", sorted(OUTSIDE_THE_CHAIN))
@pytest.mark.parametrize("other", sorted(ROLES))
def test_administrators_and_inspectors_hold_no_other_role(outside: str, other: str) -> None:
    assert bool(people.exclusive_refusals([outside, other])) is (outside != other)


def test_exclusive_roles_are_refused_when_granted(uow: OpenUow, county: County) -> None:
    unit = county.units["works"]
    grants = [RoleGrant("drafter", unit), RoleGrant("inspector", unit)]
    with uow(county.actor("secadmin")) as work, pytest.raises(Refused) as refusal:
        people.set_roles(work, county.people["drafter2"], grants)
    assert "监督检查员不能与其他角色由一人兼任" in str(refusal.value)


def test_roles_begin_and_end_on_their_days(uow: OpenUow, county: County) -> None:
    unit, person = county.units["works"], county.people["drafter2"]
    with uow(county.actor("secadmin")) as work:
        grants = [
            RoleGrant("first_proofreader", unit, date(2026, 6, 9), date(2026, 6, 10)),
            RoleGrant("reader", unit),
        ]
        people.set_roles(work, person, grants)
        work.commit()
    for day, held in ((8, False), (9, True), (10, True), (11, False)):
        with uow(SYSTEM, MONDAY.replace(day=day)) as work:
            groups = people.groups_of(work, person)
            assert (f"first_proofreader:{unit}" in groups) is held
            assert f"reader:{unit}" in groups
            assert f"drafter:{unit}" not in groups


def test_role_kept_is_not_given_anew_and_role_taken_ends_at_once(
    uow: OpenUow, county: County
) -> None:
    unit, person = county.units["works"], county.people["drafter2"]
    with uow(county.actor("secadmin"), MONDAY + timedelta(days=3)) as work:
        before = people.roles_of(work, person)[0].id
        people.set_roles(work, person, [RoleGrant("drafter", unit), RoleGrant("reader", unit)])
        assert people.roles_of(work, person)[0].id == before
        people.set_roles(work, person, [RoleGrant("reader", unit)])
        assert people.groups_of(work, person) == [f"reader:{unit}"]
        assert work.session.get_one(RoleHolding, before).revoked_at is not None
        assert last_action(work).action == "roles.set"


def test_members_of_a_group_are_those_who_hold_its_role_in_its_unit(
    uow: OpenUow, county: County
) -> None:
    works = county.units["works"]
    with uow(SYSTEM) as work:
        assert routing.members(work, f"drafter:{works}") == [
            county.people["drafter"],
            county.people["drafter2"],
        ]
        assert routing.members(work, f"drafter:{county.units['town']}") == []
        assert routing.members(work, "nobody:") == []


def test_directory_is_for_administrators_and_inspectors(uow: OpenUow, county: County) -> None:
    with uow(county.actor("inspector")) as work:
        assert len(people.list_people(work)) == len(factories.STAFF)
        assert [p.login for p in people.list_people(work, text="100%")] == []
        assert [p.login for p in people.list_people(work, text="秦")] == ["drafter"]
    with uow(county.actor("drafter")) as work, pytest.raises(NotPermitted):
        people.list_people(work)


def test_units_know_their_line_and_what_is_under_them(uow: OpenUow, county: County) -> None:
    with uow(SYSTEM) as work:
        works, top = county.units["works"], county.units["county"]
        assert units.upwards(work, works) == [works, top]
        assert units.subtree(work, [top]) == set(county.units.values())
        assert units.list_units(work)[0].id == top
        with pytest.raises(Refused):
            units.create_unit(work, code="works", name="重复", kind="galaxy")


def test_separation_of_a_unit_is_a_recorded_choice(uow: OpenUow, county: County) -> None:
    with uow(county.actor("secadmin")) as work:
        with pytest.raises(Refused):
            organisation.set_separation(work, county.units["works"], "none at all")
        organisation.set_separation(work, county.units["works"], "small_office")
        assert units.get_unit(work, county.units["works"]).separation == "small_office"
        assert last_action(work).action == "unit.separation_set"


def test_refusals_name_who_may(uow: OpenUow, county: County) -> None:
    with uow(county.actor("drafter")) as work:
        (reason,) = permissions.logs_refusals(work)
    assert reason.zh == "只有审计管理员、监督检查员可以这样做。"
