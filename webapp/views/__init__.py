"""One module per place; each exports `blueprint`. A view translates and commits once, it decides nothing."""

from __future__ import annotations

from flask import Blueprint

from webapp.views.account import blueprint as account
from webapp.views.catalogue import blueprint as catalogue
from webapp.views.decisions import blueprint as decisions
from webapp.views.diagrams import blueprint as diagrams
from webapp.views.duties import blueprint as duties
from webapp.views.editing import blueprint as editing
from webapp.views.health import blueprint as health
from webapp.views.imports import blueprint as imports
from webapp.views.inspection import blueprint as inspection
from webapp.views.messages import blueprint as messages
from webapp.views.packages import blueprint as packages
from webapp.views.people import blueprint as people
from webapp.views.preferences import blueprint as preferences
from webapp.views.proofs import blueprint as proofs
from webapp.views.public import blueprint as public
from webapp.views.public import images
from webapp.views.repairs import blueprint as repairs
from webapp.views.rules import blueprint as rules
from webapp.views.sheets import blueprint as sheets
from webapp.views.tasks import blueprint as tasks
from webapp.views.units import blueprint as units


def blueprints() -> tuple[Blueprint, ...]:
    """Every place of the house, in the order in which they are registered."""
    return (
        *(health, public, images, preferences, account, people, units, messages),
        *(
            tasks,
            decisions,
            packages,
            editing,
            sheets,
            inspection,
            diagrams,
            proofs,
            repairs,
            imports,
            catalogue,
            duties,
            rules,
        ),
    )
