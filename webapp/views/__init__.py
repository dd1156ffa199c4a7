"""One module per place; each exports `blueprint`. A view translates and commits once, it decides nothing."""

from __future__ import annotations

from flask import Blueprint

from webapp.views import account, health, messages, people, preferences, public


def blueprints() -> tuple[Blueprint, ...]:
    """Every place of the house, in the order in which they are registered."""
    return (
        health.blueprint,
        public.blueprint,
        preferences.blueprint,
        account.blueprint,
        people.blueprint,
        messages.blueprint,
    )
