"""A monitoring of its own for each test."""

from pathlib import Path

import pytest

from services.monitoring.main import MIGRATIONS
from tests.component.monitoring.staged import Monitoring
from tests.support.postgres import Migrated


@pytest.fixture
async def monitoring(fresh: Migrated, tmp_path: Path) -> Monitoring:
    (tmp_path / "sites").mkdir()
    return Monitoring(await fresh(MIGRATIONS), tmp_path / "sites")
