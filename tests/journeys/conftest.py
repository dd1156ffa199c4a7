"""Journeys act in the same county as the tests of the domain."""

from __future__ import annotations

import pytest

from engine.database import SYSTEM, Domain
from tests import factories
from tests.conftest import OpenUow
from workflows.handlers import DOMAIN


@pytest.fixture
def domain() -> Domain:
    return DOMAIN


@pytest.fixture
def county(uow: OpenUow) -> factories.County:
    """People and units, the process deployed, committed."""
    with uow(SYSTEM) as work:
        county = factories.found(work)
        factories.deploy(work)
        work.commit()
    return county
