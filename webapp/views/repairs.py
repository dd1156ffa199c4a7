"""Repairs: the system administrator proposes where a case should stand, the security administrator decides."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config import Settings
from engine.errors import SanshenError
from webapp import transaction, workers
from webapp.answers import finish, only_once
from webapp.auth import find_viewer
from webapp.transaction import uow
from workflows import permissions, proofs, repairs
from workflows.errors import NotFound, Refused

blueprint = Blueprint("repairs", __name__, url_prefix="/repairs")
ID = "<int(max=2147483647):repair_id>"


@blueprint.before_request
def two_administrators_only() -> None:
    """For everybody else these pages do not exist."""
    permissions.ensure(permissions.repairs_refusals(uow()))


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Repairs proposed lately; for the system administrator where a case stands, and a form."""
    return _page(200, request.args.get("number", ""))


@blueprint.post("/")
@only_once
def propose() -> ResponseReturnValue:
    """Put a proposal on record; it is checked beside the server."""
    number, reason = request.form.get("number", ""), request.form.get("reason", "")
    stages = request.form.getlist("stages")
    try:
        row = repairs.propose(uow(), number, stages, reason)
    except Refused as refusal:
        transaction.abandon()
        return _page(422, number, refusal, stages, reason)
    return _begun(row.id)


@blueprint.get(f"/{ID}")
def show(repair_id: int) -> ResponseReturnValue:
    """What was found, and the decision for whoever has to make it."""
    return _shown(repair_id, 200)


@blueprint.post(f"/{ID}/again")
@only_once
def again(repair_id: int) -> ResponseReturnValue:
    """Check anew what was interrupted."""
    repairs.again(uow(), repair_id)
    return _begun(repair_id)


@blueprint.post(f"/{ID}/confirm")
@only_once
def confirm(repair_id: int) -> ResponseReturnValue:
    """The second person's yes."""
    row = repairs.confirm(uow(), repair_id)
    return finish(
        url_for("repairs.show", repair_id=repair_id),
        _("已将%(number)s移到所选环节。", number=row.number),
    )


@blueprint.post(f"/{ID}/decline")
@only_once
def decline(repair_id: int) -> ResponseReturnValue:
    """The second person's no."""
    answer = request.form.get("answer", "")
    try:
        repairs.decline(uow(), repair_id, answer)
    except Refused as refusal:
        transaction.abandon()
        return _shown(repair_id, 422, refusal, answer)
    return finish(url_for("repairs.show", repair_id=repair_id), _("已记下不同意。"))


def _begun(repair_id: int) -> ResponseReturnValue:
    answer = finish(url_for("repairs.show", repair_id=repair_id))
    settings: Settings = current_app.config["SANSHEN"]
    workers.start(settings, "check-repair", repair_id)
    return answer


def _shown(
    repair_id: int, status: int, refusal: SanshenError | None = None, answer: str = ""
) -> ResponseReturnValue:
    row = repairs.get(uow(), repair_id)
    proposer, decider = repairs.who(uow(), row)
    return (
        render_template(
            "repairs/show.html",
            repair=row,
            stages=repairs.named(row.stages),
            found=repairs.found(row),
            named=repairs.named,
            proposer=proposer,
            decider=decider,
            may_decide=repairs.may_decide(uow(), row),
            interrupted=proofs.interrupted(uow(), row),
            reasons=refusal.reasons if refusal else (),
            answer=answer,
        ),
        status,
    )


def _page(
    status: int,
    number: str,
    refusal: SanshenError | None = None,
    chosen: list[str] | None = None,
    reason: str = "",
) -> ResponseReturnValue:
    person = find_viewer()
    standing = None
    reasons = list(refusal.reasons) if refusal else []
    if number.strip() and person is not None and person.has("sys_admin"):
        try:
            standing = repairs.standing(uow(), number)
        except (NotFound, Refused) as missing:
            reasons = reasons or list(missing.reasons)
    return (
        render_template(
            "repairs/index.html",
            repairs=repairs.latest(uow()),
            named=repairs.named,
            number=number,
            standing=standing,
            chosen=chosen or [],
            reason=reason,
            reasons=reasons,
        ),
        status,
    )
