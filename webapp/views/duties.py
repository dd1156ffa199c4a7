"""公开任务: what the catalogue makes due, what answers to it, and what is late."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectChoice

from engine.text import Sentence
from webapp.answers import finish, only_once
from webapp.auth import viewer
from webapp.forms.catalogue import EventForm
from webapp.transaction import abandon, uow
from webapp.views.tasks import place
from workflows import duties
from workflows.errors import Refused

blueprint = Blueprint("duties", __name__, url_prefix="/duties")

LISTS = {
    "open": _l("待公开"),
    "late": _l("已超期"),
    "met": _l("已公开"),
    "excused": _l("不需公开"),
}


@blueprint.get("/")
def index() -> str:
    """The duties of the viewer's units, the most urgent first."""
    return _page(EventForm(formdata=None))


@blueprint.post("/events")
@only_once
def record() -> ResponseReturnValue:
    """Something happened from which the catalogue counts."""
    form = EventForm()
    _offer(form)
    if not form.validate():
        return _page(form), 422
    try:
        duties.open_event(uow(), form.unit.data, form.code.data or "", form.what.data, form.on.data)
    except Refused as refusal:
        abandon()
        return _page(form, refusal.reasons), 422
    return finish(url_for("duties.index"), _("已登记，公开任务已产生。"))


@blueprint.post("/<int(max=2147483647):duty_id>/excuse")
@only_once
def excuse(duty_id: int) -> ResponseReturnValue:
    """不需公开, with the reason."""
    try:
        duties.excuse(uow(), duty_id, request.form.get("reason", ""))
    except Refused as refusal:
        abandon()
        return _page(EventForm(formdata=None), refusal.reasons), 422
    return finish(url_for("duties.index"), _("已标为不需公开。"))


def _offer(form: EventForm) -> None:
    """The units for which the viewer may enter something, and their matters that count from an event."""
    found = duties.may_enter_for(uow())
    form.unit.choices = [SelectChoice(unit.id, unit.name) for unit in found]
    line = {viewer().unit_id, *(unit.id for unit in found if unit.kind == "government")}
    of = [unit.id for unit in found if unit.id in line] or [unit.id for unit in found]
    matters = duties.enterable(uow(), of)
    form.code.choices = [SelectChoice(code, f"{code} {name}") for code, name in matters.items()]


def _page(form: EventForm, refused: Sequence[Sentence] = ()) -> str:
    shown = request.args.get("list", "open")
    shown = shown if shown in LISTS else "open"
    _offer(form)
    return render_template(
        "duties/index.html",
        page=duties.page(uow(), shown, place()),
        counts=duties.counts(uow()),
        lists=LISTS,
        shown=shown,
        form=form,
        refused=refused,
        may_record=bool(form.unit.choices and form.code.choices),
    )
