"""The page of a process definition: the diagram as such, without any case on it, and its rules."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp import drawing
from webapp.transaction import uow
from workflows import proving

blueprint = Blueprint("diagrams", __name__)


@blueprint.get("/definitions/<key>")
def show(key: str) -> str:
    """How items travel: for everybody who works here."""
    drawn, name, version = drawing.of_definition(uow(), key)
    return render_template(
        "diagrams/show.html",
        drawn=drawn,
        name=name,
        version=version,
        key=key,
        rules=proving.rule_lines(uow(), key),
    )
