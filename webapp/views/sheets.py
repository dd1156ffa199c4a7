"""审校流转单 and 保密审查表: one item on a page, on the screen, on paper and as a PDF (domain:C10, B7)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from webapp import i18n, paper
from webapp.transaction import separate, uow
from webapp.views.packages import ID
from workflows import events, evidence_sheet
from workflows.errors import NotFound
from workflows.sheet_models import Sheet

blueprint = Blueprint("sheets", __name__, url_prefix="/packages")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is filled in from the trail: its name, its body, and where its file is fetched."""

    name: object
    body: str
    download: str
    exported: str


SHEET = Form(_l("审校流转单"), "packages/_sheet.html", "sheets.as_pdf", "sheet.exported")
CONFIDENTIALITY = Form(
    _l("保密审查表"),
    "packages/_confidentiality.html",
    "sheets.confidentiality_pdf",
    "confidentiality_form.exported",
)


@blueprint.get(f"/{ID}/sheet")
def show(package_id: int) -> str:
    """The sheet as a page, made for printing."""
    return _page(SHEET, _submitted(package_id))


@blueprint.get(f"/{ID}/sheet.pdf")
def as_pdf(package_id: int) -> ResponseReturnValue:
    """The sheet as a file; that it left the house is on record."""
    return _file(SHEET, package_id)


@blueprint.get(f"/{ID}/confidentiality")
def confidentiality(package_id: int) -> str:
    """The confidentiality review of each part, as offices file it."""
    return _page(CONFIDENTIALITY, _submitted(package_id))


@blueprint.get(f"/{ID}/confidentiality.pdf")
def confidentiality_pdf(package_id: int) -> ResponseReturnValue:
    """The same as a file; that it left the house is on record."""
    return _file(CONFIDENTIALITY, package_id)


def _page(form: Form, sheet: Sheet, cannot_print: list[str] | None = None) -> str:
    return render_template("packages/sheet.html", form=form, sheet=sheet, cannot_print=cannot_print)


def _file(form: Form, package_id: int) -> ResponseReturnValue:
    sheet = _submitted(package_id)
    try:
        made = paper.pdf(render_template("packages/sheet_paper.html", form=form, sheet=sheet))
    except paper.CannotPrint as refused:
        return _page(form, sheet, [i18n.say(reason) for reason in refused.reasons]), 503
    with separate() as own:
        events.record(
            own,
            form.exported,
            subject=f"package:{package_id}",
            data={"number": sheet.number, "head": sheet.head, "entries": sheet.entries},
        )
        own.commit()
    name = _("%(form)s-%(number)s.pdf", form=form.name, number=sheet.number)
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=name)


def _submitted(package_id: int) -> Sheet:
    """A draft has no sheet: nothing has happened to it that could be told."""
    sheet = evidence_sheet.sheet(uow(), package_id)
    if not sheet.entries:
        raise NotFound
    return sheet
