"""规则参数: which numbers hold for a unit, who laid them down, and since when (domain:A9)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.text import Sentence
from webapp.answers import finish, only_once
from webapp.auth import viewer
from webapp.forms.rules import RuleForm, SourceForm, WayForm, ways
from webapp.transaction import abandon, uow
from workflows import parameters, permissions, repost_sources, units
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
    """A unit's own number, or one of two ways, from a day on; by the security administrator."""
    unit = _chosen()
    sent = [way for way in ways() if way.is_sent(request.form)]
    form = sent[0] if sent else RuleForm()
    if not form.validate():
        return _page(unit, form), 422
    try:
        row = parameters.lay_down(
            uow(),
            unit.id,
            form.rule,
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


@blueprint.get("/sources")
def sources() -> str:
    """Websites that may be reposted from besides the government's own."""
    return _sources(_chosen(), SourceForm(formdata=None))


@blueprint.post("/sources")
@only_once
def allow_source() -> ResponseReturnValue:
    """Put a website on the list; by the security administrator."""
    unit, form = _chosen(), SourceForm()
    if not form.validate():
        return _sources(unit, form), 422
    try:
        row = repost_sources.allow(
            uow(), unit.id, form.host.data, name=form.name.data, basis=form.basis.data
        )
    except Refused as refusal:
        abandon()
        return _sources(_chosen(), form, refusal.reasons), 422
    said = _("已把%(host)s列入名单。", host=row.host)
    return finish(url_for("rules.sources", unit=unit.id), said)


@blueprint.post("/sources/withdraw")
@only_once
def withdraw_source() -> ResponseReturnValue:
    """Take a website off the list; by the security administrator."""
    unit = _chosen()
    try:
        row = repost_sources.withdraw(
            uow(), unit.id, request.form.get("host", ""), basis=request.form.get("basis", "")
        )
    except Refused as refusal:
        abandon()
        return _sources(_chosen(), SourceForm(formdata=None), refusal.reasons), 422
    said = _("已把%(host)s移出名单；以前送审的件不受影响。", host=row.host)
    return finish(url_for("rules.sources", unit=unit.id), said)


def _sources(unit: Unit, form: SourceForm, refused: Sequence[Sentence] = ()) -> str:
    return render_template(
        "rules/sources.html",
        unit=unit,
        all_units=units.list_units(uow()),
        listed=repost_sources.listed(uow(), unit.id),
        history=repost_sources.history(uow(), unit.id),
        form=form,
        refused=refused,
        may_lay_down=not permissions.roles_refusals(uow()),
    )


def _chosen() -> Unit:
    wanted = request.values.get("unit", "")
    known = wanted.isdecimal() and len(wanted) < 10
    return units.get_unit(uow(), int(wanted) if known else viewer().unit_id)


def _page(unit: Unit, form: RuleForm | WayForm, refused: Sequence[Sentence] = ()) -> str:
    held = parameters.rules(uow(), unit.id)
    for_numbers = form if isinstance(form, RuleForm) else RuleForm(formdata=None)
    for_ways = [form if form.rule == way.rule else way for way in ways(formdata=None)]
    return render_template(
        "rules/index.html",
        unit=unit,
        all_units=units.list_units(uow()),
        held=[held[key] for key in PARAMETERS],
        strengths=STRENGTHS,
        history=parameters.settings(uow(), unit.id),
        parameters=PARAMETERS,
        form=for_numbers,
        ways=for_ways,
        refused=refused,
        may_lay_down=not permissions.roles_refusals(uow()),
    )
