"""审校流转单: one item on one page, on the screen, on paper and as a PDF (domain:C10)."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import i18n, paper
from webapp.transaction import separate, uow
from webapp.views.packages import ID
from workflows import events, evidence_sheet
from workflows.errors import NotFound
from workflows.sheet_models import Sheet

blueprint = Blueprint("sheets", __name__, url_prefix="/packages")


@blueprint.get(f"/{ID}/sheet")
def show(package_id: int) -> str:
    """The sheet as a page, made for printing."""
    return render_template("packages/sheet.html", sheet=_submitted(package_id))


@blueprint.get(f"/{ID}/sheet.pdf")
def as_pdf(package_id: int) -> ResponseReturnValue:
    """The sheet as a file; that it left the house is on record."""
    sheet = _submitted(package_id)
    try:
        made = paper.pdf(render_template("packages/sheet_paper.html", sheet=sheet))
    except paper.CannotPrint as refused:
        said = [i18n.say(reason) for reason in refused.reasons]
        return render_template("packages/sheet.html", sheet=sheet, cannot_print=said), 503
    with separate() as own:
        events.record(
            own,
            "sheet.exported",
            subject=f"package:{package_id}",
            data={"number": sheet.number, "head": sheet.head, "entries": sheet.entries},
        )
        own.commit()
    name = _("审校流转单") + f"-{sheet.number}.pdf"
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=name)


def _submitted(package_id: int) -> Sheet:
    """A draft has no sheet: nothing has happened to it that could be told."""
    sheet = evidence_sheet.sheet(uow(), package_id)
    if not sheet.entries:
        raise NotFound
    return sheet
