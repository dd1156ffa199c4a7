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
from workflows import people, rerouting, units
from workflows.errors import Refused
from workflows.separation import SETTINGS

blueprint = Blueprint("units", __name__)


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
        units.set_separation(uow(), unit_id, request.form.get("setting", ""))
        rerouting.review(uow())
    except Refused as refusal:
        transaction.abandon()
        return _page(UnitForm(formdata=None), 422, refusal.reasons)
    name = units.get_unit(uow(), unit_id).name
    return finish(url_for("units.index"), _("%(name)s的岗位分离方式已修改。", name=name))


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
