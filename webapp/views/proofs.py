"""Proving and deploying processes: the system administrator hands in files, sees the proof run, and deploys."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from config import Settings
from engine.errors import SanshenError
from webapp import drawing, i18n, transaction, workers
from webapp.answers import finish, only_once
from webapp.transaction import uow
from workflows import bpmn_files, deploying, permissions, proofs
from workflows.errors import Refused

blueprint = Blueprint("proofs", __name__, url_prefix="/proofs")
ID = "<int(max=2147483647):proof_id>"


@blueprint.before_request
def administrators_only() -> None:
    """For everybody else these pages do not exist."""
    permissions.ensure(permissions.processes_refusals(uow()))


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The processes in force, a form for a new version, and what was proven lately."""
    return _page(200)


@blueprint.post("/")
@only_once
def ask() -> ResponseReturnValue:
    """Read the files; what can be read is proven beside the server."""
    chosen = [one for one in request.files.getlist("files") if one.filename]
    files = {(one.filename or "").rpartition("/")[2]: one.stream.read() for one in chosen}
    try:
        proof = proofs.ask(uow(), files)
    except Refused as refusal:
        transaction.abandon()
        return _page(422, refusal)
    return _begun(proof.id)


@blueprint.get(f"/{ID}")
def show(proof_id: int) -> str:
    """How far the proof is; then what was found, each finding with its story told and drawn."""
    proof = proofs.get(uow(), proof_id)
    found = proofs.found(proof)
    drawn = []
    if found is not None:
        xml = proofs.candidate_of(proof).definition.xml
        drawn = [drawing.of_story(xml, [s.element for s in one.story]) for one in found.findings]
    return render_template(
        "proofs/show.html",
        proof=proof,
        found=found,
        drawn=drawn,
        interrupted=proofs.interrupted(uow(), proof),
    )


@blueprint.post(f"/{ID}/again")
@only_once
def again(proof_id: int) -> ResponseReturnValue:
    """Begin a proof anew that was interrupted."""
    proofs.again(uow(), proof_id)
    return _begun(proof_id)


@blueprint.post(f"/{ID}/deploy")
@only_once
def deploy(proof_id: int) -> ResponseReturnValue:
    """Deploy what was proven; the door asks for the certificate and refuses without it."""
    row = proofs.deploy(uow(), proof_id, deploying.own_certificates(_settings().home))
    return finish(
        url_for("diagrams.show", key=row.key),
        _(
            "已部署%(name)s第%(version)s版；在办的件仍按原版本办理。",
            name=i18n.say(bpmn_files.called(row.name)),
            version=row.version,
        ),
    )


def _begun(proof_id: int) -> ResponseReturnValue:
    answer = finish(url_for("proofs.show", proof_id=proof_id))
    workers.start(_settings(), "prove", proof_id)
    return answer


def _settings() -> Settings:
    found: Settings = current_app.config["SANSHEN"]
    return found


def _page(status: int, refusal: SanshenError | None = None) -> ResponseReturnValue:
    return (
        render_template(
            "proofs/index.html",
            processes=proofs.in_force(uow()),
            proofs=proofs.latest(uow()),
            reasons=refusal.reasons if refusal else (),
        ),
        status,
    )
