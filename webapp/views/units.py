"""The tree of units: seen by administrators and inspectors, extended by the system administrator;
the security administrator chooses how strictly duties are separated."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import transaction
from webapp.answers import finish, only_once
from webapp.forms.people import UNIT_KINDS, UnitForm
from webapp.transaction import uow
from workflows import accountability, organisation, people, units
from workflows.errors import Refused
from workflows.separation import SETTINGS
from workflows.vocabulary import ACCOUNTABILITY

blueprint = Blueprint("units", __name__)
ID = "<int(max=2147483647):unit_id>"


@blueprint.get("/units")
def index() -> ResponseReturnValue:
    """The tree of units, and a form for one more."""
    people.list_people(uow(), limit=1)
    return _page(UnitForm(), 200)


@blueprint.post("/units")
@only_once
def create() -> ResponseReturnValue:
    """One more unit."""
    form = UnitForm().with_choices(units.list_units(uow()))
    if not form.validate():
        return _page(form, 422)
    try:
        unit = units.create_unit(
            uow(),
            code=form.code.data,
            name=form.name.data,
            kind=form.kind.data,
            parent_id=form.parent_id.data or None,
            public_entity=form.public_entity.data,
        )
    except Refused as refusal:
        transaction.abandon()
        return _page(form, 422, refusal.reasons)
    return finish(url_for("units.index"), _("已新建单位%(name)s。", name=unit.name))


@blueprint.post("/units/<int(max=2147483647):unit_id>/separation")
@only_once
def separate(unit_id: int) -> ResponseReturnValue:
    """How strictly the stages of this unit's items are kept apart; from now on, not backwards."""
    try:
        organisation.set_separation(uow(), unit_id, request.form.get("setting", ""))
    except Refused as refusal:
        transaction.abandon()
        return _page(UnitForm(formdata=None), 422, refusal.reasons)
    name = units.get_unit(uow(), unit_id).name
    return finish(url_for("units.index"), _("%(name)s的岗位分离方式已修改。", name=name))


@blueprint.get(f"/units/{ID}")
def show(unit_id: int) -> ResponseReturnValue:
    """One unit: its people, who answers for it, and what may be changed."""
    people.list_people(uow(), limit=1)
    return _unit_page(unit_id)


@blueprint.post(f"/units/{ID}/change")
@only_once
def change(unit_id: int) -> ResponseReturnValue:
    """Another name, kind or place in the tree."""
    form = UnitForm().with_choices(units.list_units(uow()))
    del form.code
    if not form.validate():
        return _unit_page(unit_id, form)
    try:
        organisation.change_unit(
            uow(),
            unit_id,
            name=form.name.data,
            kind=form.kind.data,
            parent_id=form.parent_id.data or None,
            public_entity=form.public_entity.data,
        )
    except Refused as refusal:
        transaction.abandon()
        return _unit_page(unit_id, form, refusal.reasons)
    return finish(url_for("units.show", unit_id=unit_id), _("已修改。"))


@blueprint.post(f"/units/{ID}/close")
@only_once
def close(unit_id: int) -> ResponseReturnValue:
    """撤销, once nothing is left in it."""
    try:
        organisation.close_unit(uow(), unit_id)
    except Refused as refusal:
        transaction.abandon()
        return _unit_page(unit_id, reasons=refusal.reasons)
    return finish(url_for("units.show", unit_id=unit_id), _("单位已撤销。"))


@blueprint.post(f"/units/{ID}/reopen")
@only_once
def reopen(unit_id: int) -> ResponseReturnValue:
    """恢复."""
    organisation.reopen_unit(uow(), unit_id)
    return finish(url_for("units.show", unit_id=unit_id), _("单位已恢复。"))


@blueprint.post(f"/units/{ID}/accountable")
@only_once
def answer(unit_id: int) -> ResponseReturnValue:
    """Who answers for what this unit publishes, from today on."""
    chosen = {
        code: int(value) if (value := request.form.get(code, "")).isdecimal() else None
        for code in ACCOUNTABILITY
    }
    try:
        accountability.set_accountable(uow(), unit_id, chosen)
    except Refused as refusal:
        transaction.abandon()
        return _unit_page(unit_id, reasons=refusal.reasons)
    return finish(url_for("units.show", unit_id=unit_id), _("责任人已确定。"))


def _unit_page(
    unit_id: int, form: UnitForm | None = None, reasons: tuple[object, ...] = ()
) -> ResponseReturnValue:
    unit = units.get_unit(uow(), unit_id)
    status = 422 if reasons or form is not None else 200
    if form is None:
        form = UnitForm(formdata=None, obj=unit)
        form.parent_id.data = unit.parent_id or 0
    form.with_choices(units.list_units(uow()))
    staff = people.list_people(uow(), unit_id=unit_id, limit=200)
    near = [
        one
        for above in units.upwards(uow(), unit_id)
        for one in people.list_people(uow(), unit_id=above, limit=200)
    ]
    return (
        render_template(
            "units/show.html",
            unit=unit,
            kinds=UNIT_KINDS,
            settings=SETTINGS,
            labels=ACCOUNTABILITY,
            accountable=accountability.accountable(uow(), unit_id),
            candidates=[one for one in near if one.active],
            staff=staff,
            roles=people.roles_of_all(uow(), [one.id for one in staff]),
            form=form,
            reasons=reasons,
        ),
        status,
    )


def _page(form: UnitForm, status: int, reasons: tuple[object, ...] = ()) -> ResponseReturnValue:
    rows = units.list_units(uow())
    form.with_choices(rows)
    names = {unit.id: unit.name for unit in rows}
    return (
        render_template(
            "units/index.html",
            rows=rows,
            names=names,
            kinds=UNIT_KINDS,
            settings=SETTINGS,
            form=form,
            reasons=reasons,
        ),
        status,
    )
