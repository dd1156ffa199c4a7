"""Taking in tables of units, people and roles: first a dry run, row by row, then for good, all rows or none."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from webapp import auth, dry_runs, transaction
from webapp.auth import find_viewer
from webapp.transaction import uow
from workflows import importing, passwords, permissions
from workflows.errors import NotFound, Refused
from workflows.importing import HEADINGS, Kind, Report, RowsWrong
from workflows.tables_in import TableRow

blueprint = Blueprint("imports", __name__, url_prefix="/import")
NAMES = {"units": _l("单位"), "people": _l("人员"), "roles": _l("角色")}
#: Which of the tables belongs to whom.
BY_ROLE: dict[str, tuple[Kind, ...]] = {"sys_admin": ("units", "people"), "sec_admin": ("roles",)}


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Which table, and how it has to look."""
    return _page(_kinds()[0], 200)


@blueprint.post("/")
def try_out() -> ResponseReturnValue:
    """The dry run: everything is done and rolled back, so what is told is what would happen."""
    kind = _kind()
    chosen = request.files.get("file")
    name = (chosen.filename or "") if chosen else ""
    try:
        rows = importing.read(kind, name, chosen.stream.read() if chosen else b"")
        report = importing.take_in(uow(), kind, rows, hasher=passwords.CHEAP)
    except Refused as refusal:
        transaction.abandon()
        return _page(kind, 422, refusal)
    transaction.abandon()
    return _page(kind, 200 if report.fine else 422, report=report, rows=rows)


@blueprint.post("/confirm")
def confirm() -> ResponseReturnValue:
    """For good. Pressed twice, the second finds every row there already and changes nothing."""
    kind = _kind()
    try:
        rows = dry_runs.read_back(request.form.get("rows", ""))
        report = importing.import_all(uow(), kind, rows, hasher=auth.hasher())
    except RowsWrong as refusal:
        transaction.abandon()
        return _page(kind, 422, refusal, report=refusal.report)
    uow().commit()
    return render_template("imports/done.html", kind=kind, names=NAMES, report=report)


def _kinds() -> tuple[Kind, ...]:
    """What the viewer may take in; for everybody else the page does not exist."""
    viewer = find_viewer()
    kinds = [k for role, ks in BY_ROLE.items() if viewer and viewer.has(role) for k in ks]
    if not kinds:
        permissions.ensure(permissions.accounts_refusals(uow()))
        raise NotFound
    return tuple(kinds)


def _kind() -> Kind:
    kind = request.form.get("kind", "")
    if kind not in HEADINGS:
        raise NotFound
    permissions.ensure(importing.refusals(uow(), kind))
    return cast("Kind", kind)


def _page(
    kind: Kind,
    status: int,
    refusal: Refused | None = None,
    *,
    report: Report | None = None,
    rows: list[TableRow] | None = None,
) -> ResponseReturnValue:
    return (
        render_template(
            "imports/index.html",
            kinds=_kinds(),
            kind=kind,
            names=NAMES,
            columns={k: _columns(k) for k in _kinds()},
            report=report,
            rows=dry_runs.written(rows or ()),
            reasons=refusal.reasons if refusal else (),
        ),
        status,
    )


def _columns(kind: Kind) -> list[str]:
    """One heading for each column, as an office would write it."""
    first: dict[str, str] = {}
    for heading, code in HEADINGS[kind].items():
        first.setdefault(code, heading)
    return list(first.values())
