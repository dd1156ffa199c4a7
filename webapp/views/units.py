"""The tree of units: seen by administrators and inspectors, extended by the system administrator."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import transaction
from webapp.answers import finish, only_once
from webapp.forms.people import UNIT_KINDS, UnitForm
from webapp.transaction import uow
from workflows import people, units
from workflows.errors import Refused

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
            form=form,
            reasons=reasons,
        ),
        status,
    )
