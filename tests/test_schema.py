"""The whole schema: the engine's migrations and those above it bring an empty database to the models."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

from engine import schema
from tests.conftest import Database


@pytest.fixture(autouse=True)
def _every_model() -> None:
    """Tables count as wanted only once the module that declares them was imported."""
    models = importlib.import_module("workflows.models")
    for module in pkgutil.iter_modules(models.__path__, "workflows.models."):
        importlib.import_module(module.name)


def test_an_empty_database_migrated_equals_all_models(database: Database) -> None:
    assert schema.differences(database.engine) == []


def test_both_branches_are_applied_and_nothing_is_pending(
    database: Database, version_locations: tuple[Path, ...]
) -> None:
    assert schema.pending(database.engine, version_locations=version_locations) == []


def test_a_program_that_does_not_know_the_databases_revisions_says_so(database: Database) -> None:
    with pytest.raises(schema.NewerDatabase, match="workflows_"):
        schema.pending(database.engine)
    with pytest.raises(schema.NewerDatabase):
        schema.upgrade(database.engine)
