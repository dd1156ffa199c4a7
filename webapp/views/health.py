"""Whether the process serves and reaches its database; for supervisors, says nothing else."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from webapp.auth import open_to_all
from webapp.transaction import uow
from workflows import founding

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to_all
def check() -> ResponseReturnValue:
    """200 when a query is answered; a database that does not answer becomes the 500 page."""
    founding.mode(uow())
    return jsonify(status="ok")
