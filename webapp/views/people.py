"""People and their roles: accounts by one administrator, roles by another, logs by a third (domain:C1)."""

from __future__ import annotations

import secrets
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import auth, formats, transaction
from webapp.answers import finish, only_once
from webapp.forms.people import (
    ChangedPersonForm,
    PersonForm,
    ReasonForm,
    RoleForm,
    TemporaryPasswordForm,
)
from webapp.transaction import uow
from workflows import organisation, oversight, people, units
from workflows.errors import Refused
from workflows.paging import Place
from workflows.people import RoleGrant

blueprint = Blueprint("people", __name__)
SHOWN = 50
#: A number that a database can hold; a larger one is an unknown address.
ID = "int(max=2147483647)"


@blueprint.get("/people")
def index() -> ResponseReturnValue:
    """Everybody with an account, found by name or log-in, unit by unit."""
    text = request.args.get("q", "").strip()[:60]
    after = request.args.get("after", type=_number)
    unit_id = request.args.get("unit", type=_number)
    rows = people.list_people(uow(), unit_id=unit_id, text=text, after=after, limit=SHOWN + 1)
    more = rows[SHOWN - 1].id if len(rows) > SHOWN else None
    roles = people.roles_of_all(uow(), [person.id for person in rows[:SHOWN]])
    return render_template(
        "people/index.html",
        rows=rows[:SHOWN],
        roles=roles,
        text=text,
        more=more,
        started=after is not None,
        units=units.list_units(uow()),
        unit_id=unit_id,
    )


@blueprint.get("/people/new")
def new() -> ResponseReturnValue:
    """The form for a new account."""
    people.list_people(uow(), limit=1)  # whoever may not see people is told that nothing is here
    form = PersonForm(initial_password=_temporary()).with_units(units.list_units(uow()))
    return render_template("people/new.html", form=form)


@blueprint.post("/people/new")
@only_once
def create() -> ResponseReturnValue:
    """Open an account; the roles are given by the security administrator afterwards."""
    form = PersonForm().with_units(units.list_units(uow()))
    reasons: tuple[object, ...] = ()
    if form.validate():
        try:
            person = people.create_person(
                uow(),
                login=form.login.data,
                name=form.name.data,
                unit_id=form.unit_id.data,
                post=form.post.data or "",
                password=form.initial_password.data,
                hasher=auth.hasher(),
            )
            return finish(
                url_for("people.show", person_id=person.id),
                _("已为%(name)s开通账号。现在可以请安全管理员设置角色。", name=person.name),
            )
        except Refused as refusal:
            transaction.abandon()
            reasons = refusal.reasons
            form.with_units(units.list_units(uow()))
    return render_template("people/new.html", form=form, reasons=reasons), 422


@blueprint.get(f"/people/<{ID}:person_id>")
def show(person_id: int) -> ResponseReturnValue:
    """One person: account and roles."""
    return _page(person_id)


@blueprint.post(f"/people/<{ID}:person_id>/password")
@only_once
def reset_password(person_id: int) -> ResponseReturnValue:
    """A new temporary password; every log-in of this person ends."""
    form = TemporaryPasswordForm()
    if not form.validate():
        return _page(person_id, password_form=form)
    try:
        people.reset_password(uow(), person_id, form.initial_password.data, hasher=auth.hasher())
    except Refused as refusal:
        return _page(person_id, refusal, password_form=form)
    return finish(_here(person_id), _("临时密码已设置，本人下次登录时必须改掉。"))


@blueprint.post(f"/people/<{ID}:person_id>/change")
@only_once
def change(person_id: int) -> ResponseReturnValue:
    """Another name, post or unit."""
    form = ChangedPersonForm().with_units(units.list_units(uow()))
    if not form.validate():
        return _page(person_id, changed_form=form)
    try:
        organisation.change_person(
            uow(),
            person_id,
            name=form.name.data,
            post=form.post.data or "",
            unit_id=form.unit_id.data,
        )
    except Refused as refusal:
        return _page(person_id, refusal, changed_form=form)
    return finish(_here(person_id), _("已修改。角色不变；需要调整的，请安全管理员办理。"))


@blueprint.post(f"/people/<{ID}:person_id>/deactivate")
@only_once
def deactivate(person_id: int) -> ResponseReturnValue:
    """Close an account: no log-in, no new tasks; what the person decided stays."""
    form = ReasonForm()
    if not form.validate():
        return _page(person_id, reason_form=form)
    try:
        people.deactivate(uow(), person_id, form.reason.data)
    except Refused as refusal:
        return _page(person_id, refusal, reason_form=form)
    return finish(_here(person_id), _("账号已停用。"))


@blueprint.post(f"/people/<{ID}:person_id>/reactivate")
@only_once
def reactivate(person_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    people.reactivate(uow(), person_id)
    return finish(_here(person_id), _("账号已恢复。"))


@blueprint.post(f"/people/<{ID}:person_id>/roles")
@only_once
def give_role(person_id: int) -> ResponseReturnValue:
    """One more role, from a day until another."""
    form = RoleForm().with_choices(units.list_units(uow()))
    if not form.validate():
        return _page(person_id, role_form=form)
    grant = RoleGrant(
        form.role.data, form.unit_id.data, form.valid_from.data, form.valid_until.data
    )
    return _set_roles(person_id, [*_grants(person_id), grant], _("角色已设置。"), form)


@blueprint.post(f"/people/<{ID}:person_id>/roles/<{ID}:holding_id>/end")
@only_once
def end_role(person_id: int, holding_id: int) -> ResponseReturnValue:
    """End a role now, or on the day given."""
    until = _day(request.form.get("valid_until", ""))
    grants = []
    for held in people.granted(uow(), person_id):
        if held.id != holding_id:
            grants.append(RoleGrant(held.role, held.unit_id, held.valid_from, held.valid_until))
        elif until is not None:
            grants.append(RoleGrant(held.role, held.unit_id, held.valid_from, until))
    return _set_roles(person_id, grants, _("角色的期限已修改。"))


@blueprint.get("/entries")
def entries() -> ResponseReturnValue:
    """Log-ins, refusals and changes of accounts, the latest first; for the audit administrator."""
    place = Place(after=request.args.get("after"), before=request.args.get("before"), limit=50)
    return render_template("people/entries.html", page=oversight.house_entries(uow(), place))


def _page(
    person_id: int,
    refusal: Refused | None = None,
    *,
    password_form: TemporaryPasswordForm | None = None,
    reason_form: ReasonForm | None = None,
    role_form: RoleForm | None = None,
    changed_form: ChangedPersonForm | None = None,
) -> ResponseReturnValue:
    """The person's page, with whatever form could not be taken filled in as it was."""
    if refusal is not None:
        transaction.abandon()
    people.list_people(uow(), limit=1)
    every_unit = units.list_units(uow())
    today = formats.china_date(uow().now)
    bad = next(
        (form for form in (password_form, reason_form, role_form, changed_form) if form), None
    )
    someone = people.get_person(uow(), person_id)
    page = render_template(
        "people/show.html",
        someone=someone,
        held=people.granted(uow(), person_id),
        reasons=refusal.reasons if refusal else (),
        bad=bad,
        password_form=password_form
        or TemporaryPasswordForm(formdata=None, initial_password=_temporary()),
        reason_form=reason_form or ReasonForm(formdata=None),
        changed_form=(changed_form or ChangedPersonForm(formdata=None, obj=someone)).with_units(
            every_unit
        ),
        role_form=(role_form or RoleForm(formdata=None, valid_from=today)).with_choices(every_unit),
    )
    return page, 422 if bad or refusal else 200


def _set_roles(
    person_id: int, grants: list[RoleGrant], message: str, form: RoleForm | None = None
) -> ResponseReturnValue:
    try:
        people.set_roles(uow(), person_id, grants)
    except Refused as refusal:
        return _page(person_id, refusal, role_form=form)
    return finish(_here(person_id), message)


def _grants(person_id: int) -> list[RoleGrant]:
    return [
        RoleGrant(held.role, held.unit_id, held.valid_from, held.valid_until)
        for held in people.granted(uow(), person_id)
    ]


def _here(person_id: int) -> str:
    return url_for("people.show", person_id=person_id)


def _temporary() -> str:
    """A password to be told once and changed at the first log-in; no look-alike characters."""
    return "-".join(
        "".join(secrets.choice("abcdefhkmnprstuvwxyz23456789") for _i in range(4))
        for _j in range(4)
    )


def _number(text: str) -> int:
    """A whole number that a database can hold; ValueError makes Flask ignore any other."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
