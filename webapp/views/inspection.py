"""What inspectors open: any submitted case as one printable column, its verification, and the refusals."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.text import Sentence
from webapp import formats, i18n, spreadsheets
from webapp.answers import finish, only_once
from webapp.forms.decisions import day, whole_number
from webapp.transaction import separate, uow
from webapp.views.packages import ID, look, whole
from webapp.views.tasks import place
from workflows import oversight, pages, permissions, queries, registers, statistics
from workflows.errors import NotFound
from workflows.register_sources import Cell
from workflows.registers import Narrow
from workflows.vocabulary import PACKAGE_STATUSES, RETURN_REASONS, STAGES

blueprint = Blueprint("inspection", __name__, url_prefix="/inspection")


@blueprint.before_request
def inspectors_only() -> None:
    """For everybody else these pages do not exist."""
    permissions.ensure(permissions.inspection_refusals(uow()))


@blueprint.get("/")
def index() -> str:
    """Every package that was ever submitted, with the filters as a sentence of chips."""
    status = request.args.get("status", "")
    stage = request.args.get("stage", "")
    words = request.args.get("text", "").strip()[:200]
    found = queries.all_packages(
        uow(),
        place(),
        status=status if status in PACKAGE_STATUSES else None,
        stage=stage if stage in STAGES else None,
        text=words or None,
    )
    return render_template(
        "inspection/index.html",
        page=found,
        status=status,
        stage=stage,
        text=words,
        statuses=[term for code, term in PACKAGE_STATUSES.items() if code != "draft"],
        stages=list(STAGES.values()),
        chips=_chips(status, stage, words),
    )


def _chips(status: str, stage: str, words: str) -> list[tuple[str, dict[str, Any]]]:
    """The filters in force, each with what taking it away changes in the address."""
    chips: list[tuple[str, dict[str, Any]]] = []
    if status in PACKAGE_STATUSES:
        word = i18n.say(PACKAGE_STATUSES[status])
        chips.append((_("状态是“%(word)s”", word=word), {"status": None}))
    if stage in STAGES:
        chips.append((_("正在%(word)s", word=i18n.say(STAGES[stage])), {"stage": None}))
    if words:
        chips.append((_("含有“%(word)s”", word=words), {"text": None}))
    return chips


@blueprint.get(f"/{ID}")
def show(package_id: int) -> str:
    """A case as evidence; that it was opened is remembered."""
    page = pages.package_page(uow(), package_id)
    answer = render_template("inspection/show.html", with_hash=True, **whole(page))
    look(page)
    return answer


@blueprint.post(f"/{ID}/verify")
@only_once
def verify(package_id: int) -> ResponseReturnValue:
    """Recompute the chain; that somebody asked is itself recorded."""
    found = oversight.verify(uow(), package_id)
    said = [i18n.say(found.sentence)]
    if found.head:
        said.append(_("共 %(n)s 条记录，末条指纹 %(head)s。", n=found.length, head=found.head))
    return finish(
        url_for("inspection.show", package_id=package_id),
        " ".join(said),
        kind="done" if found.ok else "refused",
    )


@blueprint.get("/registers/<code>")
def register(code: str) -> str:
    """One register, screen by screen, narrowed to what was asked for."""
    narrow = _narrow()
    found, screen = registers.page(uow(), code, place(), narrow)
    return render_template(
        "inspection/register.html",
        register=found,
        page=screen,
        registers=registers.registers(),
        shown=_shown,
        narrow=narrow,
        takes=registers.takes(code),
        units=registers.units(uow()),
        stages=list(STAGES.values()),
        reasons=list(RETURN_REASONS.values()),
        ages=registers.ages(uow()) if code == "in_progress" else (),
    )


def _narrow() -> Narrow:
    """The conditions in the address; what is none of the possible ones is left out."""
    unit, days = (whole_number(request.args.get(name)) for name in ("unit", "days"))
    stage, reason = request.args.get("stage", ""), request.args.get("reason", "")
    return Narrow(
        unit_id=unit if unit > 0 else None,
        stage=stage if stage in STAGES else "",
        reason=reason if reason in RETURN_REASONS else "",
        days=min(max(days, 0), 3650),
    )


@blueprint.get("/registers/<code>/<form>")
def export(code: str, form: str) -> ResponseReturnValue:
    """The whole register as a file; that it was taken out is on record."""
    if form not in spreadsheets.TYPES:
        raise NotFound
    narrow = _narrow()
    found, lines = registers.whole(uow(), code, narrow)
    head = [i18n.say(column) for column in found.columns]
    name = i18n.say(found.name)
    content = spreadsheets.write(form, name, head, registers.texts(lines, i18n.say))
    with separate() as own:
        registers.record_export(own, found, form, len(lines), narrow)
        own.commit()
    return send_file(
        BytesIO(content),
        spreadsheets.TYPES[form],
        as_attachment=True,
        download_name=f"{name}.{form}",
    )


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return formats.moment_short(cell)
    if isinstance(cell, date):
        return formats.day(cell)
    if isinstance(cell, Sentence):
        return i18n.say(cell)
    return "" if cell is None else str(cell)


@blueprint.get("/figures")
def figures() -> str:
    """By unit and reason, for a period; this year if none is named."""
    today = formats.china_date(uow().now)
    first = day(request.args.get("from", "")) or today.replace(month=1, day=1)
    last = day(request.args.get("until", "")) or today
    found = statistics.figures(uow(), min(first, last), max(first, last))
    return render_template("inspection/figures.html", found=found)


@blueprint.get("/refusals")
def refusals() -> str:
    """Acts that were refused because the person had no right to them."""
    return render_template("inspection/refusals.html", page=oversight.refusals(uow(), place()))
