"""主动公开事项目录: read by everybody in the house, proposed as a table by its office, adopted by another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.text import Sentence
from webapp import dry_runs, i18n, spreadsheets
from webapp.answers import finish, only_once
from webapp.auth import viewer
from webapp.forms.catalogue import EditionForm, TableForm
from webapp.transaction import abandon, uow
from workflows import catalogue, catalogue_in, people, permissions, registers, time_limits, units
from workflows.catalogue import Changes
from workflows.catalogue_in import Draft
from workflows.errors import NotFound, Refused
from workflows.models import CatalogueEdition, Matter, Unit
from workflows.vocabulary import CHANNELS, PERIODS, SCOPES, label

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")

ID = "<int(max=2147483647):edition_id>"


@dataclass(frozen=True, slots=True)
class Tried:
    """What the dry run of a table found."""

    draft: Draft
    rows: str


@blueprint.get("/")
def index() -> str:
    """The edition in force of the viewer's own unit, or of the nearest above that has one."""
    return _page(_chosen())


@blueprint.get(f"/editions/{ID}")
def show(edition_id: int) -> str:
    """One edition, and what it changed."""
    found = catalogue.edition(uow(), edition_id)
    return _page(found.unit, shown=found)


@blueprint.get(f"/editions/{ID}/<form>")
def export(edition_id: int, form: str) -> ResponseReturnValue:
    """An edition as a table that can be changed and handed in again."""
    if form not in spreadsheets.TYPES:
        raise NotFound
    found = catalogue.edition(uow(), edition_id)
    matters = catalogue.matters(uow(), edition_id)
    logins = people.logins(uow(), {one for row in matters for one in row.handlers})
    rows = [_cells(row, logins) for row in matters]
    name = _("%(unit)s主动公开事项目录第%(n)s版", unit=found.unit.name, n=found.number)
    plain = [[registers.plain(cell) for cell in row] for row in rows]
    return send_file(
        BytesIO(spreadsheets.write(form, name, _headings(), plain)),
        spreadsheets.TYPES[form],
        as_attachment=True,
        download_name=f"{name}.{form}",
    )


@blueprint.post("/try")
def try_out() -> ResponseReturnValue:
    """The dry run: every row is judged and nothing is changed."""
    unit = _chosen()
    permissions.ensure(_keeps(unit))
    chosen = request.files.get("file")
    name = (chosen.filename or "") if chosen else ""
    try:
        rows = catalogue_in.read(name, chosen.stream.read() if chosen else b"")
        draft = catalogue_in.judge(uow(), unit.id, rows)
    except Refused as refusal:
        abandon()
        return _page(_chosen(), refused=refusal.reasons), 422
    told = dry_runs.written(rows)
    return _page(unit, tried=Tried(draft, told)), 422 if draft.wrong else 200


@blueprint.post("/propose")
@only_once
def propose() -> ResponseReturnValue:
    """The table as a new edition; it holds once somebody else has adopted it."""
    unit, form = _chosen(), EditionForm()
    permissions.ensure(_keeps(unit))
    rows = dry_runs.read_back(form.rows.data or "")
    draft = catalogue_in.judge(uow(), unit.id, rows)
    tried = Tried(draft, form.rows.data or "")
    if draft.wrong or not form.validate():
        return _page(unit, tried=tried, form=form), 422
    try:
        made = catalogue.propose(
            uow(),
            unit.id,
            draft.entries,
            effective_on=form.effective_on.data,
            note=form.note.data or "",
        )
    except Refused as refusal:
        abandon()
        return _page(_chosen(), refused=refusal.reasons, tried=tried, form=form), 422
    said = _("已提出第 %(n)s 版，等待批准。", n=made.number)
    return finish(url_for("catalogue.show", edition_id=made.id), said)


@blueprint.post(f"/editions/{ID}/adopt")
@only_once
def adopt(edition_id: int) -> ResponseReturnValue:
    """批准, by somebody who did not propose it."""
    try:
        found = catalogue.adopt(uow(), edition_id)
    except Refused as refusal:
        return _refused(edition_id, refusal)
    said = _("已批准第 %(n)s 版，%(day)s 起生效。", n=found.number, day=found.effective_on)
    return finish(url_for("catalogue.show", edition_id=edition_id), said)


@blueprint.post(f"/editions/{ID}/decline")
@only_once
def decline(edition_id: int) -> ResponseReturnValue:
    """不批准, with the reason."""
    try:
        catalogue.decline(uow(), edition_id, request.form.get("reason", ""))
    except Refused as refusal:
        return _refused(edition_id, refusal)
    return finish(url_for("catalogue.show", edition_id=edition_id), _("已记为不批准。"))


def _refused(edition_id: int, refusal: Refused) -> ResponseReturnValue:
    abandon()
    found = catalogue.edition(uow(), edition_id)
    return _page(found.unit, shown=found, refused=refusal.reasons), 422


def _chosen() -> Unit:
    """The unit that the address or the form names; else the nearest of the viewer's that has a catalogue."""
    wanted = request.values.get("unit", "")
    if wanted.isdecimal() and len(wanted) < 10:
        return units.get_unit(uow(), int(wanted))
    line = units.line_upwards(uow(), viewer().unit_id)
    for unit in line:
        if catalogue.editions(uow(), unit.id):
            return unit
    return line[-1]


def _keeps(unit: Unit) -> list[Sentence]:
    return permissions.catalogue_refusals(uow(), units.upwards(uow(), unit.id))


def _page(
    unit: Unit,
    *,
    shown: CatalogueEdition | None = None,
    refused: Sequence[Sentence] = (),
    tried: Tried | None = None,
    form: EditionForm | None = None,
) -> str:
    held = catalogue.edition_in_force(uow(), unit.id)
    shown = shown or held
    rows = catalogue.matters(uow(), shown.id) if shown else []
    line = units.upwards(uow(), unit.id)
    barred = (
        permissions.adopt_refusals(uow(), line, shown.proposed_by)
        if shown and shown.status == "proposed"
        else []
    )
    return render_template(
        "catalogue/index.html",
        unit=unit,
        with_catalogue=_others(unit),
        shown=shown,
        held=held,
        groups=list(_grouped(rows)),
        names={row.code: row.name for row in rows},
        count=len(rows),
        limit=lambda row: time_limits.Limit(row.trigger, row.working_days).sentence,
        channels=lambda row: _("、").join(
            i18n.say(CHANNELS[code].sentence) for code in row.channels
        ),
        changes=catalogue.against_the_one_before(uow(), shown) if shown else Changes((), (), ()),
        editions=catalogue.editions(uow(), unit.id),
        may_propose=not _keeps(unit),
        may_decide=bool(shown and shown.status == "proposed" and not barred),
        why_not=barred,
        refused=refused,
        tried=tried,
        form=form or EditionForm(formdata=None),
        table=TableForm(formdata=None),
        headings=_headings(),
    )


def _others(unit: Unit) -> list[Unit]:
    """Every unit with a catalogue, and this one."""
    found = {edition.unit_id for edition in catalogue.all_in_force(uow())} | {unit.id}
    return [one for one in units.list_units(uow()) if one.id in found]


def _grouped(rows: Sequence[Matter]) -> Iterator[tuple[str, list[Matter]]]:
    """Matters under their first-level name, in the order of the table."""
    groups: dict[str, list[Matter]] = {}
    for row in rows:
        groups.setdefault(row.category, []).append(row)
    yield from groups.items()


def _headings() -> list[str]:
    """One heading for each column, as an office would write it."""
    first: dict[str, str] = {}
    for heading, code in catalogue_in.HEADINGS.items():
        first.setdefault(code, heading)
    return list(first.values())


def _cells(row: Matter, logins: Mapping[int, str]) -> list[str]:
    """As the table is handed in, in the order of the headings."""
    limit = time_limits.Limit(row.trigger, row.working_days).sentence.zh
    return [
        *(row.code, row.category, row.name, row.content, row.basis),
        *(row.owner.code if row.owner else "", row.responsible, limit, row.method),
        *(label(SCOPES, row.audience), "、".join(label(CHANNELS, c) for c in row.channels)),
        *(row.column, label(PERIODS, row.period)),
        *("、".join(logins.get(one, "") for one in row.handlers), "是" if row.statutory else "否"),
    ]
