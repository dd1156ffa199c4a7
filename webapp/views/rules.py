"""规则参数: which numbers hold for a unit, who laid them down, and since when (domain:A9)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.text import Sentence
from webapp.answers import finish, only_once
from webapp.auth import viewer
from webapp.forms.rules import RuleForm
from webapp.transaction import abandon, uow
from workflows import parameters, permissions, units
from workflows.errors import Refused
from workflows.models import Unit
from workflows.parameters import PARAMETERS
from workflows.vocabulary import STRENGTHS

blueprint = Blueprint("rules", __name__, url_prefix="/rules")


@blueprint.get("/")
def index() -> str:
    """What holds for a unit today: the viewer's own, or the one that the address names."""
    return _page(_chosen(), RuleForm(formdata=None))


@blueprint.post("/")
@only_once
def lay_down() -> ResponseReturnValue:
    """A unit's own number from a day on; by the security administrator."""
    unit, form = _chosen(), RuleForm()
    if not form.validate():
        return _page(unit, form), 422
    try:
        row = parameters.lay_down(
            uow(),
            unit.id,
            form.key.data,
            value=form.number(),
            strength=form.strength.data,
            effective_on=form.effective_on.data,
            basis=form.basis.data,
        )
    except Refused as refusal:
        abandon()
        return _page(_chosen(), form, refusal.reasons), 422
    said = _("已规定，%(day)s 起生效。", day=row.effective_on)
    return finish(url_for("rules.index", unit=unit.id), said)


def _chosen() -> Unit:
    wanted = request.values.get("unit", "")
    known = wanted.isdecimal() and len(wanted) < 10
    return units.get_unit(uow(), int(wanted) if known else viewer().unit_id)


def _page(unit: Unit, form: RuleForm, refused: Sequence[Sentence] = ()) -> str:
    held = parameters.rules(uow(), unit.id)
    return render_template(
        "rules/index.html",
        unit=unit,
        all_units=units.list_units(uow()),
        held=[held[key] for key in PARAMETERS],
        strengths=STRENGTHS,
        history=parameters.settings(uow(), unit.id),
        parameters=PARAMETERS,
        form=form,
        refused=refused,
        may_lay_down=not permissions.roles_refusals(uow()),
    )
