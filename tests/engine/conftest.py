"""The engine's tests know the engine's tables only, so nothing above can hide a fault of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.database import Domain
from tests.engine.office import DOMAIN


@pytest.fixture
def version_locations() -> tuple[Path, ...]:
    return ()


@pytest.fixture
def domain() -> Domain:
    return DOMAIN
