"""One module per place; each exports `blueprint`. A view translates and commits once, it decides nothing."""

from __future__ import annotations

from flask import Blueprint

from webapp.views.account import blueprint as account
from webapp.views.health import blueprint as health
from webapp.views.messages import blueprint as messages
from webapp.views.people import blueprint as people
from webapp.views.preferences import blueprint as preferences
from webapp.views.public import blueprint as public


def blueprints() -> tuple[Blueprint, ...]:
    """Every place of the house, in the order in which they are registered."""
    return (health, public, preferences, account, people, messages)
