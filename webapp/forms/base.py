"""The form every other form derives from: Flask-WTF's, so that each carries the CSRF token."""

from __future__ import annotations

from flask_wtf import FlaskForm


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of the house."""
